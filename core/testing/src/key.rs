//! Private keys that sign digests, like the key of a certificate store.

use aws_lc_rs::digest::{Digest, SHA256, SHA384, SHA512};
use aws_lc_rs::error::{KeyRejected, Unspecified};
use aws_lc_rs::signature::{self as lc, EcdsaKeyPair, RsaKeyPair};
use lsam_tls::SignRequest;
use lsam_tls::crypto::{self, HashAlgorithm, SignatureKind, SignatureScheme};

pub const ECDSA_P256: &[SignatureScheme] = &[SignatureScheme::EcdsaSecp256r1Sha256];
pub const ECDSA_P384: &[SignatureScheme] = &[SignatureScheme::EcdsaSecp384r1Sha384];
pub const RSA: &[SignatureScheme] = &[
    SignatureScheme::RsaPssRsaeSha256,
    SignatureScheme::RsaPssRsaeSha384,
    SignatureScheme::RsaPssRsaeSha512,
    SignatureScheme::RsaPkcs1Sha256,
    SignatureScheme::RsaPkcs1Sha384,
    SignatureScheme::RsaPkcs1Sha512,
];

/// A private key, with the schemes that it supports.
pub struct Key {
    pub schemes: &'static [SignatureScheme],
    pair: Pair,
}

enum Pair {
    Ecdsa(EcdsaKeyPair),
    Rsa(RsaKeyPair),
}

impl Key {
    /// Reads a key in DER: PKCS#8, SEC 1 `ECPrivateKey` or PKCS#1 `RSAPrivateKey`.
    ///
    /// # Errors
    /// If the key is neither ECDSA on P-256 or P-384 nor RSA.
    pub fn from_der(der: &[u8]) -> Result<Self, KeyRejected> {
        for (curve, schemes) in [
            (&lc::ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P256),
            (&lc::ECDSA_P384_SHA384_ASN1_SIGNING, ECDSA_P384),
        ] {
            if let Ok(pair) = EcdsaKeyPair::from_private_key_der(curve, der) {
                return Ok(Self { schemes, pair: Pair::Ecdsa(pair) });
            }
        }
        let pair = RsaKeyPair::from_pkcs8(der).or_else(|_| RsaKeyPair::from_der(der))?;
        Ok(Self { schemes: RSA, pair: Pair::Rsa(pair) })
    }

    /// Signs the digest of `request`.
    ///
    /// # Errors
    /// If the library rejects the request, or lacks what it is for.
    pub fn sign(&self, request: &SignRequest) -> Result<Vec<u8>, Unspecified> {
        self.sign_digest(request.scheme, &request.digest)
    }

    /// Signs `digest`, which the hash function of `scheme` made.
    ///
    /// # Errors
    /// Those of [`Self::sign`].
    pub fn sign_digest(
        &self,
        scheme: SignatureScheme,
        digest: &crypto::Digest,
    ) -> Result<Vec<u8>, Unspecified> {
        let algorithm = match scheme.hash() {
            HashAlgorithm::Sha256 => &SHA256,
            HashAlgorithm::Sha384 => &SHA384,
            HashAlgorithm::Sha512 => &SHA512,
            _ => return Err(Unspecified),
        };
        let digest = Digest::import_less_safe(digest.as_ref(), algorithm)?;
        match &self.pair {
            Pair::Ecdsa(pair) => Ok(pair.sign_digest(&digest)?.as_ref().to_vec()),
            Pair::Rsa(pair) => {
                let encoding: &dyn lc::RsaEncoding = match (scheme.kind(), scheme.hash()) {
                    (SignatureKind::RsaPss, HashAlgorithm::Sha256) => &lc::RSA_PSS_SHA256,
                    (SignatureKind::RsaPss, HashAlgorithm::Sha384) => &lc::RSA_PSS_SHA384,
                    (SignatureKind::RsaPss, HashAlgorithm::Sha512) => &lc::RSA_PSS_SHA512,
                    (SignatureKind::RsaPkcs1, HashAlgorithm::Sha256) => &lc::RSA_PKCS1_SHA256,
                    (SignatureKind::RsaPkcs1, HashAlgorithm::Sha384) => &lc::RSA_PKCS1_SHA384,
                    (SignatureKind::RsaPkcs1, HashAlgorithm::Sha512) => &lc::RSA_PKCS1_SHA512,
                    _ => return Err(Unspecified),
                };
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign_digest(encoding, &digest, &mut signature)?;
                Ok(signature)
            }
        }
    }
}

impl From<RsaKeyPair> for Key {
    fn from(pair: RsaKeyPair) -> Self {
        Self { schemes: RSA, pair: Pair::Rsa(pair) }
    }
}
