//! Writes Project Wycheproof's vectors for secp256r1 as Rust, for `src/bin/vectors.rs`: the board can't parse
//! their JSON.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::{env, fs};

use wycheproof::{TestResult, ecdh, ecdsa};

/// Writes `vectors.rs` to the folder of the build.
pub(crate) fn write() {
    let mut code = String::from("static ECDSA: &[Signed] = &[\n");
    for (set, hash) in
        [(ecdsa::TestName::EcdsaSecp256r1Sha256, "Sha256"), (ecdsa::TestName::EcdsaSecp256r1Sha512, "Sha512")]
    {
        for group in ecdsa::TestSet::load(set).expect("the crate contains the set").test_groups {
            for test in &group.tests {
                writeln!(
                    code,
                    "Signed {{ point: {}, hash: HashAlgorithm::{hash}, message: {}, signature: {}, valid: {} }},",
                    literal(&group.key.key),
                    literal(&test.msg),
                    literal(&test.sig),
                    test.result == TestResult::Valid,
                )
                .expect("there is memory");
            }
        }
    }
    code.push_str("];\nstatic ECDH: &[Agreed] = &[\n");
    let set = ecdh::TestSet::load(ecdh::TestName::EcdhSecp256r1Ecpoint).expect("the crate contains the set");
    for test in set.test_groups.iter().flat_map(|group| &group.tests) {
        // The profile has no compressed points.
        let valid =
            test.result == TestResult::Valid && !test.flags.contains(&ecdh::TestFlag::CompressedPoint);
        let shared = valid.then(|| literal(&test.shared_secret));
        writeln!(
            code,
            "Agreed {{ scalar: *{}, peer: {}, shared: {} }},",
            literal(&scalar(&test.private_key)),
            literal(&test.public_key),
            shared.map_or_else(|| "None".to_owned(), |shared| format!("Some({shared})")),
        )
        .expect("there is memory");
    }
    code.push_str("];\n");
    let folder = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    fs::write(folder.join("vectors.rs"), code).expect("the folder of the build can be written to");
}

/// An INTEGER in 32 bytes.
fn scalar(integer: &[u8]) -> [u8; 32] {
    let mut scalar = [0; 32];
    for (byte, digit) in scalar.iter_mut().rev().zip(integer.iter().rev()) {
        *byte = *digit;
    }
    scalar
}

fn literal(bytes: &[u8]) -> String {
    let digits: String = bytes.iter().map(|byte| format!("\\x{byte:02x}")).collect();
    format!("b\"{digits}\"")
}
