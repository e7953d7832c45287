//! Verifying certificate chains.

use std::fs;
use std::hint::black_box;
use std::path::Path;

use lsam_core::UnixTime;
use lsam_core::crypto::Provider;
use lsam_core::crypto::rustcrypto::RustCrypto;
use lsam_core::x509::{Purpose, Revocation, TrustSet};
use lsam_testing::transparent::Transparent;

use crate::{Task, counted};

/// 2027-06-01T00:00:00Z
const NOW: UnixTime = UnixTime(1_811_808_000);

/// Chains with their roots at the end.
const LISTED: &[&str] = &["rev-leaf.der", "rev-sub.der", "rev-root.der"];
const DEEP: &[&str] = &[
    "below-deep-6.der",
    "deep-6.der",
    "deep-5.der",
    "deep-4.der",
    "deep-3.der",
    "deep-2.der",
    "deep-1.der",
    "root.der",
];
const P384: &[&str] = &["server-p384.der", "root-p384.der"];
const RSA: &[&str] = &["server-rsa.der", "sub-rsa.der", "root-rsa.der"];

pub const TASKS: &[Task] = &[
    ("chain of 2 with revocation lists, engine", |times| verify::<Transparent>(LISTED, times)),
    ("chain of 7, engine", |times| verify::<Transparent>(DEEP, times)),
    ("chain of 2 with revocation lists, ECDSA P-256", |times| verify::<RustCrypto>(LISTED, times)),
    ("chain of 1, ECDSA P-384", |times| verify::<RustCrypto>(P384, times)),
    ("chain of 2, RSA", |times| verify::<RustCrypto>(RSA, times)),
];

fn verify<P: Provider>(chain: &[&str], times: usize) {
    let ders: Vec<_> = chain.iter().map(|name| read(name)).collect();
    let Some((root, chain)) = ders.split_last() else { return };
    let lists = [read("root.crl"), read("sub.crl")];
    let lists = lists.each_ref().map(Vec::as_slice);
    let roots = [root.as_slice()];
    let trust = TrustSet::new(&roots, &[]).with_revocation(&lists, Revocation::AllowUnknown);
    for _ in 0..times {
        let chain = black_box(chain).iter().map(Vec::as_slice);
        let verdict = counted(|| trust.verify_without_name::<P>(chain, Purpose::Server, Some(NOW)));
        assert!(verdict.is_ok(), "{verdict:?}");
    }
}

fn read(file: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../core/tls/tests/data/x509");
    fs::read(folder.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}
