//! The certificate stores of the local machine, as the certificates console (certlm.msc) shows them.
//!
//! | section | store | name in the console |
//! |---|---|---|
//! | My | LocalMachine\My | Personal |
//! | Root | LocalMachine\Root | Trusted Root Certification Authorities |
//! | CA | LocalMachine\CA | Intermediate Certification Authorities |
//! | CRL | the lists in LocalMachine\CA, \Root and \Trust | Certificate Revocation List below each |
//!
//! Certificates in LocalMachine\Disallowed (Untrusted Certificates) are not used, even if another store has
//! them.

mod path;

use std::io;
use std::sync::Arc;

use super::{Certificate, CertificateStore, Problem, Section, StoredCertificate, StoredCrl, SystemPath};
use crate::key::{KeyError, MachineKey, SigningKey};
use crate::windows::{Access, CertContext, CertStore, OsError};

const ERROR_FILE_NOT_FOUND: OsError = OsError(2);

/// The contents of the local machine's stores when they were opened.
pub struct MachineStore {
    certificates: Vec<StoredCertificate>,
    /// One for each of `certificates`, in the same order.
    contexts: Vec<CertContext>,
    crls: Vec<StoredCrl>,
    problems: Vec<Problem>,
}

impl MachineStore {
    /// Reads the stores, which every account may do.
    ///
    /// # Errors
    /// If one can't be opened. A missing one is empty.
    pub fn open() -> io::Result<Self> {
        let mut store = Self { certificates: vec![], contexts: vec![], crls: vec![], problems: vec![] };
        let distrusted = open("Disallowed")?.map(|opened| opened.certificates()).unwrap_or_default();
        for (section, name) in
            [(Section::My, "My"), (Section::Root, "Root"), (Section::Ca, "CA"), (Section::Crl, "Trust")]
        {
            let Some(opened) = open(name)? else { continue };
            if section != Section::Crl {
                store.add_certificates(section, name, &opened, &distrusted);
            }
            store.add_crls(name, &opened);
        }
        Ok(store)
    }

    /// Passes everything in the stores to `part`, piece by piece, to detect changes.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub(crate) fn look(mut part: impl FnMut(&[u8])) -> io::Result<()> {
        for name in ["My", "Root", "CA", "Trust", "Disallowed"] {
            let Some(opened) = open(name)? else { continue };
            part(name.as_bytes());
            for context in opened.certificates() {
                part(context.der());
                part(&[u8::from(context.has_private_key())]);
            }
            opened.crls().iter().for_each(|list| part(list));
        }
        Ok(())
    }

    fn add_certificates(
        &mut self,
        section: Section,
        name: &str,
        opened: &CertStore,
        distrusted: &[CertContext],
    ) {
        let place = format!(r"LocalMachine\{name}");
        for context in opened.certificates() {
            if distrusted.iter().any(|other| other.der() == context.der()) {
                let certificate = Certificate::from_der(context.der());
                let certificate =
                    certificate.map_or_else(|error| error.to_string(), |known| known.to_string());
                let reason = format!(r"not used, for it is in LocalMachine\Disallowed too: {certificate}");
                self.problems.push(Problem { place: place.clone(), reason });
                continue;
            }
            match Certificate::from_der(context.der()) {
                Ok(certificate) => {
                    let has_key = context.has_private_key();
                    let place = place.clone();
                    self.certificates.push(StoredCertificate { section, place, certificate, has_key });
                    self.contexts.push(context);
                }
                // In Root and CA, Windows itself ships malformed ones that no administrator needs to fix.
                Err(malformed) if section == Section::My => {
                    self.problems.push(Problem { place: place.clone(), reason: malformed.to_string() });
                }
                Err(_) => {}
            }
        }
    }

    fn add_crls(&mut self, name: &str, opened: &CertStore) {
        let place = format!(r"LocalMachine\{name}, Certificate Revocation List");
        let lists = opened.crls().into_iter().map(|der| StoredCrl { place: place.clone(), der });
        self.crls.extend(lists);
    }
}

/// A store, if it exists.
fn open(name: &str) -> Result<Option<CertStore>, OsError> {
    match CertStore::local_machine(name, Access::Read) {
        Err(ERROR_FILE_NOT_FOUND) => Ok(None),
        opened => opened.map(Some),
    }
}

impl CertificateStore for MachineStore {
    fn location(&self) -> String {
        "the certificate store of the local machine".to_owned()
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

    fn signing_key(&self, certificate: &StoredCertificate) -> Result<Arc<dyn SigningKey>, KeyError> {
        let mut pairs = self.certificates.iter().zip(&self.contexts);
        let (_, context) = pairs.find(|(stored, _)| *stored == certificate).ok_or(KeyError::Absent)?;
        if !certificate.has_key {
            return Err(KeyError::Absent);
        }
        Ok(Arc::new(MachineKey::of(context)?))
    }

    fn system_path(&self) -> Option<SystemPath> {
        Some(path::machine_path)
    }
}
