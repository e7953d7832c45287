//! Sets the link scripts and the folder of the certificates: the environment variable CREDENTIALS, by default
//! `credentials`. `credentials/make` makes the certificates.

use std::path::PathBuf;
use std::{env, process};

#[cfg(feature = "vectors")]
#[path = "vectors.rs"]
mod vectors;

const FILES: [&str; 7] = [
    "root.der",
    "server.der",
    "server.scalar",
    "client.der",
    "client.scalar",
    "rsa.modulus",
    "rsa.signature",
];

fn main() {
    println!("cargo::rerun-if-env-changed=CREDENTIALS");
    let package = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let folder = env::var_os("CREDENTIALS").map_or_else(|| package.join("credentials"), PathBuf::from);
    for file in FILES {
        let path = folder.join(file);
        if !path.exists() {
            println!("cargo::error={} is missing; credentials/make makes it", path.display());
            process::exit(1);
        }
        println!("cargo::rerun-if-changed={}", path.display());
    }
    println!("cargo::rustc-env=CREDENTIALS={}", folder.display());

    #[cfg(feature = "vectors")]
    vectors::write();

    println!("cargo::rerun-if-changed=memory.x");
    println!("cargo::rustc-link-search={}", package.display());
    println!("cargo::rustc-link-arg-bins=--nmagic");
    println!("cargo::rustc-link-arg-bins=-Tlink.x");
    if env::var_os("CARGO_FEATURE_DEFMT").is_some() {
        println!("cargo::rustc-link-arg-bins=-Tdefmt.x");
    }
}
