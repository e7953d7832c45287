//! What every adapter drives, and what happens between two waits.
//!
//! An adapter in another crate drives a protocol above TLS in the same way as the adapters in this crate
//! drive a session. What they share is hidden from the documentation and may change in any version.

use super::Error;
use crate::crypto::Provider;
use crate::tls::limits::MAX_SIGNATURE;
use crate::tls::{self, Context, Event, Role, Session, SignRequest, SignerFailed};
use crate::wire::copy_front;
use crate::x509::{CertificateError, CertificateList};

/// A session, or an object with the same ports.
pub trait Ports {
    /// Why it stops.
    type Stop;
    /// Why it ends.
    type Error;

    /// Runs until it must wait, or has something for the caller.
    ///
    /// # Errors
    /// Why it has ended. Every further call returns the same error.
    // The context is moved into it, since a future that held one while waiting could not be sent to another
    // thread.
    fn step(&mut self, cx: Context<'_>) -> Result<Step<'_, Self::Stop>, Self::Error>;

    /// Same as [`Session::recv_buf`].
    fn recv_buf(&mut self) -> &mut [u8];

    /// Same as [`Session::recv_done`], or [`Session::recv_end`] when `n` is 0.
    fn received(&mut self, n: usize);

    /// Same as [`Session::send_buf`].
    fn send_buf(&self) -> &[u8];

    /// Same as [`Session::send_done`].
    fn send_done(&mut self, n: usize);

    /// Same as [`Session::sign_done`]; the next step returns an error again.
    fn signed(&mut self, signature: Result<&[u8], SignerFailed>);

    /// Same as [`Session::verify_done`]; the next step returns an error again, and queues the alert.
    fn verified(&mut self, verdict: Result<(), CertificateError>);
}

/// What a drive loop does next.
pub enum Step<'s, S> {
    /// Wait for bytes, then [`Ports::received`]. If the transport was written to, it is flushed first: the
    /// peer cannot answer what is still held back.
    Read,
    /// Wait until the transport has accepted bytes, then [`Ports::send_done`].
    Write,
    /// Wait for a signature, then [`Ports::signed`].
    Sign(SignRequest),
    /// Wait for a verdict, then [`Ports::verified`].
    Verify(CertificateList<'s>),
    /// There is something for the caller.
    Stop(S),
}

/// Where a session stops.
pub enum Stop {
    /// The handshake is complete.
    Connected,
    /// There is data.
    Data,
    /// The peer has closed its side.
    PeerClosed,
}

/// Why a drive loop cannot continue.
pub enum Broken<S, E> {
    /// What is driven has ended.
    Ended(S),
    /// The transport failed.
    Transport(E),
    /// The transport accepts no more bytes.
    WriteZero,
}

impl<E> From<Broken<tls::Error, E>> for Error<E> {
    fn from(broken: Broken<tls::Error, E>) -> Self {
        match broken {
            Broken::Ended(error) => Self::Tls(error),
            Broken::Transport(error) => Self::Transport(error),
            Broken::WriteZero => Self::WriteZero,
        }
    }
}

impl<R: Role<P>, P: Provider> Ports for Session<'_, R, P> {
    type Stop = Stop;
    type Error = tls::Error;

    fn step(&mut self, mut cx: Context<'_>) -> Result<Step<'_, Stop>, tls::Error> {
        Ok(match self.process(&mut cx)? {
            Event::NeedRead => Step::Read,
            Event::NeedWrite => Step::Write,
            Event::Sign(request) => Step::Sign(request),
            Event::VerifyPeer(chain) => Step::Verify(chain),
            Event::Connected => Step::Stop(Stop::Connected),
            Event::Data(_) => Step::Stop(Stop::Data),
            Event::PeerClosed => Step::Stop(Stop::PeerClosed),
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

/// Records that the transport has accepted `n` bytes; 0 is an error.
pub(super) fn sent<C: Ports, E>(ports: &mut C, n: usize) -> Result<(), Broken<C::Error, E>> {
    if n == 0 {
        return Err(Broken::WriteZero);
    }
    ports.send_done(n);
    Ok(())
}

/// The signature that the host wrote to the front of `room`.
pub(super) fn signature(
    room: &[u8; MAX_SIGNATURE],
    answer: Result<usize, SignerFailed>,
) -> Result<&[u8], SignerFailed> {
    room.get(..answer?).ok_or(SignerFailed)
}

impl Stop {
    /// The end of a handshake.
    pub(super) const fn connected(self) -> Result<(), tls::Error> {
        match self {
            Self::Connected => Ok(()),
            Self::Data | Self::PeerClosed => Err(tls::Error::Bug),
        }
    }

    /// What reading returns: the number of bytes, 0 at the end.
    pub(super) fn read<R: Role<P>, P: Provider>(
        self,
        session: &mut Session<'_, R, P>,
        out: &mut [u8],
    ) -> Result<usize, tls::Error> {
        match (self, session.split().0) {
            (Self::Data, Some(mut data)) => {
                let n = copy_front(out, data.bytes());
                data.take(n);
                Ok(n)
            }
            (Self::PeerClosed, _) => Ok(0),
            _ => Err(tls::Error::Bug),
        }
    }
}
