//! From MSLSAM.ini and the certificate store to what the agent runs with, or to the refusal to start.

use std::io;
use std::net::Ipv4Addr;
use std::path::Path;

use lsam_core::config::{AllowedAddress, Configuration, Settings, Severity};
use lsam_core::x509::{CertificateError, Revocation};

use super::certificate::Sought;
use super::dynamic::Dynamic;
use super::{Journal, Refusal, Role};
use crate::config::{Finding, IniFile};
use crate::event::Occurrence;
use crate::identity::Identity;
use crate::store::CertificateStore;
use crate::trust::{Trusted, advice};

const GENERAL: &str = "General Settings";

pub(crate) const READABLE: &str = "Give the path of an MSLSAM.ini that the agent's account may read.";
pub(crate) const CORRECT: &str = "Correct the file and start the agent again.";
pub(crate) const STORE: &str =
    "See that the agent's account may read it, or name the folder of another with --store.";

/// What the agent runs with.
pub struct Preparation {
    /// Name of the agent in messages and in the Service Control Manager.
    pub service_name: String,
    /// Port for the scheduling server.
    pub socket: u16,
    /// Port of the JORS service.
    pub jors_socket: u16,
    /// Where the two ports are set, for a message.
    places: [String; 2],
    /// What the connections are secured with, none when they are plain.
    pub secured: Option<Secured>,
    pub(super) dynamic: Dynamic,
    /// The file that says all this.
    pub(super) file: IniFile,
}

/// What connections with TLS are secured with.
pub struct Secured {
    /// The agent's certificate and key.
    pub identity: Identity,
    /// Whom clients must have a certificate of, none when they need none.
    pub clients: Option<Trusted>,
    /// The names that clients are asked by.
    pub(super) authorities: Vec<Vec<u8>>,
}

impl Preparation {
    /// Reads the file at `path`. When it asks for TLS, opens the store and finds the agent's certificate in it.
    /// Logs and events go by the file as soon as it was read; warnings stand in the log.
    ///
    /// # Errors
    /// [`Refusal`] when the file can't be used or the agent can't do what it asks for. A setting that asks for
    /// protection is never passed over without a word.
    pub fn new(
        path: &Path,
        open_store: impl Fn() -> io::Result<Box<dyn CertificateStore>>,
        journal: &Journal,
    ) -> Result<Self, Refusal> {
        let file = IniFile::read(path).map_err(|error| {
            let reason = format!("The configuration file {} can't be read: {error}.", path.display());
            Refusal::new(reason, READABLE)
        })?;
        let source = Source { file: &file, configuration: configuration(&file, &open_store, journal)? };
        let settings = &source.configuration.settings;
        let secured = match settings.use_secure_socket {
            true => Some(source.secured(&*source.open(&open_store)?, journal)?),
            false => None,
        };
        Ok(Self {
            service_name: settings.display_service_name.to_string(),
            socket: settings.socket_number_to_sam,
            jors_socket: settings.jors_socket,
            places: Role::ALL.map(|role| {
                let (section, key) = role.port_setting();
                source.place(section, key)
            }),
            secured,
            dynamic: Dynamic::new(settings),
            file: file.clone(),
        })
    }

    /// Name of a service in the Service Control Manager, and in events.
    pub fn name(&self, role: Role) -> String {
        role.display_name(&self.service_name)
    }

    /// The same on free ports, for connections of this machine with itself.
    pub(crate) fn on_loop_back(mut self) -> Self {
        let allowed = [AllowedAddress::Only(Ipv4Addr::LOCALHOST.into()); 4];
        self.dynamic.allow(allowed);
        Self { socket: 0, jors_socket: 0, ..self }
    }

    /// Port of a service, and where that is set.
    pub(super) fn port(&self, role: Role) -> (u16, &str) {
        let [agent, jors] = &self.places;
        match role {
            Role::Agent => (self.socket, agent),
            Role::Jors => (self.jors_socket, jors),
        }
    }
}

