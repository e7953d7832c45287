//! Certificate stores: where the agent finds its own certificate and key, and what it trusts.
//!
//! A store is read once, when it is opened. Changes take effect when it is opened again, which the agent does
//! automatically. Damaged files are listed in [`CertificateStore::problems`] and don't affect anything else.
//! [`DirectoryStore`] is the portable store; it has the same four sections as the Windows store,
//! `MachineStore`.

mod certificate;
mod chain;
mod directory;
mod find;
mod fingerprint;
mod inventory;
#[cfg(windows)]
mod machine;
mod reading;
mod revocation_list;
mod system_path;
#[cfg(test)]
mod tests;

use std::fmt;
use std::io;
use std::path::Path;
use std::sync::Arc;

use crate::key::{KeyError, SigningKey};

pub(crate) use certificate::Day;
pub use certificate::{Certificate, Malformed};
pub use chain::chain;
pub use directory::DirectoryStore;
pub(crate) use directory::{is_password, names};
pub use directory::{password, password_in};
pub use find::{Found, NotFound, find_by_serial};
pub(crate) use find::{Thumbprint, find_by_thumbprint};
pub(crate) use fingerprint::{Fingerprint, fingerprint};
pub(crate) use inventory::Inventory;
#[cfg(windows)]
pub use machine::MachineStore;
#[cfg(windows)]
pub(crate) use reading::pfx;
pub use reading::{
    Contents, Cost, Damage, Foreign, Item, ItemError, Left, Locked, PASSWORD_VARIABLE, Password,
    PasswordSource, Place, read_items,
};
pub(crate) use reading::{Form, MAX_FILE, has_extension, read_bytes};
pub use revocation_list::RevocationListSummary;
pub use system_path::{NoPath, SystemPath};

/// A store of certificates, keys and revocation lists.
pub trait CertificateStore: Send + Sync {
    /// Its name, for a message: "the store /etc/lsam/store".
    fn location(&self) -> String;

    /// All certificates, ordered by [`Section`], then by name.
    fn certificates(&self) -> &[StoredCertificate];

    /// All certificate revocation lists, in any section.
    fn crls(&self) -> &[StoredCrl];

    /// The items in the store that could not be used, and why.
    fn problems(&self) -> &[Problem];

    /// The files in the store that hold a private key, or the password of one, and that accounts other than
    /// the owner and administrators can read.
    fn exposed(&self) -> &[Problem] {
        &[]
    }

    /// The private key of `certificate`, one of [`Self::certificates`].
    ///
    /// # Errors
    /// [`KeyError`] if it has none that the agent can use.
    fn signing_key(&self, certificate: &StoredCertificate) -> Result<Arc<dyn SigningKey>, KeyError>;

    /// The system's own search for a path to a trusted root; `None` if this is not a system store.
    fn system_path(&self) -> Option<SystemPath> {
        None
    }
}

/// The store in the folder `path`, by default the machine's store, if the system has one.
///
/// # Errors
/// If it can't be read, with the folder and what to do; or if none was named and the system has none.
pub fn open(path: Option<&Path>) -> io::Result<Box<dyn CertificateStore>> {
    match path {
        Some(path) => match DirectoryStore::open(path) {
            Ok(store) => Ok(Box::new(store)),
            Err(error) => {
                let text = format!("the folder {}: {error}", path.display());
                Err(io::Error::new(error.kind(), text))
            }
        },
        #[cfg(windows)]
        None => Ok(Box::new(MachineStore::open()?)),
        #[cfg(not(windows))]
        None => Err(no_machine_store()),
    }
}

#[cfg(not(windows))]
fn no_machine_store() -> io::Error {
    io::Error::new(io::ErrorKind::NotFound, "none was named, and this system has none")
}

/// A section of a store, named as in Windows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Section {
    /// "Personal": certificates with private keys.
    My,
    /// "Trusted Root Certification Authorities", and self-signed certificates that are trusted themselves.
    Root,
    /// "Intermediate Certification Authorities".
    Ca,
    /// Certificate revocation lists.
    Crl,
}

impl Section {
    /// All sections.
    pub const ALL: [Self; 4] = [Self::My, Self::Root, Self::Ca, Self::Crl];

    /// Its name, also as a folder.
    pub const fn name(self) -> &'static str {
        match self {
            Self::My => "My",
            Self::Root => "Root",
            Self::Ca => "CA",
            Self::Crl => "CRL",
        }
    }
}

impl fmt::Display for Section {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A certificate in a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredCertificate {
    /// The section it is in.
    pub section: Section,
    /// Its place, for a message: "My/agent.pfx".
    pub place: String,
    /// The certificate.
    pub certificate: Certificate,
    /// Whether the store holds its private key.
    pub has_key: bool,
}

/// One line that identifies the certificate to an administrator.
impl fmt::Display for StoredCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = if self.has_key { "with" } else { "without" };
        write!(f, "{}: {}, {key} private key", self.place, self.certificate)
    }
}

/// A certificate revocation list in a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredCrl {
    /// Its place, for a message: "CRL/ca.crl".
    pub place: String,
    /// The list in DER.
    pub der: Vec<u8>,
}

/// Something in a store that could not be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Its place: "My/agent.pfx".
    pub place: String,
    /// What is wrong with it.
    pub reason: String,
}

impl Problem {
    /// The items in the file at `path` that could not be used.
    pub(crate) fn of_file(path: &Path, left: &[Left]) -> Vec<Self> {
        let problem = |left: &Left| Self { place: path.display().to_string(), reason: left.to_string() };
        left.iter().map(problem).collect()
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.reason)
    }
}
