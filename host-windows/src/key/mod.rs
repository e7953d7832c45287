//! Private keys that sign for the agent without being revealed.
//!
//! They sign digests, never messages: keys in the Windows store sign digests (NCryptSignHash), and a secure
//! element may not support anything else.

mod file;
#[cfg(windows)]
mod machine;

use std::fmt;
use std::ops::RangeInclusive;

use lsam_core::crypto::{Digest, Provider as _, PublicKey, SignatureScheme};

use crate::crypto::Provider;

pub use file::FileKey;
#[cfg(windows)]
pub use machine::MachineKey;

/// The sizes that the TLS profile accepts, in bits.
const RSA_BITS: RangeInclusive<usize> = 2048..=4096;

const SECP256R1: &[SignatureScheme] = &[SignatureScheme::EcdsaSecp256r1Sha256];
const SECP384R1: &[SignatureScheme] = &[SignatureScheme::EcdsaSecp384r1Sha384];
const RSA: &[SignatureScheme] = &[
    SignatureScheme::RsaPssRsaeSha256,
    SignatureScheme::RsaPssRsaeSha384,
    SignatureScheme::RsaPssRsaeSha512,
    SignatureScheme::RsaPkcs1Sha256,
    SignatureScheme::RsaPkcs1Sha384,
    SignatureScheme::RsaPkcs1Sha512,
];
#[cfg(windows)]
const RSA_PKCS1: &[SignatureScheme] =
    &[SignatureScheme::RsaPkcs1Sha256, SignatureScheme::RsaPkcs1Sha384, SignatureScheme::RsaPkcs1Sha512];

/// A private key that signs handshakes.
pub trait SigningKey: Send + Sync {
    /// The schemes that this key supports, in order of preference; never empty. The session offers no others.
    fn schemes(&self) -> &[SignatureScheme];

    /// Signs `digest`, made with the hash of `scheme`. ECDSA signatures are DER `Ecdsa-Sig-Value` (RFC 8422
    /// section 5.4), RSA signatures have the length of the modulus.
    ///
    /// # Errors
    /// [`SignError`] if the key does not support `scheme`, the digest has a wrong length, or the key's holder
    /// refuses.
    fn sign(&self, scheme: SignatureScheme, digest: &Digest) -> Result<Vec<u8>, SignError>;
}

/// Makes a signature with `key` and `scheme`, and verifies it with `public`.
///
/// # Errors
/// [`KeyError::Proof`].
pub(crate) fn prove(
    key: &dyn SigningKey,
    scheme: SignatureScheme,
    public: &PublicKey<'_>,
) -> Result<(), KeyError> {
    let digest = scheme.hash().digest::<Provider>(&[b"a proof of possession"]);
    let digest = digest.ok_or_else(|| KeyError::Proof(SignError::Scheme.to_string()))?;
    let signature = key.sign(scheme, &digest).map_err(|error| KeyError::Proof(error.to_string()))?;
    Provider::verify(scheme.kind(), public, scheme.hash(), digest.as_ref(), &signature).map_err(|_| {
        KeyError::Proof("what it signs does not verify with the certificate's public key".to_owned())
    })
}

/// Why a key did not sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignError {
    /// It does not support this scheme, or the digest has a wrong length.
    Scheme,
    /// The library or system that holds it refuses; the reason.
    Refused(String),
}

impl fmt::Display for SignError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scheme => f.write_str("the private key does not make signatures of this kind"),
            Self::Refused(reason) => write!(f, "the private key could not sign: {reason}"),
        }
    }
}

impl std::error::Error for SignError {}

/// Why a private key can't be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyError {
    /// It is an RSA key of this many bits.
    RsaLength(usize),
    /// Its kind is not supported, or it is damaged.
    Unusable,
    /// There is none.
    Absent,
    /// The system denies this account access to it; the reason.
    Withheld(String),
    /// It does not sign, or its signatures don't verify with the certificate.
    Proof(String),
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RsaLength(bits) => write!(f, "an RSA key of {bits} bits; 2048 to 4096 bits are accepted"),
            Self::Unusable => f.write_str(
                "not a usable private key; ECDSA on P-256 or P-384 and RSA of 2048 to 4096 bits are \
                 accepted, as PKCS#8, SEC 1 or PKCS#1",
            ),
            Self::Absent => f.write_str("not in the store"),
            Self::Withheld(reason) => write!(f, "not given to this account: {reason}"),
            Self::Proof(reason) => write!(f, "of no use: {reason}"),
        }
    }
}

impl std::error::Error for KeyError {}
