//! Putting a PFX file into a store.

use std::io::Write;
use std::path::Path;

use zeroize::Zeroizing;

use super::Failed;
use crate::files;
use crate::store::{Item, ItemError, Section, has_extension, read_items};

/// Copies the PFX file at `path` into My of the store in the folder `store`, with its password beside it, after it was
/// opened with `password`. It must hold a certificate with its private key.
///
/// Roots in it become trusted by this no more than those of any other file in My.
///
/// # Errors
/// [`Failed`]; then nothing has been put into the store, unless it is `out` that can't be written to.
pub fn import(
    store: &Path,
    path: &Path,
    password: impl Fn() -> Result<Zeroizing<String>, ItemError>,
    out: &mut impl Write,
) -> Result<(), Failed> {
    let failed = |reason: &dyn std::fmt::Display| Failed(format!("{}: {reason}", path.display()));
    require_pfx(path)?;
    let name = path.file_name().unwrap_or_default();
    if name.as_encoded_bytes().starts_with(b".") {
        return Err(failed(
            &"its name begins with a dot, and a store passes over such files; rename it first",
        ));
    }
    let items = read_items(path, &password).map_err(|error| failed(&error))?;
    let is_key_of =
        |item: &Item, own| matches!(item, Item::Key(key) if crate::store::Certificate::is_of(own, key));
    let own = items.iter().find_map(|item| match item {
        Item::Certificate(own) if items.iter().any(|item| is_key_of(item, own)) => Some(own),
        _ => None,
    });
    let own = own.ok_or_else(|| failed(&"it holds no certificate with its private key"))?;

    let my = store.join(Section::My.name());
    files::create_private_folder(&my).map_err(|error| Failed(format!("{}: {error}", my.display())))?;
    let target = my.join(name);
    let beside = target.with_extension("password");
    for file in [&target, &beside] {
        if file.exists() {
            return Err(Failed(format!("{} is there already; remove it first", file.display())));
        }
    }
    let write = |file: &Path, content: &[u8]| {
        files::write_new(file, content, files::Access::Owner)
            .map_err(|error| Failed(format!("{}: {error}", file.display())))
    };
    let content = files::read(path, crate::store::MAX_FILE).map_err(|error| failed(&error))?;
    let password = password().map_err(|error| failed(&error))?;
    // The password comes first: a PFX file that can't be opened would be reported as broken.
    if !password.is_empty() {
        write(&beside, password.as_bytes())?;
    }
    if let Err(failed) = write(&target, &content) {
        // It was not there before.
        let _ = std::fs::remove_file(&beside);
        return Err(failed);
    }
    writeln!(out, "put into My: {own}")?;
    super::new::show_settings(own, out)
}

/// Sees that the name of `path` is that of a PFX file.
pub(super) fn require_pfx(path: &Path) -> Result<(), Failed> {
    if has_extension(path, &["pfx", "p12"]) {
        return Ok(());
    }
    Err(Failed(format!(
        "{}: its name does not end in .pfx or .p12; `lsam cert trust` takes files with certificates and revocation lists",
        path.display()
    )))
}
