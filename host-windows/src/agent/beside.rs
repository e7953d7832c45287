//! Background threads that run alongside the services.

use std::convert::Infallible;
use std::io;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Instant;

/// A background thread. The agent waits for it to end, but not forever: a network drive may block it.
pub(super) struct Beside {
    name: &'static str,
    /// Disconnected when the thread has ended.
    ended: Receiver<Infallible>,
}

impl Beside {
    /// Runs `body` in a thread called `name`.
    ///
    /// # Errors
    /// If the system can't create the thread.
    pub(super) fn start(name: &'static str, body: impl FnOnce() + Send + 'static) -> io::Result<Self> {
        let (runs, ended) = channel();
        thread::Builder::new().name(name.to_owned()).spawn(move || {
            body();
            drop(runs);
        })?;
        Ok(Self { name, ended })
    }

    /// What it watches.
    pub(super) const fn name(&self) -> &'static str {
        self.name
    }

    /// Waits for the thread to end, until `deadline` at most; returns whether it has ended.
    pub(super) fn has_ended_by(&self, deadline: Instant) -> bool {
        let left = deadline.saturating_duration_since(Instant::now());
        matches!(self.ended.recv_timeout(left), Err(RecvTimeoutError::Disconnected))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn one_that_does_not_end_is_not_waited_for_longer_than_said() {
        let (end, request) = channel::<Infallible>();
        let beside = Beside::start("test", move || {
            let _ = request.recv();
        })
        .unwrap();
        assert!(!beside.has_ended_by(Instant::now()));
        assert!(!beside.has_ended_by(Instant::now() + Duration::from_millis(20)));
        drop(end);
        assert!(beside.has_ended_by(Instant::now() + Duration::from_secs(120)));
    }
}
