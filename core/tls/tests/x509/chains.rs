//! Chains that must be accepted or rejected, and hostile certificates.

use std::{fmt::Write, fs, path::Path};

use lsam_tls::{
    UnixTime,
    crypto::rustcrypto::RustCrypto,
    x509::{Certificate, CertificateError, ExpectedName, Purpose, SerialNumber, TrustSet},
};

/// 2027-06-01T00:00:00Z
const NOW: UnixTime = UnixTime(1_811_808_000);

fn der(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/x509");
    fs::read(folder.join(format!("{name}.der"))).unwrap()
}

/// The certificates with these names, separated by spaces.
fn ders(names: &str) -> Vec<Vec<u8>> {
    names.split_whitespace().map(der).collect()
}

fn verify(
    chain: &[Vec<u8>],
    roots: &[Vec<u8>],
    intermediates: &[Vec<u8>],
    purpose: Purpose,
    now: Option<UnixTime>,
) -> Result<(), CertificateError> {
    let roots: Vec<&[u8]> = roots.iter().map(Vec::as_slice).collect();
    let intermediates: Vec<&[u8]> = intermediates.iter().map(Vec::as_slice).collect();
    let trust = TrustSet::new(&roots, &intermediates);
    trust.verify_without_name::<RustCrypto>(chain.iter().map(Vec::as_slice), purpose, now).map(|_| ())
}

#[test]
fn every_case_has_its_verdict() {
    let mut wrong = String::new();
    let mut count = 0;
    let cases = include_str!("../data/x509/cases.txt").lines();
    for case in cases.filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let [purpose, chain, roots, intermediates, verdict] =
            case.split('|').map(str::trim).collect::<Vec<_>>().try_into().unwrap();
        let purpose = if purpose == "server" { Purpose::Server } else { Purpose::Client };
        let is = match verify(&ders(chain), &ders(roots), &ders(intermediates), purpose, Some(NOW)) {
            Ok(()) => "accepted".to_owned(),
            Err(error) => format!("{error:?}"),
        };
        if is != verdict {
            writeln!(wrong, "{case}: {is}").unwrap();
        }
        count += 1;
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert_eq!(count, 77);
}

#[test]
fn the_time_decides() {
    let (chain, roots) = (ders("server sub"), ders("root"));
    let at = |now| verify(&chain, &roots, &[], Purpose::Server, now);
    // 2025-01-01 and 2035-01-01, both inside the validity.
    assert_eq!(at(Some(UnixTime(1_735_689_599))), Err(CertificateError::NotYetValid));
    assert_eq!(at(Some(UnixTime(1_735_689_600))), Ok(()));
    assert_eq!(at(Some(UnixTime(2_051_222_400))), Ok(()));
    assert_eq!(at(Some(UnixTime(2_051_222_401))), Err(CertificateError::Expired));
    assert_eq!(at(Some(UnixTime(0))), Err(CertificateError::NotYetValid));
    assert_eq!(at(Some(UnixTime(u64::MAX))), Err(CertificateError::Expired));
    assert_eq!(at(None), Err(CertificateError::NoTime));
    assert_eq!(
        verify(&ders("self"), &ders("self"), &[], Purpose::Server, None),
        Err(CertificateError::NoTime)
    );
}

#[test]
fn no_certificate_is_none() {
    assert_eq!(
        verify(&[], &ders("root"), &[], Purpose::Client, Some(NOW)),
        Err(CertificateError::NoCertificate)
    );
}

#[test]
fn malformed_certificates_beside_do_no_harm() {
    let garbage = vec![0x30, 0x03, 0x02, 0x01, 0x01];
    let chain = [ders("server"), vec![garbage.clone()], ders("sub")].concat();
    let roots = [vec![garbage.clone()], ders("root")].concat();
    assert_eq!(verify(&chain, &roots, &[garbage], Purpose::Server, Some(NOW)), Ok(()));
}

