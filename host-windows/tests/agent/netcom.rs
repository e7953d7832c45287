//! The probe against the agent: what it trusts, which names it accepts, and how it reports a refusal.

use std::fs;
use std::time::Duration;

use lsam_core::agent::CheckCrc;
use lsam_core::x509::CertificateError;
use lsam_host_windows::authority::{Credential, KeyKind};
use lsam_host_windows::netcom::{Error, Probe, Report, Trust};

use crate::common::{NAME, Options, Running, this_host};

fn status(agent: &Running, trust: Option<&Trust>) -> Result<Report, Error> {
    Probe {
        machine: &agent.address.to_string(),
        tls: trust,
        identity: None,
        check_crc: CheckCrc::On,
        timeout: Duration::from_secs(120),
    }
    .machine_status()
}

fn refusal(agent: &Running, trust: &Trust) -> CertificateError {
    match status(agent, Some(trust)) {
        Err(Error::Certificate(_, rule)) => rule,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_status_comes_over_tls_and_without() {
    let agent = Running::tls();
    let mut trust = Trust::new(&agent.address.to_string(), None);
    trust.add_root(agent.root.der());
    let report = status(&agent, Some(&trust)).unwrap();
    assert_eq!(report.field("host name"), Some(this_host().as_str()));
    assert_eq!(report.field("protocol"), Some("TLS 1.2"));
    assert!(report.negotiated.unwrap().extended_master_secret);
    assert_eq!(report.certificate.unwrap().subject, format!("CN={NAME}"));

    let agent = Running::start(Options { key: None, ..Options::default() });
    let report = status(&agent, None).unwrap();
    assert_eq!(report.field("protocol"), Some("TCP/IP"));
    assert!(report.negotiated.is_none() && report.certificate.is_none());
}

#[test]
fn trust_comes_from_a_file_a_folder_or_a_store() {
    let agent = Running::tls();
    let folder = agent.folder.path();
    fs::write(folder.join("root.cer"), agent.root.der()).unwrap();
    fs::create_dir(folder.join("several")).unwrap();
    fs::write(folder.join("several/other.pem"), Credential::root("Other").unwrap().pem()).unwrap();
    fs::write(folder.join("several/root.pem"), agent.root.pem()).unwrap();
    fs::write(folder.join("several/broken.pem"), "-----BEGIN CERTIFICATE-----\n").unwrap();
    fs::write(folder.join("store/Root/root.pem"), agent.root.pem()).unwrap();
    for (place, broken) in [("root.cer", 0), ("several", 1), ("store", 0)] {
        let mut trust = Trust::new(&agent.address.to_string(), None);
        assert_eq!(trust.add(&folder.join(place)).unwrap().len(), broken, "{place}");
        assert!(status(&agent, Some(&trust)).is_ok(), "{place}");
    }
    let mut trust = Trust::new(&agent.address.to_string(), None);
    assert!(trust.add(&folder.join("none")).is_err());
    assert!(trust.is_empty());
}

#[test]
fn a_self_signed_certificate_is_trusted_when_it_is_itself_there() {
    let agent = Running::start(Options { self_signed: true, ..Options::default() });
    let mut trust = Trust::new(&agent.address.to_string(), None);
    assert_eq!(refusal(&agent, &trust), CertificateError::UnknownIssuer);
    let twin = Credential::self_signed(KeyKind::EcdsaP256, &[NAME, "127.0.0.1"]).unwrap();
    trust.add_root(twin.der());
    assert_eq!(refusal(&agent, &trust), CertificateError::UnknownIssuer, "the same name with another key");
    trust.add(&agent.folder.path().join("store/My/agent.pem")).unwrap();
    assert!(status(&agent, Some(&trust)).is_ok());
}

#[test]
fn the_name_must_be_the_expected_one() {
    let agent = Running::tls();
    let address = agent.address.to_string();
    for (name, accepted) in [
        (None, true),
        (Some(NAME), true),
        (Some("CN=agent.example"), true),
        (Some("other.example"), false),
        (Some("CN=agent.example, O=Other"), false),
    ] {
        let mut trust = Trust::new(&address, name);
        trust.add_root(agent.root.der());
        match status(&agent, Some(&trust)) {
            Ok(_) => assert!(accepted, "{name:?}"),
            Err(Error::Certificate(_, CertificateError::NameMismatch)) => assert!(!accepted, "{name:?}"),
            Err(error) => panic!("{name:?}: {error}"),
        }
    }
}

#[test]
fn a_refusal_shows_what_was_presented_and_which_rule_failed() {
    let agent = Running::tls();
    let trust = Trust::new(&agent.address.to_string(), None);
    let text = status(&agent, Some(&trust)).unwrap_err().to_string();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "the agent's certificate was refused: no trusted root issued the certificate");
    assert!(lines[1].starts_with("  subject CN=agent.example, issuer CN=Test Authority, serial "), "{text}");
    assert!(lines[1].contains(", valid until "), "{text}");
    assert!(lines[2].starts_with("  subject CN=Test Authority, issuer CN=Test Root, serial "), "{text}");
    assert!(lines[3].starts_with("Trust the root certificate"), "{text}");
    assert_eq!(lines.len(), 4);
}

#[test]
fn who_does_not_answer_is_told_apart() {
    let agent = Running::tls();
    assert!(matches!(status(&agent, None), Err(Error::Connection(_))), "plain to TLS");
    let plain = Running::start(Options { key: None, ..Options::default() });
    let trust = Trust::new(&plain.address.to_string(), None);
    assert!(matches!(status(&plain, Some(&trust)), Err(Error::NoHandshake(_))), "TLS to plain");
    let stranger =
        Running::start(Options { parameters: "AllowedIPAddress_1=192.0.2.1", ..Options::default() });
    let trust = Trust::new(&stranger.address.to_string(), None);
    let error = status(&stranger, Some(&trust)).unwrap_err();
    assert!(matches!(error, Error::TurnedAway(_)), "{error:?}");
    let text = error.to_string();
    assert!(text.contains("AllowedIPAddress_1") && !text.contains("UseSecureSocket"), "{text}");
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let machine = silent.local_addr().unwrap().to_string();
    let probe = Probe {
        machine: &machine,
        tls: None,
        identity: None,
        check_crc: CheckCrc::On,
        timeout: Duration::from_secs(1),
    };
    assert!(matches!(probe.machine_status(), Err(Error::Connection(_))), "silence");
    drop(silent);
    assert!(matches!(probe.machine_status(), Err(Error::Connect(..))), "nobody");
    let probe = Probe {
        machine: "no port here",
        tls: None,
        identity: None,
        check_crc: CheckCrc::On,
        timeout: Duration::from_secs(1),
    };
    assert!(matches!(probe.machine_status(), Err(Error::Name(_))), "no address");
}
