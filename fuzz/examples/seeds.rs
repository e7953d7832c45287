//! Regenerates the seeds in `corpus/`: `cargo run --example seeds`.

use std::fs;
use std::path::Path;

fn main() -> std::io::Result<()> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    for (target, _) in lsam_fuzz::TARGETS {
        let folder = corpus.join(target);
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        fs::create_dir_all(&folder)?;
    }
    for (target, name, input) in lsam_fuzz::seeds::seeds() {
        fs::write(corpus.join(target).join(name), input)?;
    }
    Ok(())
}
