//! `lsam doctor`: all that an administrator would look at, from MSLSAM.ini to a TLS connection with itself.
//!
//! A check is one entry of `CHECKS` and one function, which says what it finds with `Notes` and leaves in `Case`
//! what later checks need. What can't be looked at, because an earlier check failed, is skipped and says why.

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

/// A question to the machine.
struct Check {
    /// What it is about, in one or two words that stay the same.
    name: &'static str,
    examine: fn(&mut Case<'_>, &mut Notes) -> Result<(), Skipped>,
}

/// All checks, each after those that it needs.
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

/// What is examined.
#[derive(Clone, Debug)]
pub struct Doctor<'d> {
    /// The agent's MSLSAM.ini.
    pub config: &'d Path,
    /// The folder of the certificate store, if it is not that of the machine.
    pub store: Option<&'d Path>,
    /// The folder of the log files, if it is not the folder Log beside MSLSAM.ini.
    pub log_folder: Option<&'d Path>,
    /// The machine's setting TLS Certificate Distinguished Name at the scheduling server, when it is set.
    pub distinguished_name: Option<&'d str>,
    /// A file with the root that the scheduling server's machine trusts, when it is not in the store.
    pub trust: Option<&'d Path>,
    /// A file with the certificate of the scheduling server, if it is at hand, and perhaps its private key.
    pub client: Option<&'d Path>,
    /// The names of this machine; see [`machine_names`].
    pub machine_names: Vec<String>,
}

impl<'d> Doctor<'d> {
    /// Examines what belongs to the file at `config`, on this machine.
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

    /// Where the log files are.
    fn log_folder(&self) -> PathBuf {
        match self.log_folder {
            Some(folder) => folder.to_owned(),
            None => self.config.parent().unwrap_or(Path::new("")).join("Log"),
        }
    }

    /// Makes all checks, one after the other. Nothing is changed; the ports are opened for a moment, or connected to
    /// when they are held, and the log folder gets a file for a moment.
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
