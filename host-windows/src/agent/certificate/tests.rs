use std::fs;
use std::path::Path;

use rcgen::{CertificateParams, ExtendedKeyUsagePurpose, KeyUsagePurpose, date_time_ymd};
use tempfile::TempDir;

use super::*;
use crate::authority::{Credential, KeyKind};
use crate::log::{Log, Memory};
use crate::store::DirectoryStore;

const SERIAL: &[u8] = &[0x0a, 0x1b, 0x2c, 0xd3];

fn made(issuer: Option<&Credential>, adjust: impl FnOnce(&mut CertificateParams)) -> Credential {
    let made = Credential::new(KeyKind::EcdsaP256, issuer, |params| {
        params.distinguished_name.push(rcgen::DnType::CommonName, "agent.example");
        params.serial_number = Some(rcgen::SerialNumber::from_slice(SERIAL));
        params.not_after = date_time_ymd(2090, 1, 1);
        adjust(params);
    });
    made.unwrap()
}

fn with_key(made: &Credential) -> Vec<u8> {
    (made.pem() + &made.key_pem()).into_bytes()
}

/// A store with these files.
fn store(files: &[(&str, &[u8])]) -> (TempDir, DirectoryStore) {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    let store = DirectoryStore::open(folder.path()).unwrap();
    (folder, store)
}

/// The presented certificates or the refusal, and the log.
fn identity(
    files: &[(&str, &[u8])],
    typed: &str,
    revocation: Revocation,
) -> (Result<usize, String>, Vec<String>) {
    let (folder, store) = store(files);
    let lines = Memory::default();
    let journal = Journal::from(Log::new(vec![Box::new(lines.clone())]));
    let mut trusted = Trusted::new();
    trusted.set_revocation(revocation);
    trusted.add_store(&store);
    let sought = Sought { place: "TLSCertificateSerial".to_owned(), typed: typed.into() };
    let identity = sought.identity(&store, &trusted, None, journal.log());
    if let Ok(identity) = &identity {
        warn_of_objections(identity, Some(&store), &journal);
    }
    let folder = format!("{}", folder.path().display());
    let result = identity.map(|identity| identity.chain.len());
    (result.map_err(|refusal| refusal.to_string().replace(&folder, "DIR")), lines.texts())
}

#[test]
fn the_serial_number_is_found_however_it_is_typed() {
    let agent = with_key(&made(None, |_| {}));
    for typed in [
        "0a1b2cd3",
        "A1B2CD3",
        "0A 1B 2C D3",
        "0a:1b:2c:d3",
        "0x0a1b2cd3",
        "\u{200e}0a 1b 2c d3",
        "000000000A1B2CD3",
    ] {
        let (found, lines) = identity(&[("My/agent.pem", &agent)], typed, Revocation::Off);
        assert_eq!(found, Ok(1), "{typed}");
        assert_eq!(
            lines,
            ["the agent's certificate is My/agent.pem: CN=agent.example, serial 0a1b2cd3, valid until \
              2090-01-01, with private key"]
        );
    }
}

#[test]
fn a_certificate_without_its_key_is_passed_over_and_named() {
    let agent = made(None, |_| {});
    let files: &[(&str, &[u8])] = &[("My/agent.cer", agent.der()), ("Root/agent.pem", &with_key(&agent))];
    let (found, lines) = identity(files, "0a1b2cd3", Revocation::Off);
    assert_eq!(found, Ok(1));
    assert_eq!(
        lines[0],
        "passed over, because the store holds no private key of it: My/agent.cer: CN=agent.example, serial \
         0a1b2cd3, valid until 2090-01-01, without private key"
    );
    assert!(lines[1].starts_with("the agent's certificate is Root/agent.pem: "), "{lines:?}");

    let (refusal, _) = identity(&files[..1], "0a1b2cd3", Revocation::Off);
    let refusal = refusal.unwrap_err();
    let expected = "\
TLSCertificateSerial, is \"0a1b2cd3\", but the certificate with this serial number has no private key there.
It is that of My/agent.cer: CN=agent.example, serial 0a1b2cd3, valid until 2090-01-01, without private key, issuer \
";
    assert!(refusal.starts_with(expected), "{refusal}");
}

