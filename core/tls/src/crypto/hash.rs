//! Hash functions and keyed hashes.

use core::fmt;

use zeroize::Zeroize;

use super::{Provider, Secret, TooLong};
use crate::wire::copy_front;

/// The hash functions of the profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HashAlgorithm {
    /// 32 bytes of output.
    Sha256,
    /// 48 bytes of output.
    Sha384,
    /// 64 bytes of output.
    Sha512,
}

impl HashAlgorithm {
    /// Whether `P` supports it.
    pub const fn is_supported<P: Provider>(self) -> bool {
        match self {
            Self::Sha256 => P::Sha256::SUPPORTED,
            Self::Sha384 => P::Sha384::SUPPORTED,
            Self::Sha512 => P::Sha512::SUPPORTED,
        }
    }

    /// Whether `P` also has its keyed form.
    pub(crate) const fn is_supported_keyed<P: Provider>(self) -> bool {
        match self {
            Self::Sha256 => P::Sha256::SUPPORTED && P::HmacSha256::SUPPORTED,
            Self::Sha384 => P::Sha384::SUPPORTED && P::HmacSha384::SUPPORTED,
            // No suite of the profile uses it.
            Self::Sha512 => false,
        }
    }

    /// Hashes the concatenation of `parts` with `P`'s implementation; `None` if it has none.
    pub fn digest<P: Provider>(self, parts: &[&[u8]]) -> Option<Digest> {
        match self {
            Self::Sha256 => digest_with::<P::Sha256>(parts),
            Self::Sha384 => digest_with::<P::Sha384>(parts),
            Self::Sha512 => digest_with::<P::Sha512>(parts),
        }
    }
}

/// SHA-256 of the concatenation of `parts`; `None` if `P` does not support it.
pub(crate) fn sha256<P: Provider>(parts: &[&[u8]]) -> Option<[u8; 32]> {
    HashAlgorithm::Sha256.digest::<P>(parts)?.as_ref().try_into().ok()
}

// Never inlined, so that the state of the hash is off the stack once the digest is known.
#[inline(never)]
fn digest_with<H: Hash>(parts: &[&[u8]]) -> Option<Digest> {
    let mut hash = H::new()?;
    for part in parts {
        hash.update(part);
    }
    Some(hash.finish())
}

/// The output of a hash function: 32, 48 or 64 bytes.
#[derive(Clone, Copy, PartialEq, Eq, Zeroize)]
pub struct Digest {
    bytes: [u8; Self::MAX_LEN],
    len: usize,
}

impl Digest {
    /// Length of the longest digest, in bytes.
    const MAX_LEN: usize = 64;

    /// A digest of these bytes. More than 64 do not compile.
    pub fn new<const N: usize>(bytes: &[u8; N]) -> Self {
        const { assert!(N <= Self::MAX_LEN, "no hash function of the profile has so long a digest") };
        Self::copy_of(bytes)
    }

    fn copy_of(bytes: &[u8]) -> Self {
        let mut digest = Self { bytes: [0; Self::MAX_LEN], len: bytes.len() };
        copy_front(&mut digest.bytes, bytes);
        digest
    }
}

impl TryFrom<&[u8]> for Digest {
    type Error = TooLong;

    fn try_from(bytes: &[u8]) -> Result<Self, TooLong> {
        if bytes.len() > Self::MAX_LEN { Err(TooLong) } else { Ok(Self::copy_of(bytes)) }
    }
}

impl AsRef<[u8]> for Digest {
    fn as_ref(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_ref().iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// A hash computation in progress. A clone continues from the same point.
pub trait Hash: Clone {
    /// False only for [`super::Unsupported`].
    const SUPPORTED: bool = true;

    /// A new hash computation; `None` if it is not supported.
    fn new() -> Option<Self>;
    /// Appends `data`.
    fn update(&mut self, data: &[u8]);
    /// The hash of everything that was appended.
    fn finish(self) -> Digest;
}

/// A keyed hash computation in progress. A clone continues from the same point, without processing the key
/// again.
pub trait Hmac: Clone {
    /// False only for [`super::Unsupported`].
    const SUPPORTED: bool = true;
    /// Length of the whole tag in bytes, at most 48.
    const LEN: usize;

    /// A new keyed hash computation; any key length is allowed (RFC 2104 section 2). `None` if it is not
    /// supported.
    fn new(key: &[u8]) -> Option<Self>;
    /// Appends `data`.
    fn update(&mut self, data: &[u8]);
    /// Writes the tag of everything that was appended to the front of `out`, truncated if `out` is shorter.
    fn finish(self, out: &mut [u8]);

    /// `P_hash` of TLS 1.2 (RFC 5246 section 5), as long as `out`; the parts of the seed are concatenated.
    /// `None` if it is not supported. A provider overrides this if its library has the function.
    ///
    /// ```text
    /// P_hash(secret, seed) = HMAC_hash(secret, A(1) + seed) + HMAC_hash(secret, A(2) + seed) + ...
    /// A(0) = seed, A(i) = HMAC_hash(secret, A(i-1))
    /// ```
    fn p_hash(secret: &[u8], label: &[u8], seed: [&[u8]; 2], out: &mut [u8]) -> Option<()> {
        let keyed = Self::new(secret)?;
        let [first, second] = seed;
        let mut a = Secret::<48>::zero();
        tag(&keyed, &[label, first, second], a.expose_mut());
        for (n, chunk) in out.chunks_mut(Self::LEN).enumerate() {
            if n > 0 {
                let mut next = Secret::zero();
                tag(&keyed, &[a.expose().get(..Self::LEN)?], next.expose_mut());
                a = next;
            }
            tag(&keyed, &[a.expose().get(..Self::LEN)?, label, first, second], chunk);
        }
        Some(())
    }
}

/// The tag of the concatenation of `parts`.
fn tag<H: Hmac>(keyed: &H, parts: &[&[u8]], out: &mut [u8]) {
    let mut hmac = keyed.clone();
    parts.iter().for_each(|part| hmac.update(part));
    hmac.finish(out);
}
