//! What the host knows about a certificate: names and dates for people, and what is needed to find it and its
//! issuer.
//!
//! Nothing here decides on trust; [`lsam_core::x509`] does that.

use std::fmt;

use jiff::civil::date;
use jiff::{Span, Timestamp};
use lsam_core::UnixTime;
use lsam_core::x509::{self, Name, SerialNumber, SubjectAltName};
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::ParsedExtension;
use x509_parser::prelude::FromDer;

use crate::key::FileKey;

/// 99991231235959Z, the time for no expiry (RFC 5280 section 4.1.2.5).
const NO_EXPIRY: i64 = 253_402_300_799;

/// An X.509 certificate (RFC 5280 section 4.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// The certificate in DER.
    pub der: Vec<u8>,
    /// The subject as text: `CN=agent.example,O=Example`.
    pub subject: String,
    /// The issuer as text.
    pub issuer: String,
    /// The serial number.
    pub serial: SerialNumber,
    /// The beginning of its validity, in seconds since 1970.
    pub not_before: i64,
    /// The end of its validity, inclusive, in seconds since 1970.
    pub not_after: i64,
    /// The content of `subjectPublicKey`: a point, or an `RSAPublicKey` in DER.
    pub(super) public_key: Vec<u8>,
    pub(super) subject_der: Vec<u8>,
    pub(super) issuer_der: Vec<u8>,
    pub(super) subject_key_id: Option<Vec<u8>>,
    pub(super) authority_key_id: Option<Vec<u8>>,
}

impl Certificate {
    /// Reads a certificate in DER.
    ///
    /// # Errors
    /// [`Malformed`] if it is not a certificate, or if something follows it.
    pub fn from_der(der: &[u8]) -> Result<Self, Malformed> {
        match x509::Certificate::parse(der) {
            Ok(parsed) => Self::of(&parsed),
            Err(_) => Self::of_own_file(der),
        }
    }

    /// Converts a certificate that core has parsed.
    pub(crate) fn of(parsed: &x509::Certificate<'_>) -> Result<Self, Malformed> {
        let seconds = |time: UnixTime| i64::try_from(time.0).unwrap_or(i64::MAX);
        Ok(Self {
            der: parsed.der().to_vec(),
            subject: name(&parsed.subject().to_string()),
            issuer: name(&parsed.issuer().to_string()),
            serial: SerialNumber::from_bytes(parsed.serial()).ok_or(Malformed)?,
            not_before: seconds(parsed.not_before()),
            not_after: seconds(parsed.not_after()),
            public_key: parsed.subject_public_key().map_err(|_| Malformed)?.to_vec(),
            subject_der: parsed.subject().der().to_vec(),
            issuer_der: parsed.issuer().der().to_vec(),
            subject_key_id: parsed.subject_key_id().map(<[u8]>::to_vec),
            authority_key_id: parsed.authority_key_id().map(<[u8]>::to_vec),
        })
    }

    /// Reads a certificate of this machine that core rejects as not quite DER: it is shown, and may be
    /// presented. A peer's bytes never reach this.
    fn of_own_file(der: &[u8]) -> Result<Self, Malformed> {
        let (rest, certificate) = X509Certificate::from_der(der).map_err(|_| Malformed)?;
        if !rest.is_empty() {
            return Err(Malformed);
        }
        let (mut subject_key_id, mut authority_key_id) = (None, None);
        for extension in certificate.extensions() {
            match extension.parsed_extension() {
                ParsedExtension::SubjectKeyIdentifier(id) => subject_key_id = Some(id.0.to_vec()),
                ParsedExtension::AuthorityKeyIdentifier(id) => {
                    authority_key_id = id.key_identifier.as_ref().map(|id| id.0.to_vec());
                }
                _ => {}
            }
        }
        Ok(Self {
            der: der.to_vec(),
            // Only core writes names so that no part can be mistaken for another field.
            subject: "(malformed)".to_owned(),
            issuer: "(malformed)".to_owned(),
            serial: SerialNumber::from_bytes(certificate.raw_serial()).ok_or(Malformed)?,
            not_before: certificate.validity().not_before.timestamp(),
            not_after: certificate.validity().not_after.timestamp(),
            public_key: certificate.public_key().subject_public_key.data.to_vec(),
            subject_der: certificate.subject().as_raw().to_vec(),
            issuer_der: certificate.issuer().as_raw().to_vec(),
            subject_key_id,
            authority_key_id,
        })
    }