#[test]
fn several_certificates_with_one_serial_number_are_listed() {
    let [one, other] = [made(None, |_| {}), made(None, |_| {})].map(|made| with_key(&made));
    let (refusal, _) = identity(&[("My/a.pem", &one), ("My/b.pem", &other)], "0a1b2cd3", Revocation::Off);
    let refusal = refusal.unwrap_err();
    let lines: Vec<&str> = refusal.lines().collect();
    assert!(lines[0].ends_with("but several certificates with private keys have this serial number."));
    assert!(
        lines[1].starts_with("It is that of My/a.pem: ") && lines[2].starts_with("It is that of My/b.pem: ")
    );
    for line in &lines[1..3] {
        let (_, rest) = line.split_once(", issuer CN=agent.example, thumbprint ").unwrap();
        assert!(rest.len() == 41 && rest.ends_with('.'), "{line}");
    }
    assert_ne!(lines[1].split("thumbprint").nth(1), lines[2].split("thumbprint").nth(1));
    assert_eq!(lines.last(), Some(&REMOVE));
}

#[test]
fn a_thumbprint_in_the_place_of_the_serial_number_is_recognised() {
    let agent = made(None, |_| {});
    let hex = |algorithm| {
        let hash = aws_lc_rs::digest::digest(algorithm, agent.der());
        hash.as_ref().iter().map(|byte| format!("{byte:02X} ")).collect::<String>()
    };
    let files: &[(&str, &[u8])] = &[("My/agent.pem", &with_key(&agent))];
    for typed in [hex(&aws_lc_rs::digest::SHA1_FOR_LEGACY_USE_ONLY), hex(&aws_lc_rs::digest::SHA256)] {
        let refusal = identity(files, &typed, Revocation::Off).0.unwrap_err();
        let line = refusal.lines().nth(1).unwrap();
        assert!(
            line.starts_with("It is the thumbprint of My/agent.pem: CN=agent.example, serial 0a1b2cd3"),
            "{refusal}"
        );
        assert!(line.ends_with(" Write its serial number, 0a1b2cd3."), "{refusal}");
    }
    let other = identity(files, &"ab".repeat(20), Revocation::Off).0.unwrap_err();
    assert!(!other.contains("thumbprint"), "{other}");
}

#[test]
fn a_certificate_that_is_not_valid_now_gives_a_warning() {
    for (from, until, words) in [
        (2019, 2020, "the agent's certificate: scheduling servers refuse it: it has expired"),
        (2089, 2090, "the agent's certificate: scheduling servers refuse it: it is not valid yet"),
    ] {
        let agent = made(None, |params| {
            params.not_before = date_time_ymd(from, 1, 1);
            params.not_after = date_time_ymd(until, 1, 1);
        });
        let files: &[(&str, &[u8])] = &[("My/agent.pem", &with_key(&agent))];
        let (found, lines) = identity(files, "0a1b2cd3", Revocation::Off);
        assert_eq!(found, Ok(1));
        assert!(lines[1].starts_with(words) && lines[1].contains(": My/agent.pem: CN=agent"), "{lines:?}");
    }
}

