use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use zeroize::Zeroizing;

use super::*;
use crate::authority::{Credential, KeyKind};
use crate::store::{
    CertificateStore, DirectoryStore, ItemError, Locked, Password, PasswordSource, Thumbprint, find_by_serial,
};

/// A PFX file written by OpenSSL; see `host-windows/tests/data/make`.
fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

fn typed(text: &str) -> Result<Password, ItemError> {
    Ok(Password { text: Zeroizing::new(text.to_owned()), source: PasswordSource::Prompt })
}

fn secret(_: Locked) -> Result<Password, ItemError> {
    typed("secret")
}

/// What a command wrote, and how it ended.
fn output(command: impl FnOnce(&mut Vec<u8>) -> Result<(), Failed>) -> (String, Result<(), String>) {
    let mut out = Vec::new();
    let result = command(&mut out).map_err(|failed| failed.to_string());
    (String::from_utf8(out).unwrap(), result)
}

fn listed(folder: &TempDir) -> String {
    let store = DirectoryStore::open(folder.path()).unwrap();
    output(|out| list(&store, out)).0
}

fn files_in(folder: &TempDir) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder.path().join("My")) else { return Vec::new() };
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn a_new_certificate_is_found_by_the_serial_number_that_was_printed() {
    let folder = tempfile::tempdir().unwrap();
    let names = ["agent.example", "127.0.0.1"];
    let (shown, result) = output(|out| new_self_signed(folder.path(), &names, out));
    assert_eq!(result, Ok(()));
    assert!(shown.contains(": CN=agent.example, serial "), "{shown}");
    let serial = shown.lines().find_map(|line| line.strip_prefix("TLSCertificateSerial=")).unwrap();
    assert!(shown.contains("\nUseSecureSocket=TRUE\nTLSCertificateSerial="), "{shown}");
    assert_eq!(files_in(&folder), ["agent.example.crt", "agent.example.key"]);
    let store = DirectoryStore::open(folder.path()).unwrap();
    assert_eq!(store.problems(), []);
    let found = find_by_serial(&store, &lsam_core::serial_number::parse(serial).unwrap()).unwrap();
    assert_eq!(found.certificate.place, "My/agent.example.crt");
    let (shown, result) = output(|out| find(&store, &serial.to_uppercase(), out));
    assert_eq!(result, Ok(()));
    assert!(shown.ends_with("  key       yes\nThe agent takes My/agent.example.crt.\n"), "{shown}");
    let (_, again) = output(|out| new_self_signed(folder.path(), &names, out));
    assert!(again.unwrap_err().ends_with("agent.example.crt is there already; remove it first"));
    assert_eq!(files_in(&folder).len(), 2);
}

#[cfg(unix)]
#[test]
fn a_new_key_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;

    let folder = tempfile::tempdir().unwrap();
    output(|out| new_self_signed(folder.path(), &["agent"], out)).1.unwrap();
    let mode =
        |name: &str| folder.path().join("My").join(name).metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!((mode("agent.key"), mode("agent.crt")), (0o600, 0o644));
}

#[test]
fn names_become_names_of_files_in_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["*.example.com", "2001:db8::1"] {
        assert_eq!(output(|out| new_self_signed(folder.path(), &[name], out)).1, Ok(()), "{name}");
    }
    let expected = ["2001_db8__1.crt", "2001_db8__1.key", "_.example.com.crt", "_.example.com.key"];
    assert_eq!(files_in(&folder), expected);
    let _ = output(|out| new_self_signed(folder.path(), &["../../escaped"], out));
    let _ = output(|out| new_self_signed(folder.path(), &[".hidden"], out));
    assert!(files_in(&folder).iter().all(|name| !name.starts_with('.')), "{:?}", files_in(&folder));
}

#[test]
fn an_imported_file_opens_again_from_the_store() {
    for name in ["modern.pfx", "older.pfx"] {
        let folder = tempfile::tempdir().unwrap();
        let (shown, result) = output(|out| import(folder.path(), &file(name), secret, out));
        assert_eq!(result, Ok(()), "{name}");
        assert!(shown.starts_with("put into My: CN=agent.example, serial 4a001d, valid until "), "{shown}");
        assert!(shown.ends_with("\nTLSCertificateSerial=4a001d\n"), "{shown}");
        let listed = listed(&folder);
        let expected = format!(
            "My/{name}\n  subject   CN=agent.example\n  names     agent.example\n  issuer    \
             CN=agent.example\n  serial    4a001d\n"
        );
        assert!(listed.starts_with(&expected) && listed.ends_with("  key       yes\n"), "{listed}");
        let again = output(|out| import(folder.path(), &file(name), secret, out)).1.unwrap_err();
        assert!(again.ends_with(&format!("{name} is there already; remove it first")), "{again}");
    }
}

#[test]
fn a_file_that_is_refused_leaves_nothing_in_the_store() {
    let folder = tempfile::tempdir().unwrap();
    let keyless = folder.path().join("keyless.pfx");
    fs::copy(file("agent.crt"), &keyless).unwrap();
    let wrong = |_| typed("wrong");
    let refused = |path: &Path| output(|out| import(folder.path(), path, secret, out)).1.unwrap_err();
    let error = output(|out| import(folder.path(), &file("modern.pfx"), wrong, out)).1.unwrap_err();
    assert!(error.contains("modern.pfx: the password that was typed does not open it"), "{error}");
    assert!(refused(&file("no-mac.pfx")).contains("without a MAC"));
    assert!(
        refused(&keyless).contains("keyless.pfx: it holds no certificate with its private key. To trust ")
    );
    assert!(refused(&file("agent.crt")).contains("use `lsam cert trust`"));
    assert!(refused(&folder.path().join("none.pfx")).contains("it can't be read"));
    assert_eq!(files_in(&folder), [""; 0]);
}

