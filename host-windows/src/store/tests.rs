use std::fs;
use std::path::Path;

use lsam_core::x509::SerialNumber;
use rcgen::{
    BasicConstraints, CertificateRevocationListParams, DnType, IsCa, KeyIdMethod, KeyUsagePurpose,
    date_time_ymd,
};
use tempfile::TempDir;

use super::*;
use crate::authority::{Credential, KeyKind};

/// A certificate that may issue others, with this serial number.
fn made(name: &str, serial: &[u8], issuer: Option<&Credential>) -> Credential {
    made_until(name, serial, issuer, 2090)
}

fn made_until(name: &str, serial: &[u8], issuer: Option<&Credential>, until: i32) -> Credential {
    Credential::new(KeyKind::EcdsaP256, issuer, |params| {
        params.distinguished_name.push(DnType::CommonName, name);
        params.serial_number = Some(rcgen::SerialNumber::from_slice(serial));
        params.not_before = date_time_ymd(2019, 1, 1);
        params.not_after = date_time_ymd(until, 1, 1);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::CrlSign, KeyUsagePurpose::KeyCertSign];
    })
    .unwrap()
}

fn folder(files: &[(&str, &[u8])]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    folder
}

fn open(folder: &TempDir) -> DirectoryStore {
    DirectoryStore::open(folder.path()).unwrap()
}

fn problems(store: &DirectoryStore) -> Vec<String> {
    store.problems().iter().map(ToString::to_string).collect()
}

fn serial(bytes: &[u8]) -> SerialNumber {
    SerialNumber::from_bytes(bytes).unwrap()
}

/// Where the certificate with this serial number was found, after getting its key.
fn place(store: &DirectoryStore, number: &[u8]) -> String {
    let stored = find_by_serial(store, &serial(number)).unwrap().certificate;
    assert!(!store.signing_key(stored).unwrap().schemes().is_empty());
    stored.place.clone()
}

#[test]
fn each_kind_of_file_is_read() {
    let all: Vec<Credential> = (1..=8).map(|n| made("agent.example", &[n], None)).collect();
    let [one, two, three, four, five, six, seven, eight] = all.as_slice() else { panic!() };
    let store = open(&folder(&[
        ("My/one.pem", (one.pem() + &one.key_pem()).as_bytes()),
        ("My/two.pem", (two.key_pem() + "\r\nSome text\r\n" + &two.pem()).as_bytes()),
        ("My/three.crt", three.pem().as_bytes()),
        ("My/three.key", three.key_pem().as_bytes()),
        ("My/four.der", four.der()),
        ("My/four.key", &four.key_der()),
        ("My/five.pfx", &five.pfx("geheim, \"ü\"", false).unwrap()),
        ("My/five.password", "geheim, \"ü\"\r\n".as_bytes()),
        ("My/six.P12", &six.pfx("old", true).unwrap()),
        ("My/six.password", b"\xef\xbb\xbfold"),
        ("My/seven.pfx", &seven.pfx("", false).unwrap()),
        ("Root/eight.cer", eight.der()),
        ("My/.hidden", b"whatever"),
    ]));
    assert_eq!(problems(&store), [] as [&str; 0]);
    for (n, name) in
        (1..).zip(["one.pem", "two.pem", "three.crt", "four.der", "five.pfx", "six.P12", "seven.pfx"])
    {
        assert_eq!(place(&store, &[n]), format!("My/{name}"));
    }
    let places: Vec<_> =
        store.certificates().iter().map(|stored| (stored.place.as_str(), stored.has_key)).collect();
    assert_eq!(places.last(), Some(&("Root/eight.cer", false)));
}

