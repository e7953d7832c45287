//! A certificate store in a folder.
//!
//! ```text
//! store/
//!   My/    agent.pfx  agent.password      the agent's certificate and key, and the password of the file
//!          other.pem                      a certificate and its key in one file
//!          third.crt  third.key           or in two
//!   Root/  ca.pem                         what the agent trusts
//!   CA/    issuing.cer                    intermediate certificates
//!   CRL/   ca.crl                         revocation lists
//! ```
//! A file may be PEM (with several sections), DER, PFX or PKCS#7, whatever its name. A private key belongs to
//! those certificates of its section that have its public key, so file names don't matter. Files whose names
//! begin with a dot are ignored.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use zeroize::Zeroizing;

use super::reading::{
    Item, ItemError, PASSWORD_VARIABLE, Password, PasswordSource, first_line, has_extension, read_items,
};
use super::{CertificateStore, Problem, Section, StoredCertificate, StoredCrl};
use crate::files::{self, Right};
use crate::key::{FileKey, KeyError, SigningKey};

/// The maximum number of files in a section, far more than a machine needs.
const MAX_FILES: usize = 1000;
const MAX_PASSWORD: usize = 4096;

/// A certificate store in a folder.
pub struct DirectoryStore {
    path: PathBuf,
    certificates: Vec<StoredCertificate>,
    crls: Vec<StoredCrl>,
    problems: Vec<Problem>,
    exposed: Vec<Problem>,
    keys: Vec<Arc<FileKey>>,
}

impl DirectoryStore {
    /// Reads the store at `path`. A section without a folder is empty.
    ///
    /// # Errors
    /// If `path` is not a readable folder. Anything wrong inside it becomes a [`Problem`].
    pub fn open(path: &Path) -> io::Result<Self> {
        let mut store = Self {
            path: path.to_owned(),
            certificates: Vec::new(),
            crls: Vec::new(),
            problems: Vec::new(),
            exposed: Vec::new(),
            keys: Vec::new(),
        };
        for name in names(path)? {
            if !Section::ALL.iter().any(|section| section.name() == name) {
                store.problem(name, "it is none of the folders My, Root, CA and CRL, and is not used");
            }
        }
        for section in Section::ALL {
            if let Err(error) = store.read_section(section) {
                store.problem(section.name(), format!("the folder can't be read: {error}"));
            }
        }
        Ok(store)
    }

    fn read_section(&mut self, section: Section) -> io::Result<()> {
        let folder = self.path.join(section.name());
        let mut names = match names(&folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            names => names?,
        };
        if names.len() > MAX_FILES {
            self.problem(section.name(), format!("it has more than {MAX_FILES} files; the rest is not used"));
            names.truncate(MAX_FILES);
        }
        let first = self.certificates.len();
        let mut keys = Vec::new();
        for name in names {
            let path = folder.join(&name);
            if is_password(&path) {
                continue;
            }
            let place = format!("{section}/{name}");
            let contents = read_items(&path, |_| password(&path));
            for item in contents.items {
                let place = place.clone();
                match item {
                    Item::Certificate(certificate) => {
                        self.certificates.push(StoredCertificate {
                            section,
                            place,
                            certificate,
                            has_key: false,
                        });
                    }
                    Item::Crl(der) => self.crls.push(StoredCrl { place, der }),
                    Item::Key(key) => keys.push((place, key)),
                }
            }
            for left in contents.left {
                self.problem(place.clone(), left.to_string());
            }
        }
        for (place, key) in keys {
            self.look_who_reads(&place);
            self.add_key(first, place, key);
        }
        Ok(())
    }

    /// Records whether others can read the private key in the file at `place`, or the password next to it.
    fn look_who_reads(&mut self, place: &str) {
        let place = Path::new(place);
        for place in [place, &place.with_extension("password")] {
            let readers = files::others_with(Right::Read, &self.path.join(place));
            if let Ok(Some(who)) = readers {
                let secret = if is_password(place) { "the password" } else { "the private key" };
                let exposed = Problem {
                    place: place.display().to_string(),
                    reason: format!("{who} can read {secret} in it"),
                };
                if !self.exposed.contains(&exposed) {
                    self.exposed.push(exposed);
                }
            }
        }
    }

    /// Adds `key` to the certificates that it matches, from number `first` on.
    fn add_key(&mut self, first: usize, place: String, key: FileKey) {
        let mut fits = false;
        for stored in self.certificates.iter_mut().skip(first) {
            if stored.certificate.is_of(&key) {
                stored.has_key = true;
                fits = true;
            }
        }
        if fits {
            self.keys.push(Arc::new(key));
        } else {
            self.problem(place, "the private key in it belongs to no certificate in this folder");
        }
    }

    fn problem(&mut self, place: impl Into<String>, reason: impl Into<String>) {
        self.problems.push(Problem { place: place.into(), reason: reason.into() });
    }
}

impl CertificateStore for DirectoryStore {
    fn location(&self) -> String {
        format!("the certificate store in {}", self.path.display())
    }

    fn certificates(&self) -> &[StoredCertificate] {
        &self.certificates
    }

    fn crls(&self) -> &[StoredCrl] {
        &self.crls
    }

    fn problems(&self) -> &[Problem] {
        &self.problems
    }

    fn exposed(&self) -> &[Problem] {
        &self.exposed
    }

    fn signing_key(&self, certificate: &StoredCertificate) -> Result<Arc<dyn SigningKey>, KeyError> {
        let key = self.keys.iter().find(|key| certificate.certificate.is_of(key));
        match key {
            Some(key) if certificate.has_key => Ok(Arc::clone(key) as Arc<dyn SigningKey>),
            _ => Err(KeyError::Absent),
        }
    }
}

/// The names in a folder, sorted, except for those that begin with a dot.
pub(crate) fn names(folder: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if !name.starts_with('.') {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

/// Whether the file at `path` holds another file's password.
pub(crate) fn is_password(path: &Path) -> bool {
    has_extension(path, &["password"])
}

/// The password of the PFX file or encrypted key at `path`: the first line of the `.password` file next to
/// it, otherwise the environment variable, otherwise none.
///
/// # Errors
/// As for [`password_in`], except for a missing file.
pub fn password(path: &Path) -> Result<Password, ItemError> {
    let beside = path.with_extension("password");
    if beside.exists() {
        return password_in(&beside);
    }
    Ok(match std::env::var(PASSWORD_VARIABLE) {
        Ok(text) => Password { text: Zeroizing::new(text), source: PasswordSource::Variable },
        Err(_) => Password { text: Zeroizing::default(), source: PasswordSource::None },
    })
}

/// The password in the file at `path`: its first line.
///
/// # Errors
/// [`ItemError::PasswordFile`] if it can't be read, or is neither UTF-8 nor UTF-16.
pub fn password_in(path: &Path) -> Result<Password, ItemError> {
    let failed = |reason: String| ItemError::PasswordFile(path.to_owned(), reason);
    let content = files::read(path, MAX_PASSWORD).map_err(|error| failed(error.to_string()))?;
    let text =
        first_line(&content).ok_or_else(|| failed("it is not UTF-8 text; save it as UTF-8".to_owned()))?;
    Ok(Password { text, source: PasswordSource::File(path.to_owned()) })
}
