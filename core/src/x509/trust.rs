//! Whom to believe: the caller's roots and intermediates, and the judgement of a peer's chain (RFC 5280 section 6).

use super::{Certificate, CertificateError, CertificateList, Purpose, path::Search};
use crate::{UnixTime, crypto::Provider};

/// The certificates that the caller lends for the judgement of peers, as DER.
///
/// ```
/// use lsam_core::{
///     UnixTime,
///     crypto::rustcrypto::RustCrypto,
///     x509::{CertificateError, CertificateList, Purpose, TrustSet},
/// };
///
/// let roots: &[&[u8]] = &[];
/// let trust = TrustSet::new(roots, &[]);
/// let chain = CertificateList::parse(&[])?;
/// let verdict = trust.verify::<RustCrypto>(chain, Purpose::Client, Some(UnixTime(1_767_225_600)));
/// assert_eq!(verdict, Err(CertificateError::NoCertificate));
/// # Ok::<(), lsam_core::wire::DecodeError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct TrustSet<'t> {
    pub(super) roots: &'t [&'t [u8]],
    pub(super) intermediates: &'t [&'t [u8]],
}

impl<'t> TrustSet<'t> {
    /// A set of roots and of intermediate certificates that peers need not present.
    ///
    /// Only self-signed certificates are roots. Others among `roots` are never trusted, as in Windows and openssl.
    /// Certificates that are malformed are passed over.
    pub const fn new(roots: &'t [&'t [u8]], intermediates: &'t [&'t [u8]]) -> Self {
        Self { roots, intermediates }
    }

    /// Judges the chain of a peer, whose certificate is the first.
    ///
    /// It is believed when a path of at most six intermediates, out of the chain and this set, leads to a root, and
    /// every certificate on it is valid now, allowed what it does and correctly signed. It is also believed when it is
    /// itself a root of this set, that is the very same self-signed certificate, be it one of an authority or not;
    /// validity and usage are then checked all the same. The name in it is another question: see
    /// [`ExpectedName`](super::ExpectedName).
    ///
    /// The work is bounded, whatever a peer presents: 8 paths are verified and 64 certificates followed, no more.
    ///
    /// # Errors
    /// The [`CertificateError`] of the path that got furthest. [`CertificateError::NoTime`] when `now` is none.
    pub fn verify<P: Provider>(
        &self,
        chain: CertificateList<'_>,
        purpose: Purpose,
        now: Option<UnixTime>,
    ) -> Result<(), CertificateError> {
        let leaf = chain.leaf().ok_or(CertificateError::NoCertificate)?;
        let now = now.ok_or(CertificateError::NoTime)?;
        let certificate = Certificate::parse(leaf)?;
        certificate.public_key()?;
        certificate.check_usage(purpose)?;
        if certificate.is_self_issued() && self.roots.contains(&leaf) {
            certificate.check_extensions()?;
            return certificate.check_validity(now);
        }
        Search { trust: self, chain, leaf, purpose, now }.run::<P>()
    }
}