#[test]
fn a_broken_file_is_named_and_hides_no_other() {
    let (good, other) = (made("agent.example", &[1], None), made("other.example", &[2], None));
    let cut = good.pem().replace("-----END CERTIFICATE-----", "");
    let damaged = good.pem().replacen("MII", "M!!", 1);
    let mut wrong = good.der().to_vec();
    wrong.truncate(200);
    let folder = folder(&[
        ("My/cut.pem", cut.as_bytes()),
        ("My/damaged.pem", damaged.as_bytes()),
        (
            "My/encrypted.key",
            b"-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n",
        ),
        ("My/garbage.pfx", b"garbage"),
        ("My/good.pem", (good.pem() + &good.key_pem()).as_bytes()),
        ("My/huge.pem", &vec![b'\n'; (1 << 20) + 1]),
        ("My/locked.pfx", &good.pfx("right", false).unwrap()),
        ("My/locked.password", b"wrong"),
        ("My/locked16.pfx", &good.pfx("right", false).unwrap()),
        ("My/locked16.password", b"\xff\xfew\0r\0o\0n\0g\0"),
        ("My/locked8.pfx", &good.pfx("right", false).unwrap()),
        ("My/locked8.password", b"\xfc"),
        ("My/lonely.key", other.key_pem().as_bytes()),
        ("My/notes.txt", b"remember the milk"),
        ("My/short.cer", &wrong),
        ("Rot/ca.pem", good.pem().as_bytes()),
    ]);
    let store = open(&folder);
    let problems = problems(&store);
    let expected = [
        ("Rot: ", "none of the folders My, Root, CA and CRL"),
        ("My/cut.pem: ", "the line -----END CERTIFICATE----- is missing"),
        ("My/damaged.pem: ", "section 1, which begins in line 1: it is damaged PEM: line 2 is not Base64"),
        (
            "My/encrypted.key: ",
            "section 1, which begins in line 1: the private key in it is not a usable private key",
        ),
        ("My/garbage.pfx: ", "it is no certificate, private key, revocation list, PFX or PKCS#7 file"),
        ("My/huge.pem: ", "longer than 1048576 bytes"),
        ("My/locked.pfx: ", "locked.password does not open it"),
        ("My/locked16.pfx: ", "locked16.password does not open it"),
        ("My/locked8.pfx: ", "locked8.password: it is not UTF-8 text"),
        ("My/notes.txt: ", "it is no certificate"),
        ("My/short.cer: ", "it ends too early, "),
        ("My/lonely.key: ", "belongs to no certificate"),
    ];
    assert_eq!(problems.len(), expected.len(), "{problems:#?}");
    for ((place, reason), problem) in expected.iter().zip(&problems) {
        assert!(problem.starts_with(place) && problem.contains(reason), "{problem}");
    }
    assert_eq!(place(&store, &[1]), "My/good.pem");
}

#[test]
fn a_store_that_is_not_there_is_an_error_and_an_empty_one_is_not() {
    let folder = folder(&[]);
    assert!(DirectoryStore::open(&folder.path().join("none")).is_err());
    assert!(DirectoryStore::open(Path::new(file!())).is_err());
    let store = open(&folder);
    assert!(store.certificates().is_empty() && store.problems().is_empty());
    assert_eq!(find_by_serial(&store, &serial(&[1])), Err(NotFound::Unknown));
}

#[test]
fn a_folder_with_too_many_files_is_read_in_part_and_says_so() {
    let folder = folder(&[("Root/0000.pem", Credential::root("First").unwrap().pem().as_bytes())]);
    for n in 1..=1000 {
        fs::write(folder.path().join(format!("Root/{n:04}.txt")), "").unwrap();
    }
    let store = open(&folder);
    assert_eq!(store.certificates().len(), 1);
    let told = |problem: &Problem| problem.reason == "it has more than 1000 files; the rest is not used";
    assert_eq!(store.problems().iter().filter(|problem| told(problem)).count(), 1);
    assert!(store.problems().len() <= 1001);
}

#[test]
fn a_serial_number_chooses_by_section_key_and_uniqueness() {
    let [my, root, both, twin] =
        [("my", 1), ("root", 2), ("both", 3), ("twin", 3)].map(|(name, n)| made(name, &[n], None));
    let [keyless, twice, late, early] =
        [("keyless", 4), ("twice", 5), ("late", 6), ("early", 6)].map(|(name, n)| made(name, &[n], None));
    let with_key = |made: &Credential| made.pem() + &made.key_pem();
    let store = open(&folder(&[
        ("My/my.pem", with_key(&my).as_bytes()),
        ("Root/root.pem", with_key(&root).as_bytes()),
        ("My/both.pem", with_key(&both).as_bytes()),
        ("Root/twin.pem", with_key(&twin).as_bytes()),
        ("My/keyless.pem", keyless.pem().as_bytes()),
        ("Root/keyless.pem", keyless.pem().as_bytes()),
        ("My/twice.pem", with_key(&twice).as_bytes()),
        ("My/twice.cer", twice.der()),
        ("My/late.pem", with_key(&late).as_bytes()),
        ("My/early.pem", with_key(&early).as_bytes()),
        ("CA/elsewhere.pem", with_key(&made("ca", &[7], None)).as_bytes()),
    ]));
    assert_eq!(place(&store, &[1]), "My/my.pem");
    assert_eq!(place(&store, &[0, 0, 2]), "Root/root.pem");
    assert_eq!(place(&store, &[3]), "My/both.pem", "My comes before Root");
    assert_eq!(place(&store, &[5]), "My/twice.cer", "the same certificate twice is one");
    let names =
        |found: Vec<&StoredCertificate>| found.iter().map(|stored| stored.place.clone()).collect::<Vec<_>>();
    match find_by_serial(&store, &serial(&[4])) {
        Err(NotFound::WithoutKey(found)) => assert_eq!(names(found), ["My/keyless.pem", "Root/keyless.pem"]),
        other => panic!("{other:?}"),
    }
    match find_by_serial(&store, &serial(&[6])) {
        Err(NotFound::Several(found)) => assert_eq!(names(found), ["My/early.pem", "My/late.pem"]),
        other => panic!("{other:?}"),
    }
    assert_eq!(find_by_serial(&store, &serial(&[7])), Err(NotFound::Unknown), "CA is not searched");
}

