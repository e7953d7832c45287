//! How long a connection waits for its peer.

use std::time::{Duration, Instant};

use super::Error;

/// The longest waits of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadlines {
    /// For the whole TLS handshake. A peer that sends a byte now and then holds a place no longer than this.
    pub handshake: Duration,
    /// For the next message to begin. The scheduling server polls every minute at the latest, so that five without a
    /// message mean that it is gone.
    pub idle: Duration,
    /// For a message to be complete once it has begun.
    pub message: Duration,
    /// For the peer to take what is sent.
    pub write: Duration,
}

impl Default for Deadlines {
    fn default() -> Self {
        Self {
            handshake: Duration::from_secs(15),
            idle: Duration::from_secs(300),
            message: Duration::from_secs(30),
            write: Duration::from_secs(30),
        }
    }
}

/// What a connection waits for, and since when.
pub(super) struct Wait {
    deadlines: Deadlines,
    phase: Phase,
    since: Instant,
}

enum Phase {
    Handshake,
    Idle,
    Message,
}

impl Wait {
    pub(super) fn for_handshake(deadlines: Deadlines) -> Self {
        Self { deadlines, phase: Phase::Handshake, since: Instant::now() }
    }

    /// The handshake is complete.
    pub(super) fn connected(&mut self) {
        self.begin(Phase::Idle);
    }

    /// Bytes came, perhaps not enough for a message.
    pub(super) fn received(&mut self) {
        if matches!(self.phase, Phase::Idle) {
            self.begin(Phase::Message);
        }
    }

    /// A message is complete.
    pub(super) fn message(&mut self) {
        self.begin(Phase::Idle);
    }

    /// When the wait is over.
    pub(super) fn deadline(&self) -> Instant {
        self.since + self.limit()
    }

    /// The error of a wait that was in vain.
    pub(super) const fn overdue(&self) -> Error {
        match self.phase {
            Phase::Handshake => Error::HandshakeOverdue(self.limit()),
            Phase::Idle => Error::Idle(self.limit()),
            Phase::Message => Error::MessageOverdue(self.limit()),
        }
    }

    const fn limit(&self) -> Duration {
        match self.phase {
            Phase::Handshake => self.deadlines.handshake,
            Phase::Idle => self.deadlines.idle,
            Phase::Message => self.deadlines.message,
        }
    }

    fn begin(&mut self, phase: Phase) {
        self.phase = phase;
        self.since = Instant::now();
    }
}
