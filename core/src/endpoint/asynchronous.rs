//! An endpoint over an asynchronous transport.

use core::fmt;

use embedded_io_async::{Read, Write};

use super::{Endpoint, Error, Event, Received, Room, Signal};
use crate::agent::{CheckCrc, Message};
use crate::crypto::Provider;
use crate::io::AsyncHost;
use crate::io::driver::AsyncDriver;
use crate::io::ports::{Broken, Ports, Step};
use crate::tls::{self, Context, Negotiated, Role, SignerFailed};
use crate::wire::BufferFull;
use crate::x509::CertificateError;

/// A connection that carries messages over the asynchronous transport `T`. `H` serves the handshake as for
/// [`crate::io::AsyncTlsStream`]; without TLS it is never called.
///
/// Messages and answers are transmitted by the next [`Self::receive`], [`Self::flush`] or [`Self::close`].
///
/// # Cancellation
/// A future of [`Self::receive`], [`Self::send`] or [`Self::flush`] may be dropped wherever it waits, and the
/// method called again, as `select` and timeouts do: no message is lost, sent twice or returned twice, and an
/// error is returned again. This has the same requirements for the transport as
/// [`crate::io::AsyncTlsStream`]. [`Self::open`] and [`Self::close`] own the connection and end it when they
/// are dropped.
///
/// ```
/// use embedded_io_async::{Read, Write};
/// use lsam_core::agent::{ErrorMessage, MessageError};
/// use lsam_core::crypto::rustcrypto::RustCrypto;
/// use lsam_core::endpoint::{AsyncConnection, ConnectionError, Endpoint};
/// use lsam_core::io::AsyncHost;
/// use lsam_core::tls::Server;
///
/// /// An agent that does nothing yet.
/// async fn serve<'b, T: Read + Write>(
///     endpoint: Endpoint<'b, Server<'b, RustCrypto>, RustCrypto>,
///     socket: T,
///     host: impl AsyncHost,
/// ) -> Result<(), ConnectionError<T::Error>> {
///     let mut connection = AsyncConnection::open(endpoint, socket, host).await?;
///     while let Some(received) = connection.receive().await? {
///         let error = received.frame.err().unwrap_or(MessageError::UnknownType);
///         received.reply.send(&ErrorMessage::from(error))?;
///     }
///     connection.close().await.map(drop)
/// }
/// ```
pub struct AsyncConnection<'b, R: Role<P>, P: Provider, I, T, H> {
    driver: AsyncDriver<Endpoint<'b, R, P, I>, T, H>,
}

impl<'b, R, P, I, T, H> AsyncConnection<'b, R, P, I, T, H>
where
    R: Role<P>,
    P: Provider,
    I: Room,
    T: Read + Write,
    H: AsyncHost,
{
    /// Runs the handshake to completion; without TLS there is none. The peer can make this take arbitrarily
    /// long, so set a timeout.
    ///
    /// # Errors
    /// The error that ended the connection. If it requires an alert, that has been sent.
    // An async fn would hold the endpoint twice: as its argument, and in the connection.
    pub fn open(
        endpoint: Endpoint<'b, R, P, I>,
        transport: T,
        host: H,
    ) -> impl Future<Output = Result<Self, ConnectionError<T::Error>>> {
        let mut driver = AsyncDriver::new(endpoint, transport, host);
        async move {
            let Stop(Signal::Connected) = driver.take_turns().await? else { return Err(BUG.into()) };
            // The last flight may still be unsent, and the caller may not receive next.
            driver.flush().await?;
            Ok(Self { driver })
        }
    }

    /// The next message, with a way to answer it; `None` after the peer has closed its side cleanly. Before
    /// this waits for a message, it transmits everything that was sent.
    ///
    /// The peer can delay this arbitrarily long, between messages and within one, so set a timeout.
    ///
    /// # Errors
    /// The error that ended the connection. If it requires an alert, that has been sent.
    pub async fn receive(&mut self) -> Result<Option<Received<'_>>, ConnectionError<T::Error>> {
        let Stop(signal) = self.driver.converse().await?;
        match self.driver.ports.event(signal)? {
            Event::Message(received) => Ok(Some(received)),
            Event::PeerClosed => Ok(None),
            _ => Err(BUG.into()),
        }
    }

    /// Sends a message on this side's initiative; an answer is sent with [`Received::reply`]. If this is
    /// dropped while it waits, no part of the message has been sent. After the peer has closed a connection
    /// with TLS, the message is discarded.
    ///
    /// It waits for the transport only if there is no room for the message, and does not read while it waits:
    /// two ends that only send deadlock when neither transport accepts more.
    ///
    /// # Errors
    /// The error that ended the connection, or [`ConnectionError::MessageTooLong`], after which it continues.
    pub async fn send<'m, M: Message<'m>>(
        &mut self,
        message: &M,
        correlation: u32,
    ) -> Result<(), ConnectionError<T::Error>> {
        if let Some(error) = self.driver.ports.failed {
            return Err(error.into());
        }
        if self.driver.ports.send(message, correlation).is_err() {
            self.driver.drain().await?;
            self.driver.ports.send(message, correlation)?;
        }
        Ok(())
    }

    /// Waits until the transport has passed on everything that was sent.
    ///
    /// # Errors
    /// If the transport fails.
    pub async fn flush(&mut self) -> Result<(), ConnectionError<T::Error>> {
        Ok(self.driver.flush().await?)
    }

    /// Sends everything that is still queued, then close_notify with TLS, and returns the transport. It does
    /// not wait for the peer's own close_notify.
    ///
    /// # Errors
    /// If the transport fails.
    #[expect(clippy::manual_async_fn, reason = "an async fn would hold the endpoint twice")]
    pub fn close(mut self) -> impl Future<Output = Result<T, ConnectionError<T::Error>>> {
        async move {
            self.driver.ports.close();
            self.driver.flush().await?;
            Ok(self.driver.into_transport())
        }
    }

    /// Same as [`Endpoint::set_check_crc`].
    pub const fn set_check_crc(&mut self, check: CheckCrc) {
        self.driver.ports.set_check_crc(check);
    }

    /// Same as [`Endpoint::negotiated`].
    pub fn negotiated(&self) -> Option<Negotiated> {
        self.driver.ports.negotiated()
    }
}

