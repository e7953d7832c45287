//! What certificates and revocation lists have in common: the signed part, and its signature (RFC 5280
//! sections 4.1 and 5.1).

use super::{error::CertificateError, signature_algorithm::Algorithm};
use crate::crypto::{Provider, PublicKey};
use crate::der::{Der, DerError, tag};

/// `SEQUENCE { tbs SEQUENCE, signatureAlgorithm AlgorithmIdentifier, signatureValue BIT STRING }`
#[derive(Clone, Copy, Debug)]
pub(super) struct Signed<'a> {
    /// With tag and length, as it is signed.
    tbs: &'a [u8],
    /// The content of the AlgorithmIdentifier.
    pub(super) algorithm: &'a [u8],
    pub(super) signature: &'a [u8],
}

impl<'a> Signed<'a> {
    /// Parses all of `der`. Also returns a cursor over the fields of the signed part.
    pub(super) fn parse(der: &'a [u8]) -> Result<(Self, Der<'a>), DerError> {
        let mut signed = Der::new(der).only(tag::SEQUENCE)?;
        let error = signed.error();
        let tbs = signed.element()?;
        if tbs.tag != tag::SEQUENCE {
            return Err(error);
        }
        let algorithm = signed.sequence()?.rest();
        let signature = signed.bytes_of_bit_string()?;
        signed.end()?;
        Ok((Self { tbs: tbs.whole, algorithm, signature }, tbs.content))
    }

    /// Verifies the signature with the key of an issuer.
    ///
    /// # Errors
    /// [`CertificateError::UnsupportedAlgorithm`] if the profile does not include the algorithm with this
    /// kind of key, [`CertificateError::BadSignature`].
    pub(super) fn verify<P: Provider>(&self, issuer: &PublicKey<'_>) -> Result<(), CertificateError> {
        let algorithm = Algorithm::parse(self.algorithm).ok_or(CertificateError::UnsupportedAlgorithm)?;
        algorithm.verify::<P>(issuer, self.tbs, self.signature)
    }
}
