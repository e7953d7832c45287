//! A session over a transport that is awaited.

use embedded_io_async::{ErrorType, Read, Write};

use super::patience::{at_once, until_woken};
use super::step::{Step, Stop, received, sent, signed, step};
use super::{AsyncHost, Error};
use crate::crypto::Provider;
use crate::tls::limits::MAX_SIGNATURE;
use crate::tls::{Context, Negotiated, Role, Session};

/// A TLS connection that reads and writes like the transport `T` below it, which is awaited. It is
/// [`super::TlsStream`] in all else.
///
/// # Cancellation
/// A future of [`Read::read`], [`Write::write`] or [`Write::flush`] may be dropped wherever it waits and be
/// asked for again, as `select` and time limits do, if the transport's futures may: no byte is lost, doubled
/// or handed out twice, and an error comes again. embedded-io-async leaves it to the transport whether
/// dropping its futures loses bytes; one that waits until something can be moved, and then moves it, loses
/// none. How far a dropped `write_all` or `read_exact` got is one has come. [`Self::handshake`] and
/// [`Self::close`] own the connection and end it when they are dropped; with `&mut T` for a transport the
/// caller keeps that.
///
/// [`Read::read`] itself does so while something is to be sent that the transport does not take at once: it
/// gives up the write to try a read, since the peer may wait for this side to read. The transport's futures
/// have to wake the task for what they waited for even when they are dropped, as those of TCP stacks do; of
/// one that does not, only the write wakes it. With a transport whose futures must not be dropped, call
/// [`Write::flush`] before each read: then nothing is to be sent.
///
/// ```
/// use embedded_io_async::{Read, Write};
/// use lsam_tls::crypto::rustcrypto::RustCrypto;
/// use lsam_tls::io::{AsyncHost, AsyncTlsStream, Error};
/// use lsam_tls::ServerSession;
///
/// /// Gives back what the client says.
/// async fn echo<T: Read + Write>(
///     session: ServerSession<'_, RustCrypto>,
///     socket: T,
///     host: impl AsyncHost,
/// ) -> Result<(), Error<T::Error>> {
///     let mut stream = AsyncTlsStream::handshake(session, socket, host).await?;
///     let mut words = [0; 256];
///     loop {
///         let n = stream.read(&mut words).await?;
///         if n == 0 {
///             return stream.close().await.map(drop);
///         }
///         stream.write_all(&words[..n]).await?;
///         stream.flush().await?;
///     }
/// }
/// ```
pub struct AsyncTlsStream<'b, R: Role<P>, P: Provider, T, H> {
    session: Session<'b, R, P>,
    transport: T,
    /// The transport may hold back what was written to it. Set before it is written to, since a write may
    /// fail halfway or be given up.
    unflushed: bool,
    host: H,
}

