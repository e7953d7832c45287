//! The public key of the peer's certificate, kept from its Certificate message to the signature that proves it.

use super::error::{Error, Misbehaved};
use super::limits::MAX_SIGNATURE;
use super::verifiable::Verifiable;
use crate::crypto::{
    Digest, HashAlgorithm, KeyAlgorithm, MAX_PUBLIC_VALUE, Provider, PublicKey, SignatureScheme,
};
use crate::x509::{Certificate, CertificateError, CertificateList};

/// Longest public exponent that is kept, in bytes.
const MAX_EXPONENT: usize = if cfg!(feature = "rsa") { 8 } else { 0 };
/// Longest modulus or point. Every state of a handshake has room for it.
const MAX_FIRST: usize = if cfg!(feature = "rsa") { MAX_SIGNATURE } else { MAX_PUBLIC_VALUE };

/// A copy of a [`PublicKey`]: the certificate's own bytes are gone when the key is needed.
pub(crate) struct PeerKey {
    /// Point or modulus, then the exponent.
    bytes: [u8; MAX_FIRST + MAX_EXPONENT],
    first_len: usize,
    second_len: usize,
    algorithm: KeyAlgorithm,
    /// SHA-256 of the certificate.
    pub(crate) fingerprint: [u8; 32],
}

impl PeerKey {
    fn new(key: &PublicKey<'_>, fingerprint: [u8; 32]) -> Result<Self, CertificateError> {
        let (first, second): (&[u8], &[u8]) = match *key {
            PublicKey::Secp256r1(point) | PublicKey::Secp384r1(point) => (point, &[]),
            PublicKey::Rsa { modulus, exponent } => (modulus, exponent),
        };
        if first.len() > MAX_FIRST || second.len() > MAX_EXPONENT {
            return Err(CertificateError::UnsupportedKey);
        }
        let mut bytes = [0; MAX_FIRST + MAX_EXPONENT];
        for (to, from) in bytes.iter_mut().zip(first.iter().chain(second)) {
            *to = *from;
        }
        Ok(Self {
            bytes,
            first_len: first.len(),
            second_len: second.len(),
            algorithm: key.algorithm(),
            fingerprint,
        })
    }

    /// The key of a chain's first certificate.
    pub(crate) fn of_leaf<P: Provider>(chain: CertificateList<'_>) -> Result<Self, CertificateError> {
        let leaf = chain.leaf().ok_or(CertificateError::NoCertificate)?;
        let key = Certificate::parse(leaf)?.public_key()?;
        if !P::can_verify(key.algorithm()) {
            return Err(CertificateError::UnsupportedKey);
        }
        Self::new(&key, sha256::<P>(&[leaf]))
    }

    /// The key that [`Self::new`] was given.
    fn public_key(&self) -> PublicKey<'_> {
        let (first, rest) = self.bytes.split_at_checked(self.first_len).unwrap_or_default();
        match self.algorithm {
            KeyAlgorithm::Secp256r1 => PublicKey::Secp256r1(first),
            KeyAlgorithm::Secp384r1 => PublicKey::Secp384r1(first),
            KeyAlgorithm::Rsa => {
                PublicKey::Rsa { modulus: first, exponent: rest.get(..self.second_len).unwrap_or_default() }
            }
        }
    }

    /// Verifies a signature of the handshake: its scheme must be one of `offered` and fit the key, and `digest` gives the
    /// hash of what was signed.
    pub(crate) fn verify<P: Provider>(
        &self,
        scheme: u16,
        offered: &[SignatureScheme],
        signature: &[u8],
        digest: impl FnOnce(HashAlgorithm) -> Result<Digest, Error>,
    ) -> Result<SignatureScheme, Error> {
        let scheme = SignatureScheme::from_code(scheme)
            .filter(|scheme| Verifiable::by::<P>(offered).iter().any(|offered| offered == *scheme))
            .ok_or(Misbehaved::NotOffered)?;
        let key = self.public_key();
        if !scheme.fits(&key) {
            return Err(Misbehaved::SchemeDoesNotFitKey.into());
        }
        P::verify(scheme.kind(), &key, scheme.hash(), digest(scheme.hash())?.as_ref(), signature)?;
        Ok(scheme)
    }
}

/// SHA-256 of `parts`, one after the other.
pub(crate) fn sha256<P: Provider>(parts: &[&[u8]]) -> [u8; 32] {
    let digest = HashAlgorithm::Sha256.digest::<P>(parts);
    digest.as_ref().first_chunk().copied().unwrap_or_default()
}
