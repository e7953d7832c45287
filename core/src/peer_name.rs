//! The name rule of the scheduling side: which name an agent's certificate must have.
//!
//! It goes beyond RFC 6125, which [`ExpectedName`] implements: the common name of the subject counts
//! too, and a setting may name a certificate that does not carry the machine's name.

mod distinguished_name;

use core::{fmt, net::IpAddr};

use crate::x509::{Certificate, CertificateError, ExpectedName, matches_dns_name};

/// The name that the scheduling side expects in an agent's certificate.
///
/// Case is ignored, and a wildcard matches as in [`ExpectedName`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PeerName<'a> {
    /// The host name or IP address of a machine. It must be one of the alternative names. The common name
    /// counts only for a host name, and only if the certificate has no alternative name of the type dNSName.
    Host(&'a str),
    /// The setting "TLS Certificate Distinguished Name". A host name or IP address must be one of the
    /// alternative names or the common name: an administrator sets it when the certificate does not carry the
    /// machine's name. A distinguished name such as `CN=agent, O=Example` must be the whole subject.
    DistinguishedName(&'a str),
}

/// The settings of a machine that can supply the expected name. Blank ones are ignored.
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
    /// The first that is not blank, in the order of the fields. If all are blank, no certificate matches.
    pub fn expected(&self) -> Option<PeerName<'a>> {
        let distinguished_name = self.distinguished_name.trim();
        if !distinguished_name.is_empty() {
            return Some(PeerName::DistinguishedName(distinguished_name));
        }
        let mut hosts = [self.fqdn, self.resolved, self.machine].into_iter().map(str::trim);
        hosts.find(|host| !host.is_empty()).map(PeerName::Host)
    }
}

impl PeerName<'_> {
    /// Checks the names in `certificate`, whose chain must have been verified.
    ///
    /// # Errors
    /// [`CertificateError::NameMismatch`].
    pub fn check(&self, certificate: &Certificate<'_>) -> Result<(), CertificateError> {
        let matches = match *self {
            Self::Host(name) => match name.parse() {
                Ok(address) => has_ip_address(certificate, address),
                Err(_) => {
                    has_dns_name(certificate, name)
                        || (!certificate.has_dns_names() && has_common_name(certificate, name))
                }
            },
            Self::DistinguishedName(name) if name.contains('=') => {
                distinguished_name::is_subject(name, &certificate.subject())
            }
            Self::DistinguishedName(name) => match name.parse() {
                Ok(address) => has_ip_address(certificate, address) || is_common_name(certificate, name),
                Err(_) => has_dns_name(certificate, name) || has_common_name(certificate, name),
            },
        };
        if matches { Ok(()) } else { Err(CertificateError::NameMismatch) }
    }
}

impl fmt::Display for PeerName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Host(name) | Self::DistinguishedName(name)) = self;
        f.write_str(name)
    }
}

fn has_dns_name(certificate: &Certificate<'_>, name: &str) -> bool {
    ExpectedName::DnsName(name).check(certificate).is_ok()
}

fn has_ip_address(certificate: &Certificate<'_>, address: IpAddr) -> bool {
    ExpectedName::IpAddress(address).check(certificate).is_ok()
}

/// Whether the common name is `host`, or a wildcard that matches it.
fn has_common_name(certificate: &Certificate<'_>, host: &str) -> bool {
    let name = certificate.subject_common_name().and_then(|name| name.chars());
    name.is_some_and(|name| matches_dns_name(name, host))
}

/// Whether the common name is literally `text`: a wildcard never matches an address.
fn is_common_name(certificate: &Certificate<'_>, text: &str) -> bool {
    let name = certificate.subject_common_name().and_then(|name| name.chars());
    name.is_some_and(|name| {
        name.map(|c| c.to_ascii_lowercase()).eq(text.chars().map(|c| c.to_ascii_lowercase()))
    })
}

#[cfg(test)]
mod tests;
