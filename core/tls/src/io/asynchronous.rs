//! A session over an asynchronous transport.

use embedded_io_async::{ErrorType, Read, Write};

use super::driver::AsyncDriver;
use super::{AsyncHost, Error};
use crate::crypto::Provider;
use crate::tls::{Negotiated, Role, Session};

/// A TLS connection that reads and writes like the asynchronous transport `T` below it. In all other respects
/// it is like [`super::TlsStream`].
///
/// # Cancellation
/// A future of [`Read::read`], [`Write::write`] or [`Write::flush`] may be dropped wherever it waits, and the
/// method called again, as `select` and timeouts do, if the transport's futures allow it: no byte is lost,
/// sent twice or returned twice, and an error is returned again. embedded-io-async lets the transport decide
/// whether dropping its futures loses bytes; one that waits until it can transfer bytes, and only then
/// transfers them, loses none. How far a dropped `write_all` or `read_exact` got is unknown.
/// [`Self::handshake`] and [`Self::close`] own the connection and end it when they are dropped; if the
/// transport is a `&mut T`, the caller keeps it.
///
/// [`Read::read`] itself drops futures while there are bytes to send that the transport does not accept
/// immediately: it abandons the write to try a read, since the peer may be waiting for this side to read. The
/// transport's futures must wake the task for what they waited for even after they are dropped, as those of
/// TCP stacks do. If they do not, only the write wakes it. With a transport whose futures must not be
/// dropped, call [`Write::flush`] before each read, so that nothing is left to send.
///
/// ```
/// use embedded_io_async::{Read, Write};
/// use lsam_tls::crypto::rustcrypto::RustCrypto;
/// use lsam_tls::io::{AsyncHost, AsyncTlsStream, Error};
/// use lsam_tls::ServerSession;
///
/// /// Echoes what the client sends.
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
    driver: AsyncDriver<Session<'b, R, P>, T, H>,
}

impl<'b, R: Role<P>, P: Provider, T: Read + Write, H: AsyncHost> AsyncTlsStream<'b, R, P, T, H> {
    /// Runs the handshake to completion. The peer can make this take arbitrarily long, so set a timeout.
    ///
    /// # Errors
    /// The error that ended the session. If it requires an alert, that has been sent.
    // An async fn would hold the session twice: as its argument, and in the stream.
    pub fn handshake(
        session: Session<'b, R, P>,
        transport: T,
        host: H,
    ) -> impl Future<Output = Result<Self, Error<T::Error>>> {
        let mut driver = AsyncDriver::new(session, transport, host);
        async move {
            driver.take_turns().await?.connected()?;
            // The last flight may still be unsent, and the caller may not read next.
            driver.flush().await?;
            Ok(Self { driver })
        }
    }

    /// What the handshake negotiated.
    pub fn negotiated(&self) -> Option<Negotiated> {
        self.driver.ports.negotiated()
    }

    /// Sends close_notify and returns the transport. It does not wait for the peer's own close_notify.
    ///
    /// # Errors
    /// If the transport fails.
    #[expect(clippy::manual_async_fn, reason = "an async fn would hold the session twice")]
    pub fn close(mut self) -> impl Future<Output = Result<T, Error<T::Error>>> {
        async move {
            self.driver.ports.close();
            self.driver.flush().await?;
            Ok(self.driver.into_transport())
        }
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
        Ok(self.driver.converse().await?.read(&mut self.driver.ports, out)?)
    }
}

impl<R: Role<P>, P: Provider, T: Read + Write, H: AsyncHost> Write for AsyncTlsStream<'_, R, P, T, H> {
    async fn write(&mut self, data: &[u8]) -> Result<usize, Self::Error> {
        if self.driver.ports.write_room() == 0 {
            self.driver.drain().await?;
        }
        Ok(self.driver.ports.write(data)?)
    }

    async fn flush(&mut self) -> Result<(), Self::Error> {
        Ok(self.driver.flush().await?)
    }
}
