//! The signature algorithms of certificates and revocation lists, in the form that webpki asks for, over the crypto
//! seam.

use core::{fmt, marker::PhantomData};

use pki_types::{AlgorithmIdentifier, InvalidSignature, SignatureVerificationAlgorithm, alg_id};

use super::{Certificate, CertificateError, certificate::rsa_public_key};
use crate::crypto::{HashAlgorithm, Provider, PublicKey, SignatureKind};

/// One signature algorithm with one kind of key, verified by `P`.
pub(super) struct Algorithm<P> {
    key: Key,
    hash: HashAlgorithm,
    signature_id: AlgorithmIdentifier,
    provider: PhantomData<fn() -> P>,
}

#[derive(Clone, Copy, Debug)]
enum Key {
    Ec(Curve),
    Rsa(SignatureKind),
}

#[derive(Clone, Copy, Debug)]
enum Curve {
    Secp256r1,
    Secp384r1,
}

impl<P: Provider> Algorithm<P> {
    /// Every algorithm of the profile; all else, SHA-1 and MD5 first of all, is unsupported. What a provider does not
    /// do verifies nothing.
    pub(super) const ALL: &'static [&'static dyn SignatureVerificationAlgorithm] = &[
        &Self::ecdsa(Curve::Secp256r1, HashAlgorithm::Sha256, alg_id::ECDSA_SHA256),
        &Self::ecdsa(Curve::Secp256r1, HashAlgorithm::Sha384, alg_id::ECDSA_SHA384),
        &Self::ecdsa(Curve::Secp256r1, HashAlgorithm::Sha512, alg_id::ECDSA_SHA512),
        &Self::ecdsa(Curve::Secp384r1, HashAlgorithm::Sha256, alg_id::ECDSA_SHA256),
        &Self::ecdsa(Curve::Secp384r1, HashAlgorithm::Sha384, alg_id::ECDSA_SHA384),
        &Self::ecdsa(Curve::Secp384r1, HashAlgorithm::Sha512, alg_id::ECDSA_SHA512),
        &Self::rsa(SignatureKind::RsaPkcs1, HashAlgorithm::Sha256, alg_id::RSA_PKCS1_SHA256),
        &Self::rsa(SignatureKind::RsaPkcs1, HashAlgorithm::Sha384, alg_id::RSA_PKCS1_SHA384),
        &Self::rsa(SignatureKind::RsaPkcs1, HashAlgorithm::Sha512, alg_id::RSA_PKCS1_SHA512),
        &Self::rsa(SignatureKind::RsaPss, HashAlgorithm::Sha256, alg_id::RSA_PSS_SHA256),
        &Self::rsa(SignatureKind::RsaPss, HashAlgorithm::Sha384, alg_id::RSA_PSS_SHA384),
        &Self::rsa(SignatureKind::RsaPss, HashAlgorithm::Sha512, alg_id::RSA_PSS_SHA512),
    ];
}

impl<P> Algorithm<P> {
    const fn ecdsa(curve: Curve, hash: HashAlgorithm, signature_id: AlgorithmIdentifier) -> Self {
        Self { key: Key::Ec(curve), hash, signature_id, provider: PhantomData }
    }

    const fn rsa(kind: SignatureKind, hash: HashAlgorithm, signature_id: AlgorithmIdentifier) -> Self {
        Self { key: Key::Rsa(kind), hash, signature_id, provider: PhantomData }
    }
}

impl<P: Provider> SignatureVerificationAlgorithm for Algorithm<P> {
    fn verify_signature(&self, key: &[u8], message: &[u8], signature: &[u8]) -> Result<(), InvalidSignature> {
        let (kind, key) = match self.key {
            Key::Ec(Curve::Secp256r1) => (SignatureKind::Ecdsa, PublicKey::Secp256r1(key)),
            Key::Ec(Curve::Secp384r1) => (SignatureKind::Ecdsa, PublicKey::Secp384r1(key)),
            Key::Rsa(kind) => (kind, rsa_public_key(key).map_err(|_| InvalidSignature)?),
        };
        let digest = self.hash.digest::<P>(&[message]);
        P::verify(kind, &key, self.hash, digest.as_ref(), signature).map_err(|_| InvalidSignature)
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        match self.key {
            Key::Ec(Curve::Secp256r1) => alg_id::ECDSA_P256,
            Key::Ec(Curve::Secp384r1) => alg_id::ECDSA_P384,
            Key::Rsa(_) => alg_id::RSA_ENCRYPTION,
        }
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        self.signature_id
    }
}

/// Verifies `signature` over `message` with the key of `issuer`. `algorithm` is the content of an AlgorithmIdentifier.
///
/// # Errors
/// [`CertificateError::UnsupportedAlgorithm`] when the profile does not have that algorithm with such a key,
/// [`CertificateError::BadSignature`], [`CertificateError::BadEncoding`].
pub(super) fn verify_signed<P: Provider>(
    issuer: &Certificate<'_>,
    algorithm: &[u8],
    message: &[u8],
    signature: &[u8],
) -> Result<(), CertificateError> {
    let (key_id, key) = issuer.algorithm_and_key()?;
    let algorithm = Algorithm::<P>::ALL
        .iter()
        .find(|known| {
            known.signature_alg_id().as_ref() == algorithm && known.public_key_alg_id().as_ref() == key_id
        })
        .ok_or(CertificateError::UnsupportedAlgorithm)?;
    algorithm.verify_signature(key, message, signature).map_err(|_| CertificateError::BadSignature)
}

impl<P> fmt::Debug for Algorithm<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} with {:?}", self.key, self.hash)
    }
}