#[test]
fn the_same_certificate_many_times_is_one() {
    // Issuers with the same name and without key identifiers. None of them signed the certificate.
    let chain = [ders("plain"), vec![der("sub-renewed"); 9]].concat();
    assert_eq!(
        verify(&chain, &ders("root"), &[], Purpose::Server, Some(NOW)),
        Err(CertificateError::BadSignature)
    );
    let roots = [vec![der("root-no-ids"); 90], ders("root")].concat();
    assert_eq!(verify(&ders("server sub"), &roots, &[], Purpose::Server, Some(NOW)), Ok(()));
}

#[test]
fn the_fields_of_a_certificate_are_read() {
    let der = der("server");
    let certificate = Certificate::parse(&der).unwrap();
    assert_eq!(certificate.version(), 3);
    assert_eq!(certificate.subject().to_string(), "CN=agent.example,O=Example\\, Inc.,C=DE");
    assert_eq!(certificate.issuer().to_string(), "CN=Issuing CA,O=Example\\, Inc.,C=DE");
    assert_eq!(certificate.subject_common_name().unwrap().to_string(), "agent.example");
    assert_eq!(
        (certificate.not_before(), certificate.not_after()),
        (UnixTime(1_735_689_600), UnixTime(2_051_222_400))
    );
    assert_eq!(certificate.serial(), [0x0a, 0x1b, 0x2c, 0x02]);
    assert!(!certificate.is_self_issued() && !certificate.is_authority());
    let names: Vec<String> = certificate.subject_alt_names().map(|name| format!("{name:?}")).collect();
    assert_eq!(names, ["DnsName(\"agent.example\")", "DnsName(\"*.apps.example\")", "IpAddress(10.1.2.3)"]);
    assert_eq!(certificate.der(), der);
    let is_of = |serial: &[u8]| SerialNumber::from_bytes(serial).unwrap().is_of(&certificate);
    assert!(is_of(&[0x0a, 0x1b, 0x2c, 0x02]) && is_of(&[0, 0x0a, 0x1b, 0x2c, 0x02]));
    for other in [
        &[0x0a, 0x1b, 0x2c, 0x03][..],
        &[0x0a, 0x1b, 0x2c],
        &[0x1a, 0x1b, 0x2c, 0x02],
        &[0x0a, 0x1b, 0x2c, 2, 0],
    ] {
        assert!(!is_of(other), "{other:02x?}");
    }
}

#[test]
fn no_truncation_is_read_and_none_panics() {
    for name in ["server", "root", "root-v1", "server-rsa", "sub-constrained"] {
        let der = der(name);
        for end in 0..der.len() {
            assert!(Certificate::parse(&der[..end]).is_err(), "{name} up to {end}");
        }
        assert!(Certificate::parse(&[&der[..], &[0]].concat()).is_err());
    }
}

#[test]
fn no_changed_byte_is_trusted_and_none_panics() {
    let original = ders("server sub");
    let (roots, names) = (ders("root"), ["agent.example", "10.1.2.3"]);
    for (n, at) in (0..2).flat_map(|n| (0..original[n].len()).map(move |at| (n, at))) {
        for mask in [0x01, 0x80, 0xff] {
            let mut chain = original.clone();
            chain[n][at] ^= mask;
            if let Ok(certificate) = Certificate::parse(&chain[n]) {
                let _ = certificate.public_key();
                let _ = format!("{certificate:?}");
                for name in names {
                    let _ = ExpectedName::from(name).check(&certificate);
                }
            }
            let verdict = verify(&chain, &roots, &[], Purpose::Server, Some(NOW));
            assert!(verdict.is_err(), "certificate {n}, byte {at} changed by {mask:#04x}");
            // The signature of a certificate in the trust set is not checked, but parsing it must not panic.
            let _ = verify(&ders("server"), &[chain[n].clone()], &chain, Purpose::Server, Some(NOW));
        }
    }
}
