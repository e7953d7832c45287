//! What a peer presented, in words.

use std::fmt;

use lsam_core::x509::CertificateList;

use crate::store::Certificate;

/// The certificates of a peer, its own first. They are described whether they were believed or not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Presented {
    certificates: Vec<Option<Certificate>>,
}

impl Presented {
    /// Reads what is in `chain`; a certificate that can't be read is remembered as such.
    pub fn new(chain: CertificateList<'_>) -> Self {
        Self { certificates: chain.iter().map(|der| Certificate::from_der(der).ok()).collect() }
    }

    /// The peer's own certificate, if there is one that can be read.
    pub fn leaf(&self) -> Option<&Certificate> {
        self.certificates.first().and_then(Option::as_ref)
    }

    /// One description for each certificate: subject, issuer, serial number and validity.
    pub fn descriptions(&self) -> impl Iterator<Item = Description<'_>> {
        self.certificates.iter().map(|certificate| Description(certificate.as_ref()))
    }
}

/// All on one line, to follow the rule that was broken.
impl fmt::Display for Presented {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, description) in self.descriptions().enumerate() {
            match n {
                0 => write!(f, "The certificate: {description}")?,
                1 => write!(f, "; presented with it: {description}")?,
                _ => write!(f, "; {description}")?,
            }
        }
        f.write_str(if self.certificates.is_empty() { "No certificate was presented." } else { "." })
    }
}

/// One certificate on one line.
#[derive(Clone, Copy, Debug)]
pub struct Description<'p>(pub Option<&'p Certificate>);

impl fmt::Display for Description<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(certificate) => write!(
                f,
                "subject {}, issuer {}, serial {}, {}",
                certificate.subject,
                certificate.issuer,
                certificate.serial,
                certificate.validity()
            ),
            None => f.write_str("one that can't be read"),
        }
    }
}
