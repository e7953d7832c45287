//! Builds the agent's setup from MSLSAM.ini and the certificate store, or refuses to start.

use std::net::Ipv4Addr;
use std::path::Path;

use lsam_core::config::{AllowedAddress, Configuration, Severity};

use super::dynamic::Dynamic;
use super::refusal::{CORRECT, READABLE};
use super::{CurrentTls, Journal, Refusal, Role};
use crate::config::{Finding, GENERAL, IniFile};
use crate::event::Occurrence;
use crate::store;

/// Everything that the agent needs to run.
pub struct AgentSetup {
    /// Name of the agent in messages and in the Service Control Manager.
    pub service_name: String,
    /// Port for the scheduling server.
    pub socket: u16,
    /// Port of the JORS service.
    pub jors_socket: u16,
    /// Where the two ports are set, for messages.
    places: [String; 2],
    /// The TLS setup of connections; `None` if they are plain.
    pub tls: Option<CurrentTls>,
    pub(super) dynamic: Dynamic,
    /// The file with these settings.
    pub(super) file: IniFile,
}

impl AgentSetup {
    /// Reads the file at `path`. If it requires TLS, opens the store in the folder `store`, by default the
    /// machine's, and finds the agent's certificate in it. Logs and events use the file's settings as soon as
    /// it has been read; warnings are logged.
    ///
    /// # Errors
    /// [`Refusal`] if the file can't be used, or if the agent can't do what it requires. A setting that
    /// requires protection is never silently ignored.
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

    /// The same setup on free ports, for loopback connections.
    pub(crate) fn on_loop_back(mut self) -> Self {
        let allowed = [AllowedAddress::Only(Ipv4Addr::LOCALHOST.into()); 4];
        self.dynamic.allow(allowed);
        Self { socket: 0, jors_socket: 0, ..self }
    }

    /// The port of a service, and where it is set.
    pub(super) fn port(&self, role: Role) -> (u16, &str) {
        let [agent, jors] = &self.places;
        match role {
            Role::Agent => (self.socket, agent),
            Role::Jors => (self.jors_socket, jors),
        }
    }
}

/// The settings of `file`. Warnings are logged.
fn configuration<'f>(
    file: &'f IniFile,
    store: Option<&Path>,
    journal: &Journal,
) -> Result<Configuration<'f>, Refusal> {
    // Applied before anything is reported: the file itself may be valid even if it can't be used on this
    // machine.
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
