//! What the host knows of a revocation list, for people to read. What is in it is judged by [`lsam_core::x509`].

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
    /// How many certificates are on it.
    pub revoked: usize,
    next_update: Option<i64>,
}

impl RevocationListSummary {
    /// Reads a list in DER.
    ///
    /// # Errors
    /// [`Malformed`] when it is none, or something follows it.
    pub fn from_der(der: &[u8]) -> Result<Self, Malformed> {
        let (rest, list) = CertificateRevocationList::from_der(der).map_err(|_| Malformed)?;
        if !rest.is_empty() {
            return Err(Malformed);
        }
        Ok(Self {
            // As the names of certificates are written.
            issuer: RevocationList::parse(der)
                .map_or_else(|_| "(malformed)".to_owned(), |list| name(&list.issuer().to_string())),
            revoked: list.iter_revoked_certificates().count(),
            next_update: list.next_update().map(|time| time.timestamp()),
        })
    }

    /// Until when it is current, by the clock of this machine: "until 2027-01-31".
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
