//! Gives the executables for Windows their icon, version and event messages.

use std::path::PathBuf;
use std::{env, fs};

use embed_resource::ParamsIncludeDirs;

const PROGRAMS: [&str; 2] = ["lsam", "netcom"];

fn main() {
    println!("cargo::rerun-if-changed=resources");
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    if let Err(error) = fs::write(out.join("version.h"), version()) {
        panic!("version.h can't be written: {error}");
    }
    for program in PROGRAMS {
        let parameters = ParamsIncludeDirs([PathBuf::from("resources"), out.clone()]);
        let compiled = embed_resource::compile_for(format!("resources/{program}.rc"), [program], parameters);
        // Without a resource compiler, the programs would silently lack their event messages. For systems
        // other than Windows, nothing is compiled.
        if let Err(reason) = compiled.manifest_required() {
            panic!("the resources of {program} can't be compiled: {reason}");
        }
    }
}

/// The version of this package, for the resource compiler.
fn version() -> String {
    format!(
        "#define VERSION_MAJOR {}\n#define VERSION_MINOR {}\n#define VERSION_PATCH {}\n\
         #define VERSION_TEXT \"{}\"\n",
        env!("CARGO_PKG_VERSION_MAJOR"),
        env!("CARGO_PKG_VERSION_MINOR"),
        env!("CARGO_PKG_VERSION_PATCH"),
        env!("CARGO_PKG_VERSION"),
    )
}
