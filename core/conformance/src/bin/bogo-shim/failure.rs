//! Why a test did not succeed, in the runner's names.

use std::fmt;
use std::io;

use lsam_core::tls::{Error, Incompatible, Misbehaved, Structure};
use lsam_core::x509::CertificateError;

/// Why a test did not succeed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The session's error.
    Tls(Error),
    /// The connection to the runner failed.
    Transport(io::Error),
    /// An expectation in the flags was not met.
    Check(String),
    /// A flag requires something that the engine does not support.
    Unsupported(String),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Tls(error)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Transport(error)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tls(error) => {
                write!(f, "{error}\n:{error:?}:")?;
                class(error).map_or(Ok(()), |class| write!(f, "\n:{class}:"))
            }
            Self::Transport(error) => write!(f, "the transport failed: {error}"),
            Self::Check(what) => f.write_str(what),
            Self::Unsupported(flag) => write!(f, "unsupported: {flag}"),
        }
    }
}

/// A common name for errors that BoringSSL does not distinguish.
const fn class(error: &Error) -> Option<&'static str> {
    match error {
        Error::Misbehaved(Misbehaved::NotOffered | Misbehaved::SchemeDoesNotFitKey)
        | Error::Certificate(CertificateError::UnsupportedKey) => Some("KeyOrScheme"),
        Error::Misbehaved(Misbehaved::NotTls | Misbehaved::RecordVersion) => Some("RecordHeader"),
        Error::Decode(Structure::Extension(_), _)
        | Error::Incompatible(Incompatible::PointFormat)
        | Error::Misbehaved(Misbehaved::FragmentLimit) => Some("ExtensionContent"),
        _ => None,
    }
}
