//! Imports a PFX file into the stores of the local machine.

use std::io::Write;
use std::path::Path;

use super::Failed;
use super::import::show_objections;
use super::new::show_settings;
use super::remove::with_serial;
use crate::files;
use crate::key::MachineKey;
use crate::store::{
    self, Certificate, CertificateStore, Item, ItemError, Locked, MAX_FILE, MachineStore, Malformed,
    Password, Section, StoredCertificate, pfx, read_items,
};
use crate::windows::{Access, CertContext, CertStore, OsError};

const ACCESS_DENIED: OsError = OsError(5);

/// Imports the PFX file at `path`: its certificate into LocalMachine\My, its private key into the machine's
/// keys, where services find it and nobody can export it, and intermediate certificates into LocalMachine\CA.
/// A root in the file is only trusted once an administrator puts it into Root.
///
/// # Errors
/// [`Failed`], even if the certificate is now in the store but this account can't use its key.
pub fn import_into_machine(
    path: &Path,
    password: impl Fn(Locked) -> Result<Password, ItemError>,
    out: &mut impl Write,
) -> Result<(), Failed> {
    let failed = |reason: &dyn std::fmt::Display| Failed(format!("{}: {reason}", path.display()));
    let content = files::read(path, MAX_FILE).map_err(|error| failed(&ItemError::Io(error)))?;
    let content = pfx(&content).ok_or_else(|| {
        failed(
            &"it is no PFX file; make one of a certificate and its key in PEM with `openssl pkcs12 -export \
              -in agent.crt -inkey agent.key -out agent.pfx`",
        )
    })?;
    let password = password(Locked::Pfx).map_err(|error| failed(&error))?;
    // Checked before the key is imported: without the right to change the store, the key would be left behind
    // without its certificate.
    CertStore::local_machine(Section::My.name(), Access::Write)
        .map_err(|error| cannot_change(Section::My, error))?;
    let pfx = CertStore::import_pfx(&content, &password.text).map_err(|error| {
        failed(&format!(
            "Windows can't import it: {error}; see that it is a PFX file and the password right, and that \
             this console runs as administrator"
        ))
    })?;
    let certificates = pfx
        .certificates()
        .into_iter()
        .map(|context| Ok((Certificate::from_der(context.der())?, context)))
        .collect::<Result<Vec<_>, Malformed>>()
        .map_err(|error| failed(&error))?;
    let own = own(&certificates).map_err(|reason| failed(&reason))?;
    for (certificate, context) in &certificates {
        put(certificate, context, own.contains(certificate), out)?;
    }
    // Windows writes a store once everything that belongs to it is closed.
    drop((certificates, pfx));
    for certificate in &own {
        let store = prove_in_store(certificate)?;
        writeln!(out, "its private key signs")?;
        show_settings(certificate, out)?;
        show_objections(certificate, &store, out)?;
    }
    Ok(())
}

/// Those of `certificates` whose private key came with them. Windows may claim this for others too, so each
/// must prove it with a signature.
fn own(certificates: &[(Certificate, CertContext)]) -> Result<Vec<Certificate>, String> {
    let mut reason = "it holds no certificate with its private key".to_owned();
    let mut own = Vec::new();
    for (certificate, context) in certificates.iter().filter(|(_, context)| context.has_private_key()) {
        match MachineKey::of(context) {
            Ok(_) => own.push(certificate.clone()),
            Err(error) => {
                reason =
                    format!("nothing was put into the store: the private key of {certificate} is {error}");
            }
        }
    }
    if own.is_empty() { Err(reason) } else { Ok(own) }
}

/// Puts a certificate where it belongs, and reports where.
fn put(
    certificate: &Certificate,
    context: &CertContext,
    is_own: bool,
    out: &mut impl Write,
) -> Result<(), Failed> {
    let (section, added) = if is_own {
        let store = CertStore::local_machine(Section::My.name(), Access::Write);
        (Section::My, store.and_then(|store| store.add(context)))
    } else if certificate.is_self_issued() {
        writeln!(out, "left out, because it is a root: {certificate}; to trust it, use `lsam cert trust`")?;
        return Ok(());
    } else {
        // Created again from its DER, because the private key that Windows records with it belongs to another
        // certificate.
        let link = CertContext::from_der(&certificate.der);
        let store = CertStore::local_machine(Section::Ca.name(), Access::Write);
        (Section::Ca, store.and_then(|store| store.add(&link?)))
    };
    added.map_err(|error| cannot_change(section, error))?;
    writeln!(out, r"put into LocalMachine\{section}: {certificate}")?;
    Ok(())
}

/// Reads the stores as the agent will, and makes a test signature.
fn prove_in_store(certificate: &Certificate) -> Result<MachineStore, Failed> {
    let store = MachineStore::open().map_err(|error| Failed(format!("it is in the store, but: {error}")))?;
    let mut stored = store.certificates().iter();
    let stored = stored.find(|stored| stored.section == Section::My && stored.certificate == *certificate);
    let stored = stored.ok_or_else(|| Failed(format!(r"{certificate} did not stay in LocalMachine\My")))?;
    match store.signing_key(stored) {
        Ok(_) => Ok(store),
        Err(error) => Err(Failed(format!("{certificate} is in the store, but its private key is {error}"))),
    }
}

/// Removes a certificate from LocalMachine\My, \Root and \CA: the one with the serial number `what`, or those
/// in the file of this name. Its private key stays among the machine's keys, where nothing can find it
/// without the certificate.
///
/// # Errors
/// [`Failed`] if none or several have the serial number, or if this account may not change the store.
pub fn remove_from_machine(what: &str, out: &mut impl Write) -> Result<(), Failed> {
    let store = MachineStore::open()?;
    let path = Path::new(what);
    let found = if path.is_file() {
        let items = read_items(path, |_| store::password(path)).items;
        let is_in_it = |stored: &&StoredCertificate| {
            items.iter().any(|item| matches!(item, Item::Certificate(it) if *it == stored.certificate))
        };
        let found: Vec<&StoredCertificate> = store.certificates().iter().filter(is_in_it).collect();
        if found.is_empty() {
            return Err(Failed(format!("{what}: no certificate in it is in {}", store.location())));
        }
        found
    } else {
        with_serial(&store, what)?
    };
    for stored in found {
        let section = stored.section;
        let opened = CertStore::local_machine(section.name(), Access::Write);
        opened
            .and_then(|opened| opened.remove(&stored.certificate.der))
            .map_err(|error| cannot_change(section, error))?;
        writeln!(out, "removed from {}: {}", stored.place, stored.certificate)?;
        if stored.has_key {
            writeln!(out, "its private key stays among those of the machine: `certutil -key` lists them")?;
        }
    }
    Ok(())
}

/// Why a store of the machine was not changed.
pub(super) fn cannot_change(section: Section, error: OsError) -> Failed {
    let cure = if error == ACCESS_DENIED { "; start this console as administrator" } else { "" };
    Failed(format!(r"LocalMachine\{section} can't be changed: {error}{cure}"))
}