#[test]
fn the_list_names_what_is_wrong_with_each() {
    let folder = tempfile::tempdir().unwrap();
    let root = Credential::root("Root").unwrap();
    let leaf = root.issue(KeyKind::EcdsaP256, &["agent.example"]).unwrap();
    let old = Credential::new(KeyKind::EcdsaP256, None, |params| {
        params.not_before = rcgen::date_time_ymd(2019, 1, 1);
        params.not_after = rcgen::date_time_ymd(2020, 1, 1);
    });
    let client = Credential::new(KeyKind::EcdsaP256, None, |params| {
        params.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ClientAuth];
    });
    let client = client.unwrap();
    let files: [(&str, Vec<u8>); 6] = [
        ("My/leaf.cer", leaf.der().to_vec()),
        ("My/old.cer", old.unwrap().der().to_vec()),
        ("My/client.pem", (client.pem() + &client.key_pem()).into_bytes()),
        ("My/garbage.pem", b"garbage".to_vec()),
        ("Root/leaf.cer", leaf.der().to_vec()),
        ("CRL/root.crl", root.revocation_list(&[&leaf]).unwrap()),
    ];
    for (name, content) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    let listed = listed(&folder);
    for (place, problem) in [
        ("My/leaf.cer", "it is of no use in My without its private key"),
        ("My/old.cer", "it is not valid now, so that no peer accepts it"),
        ("My/client.pem", "its key usage does not allow it to be the agent's"),
        ("My/garbage.pem", "it is no certificate"),
        ("Root/leaf.cer", "it is not self-signed, so that it is no root"),
    ] {
        let block = listed.split_once(&format!("{place}\n")).unwrap().1;
        let block: String = block.lines().take_while(|line| line.starts_with(' ')).collect();
        assert!(block.contains(&format!("  problem   {problem}")), "{place}: {block}");
    }
    assert!(listed.contains("  validity  until 2") && listed.contains("  validity  EXPIRED on 2020-01-01"));
    assert!(listed.contains("CRL/root.crl\n  issuer    CN=Root\n  current   until "), "{listed}");
    assert!(listed.contains("\n  revoked   1\n"), "{listed}");
}

#[test]
fn what_the_agent_can_not_take_is_told() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("My")).unwrap();
    fs::copy(file("agent.crt"), folder.path().join("My/agent.crt")).unwrap();
    let store = DirectoryStore::open(folder.path()).unwrap();
    let (shown, result) = output(|out| find(&store, "4A 00 1D", out));
    assert!(shown.starts_with("My/agent.crt\n"), "{shown}");
    let expected =
        "the agent can't take 4a001d: the certificate with this serial number has no private key there";
    assert_eq!(result, Err(expected.to_owned()));
    assert!(output(|out| find(&store, "77", out)).1.unwrap_err().contains("no certificate in My or Root"));
    let thumbprint = Thumbprint(&store.certificates()[0]).to_string();
    let refused = output(|out| find(&store, &thumbprint.to_uppercase(), out)).1.unwrap_err();
    assert!(refused.contains("in My or Root has this serial number; it is the thumbprint of My/agent.crt: "));
    assert!(refused.ends_with("; write its serial number, 4a001d"), "{refused}");
    assert!(
        output(|out| find(&store, "agent", out)).1.unwrap_err().contains("something else than hexadecimal")
    );
}

#[test]
fn a_certificate_that_no_peer_takes_is_imported_with_a_warning_in_the_last_line() {
    for (name, key, words) in [
        ("sha1.crt", "plain.key", "no longer accepted, SHA-1 for example"),
        ("version-1.crt", "plain.key", "it is not of X.509 version 3"),
        ("explicit.crt", "explicit.key", "its public key is of a kind or size that is not accepted"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("agent.pem");
        fs::write(&path, [fs::read(file(name)).unwrap(), fs::read(file(key)).unwrap()].concat()).unwrap();
        let (shown, result) = output(|out| import(&folder.path().join("store"), &path, secret, out));
        assert_eq!(result, Ok(()), "{name}");
        let last = shown.lines().last().unwrap();
        assert!(
            last.starts_with("WARNING: scheduling servers refuse it: ") && last.contains(words),
            "{last}"
        );
    }
}

#[test]
fn a_file_gets_the_ending_of_its_form() {
    for (name, content, in_store) in [
        ("agent.pkcs12", "modern.pfx", "agent.pfx"),
        (".agent.P12", "modern.pfx", "agent.P12"),
        ("pem.pfx", "", "pem.pem"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        match content {
            "" => {
                let parts = ["agent.crt", "plain.key"].map(|name| fs::read(file(name)).unwrap());
                fs::write(&path, parts.concat()).unwrap();
            }
            content => drop(fs::copy(file(content), &path).unwrap()),
        }
        let (shown, result) = output(|out| import(folder.path(), &path, secret, out));
        assert_eq!(result, Ok(()), "{name}");
        assert!(shown.ends_with(&format!(", and has the name My/{in_store} in the store.\n")), "{shown}");
        assert!(listed(&folder).contains(&format!("My/{in_store}\n")), "{}", listed(&folder));
    }
}
