//! How many connections a listener accepts.

use std::time::Duration;

/// A listener's limits. One [`Origin`](crate::origin::Origin) gets at most half of each.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Concurrent connections whose peers are authenticated. A scheduling server keeps one open, so there is
    /// room for further servers and for `netcom`.
    pub connections: usize,
    /// Concurrent connections that have begun but are not established yet: a flood can't take more than their
    /// threads and buffers.
    pub arriving: usize,
    /// Concurrent connections that have not sent a byte; each costs a socket.
    pub silent: usize,
    /// How long connections, and background reading, may take to end after a request to stop.
    pub drain: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        // Both services together stay below the usual 1,024 file descriptors of a process: a served
        // connection takes three. At shutdown, Windows gives all services together five seconds.
        Self { connections: 32, arriving: 48, silent: 128, drain: Duration::from_secs(3) }
    }
}

/// How many of `limit` connections may come from one origin.
pub(super) const fn per_origin(limit: usize) -> usize {
    limit.div_ceil(2)
}
