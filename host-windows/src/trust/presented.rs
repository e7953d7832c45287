//! A peer's certificates, described in words.

use std::fmt;

use lsam_core::x509::{self, MalformedPart};

use crate::store::Certificate;

/// A peer's certificates, its own first. They are described even if they are not trusted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Presented {
    certificates: Vec<Result<Certificate, Option<MalformedPart>>>,
}

impl Presented {
    /// Reads the certificates in `chain`, with core's parser only; unreadable ones are recorded as such.
    pub fn new<'c>(chain: impl IntoIterator<Item = &'c [u8]>) -> Self {
        let read = |der| match x509::Certificate::parse(der) {
            Ok(parsed) => Certificate::of(&parsed).map_err(|_| None),
            Err(_) => Err(MalformedPart::find(der)),
        };
        Self { certificates: chain.into_iter().map(read).collect() }
    }

    /// The peer's own certificate, if it can be read.
    pub fn leaf(&self) -> Option<&Certificate> {
        self.certificates.first().and_then(|leaf| leaf.as_ref().ok())
    }

    /// One description for each certificate: subject, issuer, serial number and validity, or the malformed
    /// part.
    pub fn descriptions(&self) -> impl Iterator<Item = String> {
        self.certificates.iter().map(|certificate| match certificate {
            Ok(certificate) => Description(Some(certificate)).to_string(),
            Err(Some(part)) => format!("{}: {part}", Description(None)),
            Err(None) => Description(None).to_string(),
        })
    }
}

/// All on one line, to follow the broken rule.
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

#[cfg(test)]
mod tests {
    use rcgen::DnType;

    use super::*;
    use crate::authority::{Credential, KeyKind};

    #[test]
    fn what_cannot_be_read_is_described_by_its_malformed_part() {
        let good = Credential::self_signed(KeyKind::EcdsaP256, &["sched.example"]).unwrap();
        let mut der = good.der().to_vec();
        // The name in subjectAltName becomes longer than its content.
        let at = der.windows(13).rposition(|window| window == b"sched.example").unwrap();
        der[at - 1] = 100;
        let presented = Presented::new([der.as_slice()]);
        assert_eq!(presented.leaf(), None);
        let shown = presented.to_string();
        assert!(shown.contains("one that can't be read: the encoding (DER) is wrong at byte"), "{shown}");
        assert!(shown.ends_with("in subjectAltName."), "{shown}");
    }

    #[test]
    fn a_name_cannot_pass_for_the_fields_behind_it() {
        let forged = "sched, issuer CN=Test Root, serial 4a001e\u{202e}";
        let made = Credential::new(KeyKind::EcdsaP256, None, |params| {
            params.distinguished_name.push(DnType::CommonName, forged);
        });
        let certificate = Certificate::from_der(made.unwrap().der()).unwrap();
        let shown = Description(Some(&certificate)).to_string();
        assert!(shown.starts_with("subject CN=sched\\, issuer CN=Test Root\\, serial 4a001e"), "{shown}");
        assert!(!shown.contains('\u{202e}'), "{shown}");
    }
}
