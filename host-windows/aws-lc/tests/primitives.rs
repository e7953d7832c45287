//! The primitives over aws-lc-rs: published vectors, what the profile refuses, and the same results as the
//! portable provider. The vectors of curves are in `key_exchange`: they need keys with given scalars.

use lsam_aws_lc::AwsLc;
use lsam_testing::provider::agreement;
use lsam_tls::crypto::rustcrypto::RustCrypto;

lsam_testing::provider_tests!(lsam_aws_lc::AwsLc);

#[test]
fn the_same_results_as_the_portable_provider() {
    agreement::hashes::<AwsLc, RustCrypto>();
    agreement::hmacs::<AwsLc, RustCrypto>();
    agreement::ciphers::<AwsLc, RustCrypto>();
    agreement::groups::<AwsLc, RustCrypto>();
}

#[test]
fn the_same_verdicts_on_signatures_as_the_portable_provider() {
    // Two curves with three hash functions, three sizes of RSA with six schemes.
    assert_eq!(agreement::signatures::<AwsLc, RustCrypto>(), (2 * 3 + 3 * 6) * 121);
}
