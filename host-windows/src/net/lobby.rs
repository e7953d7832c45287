//! Connections that have not sent a byte yet.
//!
//! They cost a socket and no thread. Most are not real clients, but health checks, scanners, and attackers
//! who hold as many connections as they can.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use mio::net::TcpStream;
use mio::{Interest, Registry, Token};

use super::limits::per_origin;
use crate::origin::Origin;

/// The sockets waiting for their first byte. Each is registered with the listener's poll, with tokens from
/// [`Lobby::FIRST`] on.
pub(super) struct Lobby {
    /// In order of age: tokens increase.
    waiting: BTreeMap<usize, Waiting>,
    next: usize,
    limit: usize,
    patience: Duration,
}

struct Waiting {
    socket: TcpStream,
    peer: SocketAddr,
    until: Instant,
}

/// What a socket has received so far.
pub(super) enum FirstByte {
    /// Data to serve.
    Here,
    /// Nothing yet.
    Awaited,
    /// The peer left without having sent any.
    Never,
}

impl FirstByte {
    pub(super) fn of(socket: &TcpStream) -> Self {
        match socket.peek(&mut [0]) {
            Ok(1..) => Self::Here,
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => {
                Self::Awaited
            }
            Ok(0) | Err(_) => Self::Never,
        }
    }
}

impl Lobby {
    /// The first token of a waiting socket.
    pub(super) const FIRST: usize = 2;

    /// A lobby of `limit` places, in which a connection waits for at most `patience`.
    pub(super) const fn new(limit: usize, patience: Duration) -> Self {
        Self { waiting: BTreeMap::new(), next: Self::FIRST, limit, patience }
    }

    /// Adds `socket`. Returns the peer of the connection that was dropped for it, if any: the oldest one of
    /// the origin with the most.
    ///
    /// # Errors
    /// If the system can't watch the socket, which is dropped then.
    pub(super) fn enter(
        &mut self,
        registry: &Registry,
        mut socket: TcpStream,
        peer: SocketAddr,
    ) -> io::Result<Option<SocketAddr>> {
        let token = self.next;
        registry.register(&mut socket, Token(token), Interest::READABLE)?;
        self.next = token.checked_add(1).unwrap_or(Self::FIRST);
        self.waiting.insert(token, Waiting { socket, peer, until: Instant::now() + self.patience });
        Ok(self.make_room(peer.ip().into()))
    }

    /// Removes the socket of `token`.
    pub(super) fn take(&mut self, registry: &Registry, token: Token) -> Option<(TcpStream, SocketAddr)> {
        let Waiting { mut socket, peer, .. } = self.waiting.remove(&token.0)?;
        // The stream watches it from now on. If this fails, the stream's first wait fails too.
        let _ = registry.deregister(&mut socket);
        Some((socket, peer))
    }

    /// The socket of `token`.
    pub(super) fn socket(&self, token: Token) -> Option<&TcpStream> {
        self.waiting.get(&token.0).map(|waiting| &waiting.socket)
    }

    /// How long the listener may wait; `None` if no connection is waiting.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.waiting.first_key_value().map(|(_, oldest)| oldest.until)
    }

    /// Drops expired connections, and returns their peers.
    pub(super) fn expire(&mut self) -> Vec<SocketAddr> {
        let now = Instant::now();
        let mut expired = Vec::new();
        while let Some(oldest) = self.waiting.first_entry().filter(|oldest| oldest.get().until <= now) {
            expired.push(oldest.remove().peer);
        }
        expired
    }

    /// Drops the oldest connection, because the system has no room for another.
    pub(super) fn drop_oldest(&mut self) {
        self.waiting.pop_first();
    }

    fn make_room(&mut self, own: Origin) -> Option<SocketAddr> {
        let mut held = BTreeMap::<Origin, usize>::new();
        for waiting in self.waiting.values() {
            *held.entry(waiting.peer.ip().into()).or_default() += 1;
        }
        let most = if held.get(&own).is_some_and(|held| *held > per_origin(self.limit)) {
            own
        } else if self.waiting.len() > self.limit {
            // If several origins have the same number, the connection that has waited longest.
            let of = |waiting: &Waiting| Origin::from(waiting.peer.ip());
            let most = held.values().max()?;
            self.waiting.values().map(of).find(|origin| held.get(origin) == Some(most))?
        } else {
            return None;
        };
        let (token, _) = self.waiting.iter().find(|(_, waiting)| Origin::from(waiting.peer.ip()) == most)?;
        self.waiting.remove(&token.clone()).map(|waiting| waiting.peer)
    }
}
