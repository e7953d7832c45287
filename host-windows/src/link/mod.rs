//! Runs an [`Endpoint`] over a [`Stream`]: does what the endpoint requires, with a deadline for each wait.

mod deadlines;
mod memory;

use std::fmt;
use std::time::{Duration, Instant};

use lsam_core::agent::CheckCrc;
use lsam_core::endpoint::{self, Event, Received};
use lsam_core::tls::{Role, SignRequest, SignerFailed};
use lsam_core::wire::BufferFull;
use lsam_core::x509::{CertificateError, CertificateList};

use crate::crypto::{Provider, with_context};
use crate::net::{Interrupted, Stream};

pub use deadlines::Deadlines;
use deadlines::Wait;
pub use memory::{Inbox, Memory};

/// The endpoint of a link.
pub type Endpoint<'b, R> = endpoint::Endpoint<'b, R, Provider, Inbox>;

/// What a link requires of its host.
pub trait Host<R: Role<Provider>> {
    /// Whether messages have a CRC, and the peer's CRC is checked. Called repeatedly: a change applies from
    /// the next message on.
    fn check_crc(&self) -> CheckCrc;

    /// Signs for the handshake.
    ///
    /// # Errors
    /// [`SignerFailed`] ends the connection.
    fn sign(&mut self, request: &SignRequest) -> Result<Vec<u8>, SignerFailed>;

    /// Verifies the peer's certificates.
    ///
    /// # Errors
    /// The refusal, which ends the connection.
    fn verify_peer(&mut self, chain: CertificateList<'_>) -> Result<(), CertificateError>;

    /// Messages can be sent from now on.
    ///
    /// # Errors
    /// [`BufferFull`] from [`endpoint::Endpoint::send`].
    fn connected(&mut self, endpoint: &mut Endpoint<'_, R>) -> Result<(), BufferFull>;

    /// Handles a message, may answer it, and returns whether the connection continues.
    ///
    /// # Errors
    /// [`BufferFull`] from the reply, if the answer is longer than the send buffer.
    fn message(&mut self, received: Received<'_>) -> Result<Next, BufferFull>;
}

/// Whether a connection continues.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// It does.
    GoOn,
    /// The host has finished; its pending answers are still sent.
    Close,
}

/// How a connection ended properly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The peer closed it.
    PeerClosed,
    /// The host closed it.
    HostClosed,
    /// A stop was requested.
    Stopped,
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::PeerClosed => "closed by the peer",
            Self::HostClosed => "closed by this side",
            Self::Stopped => "closed because the agent is stopping",
        })
    }
}

/// Runs `endpoint` over `stream` until it ends. By then, a close_notify or an alert has informed the peer, if
/// it still reads, and the socket is closed.
///
/// # Errors
/// [`Error`], why the connection failed.
pub fn run<R: Role<Provider>>(
    mut stream: Stream,
    mut endpoint: Endpoint<'_, R>,
    deadlines: &Deadlines,
    host: &mut impl Host<R>,
) -> Result<End, Error> {
    let result = drive(&mut stream, &mut endpoint, deadlines, host);
    endpoint.close();
    // Informing the peer is a courtesy; what counts is why the connection ended.
    let _ = drain(&mut stream, &mut endpoint, Instant::now() + deadlines.write);
    stream.close();
    result
}

