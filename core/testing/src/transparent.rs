//! Cryptography that tests and fuzzers can see through.
//!
//! Real signatures, Finished messages and tags stop every mutation, and they make each message depend on all
//! before it, so none can be built by hand. [`ToyProvider`] replaces them through the same interface that
//! real providers use; the engine is the real one. With `BOUND` false, every hash and key is zero: a Finished
//! is twelve zero bytes, which a fuzzer writes easily. With `BOUND` true, they depend on all their input, by
//! a checksum of 64 bits: two sides agree only if they saw the same bytes in the same order. `SEALED` does
//! the same for the tags of records and tickets; without it they are sixteen zero bytes.

use std::cell::Cell;

use lsam_tls::crypto::{
    Aead, Digest, Entropy, EntropyError, Hash, HashAlgorithm, Hmac, Inauthentic, InvalidPublicValue,
    InvalidSignature, KeyExchange, NONCE_LEN, Provider, PublicKey, PublicValue, RsaKey, SealError,
    SharedSecret, SignatureKind, TAG_LEN,
};

/// Everything is zero: for sessions whose peer is the fuzzer.
pub type Transparent = ToyProvider<false, false>;
/// Everything depends on its input: for two sessions with each other.
pub type Checksummed = ToyProvider<true, true>;
/// Everything but tags depends on its input: for two sessions between which someone changes sealed records.
pub type Unsealed = ToyProvider<true, false>;

/// A signature that begins with this byte does not verify; any other does.
pub const BAD_SIGNATURE: u8 = 0xff;

/// See the documentation of the module.
pub struct ToyProvider<const BOUND: bool, const SEALED: bool>;

impl<const BOUND: bool, const SEALED: bool> Provider for ToyProvider<BOUND, SEALED> {
    type Sha256 = Sum<32, BOUND>;
    type Sha384 = Sum<48, BOUND>;
    type Sha512 = Sum<64, BOUND>;
    type HmacSha256 = Sum<32, BOUND>;
    type HmacSha384 = Sum<48, BOUND>;
    type Aes128Gcm = Cipher<16, SEALED>;
    type Aes256Gcm = Cipher<32, SEALED>;
    type ChaCha20Poly1305 = Cipher<32, SEALED>;
    type X25519 = Exchange<32>;
    type Secp256r1 = Exchange<65>;
    type Secp384r1 = Exchange<97>;
    type RsaKey = RsaKey;

    fn verify(
        _: SignatureKind,
        _: &PublicKey<'_>,
        hash: HashAlgorithm,
        digest: &[u8],
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        assert_eq!(
            digest.len(),
            hash.digest::<Self>(&[]).unwrap().as_ref().len(),
            "a digest of another hash"
        );
        let expected = signature_of(digest);
        let forged = if BOUND { signature != expected } else { signature.first() == Some(&BAD_SIGNATURE) };
        if forged { Err(InvalidSignature) } else { Ok(()) }
    }
}

/// The signature of `digest`: its first eight bytes.
pub fn signature_of(digest: &[u8]) -> &[u8] {
    &digest[..8]
}

/// The number of live ciphers and ephemeral keys of this thread.
pub fn living_keys() -> usize {
    LIVING.get()
}

thread_local! {
    static LIVING: Cell<usize> = const { Cell::new(0) };
}

/// Counted while it exists.
struct Key([u8; 8]);

impl Key {
    fn new(bytes: [u8; 8]) -> Self {
        LIVING.set(LIVING.get() + 1);
        Self(bytes)
    }
}

impl Drop for Key {
    fn drop(&mut self) {
        LIVING.set(LIVING.get() - 1);
    }
}

/// A hash or keyed hash of `LEN` bytes: FNV-1a in the first eight, or zeros.
#[derive(Clone)]
pub struct Sum<const LEN: usize, const BOUND: bool>(u64);

impl<const LEN: usize, const BOUND: bool> Sum<LEN, BOUND> {
    fn of(parts: &[&[u8]]) -> Self {
        let mut sum = Self(0xcbf2_9ce4_8422_2325);
        parts.iter().for_each(|part| sum.absorb(part));
        sum
    }

    fn absorb(&mut self, data: &[u8]) {
        if BOUND {
            for byte in data {
                self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
            }
        }
    }

    fn value(&self) -> [u8; 8] {
        if BOUND { self.0.to_be_bytes() } else { [0; 8] }
    }
}

impl<const LEN: usize, const BOUND: bool> Hash for Sum<LEN, BOUND> {
    fn new() -> Option<Self> {
        Some(Self::of(&[]))
    }

    fn update(&mut self, data: &[u8]) {
        self.absorb(data);
    }

    fn finish(self) -> Digest {
        let mut bytes = [0; LEN];
        bytes[..8].copy_from_slice(&self.value());
        Digest::new(&bytes)
    }
}

impl<const LEN: usize, const BOUND: bool> Hmac for Sum<LEN, BOUND> {
    const LEN: usize = LEN;

