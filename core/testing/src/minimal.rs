//! A provider with one primitive of each kind, as a crate that knows nothing about the engine's features
//! would write it.

use lsam_tls::crypto::{HashAlgorithm, InvalidSignature, Provider, PublicKey, SignatureKind, Unsupported};
use lsam_tls::{CipherSuite, ClientConfig, NamedGroup, ServerConfig};

use crate::transparent::{Checksummed, Cipher, Exchange, Sum};

/// One cipher, one group, one hash function, signatures on curves only, no clients with certificates. Its
/// toys agree with those of [`Checksummed`].
pub enum Minimal {}

impl Provider for Minimal {
    type Sha256 = Sum<32, true>;
    type Sha384 = Unsupported;
    type Sha512 = Unsupported;
    type HmacSha256 = Sum<32, true>;
    type HmacSha384 = Unsupported;
    type Aes128Gcm = Unsupported;
    type Aes256Gcm = Unsupported;
    type ChaCha20Poly1305 = Cipher<32, true>;
    type X25519 = Unsupported;
    type Secp256r1 = Exchange<65>;
    type Secp384r1 = Unsupported;
    type RsaKey = Unsupported;

    const CLIENT_AUTH: bool = false;

    fn verify(
        kind: SignatureKind,
        key: &PublicKey<'_>,
        hash: HashAlgorithm,
        digest: &[u8],
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        Checksummed::verify(kind, key, hash, digest, signature)
    }
}

// Checked in every build that compiles this, whatever the features of lsam-tls: they do not change any
// default.
const _: () = {
    let (client, server) = (ClientConfig::new(), ServerConfig::new(&[]));
    assert!(client.cipher_suites.len() == 6 && server.cipher_suites.len() == 6);
    assert!(client.groups.len() == 3 && server.groups.len() == 3);
    assert!(client.signature_schemes.len() == 8 && server.client_schemes.len() == 8);
    assert!(matches!(client.cipher_suites.first(), Some(CipherSuite::EcdheEcdsaAes128GcmSha256)));
    assert!(matches!(client.groups.first(), Some(NamedGroup::X25519)));
};
