//! Sessions over the traits of embedded-io: a `Read + Write` in, a `Read + Write` out.
//!
//! [`TlsStream`] blocks where its transport blocks, and [`AsyncTlsStream`] awaits its transport. Both get
//! everything that is neither in the session nor in the transport from a [`Host`]; signatures or verdicts
//! that take time, such as those of a secure element, come from an [`AsyncHost`]. Neither of them allocates,
//! and unused parts cost no flash.
//!
//! # Reading and writing
//! A stream has two directions, each with limited space. A `read` returns what has arrived before it waits to
//! send anything. A `write` whose data does not fit waits until the transport accepts some, and does not read
//! while it waits: two ends that only write deadlock when neither transport accepts more. If both ends send a
//! lot, a program must read in between, or drive a [`crate::tls::Session`] itself.
//!
//! With the default provider, [`ClientStream`], [`ServerStream`], [`AsyncClientStream`] and
//! [`AsyncServerStream`] are shorthands for these types.
//!
//! A main loop that serves several sockets without an executor needs none of this: it drives a
//! [`crate::Session`] by its events.

mod asynchronous;
mod blocking;
#[doc(hidden)]
pub mod driver;
#[cfg(feature = "rustcrypto")]
mod named;
mod patience;
#[doc(hidden)]
pub mod ports;

use core::fmt;

pub use asynchronous::AsyncTlsStream;
pub use blocking::TlsStream;
#[cfg(feature = "rustcrypto")]
pub use named::{AsyncClientStream, AsyncServerStream, ClientStream, ServerStream};

use crate::UnixTime;
use crate::crypto::Entropy;
use crate::tls::{self, SignRequest, SignerFailed};
use crate::x509::{CertificateError, CertificateList};

/// What a session needs from its environment, in one object that answers immediately.
pub trait Host {
    /// The random number generator.
    fn entropy(&mut self) -> &mut dyn Entropy;

    /// The time, if there is a clock.
    fn now(&mut self) -> Option<UnixTime>;

    /// Signs, writes the signature to the front of `out` ([`tls::limits::MAX_SIGNATURE`] bytes) and returns
    /// its length.
    ///
    /// # Errors
    /// [`SignerFailed`] ends the session.
    fn sign(&mut self, request: &SignRequest, out: &mut [u8]) -> Result<usize, SignerFailed>;

    /// Verifies the peer's chain. A client does so with [`TrustSet::verify_server`], which checks the name
    /// too; a server with [`TrustSet::verify_client`].
    ///
    /// [`TrustSet::verify_server`]: crate::x509::TrustSet::verify_server
    /// [`TrustSet::verify_client`]: crate::x509::TrustSet::verify_client
    ///
    /// # Errors
    /// The reason for rejecting it, which ends the session.
    fn verify_peer(&mut self, chain: CertificateList<'_>) -> Result<(), CertificateError>;
}

/// What a session needs from its environment, where answers may take time. Every [`Host`] is also an
/// `AsyncHost`.
///
/// Dropping a handshake drops the future of the answer that it waits for: that future must then stop what it
/// started.
///
/// ```
/// # use lsam_tls::UnixTime;
/// # use lsam_tls::crypto::{Digest, EcdsaSigValue, Entropy, rustcrypto::RustCrypto};
/// # use lsam_tls::io::AsyncHost;
/// # use lsam_tls::{SignRequest, SignerFailed};
/// # use lsam_tls::x509::{CertificateError, CertificateList, TrustSet};
/// # trait Element { async fn sign(&mut self, digest: &Digest) -> Option<[u8; 64]>; }
/// # trait Clock { fn now(&mut self) -> Option<UnixTime>; }
/// struct Board<'a, E, R, C> {
///     element: E,
///     random: R,
///     clock: C,
///     trust: TrustSet<'a>,
/// }
///
/// impl<E: Element, R: Entropy, C: Clock> AsyncHost for Board<'_, E, R, C> {
///     fn entropy(&mut self) -> &mut dyn Entropy {
///         &mut self.random
///     }
///
///     fn now(&mut self) -> Option<UnixTime> {
///         self.clock.now()
///     }
///
///     async fn sign(&mut self, request: &SignRequest, out: &mut [u8]) -> Result<usize, SignerFailed> {
///         // Half a second on a bus, during which other tasks run.
///         let raw = self.element.sign(&request.digest).await.ok_or(SignerFailed)?;
///         let signature = EcdsaSigValue::from_p1363(&raw).ok_or(SignerFailed)?;
///         out[..signature.as_ref().len()].copy_from_slice(signature.as_ref());
///         Ok(signature.as_ref().len())
///     }
///
///     async fn verify_peer(&mut self, chain: CertificateList<'_>) -> Result<(), CertificateError> {
///         let now = self.now();
///         self.trust.verify_client::<RustCrypto>(chain, now).map(drop)
///     }
/// }
/// ```
#[allow(
    async_fn_in_trait,
    reason = "as in embedded-io-async: no bound that one executor asks for and another does not"
)]
pub trait AsyncHost {
    /// Same as [`Host::entropy`].
    fn entropy(&mut self) -> &mut dyn Entropy;

