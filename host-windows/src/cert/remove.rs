//! Removes a certificate from a store, and reports what was removed.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use lsam_core::serial_number;

use super::Failed;
use crate::store::{
    self, CertificateStore, DirectoryStore, Item, Section, StoredCertificate, is_password, names, read_items,
};

/// Removes a certificate from the store in the folder `store`: the one with the serial number `what`, in all
/// its places, or the file `what`, given as "My/agent.pfx" or by its path. Its private key and the password
/// of its file are removed too, unless other files need them.
///
/// # Errors
/// [`Failed`] if it is not there, if several certificates have the serial number, or if a file also holds
/// other certificates.
pub fn remove(store: &Path, what: &str, out: &mut impl Write) -> Result<(), Failed> {
    let opened =
        DirectoryStore::open(store).map_err(|error| Failed(format!("{}: {error}", store.display())))?;
    let files = match file_in(store, what) {
        Some(file) => vec![file],
        None => files_with(&opened, what)?,
    };
    let (removed, kept): (Vec<&StoredCertificate>, Vec<_>) =
        opened.certificates().iter().partition(|stored| files.contains(&stored.place));
    for place in &files {
        remove_file(&store.join(place))?;
        writeln!(out, "removed {place}")?;
        for stored in removed.iter().filter(|stored| stored.place == *place) {
            writeln!(out, "  {}", stored.certificate)?;
        }
    }
    for section in Section::ALL {
        let removed: Vec<&StoredCertificate> =
            removed.iter().copied().filter(|stored| stored.section == section).collect();
        let kept: Vec<&StoredCertificate> =
            kept.iter().copied().filter(|stored| stored.section == section).collect();
        if !removed.is_empty() {
            remove_keys(store, section, &removed, &kept, out)?;
        }
        remove_passwords(store, section, &files, out)?;
    }
    Ok(())
}

/// The place in the store of the file `what`, given as the store shows it or by its path.
fn file_in(store: &Path, what: &str) -> Option<String> {
    let store = store.canonicalize().ok()?;
    [store.join(what), PathBuf::from(what)].iter().find_map(|path| {
        // A folder can have many paths. Of a link in it, the link itself is removed.
        let folder = path.parent()?.canonicalize().ok()?;
        let section = Section::ALL.into_iter().find(|section| folder == store.join(section.name()))?;
        let name = path.file_name().filter(|_| path.symlink_metadata().is_ok_and(|it| !it.is_dir()))?;
        Some(format!("{section}/{}", name.to_string_lossy()))
    })
}

/// The certificate of `store` with the serial number `what`, in all its places.
///
/// # Errors
/// [`Failed`] if none or several have it.
pub(super) fn with_serial<'s>(
    store: &'s dyn CertificateStore,
    what: &str,
) -> Result<Vec<&'s StoredCertificate>, Failed> {
    let serial = serial_number::parse(what).map_err(|error| {
        Failed(format!("{what} is no file of {} and no serial number: {error}", store.location()))
    })?;
    let found: Vec<&StoredCertificate> =
        store.certificates().iter().filter(|stored| stored.certificate.serial == serial).collect();
    let Some(first) = found.first() else {
        return Err(Failed(format!(
            "{} has no certificate {what}; `lsam cert list` shows what it has",
            store.location()
        )));
    };
    if found.iter().any(|stored| stored.certificate != first.certificate) {
        let list: String = found.iter().map(|stored| format!("\n  {stored}")).collect();
        return Err(Failed(format!(
            "several certificates have the serial number {serial}; name the file of the one that is \
             meant:{list}"
        )));
    }
    Ok(found)
}

/// The places of the files that hold the certificate with serial number `what`. A file with its private key
/// may also hold its chain, which is removed too; any other file must not hold other certificates.
fn files_with(store: &DirectoryStore, what: &str) -> Result<Vec<String>, Failed> {
    let found = with_serial(store, what)?;
    let is_beside = |other: &&StoredCertificate| {
        let is_its_chain = |stored: &StoredCertificate| stored.has_key && !other.has_key;
        !found.contains(other)
            && found.iter().any(|stored| stored.place == other.place && !is_its_chain(stored))
    };
    if let Some(other) = store.certificates().iter().find(is_beside) {
        return Err(Failed(format!(
            "{} holds other certificates too: {}; name the file to remove all of them, or take the one out \
             of it",
            other.place, other.certificate
        )));
    }
    let mut places: Vec<String> = found.iter().map(|stored| stored.place.clone()).collect();
    places.dedup();
    Ok(places)
}

/// Removes the files of `section` that hold nothing except private keys of `removed` that `kept` does not
/// need.
fn remove_keys(
    store: &Path,
    section: Section,
    removed: &[&StoredCertificate],
    kept: &[&StoredCertificate],
    out: &mut impl Write,
) -> Result<(), Failed> {
    let folder = store.join(section.name());
    for name in names(&folder)? {
        let path = folder.join(&name);
        if is_password(&path) {
            continue;
        }
        let contents = read_items(&path, |_| store::password(&path));
        let is_theirs = |item: &Item| match item {
            Item::Key(key) => {
                removed.iter().any(|stored| stored.certificate.is_of(key))
                    && !kept.iter().any(|stored| stored.certificate.is_of(key))
            }
            _ => false,
        };
        if contents.left.is_empty() && !contents.items.is_empty() && contents.items.iter().all(is_theirs) {
            remove_file(&path)?;
            writeln!(out, "removed {section}/{name}\n  the private key of it")?;
            remove_passwords(store, section, &[format!("{section}/{name}")], out)?;
        }
    }
    Ok(())
}

