//! Makes the contents of a file trusted: roots, intermediate certificates and revocation lists.

use std::fs;
use std::io::Write;
use std::path::Path;

use super::Failed;
use crate::files::{self, Access};
use crate::store::{Item, ItemError, Locked, RevocationListSummary, Section, read_items};

/// Puts the contents of the file at `path` (PEM, DER or PKCS#7) where the agent looks for them: self-signed
/// certificates into Root, which makes them trusted, other certificates into CA, revocation lists into CRL.
/// `put` puts one item, in DER, into its section, and returns where it is now.
///
/// # Errors
/// [`Failed`] if something in the file can't be used; everything else has been put there and reported. If the
/// file contains a private key, which belongs only in My, nothing is put anywhere.
pub fn trust(
    path: &Path,
    mut put: impl FnMut(Section, &[u8]) -> Result<String, Failed>,
    out: &mut impl Write,
) -> Result<(), Failed> {
    let failed = |reason: &dyn std::fmt::Display| Failed(format!("{}: {reason}", path.display()));
    let contents = read_items(path, |locked| Err(ItemError::Secret(locked)));
    if contents.items.iter().any(|item| matches!(item, Item::Key(_))) {
        return Err(failed(&ItemError::Secret(Locked::Key)));
    }
    if let Some(secret) = contents.left.iter().find(|left| left.error.is_about_a_key()) {
        return Err(failed(&secret.error));
    }
    for item in &contents.items {
        let (section, der, what) = match item {
            Item::Certificate(certificate) if certificate.is_self_issued() => {
                (Section::Root, &certificate.der, certificate.to_string())
            }
            Item::Certificate(certificate) => (Section::Ca, &certificate.der, certificate.to_string()),
            Item::Crl(der) => {
                let summary = RevocationListSummary::from_der(der).map_err(|error| failed(&error))?;
                (
                    Section::Crl,
                    der,
                    format!("the revocation list of {}, {}", summary.issuer, summary.validity()),
                )
            }
            Item::Key(_) => continue,
        };
        let place = put(section, der)?;
        writeln!(out, "put into {place}: {what}")?;
    }
    let left: Vec<String> = contents.left.iter().map(|left| failed(left).0).collect();
    if left.is_empty() { Ok(()) } else { Err(Failed(left.join("\n"))) }
}

/// Puts items into the store in the folder `store`, in files named after `path`.
pub fn into_folder<'a>(
    store: &'a Path,
    path: &'a Path,
) -> impl FnMut(Section, &[u8]) -> Result<String, Failed> + 'a {
    move |section, der| {
        let folder = store.join(section.name());
        let failed =
            |path: &Path, error: &dyn std::fmt::Display| Failed(format!("{}: {error}", path.display()));
        files::create_private_folder(&folder).map_err(|error| failed(&folder, &error))?;
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        let stem = stem.trim_start_matches('.');
        let ending = if section == Section::Crl { "crl" } else { "cer" };
        let first = std::iter::once(format!("{stem}.{ending}"));
        let name = first
            .chain((2..).map(|number| format!("{stem}-{number}.{ending}")))
            // An item that is already there stays where it is.
            .find(|name| fs::read(folder.join(name)).map_or(true, |content| content == der))
            .unwrap_or_default();
        let file = folder.join(&name);
        if !file.exists() {
            files::write_new(&file, der, Access::Everyone).map_err(|error| failed(&file, &error))?;
        }
        Ok(format!("{section}/{name}"))
    }
}

