//! Two providers have the same results for random inputs, valid and damaged.

use aws_lc_rs::digest::{Digest as LibraryDigest, SHA256, SHA384};
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _,
};
use lsam_tls::crypto::{
    Aead, Entropy, Hash, HashAlgorithm, Hmac, KeyExchange, NONCE_LEN, Provider, PublicKey, SignatureKind,
    SignatureScheme,
};

use crate::TestRng;
use crate::key::Key;

const HASHES: [HashAlgorithm; 3] = [HashAlgorithm::Sha256, HashAlgorithm::Sha384, HashAlgorithm::Sha512];
/// Random inputs for each primitive.
const ROUNDS: usize = 200;
/// Random damages of each signature.
const DAMAGES: usize = 40;

/// At most `longest` random bytes.
fn some(rng: &mut TestRng, longest: usize) -> Vec<u8> {
    let mut bytes = vec![0; rng.below(longest + 1)];
    rng.fill(&mut bytes).unwrap();
    bytes
}

/// The hash functions, with the data in parts and a clone on the way.
pub fn hashes<P: Provider, Q: Provider>() {
    same_hash::<P::Sha256, Q::Sha256>();
    same_hash::<P::Sha384, Q::Sha384>();
    same_hash::<P::Sha512, Q::Sha512>();
}

fn same_hash<A: Hash, B: Hash>() {
    let mut rng = TestRng(1);
    for _ in 0..ROUNDS {
        let (first, second) = (some(&mut rng, 300), some(&mut rng, 300));
        let (mut a, mut b) = (A::new().unwrap(), B::new().unwrap());
        a.update(&first);
        b.update(&first);
        let (early_a, early_b) = (a.clone(), b.clone());
        a.update(&second);
        b.update(&second);
        assert_eq!(a.finish(), b.finish());
        assert_eq!(early_a.finish(), early_b.finish());
    }
}

/// The keyed hashes: keys of any length, tags of any length; and the PRF over them.
pub fn hmacs<P: Provider, Q: Provider>() {
    same_hmac::<P::HmacSha256, Q::HmacSha256>();
    same_hmac::<P::HmacSha384, Q::HmacSha384>();
}

fn same_hmac<A: Hmac, B: Hmac>() {
    assert_eq!(A::LEN, B::LEN);
    let mut rng = TestRng(2);
    for _ in 0..ROUNDS {
        let (key, data) = (some(&mut rng, 300), some(&mut rng, 300));
        let (mut a, mut b) = (A::new(&key).unwrap(), B::new(&key).unwrap());
        a.update(&data);
        b.update(&data);
        let (again_a, again_b) = (a.clone(), b.clone());
        // Longer than the tag: what is behind it stays.
        let room = rng.below(64);
        let (mut out_a, mut out_b) = (vec![0xaa; room], vec![0xaa; room]);
        a.finish(&mut out_a);
        b.finish(&mut out_b);
        assert_eq!(out_a, out_b);
        again_a.finish(&mut out_a);
        again_b.finish(&mut out_b);
        assert_eq!(out_a, out_b);

        let (label, first, second) = (some(&mut rng, 40), some(&mut rng, 100), some(&mut rng, 100));
        // No secret of a session is empty, and the library takes none.
        let secret = [&[0x5a], &key[..]].concat();
        let (mut out_a, mut out_b) = (vec![0xaa; 1 + rng.below(200)], Vec::new());
        out_b.clone_from(&out_a);
        assert_eq!(A::p_hash(&secret, &label, [&first, &second], &mut out_a), Some(()));
        assert_eq!(B::p_hash(&secret, &label, [&first, &second], &mut out_b), Some(()));
        assert_eq!(out_a, out_b);
    }
}

/// The ciphers: each seals the same, and opens what the other sealed unless a bit of it has changed.
pub fn ciphers<P: Provider, Q: Provider>() {
    same_cipher::<P::Aes128Gcm, Q::Aes128Gcm>(16);
    same_cipher::<P::Aes256Gcm, Q::Aes256Gcm>(32);
    same_cipher::<P::ChaCha20Poly1305, Q::ChaCha20Poly1305>(32);
}

