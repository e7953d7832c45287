use std::path::PathBuf;

use super::*;

/// A file written by OpenSSL; see `host-windows/tests/data/make`.
fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

fn bytes(name: &str) -> Vec<u8> {
    std::fs::read(file(name)).unwrap()
}

fn typed(text: &str) -> Result<Password, ItemError> {
    Ok(Password { text: Zeroizing::new(text.to_owned()), source: PasswordSource::Prompt })
}

fn read(content: &[u8], password: &str) -> Contents {
    read_bytes(content, |_| typed(password))
}

/// What can't be used of `content`, in words.
fn left(content: &[u8], password: &str) -> Vec<String> {
    read(content, password).left.iter().map(ToString::to_string).collect()
}

/// The number of certificates, of keys of the certificate, and of lists, if everything can be used.
fn whole(content: &[u8]) -> (usize, usize, usize) {
    let contents = read(content, "secret");
    assert!(contents.left.is_empty(), "{:?}", contents.left);
    let certificate = certificate();
    let count = |is: fn(&Certificate, &Item) -> bool| {
        contents.items.iter().filter(|item| is(&certificate, item)).count()
    };
    (
        count(|known, item| matches!(item, Item::Certificate(certificate) if certificate == known)),
        count(|known, item| matches!(item, Item::Key(key) if known.is_of(key))),
        count(|_, item| matches!(item, Item::Crl(_))),
    )
}

fn certificate() -> Certificate {
    match read(&bytes("agent.crt"), "").items.pop() {
        Some(Item::Certificate(certificate)) => certificate,
        _ => panic!("no certificate"),
    }
}

fn text(name: &str) -> String {
    String::from_utf8(bytes(name)).unwrap()
}

fn base64(bytes: &[u8]) -> String {
    use base64ct::Encoding;
    base64ct::Base64::encode_string(bytes)
}

#[test]
fn a_certificate_is_read_in_whatever_form_it_comes() {
    let (pem, der) = (text("agent.crt"), certificate().der);
    let utf16: Vec<u8> = format!("\u{feff}{pem}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    let forms: Vec<(&str, Vec<u8>)> = vec![
        ("PEM", pem.clone().into_bytes()),
        ("a mark of UTF-8", format!("\u{feff}{pem}").into_bytes()),
        ("UTF-16", utf16),
        ("indented", pem.replace('\n', "\n    ").into_bytes()),
        ("lines of an old Mac", pem.replace('\n', "\r").into_bytes()),
        ("one line", pem.replace('\n', "").into_bytes()),
        ("from JSON", pem.replace('\n', "\\n").into_bytes()),
        ("another label", pem.replace("CERTIFICATE", "X509 CERTIFICATE").into_bytes()),
        ("text around it", [b"f\xfcr M\xfcnchen\n", pem.as_bytes(), b"\nThe end\n"].concat()),
        ("DER", der.clone()),
        ("DER and a line end", [&der[..], b"\r\n"].concat()),
        ("DER and zeros", [&der[..], &[0; 8]].concat()),
        ("Base64 without marks", base64(&der).into_bytes()),
        ("trusted", bytes("trusted.crt")),
        ("PKCS#7", bytes("chain.p7b")),
        ("PKCS#7 in DER", bytes("chain-der.p7b")),
        (
            "PKCS#7 that says it is a certificate",
            text("chain.p7b").replace("PKCS7", "CERTIFICATE").into_bytes(),
        ),
    ];
    for (form, content) in forms {
        assert_eq!(whole(&content), (1, 0, 0), "{form}");
    }
    assert_eq!(whole(format!("{0}{0}", pem.trim_end()).as_bytes()), (2, 0, 0), "glued");
    assert_eq!(whole(&[&der[..], &der].concat()), (2, 0, 0), "DER twice");
}

#[test]
fn keys_of_each_kind_are_opened() {
    let keys = [
        "plain.key",
        "sec1.key",
        "aes256.key",
        "aes256.der",
        "des3.key",
        "sha1.key",
        "scrypt.key",
        "pbes1.key",
        "rc2.key",
    ];
    for name in keys {
        assert_eq!(whole(&bytes(name)), (0, 1, 0), "{name}");
    }
    for name in ["modern.pfx", "older.pfx", "rc2.pfx"] {
        assert_eq!(whole(&bytes(name)), (1, 1, 0), "{name}");
        assert_eq!(whole(base64(&bytes(name)).as_bytes()), (1, 1, 0), "{name} in Base64");
        assert_eq!(whole(&[&bytes(name)[..], &[0; 8]].concat()), (1, 1, 0), "{name} and zeros");
    }
}