#[test]
fn a_certificate_that_no_peer_accepts_gives_a_warning_with_its_cure() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let file = |name: &str| fs::read(data.join(name)).unwrap();
    for (name, key, reason) in [
        (
            "sha1.crt",
            "plain.key",
            "it is signed with an algorithm that is no longer accepted, SHA-1 for example",
        ),
        ("version-1.crt", "plain.key", "it is not of X.509 version 3"),
        ("explicit.crt", "explicit.key", "its public key is of a kind or size that is not accepted ("),
    ] {
        let (certificate, key) = (file(name), file(key));
        let files: &[(&str, &[u8])] = &[("My/agent.crt", &certificate), ("My/agent.key", &key)];
        let (found, lines) = identity(files, "4a001e", Revocation::Off);
        assert_eq!(found, Ok(1));
        let warning = format!("the agent's certificate: scheduling servers refuse it: {reason}");
        assert!(lines[1].starts_with(&warning), "{lines:?}");
        assert!(
            lines[1].contains(": My/agent.crt: CN=agent.example, serial 4a001e, valid until "),
            "{lines:?}"
        );
        assert!(lines[1].contains(". Have a certificate issued that is of X.509 version 3, "), "{lines:?}");
    }
}

#[test]
fn a_certificate_for_another_use_refuses() {
    let client = made(None, |params| {
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    });
    let encipherment = made(None, |params| params.key_usages = vec![KeyUsagePurpose::KeyEncipherment]);
    for agent in [client, encipherment] {
        let files: &[(&str, &[u8])] = &[("My/agent.pem", &with_key(&agent))];
        let refusal = identity(files, "0a1b2cd3", Revocation::Off).0.unwrap_err();
        let mut lines = refusal.lines();
        let expected = "with private key, but its key usage does not allow it to be a TLS server's";
        assert!(lines.next().unwrap().contains(expected), "{refusal}");
        assert_eq!(lines.next(), Some(ISSUE));
    }
}

#[test]
fn the_agents_own_certificate_is_looked_up_in_the_revocation_lists() {
    let root = Credential::root("Root").unwrap();
    let other = Credential::root("Other").unwrap();
    let agent = made(Some(&root), |_| {});
    let pem = with_key(&agent);
    let (root_pem, empty) = (root.pem(), root.revocation_list(&[]).unwrap());
    let full = root.revocation_list(&[&agent]).unwrap();
    let forged = other.revocation_list(&[&agent]).unwrap();
    let (agent_file, root_file) = (("My/agent.pem", pem.as_slice()), ("Root/root.pem", root_pem.as_bytes()));
    let outcome = |files: &[(&str, &[u8])], revocation| {
        let (found, lines) = identity(files, "0a1b2cd3", revocation);
        found.map(|_| lines.get(1).cloned().unwrap_or_default())
    };
    let (lax, strict) = (Revocation::AllowUnknown, Revocation::RequireKnown);

    let listed = [agent_file, root_file, ("CRL/root.crl", &full)];
    for policy in [lax, strict] {
        let refusal = outcome(&listed, policy).unwrap_err();
        assert!(
            refusal.contains(
                "serial 0a1b2cd3, valid until 2090-01-01, with private key, but a certificate has been \
                 revoked.\n"
            ),
            "{refusal}"
        );
        assert!(refusal.ends_with(REVOKED), "{refusal}");
    }
    assert_eq!(outcome(&listed, Revocation::Off), Ok(String::new()), "not looked at");
    let good = [agent_file, root_file, ("CRL/root.crl", &empty)];
    assert_eq!((outcome(&good, lax), outcome(&good, strict)), (Ok(String::new()), Ok(String::new())));

    let unknown = "whether the agent's certificate has been revoked is unknown: ";
    for (files, reason) in [
        (&[agent_file, root_file][..], "there is no readable revocation list of the issuer"),
        (
            &[agent_file, root_file, ("CRL/other.crl", &forged)],
            "there is no readable revocation list of the issuer",
        ),
        (&[agent_file, ("CRL/root.crl", &full)], "no trusted root issued the certificate"),
    ] {
        assert_eq!(outcome(files, lax), Ok(format!("{unknown}{reason}; {KNOWN}")));
        let refusal = outcome(files, strict).unwrap_err();
        let expected = format!("but whether it has been revoked is unknown: {reason}.\n");
        assert!(refusal.contains(&expected) && refusal.ends_with(UNKNOWN), "{refusal}");
    }
}