fn same_cipher<A: Aead, B: Aead>(key_len: usize) {
    let mut rng = TestRng(3);
    for _ in 0..ROUNDS {
        let (mut key, mut nonce) = (vec![0; key_len], [0; NONCE_LEN]);
        rng.fill(&mut key).unwrap();
        rng.fill(&mut nonce).unwrap();
        let (aad, text) = (some(&mut rng, 40), some(&mut rng, 1000));
        let (a, b) = (A::new(&key).unwrap(), B::new(&key).unwrap());
        let (mut by_a, mut by_b) = (text.clone(), text.clone());
        let tag = a.seal(&nonce, &aad, &mut by_a).unwrap();
        assert_eq!(b.seal(&nonce, &aad, &mut by_b), Ok(tag));
        assert_eq!(by_a, by_b);
        let mut damaged = [&by_a[..], &tag].concat();
        let bit = rng.below(8 * damaged.len());
        damaged[bit / 8] ^= 1 << (bit % 8);
        let (bad, bad_tag) = damaged.split_last_chunk::<16>().unwrap();
        assert!(a.open(&nonce, &aad, &mut bad.to_vec(), bad_tag).is_err());
        assert!(b.open(&nonce, &aad, &mut bad.to_vec(), bad_tag).is_err());
        assert_eq!(a.open(&nonce, &aad, &mut by_b, &tag), Ok(()));
        assert_eq!(b.open(&nonce, &aad, &mut by_a, &tag), Ok(()));
        assert_eq!((&by_a, &by_b), (&text, &text));
    }
}

/// The groups: the two agree with each other, and accept the same damaged values.
pub fn groups<P: Provider, Q: Provider>() {
    same_group::<P::X25519, Q::X25519>(ROUNDS);
    same_group::<P::Secp256r1, Q::Secp256r1>(ROUNDS / 4);
    same_group::<P::Secp384r1, Q::Secp384r1>(ROUNDS / 10);
}

fn same_group<A: KeyExchange, B: KeyExchange>(rounds: usize) {
    let mut rng = TestRng(4);
    for _ in 0..rounds {
        let (a, b) = (A::generate(&mut rng).unwrap(), B::generate(&mut rng).unwrap());
        let (value_a, value_b) = (a.public_value(), b.public_value());
        let (secret_a, secret_b) =
            (a.agree(value_b.as_ref()).ok().unwrap(), b.agree(value_a.as_ref()).ok().unwrap());
        assert_eq!(secret_a.expose(), secret_b.expose());
        let damaged = damage(&mut rng, value_a.as_ref());
        let (a, b) = (A::generate(&mut rng).unwrap(), B::generate(&mut rng).unwrap());
        assert_eq!(a.agree(&damaged).is_ok(), b.agree(&damaged).is_ok(), "{damaged:02x?}");
    }
}

/// A changed bit, a byte more, or some bytes less.
fn damage(rng: &mut TestRng, bytes: &[u8]) -> Vec<u8> {
    let mut damaged = bytes.to_vec();
    match rng.below(8) {
        0 => damaged.truncate(rng.below(damaged.len())),
        1 => damaged.insert(rng.below(damaged.len() + 1), rng.below(256) as u8),
        _ => {
            let bit = rng.below(8 * damaged.len());
            damaged[bit / 8] ^= 1 << (bit % 8);
        }
    }
    damaged
}

/// Signatures of every kind, hash and key of the profile, valid and damaged; the number of all. A damaged one
/// is verified by both or by neither.
pub fn signatures<P: Provider, Q: Provider>() -> usize {
    let mut rng = TestRng(5);
    let mut cases = 0;
    for (key, algorithm) in [(32, &ECDSA_P256_SHA256_ASN1_SIGNING), (48, &ECDSA_P384_SHA384_ASN1_SIGNING)] {
        let pair = EcdsaKeyPair::generate(algorithm).unwrap();
        let point = pair.public_key().as_ref();
        let public = if key == 32 { PublicKey::Secp256r1(point) } else { PublicKey::Secp384r1(point) };
        for hash in HASHES {
            let digest = hash.digest::<P>(&[&some(&mut rng, 200)]).unwrap();
            let signature = sign(&pair, key, digest.as_ref());
            cases += same_verdicts::<P, Q>(
                &mut rng,
                (SignatureKind::Ecdsa, public, hash),
                digest.as_ref(),
                &signature,
            );
        }
    }
    for size in [KeySize::Rsa2048, KeySize::Rsa3072, KeySize::Rsa4096] {
        let pair = RsaKeyPair::generate(size).unwrap();
        let public = pair.public_key();
        let (modulus, exponent) = (
            public.modulus().big_endian_without_leading_zero(),
            public.exponent().big_endian_without_leading_zero(),
        );
        let key = Key::from(pair.clone());
        for &scheme in SignatureScheme::ALL.iter().filter(|scheme| scheme.kind() != SignatureKind::Ecdsa) {
            let digest = scheme.hash().digest::<P>(&[&some(&mut rng, 200)]).unwrap();
            let signature = key.sign_digest(scheme, &digest).unwrap();
            let verified = (scheme.kind(), PublicKey::Rsa { modulus, exponent }, scheme.hash());
            cases += same_verdicts::<P, Q>(&mut rng, verified, digest.as_ref(), &signature);
        }
    }
    cases
}

