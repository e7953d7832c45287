//! A listening socket that serves each connection in a thread of its own, up to a limit.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token, Waker};

use super::{Stop, Stream};
use crate::log::Log;

const SOCKET: Token = Token(0);
const STOP: Token = Token(1);

/// How long the listener rests when the system can't give it a connection (no file descriptors, no memory).
const REST: Duration = Duration::from_millis(200);

/// What a listener takes on.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections served at a time. A scheduling server keeps one open, so this leaves room for second servers and
    /// for `netcom`, while a flood costs no more than this many threads and buffers.
    pub connections: usize,
    /// How long connections have to end once a stop was requested.
    pub drain: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        // Windows gives services five seconds in all when it shuts down.
        Self { connections: 32, drain: Duration::from_secs(3) }
    }
}

/// A socket that listens.
pub struct Listener {
    socket: TcpListener,
    address: SocketAddr,
}

impl Listener {
    /// Listens on `address`; port 0 picks a free one.
    ///
    /// # Errors
    /// What the system answers, a port in use for one.
    pub fn bind(address: SocketAddr) -> io::Result<Self> {
        let socket = TcpListener::bind(address)?;
        let address = socket.local_addr()?;
        Ok(Self { socket, address })
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves connections with `serve` until `stop` is requested, then waits for those that are open, as long as
    /// `limits` says. A peer that is not `allowed`, or comes when the limit is reached, is disconnected and logged.
    ///
    /// # Errors
    /// When the system can't wait for the socket at all. A connection never ends this.
    pub fn run(
        mut self,
        allowed: impl Fn(IpAddr) -> bool,
        limits: Limits,
        stop: &Stop,
        log: &Log,
        serve: impl Fn(Stream, SocketAddr) + Send + Sync + 'static,
    ) -> io::Result<()> {
        let mut poll = Poll::new()?;
        poll.registry().register(&mut self.socket, SOCKET, Interest::READABLE)?;
        let _subscription = stop.subscribe(Waker::new(poll.registry(), STOP)?);
        let mut events = Events::with_capacity(4);
        let serve = Arc::new(serve);
        let open = Open::default();
        while stop.requested_at().is_none() {
            match self.socket.accept() {
                Ok((_, peer)) if !allowed(peer.ip()) => {
                    log.warning(format_args!(
                        "{peer}: refused, its address is not in AllowedIPAddress_1 to _4"
                    ));
                }
                Ok((socket, peer)) => match open.enter(limits.connections) {
                    None => log.warning(format_args!(
                        "{peer}: refused, {} connections are open already",
                        limits.connections
                    )),
                    Some(place) => {
                        if let Err(error) = spawn(socket, peer, stop, place, log, Arc::clone(&serve)) {
                            log.warning(format_args!("{peer}: could not be served: {error}"));
                        }
                    }
                },
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    match poll.poll(&mut events, None) {
                        Err(error) if error.kind() != io::ErrorKind::Interrupted => return Err(error),
                        _ => {}
                    }
                }
                // A connection that was gone before it was accepted.
                Err(error)
                    if matches!(
                        error.kind(),
                        io::ErrorKind::Interrupted
                            | io::ErrorKind::ConnectionAborted
                            | io::ErrorKind::ConnectionReset
                    ) => {}
                Err(error) => {
                    log.warning(format_args!("no connection could be accepted: {error}"));
                    stop.wait(REST);
                }
            }
        }
        drop(self.socket);
        let left = open.drain(limits.drain);
        if left > 0 {
            log.warning(format_args!("{left} connections did not end in time and were cut"));
        }
        Ok(())
    }
}

fn spawn(
    socket: TcpStream,
    peer: SocketAddr,
    stop: &Stop,
    place: Place,
    log: &Log,
    serve: Arc<impl Fn(Stream, SocketAddr) + Send + Sync + 'static>,
) -> io::Result<()> {
    let stream = Stream::new(socket, stop)?;
    let log = log.clone();
    thread::Builder::new().name(format!("connection {peer}")).spawn(move || {
        let _place = place;
        let served = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| serve(stream, peer)));
        if served.is_err() {
            log.error(format_args!(
                "{peer}: an error in the agent itself ended the connection; please report it"
            ));
        }
    })?;
    Ok(())
}

/// The count of open connections.
#[derive(Clone, Default)]
struct Open {
    shared: Arc<(Mutex<usize>, Condvar)>,
}

impl Open {
    /// Takes a place, unless `limit` are taken.
    fn enter(&self, limit: usize) -> Option<Place> {
        let mut count = self.shared.0.lock().unwrap_or_else(PoisonError::into_inner);
        if *count >= limit {
            return None;
        }
        *count += 1;
        Some(Place(self.clone()))
    }

    /// Waits until all places are free, for `bound` at most; returns how many are not.
    fn drain(&self, bound: Duration) -> usize {
        let deadline = Instant::now() + bound;
        let mut count = self.shared.0.lock().unwrap_or_else(PoisonError::into_inner);
        while *count > 0 {
            let Some(left) = deadline.checked_duration_since(Instant::now()) else { break };
            (count, _) = self.shared.1.wait_timeout(count, left).unwrap_or_else(PoisonError::into_inner);
        }
        *count
    }
}

/// One of the places, free again when dropped.
struct Place(Open);

impl Drop for Place {
    fn drop(&mut self) {
        let mut count = self.0.shared.0.lock().unwrap_or_else(PoisonError::into_inner);
        *count = count.saturating_sub(1);
        self.0.shared.1.notify_all();
    }
}

#[cfg(test)]
mod tests;
