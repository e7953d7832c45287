//! Sessions over the traits of embedded-io: for whoever has a `Read + Write` and wants one back.

mod blocking;

use core::fmt;

pub use blocking::TlsStream;

use crate::UnixTime;
use crate::crypto::Entropy;
use crate::tls::{self, SignRequest, SignerFailed};
use crate::x509::{CertificateError, CertificateList};

/// What a session asks of its surroundings, gathered in one object.
pub trait Host {
    /// The random number generator.
    fn entropy(&mut self) -> &mut dyn Entropy;

    /// The time, if there is a clock.
    fn now(&mut self) -> Option<UnixTime>;

    /// Signs, writes the signature to the front of `out` ([`tls::limits::MAX_SIGNATURE`] bytes) and says how long it is.
    ///
    /// # Errors
    /// [`SignerFailed`] ends the session.
    fn sign(&mut self, request: &SignRequest, out: &mut [u8]) -> Result<usize, SignerFailed>;

    /// Judges the peer's chain.
    ///
    /// # Errors
    /// The reason for refusing it, which ends the session.
    fn verify_peer(&mut self, chain: CertificateList<'_>) -> Result<(), CertificateError>;
}

/// Why a stream cannot go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error<E> {
    /// The session ended.
    Tls(tls::Error),
    /// The transport failed.
    Transport(E),
    /// The transport takes no more bytes.
    WriteZero,
}

impl<E> From<tls::Error> for Error<E> {
    fn from(error: tls::Error) -> Self {
        Self::Tls(error)
    }
}

impl<E: fmt::Debug> core::error::Error for Error<E> {}

impl<E: fmt::Debug> fmt::Display for Error<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tls(error) => error.fmt(f),
            Self::Transport(error) => write!(f, "the transport failed: {error:?}"),
            Self::WriteZero => f.write_str("the transport takes no more bytes"),
        }
    }
}

impl<E: embedded_io::Error> embedded_io::Error for Error<E> {
    fn kind(&self) -> embedded_io::ErrorKind {
        match self {
            Self::Tls(tls::Error::Truncated) => embedded_io::ErrorKind::ConnectionAborted,
            Self::Tls(tls::Error::Misuse(_)) => embedded_io::ErrorKind::InvalidInput,
            Self::Tls(_) => embedded_io::ErrorKind::InvalidData,
            Self::Transport(error) => error.kind(),
            Self::WriteZero => embedded_io::ErrorKind::WriteZero,
        }
    }
}
