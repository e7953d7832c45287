//! Which part of a certificate is malformed, for a report to its owner.

use core::fmt;

use super::{Certificate, CertificateError};
use crate::der::{Der, DerError, tag};

/// A part of a certificate that breaks RFC 5280.
///
/// ```
/// use lsam_tls::x509::MalformedPart;
///
/// let part = MalformedPart::find(b"no certificate").map(|part| part.to_string());
/// assert_eq!(part.as_deref(), Some("the encoding (DER) is wrong at byte 0, in the certificate as a whole"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MalformedPart {
    at: DerError,
    name: &'static str,
}

impl MalformedPart {
    /// The first malformed part of the certificate `der`. None if it can be parsed.
    pub fn find(der: &[u8]) -> Option<Self> {
        let (at, name) = match Certificate::parse(der) {
            Err(at) => (at, name_at(der, at).unwrap_or("the certificate as a whole")),
            Ok(certificate) => match (certificate.public_key(), certificate.subject_public_key()) {
                (Err(CertificateError::BadEncoding), Err(at)) => (at, PUBLIC_KEY),
                _ => return None,
            },
        };
        Some(Self { at, name })
    }
}

impl fmt::Display for MalformedPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, in {}", self.at, self.name)
    }
}

const PUBLIC_KEY: &str = "subjectPublicKeyInfo";

/// The field or extension that contains the byte of `error`, or follows the last one that can be parsed.
fn name_at(der: &[u8], error: DerError) -> Option<&'static str> {
    let mut certificate = Der::new(der).sequence().ok()?;
    let mut fields = certificate.sequence().ok()?;
    fields.optional(tag::constructed(0)).ok()?;
    for name in ["serialNumber", "signature", "issuer", "validity", "subject", PUBLIC_KEY] {
        if fields.element().is_err() || error.at < fields.error().at {
            return Some(name);
        }
    }
    fields.optional(tag::context(1)).ok()?;
    fields.optional(tag::context(2)).ok()?;
    let mut extensions = fields.optional(tag::constructed(3)).ok()??.sequence().ok()?;
    while !extensions.is_empty() {
        let extension = extensions.sequence();
        if extension.is_err() || error.at < extensions.error().at {
            return Some(extension.ok().and_then(extension_name).unwrap_or("an extension"));
        }
    }
    None
}

/// The name of an extension that this crate reads.
fn extension_name(mut extension: Der<'_>) -> Option<&'static str> {
    match extension.required(tag::OBJECT_IDENTIFIER).ok()?.rest() {
        [0x55, 0x1d, id] => Some(match id {
            14 => "subjectKeyIdentifier",
            15 => "keyUsage",
            17 => "subjectAltName",
            19 => "basicConstraints",
            30 => "nameConstraints",
            35 => "authorityKeyIdentifier",
            36 => "policyConstraints",
            37 => "extendedKeyUsage",
            _ => return None,
        }),
        _ => None,
    }
}