#[test]
fn a_wrong_password_is_told_from_a_broken_file() {
    let keys = [
        "aes256.key",
        "aes256.der",
        "des3.key",
        "scrypt.key",
        "pbes1.key",
        "modern.pfx",
        "older.pfx",
        "rc2.pfx",
    ];
    for name in keys {
        for password in ["", "Secret", "secret "] {
            let left = left(&bytes(name), password);
            assert_eq!(left.len(), 1, "{name}: {left:?}");
            assert!(left[0].ends_with("the password that was typed does not open it"), "{name}: {left:?}");
        }
    }
}

#[test]
fn what_is_not_read_is_named_with_what_to_do() {
    let key = text("plain.key");
    let pem = text("agent.crt");
    let cases: Vec<(Vec<u8>, &str)> = vec![
        (b"".to_vec(), "it is empty"),
        (b"\xef\xbb\xbf \r\n".to_vec(), "it is empty"),
        (
            b"remember the milk".to_vec(),
            "it is no certificate, private key, revocation list, PFX or PKCS#7 file",
        ),
        (
            b"\xfe\xed\xfe\xed\0\0\0\x02".to_vec(),
            "it is a Java keystore (JKS), which is not read here; make a PFX file of it with `keytool ",
        ),
        (b"\xce\xce\xce\xce\0\0\0\x02".to_vec(), "it is a Java keystore (JCEKS)"),
        (
            b"PuTTY-User-Key-File-3: ecdsa".to_vec(),
            "it is a key of PuTTY, which is not read here; write it anew with `puttygen ",
        ),
        (
            key.replace("PRIVATE", "OPENSSH PRIVATE").into_bytes(),
            "it is an OpenSSH private key, which is not read here; write it anew with `ssh-keygen -p -m \
             PKCS8 ",
        ),
        (b"ecdsa-sha2-nistp256 AAAA".to_vec(), "it is an SSH public key"),
        (b"<!doctype html>".to_vec(), "it is a web page"),
        (
            bytes("request.csr"),
            "it is a certificate request, which is not read here; send it to the certification authority",
        ),
        (bytes("traditional.key"), "`openssl pkcs8 -topk8 -v2 aes-256-cbc"),
        (
            bytes("md5.key"),
            "encrypted in a way that is not known (PBE with DES); write it anew with `openssl pkcs8",
        ),
        (
            bytes("rc4.pfx"),
            "encrypted in a way that is not known (RC4 with 128 bits); write it anew with `openssl pkcs12",
        ),
        (bytes("no-mac.pfx"), "it is a PFX file without a MAC"),
        (certificate().der[..100].to_vec(), "it ends too early, "),
        ([&certificate().der[..], b"more"].concat(), "the last 4 bytes belong to nothing"),
        (
            pem.replace("CERTIFICATE", "SOMETHING").into_bytes(),
            "it is a section of PEM of a kind that is not used here",
        ),
        (
            bytes("distrusted.crt"),
            "OpenSSL noted of this certificate (BEGIN TRUSTED CERTIFICATE) that it is not trusted for TLS",
        ),
    ];
    for (content, expected) in cases {
        let left = left(&content, "secret");
        assert!(left.iter().any(|left| left.contains(expected)), "{expected}: {left:?}");
    }
}

#[test]
fn a_part_that_can_not_be_used_costs_only_itself() {
    let pem = text("agent.crt");
    for bad in [
        pem.replacen("MII", "M!I", 1),
        pem.replacen("MII", "ZII", 1),
        pem.replace("-----END CERTIFICATE-----\n", ""),
        pem.replacen("-----BEGIN", "----BEGIN", 1),
    ] {
        let contents = read(format!("{pem}{bad}{pem}").as_bytes(), "");
        assert_eq!(contents.items.len(), 2, "{bad}");
        let [left] = contents.left.as_slice() else { panic!("{:?}", contents.left) };
        let lines = pem.lines().count();
        assert_eq!(left.place, Place { section: Some((lines + 1, 2)), entry: None }, "{bad}");
    }
    // The key is encrypted with an unsafe scheme, the certificate is not.
    let contents = read(&bytes("rc4.pfx"), "secret");
    assert_eq!((contents.items.len(), contents.left.len()), (1, 1), "{:?}", contents.left);
    // A damaged certificate in PKCS#7 is reported by its number.
    let chain = bytes("chain-der.p7b");
    let der = certificate().der;
    let at = chain.windows(der.len()).position(|window| window == der).unwrap();
    let mut damaged = chain;
    // The INTEGER of its version.
    damaged[at + 10] = 0x0c;
    let left = left(&damaged, "");
    assert_eq!(left, ["number 1 in it: a certificate in it is damaged; copy or export it anew"]);
}

