//! The agent's log: one line for each occurrence, written to one or more sinks.
//!
//! A [`Log`] is a handle, not a global: the agent and JORS write different files, and a test reads what one
//! agent wrote.

mod archive;
mod file;
mod folder;
mod memory;
mod name;
mod place;
mod policy;
mod repetition;

use std::fmt;
use std::io::Write;
use std::net::SocketAddr;
use std::sync::Arc;

use jiff::ZonedDateTime;

pub use file::LogFile;
pub use folder::LogFolder;
pub use memory::Memory;
pub use name::LogName;
pub use policy::Policy;
pub use repetition::{Kind, Repetition};

use crate::origin::Origin;

/// How serious an occurrence is. The last three levels are those of the Windows Event Log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// For troubleshooting; written if TraceLevel is 1.
    Detail,
    /// The agent, or a connection, works as it should.
    Information,
    /// A connection failed, or something deserves attention; the agent continues.
    Warning,
    /// The agent can't work.
    Error,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Detail => "detail",
            Self::Information => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

/// One line of the log.
#[derive(Clone, Debug)]
pub struct Line {
    /// When it was written, in the machine's zone.
    pub time: ZonedDateTime,
    /// How serious it is.
    pub level: Level,
    /// What happened. It contains no control characters, so it is one line whatever a peer sent.
    pub text: String,
    /// Its subject, for [`Repetition`]; `None` for a line that no peer can cause.
    pub about: Option<(Kind, Option<Origin>)>,
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:7} {}", self.time.strftime("%Y-%m-%d %H:%M:%S%.3f %:z"), self.level, self.text)
    }
}

/// Where lines go.
pub trait Sink: Send + Sync {
    /// Takes one line. A sink that can't write has no one to notify, so this can't fail.
    fn write(&self, line: &Line);
}

impl<S: Sink + ?Sized> Sink for Arc<S> {
    fn write(&self, line: &Line) {
        (**self).write(line);
    }
}

/// A handle to the log; clones write to the same sinks. A log can be a sink of another.
#[derive(Clone)]
pub struct Log {
    sinks: Arc<[Box<dyn Sink>]>,
    policy: Arc<Policy>,
}

impl Log {
    /// A log that writes every line to each of `sinks`, without detail.
    pub fn new(sinks: Vec<Box<dyn Sink>>) -> Self {
        Self::with_policy(sinks, Arc::default())
    }

    /// A log that writes every line to each of `sinks`, and detail if `policy` includes it.
    pub fn with_policy(sinks: Vec<Box<dyn Sink>>, policy: Arc<Policy>) -> Self {
        Self { sinks: sinks.into(), policy }
    }

    /// A log that writes to the standard error stream.
    pub fn to_stderr() -> Self {
        Self::new(vec![Box::new(Stderr)])
    }

    /// Writes a line for troubleshooting.
    pub fn detail(&self, text: impl fmt::Display) {
        self.say(Level::Detail, text);
    }

    /// Writes a line about normal operation.
    pub fn information(&self, text: impl fmt::Display) {
        self.say(Level::Information, text);
    }

    /// Writes a line about a failure after which the agent continues.
    pub fn warning(&self, text: impl fmt::Display) {
        self.say(Level::Warning, text);
    }

    /// Writes a line about something that prevents the agent from working.
    pub fn error(&self, text: impl fmt::Display) {
        self.say(Level::Error, text);
    }

    /// Writes a line.
    pub fn say(&self, level: Level, text: impl fmt::Display) {
        self.line(level, None, &text.to_string());
    }

    /// Writes a line of `kind` about the connection of `peer`. If there are too many such lines, it may be
    /// counted instead.
    pub fn of_peer(&self, level: Level, peer: SocketAddr, kind: Kind, text: impl fmt::Display) {
        self.line(level, Some((kind, Some(peer.ip().into()))), &format!("{peer}: {text}"));
    }

    /// Writes a line of `kind` that any connection can cause, whoever the peer is.
    pub fn repeatable(&self, level: Level, kind: Kind, text: impl fmt::Display) {
        self.line(level, Some((kind, None)), &text.to_string());
    }

    fn line(&self, level: Level, about: Option<(Kind, Option<Origin>)>, text: &str) {
        if level > Level::Detail || self.policy.detail() {
            self.write(&Line { time: ZonedDateTime::now(), level, text: single_line(text), about });
        }
    }
}

impl Sink for Log {
    fn write(&self, line: &Line) {
        for sink in self.sinks.iter() {
            sink.write(line);
        }
    }
}

/// The standard error stream.
struct Stderr;

impl Sink for Stderr {
    fn write(&self, line: &Line) {
        // A single write for each line keeps the lines of threads separate; a closed stream must not stop the
        // agent.
        let _ = std::io::stderr().lock().write_all(format!("{line}\n").as_bytes());
    }
}

/// Escapes control characters: a name in a peer's certificate must not forge a line.
fn single_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_control() {
            line.extend(character.escape_default());
        } else {
            line.push(character);
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_time_level_and_text() {
        let memory = Memory::default();
        let log = Log::new(vec![Box::new(memory.clone())]);
        log.warning(format_args!("{}: refused", "192.0.2.1:5"));
        let lines = memory.lines();
        let [line] = lines.as_slice() else { panic!("{lines:?}") };
        let line = line.to_string();
        let (time, rest) = line.split_at("2026-01-02 03:04:05.678 +00:00".len());
        assert!(jiff::fmt::strtime::parse("%Y-%m-%d %H:%M:%S%.f %:z", time).is_ok(), "{time}");
        assert_eq!(rest, " warning 192.0.2.1:5: refused");
    }

    #[test]
    fn text_from_outside_stays_on_its_line() {
        assert_eq!(
            single_line("CN=a\r\n2026-01-01 info forged\u{1b}[2J"),
            "CN=a\\r\\n2026-01-01 info forged\\u{1b}[2J"
        );
        assert_eq!(single_line("Größe ok"), "Größe ok");
    }
}
