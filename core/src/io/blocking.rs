//! A session over a transport that blocks.

use embedded_io::{ErrorType, Read, Write};

use super::{Error, Host};
use crate::crypto::Provider;
use crate::tls::limits::MAX_SIGNATURE;
use crate::tls::{Context, Event, Negotiated, Role, Session};

/// A TLS connection that reads and writes like the transport `T` below it.
///
/// The reading end sees the end of the stream (0 bytes) only after the peer's close_notify; a transport that just ends is
/// [`crate::tls::Error::Truncated`].
pub struct TlsStream<'b, R: Role<P>, P: Provider, T, H> {
    session: Session<'b, R, P>,
    transport: T,
    host: H,
}

/// Where the loop stopped.
enum Stop {
    Connected,
    Read(usize),
    PeerClosed,
}

impl<'b, R: Role<P>, P: Provider, T: Read + Write, H: Host> TlsStream<'b, R, P, T, H> {
    /// Runs the handshake to its end.
    ///
    /// # Errors
    /// What ended the session; the peer has been told by an alert where one is due.
    pub fn handshake(session: Session<'b, R, P>, transport: T, host: H) -> Result<Self, Error<T::Error>> {
        let mut stream = Self { session, transport, host };
        match stream.drive(&mut [])? {
            Stop::Connected => Ok(stream),
            Stop::Read(_) | Stop::PeerClosed => Err(Error::Tls(crate::tls::Error::Bug)),
        }
    }

    /// What the handshake agreed on.
    pub fn negotiated(&self) -> Option<Negotiated> {
        self.session.negotiated()
    }

    /// Sends close_notify and gives the transport back. The peer's own close_notify is not waited for.
    ///
    /// # Errors
    /// When the transport fails.
    pub fn close(mut self) -> Result<T, Error<T::Error>> {
        self.session.close();
        self.drain()?;
        self.transport.flush().map_err(Error::Transport)?;
        Ok(self.transport)
    }

    /// The loop: does what each event asks until there is something for the caller. Data goes to `out`.
    fn drive(&mut self, out: &mut [u8]) -> Result<Stop, Error<T::Error>> {
        loop {
            let now = self.host.now();
            let mut cx = Context { entropy: self.host.entropy(), now };
            match self.session.process(&mut cx) {
                Ok(Event::NeedRead) => {
                    let n = self.transport.read(self.session.recv_buf()).map_err(Error::Transport)?;
                    if n == 0 { self.session.recv_end() } else { self.session.recv_done(n) }
                }
                Ok(Event::NeedWrite) => self.drain()?,
                Ok(Event::Sign(request)) => {
                    let mut signature = [0; MAX_SIGNATURE];
                    let answer = self.host.sign(&request, &mut signature);
                    let answer = answer.map(|len| signature.get(..len).unwrap_or_default());
                    // A failure comes again from `process`, which queues the alert.
                    let _ = self.session.sign_done(answer);
                }
                Ok(Event::VerifyPeer(chain)) => {
                    let verdict = self.host.verify_peer(chain);
                    let _ = self.session.verify_done(verdict);
                }
                Ok(Event::Connected) => return Ok(Stop::Connected),
                Ok(Event::Data(mut data)) => {
                    let n = data.bytes().len().min(out.len());
                    for (to, from) in out.iter_mut().zip(data.bytes()) {
                        *to = *from;
                    }
                    data.take(n);
                    return Ok(Stop::Read(n));
                }
                Ok(Event::PeerClosed) => return Ok(Stop::PeerClosed),
                Err(error) => {
                    // The alert is a courtesy; what matters is why the session ended.
                    let _ = self.drain().and_then(|()| self.transport.flush().map_err(Error::Transport));
                    return Err(error.into());
                }
            }
        }
    }

    /// Takes all that waits to the transport.
    fn drain(&mut self) -> Result<(), Error<T::Error>> {
        while !self.session.send_buf().is_empty() {
            let n = self.transport.write(self.session.send_buf()).map_err(Error::Transport)?;
            if n == 0 {
                return Err(Error::WriteZero);
            }
            self.session.send_done(n);
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
        match self.drive(out)? {
            Stop::Read(n) => Ok(n),
            Stop::PeerClosed => Ok(0),
            Stop::Connected => Err(Error::Tls(crate::tls::Error::Bug)),
        }
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
        self.transport.flush().map_err(Error::Transport)
    }
}
