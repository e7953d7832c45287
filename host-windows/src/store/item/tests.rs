use std::path::PathBuf;

use super::*;

/// A file that OpenSSL wrote, see `host-windows/tests/data/make`.
fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

fn read(name: &str, password: &str) -> Result<Vec<Item>, String> {
    read_items(&file(name), || Ok(Zeroizing::new(password.to_owned()))).map_err(|error| error.to_string())
}

fn certificate() -> Certificate {
    match read("agent.crt", "").unwrap().pop() {
        Some(Item::Certificate(certificate)) => certificate,
        _ => panic!("no certificate"),
    }
}

/// Whether `items` has the private key of the certificate, and how many others there are.
fn has_key(items: &[Item]) -> (bool, usize) {
    let certificate = certificate();
    let is_key = |item: &&Item| matches!(item, Item::Key(key) if certificate.is_of(key));
    (items.iter().any(|item| is_key(&item)), items.iter().filter(|item| !is_key(item)).count())
}

#[test]
fn encrypted_keys_of_each_kind_are_opened() {
    for name in ["plain.key", "aes256.key", "aes256.der", "des3.key", "sha1.key", "scrypt.key"] {
        assert_eq!(has_key(&read(name, "secret").unwrap()), (true, 0), "{name}");
    }
    for name in ["modern.pfx", "older.pfx"] {
        assert_eq!(has_key(&read(name, "secret").unwrap()), (true, 1), "{name}");
    }
}

#[test]
fn a_wrong_password_is_told_from_a_broken_file() {
    for name in ["aes256.key", "aes256.der", "des3.key", "scrypt.key", "modern.pfx", "older.pfx"] {
        for password in ["", "Secret", "secret "] {
            let error = read(name, password).err().unwrap();
            assert!(
                error.starts_with("the password does not open it; write the password to"),
                "{name}: {error}"
            );
        }
    }
}

#[test]
fn other_encryptions_are_refused_with_what_to_do() {
    for name in ["pbes1.key", "traditional.key"] {
        let error = read(name, "secret").err().unwrap();
        assert!(error.contains("`openssl pkcs8 -topk8 -v2 aes-256-cbc`"), "{name}: {error}");
    }
    let error = read("no-mac.pfx", "secret").err().unwrap();
    assert!(error.starts_with("it is a PFX file without a MAC"), "{error}");
}

#[test]
fn a_password_that_can_not_be_had_is_the_error() {
    let items =
        read_items(&file("aes256.key"), || Err(ItemError::Io(io::ErrorKind::PermissionDenied.into())));
    assert!(items.err().unwrap().to_string().starts_with("it can't be read: "));
    assert!(read_items(&file("plain.key"), || panic!("asked for")).is_ok());
    assert!(read_items(&file("agent.crt"), || panic!("asked for")).is_ok());
}

#[test]
fn encrypted_and_plain_sections_may_stand_together() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("all.pem");
    let parts = ["scrypt.key", "agent.crt", "plain.key", "aes256.key"];
    let all: Vec<u8> = parts.iter().flat_map(|name| std::fs::read(file(name)).unwrap()).collect();
    std::fs::write(&path, &all).unwrap();
    let items = read_items(&path, || Ok(Zeroizing::new("secret".to_owned()))).unwrap();
    assert_eq!(items.len(), 4);
    assert_eq!(has_key(&items), (true, 1));
}

#[test]
fn no_truncation_panics() {
    for name in ["aes256.der", "modern.pfx", "older.pfx", "no-mac.pfx"] {
        let whole = std::fs::read(file(name)).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        for length in (0..whole.len()).step_by(17) {
            std::fs::write(&path, &whole[..length]).unwrap();
            assert!(
                read_items(&path, || Ok(Zeroizing::new("secret".to_owned()))).is_err(),
                "{name} {length}"
            );
        }
    }
}
