//! A listening socket that serves each connection in its own thread, up to a limit.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use mio::event::Event;
use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token, Waker};

use super::lobby::{FirstByte, Lobby};
use super::places::Places;
use super::{Limits, Place, Stop, Stream};
use crate::log::{Kind, Level, Log};

const SOCKET: Token = Token(0);
const STOP: Token = Token(1);

/// How long to wait if the system can't provide a connection (no file descriptors, no memory).
const REST: Duration = Duration::from_millis(200);
/// How many connections are accepted before existing ones get a turn.
const ACCEPTED_IN_A_TURN: usize = 64;

/// A listening socket.
pub struct Listener {
    socket: TcpListener,
    address: SocketAddr,
}

impl Listener {
    /// Listens on `address`; port 0 picks a free one.
    ///
    /// # Errors
    /// The system's error, for example if the port is in use.
    pub fn bind(address: SocketAddr) -> io::Result<Self> {
        let socket = TcpListener::bind(address)?;
        let address = socket.local_addr()?;
        Ok(Self { socket, address })
    }

    /// The address on which it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves connections with `serve` until `stop` is requested, then waits for open ones as `limits`
    /// permits. A peer that is not `allowed`, or sends nothing for `first_byte`, is disconnected and logged.
    ///
    /// # Errors
    /// If the system can't wait for the socket at all. No connection causes this.
    pub fn run(
        mut self,
        allowed: impl Fn(IpAddr) -> bool,
        limits: Limits,
        first_byte: Duration,
        stop: &Stop,
        log: &Log,
        serve: impl Fn(Stream, SocketAddr, &Place) + Send + Sync + 'static,
    ) -> io::Result<()> {
        let mut poll = Poll::new()?;
        poll.registry().register(&mut self.socket, SOCKET, Interest::READABLE)?;
        let _subscription = stop.subscribe(Arc::new(Waker::new(poll.registry(), STOP)?));
        let mut events = Events::with_capacity(ACCEPTED_IN_A_TURN);
        let places = Places::new(limits);
        let mut door = Door {
            lobby: Lobby::new(limits.silent, first_byte),
            places: places.clone(),
            stop,
            log,
            serve: Arc::new(serve),
        };
        while stop.requested_at().is_none() {
            let timeout = match self.accept(&allowed, &mut door, &poll) {
                Turn::Over => {
                    door.lobby.deadline().map(|until| until.saturating_duration_since(Instant::now()))
                }
                Turn::Cut => Some(Duration::ZERO),
            };
            match poll.poll(&mut events, timeout) {
                Err(error) if error.kind() != io::ErrorKind::Interrupted => return Err(error),
                _ => {}
            }
            events.iter().for_each(|event| door.ready(event, &poll));
            for peer in door.lobby.expire() {
                door.say(peer, Kind::Failed, format_args!("sent nothing for {} s", first_byte.as_secs_f32()));
            }
        }
        drop((self.socket, door));
        let left = places.drain(limits.drain);
        if left > 0 {
            log.warning(format_args!("{left} connections did not end in time and were cut"));
        }
        Ok(())
    }

    /// Accepts pending connections.
    fn accept<S>(&self, allowed: impl Fn(IpAddr) -> bool, door: &mut Door<'_, S>, poll: &Poll) -> Turn
    where
        S: Fn(Stream, SocketAddr, &Place) + Send + Sync + 'static,
    {
        for _ in 0..ACCEPTED_IN_A_TURN {
            match self.socket.accept() {
                Ok((_, peer)) if !allowed(peer.ip()) => {
                    door.say(peer, Kind::Refused, "refused, its address is not in AllowedIPAddress_1 to _4");
                }
                Ok((socket, peer)) => door.arrive(socket, peer, poll),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Turn::Over,
                // The connection was gone before it was accepted.
                Err(error)
                    if matches!(
                        error.kind(),
                        io::ErrorKind::Interrupted
                            | io::ErrorKind::ConnectionAborted
                            | io::ErrorKind::ConnectionReset
                    ) => {}
                Err(error) => {
                    let text = format_args!("no connection could be accepted: {error}");
                    door.log.repeatable(Level::Warning, Kind::Refused, text);
                    door.lobby.drop_oldest();
                    door.stop.wait(REST);
                    return Turn::Cut;
                }
            }
        }
        Turn::Cut
    }
}

/// Whether more connections may be pending.
enum Turn {
    Over,
    Cut,
}

/// The path of a connection, from its acceptance to its thread.
struct Door<'d, S> {
    lobby: Lobby,
    places: Places,
    stop: &'d Stop,
    log: &'d Log,
    serve: Arc<S>,
}

impl<S: Fn(Stream, SocketAddr, &Place) + Send + Sync + 'static> Door<'_, S> {
    fn say(&self, peer: SocketAddr, kind: Kind, text: impl std::fmt::Display) {
        self.log.of_peer(Level::Warning, peer, kind, text);
    }

    /// Takes an accepted connection.
    fn arrive(&mut self, socket: TcpStream, peer: SocketAddr, poll: &Poll) {
        match FirstByte::of(&socket) {
            FirstByte::Here => self.start(socket, peer),
            FirstByte::Never => self.gone(peer),
            FirstByte::Awaited => match self.lobby.enter(poll.registry(), socket, peer) {
                Ok(None) => {}
                Ok(Some(dropped)) => {
                    self.say(dropped, Kind::Displaced, "dropped: it had sent nothing, and others wait");
                }
                Err(error) => self.say(peer, Kind::Failed, format_args!("could not be served: {error}")),
            },
        }
    }

    /// Handles an event of a socket in the lobby.
    fn ready(&mut self, event: &Event, poll: &Poll) {
        let token = event.token();
        let Some(first) = self.lobby.socket(token).map(FirstByte::of) else { return };
        if matches!(first, FirstByte::Awaited) {
            return;
        }
        let Some((socket, peer)) = self.lobby.take(poll.registry(), token) else { return };
        match first {
            FirstByte::Here => self.start(socket, peer),
            FirstByte::Never | FirstByte::Awaited => self.gone(peer),
        }
    }

    /// Logs a connection that was closed without sending a byte, as health checks do; this does not cause a
    /// warning.
    fn gone(&self, peer: SocketAddr) {
        self.log.of_peer(Level::Detail, peer, Kind::Closed, "closed without a byte");
    }

    /// Serves a connection in a thread.
    fn start(&self, socket: TcpStream, peer: SocketAddr) {
        let spawned = Stream::new(socket, self.stop).and_then(|stream| {
            let place = self.places.arrive(peer.ip(), stream.cut());
            let (log, serve) = (self.log.clone(), Arc::clone(&self.serve));
            thread::Builder::new().name(format!("connection {peer}")).spawn(move || {
                let serve = std::panic::AssertUnwindSafe(|| serve(stream, peer, &place));
                if std::panic::catch_unwind(serve).is_err() {
                    let text = "an error in the agent itself ended the connection; please report it";
                    log.of_peer(Level::Error, peer, Kind::Failed, text);
                }
            })
        });
        if let Err(error) = spawned {
            self.say(peer, Kind::Failed, format_args!("could not be served: {error}"));
        }
    }
}

#[cfg(test)]
mod tests;