impl<'b, R: Role<P>, P: Provider, T: Read + Write, H: AsyncHost> AsyncTlsStream<'b, R, P, T, H> {
    /// Runs the handshake to its end. It takes as long as the peer likes: set a limit.
    ///
    /// # Errors
    /// What ended the session; an alert has been sent where one is due.
    // An async fn would hold the session twice: as its argument, and in the stream.
    pub fn handshake(
        session: Session<'b, R, P>,
        transport: T,
        host: H,
    ) -> impl Future<Output = Result<Self, Error<T::Error>>> {
        let mut stream = Self { session, transport, unflushed: false, host };
        async move {
            stream.drive(&mut []).await?.connected()?;
            // The last flight may wait still, and the caller need not be about to read.
            stream.flush().await?;
            Ok(stream)
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
    #[expect(clippy::manual_async_fn, reason = "an async fn would hold the session twice")]
    pub fn close(mut self) -> impl Future<Output = Result<T, Error<T::Error>>> {
        async move {
            self.session.close();
            self.flush().await?;
            Ok(self.transport)
        }
    }

    /// The loop: does what each step asks until there is something for the caller. Data goes to `out`.
    ///
    /// No await lies between completing I/O and recording it in the session, so nothing is lost when this is
    /// dropped: the session asks again for what was not recorded.
    async fn drive(&mut self, out: &mut [u8]) -> Result<Stop, Error<T::Error>> {
        loop {
            let now = self.host.now();
            let cx = Context { entropy: self.host.entropy(), now };
            let step = step(&mut self.session, self.unflushed, cx, out);
            match step {
                Ok(Step::Read) => self.bring().await?,
                // The flights of a handshake take turns: the peer reads this one before it sends more.
                Ok(Step::Write) if out.is_empty() => self.take().await?,
                Ok(Step::Write) => self.take_or_bring().await?,
                Ok(Step::Sign(request)) => {
                    let mut signature = [0; MAX_SIGNATURE];
                    let answer = self.host.sign(&request, &mut signature).await;
                    signed(&mut self.session, &signature, answer);
                }
                Ok(Step::Verify(chain)) => {
                    let verdict = self.host.verify_peer(chain).await;
                    // A refusal comes again from the next step, which queues the alert.
                    let _ = self.session.verify_done(verdict);
                }
                Ok(Step::Stop(stop)) => return Ok(stop),
                Err(error) => {
                    // The alert is a courtesy; what matters is why the session ended.
                    let _ = self.flush().await;
                    return Err(error.into());
                }
            }
        }
    }

    /// Brings bytes from the transport.
    async fn bring(&mut self) -> Result<(), Error<T::Error>> {
        let n = self.transport.read(self.session.recv_buf()).await.map_err(Error::Transport)?;
        received(&mut self.session, n);
        Ok(())
    }

    /// Takes bytes to the transport, or flushes it when there are none.
    async fn take(&mut self) -> Result<(), Error<T::Error>> {
        if self.session.send_buf().is_empty() {
            self.transport.flush().await.map_err(Error::Transport)?;
            self.unflushed = false;
            return Ok(());
        }
        self.unflushed = true;
        let n = self.transport.write(self.session.send_buf()).await.map_err(Error::Transport)?;
        sent(&mut self.session, n)
    }

    /// One or the other, whichever the transport does first. While it does neither, the write is what is
    /// waited for; when the task is woken before that is done, something may have come.
    async fn take_or_bring(&mut self) -> Result<(), Error<T::Error>> {
        if let Some(taken) = at_once(self.take()).await {
            return taken;
        }
        if !self.session.recv_buf().is_empty()
            && let Some(brought) = at_once(self.bring()).await
        {
            return brought;
        }
        until_woken(self.take()).await.unwrap_or(Ok(()))
    }

    /// Takes all that is to be sent to the transport.
    async fn drain(&mut self) -> Result<(), Error<T::Error>> {
        while !self.session.send_buf().is_empty() {
            self.take().await?;
        }
        Ok(())
    }
}

impl<R: Role<P>, P: Provider, T: Read + Write, H: AsyncHost> ErrorType for AsyncTlsStream<'_, R, P, T, H> {
    type Error = Error<T::Error>;
}

impl<R: Role<P>, P: Provider, T: Read + Write, H: AsyncHost> Read for AsyncTlsStream<'_, R, P, T, H> {
    async fn read(&mut self, out: &mut [u8]) -> Result<usize, Self::Error> {
        if out.is_empty() {
            return Ok(0);
        }
        Ok(self.drive(out).await?.read()?)
    }
}

impl<R: Role<P>, P: Provider, T: Read + Write, H: AsyncHost> Write for AsyncTlsStream<'_, R, P, T, H> {
    async fn write(&mut self, data: &[u8]) -> Result<usize, Self::Error> {
        if self.session.write_room() == 0 {
            self.drain().await?;
        }
        Ok(self.session.write(data)?)
    }

    async fn flush(&mut self) -> Result<(), Self::Error> {
        self.drain().await?;
        self.take().await
    }
}
