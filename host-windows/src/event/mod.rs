//! Events: what the agent reports to the system's Event Log. Each event has its own section in MSLSAM.ini.

mod texts;
#[cfg(windows)]
mod windows;

use std::sync::{PoisonError, RwLock};

use lsam_core::config::{EventType, Settings};

use crate::log::{Level, Log};
use texts::Texts;
#[cfg(windows)]
pub use windows::{EventLogSink, register, unregister};

/// Where events go.
pub trait EventSink: Send + Sync {
    /// Reports one event. `text` may have several lines, and is short enough for the Event Log of Windows. A
    /// sink that can't report has no one to notify, so this can't fail.
    fn report(&self, event_type: EventType, text: &str);
}

/// A substitute on systems without an Event Log: lines in a log.
pub struct LogSink(pub Log);

impl EventSink for LogSink {
    fn report(&self, event_type: EventType, text: &str) {
        let level = match event_type {
            EventType::Error => Level::Error,
            EventType::Warning => Level::Warning,
            EventType::Information => Level::Information,
        };
        text.lines().for_each(|line| self.0.say(level, format_args!("event: {line}")));
    }
}

/// What events are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occurrence<'a> {
    /// The service of this name listens.
    ServiceStart(&'a str),
    /// The service of this name has stopped.
    ServiceStop(&'a str),
    /// The job of this name has started.
    JobStart(&'a str),
    /// The job of this name has finished successfully.
    JobFinishedOk(&'a str),
    /// The prerun of the job of this name has failed.
    JobPrerunFailed(&'a str),
    /// The job of this name could not be started.
    JobInitializationError(&'a str),
    /// The job of this name has ended with an error.
    JobErrored(&'a str),
    /// DefaultECOFDirectory can't be used.
    NoAccessToEcofDirectory,
}

/// The events of an agent.
pub struct Events {
    sink: Option<Box<dyn EventSink>>,
    texts: RwLock<Texts>,
}

impl Events {
    /// The events for `sink`, if any. Until a file has been read, the documented defaults apply.
    pub fn new(sink: Option<Box<dyn EventSink>>) -> Self {
        Self { sink, texts: RwLock::new(Texts::of(&Settings::default())) }
    }

    /// Applies `settings` from now on.
    pub fn apply(&self, settings: &Settings<'_>) {
        *self.texts.write().unwrap_or_else(PoisonError::into_inner) = Texts::of(settings);
    }

    /// Reports an occurrence, unless the file disables that.
    pub fn report(&self, occurrence: Occurrence<'_>) {
        let event = self.texts.read().unwrap_or_else(PoisonError::into_inner).event(occurrence);
        if let Some((event_type, text)) = event {
            self.send(event_type, &text);
        }
    }

    /// Reports an error that prevents the agent from working, if LogCriticalErrorsAsEvents is ON.
    pub fn critical(&self, text: &str) {
        self.send_critical(EventType::Error, text);
    }

    /// Reports what will prevent the agent from working unless someone intervenes, if
    /// LogCriticalErrorsAsEvents is ON.
    pub fn alarm(&self, text: &str) {
        self.send_critical(EventType::Warning, text);
    }

    fn send_critical(&self, event_type: EventType, text: &str) {
        if self.texts.read().unwrap_or_else(PoisonError::into_inner).critical_errors {
            self.send(event_type, text);
        }
    }

    /// Reports a change that allows more peers. No setting disables this, because such changes are made in
    /// the file itself.
    pub fn warning(&self, text: &str) {
        self.send(EventType::Warning, text);
    }

    fn send(&self, event_type: EventType, text: &str) {
        if let Some(sink) = &self.sink {
            sink.report(event_type, shortened(text));
        }
    }
}

/// The longest string that ReportEventW accepts, in UTF-16 code units.
const LONGEST: usize = 31_839;

/// The longest beginning of `text` that fits an event.
fn shortened(text: &str) -> &str {
    let mut units = 0;
    let end = text.char_indices().find(|(_, character)| {
        units += character.len_utf16();
        units > LONGEST
    });
    end.and_then(|(end, _)| text.get(..end)).unwrap_or(text)
}

#[cfg(test)]
mod tests;
