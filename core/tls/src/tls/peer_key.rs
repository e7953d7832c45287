//! The public key of the peer's certificate, kept from its Certificate message until a signature proves
//! possession.

use super::error::{Error, Misbehaved};
use crate::crypto::{Digest, HashAlgorithm, Provider, PublicKey, RsaKeyRoom, SignatureScheme, sha256};
use crate::x509::{Certificate, CertificateError, CertificateList};

/// A copy of a [`PublicKey`]: the certificate itself is no longer available when the key is needed.
pub(crate) struct PeerKey<P: Provider> {
    key: Key<P::RsaKey>,
    /// SHA-256 of the certificate.
    pub(crate) fingerprint: [u8; 32],
}

/// A point, or an RSA key. Every state of a handshake has room for it.
enum Key<R> {
    Secp256r1([u8; 65]),
    Secp384r1([u8; 97]),
    Rsa(R),
}

impl<R: RsaKeyRoom> Key<R> {
    fn new(key: &PublicKey<'_>) -> Option<Self> {
        match *key {
            PublicKey::Secp256r1(point) => point.try_into().ok().map(Self::Secp256r1),
            PublicKey::Secp384r1(point) => point.try_into().ok().map(Self::Secp384r1),
            PublicKey::Rsa { modulus, exponent } => R::new(modulus, exponent).map(Self::Rsa),
        }
    }

    fn public_key(&self) -> PublicKey<'_> {
        match self {
            Self::Secp256r1(point) => PublicKey::Secp256r1(point),
            Self::Secp384r1(point) => PublicKey::Secp384r1(point),
            Self::Rsa(key) => key.key(),
        }
    }
}

impl<P: Provider> PeerKey<P> {
    /// The key of a chain's first certificate.
    pub(crate) fn of_leaf(chain: CertificateList<'_>) -> Result<Self, Error> {
        let leaf = chain.leaf().ok_or(CertificateError::NoCertificate)?;
        // The host verifies the rest of the certificate, with its chain.
        let key = Certificate::public_key_of(leaf)?;
        if !P::can_verify(key.algorithm()) {
            return Err(CertificateError::UnsupportedKey.into());
        }
        let key = Key::new(&key).ok_or(CertificateError::UnsupportedKey)?;
        Ok(Self { key, fingerprint: sha256::<P>(&[leaf]).ok_or(Error::Bug)? })
    }

    /// Verifies a handshake signature: its scheme must be one of `offered` and fit the key, and `digest`
    /// returns the hash of what was signed.
    pub(crate) fn verify(
        &self,
        scheme: u16,
        offered: &[SignatureScheme],
        signature: &[u8],
        digest: impl FnOnce(HashAlgorithm) -> Result<Digest, Error>,
    ) -> Result<SignatureScheme, Error> {
        let scheme = SignatureScheme::from_code(scheme)
            .filter(|scheme| offered.contains(scheme) && scheme.is_verifiable::<P>())
            .ok_or(Misbehaved::NotOffered)?;
        let key = self.key.public_key();
        if !scheme.fits(&key) {
            return Err(Misbehaved::SchemeDoesNotFitKey.into());
        }
        P::verify(scheme.kind(), &key, scheme.hash(), digest(scheme.hash())?.as_ref(), signature)?;
        Ok(scheme)
    }
}
