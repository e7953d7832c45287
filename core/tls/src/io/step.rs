//! What both adapters do between two waits: everything that needs none.

use super::Error;
use crate::crypto::Provider;
use crate::tls::limits::MAX_SIGNATURE;
use crate::tls::{self, Context, Event, Role, Session, SignRequest, SignerFailed};
use crate::wire::copy_front;
use crate::x509::CertificateList;

/// What a drive loop does next.
pub(super) enum Step<'s> {
    /// Wait for bytes, then [`received`].
    Read,
    /// Wait until the transport has taken bytes, then [`sent`]; without any, until it has passed on what it
    /// took.
    Write,
    /// Wait for a signature, then [`signed`].
    Sign(SignRequest),
    /// Wait for a verdict, then [`Session::verify_done`].
    Verify(CertificateList<'s>),
    /// There is something for the caller.
    Stop(Stop),
}

/// Where a drive loop stops.
pub(super) enum Stop {
    Connected,
    Read(usize),
    PeerClosed,
}

/// Lets the session go on; data goes to `out`. `unflushed` says that the transport was written to since it
/// was last flushed: no answer comes to what it still holds back.
pub(super) fn step<'s, R: Role<P>, P: Provider>(
    session: &'s mut Session<'_, R, P>,
    unflushed: bool,
    mut cx: Context<'_>,
    out: &mut [u8],
) -> Result<Step<'s>, tls::Error> {
    Ok(match session.process(&mut cx)? {
        Event::NeedRead if !unflushed => Step::Read,
        Event::NeedRead | Event::NeedWrite => Step::Write,
        Event::Sign(request) => Step::Sign(request),
        Event::VerifyPeer(chain) => Step::Verify(chain),
        Event::Connected => Step::Stop(Stop::Connected),
        Event::Data(mut data) => {
            let n = copy_front(out, data.bytes());
            data.take(n);
            Step::Stop(Stop::Read(n))
        }
        Event::PeerClosed => Step::Stop(Stop::PeerClosed),
    })
}

/// The transport has read `n` bytes, none at its end.
pub(super) fn received<R: Role<P>, P: Provider>(session: &mut Session<'_, R, P>, n: usize) {
    if n == 0 { session.recv_end() } else { session.recv_done(n) }
}

/// The transport has taken `n` bytes, which must be some.
pub(super) fn sent<R: Role<P>, P: Provider, E>(
    session: &mut Session<'_, R, P>,
    n: usize,
) -> Result<(), Error<E>> {
    if n == 0 {
        return Err(Error::WriteZero);
    }
    session.send_done(n);
    Ok(())
}

/// The host has signed into the front of `room`, or failed, which comes again with the next [`step`].
pub(super) fn signed<R: Role<P>, P: Provider>(
    session: &mut Session<'_, R, P>,
    room: &[u8; MAX_SIGNATURE],
    answer: Result<usize, SignerFailed>,
) {
    let _ = session.sign_done(answer.and_then(|len| room.get(..len).ok_or(SignerFailed)));
}

impl Stop {
    /// The end of a handshake.
    pub(super) const fn connected(self) -> Result<(), tls::Error> {
        match self {
            Self::Connected => Ok(()),
            Self::Read(_) | Self::PeerClosed => Err(tls::Error::Bug),
        }
    }

    /// What reading gives: the number of bytes, none at the end.
    pub(super) const fn read(self) -> Result<usize, tls::Error> {
        match self {
            Self::Read(n) => Ok(n),
            Self::PeerClosed => Ok(0),
            Self::Connected => Err(tls::Error::Bug),
        }
    }
}
