//! The name rules, on real certificates.

use std::{fs, path::Path};

use lsam_tls::x509::{Certificate, CertificateError, ExpectedName, MachineNames};

/// The subjects are `C=DE, O=Example, Inc., CN=…`. `server` has the alternative names agent.example, *.apps.example
/// and 10.1.2.3, `name-address-only` has fd00::1; the other ones have none.
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
        let is_address = name == "10.1.2.3";
        assert_eq!(matches(ExpectedName::Host(name), "server"), expected || is_address, "{name:?}");
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
    // Its common name says so.
    assert!(!matches("10.1.2.3", "name-address-only"));
    assert!(!self::matches(ExpectedName::Host("10.1.2.3"), "name-address-only"));
    assert!(self::matches(ExpectedName::Host("fd00::1"), "name-address-only"));
}

#[test]
fn the_common_name_counts_on_the_scheduling_side_without_alternative_names() {
    assert!(matches(ExpectedName::Host("agent_01"), "name-common-only"));
    assert!(matches(ExpectedName::Host("AGENT_01."), "name-common-only"));
    assert!(!matches(ExpectedName::Host("agent_02"), "name-common-only"));
    assert!(!matches(ExpectedName::DnsName("agent_01"), "name-common-only"));
    assert!(matches(ExpectedName::Host("x.lan.example"), "name-wildcard-common"));
    assert!(!matches(ExpectedName::Host("lan.example"), "name-wildcard-common"));
    assert!(!matches(ExpectedName::Host("agent.example"), "name-nul"));
    assert!(!matches(ExpectedName::Host("agent.example\0.test"), "server"));
    // Alternative names of DNS push the common name out.
    assert!(!matches(ExpectedName::Host("agent.test"), "constrained-common-name"));
    assert!(matches(ExpectedName::Host("agent.example"), "constrained-common-name"));
}

#[test]
fn the_distinguished_name_setting_cures_a_mismatch() {
    assert!(!matches(ExpectedName::Host("machine-7"), "server"));
    assert!(matches(ExpectedName::DistinguishedName("agent.example"), "server"));
    // The common name, though there are alternative names.
    assert!(matches(ExpectedName::DistinguishedName("AGENT.test"), "constrained-common-name"));
    assert!(matches(ExpectedName::DistinguishedName("agent of the Test"), "constrained-prose"));
    assert!(matches(ExpectedName::DistinguishedName("10.1.2.3"), "server"));
    assert!(!matches(ExpectedName::DistinguishedName("10.1.2.4"), "server"));
    assert!(!matches(ExpectedName::DistinguishedName("machine-7"), "server"));
}

#[test]
fn a_full_distinguished_name_is_the_whole_subject() {
    for text in [
        "CN=agent.example,O=Example\\, Inc.,C=DE",
        "CN=agent.example, O=\"Example, Inc.\", C=DE",
        "cn = AGENT.example ;o=\"example,   inc.\" ; c=de",
        "C=DE, O=Example\\2C Inc., CN=agent.example",
        "C = DE, O = \"Example, Inc.\", CN = agent.example",
    ] {
        assert!(matches(ExpectedName::DistinguishedName(text), "server"), "{text}");
    }
    for text in [
        "CN=agent.example",
        "CN=agent.example, C=DE",
        "CN=agent.example, O=Example, C=DE",
        "CN=agent.example, O=\"Example, Inc.\", C=DE, C=DE",
        "O=\"Example, Inc.\", CN=agent.example, C=DE",
        "CN=other.example, O=\"Example, Inc.\", C=DE",
        "OU=agent.example, O=\"Example, Inc.\", C=DE",
        "CN=agent.example, Example\\, Inc., C=DE",
        "=,=,=",
        "CN=agent.example, O=\"Example, Inc.\", C=DE\\",
        "CN=agent.example, O=\"Example, Inc., C=DE",
    ] {
        assert!(!matches(ExpectedName::DistinguishedName(text), "server"), "{text}");
    }
}

#[test]
fn the_first_setting_that_is_not_blank_is_expected() {
    let names = MachineNames { distinguished_name: " CN=a ", fqdn: "b", resolved: "c", machine: "d" };
    assert_eq!(names.expected(), Some(ExpectedName::DistinguishedName("CN=a")));
    let names = MachineNames { distinguished_name: "  ", ..names };
    assert_eq!(names.expected(), Some(ExpectedName::Host("b")));
    let names = MachineNames { fqdn: "", ..names };
    assert_eq!(names.expected(), Some(ExpectedName::Host("c")));
    let names = MachineNames { resolved: "", ..names };
    assert_eq!(names.expected(), Some(ExpectedName::Host("d")));
    assert_eq!(MachineNames::default().expected(), None);
}

#[test]
fn an_expected_name_is_shown_as_it_was_given() {
    for text in ["agent.example", "10.1.2.3", "fd00::1"] {
        assert_eq!(ExpectedName::from(text).to_string(), text);
        assert_eq!(ExpectedName::Host(text).to_string(), text);
        assert_eq!(matches!(ExpectedName::from(text), ExpectedName::DnsName(_)), text == "agent.example");
    }
    assert_eq!(ExpectedName::DistinguishedName("CN=a").to_string(), "CN=a");
}