/// Puts items into the stores of the local machine.
///
/// # Errors
/// [`Failed`] if this account has no right to do so.
#[cfg(windows)]
pub fn into_machine(section: Section, der: &[u8]) -> Result<String, Failed> {
    use crate::windows::{Access, CRYPT_E_EXISTS, CertContext, CertStore};

    // Windows keeps revocation lists together with intermediate certificates.
    let place = if section == Section::Crl { Section::Ca } else { section };
    let opened = CertStore::local_machine(place.name(), Access::Write);
    let put = opened.and_then(|opened| match section {
        Section::Crl => opened.add_crl(der),
        _ => opened.add(&CertContext::from_der(der)?),
    });
    match put {
        Err(CRYPT_E_EXISTS) => {
            return Ok(format!(r"LocalMachine\{place}, where it or a newer one was before"));
        }
        put => put.map_err(|error| super::machine::cannot_change(place, error))?,
    }
    let stays = CertStore::local_machine(place.name(), Access::Read).is_ok_and(|opened| match section {
        Section::Crl => opened.crls().iter().any(|list| list == der),
        _ => opened.certificates().iter().any(|context| context.der() == der),
    });
    if stays {
        Ok(format!(r"LocalMachine\{place}"))
    } else {
        Err(Failed(format!(r"it did not stay in LocalMachine\{place}; see what else changes that store")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::authority::{Credential, KeyKind};
    use crate::store::{CertificateStore, DirectoryStore};

    #[test]
    fn each_thing_comes_into_its_section_and_the_same_again_stays_one() {
        let folder = tempfile::tempdir().unwrap();
        let (file, store) = (folder.path().join("authorities.pem"), folder.path().join("store"));
        let root = Credential::root("Root").unwrap();
        let (middle, other) = (root.authority("Middle").unwrap(), root.authority("Other").unwrap());
        fs::write(&file, [root.pem(), middle.pem(), other.pem()].concat()).unwrap();
        let list = folder.path().join("root.crl");
        fs::write(&list, root.revocation_list(&[]).unwrap()).unwrap();
        for _ in 0..2 {
            let mut out = Vec::new();
            trust(&file, into_folder(&store, &file), &mut out).unwrap();
            trust(&list, into_folder(&store, &list), &mut out).unwrap();
            let shown = String::from_utf8(out).unwrap();
            let places: Vec<_> =
                shown.lines().filter_map(|line| line.split_once(':')).map(|line| line.0).collect();
            assert_eq!(
                places,
                [
                    "put into Root/authorities.cer",
                    "put into CA/authorities.cer",
                    "put into CA/authorities-2.cer",
                    "put into CRL/root.crl"
                ]
            );
            assert!(shown.contains("CRL/root.crl: the revocation list of CN=Root, "), "{shown}");
        }
        let store = DirectoryStore::open(&store).unwrap();
        assert_eq!((store.certificates().len(), store.crls().len(), store.problems()), (3, 1, &[][..]));
    }

    #[test]
    fn a_pfx_file_is_for_another_command_and_is_not_opened() {
        let folder = tempfile::tempdir().unwrap();
        let own = Credential::self_signed(KeyKind::EcdsaP256, &["own.example"]).unwrap();
        let file = folder.path().join("agent.cer");
        fs::write(&file, own.pfx("", false).unwrap()).unwrap();
        let refused = trust(&file, |_, _| Ok(String::new()), &mut Vec::new()).unwrap_err();
        assert!(
            refused.0.ends_with("agent.cer: it is a PFX file; `lsam cert import` takes those"),
            "{refused}"
        );
    }

    #[test]
    fn what_is_left_is_said_after_the_rest_was_put() {
        let folder = tempfile::tempdir().unwrap();
        let (file, store) = (folder.path().join("two.pem"), folder.path().join("store"));
        let (one, two) = (Credential::root("One").unwrap(), Credential::root("Two").unwrap());
        fs::write(&file, one.pem().replacen("MII", "M!I", 1) + &two.pem()).unwrap();
        let mut out = Vec::new();
        let failed = trust(&file, into_folder(&store, &file), &mut out).unwrap_err();
        assert!(String::from_utf8(out).unwrap().starts_with("put into Root/two.cer: CN=Two, "));
        let words = "two.pem: section 1, which begins in line 1: it is damaged PEM: line 2 is not Base64; \
                     copy it anew";
        assert!(failed.0.ends_with(words), "{failed}");
    }

    #[test]
    fn a_private_key_is_not_spread() {
        let folder = tempfile::tempdir().unwrap();
        let own = Credential::self_signed(KeyKind::EcdsaP256, &["own.example"]).unwrap();
        let file = folder.path().join("own.pem");
        fs::write(&file, own.pem() + &own.key_pem()).unwrap();
        let refused = trust(&file, into_folder(folder.path(), &file), &mut Vec::new()).unwrap_err();
        assert!(
            refused
                .0
                .ends_with("own.pem: it holds a private key; this command is for files that others may have")
        );
        assert!(!folder.path().join("Root").exists());
    }
}