#[test]
fn a_certificate_is_described_for_people() {
    let valid = made("agent.example", &[0x4a, 0, 0x1d], None);
    let expired = made_until("old.example", &[0, 0xe1], None, 2020);
    let endless = |second| {
        let made = Credential::new(KeyKind::EcdsaP256, None, |params| {
            params.distinguished_name.push(DnType::CommonName, "device.example");
            params.serial_number = Some(rcgen::SerialNumber::from_slice(&[7]));
            params.not_after = date_time_ymd(9999, 12, 31) + std::time::Duration::from_secs(second);
        });
        made.unwrap().pem()
    };
    let store = open(&folder(&[
        ("My/a.pem", valid.pem().as_bytes()),
        ("My/b.pem", expired.pem().as_bytes()),
        ("My/c.pem", endless(24 * 60 * 60 - 1).as_bytes()),
        ("My/d.pem", endless(0).as_bytes()),
    ]));
    let lines: Vec<_> = store.certificates().iter().map(ToString::to_string).collect();
    assert_eq!(
        lines,
        [
            "My/a.pem: CN=agent.example, serial 4a001d, valid until 2090-01-01, without private key",
            "My/b.pem: CN=old.example, serial e1, EXPIRED on 2020-01-01, without private key",
            "My/c.pem: CN=device.example, serial 07, valid with no expiry, without private key",
            "My/d.pem: CN=device.example, serial 07, valid until 9999-12-31, without private key",
        ]
    );
}

#[test]
fn the_chain_leads_from_the_leaf_to_below_the_root() {
    let root = made("Root", &[1], None);
    let first = made("First", &[2], Some(&root));
    let second = made("Second", &[3], Some(&first));
    let renewed = made_until("Second", &[4], Some(&first), 2095);
    let leaf = made("agent.example", &[5], Some(&second));
    let leaf_pem = leaf.pem() + &leaf.key_pem();
    let folder = folder(&[
        ("My/leaf.pem", leaf_pem.as_bytes()),
        ("My/self.pem", root.pem().as_bytes()),
        ("CA/first.pem", first.pem().as_bytes()),
        ("CA/second.cer", second.der()),
        ("CA/renewed.cer", renewed.der()),
        ("Root/root.pem", root.pem().as_bytes()),
    ]);
    let store = open(&folder);
    let serials = |leaf: &[u8]| {
        let leaf = Certificate::from_der(leaf).unwrap();
        chain(store.certificates().iter().map(|stored| &stored.certificate), &leaf)
            .iter()
            .map(|certificate| certificate.serial.to_string())
            .collect::<Vec<_>>()
    };
    // The renewed one has the issuer's name and is valid longer, but has another key.
    assert_eq!(serials(leaf.der()), ["05", "03", "02"]);
    assert_eq!(serials(root.der()), ["01"], "a self-signed certificate stands alone");
    assert_eq!(serials(made("x", &[9], Some(&leaf)).der()), ["09", "05", "03", "02"]);
    assert_eq!(serials(made("x", &[9], Some(&made("y", &[8], None))).der()), ["09"]);
}

#[test]
fn revocation_lists_are_kept_and_damaged_ones_named() {
    let ca = made("CA", &[1], None);
    let params = CertificateRevocationListParams {
        this_update: date_time_ymd(2026, 1, 1),
        next_update: date_time_ymd(2090, 1, 1),
        crl_number: rcgen::SerialNumber::from(1),
        issuing_distribution_point: None,
        revoked_certs: Vec::new(),
        key_identifier_method: KeyIdMethod::Sha256,
    };
    let crl = params.signed_by(&ca.issuer()).unwrap();
    let store = open(&folder(&[
        ("CRL/a.crl", crl.der()),
        ("CRL/b.crl", crl.pem().unwrap().as_bytes()),
        ("CRL/c.crl", &crl.der()[..40]),
    ]));
    let crls: Vec<_> =
        store.crls().iter().map(|stored| (stored.place.as_str(), stored.der.as_slice())).collect();
    assert_eq!(crls, [("CRL/a.crl", crl.der().as_ref()), ("CRL/b.crl", crl.der().as_ref())]);
    assert_eq!(store.problems().len(), 1);
}
