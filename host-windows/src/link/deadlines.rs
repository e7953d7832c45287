//! How long a connection waits for its peer.

use std::time::{Duration, Instant};

use super::Error;

/// The longest times that a connection waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadlines {
    /// For the whole TLS handshake. A peer that sends single bytes now and then can't hold a place for longer
    /// than this.
    pub handshake: Duration,
    /// For the next message to begin. The scheduling server polls at least once a minute, so it must be gone
    /// after five minutes without a message.
    pub idle: Duration,
    /// For a message to be complete once it has begun.
    pub message: Duration,
    /// For the peer to accept what is sent.
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

/// What a connection is waiting for, and since when.
pub(super) struct Wait {
    deadlines: Deadlines,
    phase: Phase,
    /// Since when the data being written has been waiting for the peer.
    writing: Option<Instant>,
}

enum Phase {
    Handshake {
        since: Instant,
    },
    /// Waiting for a message; part of it has been arriving since `begun`, or nothing has arrived yet.
    Messages {
        since: Instant,
        begun: Option<Instant>,
    },
}

impl Wait {
    pub(super) fn for_handshake(deadlines: Deadlines) -> Self {
        Self { deadlines, phase: Phase::Handshake { since: Instant::now() }, writing: None }
    }

    /// The handshake is complete.
    pub(super) fn connected(&mut self) {
        self.begin();
    }

    /// A message is complete, and the peer has accepted all earlier answers.
    pub(super) fn message(&mut self) {
        self.begin();
    }

    /// There is nothing to write, and bytes are needed: the rest of something, or its beginning.
    pub(super) fn reads(&mut self, rest: bool) {
        self.writing = None;
        if let Phase::Messages { begun, .. } = &mut self.phase {
            *begun = rest.then(|| begun.unwrap_or_else(Instant::now));
        }
    }

    /// There is data to write. Returns the time by which the peer must have accepted the whole answer, of
    /// which this may be a part.
    pub(super) fn writes(&mut self) -> Instant {
        let deadline = *self.writing.get_or_insert_with(Instant::now) + self.deadlines.write;
        match self.phase {
            // A handshake has a single deadline, whichever side causes the delay.
            Phase::Handshake { since } => deadline.min(since + self.deadlines.handshake),
            Phase::Messages { .. } => deadline,
        }
    }

    /// The deadline of the wait for bytes.
    pub(super) fn deadline(&self) -> Instant {
        self.first().0
    }

    /// The error if the wait for bytes reaches its deadline.
    pub(super) fn overdue(&self) -> Error {
        self.first().1
    }

    /// The earliest deadline, and its error.
    fn first(&self) -> (Instant, Error) {
        let Deadlines { handshake, idle, message, .. } = self.deadlines;
        match self.phase {
            Phase::Handshake { since } => (since + handshake, Error::HandshakeOverdue(handshake)),
            Phase::Messages { begun: Some(begun), .. } => (begun + message, Error::MessageOverdue(message)),
            Phase::Messages { since, begun: None } => (since + idle, Error::Idle(idle)),
        }
    }

    fn begin(&mut self) {
        self.phase = Phase::Messages { since: Instant::now(), begun: None };
        self.writing = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 1, 5, 2 and 3 seconds.
    const DEADLINES: Deadlines = Deadlines {
        handshake: Duration::from_secs(1),
        idle: Duration::from_secs(5),
        message: Duration::from_secs(2),
        write: Duration::from_secs(3),
    };

    fn pause() {
        std::thread::sleep(Duration::from_millis(5));
    }

    #[test]
    fn an_answer_has_one_deadline_however_many_pieces_it_goes_out_in() {
        let mut wait = Wait::for_handshake(DEADLINES);
        assert_eq!(wait.writes(), wait.deadline(), "a flight has that of its handshake");
        wait.connected();
        let first = wait.writes();
        pause();
        assert_eq!(wait.writes(), first);
        // The next request is served once its answer has been accepted.
        wait.message();
        let second = wait.writes();
        assert!(second > first);
        pause();
        wait.reads(false);
        assert!(wait.writes() > second);
    }

    #[test]
    fn the_rest_of_a_message_is_awaited_from_its_beginning() {
        let mut wait = Wait::for_handshake(DEADLINES);
        assert!(matches!(wait.overdue(), Error::HandshakeOverdue(_)));
        wait.connected();
        wait.reads(false);
        let idle = wait.deadline();
        assert!(matches!(wait.overdue(), Error::Idle(_)));
        pause();
        wait.reads(true);
        let rest = wait.deadline();
        assert!(matches!(wait.overdue(), Error::MessageOverdue(_)));
        pause();
        wait.reads(true);
        assert_eq!(wait.deadline(), rest, "bytes that trickle don't prolong it");
        wait.reads(false);
        assert_eq!(wait.deadline(), idle, "an empty record is no message");
        wait.message();
        wait.reads(true);
        assert!(matches!(wait.overdue(), Error::MessageOverdue(_)), "behind a whole one");
    }
}