fn same_verdicts<P: Provider, Q: Provider>(
    rng: &mut TestRng,
    (kind, key, hash): (SignatureKind, PublicKey<'_>, HashAlgorithm),
    digest: &[u8],
    signature: &[u8],
) -> usize {
    let same = |key: &PublicKey<'_>, digest: &[u8], signature: &[u8]| {
        let by_p = P::verify(kind, key, hash, digest, signature);
        assert_eq!(Q::verify(kind, key, hash, digest, signature), by_p, "{key:?} {signature:02x?}");
        by_p
    };
    assert_eq!(same(&key, digest, signature), Ok(()), "{kind:?} {hash:?} {key:?}");
    for _ in 0..DAMAGES {
        // Longer and shorter digests are not those of the hash function.
        let mut other = digest.to_vec();
        let at = rng.below(other.len());
        other[at] ^= 1 << rng.below(8);
        // An ECDSA digest is cut to the order's length.
        let ignored = matches!(key, PublicKey::Secp256r1(_)) && at >= 32
            || matches!(key, PublicKey::Secp384r1(_)) && at >= 48;
        assert_eq!(same(&key, &other, signature).is_ok(), ignored);
        let _ = same(&key, digest, &damage(rng, signature));
        let mut bytes = Vec::new();
        let _ = same(&damaged_key(rng, key, &mut bytes), digest, signature);
    }
    1 + 3 * DAMAGES
}

/// `key` with damage, which is kept in `bytes`.
fn damaged_key<'a>(rng: &mut TestRng, key: PublicKey<'a>, bytes: &'a mut Vec<u8>) -> PublicKey<'a> {
    match key {
        PublicKey::Secp256r1(point) => {
            *bytes = damage(rng, point);
            PublicKey::Secp256r1(bytes)
        }
        PublicKey::Secp384r1(point) => {
            *bytes = damage(rng, point);
            PublicKey::Secp384r1(bytes)
        }
        PublicKey::Rsa { modulus, exponent } if rng.below(2) == 0 => {
            *bytes = damage(rng, modulus);
            PublicKey::Rsa { modulus: bytes, exponent }
        }
        PublicKey::Rsa { modulus, exponent } => {
            *bytes = damage(rng, exponent);
            PublicKey::Rsa { modulus, exponent: bytes }
        }
        other => other,
    }
}

/// A digest, called one of SHA-256, with its ECDSA signature and the key's point.
pub(super) struct SignedDigest {
    /// The length of a coordinate.
    pub(super) len: usize,
    pub(super) point: Vec<u8>,
    pub(super) digest: [u8; 32],
    pub(super) signature: Vec<u8>,
}

/// One for each curve.
pub(super) fn signed_digests() -> [SignedDigest; 2] {
    [(32, &ECDSA_P256_SHA256_ASN1_SIGNING), (48, &ECDSA_P384_SHA384_ASN1_SIGNING)].map(|(len, algorithm)| {
        let pair = EcdsaKeyPair::generate(algorithm).unwrap();
        let digest = [0x5a; 32];
        let signature = sign(&pair, len, &digest);
        SignedDigest { len, point: pair.public_key().as_ref().to_vec(), digest, signature }
    })
}

/// Signs a digest of any hash function with a key whose order has `len` bytes. The library takes one hash
/// function for each curve, so the digest becomes one of that length as the algorithm does it (FIPS 186-5
/// section 6.4.1): its leftmost bits, or zeros in front.
fn sign(pair: &EcdsaKeyPair, len: usize, digest: &[u8]) -> Vec<u8> {
    let cut = &digest[..digest.len().min(len)];
    let whole = [&vec![0; len - cut.len()], cut].concat();
    let algorithm = if len == 32 { &SHA256 } else { &SHA384 };
    let digest = LibraryDigest::import_less_safe(&whole, algorithm).unwrap();
    pair.sign_digest(&digest).unwrap().as_ref().to_vec()
}
