//! Finds the agent's certificate by its serial number.

use std::fmt;

use aws_lc_rs::digest::{self, SHA1_FOR_LEGACY_USE_ONLY, SHA256};
use lsam_core::x509::SerialNumber;

use super::{CertificateStore, Section, StoredCertificate};

/// Why no certificate was chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotFound<'s> {
    /// No certificate in My and Root has the serial number.
    Unknown,
    /// These have it, but the store has no private key for any of them.
    WithoutKey(Vec<&'s StoredCertificate>),
    /// Several different certificates in one section have it, with a private key.
    Several(Vec<&'s StoredCertificate>),
}

/// The part of a sentence that follows the serial number.
impl fmt::Display for NotFound<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unknown => "no certificate in My or Root has this serial number",
            Self::WithoutKey(_) => "the certificate with this serial number has no private key there",
            Self::Several(_) => "several certificates with private keys have this serial number",
        })
    }
}

impl<'s> NotFound<'s> {
    /// The certificates that have the serial number.
    pub fn concerned(&self) -> &[&'s StoredCertificate] {
        match self {
            Self::Unknown => &[],
            Self::WithoutKey(found) | Self::Several(found) => found,
        }
    }
}

/// The SHA-1 hash of a certificate, as text; Windows calls it the thumbprint.
pub(crate) struct Thumbprint<'s>(pub(crate) &'s StoredCertificate);

impl fmt::Display for Thumbprint<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&thumbprint(&SHA1_FOR_LEGACY_USE_ONLY, self.0))
    }
}

fn thumbprint(algorithm: &'static digest::Algorithm, stored: &StoredCertificate) -> String {
    let hash = digest::digest(algorithm, &stored.certificate.der);
    hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The certificate whose SHA-1 or SHA-256 thumbprint was `typed` instead of its serial number: the Windows
/// dialog shows both, a few lines apart.
pub(crate) fn find_by_thumbprint<'s>(
    store: &'s dyn CertificateStore,
    typed: &str,
) -> Option<&'s StoredCertificate> {
    let digits: String =
        typed.chars().filter(char::is_ascii_hexdigit).map(|digit| digit.to_ascii_lowercase()).collect();
    let algorithm = match digits.len() {
        40 => &SHA1_FOR_LEGACY_USE_ONLY,
        64 => &SHA256,
        _ => return None,
    };
    store.certificates().iter().find(|stored| thumbprint(algorithm, stored) == digits)
}

/// The chosen certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found<'s> {
    /// The certificate; the store has its private key.
    pub certificate: &'s StoredCertificate,
    /// Others with this serial number, skipped because the store has no private key for them.
    pub without_key: Vec<&'s StoredCertificate>,
}

/// Finds the certificate with `serial` that the agent can use: in My, or if it is not there, in Root (where
/// administrators put the certificate of an authority together with its key). A certificate without a private
/// key in the store is skipped. Two copies of the same certificate count as one.
///
/// # Errors
/// [`NotFound`] if there is none, or if there are several: a serial number is unique only for its issuer, and
/// a guess could present the wrong identity.
pub fn find_by_serial<'s>(
    store: &'s dyn CertificateStore,
    serial: &SerialNumber,
) -> Result<Found<'s>, NotFound<'s>> {
    let mut without_key = Vec::new();
    for section in [Section::My, Section::Root] {
        let mut found: Vec<&StoredCertificate> = Vec::new();
        for stored in store.certificates() {
            if stored.section != section || stored.certificate.serial != *serial {
                continue;
            }
            if !stored.has_key {
                without_key.push(stored);
            } else if !found.iter().any(|other| other.certificate == stored.certificate) {
                found.push(stored);
            }
        }
        match found.as_slice() {
            [] => {}
            [certificate] => return Ok(Found { certificate, without_key }),
            _ => return Err(NotFound::Several(found)),
        }
    }
    Err(if without_key.is_empty() { NotFound::Unknown } else { NotFound::WithoutKey(without_key) })
}
