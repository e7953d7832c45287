//! Calls of the Windows API; this module contains all `unsafe` code of the crate.
//!
//! Handles close themselves, buffers are vectors, and errors are [`OsError`]. There is no policy here: the
//! callers decide which store, key or service is used.

mod cert_context;
mod cert_store;
mod chain;
mod event_log;
mod private_key;
mod security;

pub(crate) use cert_context::CertContext;
pub(crate) use cert_store::{Access, CRYPT_E_EXISTS, CertStore};
pub(crate) use chain::{TrustStatus, chain_of};
pub(crate) use event_log::{EventSource, Mark};
pub(crate) use private_key::{Padding, PrivateKey};
#[cfg(test)]
pub(crate) use security::set_access;
pub(crate) use security::{READ, WRITE, copy_access, groups_with, make_private};

use std::fmt;
use std::io;

use windows_sys::Win32::Foundation::GetLastError;

/// A failed call of the Windows API, with the code from GetLastError, or the returned HRESULT.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct OsError(pub u32);

impl OsError {
    /// CRYPT_E_ASN1_LARGE: longer than Windows can count.
    const TOO_LONG: Self = Self(0x8009_3106);

    /// The error of the previous call on this thread.
    fn last() -> Self {
        // SAFETY: reads a value of the calling thread.
        Self(unsafe { GetLastError() })
    }
}

/// The number, which administrators search for, then Windows' own text.
impl fmt::Display for OsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error {:#010x}", self.0)?;
        match meaning(self.0) {
            Some(meaning) => write!(f, " ({meaning})"),
            None => write!(f, " ({})", io::Error::from_raw_os_error(self.0.cast_signed())),
        }
    }
}

impl std::error::Error for OsError {}

impl From<OsError> for io::Error {
    fn from(error: OsError) -> Self {
        let kind = match error.0 {
            5 | 0x8007_0005 => io::ErrorKind::PermissionDenied,
            2 | 3 => io::ErrorKind::NotFound,
            _ => io::ErrorKind::Other,
        };
        Self::new(kind, error)
    }
}

/// Codes that are common for certificates and keys (Microsoft: COM Error Codes, Security and Setup), in words
/// that are clearer than "Keyset does not exist".
const fn meaning(code: u32) -> Option<&'static str> {
    Some(match code {
        5 | 0x8007_0005 | 0x8009_0010 => "access denied: the account has no right to it",
        0x8009_0008 => "NTE_BAD_ALGID: the key's provider does not know the algorithm",
        0x8009_000b => "NTE_BAD_KEY_STATE: the key is damaged or may not be used this way",
        0x8009_000d => "NTE_NO_KEY: the key's container is empty",
        0x8009_0014 => "NTE_BAD_PROV_TYPE: the key's provider is not of the type that the certificate names",
        0x8009_0016 => {
            "NTE_BAD_KEYSET: the private key's container is not there, or the account has no right to read it"
        }
        0x8009_0019 => "NTE_KEYSET_NOT_DEF: the key's provider is not installed",
        0x8009_0022 => {
            "NTE_SILENT_CONTEXT: the key asks for a PIN or a confirmation, which a service can't give"
        }
        0x8009_0029 => "NTE_NOT_SUPPORTED: the key's provider can't do this",
        0x8009_200b => "CRYPT_E_NO_KEY_PROPERTY: the certificate has no private key here",
        86 | 0x8007_0056 => "wrong password",
        _ => return None,
    })
}

/// `text` in the form that Windows expects: zero-terminated UTF-16. It is truncated at the first zero.
fn wide(text: &str) -> Vec<u16> {
    text.encode_utf16().take_while(|&unit| unit != 0).chain([0]).collect()
}
