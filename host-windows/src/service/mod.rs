//! The two services of an instance in the Service Control Manager (Microsoft: Service Control Manager).
//!
//! ```text
//! lsam service install  ->  "C:\...\lsam.exe" service run --name SMA_MSLSAMNET --service agent
//!                               --config "C:\...\MSLSAM.ini"
//!                           and the same with jors
//! ```
//! Their names come from MSLSAM.ini, so instances differ only in their file.

#[cfg(windows)]
mod control;
#[cfg(windows)]
mod dispatcher;

use lsam_core::config::{Invalid, Settings};

use crate::agent::Role;
use crate::config::{GENERAL, IniFile};

#[cfg(windows)]
pub use control::{Command, control, status};
#[cfg(windows)]
pub use dispatcher::{Body, State, run};

/// The names of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Names {
    /// Which service it is.
    pub role: Role,
    /// The internal name, shared by the service and its event source.
    pub short: String,
    /// The display name.
    pub display: String,
}

/// The status of a service in the Service Control Manager.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// Its state, in words: "running, process 7".
    pub state: String,
    /// Whether it runs.
    pub is_running: bool,
    /// Whether it ended because it refused to start or to continue.
    pub has_refused: bool,
    /// Whether it starts with the machine.
    pub is_automatic: bool,
    /// Whether it can't be started.
    pub is_disabled: bool,
}

impl Names {
    /// The names of a service of the instance with the MSLSAM.ini `file`. Other errors in the file are
    /// ignored: a running service must remain reachable.
    ///
    /// # Errors
    /// [`Invalid`] if one of the names is invalid.
    pub fn in_file(role: Role, file: &IniFile) -> Result<Self, Invalid> {
        let names = file.alone(GENERAL, &["ShortServiceName", "DisplayServiceName"]);
        Ok(Self::new(role, &Settings::parse_part(names.as_bytes(), |_| {})?))
    }

    /// The names of a service of the instance with these settings.
    pub fn new(role: Role, settings: &Settings<'_>) -> Self {
        let short = settings.short_service_name.to_string();
        let short = match role {
            Role::Agent => short,
            // SMA_MSJORSNET goes with SMA_MSLSAMNET.
            Role::Jors if short.contains("LSAM") => short.replacen("LSAM", "JORS", 1),
            Role::Jors => format!("{short}_JORS"),
        };
        Self { role, short, display: role.display_name(&settings.display_service_name.to_string()) }
    }

    /// The purpose of the service, as the services console shows it.
    pub const fn description(&self) -> &'static str {
        match self.role {
            Role::Agent => {
                "Starts and watches jobs for the scheduling server, over TLS if MSLSAM.ini says so."
            }
            Role::Jors => {
                "Shows the output of jobs to the scheduling server, over TLS if MSLSAM.ini says so."
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn short_names(file: &str) -> (String, String) {
        let settings = Settings::parse_part(file.as_bytes(), |_| {}).unwrap();
        (Names::new(Role::Agent, &settings).short, Names::new(Role::Jors, &settings).short)
    }

    #[test]
    fn each_instance_has_two_names_of_its_own() {
        let named = |name| short_names(&format!("[General Settings]\nShortServiceName={name}\n"));
        assert_eq!(short_names(""), ("SMA_MSLSAMNET".to_owned(), "SMA_MSJORSNET".to_owned()));
        assert_eq!(named("SMA_MSLSAMNET2"), ("SMA_MSLSAMNET2".to_owned(), "SMA_MSJORSNET2".to_owned()));
        assert_eq!(named("night"), ("night".to_owned(), "night_JORS".to_owned()));
    }

    #[test]
    fn a_service_is_reached_whatever_else_is_wrong_in_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("MSLSAM.ini");
        let names = |text: &str| {
            std::fs::write(&path, text).unwrap();
            Names::in_file(Role::Agent, &IniFile::read(&path).unwrap())
        };
        let broken =
            "[TCP/IP Parameters]\nSocketNumberToSAM=99999\n[general settings]\nShortServiceName=night\n";
        assert_eq!(names(broken).unwrap().short, "night");
        assert_eq!(names("").unwrap().short, "SMA_MSLSAMNET");
        let twice = "[General Settings]\n[x]\n[General Settings]\nShortServiceName=second\n";
        assert_eq!(names(twice).unwrap().short, "SMA_MSLSAMNET", "as the agent reads it");
        assert!(names("[General Settings]\nShortServiceName=a/b\n").is_err());
    }
}
