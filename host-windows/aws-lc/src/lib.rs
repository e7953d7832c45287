//! Every primitive of the TLS profile by aws-lc-rs: C and assembly that choose by the processor at run time.
//!
//! It accepts and refuses what the portable provider (`lsam_tls::crypto::rustcrypto`) does: points in
//! uncompressed form only, RSA moduli of 2048 to 4096 bits, no all-zero result of X25519. The tests compare
//! the two.
//!
//! # What the library does not allow
//!
//! - **Randomness.** An X25519 key is made of the caller's random bytes. A key on secp256r1 or secp384r1 is
//!   drawn by the library's own generator, which the operating system seeds: it takes a scalar from outside
//!   only together with a check that computes the public value a second time (16 instead of 9 µs on
//!   secp256r1, 96 instead of 49 on secp384r1).
//! - **Wiping.** The library wipes keys, states and shared secrets when it frees them. The tag of an HMAC
//!   comes as a value that cannot be wiped, but sessions use HMAC only in the PRF, whose output is wiped.
//! - **Failure.** If memory runs out while a hash or an HMAC is copied, the library panics, as Rust's own
//!   allocator aborts. All other failures are errors.

#![forbid(unsafe_code)]
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::indexing_slicing))]

mod aead;
mod hash;
mod key_exchange;
mod signature;

use lsam_tls::crypto::{HashAlgorithm, InvalidSignature, Provider, PublicKey, RsaKey, SignatureKind};

pub use aead::{Aes128Gcm, Aes256Gcm, ChaCha20Poly1305};
pub use hash::{HmacSha256, HmacSha384, Sha256, Sha384, Sha512};
pub use key_exchange::{EphemeralKey, Group, Secp256r1, Secp384r1, X25519};

/// The provider.
///
/// ```
/// use lsam_aws_lc::AwsLc;
/// use lsam_tls::crypto::HashAlgorithm;
///
/// let digest = HashAlgorithm::Sha256.digest::<AwsLc>(&[b"a", b"bc"]).ok_or("not supported")?;
/// assert_eq!(digest.as_ref()[..4], [0xba, 0x78, 0x16, 0xbf]);
/// # Ok::<(), &str>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub enum AwsLc {}

impl Provider for AwsLc {
    type Sha256 = Sha256;
    type Sha384 = Sha384;
    type Sha512 = Sha512;
    type HmacSha256 = HmacSha256;
    type HmacSha384 = HmacSha384;
    type Aes128Gcm = Aes128Gcm;
    type Aes256Gcm = Aes256Gcm;
    type ChaCha20Poly1305 = ChaCha20Poly1305;
    type X25519 = EphemeralKey<X25519>;
    type Secp256r1 = EphemeralKey<Secp256r1>;
    type Secp384r1 = EphemeralKey<Secp384r1>;
    type RsaKey = RsaKey;

    fn verify(
        kind: SignatureKind,
        key: &PublicKey<'_>,
        hash: HashAlgorithm,
        digest: &[u8],
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        signature::verify(kind, key, hash, digest, signature)
    }
}
