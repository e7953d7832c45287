//! Events in the Event Log of Windows.
//!
//! A source is registered when its service is installed: a key under `Services\EventLog\Application` that
//! names the executable whose message table contains the texts (Microsoft: Event Sources).

use std::io;
use std::path::Path;

use lsam_core::config::EventType;
use windows_registry::LOCAL_MACHINE;

use super::EventSink;
use crate::windows::{EventSource, Mark};

const SOURCES: &str = r"SYSTEM\CurrentControlSet\Services\EventLog\Application";

// The numbers in resources/messages.mc, with their severities.
const LSAM_INFORMATION: u32 = 0x4000_0001;
const LSAM_WARNING: u32 = 0x8000_0002;
const LSAM_ERROR: u32 = 0xc000_0003;

/// A source of events in the Application log.
pub struct EventLogSink(EventSource);

impl EventLogSink {
    /// Opens the source `name`, which [`register`] registered.
    ///
    /// # Errors
    /// If the Event Log service does not answer.
    pub fn open(name: &str) -> io::Result<Self> {
        Ok(Self(EventSource::open(name)?))
    }
}

impl EventSink for EventLogSink {
    fn report(&self, event_type: EventType, text: &str) {
        let (mark, id) = match event_type {
            EventType::Error => (Mark::Error, LSAM_ERROR),
            EventType::Warning => (Mark::Warning, LSAM_WARNING),
            EventType::Information => (Mark::Information, LSAM_INFORMATION),
        };
        // There is no one else to notify, and the log file has the same line.
        let _ = self.0.report(mark, id, text);
    }
}

/// Registers the source `name`, whose texts are in `executable`.
///
/// # Errors
/// For example if this account may not change the registry.
pub fn register(name: &str, executable: &Path) -> io::Result<()> {
    // Errors, warnings and information.
    const TYPES: u32 = 7;
    let key = io(LOCAL_MACHINE.create(format!(r"{SOURCES}\{name}")))?;
    io(key.set_string("EventMessageFile", executable.to_string_lossy()))?;
    io(key.set_u32("TypesSupported", TYPES))
}

/// Unregisters the source `name`; its events stay in the log, without their texts.
///
/// # Errors
/// For example if this account may not change the registry. A source that does not exist is not an error.
pub fn unregister(name: &str) -> io::Result<()> {
    let sources = io(LOCAL_MACHINE.create(SOURCES))?;
    match io(sources.remove_tree(name)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

/// The registry's errors are HRESULTs that wrap Windows codes, which determine the error kind.
fn io<T>(result: windows_registry::Result<T>) -> io::Result<T> {
    result.map_err(|error| io::Error::from_raw_os_error(error.code().0 & 0xffff))
}
