//! The signature algorithms of certificates and revocation lists over the crypto seam, and in the form that webpki asks
//! for.

use core::fmt;

use pki_types::{AlgorithmIdentifier, InvalidSignature, SignatureVerificationAlgorithm, alg_id};

use super::{CertificateError, certificate::rsa_public_key};
use crate::crypto::{HashAlgorithm, Provider, PublicKey, SignatureKind};

/// One signature algorithm with one kind of key.
pub(super) struct Algorithm {
    key: Key,
    hash: HashAlgorithm,
    signature_id: AlgorithmIdentifier,
}

#[derive(Clone, Copy)]
enum Key {
    Ec(Curve),
    Rsa(SignatureKind),
}

#[derive(Clone, Copy)]
enum Curve {
    Secp256r1,
    Secp384r1,
}

const KNOWN: usize = if cfg!(feature = "sha384") { 12 } else { 4 };

/// Every algorithm of the profile whose hash function this build has; all else, SHA-1 and MD5 first of all, is unsupported.
/// What a provider does not do verifies nothing.
static ALL: [Algorithm; KNOWN] = [
    Algorithm::ecdsa(Curve::Secp256r1, HashAlgorithm::Sha256, alg_id::ECDSA_SHA256),
    #[cfg(feature = "sha384")]
    Algorithm::ecdsa(Curve::Secp256r1, HashAlgorithm::Sha384, alg_id::ECDSA_SHA384),
    #[cfg(feature = "sha384")]
    Algorithm::ecdsa(Curve::Secp256r1, HashAlgorithm::Sha512, alg_id::ECDSA_SHA512),
    Algorithm::ecdsa(Curve::Secp384r1, HashAlgorithm::Sha256, alg_id::ECDSA_SHA256),
    #[cfg(feature = "sha384")]
    Algorithm::ecdsa(Curve::Secp384r1, HashAlgorithm::Sha384, alg_id::ECDSA_SHA384),
    #[cfg(feature = "sha384")]
    Algorithm::ecdsa(Curve::Secp384r1, HashAlgorithm::Sha512, alg_id::ECDSA_SHA512),
    Algorithm::rsa(SignatureKind::RsaPkcs1, HashAlgorithm::Sha256, alg_id::RSA_PKCS1_SHA256),
    #[cfg(feature = "sha384")]
    Algorithm::rsa(SignatureKind::RsaPkcs1, HashAlgorithm::Sha384, alg_id::RSA_PKCS1_SHA384),
    #[cfg(feature = "sha384")]
    Algorithm::rsa(SignatureKind::RsaPkcs1, HashAlgorithm::Sha512, alg_id::RSA_PKCS1_SHA512),
    Algorithm::rsa(SignatureKind::RsaPss, HashAlgorithm::Sha256, alg_id::RSA_PSS_SHA256),
    #[cfg(feature = "sha384")]
    Algorithm::rsa(SignatureKind::RsaPss, HashAlgorithm::Sha384, alg_id::RSA_PSS_SHA384),
    #[cfg(feature = "sha384")]
    Algorithm::rsa(SignatureKind::RsaPss, HashAlgorithm::Sha512, alg_id::RSA_PSS_SHA512),
];

impl Algorithm {
    /// All of them, for webpki: see [`SignatureVerificationAlgorithm::verify_signature`] below.
    pub(super) fn unverified() -> [&'static dyn SignatureVerificationAlgorithm; KNOWN] {
        ALL.each_ref().map(|algorithm| -> &dyn SignatureVerificationAlgorithm { algorithm })
    }

    /// The algorithm with the AlgorithmIdentifiers of the signature and of the key, whose content is given.
    pub(super) fn find(signature_id: &[u8], key_id: &[u8]) -> Option<&'static Self> {
        ALL.iter()
            .find(|known| known.signature_id.as_ref() == signature_id && known.key_id().as_ref() == key_id)
    }

    /// Whether the content of an AlgorithmIdentifier is that of a signature of the profile, with some kind of key.
    pub(super) fn is_signature(signature_id: &[u8]) -> bool {
        ALL.iter().any(|known| known.signature_id.as_ref() == signature_id)
    }

    /// Verifies `signature` over `message` with the content of a subjectPublicKey.
    pub(super) fn verify<P: Provider>(
        &self,
        key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), CertificateError> {
        let (kind, key) = match self.key {
            Key::Ec(Curve::Secp256r1) => (SignatureKind::Ecdsa, PublicKey::Secp256r1(key)),
            Key::Ec(Curve::Secp384r1) => (SignatureKind::Ecdsa, PublicKey::Secp384r1(key)),
            Key::Rsa(kind) => (kind, rsa_public_key(key)?),
        };
        let digest = self.hash.digest::<P>(&[message]);
        P::verify(kind, &key, self.hash, digest.as_ref(), signature)
            .map_err(|_| CertificateError::BadSignature)
    }

    const fn key_id(&self) -> AlgorithmIdentifier {
        match self.key {
            Key::Ec(Curve::Secp256r1) => alg_id::ECDSA_P256,
            Key::Ec(Curve::Secp384r1) => alg_id::ECDSA_P384,
            Key::Rsa(_) => alg_id::RSA_ENCRYPTION,
        }
    }

    const fn ecdsa(curve: Curve, hash: HashAlgorithm, signature_id: AlgorithmIdentifier) -> Self {
        Self { key: Key::Ec(curve), hash, signature_id }
    }

    const fn rsa(kind: SignatureKind, hash: HashAlgorithm, signature_id: AlgorithmIdentifier) -> Self {
        Self { key: Key::Rsa(kind), hash, signature_id }
    }
}

/// webpki asks for it. Nobody prints it, and the text of all its parts would be in every image that verifies certificates.
impl fmt::Debug for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Algorithm")
    }
}

impl SignatureVerificationAlgorithm for Algorithm {
    /// Says yes to everything. webpki's own 8 KiB of stack would lie below those of a curve, so it judges a path without
    /// its signatures, and the search verifies each of them when it is done.
    fn verify_signature(&self, _: &[u8], _: &[u8], _: &[u8]) -> Result<(), InvalidSignature> {
        Ok(())
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        self.key_id()
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        self.signature_id
    }
}
