//! The name that a server's certificate must have (RFC 6125 section 6).

use core::{fmt, net::IpAddr};

use super::{Certificate, CertificateError, SubjectAltName};

/// The name that a server's certificate must have among its alternative names. The common name never counts.
///
/// DNS names are compared without regard to case. A wildcard is the whole left-most label, matches exactly
/// one label and needs at least two more after it: `*.example.com` matches `www.example.com`, but neither
/// `example.com` nor `a.b.example.com`. It never matches an IP address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExpectedName<'a> {
    /// A DNS name (RFC 6125 section 6.4).
    DnsName(&'a str),
    /// An IP address.
    IpAddress(IpAddr),
}

impl ExpectedName<'_> {
    /// Checks the names in `certificate`, whose chain must have been verified.
    ///
    /// # Errors
    /// [`CertificateError::NameMismatch`].
    pub fn check(&self, certificate: &Certificate<'_>) -> Result<(), CertificateError> {
        let matches = certificate.subject_alt_names().any(|presented| match (presented, *self) {
            (SubjectAltName::DnsName(pattern), Self::DnsName(name)) => {
                matches_dns_name(pattern.chars(), name)
            }
            (SubjectAltName::IpAddress(address), Self::IpAddress(expected)) => address == expected,
            _ => false,
        });
        if matches { Ok(()) } else { Err(CertificateError::NameMismatch) }
    }
}

impl<'a> From<&'a str> for ExpectedName<'a> {
    /// An IP address if `host` is one, otherwise a DNS name.
    fn from(host: &'a str) -> Self {
        host.parse().map_or(Self::DnsName(host), Self::IpAddress)
    }
}

impl fmt::Display for ExpectedName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DnsName(name) => f.write_str(name),
            Self::IpAddress(address) => address.fmt(f),
        }
    }
}

/// Whether `presented`, a name from a certificate that may begin with a wildcard, matches the DNS name `name`
/// (RFC 6125 section 6.4.3). A dot at the end of `name`, which denotes the DNS root, is ignored.
pub fn matches_dns_name(presented: impl Iterator<Item = char> + Clone, name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    if name.is_empty() || name.contains('*') {
        return false;
    }
    if is_same(presented.clone(), name) {
        return true;
    }
    let mut rest = presented;
    match name.split_once('.') {
        Some((label, parent)) if !label.is_empty() && parent.contains('.') => {
            rest.next() == Some('*') && rest.next() == Some('.') && is_same(rest, parent)
        }
        _ => false,
    }
}

fn is_same(name: impl Iterator<Item = char>, other: &str) -> bool {
    name.map(|c| c.to_ascii_lowercase()).eq(other.chars().map(|c| c.to_ascii_lowercase()))
}
