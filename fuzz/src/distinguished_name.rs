//! Names as administrators type them, against a certificate with names chosen by the fuzzer.

use lsam_core::{
    peer_name::{MachineNames, PeerName},
    x509::{Certificate, ExpectedName},
};

use crate::issuance::{self, Subject, attribute, extension, tlv};
use crate::script::Script;

/// Attribute types: common name, organization, unit, country, mail address, and one without a name.
const TYPES: [&[u8]; 6] = [
    &[0x55, 4, 3],
    &[0x55, 4, 10],
    &[0x55, 4, 11],
    &[0x55, 4, 6],
    b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x01",
    &[0x55, 4, 0x41],
];
/// UTF8String, PrintableString, TeletexString, BMPString.
const TAGS: [u8; 4] = [0x0c, 0x13, 0x14, 0x1e];

/// Target `distinguished_name`: attributes of the subject, alternative names, then the text.
pub fn distinguished_name(input: &[u8]) {
    let mut script = Script::new(input);
    let subject = subject(&mut script);
    let mut names = Vec::new();
    for _ in 0..script.u8() % 4 {
        let len = usize::from(script.u8());
        // Alternative names are ASCII.
        let name: Vec<u8> = script.bytes(len).iter().map(|byte| byte & 0x7f).collect();
        names.extend(tlv(0x82, &name));
    }
    let extensions = if names.is_empty() { vec![] } else { vec![extension(17, false, &tlv(0x30, &names))] };
    let der = issuance::certificate(&Subject {
        issuer: &[],
        subject: &subject,
        serial: &[1],
        key: 1,
        not_after: b"300101000000Z",
        extensions,
    });
    let certificate = Certificate::parse(&der).expect("a certificate");
    check_own_name(&certificate);
    check(&String::from_utf8_lossy(script.rest()), &certificate);
}

/// The content of a name: for each attribute its type, string type, whether it joins the previous part, and
/// its value.
fn subject(script: &mut Script<'_>) -> Vec<u8> {
    let mut parts: Vec<Vec<u8>> = Vec::new();
    for _ in 0..script.u8() % 8 {
        let (choice, len) = (script.u8(), usize::from(script.u8()));
        let oid = TYPES[usize::from(choice & 7) % TYPES.len()];
        let one = attribute(oid, TAGS[usize::from(choice >> 3 & 3)], script.bytes(len));
        match parts.last_mut() {
            Some(last) if choice & 0x20 != 0 => last.extend(one),
            _ => parts.push(one),
        }
    }
    parts.iter().flat_map(|part| tlv(0x31, part)).collect()
}

/// A name that is displayed in full must be found when typed as displayed.
fn check_own_name(certificate: &Certificate<'_>) {
    let subject = certificate.subject();
    let shown = subject.to_string();
    // Not covered: no text, a type without a name, escaped bytes beyond ASCII.
    let bytes = shown.as_bytes();
    let is_text = !shown.contains("=#")
        && !bytes.windows(2).any(|two| two[0] == b'\\' && (b'8'..=b'f').contains(&two[1]));
    if !subject.is_empty() && is_text {
        assert!(accepts(&shown, certificate), "{shown}");
    }
}

/// Case, spaces at the ends and a trailing dot of a host name never matter, and the result does not depend on
/// who searches.
fn check(text: &str, certificate: &Certificate<'_>) {
    let verdicts = |text: &str| {
        let names = [PeerName::Host(text), PeerName::DistinguishedName(text)];
        let [host, distinguished] = names.map(|name| name.check(certificate).is_ok());
        [has_dns_name(text, certificate), host, distinguished]
    };
    for other in [text.to_ascii_uppercase(), text.to_ascii_lowercase()] {
        assert_eq!(verdicts(&other), verdicts(text), "{text:?} as {other:?}");
    }
    let [dns, host, distinguished] = verdicts(text);
    assert!(!dns || host, "an alternative name counts for a host as well");
    assert!(!dns || distinguished || text.contains('='), "and for the setting");
    if !text.is_empty() && !text.ends_with('.') {
        assert_eq!(has_dns_name(&format!("{text}."), certificate), dns);
    }
    if text.contains('=') && !text.ends_with('\\') {
        let spaced = format!("  {text} ");
        assert_eq!(accepts(&spaced, certificate), distinguished, "{text:?}");
        // Every part names its type.
        assert!(!distinguished || !certificate.subject().is_empty());
    }
    if dns {
        let in_names = certificate.subject_alt_names().any(|name| format!("{name:?}").contains("DnsName"));
        assert!(in_names && !text.contains('*'));
    }
    let names = MachineNames { distinguished_name: text, fqdn: text, resolved: text, machine: text };
    assert_eq!(names.expected().is_none(), text.trim().is_empty());
    assert_eq!(PeerName::Host(text).to_string(), text);
}

fn has_dns_name(name: &str, certificate: &Certificate<'_>) -> bool {
    ExpectedName::DnsName(name).check(certificate).is_ok()
}

fn accepts(distinguished_name: &str, certificate: &Certificate<'_>) -> bool {
    PeerName::DistinguishedName(distinguished_name).check(certificate).is_ok()
}
