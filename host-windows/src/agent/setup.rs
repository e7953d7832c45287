//! From MSLSAM.ini and the certificate store to what the agent runs with, or to the refusal to start.

use std::net::Ipv4Addr;
use std::path::Path;

use lsam_core::config::{AllowedAddress, Configuration, Severity};

use super::dynamic::Dynamic;
use super::refusal::{CORRECT, READABLE};
use super::{CurrentTls, Journal, Refusal, Role};
use crate::config::{Finding, GENERAL, IniFile};
use crate::event::Occurrence;
use crate::store;

/// What the agent runs with.
pub struct AgentSetup {
    /// Name of the agent in messages and in the Service Control Manager.
    pub service_name: String,
    /// Port for the scheduling server.
    pub socket: u16,
    /// Port of the JORS service.
    pub jors_socket: u16,
    /// Where the two ports are set, for a message.
    places: [String; 2],
    /// What the connections are secured with, none when they are plain.
    pub tls: Option<CurrentTls>,
    pub(super) dynamic: Dynamic,
    /// The file that says all this.
    pub(super) file: IniFile,
}

impl AgentSetup {
    /// Reads the file at `path`. When it asks for TLS, opens the store in the folder `store`, or else that of the machine, and
    /// finds the agent's certificate in it.
    /// Logs and events go by the file as soon as it was read; warnings stand in the log.
    ///
    /// # Errors
    /// [`Refusal`] when the file can't be used or the agent can't do what it asks for. A setting that asks for
    /// protection is never passed over without a word.
    pub fn new(path: &Path, store: Option<&Path>, journal: &Journal) -> Result<Self, Refusal> {
        let file = IniFile::read(path).map_err(|error| {
            let reason = format!("The configuration file {} can't be read: {error}.", path.display());
            Refusal::new(reason, READABLE)
        })?;
        let configuration = configuration(&file, store, journal)?;
        let settings = &configuration.settings;
        let tls = match settings.use_secure_socket {
            true => Some(CurrentTls::new(&file, &configuration, store, journal)?),
            false => None,
        };
        Ok(Self {
            service_name: settings.display_service_name.to_string(),
            socket: settings.socket_number_to_sam,
            jors_socket: settings.jors_socket,
            places: Role::ALL.map(|role| {
                let (section, key) = role.port_setting();
                file.place(&configuration, section, key)
            }),
            tls,
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

/// The settings of `file`; what is no error in it stands in the log.
fn configuration<'f>(
    file: &'f IniFile,
    store: Option<&Path>,
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
            Err(match store::open(store) {
                Ok(store) if checked.findings.iter().any(serial_missing) => refusal.with_store(&*store),
                _ => refusal,
            })
        }
    }
}

#[cfg(test)]
mod tests;
