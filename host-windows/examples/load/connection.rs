//! A connection of either side, driven whenever its socket is ready.

use std::error::Error;
use std::io::{self, Read, Write};

use getrandom::SysRng;
use lsam_core::agent::CheckCrc;
use lsam_core::endpoint::{Event, Received, Transport};
use lsam_core::tls::{Buffers, Context, Role, Session};
use lsam_core::wire::BufferFull;
use lsam_host_windows::crypto::Provider;
use lsam_host_windows::link::{Endpoint, Inbox};
use mio::net::TcpStream;
use mio::{Interest, Registry, Token};

use crate::side::{Side, now};

/// A socket with its endpoint.
pub(crate) struct Connection<R: Role<Provider>> {
    socket: TcpStream,
    pub(crate) endpoint: Endpoint<'static, R>,
}

/// What happened to a connection while it was driven.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It waits for its peer.
    Waits,
    /// The peer has closed it.
    Closed,
}

impl<R: Role<Provider>> Connection<R> {
    /// A connection over `socket`, whose events have `token`.
    pub(crate) fn new(
        mut socket: TcpStream,
        session: Session<'static, R, Provider>,
        registry: &Registry,
        token: Token,
    ) -> io::Result<Self> {
        registry.register(&mut socket, token, Interest::READABLE | Interest::WRITABLE)?;
        let endpoint = Endpoint::new(Transport::Tls(session), CheckCrc::On, Inbox::default());
        Ok(Self { socket, endpoint })
    }

    /// Does everything that can be done without waiting. `server` is the name of the peer, if it is a server.
    /// `connected` is called once when the handshake is complete, `message` for each message.
    pub(crate) fn drive(
        &mut self,
        side: &Side,
        server: Option<&str>,
        mut connected: impl FnMut(&mut Endpoint<'static, R>) -> Result<(), BufferFull>,
        mut message: impl FnMut(Received<'_>) -> Result<(), Box<dyn Error>>,
    ) -> Result<Outcome, Box<dyn Error>> {
        loop {
            match self.endpoint.process(&mut Context { entropy: &mut SysRng, now: now() })? {
                Event::NeedRead => match unless_blocked(|| self.socket.read(self.endpoint.recv_buf()))? {
                    None => return Ok(Outcome::Waits),
                    Some(0) => self.endpoint.recv_end(),
                    Some(n) => self.endpoint.recv_done(n),
                },
                // What is sent fits into the socket's buffer, so the peer never waits for this side to read.
                Event::NeedWrite => match unless_blocked(|| self.socket.write(self.endpoint.send_buf()))? {
                    None => return Ok(Outcome::Waits),
                    Some(n) => self.endpoint.send_done(n),
                },
                Event::Sign(request) => {
                    let signature = side.sign(&request);
                    self.endpoint.sign_done(signature.as_deref().map_err(|failed| *failed))?;
                }
                Event::VerifyPeer(chain) => {
                    let verdict = side.verify(chain, server);
                    self.endpoint.verify_done(verdict)?;
                }
                Event::Connected => {
                    let _ = self.socket.set_nodelay(true);
                    connected(&mut self.endpoint).map_err(|BufferFull| "no room for a message")?;
                }
                Event::Message(received) => message(received)?,
                Event::PeerClosed => return Ok(Outcome::Closed),
            }
        }
    }

    /// Informs the peer of the end, and returns the memory.
    pub(crate) fn close(mut self) -> Buffers<'static> {
        self.endpoint.close();
        let _ = self.socket.write(self.endpoint.send_buf());
        self.cut()
    }

    /// Ends the connection without informing the peer, and returns the memory.
    pub(crate) fn cut(self) -> Buffers<'static> {
        self.endpoint.into_buffers().0
    }
}

/// The result of `operation`; `None` if it would have to wait.
fn unless_blocked(mut operation: impl FnMut() -> io::Result<usize>) -> io::Result<Option<usize>> {
    loop {
        match operation() {
            // The second one while the socket is still connecting.
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::NotConnected) => {
                return Ok(None);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result.map(Some),
        }
    }
}
