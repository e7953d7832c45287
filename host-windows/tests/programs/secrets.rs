//! No program shows any part of a private key, however its file is damaged.

use std::collections::HashSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use lsam_host_windows::authority::{Credential, KeyKind};
use lsam_host_windows::cert;
use lsam_host_windows::identity::Identity;
use lsam_host_windows::store::password;

use crate::common::programs::Site;

/// How many consecutive Base64 characters count as a part of the key: 48 bits.
const PART: usize = 8;

/// `pem`, damaged in every way known from editors, scripts, vaults and transfers.
fn damaged(pem: &str) -> Vec<Vec<u8>> {
    let lines: Vec<&str> = pem.lines().collect();
    let body = lines[1..lines.len() - 1].concat();
    let mut files: Vec<String> = Vec::new();
    for joint in ["\\n", " ", "", "\r", "\\r\\n", "\n\n", "\n>", "\",\n\"", "\t", ";", "\0", "-", "\n-----\n"]
    {
        files.push(lines.join(joint));
        files.push(format!("key: \"{}\"", lines.join(joint)));
    }
    for (from, to) in [
        ("-----BEGIN", "----BEGIN"),
        ("-----BEGIN", "BEGIN"),
        ("-----BEGIN", "\u{2014}-BEGIN"),
        ("KEY-----\n", "KEY----\n"),
        ("KEY-----\n", "KEY\n"),
        ("KEY-----\n", "KEY "),
        ("KEY-----\n", ""),
        ("-----END", "----END"),
        ("-----END", "-----FIN"),
        ("-----END", "\n-----BEGIN"),
        ("BEGIN PRIVATE KEY", "BEGIN CERTIFICATE"),
        ("BEGIN PRIVATE KEY", "BEGIN EC PRIVATE KEY"),
        ("BEGIN PRIVATE KEY-----", "BEGIN "),
        ("BEGIN PRIVATE KEY-----\n", "BEGIN "),
        ("PRIVATE KEY", "SECRET THING"),
        ("PRIVATE KEY", "ENCRYPTED PRIVATE KEY"),
        ("PRIVATE KEY", "CERTIFICATE"),
        ("PRIVATE KEY", "OPENSSH PRIVATE KEY"),
        ("PRIVATE KEY", "PKCS7"),
        ("PRIVATE KEY", "X509 CRL"),
        ("PRIVATE KEY", ""),
        ("KEY-----\n", "KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: "),
        ("KEY-----\n", "KEY-----\nComment: "),
    ] {
        files.push(pem.replace(from, to));
        files.push(pem.replacen(from, to, 1));
        files.push(pem.replacen(from, to, 1).replace('\n', ""));
    }
    for place in (0..pem.len()).step_by(31) {
        files.push(pem[..place].to_owned());
        files.push(pem[place..].to_owned());
        for inserted in ["!", "=", "\n", "-----", "\u{e4}", ":", "-----END PRIVATE KEY-----"] {
            files.push(format!("{}{inserted}{}", &pem[..place], &pem[place..]));
        }
    }
    files.push(body.clone());
    files.push(body.chars().rev().collect());
    let mut files: Vec<Vec<u8>> = files.into_iter().map(String::into_bytes).collect();
    let utf16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    files.extend([
        utf16(pem),
        utf16(&format!("\u{feff}{}", pem.replace('\n', ""))),
        utf16(pem)[1..].to_vec(),
    ]);
    files
}

/// All parts of the key in `pem`.
fn parts(pem: &str) -> HashSet<Vec<u8>> {
    let body: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    body.as_bytes().windows(PART).map(<[u8]>::to_vec).collect()
}

#[test]
fn no_damage_makes_a_program_show_a_part_of_a_key() {
    let key = Credential::self_signed(KeyKind::Rsa, &["agent.example"]).unwrap().key_pem();
    let parts = parts(&key);
    let assert_secret = |what: &str, text: &str| {
        let shown = text.as_bytes().windows(PART).find(|part| parts.contains(*part));
        assert!(shown.is_none(), "{what} shows a part of the key: {text}");
    };
    let site = Site::new();
    let all = damaged(&key);
    assert!(all.len() > 400 && all.len() < 1000, "{}", all.len());
    for (number, content) in all.iter().enumerate() {
        let name = format!("agent/My/damaged-{number}.key");
        site.put(&name, content);
        let path = site.path(&name);
        let path = Path::new(&path);
        let mut out = Vec::new();
        let imported = cert::import(Path::new(&site.path("other")), path, |_| password(path), &mut out);
        let trusted = cert::trust(path, |_, _| Ok(String::new()), &mut out);
        assert_secret("cert", &format!("{imported:?} {trusted:?} {}", String::from_utf8(out).unwrap()));
        if let Err(problems) = Identity::from_files(&[path]) {
            assert_secret("netcom --cert", &format!("{problems:?}"));
        }
    }
    site.configure("77", "TLSClientValidation=TRUE");
    let listed = site.cert(&["list"]);
    assert!(listed.out.matches("problem").count() > 400, "{}", listed.out);
    assert_secret("cert list", &(listed.out + &listed.error));
    let refusal = site.refusal();
    assert!(refusal.contains("damaged-7.key"), "{refusal}");
    assert_secret("run", &refusal);
    let logs = fs::read_dir(site.path("Log")).unwrap().map(|entry| entry.unwrap().path());
    for log in logs.filter(|path| path.is_file()) {
        assert_secret("the log", &fs::read_to_string(log).unwrap());
    }
    let (ini, store) = (site.path("MSLSAM.ini"), site.path("agent"));
    let client = format!("{store}/My/damaged-7.key");
    let doctor = Command::new(env!("CARGO_BIN_EXE_lsam"))
        .args(["doctor", "--config", &ini, "--store", &store, "--client", &client])
        .output()
        .unwrap();
    assert_secret("doctor", &format!("{}{}", text(&doctor.stdout), text(&doctor.stderr)));
    assert!(text(&doctor.stdout).contains("damaged-7.key"));
    let folder = format!("{store}/My");
    let probe = site.netcom(&["--trust", &folder]);
    assert!(probe.error.matches("warning: ").count() > 400, "{}", probe.error);
    assert_secret("netcom", &(probe.out + &probe.error));
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
