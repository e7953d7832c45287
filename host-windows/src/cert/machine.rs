//! Putting a PFX file into the stores of the local machine.

use std::io::Write;
use std::path::Path;

use zeroize::Zeroizing;

use super::Failed;
use super::new::show_settings;
use crate::files;
use crate::identity::Identity;
use crate::store::{Certificate, CertificateStore, ItemError, MAX_FILE, MachineStore, Section};
use crate::windows::{Access, CertStore, OsError};

const ACCESS_DENIED: OsError = OsError(5);

/// Puts the certificate of the PFX file at `path` into LocalMachine\My, its private key among the machine's keys, where
/// services find it and nobody can export it, and the certificates between it and its root into LocalMachine\CA. A root
/// in the file becomes trusted only when an administrator puts it into Root.
///
/// # Errors
/// [`Failed`], also when the certificate is in the store now but this account can't use its key.
pub fn import_into_machine(
    path: &Path,
    password: impl Fn() -> Result<Zeroizing<String>, ItemError>,
    out: &mut impl Write,
) -> Result<(), Failed> {
    let failed = |reason: &dyn std::fmt::Display| Failed(format!("{}: {reason}", path.display()));
    let content = files::read(path, MAX_FILE).map_err(|error| failed(&error))?;
    let password = password().map_err(|error| failed(&error))?;
    let pfx = CertStore::import_pfx(&content, &password).map_err(|error| {
        failed(&format!(
            "Windows can't import it: {error}; see that it is a PFX file and the password right, and that this console \
             runs as administrator"
        ))
    })?;

    let mut own = Vec::new();
    for context in pfx.certificates() {
        let certificate = Certificate::from_der(context.der()).map_err(|error| failed(&error))?;
        let name = match (context.has_private_key(), certificate.is_self_issued()) {
            (true, _) => "My",
            (false, false) => "CA",
            (false, true) => {
                writeln!(
                    out,
                    "left out, because it is a root: {certificate}; to trust it, put it into Root"
                )?;
                continue;
            }
        };
        CertStore::local_machine(name, Access::Write)
            .and_then(|store| store.add(&context))
            .map_err(|error| cannot_change(name, error))?;
        writeln!(out, r"put into LocalMachine\{name}: {certificate}")?;
        if name == "My" {
            own.push(certificate);
        }
    }
    if own.is_empty() {
        return Err(failed(&"it holds no certificate with its private key"));
    }
    drop(pfx);

    let store = MachineStore::open().map_err(|error| Failed(format!("it is there, but: {error}")))?;
    for certificate in &own {
        let mut stored = store.certificates().iter();
        let stored =
            stored.find(|stored| stored.section == Section::My && stored.certificate == *certificate);
        let stored =
            stored.ok_or_else(|| Failed(format!("{certificate} did not stay in LocalMachine\\My")))?;
        Identity::new(&store, stored).and_then(|identity| identity.prove()).map_err(|error| {
            Failed(format!("{certificate} is in the store, but its private key is {error}"))
        })?;
        writeln!(out, "its private key signs")?;
        show_settings(certificate, out)?;
    }
    Ok(())
}

/// Why a store of the machine stays as it is.
pub(super) fn cannot_change(name: &str, error: OsError) -> Failed {
    let cure = if error == ACCESS_DENIED { "; start this console as administrator" } else { "" };
    Failed(format!(r"LocalMachine\{name} can't be changed: {error}{cure}"))
}
