//! The primitives of the default provider: published vectors, and what the profile refuses.
#![cfg(feature = "default")]

use lsam_testing::provider::{refusals, wycheproof};
use lsam_tls::crypto::{Provider, rustcrypto::RustCrypto};

lsam_testing::provider_tests!(lsam_tls::crypto::rustcrypto::RustCrypto);

// Its keys on curves are drawn from the caller's entropy too.
#[test]
fn vectors_of_curves() {
    assert_eq!(wycheproof::secp256r1(wycheproof::drawn::<<RustCrypto as Provider>::Secp256r1>), 355);
    assert_eq!(wycheproof::secp384r1(wycheproof::drawn::<<RustCrypto as Provider>::Secp384r1>), 790);
}

#[test]
fn no_key_on_a_curve_without_entropy() {
    refusals::a_key_without_entropy::<<RustCrypto as Provider>::Secp256r1>();
    refusals::a_key_without_entropy::<<RustCrypto as Provider>::Secp384r1>();
}
