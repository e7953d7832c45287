//! Watches the certificate store while the agent runs, and notices what changes with time alone.
//!
//! The store is checked every few seconds, and read again after a change. It is also read once a day, because
//! certificates expire without any change. If the agent can't use a part of the new store, it keeps that part
//! of the old one. No change makes it drop a revocation list.

use std::sync::Weak;
use std::time::{Duration, Instant};

use super::certificate::warn_of_objections;
use super::shared::Shared;
use super::{CurrentTls, Journal, TlsSetup};
use crate::config::IniFile;
use crate::net::Stop;
use crate::store::{self, CertificateStore, Fingerprint, Inventory, fingerprint};

/// How often a folder is checked. The stores of the machine hold a few hundred certificates, each of which is
/// compared.
const PERIOD: Duration = Duration::from_secs(2);
const MACHINE_PERIOD: Duration = Duration::from_secs(10);

/// How often the store is read if nothing changes.
const DAY: Duration = Duration::from_hours(24);

/// How many changes are listed one by one.
const NAMED: usize = 20;

/// The states of a store that a running agent has seen.
pub(super) struct StoreWatch {
    /// The file that the agent was started with.
    file: IniFile,
    /// The last state that was read or reported.
    known: Option<State>,
    /// A newer state, seen at the last check. Files are copied in several steps, so a store is only read when
    /// two consecutive checks find it the same.
    arriving: Option<State>,
    /// Its contents when it was last read.
    inventory: Inventory,
    /// When it was last read.
    read: Instant,
}

/// The fingerprint of a store, or why it can't be read.
type State = Result<Fingerprint, String>;

impl StoreWatch {
    /// Begins with the state at the agent's start.
    pub(super) fn new(file: IniFile, current: &CurrentTls, now: Instant) -> Self {
        let inventory = current.inventory.clone();
        Self { file, known: current.fingerprint.map(Ok), arriving: None, inventory, read: now }
    }

    /// Watches the store of `agent` until `stop` is requested or the agent no longer exists.
    pub(super) fn run(mut self, agent: &Weak<Shared>, stop: &Stop) {
        loop {
            let Some(agent) = agent.upgrade() else { return };
            let Some(current) = &agent.setup.tls else { return };
            let period = if current.store.is_some() { PERIOD } else { MACHINE_PERIOD };
            self.look(current, &agent.journal, Instant::now());
            drop(agent);
            if stop.wait(period) {
                return;
            }
        }
    }

    fn look(&mut self, current: &CurrentTls, journal: &Journal, now: Instant) {
        let state = fingerprint(current.store.as_deref()).map_err(|error| error.to_string());
        if self.known.as_ref() == Some(&state) {
            self.arriving = None;
            if now.saturating_duration_since(self.read) >= DAY {
                self.read(current, journal, now);
            }
        } else if self.arriving.as_ref() != Some(&state) {
            self.arriving = Some(state);
        } else {
            self.arriving = None;
            self.known = Some(state);
            self.read(current, journal, now);
        }
    }

    /// Reads the store, and sets up new connections with those of its contents that can be used.
    fn read(&mut self, current: &CurrentTls, journal: &Journal, now: Instant) {
        self.read = now;
        let before = current.get();
        let unreadable = self.known.as_ref().and_then(|state| state.as_ref().err().cloned());
        let opened = match unreadable {
            Some(error) => Err(error),
            None => store::open(current.store.as_deref()).map_err(|error| error.to_string()),
        };
        let store = match opened {
            Ok(store) => store,
            Err(error) => {
                let place = current.store.as_ref().map(|path| format!(" in {}", path.display()));
                journal.alarm(&format!(
                    "the certificate store{} can't be read any more: {error}; the agent goes on with what \
                     was in it",
                    place.unwrap_or_default()
                ));
                warn_of_objections(&before.identity, None, journal);
                return;
            }
        };
        self.report(&*store, journal);
        // This can't fail: the agent was started with this file, and can fall back to its current setup.
        let Ok(configuration) = self.file.configuration() else { return };
        let setup = TlsSetup::new(&self.file, &configuration, &*store, Some(&before), journal);
        let Ok(setup) = setup else { return };
        if setup.identity.chain != before.identity.chain {
            let own = setup.own_certificate().map(|own| own.to_string()).unwrap_or_default();
            journal
                .log()
                .information(format_args!("new connections are served with another certificate: {own}"));
        }
        current.put(setup);
    }

    /// Logs what has changed in `store`.
    fn report(&mut self, store: &dyn CertificateStore, journal: &Journal) {
        let before = std::mem::replace(&mut self.inventory, Inventory::of(store));
        let changes = before.changes_to(&self.inventory);
        for change in changes.iter().take(NAMED) {
            journal.log().information(format_args!("{} was changed: {change}", store.location()));
        }
        if changes.len() > NAMED {
            let more = changes.len() - NAMED;
            journal.log().information(format_args!("{} was changed: {more} more changes", store.location()));
        }
    }
}

#[cfg(test)]
mod tests;
