//! What the scheduling server trusts, and the name by which it knows an agent.

use std::io;
use std::path::{Path, PathBuf};

use lsam_core::peer_name::PeerName;
use lsam_core::tls::ClientConfig;
use lsam_core::x509::{CertificateError, Revocation, Verified};

use crate::store::{self, CertificateStore, DirectoryStore, Item, Problem, Section, read_items};
use crate::trust::Trusted;

/// How a server's certificate is verified.
#[derive(Clone, Debug)]
pub struct Trust {
    trusted: Trusted,
    name: Name,
    is_tolerant: bool,
}

/// The rule for the name in the certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Name {
    /// The machine's own name or address.
    Machine(String),
    /// The setting TLS Certificate Distinguished Name.
    DistinguishedName { machine: String, name: String },
}

impl Trust {
    /// Trusts nothing yet, and expects the name of `machine` (`agent.example:3100`) in the certificate, or
    /// `name` instead: a host name or a distinguished name, as in the setting "TLS Certificate Distinguished
    /// Name".
    pub fn new(machine: &str, name: Option<&str>) -> Self {
        let machine = host(machine).to_owned();
        let name = match name.map(str::trim).filter(|name| !name.is_empty()) {
            Some(name) => Name::DistinguishedName { machine, name: name.to_owned() },
            None => Name::Machine(machine),
        };
        Self { trusted: Trusted::default(), name, is_tolerant: false }
    }

    /// Continues after refusing a certificate, so that the other end sees an orderly connection. Only to find
    /// out what this machine presents.
    #[must_use]
    pub(crate) const fn tolerant(mut self) -> Self {
        self.is_tolerant = true;
        self
    }

    pub(super) const fn is_tolerant(&self) -> bool {
        self.is_tolerant
    }

    /// Looks up certificates in the revocation lists that are added.
    #[must_use]
    pub fn with_revocation(mut self, revocation: Revocation) -> Self {
        self.trusted.set_revocation(revocation);
        self
    }

    /// Trusts the contents of `path`: a certificate store, as [`Trusted::add_store`] describes; or a file, or
    /// the files of a folder, with self-signed certificates as roots, other certificates as intermediates,
    /// and revocation lists. Returns what could not be used.
    ///
    /// # Errors
    /// If there is nothing at `path`.
    pub fn add(&mut self, path: &Path) -> io::Result<Vec<Problem>> {
        if path.join(Section::Root.name()).is_dir() {
            let store = DirectoryStore::open(path)?;
            self.add_store(&store);
            return Ok(store.problems().to_vec());
        }
        let files = if path.metadata()?.is_dir() { files(path)? } else { vec![path.to_owned()] };
        let mut problems = Vec::new();
        for file in files {
            let contents = read_items(&file, |_| store::password(&file));
            for item in contents.items {
                match item {
                    Item::Certificate(certificate) => self.trusted.add_certificate(certificate),
                    Item::Crl(list) => self.trusted.add_revocation_list(list),
                    Item::Key(_) => {}
                }
            }
            problems.extend(Problem::of_file(&file, &contents.left));
        }
        Ok(problems)
    }

    /// Trusts the contents of `store`, as [`Trusted::add_store`] describes.
    pub fn add_store(&mut self, store: &dyn CertificateStore) {
        self.trusted.add_store(store);
    }

    /// Trusts the self-signed certificate `der`.
    pub fn add_root(&mut self, der: &[u8]) {
        self.trusted.add_root(der);
    }

    /// Whether there is no root, so that nothing can be trusted.
    pub const fn is_empty(&self) -> bool {
        self.trusted.is_empty()
    }

    /// How revoked certificates and unknown status are treated.
    pub const fn revocation(&self) -> Revocation {
        self.trusted.revocation()
    }

    /// Verifies what an agent presented: first the chain, then the name.
    pub(super) fn verify<'c>(
        &self,
        chain: impl IntoIterator<Item = &'c [u8]>,
    ) -> Result<Verified, CertificateError> {
        self.trusted.verify_server(chain, self.expected_name())
    }

    /// The name that the certificate must have.
    pub fn expected_name(&self) -> PeerName<'_> {
        match &self.name {
            Name::Machine(machine) => PeerName::Host(machine),
            Name::DistinguishedName { name, .. } => PeerName::DistinguishedName(name),
        }
    }

    /// The machine's name for the ClientHello, without a trailing dot. Addresses and names that are not DNS
    /// names are omitted (RFC 6066 section 3).
    pub(super) fn server_name(&self) -> Option<&str> {
        let (Name::Machine(machine) | Name::DistinguishedName { machine, .. }) = &self.name;
        let name = machine.strip_suffix('.').unwrap_or(machine);
        ClientConfig::is_server_name(name).then_some(name)
    }
}

/// The part of `machine` before the port, without the brackets of an IPv6 address.
fn host(machine: &str) -> &str {
    let host = machine.rsplit_once(':').map_or(machine, |(host, _)| host);
    host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host)
}

/// The files in `folder`, sorted, without hidden ones and passwords.
fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let names = store::names(folder)?;
    let paths = names.iter().map(|name| folder.join(name));
    Ok(paths.filter(|path| path.is_file() && !store::is_password(path)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_stands_before_the_port() {
        for (machine, expected) in [
            ("agent.example:3100", "agent.example"),
            ("192.0.2.1:3100", "192.0.2.1"),
            ("[2001:db8::1]:3100", "2001:db8::1"),
        ] {
            assert_eq!(host(machine), expected);
        }
    }

    #[test]
    fn the_name_is_that_of_the_machine_unless_another_is_given() {
        let trust = Trust::new("agent.example:3100", None);
        assert_eq!(trust.expected_name(), PeerName::Host("agent.example"));
        assert_eq!(trust.server_name(), Some("agent.example"));
        let trust = Trust::new("192.0.2.1:3100", Some(" CN=agent, O=Example "));
        assert_eq!(trust.expected_name(), PeerName::DistinguishedName("CN=agent, O=Example"));
        assert_eq!(trust.server_name(), None);
        assert_eq!(Trust::new("agent.example.:3100", None).server_name(), Some("agent.example"));
        assert_eq!(Trust::new("k\u{fc}che:3100", None).server_name(), None);
    }
}
