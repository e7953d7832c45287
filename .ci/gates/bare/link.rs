//! The build script of the programs without a C library: no start files either, so that nothing can be called
//! that is not in the Rust crates themselves.

fn main() {
    println!("cargo::rerun-if-changed=../bare/link.rs");
    println!("cargo::rustc-link-arg-bins=-nostartfiles");
    // Nobody relocates a static program that starts without start files.
    println!("cargo::rustc-link-arg-bins=-static");
    println!("cargo::rustc-link-arg-bins=-no-pie");
}
