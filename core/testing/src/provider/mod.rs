//! What the author of a provider tests it with: published vectors, what the profile refuses, and the same
//! results as another provider.
//!
//! Every function is generic over the provider; a test calls those for what its provider has.
//! `core/tls/tests/crypto` does so for the default provider.

pub mod agreement;
pub mod refusals;
pub mod rsa;
pub mod wycheproof;

use lsam_tls::crypto::{HashAlgorithm, Provider, PublicKey, SignatureKind};

fn verifies<P: Provider>(
    kind: SignatureKind,
    key: &PublicKey<'_>,
    hash: HashAlgorithm,
    msg: &[u8],
    signature: &[u8],
) -> bool {
    P::verify(kind, key, hash, hash.digest::<P>(&[msg]).unwrap().as_ref(), signature).is_ok()
}
