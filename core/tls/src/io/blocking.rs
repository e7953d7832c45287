//! A session over a transport that blocks.

use embedded_io::{ErrorType, Read, ReadReady, Write};

use super::ports::{Ports, Step, Stop, sent, signature};
use super::{Error, Host};
use crate::crypto::Provider;
use crate::tls::limits::MAX_SIGNATURE;
use crate::tls::{Context, Negotiated, Role, Session};

/// A TLS connection that reads and writes like the transport `T` below it, which blocks.
///
/// A read returns the end of the stream (0 bytes) only after the peer's close_notify; a transport that just
/// ends is reported as [`crate::tls::Error::Truncated`]. Written data may stay in the session's send buffer,
/// and in the transport's, until [`Write::flush`], or until a read finds no data and waits for the peer: the
/// transport is flushed first.
///
/// That flush waits for as long as the peer does not read. If the peer does the same, with both directions
/// full, neither makes progress: see [`Self::input_first`].
///
/// ```
/// use embedded_io::{Read, Write};
/// use lsam_tls::crypto::rustcrypto::RustCrypto;
/// use lsam_tls::io::{Error, Host, TlsStream};
/// use lsam_tls::ServerSession;
///
/// /// Echoes what the client sends.
/// fn echo<T: Read + Write>(
///     session: ServerSession<'_, RustCrypto>,
///     socket: T,
///     host: impl Host,
/// ) -> Result<(), Error<T::Error>> {
///     let mut stream = TlsStream::handshake(session, socket, host)?;
///     let mut words = [0; 256];
///     loop {
///         let n = stream.read(&mut words)?;
///         if n == 0 {
///             return stream.close().map(drop);
///         }
///         stream.write_all(&words[..n])?;
///         stream.flush()?;
///     }
/// }
/// ```
pub struct TlsStream<'b, R: Role<P>, P: Provider, T: ErrorType, H> {
    session: Session<'b, R, P>,
    transport: T,
    /// Whether the transport may be holding back bytes that were written to it. Set before each write, since
    /// one may fail halfway.
    unflushed: bool,
    /// Whether the transport has bytes to read, as far as it can tell.
    has_input: fn(&mut T) -> Result<bool, T::Error>,
    host: H,
}

impl<'b, R: Role<P>, P: Provider, T: Read + Write, H: Host> TlsStream<'b, R, P, T, H> {
    /// Runs the handshake to completion.
    ///
    /// # Errors
    /// The error that ended the session. If it requires an alert, that has been sent.
    pub fn handshake(session: Session<'b, R, P>, transport: T, host: H) -> Result<Self, Error<T::Error>> {
        let mut stream = Self { session, transport, unflushed: false, has_input: |_| Ok(false), host };
        stream.drive()?.connected()?;
        // The last flight may still be unsent, and the caller may not read next.
        stream.flush()?;
        Ok(stream)
    }

    /// From now on, a read accepts what has arrived in the transport before it sends what this side has
    /// written. Two ends that have filled both directions can then make progress by reading.
    #[must_use]
    pub fn input_first(self) -> Self
    where
        T: ReadReady,
    {
        Self { has_input: T::read_ready, ..self }
    }

    /// What the handshake negotiated.
    pub fn negotiated(&self) -> Option<Negotiated> {
        self.session.negotiated()
    }

    /// Sends close_notify and returns the transport. It does not wait for the peer's own close_notify.
    ///
    /// # Errors
    /// If the transport fails.
    pub fn close(mut self) -> Result<T, Error<T::Error>> {
        self.session.close();
        self.flush()?;
        Ok(self.transport)
    }

    /// The loop: does what each step requests until there is something for the caller.
    fn drive(&mut self) -> Result<Stop, Error<T::Error>> {
        loop {
            let now = self.host.now();
            let cx = Context { entropy: self.host.entropy(), now };
            match self.session.step(cx) {
                Ok(Step::Read) if !self.unflushed => self.bring()?,
                Ok(Step::Read | Step::Write) => self.bring_or_take()?,
                Ok(Step::Sign(request)) => {
                    let mut room = [0; MAX_SIGNATURE];
                    let answer = self.host.sign(&request, &mut room);
                    self.session.signed(signature(&room, answer));
                }
                Ok(Step::Verify(chain)) => {
                    let verdict = self.host.verify_peer(chain);
                    self.session.verified(verdict);
                }
                Ok(Step::Stop(stop)) => return Ok(stop),
                Err(error) => {
                    // The alert is a courtesy; what matters is why the session ended.
                    let _ = self.flush();
                    return Err(error.into());
                }
            }
        }
    }

    /// Reads bytes from the transport.
    fn bring(&mut self) -> Result<(), Error<T::Error>> {
        let n = self.transport.read(self.session.recv_buf()).map_err(Error::Transport)?;
        self.session.received(n);
        Ok(())
    }

    /// Writes bytes to the transport, or flushes it when there are none.
    fn take(&mut self) -> Result<(), Error<T::Error>> {
        if self.session.send_buf().is_empty() {
            self.transport.flush().map_err(Error::Transport)?;
            self.unflushed = false;
            return Ok(());
        }
        self.unflushed = true;
        let n = self.transport.write(self.session.send_buf()).map_err(Error::Transport)?;
        Ok(sent(&mut self.session, n)?)
    }

    /// Reads if bytes have arrived and there is room for them; otherwise writes.
    fn bring_or_take(&mut self) -> Result<(), Error<T::Error>> {
        let has_room = !self.session.recv_buf().is_empty();
        if has_room && (self.has_input)(&mut self.transport).map_err(Error::Transport)? {
            self.bring()
        } else {
            self.take()
        }
    }

    /// Writes everything that has to be sent to the transport.
    fn drain(&mut self) -> Result<(), Error<T::Error>> {
        while !self.session.send_buf().is_empty() {
            self.take()?;
        }
        Ok(())
    }
}

impl<R: Role<P>, P: Provider, T: Read + Write, H: Host> ErrorType for TlsStream<'_, R, P, T, H> {
    type Error = Error<T::Error>;
}

impl<R: Role<P>, P: Provider, T: Read + Write, H: Host> Read for TlsStream<'_, R, P, T, H> {
    fn read(&mut self, out: &mut [u8]) -> Result<usize, Self::Error> {
        if out.is_empty() {
            return Ok(0);
        }
        Ok(self.drive()?.read(&mut self.session, out)?)
    }
}

impl<R: Role<P>, P: Provider, T: Read + Write, H: Host> Write for TlsStream<'_, R, P, T, H> {
    fn write(&mut self, data: &[u8]) -> Result<usize, Self::Error> {
        if self.session.write_room() == 0 {
            self.drain()?;
        }
        Ok(self.session.write(data)?)
    }

    fn flush(&mut self) -> Result<(), Self::Error> {
        self.drain()?;
        self.take()
    }
}
