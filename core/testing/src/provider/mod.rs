//! What the author of a provider tests it with: published vectors, what the profile refuses, and the same
//! results as another provider.
//!
//! [`provider_tests!`](crate::provider_tests) makes the tests of a provider with all primitives. Its crate
//! adds what depends on how keys on curves are drawn, and the comparison with another provider.

pub mod agreement;
pub mod refusals;
pub mod rsa;
pub mod wycheproof;

use lsam_tls::crypto::{HashAlgorithm, Provider, PublicKey, SignatureKind};

fn verifies<P: Provider>(
    kind: SignatureKind,
    key: &PublicKey<'_>,
    hash: HashAlgorithm,
    msg: &[u8],
    signature: &[u8],
) -> bool {
    P::verify(kind, key, hash, hash.digest::<P>(&[msg]).unwrap().as_ref(), signature).is_ok()
}

/// Tests of every primitive of a provider, each with the number of its vectors.
#[macro_export]
macro_rules! provider_tests {
    ($provider:ty) => {
        mod every_provider {
            use lsam_tls::crypto::Provider;
            use $crate::provider::{refusals, rsa, wycheproof};

            type P = $provider;

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
            fn vectors_of_x25519() {
                assert_eq!(wycheproof::x25519::<P>(), 518);
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
            fn no_key_of_x25519_without_entropy() {
                refusals::a_key_without_entropy::<<P as Provider>::X25519>();
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
        }
    };
}
