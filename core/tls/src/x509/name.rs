//! Which name a server's certificate must have, and whether it has it.
//!
//! Connections of a client of its own go by RFC 6125: the alternative names count and nothing else. The scheduling
//! side has a rule of its own, which takes the common name of the subject into account.

use core::{fmt, net::IpAddr};

use super::{Certificate, CertificateError, SubjectAltName, extensions::DNS_NAME, typed_name};

/// The name that a server's certificate must have.
///
/// Names are compared without regard to case. A wildcard stands for one whole label, the left-most one, and only
/// before two others at least: `*.example.com` is `agent.example.com`, but neither `example.com` nor
/// `a.b.example.com`. IP addresses are looked up among the alternative names of that kind; no wildcard stands for one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExpectedName<'a> {
    /// A DNS name among the alternative names (RFC 6125 section 6.4).
    DnsName(&'a str),
    /// An IP address among the alternative names.
    IpAddress(IpAddr),
    /// A host name or IP address by which the scheduling side knows a machine: looked up among the alternative names;
    /// if there is none that could be it, the common name counts.
    Host(&'a str),
    /// The setting "TLS Certificate Distinguished Name": the alternative names first, then the common name, even if
    /// there are alternative names, because this setting is how an administrator names a certificate that has not
    /// the machine's name. A full distinguished name such as `CN=agent, O=Example` is compared with the whole subject.
    DistinguishedName(&'a str),
}

/// The settings of a machine from which the scheduling side takes the name that it expects. Blank ones do not count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MachineNames<'a> {
    /// TLS Certificate Distinguished Name
    pub distinguished_name: &'a str,
    /// Fully Qualified Domain Name
    pub fqdn: &'a str,
    /// The host name that the machine's address resolves to.
    pub resolved: &'a str,
    /// The machine's name.
    pub machine: &'a str,
}

impl<'a> MachineNames<'a> {
    /// The first that is set, in the order of the fields. None when all are blank: then no certificate fits.
    pub fn expected(&self) -> Option<ExpectedName<'a>> {
        let distinguished_name = self.distinguished_name.trim();
        if !distinguished_name.is_empty() {
            return Some(ExpectedName::DistinguishedName(distinguished_name));
        }
        let mut hosts = [self.fqdn, self.resolved, self.machine].into_iter().map(str::trim);
        hosts.find(|host| !host.is_empty()).map(ExpectedName::Host)
    }
}

impl ExpectedName<'_> {
    /// Checks the names in `certificate`, which must have been found trustworthy.
    ///
    /// # Errors
    /// [`CertificateError::NameMismatch`].
    pub fn check(&self, certificate: &Certificate<'_>) -> Result<(), CertificateError> {
        let matches = match *self {
            Self::DnsName(name) => has_dns_name(certificate, name),
            Self::IpAddress(address) => has_ip_address(certificate, address),
            Self::Host(name) => match name.parse() {
                Ok(address) => has_ip_address(certificate, address),
                Err(_) => {
                    has_dns_name(certificate, name)
                        || (!has_any_dns_name(certificate) && has_common_name(certificate, name))
                }
            },
            Self::DistinguishedName(name) if name.contains('=') => {
                typed_name::is_name(name, &certificate.subject())
            }
            Self::DistinguishedName(name) => match name.parse() {
                Ok(address) => has_ip_address(certificate, address) || is_common_name(certificate, name),
                Err(_) => has_dns_name(certificate, name) || has_common_name(certificate, name),
            },
        };
        if matches { Ok(()) } else { Err(CertificateError::NameMismatch) }
    }
}

impl<'a> From<&'a str> for ExpectedName<'a> {
    /// An IP address or a DNS name, to be found among the alternative names.
    fn from(host: &'a str) -> Self {
        host.parse().map_or(Self::DnsName(host), Self::IpAddress)
    }
}

impl fmt::Display for ExpectedName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DnsName(name) | Self::Host(name) | Self::DistinguishedName(name) => f.write_str(name),
            Self::IpAddress(address) => address.fmt(f),
        }
    }
}

fn has_any_dns_name(certificate: &Certificate<'_>) -> bool {
    // One that is malformed is one as well: it does not make the common name count.
    certificate.extensions().general_names().any(|name| name.tag == DNS_NAME)
}

fn has_dns_name(certificate: &Certificate<'_>, host: &str) -> bool {
    certificate.subject_alt_names().any(|name| match name {
        SubjectAltName::DnsName(pattern) => is_host(pattern.chars(), host),
        SubjectAltName::IpAddress(_) => false,
    })
}

fn has_ip_address(certificate: &Certificate<'_>, address: IpAddr) -> bool {
    certificate.subject_alt_names().any(|name| name == SubjectAltName::IpAddress(address))
}

fn has_common_name(certificate: &Certificate<'_>, host: &str) -> bool {
    let name = certificate.subject_common_name().and_then(|name| name.chars());
    name.is_some_and(|name| is_host(name, host))
}

fn is_common_name(certificate: &Certificate<'_>, text: &str) -> bool {
    certificate.subject_common_name().and_then(|name| name.chars()).is_some_and(|name| is_same(name, text))
}

/// Whether `pattern` out of a certificate is the name `host`, which may end in the dot of the DNS root.
fn is_host(pattern: impl Iterator<Item = char> + Clone, host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host);
    if host.is_empty() || host.contains('*') {
        return false;
    }
    if is_same(pattern.clone(), host) {
        return true;
    }
    let mut rest = pattern;
    match host.split_once('.') {
        Some((label, parent)) if !label.is_empty() && parent.contains('.') => {
            rest.next() == Some('*') && rest.next() == Some('.') && is_same(rest, parent)
        }
        _ => false,
    }
}

fn is_same(name: impl Iterator<Item = char>, other: &str) -> bool {
    name.map(|c| c.to_ascii_lowercase()).eq(other.chars().map(|c| c.to_ascii_lowercase()))
}
