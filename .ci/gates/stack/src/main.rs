//! The stack depth of chain verification, where the stack is deepest. Fails if it is deeper than promised.
//!
//! Last line: `stack: N passed, N failed`.

use std::{fs, path::Path, process::ExitCode};

use lsam_core::{
    UnixTime,
    crypto::rustcrypto::RustCrypto,
    x509::{Purpose, Revocation, TrustSet},
};

/// 2027-06-01T00:00:00Z
const NOW: UnixTime = UnixTime(1_811_808_000);

const KIB: usize = 1024;

/// Name, chain ending with its root, revocation lists, and the maximum stack depth in bytes.
const CASES: [(&str, &[&str], &[&str], usize); 5] = [
    ("ECDSA P-256", &["server.der", "sub.der", "root.der"], &[], 12 * KIB),
    (
        "ECDSA P-256, lists",
        &["rev-leaf.der", "rev-sub.der", "rev-root.der"],
        &["root.crl", "sub.crl"],
        12 * KIB,
    ),
    ("ECDSA P-384", &["server-p384.der", "root-p384.der"], &[], 16 * KIB),
    ("RSA up to 4096 bits", &["server-rsa.der", "sub-rsa.der", "root-rsa.der"], &[], 12 * KIB),
    (
        "ECDSA P-256, six intermediates",
        &[
            "below-deep-6.der",
            "deep-6.der",
            "deep-5.der",
            "deep-4.der",
            "deep-3.der",
            "deep-2.der",
            "deep-1.der",
            "root.der",
        ],
        &[],
        12 * KIB,
    ),
];

fn main() -> ExitCode {
    let mut failed = 0;
    println!("| chain | bytes of stack | bound |\n|---|---:|---:|");
    for (name, chain, lists, bound) in CASES {
        let depth = depth_of_chain(chain, lists);
        println!("| {name} | {depth} | {bound} |");
        failed += usize::from(depth > bound);
    }
    println!("stack: {} passed, {failed} failed", CASES.len() - failed);
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The stack depth of verifying `chain` as a server's.
fn depth_of_chain(chain: &[&str], lists: &[&str]) -> usize {
    let (root, chain) = chain.split_last().expect("a root");
    let ders = |names: &[&str]| names.iter().map(|name| read(name)).collect::<Vec<_>>();
    let (root, chain, lists) = (read(root), ders(chain), ders(lists));
    let lists: Vec<&[u8]> = lists.iter().map(Vec::as_slice).collect();
    let roots = [root.as_slice()];
    let trust = TrustSet::new(&roots, &[]).with_revocation(&lists, Revocation::AllowUnknown);
    let chain = chain.iter().map(Vec::as_slice);
    let mut verdict = None;
    let depth =
        depth(|| verdict = Some(trust.verify_without_name::<RustCrypto>(chain, Purpose::Server, Some(NOW))));
    assert!(matches!(verdict, Some(Ok(_))), "{verdict:?}");
    depth
}

/// How many bytes of stack `work` uses.
fn depth(work: impl FnOnce()) -> usize {
    const UNTOUCHED: u8 = 0xa5;
    const ALIGN: usize = 64;
    let mut memory = vec![UNTOUCHED; 256 * KIB];
    let base = memory.as_mut_ptr();
    let offset = base.align_offset(ALIGN);
    let size = (memory.len() - offset) / ALIGN * ALIGN;
    // SAFETY: the memory outlives the call and nobody else uses it; base and size are multiples of more than
    // any stack's alignment; a panic in `work` aborts.
    unsafe { psm::on_stack(base.add(offset), size, work) };
    // It grows downwards, from the end of the memory.
    let untouched = memory.iter().skip(offset).take_while(|byte| **byte == UNTOUCHED).count();
    size - untouched
}

fn read(file: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../core/tls/tests/data/x509");
    fs::read(folder.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}