    /// Same as [`Host::now`].
    fn now(&mut self) -> Option<UnixTime>;

    /// Same as [`Host::sign`], but other tasks run meanwhile.
    ///
    /// # Errors
    /// [`SignerFailed`] ends the session.
    async fn sign(&mut self, request: &SignRequest, out: &mut [u8]) -> Result<usize, SignerFailed>;

    /// Same as [`Host::verify_peer`], but other tasks run meanwhile.
    ///
    /// # Errors
    /// The reason for rejecting it, which ends the session.
    async fn verify_peer(&mut self, chain: CertificateList<'_>) -> Result<(), CertificateError>;
}

impl<H: Host> AsyncHost for H {
    fn entropy(&mut self) -> &mut dyn Entropy {
        Host::entropy(self)
    }

    fn now(&mut self) -> Option<UnixTime> {
        Host::now(self)
    }

    async fn sign(&mut self, request: &SignRequest, out: &mut [u8]) -> Result<usize, SignerFailed> {
        Host::sign(self, request, out)
    }

    async fn verify_peer(&mut self, chain: CertificateList<'_>) -> Result<(), CertificateError> {
        Host::verify_peer(self, chain)
    }
}

/// Why a stream cannot continue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error<E> {
    /// The session ended.
    Tls(tls::Error),
    /// The transport failed.
    Transport(E),
    /// The transport accepts no more bytes.
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

#[cfg(test)]
mod tests {
    use core::pin::pin;
    use core::task::{Poll, Waker};

    use super::*;
    use crate::crypto::EntropyError;

    /// Fails every request.
    struct Refusing;

    impl Entropy for Refusing {
        fn fill(&mut self, _: &mut [u8]) -> Result<(), EntropyError> {
            Err(EntropyError)
        }
    }

    impl Host for Refusing {
        fn entropy(&mut self) -> &mut dyn Entropy {
            self
        }

        fn now(&mut self) -> Option<UnixTime> {
            Some(UnixTime(7))
        }

        fn sign(&mut self, _: &SignRequest, _: &mut [u8]) -> Result<usize, SignerFailed> {
            Err(SignerFailed)
        }

        fn verify_peer(&mut self, _: CertificateList<'_>) -> Result<(), CertificateError> {
            Err(CertificateError::UnknownIssuer)
        }
    }

    #[test]
    fn a_host_that_is_asked_where_answers_may_wait_gives_its_own() {
        let chain = CertificateList::parse(&[]).unwrap();
        let mut host = Refusing;
        let verdict = pin!(AsyncHost::verify_peer(&mut host, chain));
        let mut cx = core::task::Context::from_waker(Waker::noop());
        assert_eq!(verdict.poll(&mut cx), Poll::Ready(Err(CertificateError::UnknownIssuer)));
        assert_eq!(AsyncHost::now(&mut Refusing), Some(UnixTime(7)));
    }

    #[test]
    fn a_stream_says_why_it_ends() {
        use embedded_io::{Error as _, ErrorKind};
        let cases: [(Error<ErrorKind>, ErrorKind, &str); 5] = [
            (tls::Error::Truncated.into(), ErrorKind::ConnectionAborted, "without close_notify"),
            (
                tls::Error::Misuse(tls::Misuse::AlreadyClosed).into(),
                ErrorKind::InvalidInput,
                "session was closed",
            ),
            (tls::Error::Closed.into(), ErrorKind::InvalidData, "closed here"),
            (Error::Transport(ErrorKind::BrokenPipe), ErrorKind::BrokenPipe, "transport failed: BrokenPipe"),
            (Error::WriteZero, ErrorKind::WriteZero, "takes no more bytes"),
        ];
        for (error, kind, part) in cases {
            assert_eq!(error.kind(), kind);
            assert!(std::format!("{error}").contains(part), "{error}");
        }
    }
}
