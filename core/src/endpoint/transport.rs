//! TLS or a plain connection, behind the same ports.

use super::Plain;
use crate::crypto::Provider;
use crate::tls::{
    AppData, Buffers, Context, DataWriter, Error, Event, Misuse, Negotiated, Role, Session, SignerFailed,
};
use crate::x509::{CertificateError, CertificateList};

/// What carries the messages of an [`super::Endpoint`].
pub enum Transport<'b, R: Role<P>, P: Provider> {
    /// UseSecureSocket is FALSE.
    Plain(Plain<'b>),
    /// UseSecureSocket is TRUE.
    Tls(Session<'b, R, P>),
}

impl<'b, R: Role<P>, P: Provider> Transport<'b, R, P> {
    pub(super) fn into_buffers(self) -> Buffers<'b> {
        match self {
            Self::Plain(plain) => plain.into_buffers(),
            Self::Tls(session) => session.into_buffers(),
        }
    }

    pub(super) fn process(&mut self, cx: &mut Context<'_>) -> Result<Event<'_>, Error> {
        match self {
            Self::Plain(plain) => Ok(plain.process()),
            Self::Tls(session) => session.process(cx),
        }
    }

    pub(super) fn recv_buf(&mut self) -> &mut [u8] {
        match self {
            Self::Plain(plain) => plain.recv_buf(),
            Self::Tls(session) => session.recv_buf(),
        }
    }

    pub(super) fn recv_done(&mut self, n: usize) {
        match self {
            Self::Plain(plain) => plain.recv_done(n),
            Self::Tls(session) => session.recv_done(n),
        }
    }

    pub(super) fn recv_end(&mut self) {
        match self {
            Self::Plain(plain) => plain.recv_end(),
            Self::Tls(session) => session.recv_end(),
        }
    }

    pub(super) const fn has_partial_input(&self) -> bool {
        match self {
            Self::Plain(plain) => plain.has_input(),
            Self::Tls(session) => session.has_partial_input(),
        }
    }

    pub(super) fn send_buf(&self) -> &[u8] {
        match self {
            Self::Plain(plain) => plain.send_buf(),
            Self::Tls(session) => session.send_buf(),
        }
    }

    pub(super) fn send_done(&mut self, n: usize) {
        match self {
            Self::Plain(plain) => plain.send_done(n),
            Self::Tls(session) => session.send_done(n),
        }
    }

    /// Same as [`Session::split`].
    pub(super) fn split(&mut self) -> (Option<AppData<'_>>, DataWriter<'_>) {
        match self {
            Self::Plain(plain) => {
                let (data, writer) = plain.split();
                (Some(data), writer)
            }
            Self::Tls(session) => session.split(),
        }
    }

    pub(super) fn sign_done(&mut self, signature: Result<&[u8], SignerFailed>) -> Result<(), Error> {
        match self {
            Self::Plain(_) => Err(Error::Misuse(Misuse::NotAsked)),
            Self::Tls(session) => session.sign_done(signature),
        }
    }

    pub(super) fn verify_done(&mut self, verdict: Result<(), CertificateError>) -> Result<(), Error> {
        match self {
            Self::Plain(_) => Err(Error::Misuse(Misuse::NotAsked)),
            Self::Tls(session) => session.verify_done(verdict),
        }
    }

    /// Same as [`Session::peer_chain`].
    pub(super) fn peer_chain(&self) -> Option<CertificateList<'_>> {
        match self {
            Self::Plain(_) => None,
            Self::Tls(session) => session.peer_chain(),
        }
    }

    pub(super) fn close(&mut self) {
        match self {
            Self::Plain(plain) => plain.close(),
            Self::Tls(session) => session.close(),
        }
    }

    pub(super) fn negotiated(&self) -> Option<Negotiated> {
        match self {
            Self::Plain(_) => None,
            Self::Tls(session) => session.negotiated(),
        }
    }
}
