//! Imports a certificate with its private key into a store.

use std::cell::RefCell;
use std::fs;
use std::io::Write;
use std::path::Path;

use super::Failed;
use crate::crypto::now;
use crate::files::{self, Access};
use crate::store::{
    Certificate, CertificateStore, Contents, DirectoryStore, Form, ItemError, Locked, MAX_FILE, Password,
    Section, has_extension, read_bytes,
};
use crate::trust::objections;

/// Copies the file at `path` (PFX, or PEM with a key) into My of the store in the folder `store`, with its
/// password next to it, after opening it with `password`. It must hold a certificate with its private key.
///
/// Roots in the file are trusted no more than those in any other file in My.
///
/// # Errors
/// [`Failed`]. In this case nothing has been imported, unless writing to `out` failed.
pub fn import(
    store: &Path,
    path: &Path,
    password: impl Fn(Locked) -> Result<Password, ItemError>,
    out: &mut impl Write,
) -> Result<(), Failed> {
    let failed = |reason: &dyn std::fmt::Display| Failed(format!("{}: {reason}", path.display()));
    let content = files::read(path, MAX_FILE).map_err(|error| failed(&ItemError::Io(error)))?;
    // The password that opened it, if it needs one.
    let used = RefCell::new(None);
    let contents = read_bytes(&content, |locked| {
        let password = password(locked)?;
        *used.borrow_mut() = Some(password.text.clone());
        Ok(password)
    });
    let own = contents.own().ok_or_else(|| failed(&without_key(&contents)))?;

    let name = file_name(path, contents.form);
    let my = store.join(Section::My.name());
    files::create_private_folder(&my).map_err(|error| Failed(format!("{}: {error}", my.display())))?;
    let target = my.join(&name);
    let beside = target.with_extension("password");
    for file in [&target, &beside] {
        if file.exists() {
            return Err(Failed(format!("{} is there already; remove it first", file.display())));
        }
    }
    let write = |file: &Path, content: &[u8]| {
        files::write_new(file, content, Access::Owner)
            .map_err(|error| Failed(format!("{}: {error}", file.display())))
    };
    // The password is written first, because a PFX file that can't be opened would be reported as broken.
    let password = used.into_inner().filter(|password| !password.is_empty());
    if let Some(password) = &password {
        write(&beside, password.as_bytes())?;
    }
    if let Err(failed) = write(&target, &content) {
        // It did not exist before.
        let _ = fs::remove_file(&beside);
        return Err(failed);
    }
    writeln!(out, "put into My: {own}")?;
    for left in &contents.left {
        writeln!(out, "not used: {left}")?;
    }
    super::new::show_settings(own, out)?;
    if path.file_name().is_none_or(|before| before != name.as_str()) {
        let form = if contents.form == Form::Pfx { "a PFX file" } else { "PEM" };
        writeln!(out, "It is {form}, and has the name My/{name} in the store.")?;
    }
    let stored = DirectoryStore::open(store)?;
    show_objections(own, &stored, out)
}

/// Warns of everything that peers object to in `own` and in the certificates of `store` between it and its
/// root.
pub(super) fn show_objections(
    own: &Certificate,
    store: &dyn CertificateStore,
    out: &mut impl Write,
) -> Result<(), Failed> {
    let others = store.certificates().iter().map(|stored| &stored.certificate);
    for objection in objections(own, others, now()) {
        let about = objection.certificate().filter(|certificate| *certificate != own);
        let about = about.map_or_else(String::new, |certificate| format!("{certificate}: "));
        writeln!(out, "WARNING: {about}{objection}. {}", objection.advice())?;
    }
    Ok(())
}

/// Why there is no certificate with its private key.
pub(super) fn without_key(contents: &Contents) -> String {
    let causes: Vec<String> = contents.left.iter().map(ToString::to_string).collect();
    match causes.as_slice() {
        [] => {
            "it holds no certificate with its private key. To trust the certificates in it, use `lsam cert \
             trust`; those of a PFX file after `openssl pkcs12 -nokeys -in FILE -out certificates.pem`"
                .to_owned()
        }
        causes => causes.join("\n  "),
    }
}

/// The name in the store: that of the file, but not hidden, and with the extension of its format.
fn file_name(path: &Path, form: Form) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let name = name.trim_start_matches('.');
    let (endings, ending): (&[&str], _) = match form {
        Form::Pfx => (&["pfx", "p12"], "pfx"),
        Form::Pem => (&["pem", "crt", "cer", "key"], "pem"),
        Form::Other => return name.to_owned(),
    };
    if has_extension(Path::new(name), endings) {
        return name.to_owned();
    }
    Path::new(name).with_extension(ending).to_string_lossy().into_owned()
}