/// An event that the handshake or the endpoint can't return at this point.
const BUG: Error = Error::Tls(tls::Error::Bug);

/// Where the endpoint stops: it is connected, a message has arrived, or the peer has closed its side.
#[doc(hidden)]
pub struct Stop(Signal);

impl<R: Role<P>, P: Provider, I: Room> Ports for Endpoint<'_, R, P, I> {
    type Stop = Stop;
    type Error = Error;

    fn step(&mut self, mut cx: Context<'_>) -> Result<Step<'_, Stop>, Error> {
        Ok(match self.turn(&mut cx).map_err(|error| self.fail(error))? {
            Signal::NeedRead => Step::Read,
            Signal::NeedWrite => Step::Write,
            Signal::Sign(request) => Step::Sign(request),
            Signal::VerifyPeer => Step::Verify(self.transport.peer_chain().ok_or(BUG)?),
            signal @ (Signal::Connected | Signal::Message(..) | Signal::PeerClosed) => {
                Step::Stop(Stop(signal))
            }
        })
    }

    fn recv_buf(&mut self) -> &mut [u8] {
        self.recv_buf()
    }

    fn received(&mut self, n: usize) {
        if n == 0 { self.recv_end() } else { self.recv_done(n) }
    }

    fn send_buf(&self) -> &[u8] {
        self.send_buf()
    }

    fn send_done(&mut self, n: usize) {
        self.send_done(n);
    }

    fn signed(&mut self, signature: Result<&[u8], SignerFailed>) {
        let _ = self.sign_done(signature);
    }

    fn verified(&mut self, verdict: Result<(), CertificateError>) {
        let _ = self.verify_done(verdict);
    }
}

/// Why a connection over a transport cannot continue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConnectionError<E> {
    /// The session or the stream of messages ended.
    Endpoint(Error),
    /// The transport failed.
    Transport(E),
    /// The transport accepts no more bytes.
    WriteZero,
    /// The message to be sent is longer than the send buffer. No part of it was sent.
    MessageTooLong,
}

impl<E> From<Error> for ConnectionError<E> {
    fn from(error: Error) -> Self {
        Self::Endpoint(error)
    }
}

/// From [`super::Reply::send`], for which all of the send buffer is free.
impl<E> From<BufferFull> for ConnectionError<E> {
    fn from(_: BufferFull) -> Self {
        Self::MessageTooLong
    }
}

impl<E> From<Broken<Error, E>> for ConnectionError<E> {
    fn from(broken: Broken<Error, E>) -> Self {
        match broken {
            Broken::Ended(error) => Self::Endpoint(error),
            Broken::Transport(error) => Self::Transport(error),
            Broken::WriteZero => Self::WriteZero,
        }
    }
}

impl<E: fmt::Debug> core::error::Error for ConnectionError<E> {}

impl<E: fmt::Debug> fmt::Display for ConnectionError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Endpoint(error) => error.fmt(f),
            Self::Transport(error) => write!(f, "the transport failed: {error:?}"),
            Self::WriteZero => f.write_str("the transport takes no more bytes"),
            Self::MessageTooLong => f.write_str("the message to the peer is longer than the buffer for it"),
        }
    }
}