/// Whom the agent believes with these settings and this store, and what it does about revocation lists.
pub(crate) fn trusted(settings: &Settings<'_>, store: &dyn CertificateStore) -> Trusted {
    let mut trusted = Trusted::new();
    trusted.set_revocation(
        match (settings.tls_check_certificate_revocation, settings.tls_require_revocation_status) {
            (false, _) => Revocation::Off,
            (true, false) => Revocation::AllowUnknown,
            (true, true) => Revocation::RequireKnown,
        },
    );
    trusted.add_store(store);
    trusted
}

/// The settings of `file`; what is no error in it stands in the log.
fn configuration<'f>(
    file: &'f IniFile,
    open_store: &impl Fn() -> io::Result<Box<dyn CertificateStore>>,
    journal: &Journal,
) -> Result<Configuration<'f>, Refusal> {
    // Before anything is said: it may be this machine alone that keeps the file from being used.
    if let Ok(configuration) = file.configuration() {
        journal.apply(&configuration.settings);
    }
    let checked = file.check();
    if checked.no_access_to_ecof_directory {
        journal.events().report(Occurrence::NoAccessToEcofDirectory);
    }
    let path = file.path().display();
    let lines = checked.findings.iter().map(|finding| format!("{path}: {finding}"));
    match checked.configuration {
        Ok(configuration) => {
            lines.for_each(|line| journal.log().warning(line));
            Ok(configuration)
        }
        Err(invalid) => {
            let serial_missing = |finding: &Finding| {
                finding.severity == Severity::Error
                    && finding.setting.is_some_and(|setting| setting.is(GENERAL, "TLSCertificateSerial"))
            };
            let reason = format!("{path}: {invalid}.");
            let refusal = Refusal::new(reason, CORRECT).with_details(lines);
            Err(match open_store() {
                Ok(store) if checked.findings.iter().any(serial_missing) => refusal.with_store(&*store),
                _ => refusal,
            })
        }
    }
}

/// The configuration and its file, to say where in it something stands.
struct Source<'f> {
    file: &'f IniFile,
    configuration: Configuration<'f>,
}

impl Source<'_> {
    fn open(
        &self,
        open_store: &impl Fn() -> io::Result<Box<dyn CertificateStore>>,
    ) -> Result<Box<dyn CertificateStore>, Refusal> {
        open_store().map_err(|error| {
            Refusal::new(
                format!(
                    "{}, is TRUE, but the certificate store can't be read: {error}.",
                    self.place(GENERAL, "UseSecureSocket")
                ),
                STORE,
            )
        })
    }

    fn secured(&self, store: &dyn CertificateStore, journal: &Journal) -> Result<Secured, Refusal> {
        let log = journal.log();
        let settings = &self.configuration.settings;
        for problem in store.problems() {
            log.warning(format_args!("{}: {problem}", store.location()));
        }
        let trusted = trusted(settings, store);
        if trusted.revocation() != Revocation::Off && store.crls().is_empty() {
            let place = self.place(GENERAL, "TLSCheckCertificateRevocation");
            log.warning(format_args!("{place}, is TRUE, but {} has no revocation list", store.location()));
        }
        let place = self.place(GENERAL, "TLSCertificateSerial");
        let sought = Sought { place, typed: settings.tls_certificate_serial };
        let identity = sought.identity(store, &trusted, journal)?;
        if settings.tls_client_validation && trusted.is_empty() {
            log.warning(format_args!(
                "{}, is TRUE, but there is no root in Root of {}, so that every client is refused. {}",
                self.place(GENERAL, "TLSClientValidation"),
                store.location(),
                advice::client_certificate(CertificateError::UnknownIssuer)
            ));
        }
        let clients = settings.tls_client_validation.then_some(trusted);
        let authorities = clients.as_ref().map(Trusted::authorities).unwrap_or_default();
        Ok(Secured { identity, clients, authorities })
    }

    /// "[General Settings] TLSCertificateSerial in MSLSAM.ini, line 5".
    fn place(&self, section: &str, key: &str) -> String {
        self.file.place(&self.configuration, section, key)
    }
}

#[cfg(test)]
mod tests;
