//! Where an agent reports what happens: its logs and events.

use std::fmt::Display;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use jiff::ZonedDateTime;
use lsam_core::config::Settings;

use super::{Refusal, Role};
use crate::event::{EventSink, Events, LogSink};
use crate::log::{Kind, Level, Log, LogFolder, LogName, Policy, Repetition, Sink};

/// The logs and events of all services in one process.
pub struct Journal {
    /// For lines that concern all services.
    log: Log,
    agent: Log,
    jors: Log,
    trace: Log,
    events: Events,
    policy: Arc<Policy>,
    folder: Option<LogFolder>,
    /// The filters in front of the logs that connections write to.
    repetitions: Vec<Arc<Repetition>>,
}

impl Journal {
    /// The logs of the services `roles`, in the folder at `path`. Each line also goes to `console`, except
    /// for the trace. Events go to `sink`, or to these logs if there is none.
    pub fn to_folder(path: &Path, roles: &[Role], console: &Log, sink: Option<Box<dyn EventSink>>) -> Self {
        let policy = Arc::<Policy>::default();
        let mut folder = LogFolder::new(path, Arc::clone(&policy));
        let log = |sinks| Log::with_policy(sinks, Arc::clone(&policy));
        let (mut agent, mut jors, mut trace) = (console.clone(), console.clone(), log(Vec::new()));
        let mut files: Vec<Box<dyn Sink>> = Vec::new();
        let mut repetitions = Vec::new();
        let mut counted = |sinks| {
            let repetition = Arc::new(Repetition::new(log(sinks)));
            repetitions.push(Arc::clone(&repetition));
            log(vec![Box::new(repetition)])
        };
        for role in roles {
            // If JORS's log fails, this is reported in the agent's log, if any.
            let file = folder.file(role.log_name(), agent.clone());
            files.push(Box::new(Arc::clone(&file)));
            let own = counted(vec![Box::new(console.clone()), Box::new(file)]);
            match role {
                Role::Agent => {
                    trace = counted(vec![Box::new(folder.file(LogName::Trace, own.clone()))]);
                    agent = own;
                }
                Role::Jors => jors = own,
            }
        }
        let files = log(files);
        let sink = sink.unwrap_or_else(|| Box::new(LogSink(files.clone())));
        Self {
            log: log(vec![Box::new(console.clone()), Box::new(files)]),
            agent,
            jors,
            trace,
            events: Events::new(Some(sink)),
            policy,
            folder: Some(folder),
            repetitions,
        }
    }

    /// The log for lines that concern all services.
    pub const fn log(&self) -> &Log {
        &self.log
    }

    /// The log for lines that concern one service.
    pub const fn log_of(&self, role: Role) -> &Log {
        match role {
            Role::Agent => &self.agent,
            Role::Jors => &self.jors,
        }
    }

    /// The events.
    pub const fn events(&self) -> &Events {
        &self.events
    }

    /// Logs a line about a message from or to the scheduling server `peer`, if TraceSAMMessages is ON.
    pub fn trace(&self, peer: SocketAddr, kind: Kind, text: impl Display) {
        if self.policy.trace() {
            self.trace.of_peer(Level::Information, peer, kind, text);
        }
    }

    /// Reports why the agent does not start.
    pub fn refusal(&self, refusal: &Refusal) {
        refusal.lines().for_each(|line| self.log.error(line));
        self.events.critical(&refusal.to_string());
    }

    /// Reports an error that prevents the agent from continuing.
    pub fn critical(&self, text: &str) {
        self.log.error(text);
        self.events.critical(text);
    }

    /// Warns in the log, and as an event if LogCriticalErrorsAsEvents is ON, of something that will stop the
    /// agent unless someone intervenes.
    pub fn alarm(&self, text: &str) {
        self.log.warning(text);
        self.events.alarm(text);
    }

    /// Warns in the log, and always as an event, of a change that allows more peers.
    pub(super) fn warning(&self, text: &str) {
        self.log.warning(text);
        self.events.warning(text);
    }

    /// Applies `settings` from now on.
    pub(super) fn apply(&self, settings: &Settings<'_>) {
        self.policy.apply(settings);
        self.events.apply(settings);
    }

    /// Does the work that is due; called about once a second.
    pub(super) fn tick(&self) {
        let now = Instant::now();
        self.repetitions.iter().for_each(|repetition| repetition.tick(now));
        if let Some(folder) = &self.folder {
            folder.tick(&ZonedDateTime::now(), &self.log);
        }
    }

    /// Writes the lines that the logs still hold back.
    pub(super) fn flush(&self) {
        self.repetitions.iter().for_each(|repetition| repetition.flush());
    }
}

/// Everything in one log, without files, trace or events.
impl From<Log> for Journal {
    fn from(log: Log) -> Self {
        Self {
            agent: log.clone(),
            jors: log.clone(),
            log,
            trace: Log::new(Vec::new()),
            events: Events::new(None),
            policy: Arc::default(),
            folder: None,
            repetitions: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests;
