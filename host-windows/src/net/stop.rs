//! The request to stop, which wakes every thread that is waiting for a socket.

use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use mio::Waker;

/// A request to stop, shared by the code that may make it and the code that must obey it.
#[derive(Clone, Default)]
pub struct Stop {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    requested: Condvar,
}

#[derive(Default)]
struct State {
    requested_at: Option<Instant>,
    wakers: BTreeMap<u64, Arc<Waker>>,
    next: u64,
}

impl Stop {
    /// A request that has not been made yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Requests everything to stop. Further requests have no effect.
    pub fn request(&self) {
        let mut state = self.state();
        if state.requested_at.is_none() {
            state.requested_at = Some(Instant::now());
            for waker in state.wakers.values() {
                // A thread that can't be woken sees the request at its own deadline.
                let _ = waker.wake();
            }
            self.shared.requested.notify_all();
        }
    }

    /// When it was requested, if it was.
    pub fn requested_at(&self) -> Option<Instant> {
        self.state().requested_at
    }

    /// Waits for a stop to be requested, for at most `timeout`; returns whether it was requested.
    pub fn wait(&self, timeout: Duration) -> bool {
        let state = self.state();
        let (state, _) = self
            .shared
            .requested
            .wait_timeout_while(state, timeout, |state| state.requested_at.is_none())
            .unwrap_or_else(PoisonError::into_inner);
        state.requested_at.is_some()
    }

    /// Makes the request wake `waker` (immediately if it was already made), for as long as the subscription
    /// lives.
    pub(super) fn subscribe(&self, waker: Arc<Waker>) -> Subscription {
        let mut state = self.state();
        if state.requested_at.is_some() {
            let _ = waker.wake();
        }
        let id = state.next;
        state.next = state.next.wrapping_add(1);
        state.wakers.insert(id, waker);
        Subscription { stop: self.clone(), id }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A waker that the request to stop wakes.
pub(super) struct Subscription {
    stop: Stop,
    id: u64,
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.stop.state().wakers.remove(&self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_seen_by_every_clone_and_ends_a_wait() {
        let stop = Stop::new();
        assert!(!stop.wait(Duration::ZERO));
        let waiting = stop.clone();
        let thread = std::thread::spawn(move || waiting.wait(Duration::from_secs(60)));
        stop.request();
        assert!(thread.join().unwrap());
        let first = stop.requested_at();
        stop.request();
        assert_eq!(stop.requested_at(), first);
    }
}
