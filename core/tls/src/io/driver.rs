//! The loop of the adapters for asynchronous transports.

use embedded_io_async::{Read, Write};

use super::AsyncHost;
use super::patience::{at_once, until_woken};
use super::ports::{Broken, Ports, Step, sent, signature};
use crate::tls::Context;
use crate::tls::limits::MAX_SIGNATURE;

/// Drives `ports` over the transport `T`. Each of its futures may be dropped wherever it waits: there is no
/// await between completing I/O and recording it in the ports, and the ports again request anything that was
/// not recorded.
pub struct AsyncDriver<C, T, H> {
    /// What is driven.
    pub ports: C,
    transport: T,
    /// Whether the transport may be holding back bytes that were written to it. Set before each write, since
    /// one may fail halfway or be abandoned.
    unflushed: bool,
    host: H,
}

impl<C: Ports, T: Read + Write, H: AsyncHost> AsyncDriver<C, T, H> {
    /// A driver that has not started yet.
    pub const fn new(ports: C, transport: T, host: H) -> Self {
        Self { ports, transport, unflushed: false, host }
    }

    /// The transport, when there is nothing more to drive.
    pub fn into_transport(self) -> T {
        self.transport
    }

    /// Runs until the handshake is complete. Its flights alternate: the peer reads one before it sends more.
    ///
    /// # Errors
    /// Why it cannot continue.
    pub async fn take_turns(&mut self) -> Result<C::Stop, Broken<C::Error, T::Error>> {
        self.drive(false).await
    }

    /// Runs until there is something for the caller. While the transport does not accept outgoing bytes, this
    /// reads from it.
    ///
    /// # Errors
    /// Why it cannot continue.
    pub async fn converse(&mut self) -> Result<C::Stop, Broken<C::Error, T::Error>> {
        self.drive(true).await
    }

    /// The loop: does what each step requests until there is something for the caller.
    async fn drive(&mut self, both_ways: bool) -> Result<C::Stop, Broken<C::Error, T::Error>> {
        loop {
            let now = self.host.now();
            let cx = Context { entropy: self.host.entropy(), now };
            let step = self.ports.step(cx);
            match step {
                Ok(Step::Read) if !self.unflushed => self.bring().await?,
                Ok(Step::Read | Step::Write) if both_ways => self.take_or_bring().await?,
                Ok(Step::Read | Step::Write) => self.take().await?,
                Ok(Step::Sign(request)) => {
                    let mut room = [0; MAX_SIGNATURE];
                    let answer = self.host.sign(&request, &mut room).await;
                    self.ports.signed(signature(&room, answer));
                }
                Ok(Step::Verify(chain)) => {
                    let verdict = self.host.verify_peer(chain).await;
                    self.ports.verified(verdict);
                }
                Ok(Step::Stop(stop)) => return Ok(stop),
                Err(error) => {
                    // The alert is a courtesy; what matters is why the session ended.
                    let _ = self.flush().await;
                    return Err(Broken::Ended(error));
                }
            }
        }
    }

    /// Reads bytes from the transport.
    async fn bring(&mut self) -> Result<(), Broken<C::Error, T::Error>> {
        let n = self.transport.read(self.ports.recv_buf()).await.map_err(Broken::Transport)?;
        self.ports.received(n);
        Ok(())
    }

    /// Writes bytes to the transport, or flushes it when there are none.
    async fn take(&mut self) -> Result<(), Broken<C::Error, T::Error>> {
        if self.ports.send_buf().is_empty() {
            self.transport.flush().await.map_err(Broken::Transport)?;
            self.unflushed = false;
            return Ok(());
        }
        self.unflushed = true;
        let n = self.transport.write(self.ports.send_buf()).await.map_err(Broken::Transport)?;
        sent(&mut self.ports, n)
    }

    /// Writes or reads, whichever the transport is ready for first. While it is ready for neither, this waits
    /// for the write; if the task is woken before that completes, something may have arrived.
    async fn take_or_bring(&mut self) -> Result<(), Broken<C::Error, T::Error>> {
        if let Some(taken) = at_once(self.take()).await {
            return taken;
        }
        if !self.ports.recv_buf().is_empty()
            && let Some(brought) = at_once(self.bring()).await
        {
            return brought;
        }
        until_woken(self.take()).await.unwrap_or(Ok(()))
    }

    /// Writes everything that has to be sent to the transport.
    ///
    /// # Errors
    /// If the transport fails.
    pub async fn drain(&mut self) -> Result<(), Broken<C::Error, T::Error>> {
        while !self.ports.send_buf().is_empty() {
            self.take().await?;
        }
        Ok(())
    }

    /// Writes everything that has to be sent to the transport, and flushes it.
    ///
    /// # Errors
    /// If the transport fails.
    pub async fn flush(&mut self) -> Result<(), Broken<C::Error, T::Error>> {
        self.drain().await?;
        self.take().await
    }
}
