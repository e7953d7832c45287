//! Parses the input as a certificate and as a revocation list: every parsed part is within the input, and the
//! whole input is read.

use lsam_core::UnixTime;
use lsam_core::x509::{
    Certificate, CertificateError, ExpectedName, Name, Purpose, RevocationList, SerialNumber, SubjectAltName,
};

/// Target `certificate`: DER.
pub fn certificate(input: &[u8]) {
    if let Ok(certificate) = Certificate::parse(input) {
        check_fields(input, &certificate);
        check_only_whole(input, |der| Certificate::parse(der).is_ok());
    }
    if let Ok(list) = RevocationList::parse(input) {
        check_name(input, list.issuer());
        let _ = (list.this_update(), list.next_update());
        check_only_whole(input, |der| RevocationList::parse(der).is_ok());
        assert!(Certificate::parse(input).is_err(), "a list is no certificate");
    }
}

fn check_fields(input: &[u8], certificate: &Certificate<'_>) {
    assert_eq!(certificate.der(), input);
    assert!((1..=3).contains(&certificate.version()));
    for field in [certificate.serial(), certificate.subject_public_key_info()] {
        assert!(is_inside(input, field));
    }
    assert!(!certificate.serial().is_empty());
    check_name(input, certificate.issuer());
    check_name(input, certificate.subject());
    // Equal bytes are the same name; different bytes may be (RFC 5280 section 7.1).
    assert!(certificate.is_self_issued() || certificate.issuer().der() != certificate.subject().der());
    assert_eq!(certificate.subject_common_name().is_some(), certificate.subject().common_name().is_some());
    check_validity(certificate);
    if let Some(serial) = SerialNumber::from_bytes(certificate.serial()) {
        assert!(serial.is_of(certificate));
    }
    for purpose in [Purpose::Server, Purpose::Client] {
        assert!(matches!(certificate.check_usage(purpose), Ok(()) | Err(CertificateError::WrongUsage)));
    }
    if let Err(error) = certificate.public_key() {
        assert!(matches!(error, CertificateError::UnsupportedKey | CertificateError::BadEncoding));
    }
    for name in certificate.subject_alt_names() {
        let expected = match name {
            SubjectAltName::IpAddress(address) => ExpectedName::IpAddress(address),
            SubjectAltName::DnsName(name) => {
                assert!(is_inside(input, name.as_bytes()));
                if name.is_empty() || name.contains('*') || name.ends_with('.') {
                    continue;
                }
                ExpectedName::DnsName(name)
            }
            other => panic!("this target does not know {other:?}"),
        };
        assert_eq!(expected.check(certificate), Ok(()), "{expected} is in the certificate");
    }
    let _ = format!("{certificate:?}");
}

fn check_validity(certificate: &Certificate<'_>) {
    let (from, to) = (certificate.not_before(), certificate.not_after());
    for now in [from.0.saturating_sub(1), from.0, to.0, to.0.saturating_add(1), 0, u64::MAX].map(UnixTime) {
        let expected = match () {
            () if now < from => Err(CertificateError::NotYetValid),
            () if now > to => Err(CertificateError::Expired),
            () => Ok(()),
        };
        assert_eq!(certificate.check_validity(now), expected);
    }
}

fn check_name(input: &[u8], name: Name<'_>) {
    assert!(is_inside(input, name.der()));
    let shown = name.to_string();
    assert!(!shown.chars().any(char::is_control), "{shown:?}");
    assert!(!shown.is_empty() || name.is_empty());
}

/// Truncation and trailing bytes are both detected.
fn check_only_whole(input: &[u8], is_read: impl Fn(&[u8]) -> bool) {
    for end in [0, 1, input.len() / 2, input.len() - 1] {
        assert!(!is_read(&input[..end]), "the first {end} bytes are no whole");
    }
    assert!(!is_read(&[input, &[0]].concat()), "a byte more");
}

fn is_inside(input: &[u8], part: &[u8]) -> bool {
    part.is_empty()
        || input.as_ptr_range().contains(&part.as_ptr())
            && part.as_ptr_range().end <= input.as_ptr_range().end
}