    /// The end of its validity, or why it is not valid, by this machine's clock: "valid until 2027-01-31",
    /// "valid with no expiry".
    pub fn validity(&self) -> String {
        let now = Timestamp::now().as_second();
        if now < self.not_before {
            format!("not valid before {}", Day(self.not_before))
        } else if now > self.not_after {
            format!("EXPIRED on {}", Day(self.not_after))
        } else if self.not_after == NO_EXPIRY {
            "valid with no expiry".to_owned()
        } else {
            format!("valid until {}", Day(self.not_after))
        }
    }

    /// The DNS names and addresses in its subjectAltName, as text.
    pub fn alternative_names(&self) -> Vec<String> {
        let Ok(parsed) = x509::Certificate::parse(&self.der) else { return Vec::new() };
        let text = |alternative| match alternative {
            SubjectAltName::DnsName(dns_name) => Some(name(dns_name)),
            SubjectAltName::IpAddress(address) => Some(address.to_string()),
            // Peers don't check other kinds of names.
            _ => None,
        };
        parsed.subject_alt_names().filter_map(text).collect()
    }

    /// The names that a peer checks: the alternative names, or the common name if there are none.
    pub(crate) fn expectable_names(&self) -> Vec<String> {
        let names = self.alternative_names();
        if !names.is_empty() {
            return names;
        }
        let Ok(parsed) = x509::Certificate::parse(&self.der) else { return names };
        let common_name =
            parsed.subject_common_name().and_then(|name| Some(name.chars()?.collect::<String>()));
        common_name.iter().map(|common_name| name(common_name)).collect()
    }

    /// Whether this machine's clock is within its validity.
    pub fn is_valid_now(&self) -> bool {
        (self.not_before..=self.not_after).contains(&Timestamp::now().as_second())
    }

    /// Whether it names itself as its issuer.
    pub fn is_self_issued(&self) -> bool {
        is_same_name(&self.subject_der, &self.issuer_der)
    }

    /// Whether both have the same subject.
    pub(crate) fn has_subject_of(&self, other: &Self) -> bool {
        is_same_name(&self.subject_der, &other.subject_der)
    }

    /// Whether both have the same issuer.
    pub(crate) fn has_issuer_of(&self, other: &Self) -> bool {
        is_same_name(&self.issuer_der, &other.issuer_der)
    }

    /// Whether `key` is the private half of its public key.
    pub fn is_of(&self, key: &FileKey) -> bool {
        self.public_key == key.public_key()
    }

    /// Whether `issuer` may have issued it, by names and key identifiers (RFC 5280 sections 4.1.2.4 and
    /// 4.2.1.1).
    pub(crate) fn may_be_issued_by(&self, issuer: &Self) -> bool {
        is_same_name(&self.issuer_der, &issuer.subject_der)
            && match (&self.authority_key_id, &issuer.subject_key_id) {
                (Some(authority), Some(subject)) => authority == subject,
                _ => true,
            }
    }
}

/// Compares names as core does (RFC 5280 section 7.1).
fn is_same_name(one: &[u8], other: &[u8]) -> bool {
    match (Name::from_der(one), Name::from_der(other)) {
        (Ok(one), Ok(other)) => one == other,
        _ => one == other,
    }
}

/// Subject, serial number and expiry, on one line.
impl fmt::Display for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, serial {}, {}", self.subject, self.serial, self.validity())
    }
}

/// The bytes are not a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed;

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("it is not a well-formed certificate")
    }
}

impl std::error::Error for Malformed {}

/// A day in UTC, as in the certificate.
pub(crate) struct Day(pub(crate) i64);

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let days = Span::new().try_days(self.0.div_euclid(24 * 60 * 60));
        match days.and_then(|days| date(1970, 1, 1).checked_add(days)) {
            Ok(day) => write!(f, "{day}"),
            Err(_) => f.write_str("a date out of range"),
        }
    }
}

/// Text from the maker of the certificate, which must not contain terminal controls.
pub(super) fn name(text: &str) -> String {
    match text {
        "" => "(no name)".to_owned(),
        _ => text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect(),
    }
}
