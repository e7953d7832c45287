//! The build script of the programs without a C library. They have no start files either, so that nothing
//! outside the Rust crates can be called.

fn main() {
    println!("cargo::rerun-if-changed=../bare/link.rs");
    println!("cargo::rustc-link-arg-bins=-nostartfiles");
    // A static program without start files is not relocated.
    println!("cargo::rustc-link-arg-bins=-static");
    println!("cargo::rustc-link-arg-bins=-no-pie");
}
