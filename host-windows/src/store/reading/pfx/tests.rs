use std::path::Path;

use super::super::tests::tlv;
use super::super::{Contents, ItemError, Password, PasswordSource, read_bytes};
use super::*;

fn bytes(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)).unwrap()
}

fn read(content: &[u8], password: &str) -> Contents {
    let text = Zeroizing::new(password.to_owned());
    read_bytes(content, |_| Ok(Password { text: text.clone(), source: PasswordSource::Prompt }))
}

/// Whether the certificate of `content` is found with its key, and what can't be used.
fn said(content: &[u8], password: &str) -> (bool, Vec<String>) {
    let contents = read(content, password);
    (contents.own().is_some(), contents.left.iter().map(ToString::to_string).collect())
}

const GOOD: (bool, Vec<String>) = (true, Vec::new());

fn sequence(parts: &[Vec<u8>]) -> Vec<u8> {
    tlv(SEQUENCE, &parts.concat())
}

/// The file without encryption, with the MAC that `mac` makes of its content.
fn with_mac(mac: impl FnOnce(&[u8]) -> Vec<u8>) -> Vec<u8> {
    let clear = bytes("clear.pfx");
    let mut rest = Element::only(&clear).unwrap().content;
    let (version, safe) = (Element::take(&mut rest).unwrap(), Element::take(&mut rest).unwrap());
    sequence(&[version.whole.to_vec(), safe.whole.to_vec(), mac(data(&safe).unwrap())])
}

/// MacData over `content` with SHA-256, and `password` in the form of the PKCS#12 function.
fn mac_data(content: &[u8], password: &[u8], iterations: &[u8]) -> Vec<u8> {
    let key = derive_key::<Sha256>(password, b"salt", Pkcs12KeyType::Mac, 1, 32);
    let mac = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &key), content);
    let info = sequence(&[sequence(&[tlv(OID, SHA256)]), tlv(OCTET_STRING, mac.as_ref())]);
    sequence(&[info, tlv(OCTET_STRING, b"salt"), tlv(INTEGER, iterations)])
}

#[test]
fn an_empty_password_and_no_password_both_open() {
    assert_eq!(said(&bytes("empty-password.pfx"), ""), GOOD);
    for password in [&[][..], &[0, 0]] {
        assert_eq!(said(&with_mac(|content| mac_data(content, password, &[1])), ""), GOOD, "{password:?}");
    }
    let other = with_mac(|content| mac_data(content, &[0, b'a', 0, 0], &[1]));
    assert_eq!(said(&other, "a"), GOOD);
    assert_eq!(said(&other, "").1, ["the password that was typed does not open it"]);
    let no_password = with_mac(|content| mac_data(content, &[], &[1]));
    assert_eq!(said(&no_password, "a").1, ["the password that was typed does not open it"]);
}

#[test]
fn a_character_beyond_the_first_plane_is_two_units() {
    let key = with_mac(|content| mac_data(content, &[0xd8, 0x3d, 0xdd, 0x11, 0, 0], &[1]));
    assert_eq!(said(&key, "\u{1f511}"), GOOD);
}