    fn new(key: &[u8]) -> Option<Self> {
        Some(Self::of(&[key]))
    }

    fn update(&mut self, data: &[u8]) {
        self.absorb(data);
    }

    fn finish(self, out: &mut [u8]) {
        let mut value = self.value().into_iter();
        out.iter_mut().take(LEN).for_each(|byte| *byte = value.next().unwrap_or(0));
    }
}

/// A cipher that leaves the text unchanged.
pub struct Cipher<const KEY_LEN: usize, const BOUND: bool>(Key);

impl<const KEY_LEN: usize, const BOUND: bool> Cipher<KEY_LEN, BOUND> {
    fn tag(&self, nonce: &[u8], aad: &[u8], text: &[u8]) -> [u8; TAG_LEN] {
        let mut tag = [0; TAG_LEN];
        tag[..8].copy_from_slice(&Sum::<8, BOUND>::of(&[&self.0.0, nonce, aad, text]).value());
        tag
    }
}

impl<const KEY_LEN: usize, const BOUND: bool> Aead for Cipher<KEY_LEN, BOUND> {
    fn new(key: &[u8]) -> Option<Self> {
        (key.len() == KEY_LEN).then(|| Self(Key::new(Sum::<8, BOUND>::of(&[key]).value())))
    }

    fn seal(&self, nonce: &[u8; NONCE_LEN], aad: &[u8], text: &mut [u8]) -> Result<[u8; TAG_LEN], SealError> {
        Ok(self.tag(nonce, aad, text))
    }

    fn open(
        &self,
        nonce: &[u8; NONCE_LEN],
        aad: &[u8],
        text: &mut [u8],
        tag: &[u8; TAG_LEN],
    ) -> Result<(), Inauthentic> {
        if *tag == self.tag(nonce, aad, text) { Ok(()) } else { Err(Inauthentic) }
    }
}

/// A key exchange with public values of `LEN` bytes: the private key, repeated, after the byte 4 that begins
/// a point. The shared secret is the XOR of both keys.
pub struct Exchange<const LEN: usize>(Key);

impl<const LEN: usize> Exchange<LEN> {
    const PREFIX: &[u8] = if LEN == 32 { &[] } else { &[4] };
}

impl<const LEN: usize> KeyExchange for Exchange<LEN> {
    fn generate(entropy: &mut dyn Entropy) -> Result<Self, EntropyError> {
        let mut key = [0; 8];
        entropy.fill(&mut key)?;
        Ok(Self(Key::new(key)))
    }

    fn public_value(&self) -> PublicValue {
        let mut bytes = [0; LEN];
        let value = Self::PREFIX.iter().chain(self.0.0.iter().cycle());
        bytes.iter_mut().zip(value).for_each(|(to, from)| *to = *from);
        PublicValue::new(&bytes)
    }

    fn agree(self, peer: &[u8]) -> Result<SharedSecret, InvalidPublicValue> {
        let key = peer.strip_prefix(Self::PREFIX).filter(|_| peer.len() == LEN).ok_or(InvalidPublicValue)?;
        let mut shared = [0; 32];
        shared.iter_mut().zip(key.iter().zip(self.0.0)).for_each(|(to, (a, b))| *to = a ^ b);
        Ok(SharedSecret::new(&shared))
    }
}

/// Random numbers that are the same in every run, from a generator that can be made to fail.
pub struct ToyEntropy {
    next: u8,
    /// Whether the next call fails.
    pub fails: bool,
}

impl ToyEntropy {
    /// Numbers that count up from `seed`.
    pub fn new(seed: u8) -> Self {
        Self { next: seed, fails: false }
    }
}

impl Entropy for ToyEntropy {
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), EntropyError> {
        if self.fails {
            return Err(EntropyError);
        }
        for byte in bytes {
            *byte = self.next;
            self.next = self.next.wrapping_add(1);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_tell_inputs_apart_and_do_not_depend_on_how_they_are_cut() {
        let hash = |parts: &[&[u8]]| HashAlgorithm::Sha256.digest::<Checksummed>(parts).unwrap();
        assert_ne!(hash(&[b"a"]), hash(&[b"b"]));
        assert_eq!(hash(&[b"ab", b"c"]), hash(&[b"a", b"bc"]));
        assert_eq!(HashAlgorithm::Sha384.digest::<Transparent>(&[b"a"]).unwrap().as_ref(), [0; 48]);
    }

    #[test]
    fn both_sides_agree() {
        let (a, b) = (
            Exchange::<65>::generate(&mut ToyEntropy::new(1)),
            Exchange::<65>::generate(&mut ToyEntropy::new(9)),
        );
        let (a, b) = (a.unwrap(), b.unwrap());
        let (from_a, from_b) = (a.public_value(), b.public_value());
        assert_eq!(living_keys(), 2);
        assert_eq!(a.agree(from_b.as_ref()).unwrap().expose(), b.agree(from_a.as_ref()).unwrap().expose());
        assert_eq!(living_keys(), 0);
    }
}
