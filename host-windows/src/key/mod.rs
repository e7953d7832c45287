//! Private keys that sign for the agent without showing themselves.
//!
//! A digest goes in, never a message: a key of the Windows store signs digests (NCryptSignHash) and a secure element
//! may do nothing else.

mod file;

use std::fmt;

use lsam_core::crypto::{Digest, SignatureScheme};

pub use file::FileKey;

/// A private key that signs handshakes.
pub trait SigningKey: Send + Sync {
    /// The schemes that this key can do, the preferred first; never empty. The session offers no others.
    fn schemes(&self) -> &[SignatureScheme];

    /// Signs `digest`, which was made with the hash of `scheme`. ECDSA signatures come as DER `Ecdsa-Sig-Value`
    /// (RFC 8422 section 5.4), RSA signatures as long as the modulus.
    ///
    /// # Errors
    /// [`SignError`] when the key does not do `scheme`, the digest has not its length, or the library refuses.
    fn sign(&self, scheme: SignatureScheme, digest: &Digest) -> Result<Vec<u8>, SignError>;
}

/// A key did not sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignError;

impl fmt::Display for SignError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the private key could not sign")
    }
}

impl std::error::Error for SignError {}

/// Why a private key is of no use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyError {
    /// It is an RSA key of this many bits.
    RsaLength(usize),
    /// It is none of the keys that the agent knows, or damaged.
    Unusable,
    /// There is none.
    Absent,
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RsaLength(bits) => write!(f, "an RSA key of {bits} bits; 2048 to 4096 bits are accepted"),
            Self::Unusable => f.write_str(
                "not a usable private key; ECDSA on P-256 or P-384 and RSA of 2048 to 4096 bits are accepted, \
                 as PKCS#8, SEC 1 or PKCS#1",
            ),
            Self::Absent => f.write_str("not in the store"),
        }
    }
}

impl std::error::Error for KeyError {}
