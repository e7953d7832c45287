//! `lsam doctor`: every check that an administrator would make, from MSLSAM.ini to a TLS connection.
//!
//! A check is a function, in the file of its subject, and a row in `CHECKS`. It reports its findings in
//! `Notes`, and stores in `Case` what later checks need. A check that depends on a failed one is skipped,
//! with the reason.

mod case;
mod certificate;
mod chain;
mod clients;
mod configuration;
mod connection;
mod logs;
mod names;
mod notes;
mod ports;
mod revocation;
mod rights;
#[cfg(any(windows, test))]
mod services;
mod show;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use case::Case;
use notes::{Notes, Skipped};

pub use notes::{Observation, Verdict};
pub use show::Examination;

/// A row in [`CHECKS`].
struct Check {
    /// Its subject, in one or two words that never change.
    name: &'static str,
    examine: fn(&mut Case<'_>, &mut Notes) -> Result<(), Skipped>,
}

/// All checks; each comes after those it depends on.
const CHECKS: &[Check] = &[
    Check { name: "configuration", examine: configuration::is_clean },
    Check { name: "TLS", examine: configuration::asks_for_tls },
    Check { name: "store", examine: certificate::store_opens },
    Check { name: "certificate", examine: certificate::is_found },
    Check { name: "validity", examine: certificate::is_valid },
    Check { name: "private key", examine: certificate::key_signs },
    Check { name: "names", examine: names::fit },
    Check { name: "chain", examine: chain::is_complete },
    Check { name: "root", examine: chain::root_is_in_its_place },
    Check { name: "revocation", examine: revocation::lists_are_current },
    Check { name: "clients", examine: clients::can_be_validated },
    Check { name: "ports", examine: ports::are_free_or_held },
    #[cfg(windows)]
    Check { name: "services", examine: services::run },
    Check { name: "connection", examine: connection::succeeds },
    Check { name: "logs", examine: logs::can_be_written },
    Check { name: "rights", examine: rights::are_the_owners },
];

/// The machine to examine.
#[derive(Clone, Debug)]
pub struct Doctor<'d> {
    /// The agent's MSLSAM.ini.
    pub config: &'d Path,
    /// The folder of the certificate store, unless it is the machine's.
    pub store: Option<&'d Path>,
    /// The folder of the log files, unless it is the folder Log next to MSLSAM.ini.
    pub log_folder: Option<&'d Path>,
    /// The scheduling server's setting TLS Certificate Distinguished Name for this machine, if set.
    pub distinguished_name: Option<&'d str>,
    /// A file with the root that the scheduling server's machine trusts, if it is not in the store.
    pub trust: Option<&'d Path>,
    /// A file with the scheduling server's certificate, if available, and possibly its private key.
    pub client: Option<&'d Path>,
    /// The names of this machine; see [`machine_names`].
    pub machine_names: Vec<String>,
}

impl<'d> Doctor<'d> {
    /// Examines this machine with the file at `config`.
    pub fn new(config: &'d Path) -> Self {
        Self {
            config,
            store: None,
            log_folder: None,
            distinguished_name: None,
            trust: None,
            client: None,
            machine_names: machine_names(),
        }
    }

    /// The folder of the log files.
    fn log_folder(&self) -> PathBuf {
        match self.log_folder {
            Some(folder) => folder.to_owned(),
            None => self.config.parent().unwrap_or(Path::new("")).join("Log"),
        }
    }

    /// Makes all checks in order. Nothing is changed permanently: for a moment, ports are opened, or
    /// connected to if in use, and a file is created in the log folder.
    pub fn examine(&self) -> Examination {
        let mut case = Case::new(self);
        let mut observations = Vec::new();
        for check in CHECKS {
            let mut notes = Notes::new(check.name);
            if let Err(skipped) = (check.examine)(&mut case, &mut notes) {
                notes.skipped(skipped);
            }
            case.has_failed |= notes.has_failure();
            observations.extend(notes.into_observations());
        }
        Examination { observations }
    }
}

pub use names::machine_names;