#[test]
fn the_mac_of_newer_programs_is_verified() {
    let pbmac1 = |content: &[u8], iterations: &[u8], length: u8| {
        let mut key = vec![0; usize::from(length)];
        pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA256, NonZeroU32::MIN, b"salt", b"secret", &mut key);
        let mac = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA512, &key), content);
        let prf = sequence(&[tlv(OID, HMAC_SHA256)]);
        let parameters =
            sequence(&[tlv(OCTET_STRING, b"salt"), tlv(INTEGER, iterations), tlv(INTEGER, &[length]), prf]);
        let derivation = sequence(&[tlv(OID, PBKDF2), parameters]);
        let parameters = sequence(&[derivation, sequence(&[tlv(OID, HMAC_SHA512)])]);
        let info = sequence(&[sequence(&[tlv(OID, PBMAC1), parameters]), tlv(OCTET_STRING, mac.as_ref())]);
        sequence(&[info, tlv(OCTET_STRING, b"not used")])
    };
    assert_eq!(said(&with_mac(|content| pbmac1(content, &[1], 32)), "secret"), GOOD);
    assert_eq!(said(&with_mac(|content| pbmac1(content, &[1], 32)), "other").1.len(), 1);
    let (_, left) = said(&with_mac(|content| pbmac1(content, &[0x7f, 0, 0, 0], 32)), "secret");
    assert!(
        left[0].contains("the number of iterations of PBKDF2 is 2130706432; 1500000 is accepted"),
        "{left:?}"
    );
    let (_, left) = said(&with_mac(|content| pbmac1(content, &[1], 65)), "secret");
    assert!(left[0].contains("its MAC is of a kind that is not known"), "{left:?}");
}

#[test]
fn iterations_of_the_mac_are_bounded() {
    for (iterations, expected) in [
        (
            &[0x7f, 0xff, 0xff, 0xff][..],
            "the number of iterations of the MAC is 2147483647; 1500000 is accepted at most",
        ),
        (&[0], "the number of iterations of the MAC is 0; "),
        (&[0xff], "the number of iterations of the MAC is larger than any"),
    ] {
        let (_, left) = said(&with_mac(|content| mac_data(content, &[0, 0], iterations)), "");
        assert!(left[0].contains(expected), "{left:?}");
    }
}

/// `der` with indefinite lengths and OCTET STRINGs in pieces, as Bouncy Castle writes it.
fn as_ber(der: &[u8]) -> Vec<u8> {
    let element = Element::only(der).unwrap();
    let pieces = || element.content.chunks(100).flat_map(|piece| tlv(OCTET_STRING, piece)).collect();
    let (tag, content): (u8, Vec<u8>) = match element.tag {
        OCTET_STRING if element.content.len() > 100 => (0x24, pieces()),
        // encryptedContent [0] IMPLICIT OCTET STRING
        0x80 => (CONTEXT_0, pieces()),
        tag if tag & 0x20 == 0 => return der.to_vec(),
        tag => (tag, element.children().unwrap().iter().flat_map(|child| as_ber(child.whole)).collect()),
    };
    [&[tag, 0x80][..], &content, &[0, 0]].concat()
}

#[test]
fn ber_is_read_at_every_level() {
    let utf16: Vec<u8> = "secret\0".encode_utf16().flat_map(u16::to_be_bytes).collect();
    for name in ["modern.pfx", "older.pfx", "clear.pfx"] {
        let file = bytes(name);
        let mut rest = Element::only(&file).unwrap().content;
        let version = Element::take(&mut rest).unwrap().whole.to_vec();
        let safe = Element::take(&mut rest).unwrap();
        // The content of the OCTET STRING, which the MAC covers.
        let content = as_ber(data(&safe).unwrap());
        let safe = sequence(&[tlv(OID, DATA), tlv(CONTEXT_0, &tlv(OCTET_STRING, &content))]);
        let file = as_ber(&sequence(&[version, safe, mac_data(&content, &utf16, &[1])]));
        assert!(file.starts_with(&[0x30, 0x80]));
        assert_eq!(said(&file, "secret"), GOOD, "{name}");
        assert_eq!(said(&[&file[..], &[0; 8]].concat(), "secret"), GOOD, "{name}");
    }
}

#[test]
fn what_is_of_another_version_or_has_no_mac_is_named() {
    assert!(matches!(read(&bytes("clear.pfx"), "secret").left[0].error, ItemError::NoMac));
    let mut other = bytes("modern.pfx");
    let at = other.windows(3).position(|three| three == [2, 1, 3]).unwrap();
    other[at + 2] = 4;
    assert!(said(&other, "secret").1[0].contains("it has another version than 3"));
}