fn drive<R: Role<Provider>>(
    stream: &mut Stream,
    endpoint: &mut Endpoint<'_, R>,
    deadlines: &Deadlines,
    host: &mut impl Host<R>,
) -> Result<End, Error> {
    let mut wait = Wait::for_handshake(*deadlines);
    let mut closing = false;
    loop {
        endpoint.set_check_crc(host.check_crc());
        match with_context(|cx| endpoint.process(cx))? {
            Event::NeedRead | Event::Message(_) if closing => return Ok(End::HostClosed),
            Event::NeedRead => {
                wait.reads(endpoint.has_partial_input());
                match stream.read(endpoint.recv_buf(), wait.deadline()) {
                    Ok(n) => arrived(endpoint, n),
                    Err(Interrupted::Stopped) => return Ok(End::Stopped),
                    Err(Interrupted::Deadline) => return Err(wait.overdue()),
                    Err(error) => return Err(error.into()),
                }
            }
            Event::NeedWrite => {
                let deadline = wait.writes();
                if let Some(n) = stream.write_now(endpoint.send_buf())? {
                    endpoint.send_done(n);
                } else if !endpoint.recv_buf().is_empty()
                    && let Some(n) = stream.read_now(endpoint.recv_buf())?
                {
                    // The peer may wait for this side to read before it accepts any more.
                    arrived(endpoint, n);
                } else {
                    stream.wait(deadline)?;
                }
            }
            // `process` reports a failure again, and queues the alert.
            Event::Sign(request) => {
                let signature = host.sign(&request);
                let _ = endpoint.sign_done(signature.as_deref().map_err(|failed| *failed));
            }
            Event::VerifyPeer(chain) => {
                let verdict = host.verify_peer(chain);
                let _ = endpoint.verify_done(verdict);
            }
            Event::Connected => {
                wait.connected();
                host.connected(endpoint)?;
            }
            Event::Message(received) => {
                wait.message();
                closing = host.message(received)? == Next::Close;
            }
            Event::PeerClosed => return Ok(End::PeerClosed),
        }
    }
}

/// The peer has sent `n` bytes; 0 at its end.
fn arrived<R: Role<Provider>>(endpoint: &mut Endpoint<'_, R>, n: usize) {
    if n == 0 {
        endpoint.recv_end();
    } else {
        endpoint.recv_done(n);
    }
}

/// Sends the contents of the send buffer to the peer.
fn drain<R: Role<Provider>>(
    stream: &mut Stream,
    endpoint: &mut Endpoint<'_, R>,
    deadline: Instant,
) -> Result<(), Interrupted> {
    while !endpoint.send_buf().is_empty() {
        let n = stream.write(endpoint.send_buf(), deadline)?;
        endpoint.send_done(n);
    }
    Ok(())
}

/// Why a connection failed.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The session or the stream of messages failed.
    Endpoint(endpoint::Error),
    /// The socket failed, or the peer does not accept what is sent.
    Transport(Interrupted),
    /// The handshake was not complete within this time.
    HandshakeOverdue(Duration),
    /// A message had begun, but was not complete within this time.
    MessageOverdue(Duration),
    /// No message arrived within this time.
    Idle(Duration),
    /// The message to be sent is longer than the send buffer.
    MessageTooLong,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Endpoint(error) => error.fmt(f),
            Self::Transport(Interrupted::Deadline) => {
                f.write_str("the peer does not take what is sent to it")
            }
            Self::Transport(Interrupted::Displaced) => {
                f.write_str("dropped: another connection needs its place")
            }
            Self::Transport(error) => write!(f, "the connection broke: {error}"),
            Self::HandshakeOverdue(time) => {
                write!(f, "the TLS handshake was not complete within {} s", time.as_secs_f32())
            }
            Self::MessageOverdue(time) => {
                write!(f, "a message was not complete within {} s", time.as_secs_f32())
            }
            Self::Idle(time) => write!(f, "no message came for {} s", time.as_secs_f32()),
            Self::MessageTooLong => f.write_str("the message to the peer is longer than the buffer for it"),
        }
    }
}

impl std::error::Error for Error {}

impl From<Interrupted> for Error {
    fn from(error: Interrupted) -> Self {
        Self::Transport(error)
    }
}

impl From<endpoint::Error> for Error {
    fn from(error: endpoint::Error) -> Self {
        Self::Endpoint(error)
    }
}

impl From<BufferFull> for Error {
    fn from(_: BufferFull) -> Self {
        Self::MessageTooLong
    }
}
