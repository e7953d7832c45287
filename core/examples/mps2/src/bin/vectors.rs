//! Tests the provider for the Cortex-M4 on this processor: Project Wycheproof's vectors, those of RFC 6979,
//! and the same results as the portable provider. A wrong result is a panic; the last line but one counts the
//! cases.
#![no_std]
#![no_main]

use core::fmt::Write as _;

use chacha20::ChaCha20Rng;
use chacha20::rand_core::{Rng as _, SeedableRng};
use cortex_m_rt::entry;
use lsam_core::crypto::rustcrypto::RustCrypto;
use lsam_core::crypto::{
    Digest, EcdsaSigValue, Entropy, EntropyError, HashAlgorithm, KeyExchange, Provider, PublicKey,
    SignatureKind,
};
use lsam_cortex_m4::{CortexM4, SigningKey};
use mps2::board::{Board, Uart};
use p256::ecdsa::signature::hazmat::PrehashSigner as _;

include!(concat!(env!("OUT_DIR"), "/vectors.rs"));

/// A signature of Project Wycheproof.
struct Signed {
    point: &'static [u8],
    hash: HashAlgorithm,
    message: &'static [u8],
    signature: &'static [u8],
    valid: bool,
}

/// A key agreement of Project Wycheproof: without a secret, the peer's value must be rejected.
struct Agreed {
    scalar: [u8; 32],
    peer: &'static [u8],
    shared: Option<&'static [u8]>,
}

/// RFC 6979 appendix A.2.5: the key, and the signatures with SHA-256.
const RFC_6979_KEY: &str = "C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721";
const RFC_6979: [(&[u8], &str); 2] = [
    (
        b"sample",
        "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716\
         F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8",
    ),
    (
        b"test",
        "F1ABB023518351CD71D881567B1EA663ED3EFCF6C5132B354F28D3B0B7D38367\
         019F4113742A2B14BD25926B49C649155F267E60D3814B4C0CC84250E46F0083",
    ),
];
/// The order of the base point (SP 800-186 section 3.2.1.3).
const ORDER: &str = "FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551";
/// Random keys, each for a signature, damages of it, and an agreement.
const ROUNDS: usize = 40;

#[entry]
fn main() -> ! {
    let mut board = Board::take().expect("nobody else has taken it");
    for case in ECDSA {
        let digest = case.hash.digest::<RustCrypto>(&[case.message]).expect("the provider has it");
        let verified = verifies::<CortexM4>(case.point, case.hash, &digest, case.signature);
        assert_eq!(verified, case.valid);
    }
    for case in ECDH {
        let key = drawn::<CortexM4>(&case.scalar).expect("the scalar is in range");
        let shared = key.agree(case.peer).ok();
        assert_eq!(shared.as_ref().map(|shared| shared.expose()), case.shared);
    }
    for (message, signature) in RFC_6979 {
        let digest = HashAlgorithm::Sha256.digest::<RustCrypto>(&[message]).expect("the provider has it");
        let key = SigningKey::new(&decoded::<32>(RFC_6979_KEY)).expect("the key is in range");
        assert_eq!(key.sign(&digest), EcdsaSigValue::from_p1363(&decoded::<64>(signature)));
    }
    let mut rng = ChaCha20Rng::from_seed([5; 32]);
    let mut scalar = [0; 32];
    for round in 0..ROUNDS {
        rng.fill_bytes(&mut scalar);
        same_results(&scalar, &mut rng);
        // Around both ends of the range, where the library has special cases.
        let (mut low, mut high) = ([0; 32], decoded::<32>(ORDER));
        low[31] = round.to_le_bytes()[0];
        high[31] -= low[31];
        same_results(&low, &mut rng);
        same_results(&high, &mut rng);
    }
    let (ecdsa, ecdh) = (ECDSA.len(), ECDH.len());
    let _ =
        writeln!(Uart, "ECDSA {ecdsa}, ECDH {ecdh}, RFC 6979 {}, agreement {}", RFC_6979.len(), 3 * ROUNDS);
    let _ = writeln!(Uart, "done");
    loop {
        board.idle();
    }
}

