//! What the host shows about a revocation list. [`lsam_core::x509`] verifies it.

use jiff::Timestamp;
use lsam_core::x509::RevocationList;
use x509_parser::prelude::FromDer;
use x509_parser::revocation_list::CertificateRevocationList;

use super::Malformed;
use super::certificate::{Day, name};

/// A summary of a revocation list (RFC 5280 section 5.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevocationListSummary {
    /// The issuer as text.
    pub issuer: String,
    /// The number of revoked certificates.
    pub revoked: usize,
    next_update: Option<i64>,
}

impl RevocationListSummary {
    /// Reads a list in DER.
    ///
    /// # Errors
    /// [`Malformed`] if it is not a list, or if something follows it.
    pub fn from_der(der: &[u8]) -> Result<Self, Malformed> {
        let (rest, list) = CertificateRevocationList::from_der(der).map_err(|_| Malformed)?;
        if !rest.is_empty() {
            return Err(Malformed);
        }
        Ok(Self {
            // Written like the names of certificates.
            issuer: RevocationList::parse(der)
                .map_or_else(|_| "(malformed)".to_owned(), |list| name(&list.issuer().to_string())),
            revoked: list.iter_revoked_certificates().count(),
            next_update: list.next_update().map(|time| time.timestamp()),
        })
    }

    /// The end of its validity, by this machine's clock: "until 2027-01-31".
    pub fn validity(&self) -> String {
        match self.next_update {
            Some(until) if Timestamp::now().as_second() > until => {
                format!("OUT OF DATE since {}", Day(until))
            }
            Some(until) => format!("until {}", Day(until)),
            None => "for no time, because nextUpdate is missing".to_owned(),
        }
    }
}
