//! The rule on real certificates.

use std::{fs, path::Path, string::ToString, vec::Vec};

use super::*;

fn der(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tls/tests/data/x509");
    fs::read(folder.join(name).with_extension("der")).unwrap()
}

/// The subjects are `C=DE, O=Example, Inc., CN=…`. `server` has the alternative names agent.example,
/// *.apps.example and 10.1.2.3, `name-address-only` has fd00::1, the others have none.
fn matches(name: PeerName<'_>, certificate: &str) -> bool {
    let der = der(certificate);
    match name.check(&Certificate::parse(&der).unwrap()) {
        Ok(()) => true,
        Err(error) => {
            assert_eq!(error, CertificateError::NameMismatch);
            false
        }
    }
}

#[test]
fn a_host_is_looked_up_among_the_alternative_names() {
    for (name, expected) in [
        ("agent.example", true),
        ("AGENT.Example.", true),
        ("x.apps.example", true),
        ("10.1.2.3", true),
        ("10.1.2.4", false),
        ("apps.example", false),
        ("*.apps.example", false),
        ("agent", false),
        ("", false),
        (".", false),
    ] {
        assert_eq!(matches(PeerName::Host(name), "server"), expected, "{name:?}");
    }
    // Its common name is this address.
    assert!(!matches(PeerName::Host("10.1.2.3"), "name-address-only"));
    assert!(matches(PeerName::Host("fd00::1"), "name-address-only"));
}

#[test]
fn the_common_name_counts_without_alternative_names() {
    assert!(matches(PeerName::Host("agent_01"), "name-common-only"));
    assert!(matches(PeerName::Host("AGENT_01."), "name-common-only"));
    assert!(!matches(PeerName::Host("agent_02"), "name-common-only"));
    assert!(matches(PeerName::Host("x.lan.example"), "name-wildcard-common"));
    assert!(!matches(PeerName::Host("lan.example"), "name-wildcard-common"));
    assert!(!matches(PeerName::Host("agent.example"), "name-nul"));
    assert!(!matches(PeerName::Host("agent.example\0.test"), "server"));
    // Alternative names of the type dNSName take precedence.
    assert!(!matches(PeerName::Host("agent.test"), "constrained-common-name"));
    assert!(matches(PeerName::Host("agent.example"), "constrained-common-name"));
}

#[test]
fn the_distinguished_name_setting_cures_a_mismatch() {
    assert!(!matches(PeerName::Host("machine-7"), "server"));
    assert!(matches(PeerName::DistinguishedName("agent.example"), "server"));
    // The common name, although there are alternative names.
    assert!(matches(PeerName::DistinguishedName("AGENT.test"), "constrained-common-name"));
    assert!(matches(PeerName::DistinguishedName("agent of the Test"), "constrained-prose"));
    assert!(matches(PeerName::DistinguishedName("10.1.2.3"), "server"));
    assert!(!matches(PeerName::DistinguishedName("10.1.2.4"), "server"));
    assert!(!matches(PeerName::DistinguishedName("machine-7"), "server"));
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
        assert!(matches(PeerName::DistinguishedName(text), "server"), "{text}");
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
        assert!(!matches(PeerName::DistinguishedName(text), "server"), "{text}");
    }
}

#[test]
fn the_first_setting_that_is_not_blank_is_expected() {
    let names = MachineNames { distinguished_name: " CN=a ", fqdn: "b", resolved: "c", machine: "d" };
    assert_eq!(names.expected(), Some(PeerName::DistinguishedName("CN=a")));
    let names = MachineNames { distinguished_name: "  ", ..names };
    assert_eq!(names.expected(), Some(PeerName::Host("b")));
    let names = MachineNames { fqdn: "", ..names };
    assert_eq!(names.expected(), Some(PeerName::Host("c")));
    let names = MachineNames { resolved: "", ..names };
    assert_eq!(names.expected(), Some(PeerName::Host("d")));
    assert_eq!(MachineNames::default().expected(), None);
}

#[test]
fn an_expected_name_is_shown_as_it_was_given() {
    for text in ["agent.example", "10.1.2.3", "fd00::1"] {
        assert_eq!(PeerName::Host(text).to_string(), text);
    }
    assert_eq!(PeerName::DistinguishedName("CN=a").to_string(), "CN=a");
}

#[test]
fn no_changed_byte_makes_it_panic() {
    let original = der("server");
    for at in 0..original.len() {
        for mask in [0x01, 0x80, 0xff] {
            let mut der = original.clone();
            der[at] ^= mask;
            let Ok(certificate) = Certificate::parse(&der) else { continue };
            for name in ["agent.example", "10.1.2.3", "CN=agent.example, O=Example, C=DE"] {
                let _ = PeerName::Host(name).check(&certificate);
                let _ = PeerName::DistinguishedName(name).check(&certificate);
            }
        }
    }
}

#[test]
fn a_wildcard_never_matches_an_address() {
    for (name, matches) in [("10.1.2.3", true), ("*.1.2.3", false)] {
        let mut params = rcgen::CertificateParams::default();
        params.distinguished_name.push(rcgen::DnType::CommonName, name);
        let certificate = params.self_signed(&rcgen::KeyPair::generate().unwrap()).unwrap();
        let certificate = Certificate::parse(certificate.der()).unwrap();
        let expected = PeerName::DistinguishedName("10.1.2.3");
        assert_eq!(expected.check(&certificate).is_ok(), matches, "{name}");
    }
}