/// Both providers make the same key, signature and secret of `scalar`, or none; and they agree on damaged
/// input.
fn same_results(scalar: &[u8; 32], rng: &mut ChaCha20Rng) {
    let (fast, portable) = (drawn::<CortexM4>(scalar), drawn::<RustCrypto>(scalar));
    let (key, portable_key) = (SigningKey::new(scalar), p256::ecdsa::SigningKey::from_slice(scalar).ok());
    let (Some(fast), Some(portable), Some(key), Some(portable_key)) = (fast, portable, key, portable_key)
    else {
        assert!(drawn::<CortexM4>(scalar).is_none() && drawn::<RustCrypto>(scalar).is_none());
        assert!(SigningKey::new(scalar).is_none());
        return;
    };
    let value = portable.public_value();
    assert_eq!(fast.public_value().as_ref(), value.as_ref());
    assert_eq!(key.public_x(), value.as_ref()[1..33]);

    let mut peer =
        <RustCrypto as Provider>::Secp256r1::generate(rng).expect("the seed is fixed").public_value();
    let mut bytes = [0; 65];
    bytes.copy_from_slice(peer.as_ref());
    if rng.next_u32() % 4 == 0 {
        damage(&mut bytes, rng);
        peer = bytes.as_slice().try_into().expect("of the same length");
    }
    let (fast, portable) = (fast.agree(peer.as_ref()), portable.agree(peer.as_ref()));
    assert_eq!(fast.as_ref().map(|secret| secret.expose()), portable.as_ref().map(|secret| secret.expose()));

    let mut digest = [0; 32];
    rng.fill_bytes(&mut digest);
    // Also digests that are zero, and not below the order.
    match rng.next_u32() % 4 {
        0 => digest.fill(0),
        1 => digest[..4].fill(0xff),
        _ => {}
    }
    let signature: p256::ecdsa::Signature = portable_key.sign_prehash(&digest).expect("of the right length");
    let signature = EcdsaSigValue::from_p1363(&signature.to_bytes()).expect("of the right length");
    assert_eq!(key.sign(&Digest::new(&digest)).as_ref(), Some(&signature));

    let mut der = [0; 72];
    let len = signature.as_ref().len();
    der[..len].copy_from_slice(signature.as_ref());
    for what in 0..3 {
        let (mut point, mut digest, mut der) = (*value_of(value.as_ref()), digest, der);
        match what {
            0 => {}
            1 => damage(&mut der[..len], rng),
            _ if rng.next_u32() % 2 == 0 => damage(&mut digest, rng),
            _ => damage(&mut point, rng),
        }
        let digest = Digest::new(&digest);
        let fast = verifies::<CortexM4>(&point, HashAlgorithm::Sha256, &digest, &der[..len]);
        let portable = verifies::<RustCrypto>(&point, HashAlgorithm::Sha256, &digest, &der[..len]);
        assert_eq!(fast, portable);
        assert!(fast == (what == 0));
    }
}

fn value_of(bytes: &[u8]) -> &[u8; 65] {
    bytes.try_into().expect("an uncompressed point")
}

/// Flips one bit.
fn damage(bytes: &mut [u8], rng: &mut ChaCha20Rng) {
    let mut choice = [0; 2];
    rng.fill_bytes(&mut choice);
    let [at, bit] = choice.map(usize::from);
    bytes[at % bytes.len()] ^= 1 << (bit % 8);
}

fn verifies<P: Provider>(point: &[u8], hash: HashAlgorithm, digest: &Digest, signature: &[u8]) -> bool {
    let key = PublicKey::Secp256r1(point);
    P::verify(SignatureKind::Ecdsa, &key, hash, digest.as_ref(), signature).is_ok()
}

/// The key that is made if the generator returns `scalar`.
fn drawn<P: Provider>(scalar: &[u8; 32]) -> Option<P::Secp256r1> {
    struct Fixed<'a>(&'a [u8; 32]);

    impl Entropy for Fixed<'_> {
        fn fill(&mut self, bytes: &mut [u8]) -> Result<(), EntropyError> {
            bytes.copy_from_slice(self.0);
            Ok(())
        }
    }

    P::Secp256r1::generate(&mut Fixed(scalar)).ok()
}

fn decoded<const N: usize>(digits: &str) -> [u8; N] {
    let mut bytes = [0; N];
    for (n, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&digits[2 * n..2 * n + 2], 16).expect("hexadecimal digits");
    }
    bytes
}