#[test]
fn sections_of_all_kinds_stand_together() {
    let parts = ["ec-parameters.pem", "scrypt.key", "agent.crt", "plain.key", "aes256.key"];
    let all: Vec<u8> = parts.iter().flat_map(|name| bytes(name)).collect();
    assert_eq!(whole(&all), (1, 3, 0));
}

#[test]
fn a_password_is_asked_for_only_when_it_is_needed() {
    let refused = |_| Err(ItemError::PasswordFile(PathBuf::from("file"), "gone".to_owned()));
    let contents = read_items(&file("aes256.key"), refused);
    assert!(contents.left[0].to_string().ends_with(": the password can't be read from file: gone"));
    for name in ["plain.key", "agent.crt"] {
        assert_eq!(read_items(&file(name), |_| panic!("asked for")).items.len(), 1);
    }
    let path = file("no such file");
    let contents = read_items(&path, |_| panic!("asked for"));
    assert!(contents.left[0].to_string().starts_with("it can't be read: "));
}

#[test]
fn only_revocation_lists_may_be_long() {
    let ca = crate::authority::Credential::root("Root").unwrap();
    let list = ca.revocation_list(&[]).unwrap();
    let padded = |mut content: Vec<u8>| {
        content.resize(MAX_FILE + 1, b'\n');
        content
    };
    assert_eq!(whole(&padded(list)), (0, 0, 1));
    let words = format!("it is longer than {MAX_FILE} bytes; only revocation lists may be");
    for name in ["agent.crt", "plain.key", "modern.pfx"] {
        assert_eq!(left(&padded(bytes(name)), "secret"), [words.as_str()], "{name}");
    }
}

/// An element in DER.
pub(super) fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len();
    let header = match length {
        0..=0x7f => vec![tag, u8::try_from(length).unwrap()],
        _ => [&[tag, 0x84][..], &u32::try_from(length).unwrap().to_be_bytes()].concat(),
    };
    [header, content.to_vec()].concat()
}

/// A pseudorandom sequence, the same each time (Marsaglia's xorshift).
struct Numbers(u32);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        usize::try_from(self.0).unwrap() % bound
    }
}

/// `content` with one to three changes such as transfers, editors and attackers make.
fn mutated(content: &[u8], numbers: &mut Numbers) -> Vec<u8> {
    let mut content = content.to_vec();
    for _ in 0..=numbers.below(3) {
        let at = numbers.below(content.len());
        match numbers.below(7) {
            0 => content.truncate(at.max(1)),
            1 => content[at] ^= 1 << numbers.below(8),
            2 => content[at] = [0, 0x80, 0xff, b'-', b'=', 0x30, b'\n', 0x24][numbers.below(8)],
            3 => content.insert(at, [0, 0x80, b'-', b'\\', b'\r', 0x30][numbers.below(6)]),
            4 => drop(content.remove(at)),
            5 => content.extend_from_within(at..),
            _ => content.rotate_left(at),
        }
        if content.is_empty() {
            content.push(0);
        }
    }
    content
}

#[test]
fn no_mutation_panics_or_shows_what_is_inside() {
    let mut numbers = Numbers(0x2545_f491);
    let secret = text("plain.key").lines().nth(1).unwrap().to_owned();
    for entry in std::fs::read_dir(file("")).unwrap() {
        let path = entry.unwrap().path();
        let content = std::fs::read(&path).unwrap();
        for round in 0..60 {
            let content = mutated(&content, &mut numbers);
            for left in read(&content, "secret").left {
                let said = format!("{left} {left:?}");
                let shown = secret.as_bytes().windows(8).map(|part| std::str::from_utf8(part).unwrap());
                assert!(
                    !shown.into_iter().any(|part| said.contains(part)),
                    "{} {round}: {said}",
                    path.display()
                );
            }
        }
    }
}
