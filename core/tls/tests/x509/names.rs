//! The name a server must have, on real certificates.

use std::{fs, path::Path};

use lsam_tls::x509::{Certificate, CertificateError, ExpectedName};

/// The subjects are `C=DE, O=Example, Inc., CN=…`. `server` has the alternative names agent.example,
/// *.apps.example and 10.1.2.3, `name-address-only` has fd00::1, the others have none.
fn matches(name: ExpectedName<'_>, certificate: &str) -> bool {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/x509");
    let der = fs::read(folder.join(format!("{certificate}.der"))).unwrap();
    match name.check(&Certificate::parse(&der).unwrap()) {
        Ok(()) => true,
        Err(error) => {
            assert_eq!(error, CertificateError::NameMismatch);
            false
        }
    }
}

#[test]
fn alternative_names_are_compared_by_label() {
    for (name, expected) in [
        ("agent.example", true),
        ("AGENT.Example", true),
        ("agent.example.", true),
        ("x.apps.example", true),
        ("X.APPS.EXAMPLE.", true),
        ("apps.example", false),
        (".apps.example", false),
        ("a.b.apps.example", false),
        ("*.apps.example", false),
        ("x*.apps.example", false),
        ("agent", false),
        ("example", false),
        ("agent.example..", false),
        ("xagent.example", false),
        ("agent.example.test", false),
        ("", false),
        (".", false),
        ("10.1.2.3", false),
    ] {
        assert_eq!(matches(ExpectedName::DnsName(name), "server"), expected, "{name:?}");
    }
}

#[test]
fn addresses_are_compared_as_addresses() {
    let matches =
        |address: &str, certificate| matches(ExpectedName::IpAddress(address.parse().unwrap()), certificate);
    assert!(matches("10.1.2.3", "server"));
    assert!(!matches("10.1.2.4", "server"));
    assert!(matches("fd00::1", "name-address-only"));
    assert!(matches("fd00:0:0::0001", "name-address-only"));
    // Its common name is this address.
    assert!(!matches("10.1.2.3", "name-address-only"));
}

#[test]
fn the_common_name_never_counts() {
    assert!(!matches(ExpectedName::DnsName("agent_01"), "name-common-only"));
    assert!(!matches(ExpectedName::DnsName("x.lan.example"), "name-wildcard-common"));
}

#[test]
fn an_expected_name_is_shown_as_it_was_given() {
    for text in ["agent.example", "10.1.2.3", "fd00::1"] {
        assert_eq!(ExpectedName::from(text).to_string(), text);
        assert_eq!(matches!(ExpectedName::from(text), ExpectedName::DnsName(_)), text == "agent.example");
    }
}
