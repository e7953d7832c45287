//! The cost of verifying an RSA signature on this processor; run it like `measure`.
#![no_std]
#![no_main]

use core::fmt::Write as _;

use cortex_m_rt::entry;
use lsam_core::crypto::rustcrypto::RustCrypto;
use lsam_core::crypto::{HashAlgorithm, Provider, PublicKey, SignatureKind};
use mps2::board::{Board, Uart, cost};

/// The longest modulus in the profile, 4096 bits.
const MODULUS: &[u8] = include_bytes!(concat!(env!("CREDENTIALS"), "/rsa.modulus"));
/// PKCS #1 v1.5 over SHA-256 of the line below.
const SIGNATURE: &[u8] = include_bytes!(concat!(env!("CREDENTIALS"), "/rsa.signature"));
const SIGNED: &[u8] = b"signed by rsa.key";

#[entry]
fn main() -> ! {
    let mut board = Board::take().expect("nobody else has taken it");
    let digest = HashAlgorithm::Sha256.digest::<RustCrypto>(&[SIGNED]).expect("the provider has it");
    let key = PublicKey::Rsa { modulus: MODULUS, exponent: &[1, 0, 1] };
    let mut verified = false;
    let cost = cost::of(|| {
        let kind = SignatureKind::RsaPkcs1;
        verified = RustCrypto::verify(kind, &key, HashAlgorithm::Sha256, digest.as_ref(), SIGNATURE).is_ok();
    });
    assert!(verified, "credentials/make made the signature with this key");
    let _ = writeln!(Uart, "rsa4096 verify {} {}\ndone", cost.instructions, cost.stack);
    loop {
        board.idle();
    }
}
