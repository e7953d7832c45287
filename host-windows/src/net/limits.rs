//! How many connections a listener takes on.

use std::time::Duration;

/// What a listener takes on. Of each kind of places, connections from one [`Origin`](crate::origin::Origin) get half.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections at a time whose peers have shown what they are. A scheduling server keeps one open, so this leaves room
    /// for second servers and for `netcom`.
    pub connections: usize,
    /// Connections at a time that have begun but not got so far: a flood costs no more than these threads and buffers.
    pub arriving: usize,
    /// Connections at a time that have not sent a byte; each costs a socket.
    pub silent: usize,
    /// How long connections, and what is being read beside them, have to end once a stop was requested.
    pub drain: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        // Two services stay below the 1,024 file descriptors that a process has as a rule: a served connection takes three.
        // Windows gives services five seconds in all when it shuts down.
        Self { connections: 32, arriving: 48, silent: 128, drain: Duration::from_secs(3) }
    }
}

/// How many of `limit` places connections from one origin may have.
pub(super) const fn per_origin(limit: usize) -> usize {
    limit.div_ceil(2)
}