/// Removes the passwords in `section` that belong to `files`, unless other files need them.
fn remove_passwords(
    store: &Path,
    section: Section,
    files: &[String],
    out: &mut impl Write,
) -> Result<(), Failed> {
    let folder = store.join(section.name());
    for place in files.iter().filter(|place| Path::new(place).parent() == Some(Path::new(section.name()))) {
        let password = store.join(place).with_extension("password");
        let is_for = |name: &&String| Path::new(name).file_stem() == password.file_stem();
        let is_used = names(&folder)?.iter().filter(is_for).any(|name| !is_password(Path::new(name)));
        if password.exists() && !is_used {
            remove_file(&password)?;
            let name = password.file_name().unwrap_or_default().to_string_lossy();
            writeln!(out, "removed {section}/{name}\n  the password of it")?;
        }
    }
    Ok(())
}

fn remove_file(path: &Path) -> Result<(), Failed> {
    fs::remove_file(path).map_err(|error| Failed(format!("{}: {error}", path.display())))
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;
    use crate::authority::{Credential, KeyKind};

    fn credential() -> Credential {
        Credential::self_signed(KeyKind::EcdsaP256, &["agent.example"]).unwrap()
    }

    /// A store with `files`.
    fn folder(files: &[(&str, &[u8])]) -> TempDir {
        let folder = tempfile::tempdir().unwrap();
        for section in Section::ALL {
            fs::create_dir(folder.path().join(section.name())).unwrap();
        }
        for (name, content) in files {
            fs::write(folder.path().join(name), content).unwrap();
        }
        folder
    }

    fn removed(folder: &TempDir, what: &str) -> Result<Vec<String>, String> {
        let mut out = Vec::new();
        remove(folder.path(), what, &mut out).map_err(|failed| failed.to_string())?;
        let out = String::from_utf8(out).unwrap();
        Ok(out.lines().filter_map(|line| line.strip_prefix("removed ")).map(str::to_owned).collect())
    }

    fn left(folder: &TempDir) -> Vec<String> {
        let in_section = |section: Section| {
            let names = names(&folder.path().join(section.name())).unwrap();
            names.into_iter().map(move |name| format!("{section}/{name}"))
        };
        Section::ALL.into_iter().flat_map(in_section).collect()
    }

    #[test]
    fn a_certificate_goes_with_its_key_and_its_password_from_all_places() {
        let (own, other, authority) = (credential(), credential(), credential());
        let folder = folder(&[
            ("My/own.crt", own.pem().as_bytes()),
            ("My/own.key", own.key_pem().as_bytes()),
            ("My/own.password", b"secret"),
            ("My/own.pfx", &own.pfx("secret", false).unwrap()),
            ("My/other.pem", (other.pem() + &other.key_pem()).as_bytes()),
            ("My/other.password", b"secret"),
            ("My/with-chain.pem", (own.pem() + &authority.pem() + &own.key_pem()).as_bytes()),
            ("Root/own.cer", own.der()),
        ]);
        let with_chain = "My/with-chain.pem";
        let expected =
            ["My/own.crt", "My/own.pfx", with_chain, "Root/own.cer", "My/own.key", "My/own.password"];
        assert_eq!(removed(&folder, &own.serial()).unwrap(), expected);
        assert_eq!(left(&folder), ["My/other.password", "My/other.pem"]);
        assert_eq!(removed(&folder, "My/other.pem").unwrap(), ["My/other.pem", "My/other.password"]);
        assert_eq!(left(&folder), [""; 0]);
    }

    #[test]
    fn what_others_need_stays() {
        let own = credential();
        let folder = folder(&[
            ("My/a.crt", own.pem().as_bytes()),
            ("My/b.crt", own.pem().as_bytes()),
            ("My/own.key", own.key_pem().as_bytes()),
        ]);
        assert_eq!(removed(&folder, "My/a.crt").unwrap(), ["My/a.crt"]);
        assert_eq!(left(&folder), ["My/b.crt", "My/own.key"]);
    }

    #[test]
    fn what_is_not_there_or_not_clear_removes_nothing() {
        let (one, two) = (credential(), credential());
        let same = |serial: u8| {
            let made = Credential::new(KeyKind::EcdsaP256, None, |params| {
                params.serial_number = Some(rcgen::SerialNumber::from_slice(&[serial]));
            });
            made.unwrap().pem()
        };
        let folder = folder(&[
            ("Root/two.pem", (one.pem() + &two.pem()).as_bytes()),
            ("My/a.crt", same(7).as_bytes()),
            ("My/b.crt", same(7).as_bytes()),
            ("CRL/garbage.crl", b"garbage"),
        ]);
        let before = left(&folder);
        for (what, words) in [
            (one.serial(), "Root/two.pem holds other certificates too: CN=agent.example"),
            ("07".to_owned(), "several certificates have the serial number 07; name the file"),
            ("08".to_owned(), "has no certificate 08; `lsam cert list` shows what it has"),
            ("agent.pfx".to_owned(), "agent.pfx is no file of the certificate store in "),
            ("../x".to_owned(), "../x is no file of the certificate store in "),
            ("My".to_owned(), "My is no file of the certificate store in "),
        ] {
            let error = removed(&folder, &what).unwrap_err();
            assert!(error.contains(words), "{error}");
        }
        assert_eq!(left(&folder), before);
        let path = folder.path().join("CRL/garbage.crl").display().to_string();
        assert_eq!(removed(&folder, &path).unwrap(), ["CRL/garbage.crl"]);
    }
}
