//! The primitives of the default provider: published vectors, and what the profile refuses.
#![cfg(feature = "default")]

use lsam_testing::provider::{refusals, rsa, wycheproof};
use lsam_tls::crypto::{Provider, rustcrypto::RustCrypto as P};

#[test]
fn vectors_of_ciphers() {
    assert_eq!(wycheproof::aes_128_gcm::<P>(), 67);
    assert_eq!(wycheproof::aes_256_gcm::<P>(), 66);
    assert_eq!(wycheproof::chacha20_poly1305::<P>(), 316);
}

#[test]
fn vectors_of_hmac() {
    assert_eq!(wycheproof::hmac_sha256::<P>(), 174);
    assert_eq!(wycheproof::hmac_sha384::<P>(), 174);
}

#[test]
fn vectors_of_groups() {
    assert_eq!(wycheproof::x25519::<P>(), 518);
    assert_eq!(wycheproof::secp256r1(wycheproof::drawn::<<P as Provider>::Secp256r1>), 355);
    assert_eq!(wycheproof::secp384r1(wycheproof::drawn::<<P as Provider>::Secp384r1>), 790);
}

#[test]
fn vectors_of_ecdsa() {
    assert_eq!(wycheproof::ecdsa_secp256r1::<P>(), 484 + 554);
    assert_eq!(wycheproof::ecdsa_secp384r1::<P>(), 472 + 504 + 542);
}

#[test]
fn vectors_of_rsa() {
    assert_eq!(wycheproof::rsa_pkcs1::<P>(), 2330);
    assert_eq!(wycheproof::rsa_pss::<P>(), (1263, 788));
}

#[test]
fn public_values_of_another_form_are_refused() {
    refusals::values_of_x25519::<P>();
    refusals::points_of_another_form::<<P as Provider>::Secp256r1>();
    refusals::points_of_another_form::<<P as Provider>::Secp384r1>();
}

#[test]
fn no_key_without_entropy() {
    refusals::a_key_without_entropy::<<P as Provider>::X25519>();
    refusals::a_key_without_entropy::<<P as Provider>::Secp256r1>();
    refusals::a_key_without_entropy::<<P as Provider>::Secp384r1>();
}

#[test]
fn signatures_by_keys_of_another_form_or_kind_are_refused() {
    refusals::keys_of_another_form::<P>();
    refusals::keys_of_another_kind::<P>();
}

#[test]
fn cipher_keys_of_another_length_and_changed_tags_are_refused() {
    refusals::keys_and_tags_of::<<P as Provider>::Aes128Gcm>(16);
    refusals::keys_and_tags_of::<<P as Provider>::Aes256Gcm>(32);
    refusals::keys_and_tags_of::<<P as Provider>::ChaCha20Poly1305>(32);
}

#[test]
fn rsa_at_its_limits() {
    rsa::sizes_and_exponents_of_the_profile_and_no_others::<P>();
    rsa::a_changed_signature_does_not_verify::<P>();
    rsa::a_signature_not_below_the_modulus_is_refused::<P>();
    rsa::the_key_must_be_in_its_shortest_form_and_odd::<P>();
    rsa::each_kind_verifies_its_own_signatures_only::<P>();
}
