//! NIST's Public Key Interoperability Test Suite: certificate paths with their verdicts under RFC 5280
//! section 6.
//!
//! `data/pkits/cases.txt` has every case of the sections that apply, with the verdict of the suite and ours.
//! Policies are not processed: for section 4.8 the verdict is the one for any policy, with none required.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
    fs,
    path::{Path, PathBuf},
};

use lsam_tls::{
    UnixTime,
    crypto::rustcrypto::RustCrypto,
    x509::{CertificateError, Purpose, Revocation, TrustSet, Verified},
};

/// 2027-06-01T00:00:00Z
const NOW: UnixTime = UnixTime(1_811_808_000);

/// How many cases each section has.
const SECTIONS: [(&str, usize); 11] = [
    ("4.1", 6),
    ("4.2", 8),
    ("4.3", 11),
    ("4.4", 21),
    ("4.5", 8),
    ("4.6", 17),
    ("4.7", 5),
    ("4.8", 20),
    ("4.13", 38),
    ("4.14", 35),
    ("4.16", 2),
];

struct Case<'t> {
    /// Section, and number in it.
    number: (&'t str, usize),
    leaf: &'t str,
    intermediates: &'t str,
    lists: &'t str,
    /// Whether the path is valid according to the suite.
    is_valid: bool,
    /// `accepted`, or the name of our error.
    verdict: &'t str,
    /// Why our verdict differs from the suite.
    reason: &'t str,
}

fn cases() -> impl Iterator<Item = Case<'static>> {
    let lines = include_str!("../data/pkits/cases.txt").lines();
    lines.filter(|line| !line.is_empty() && !line.starts_with('#')).map(|line| {
        let [number, leaf, intermediates, lists, suite, verdict, reason] =
            line.split('|').map(str::trim).collect::<Vec<_>>().try_into().unwrap();
        let (section, n) = number.rsplit_once('.').unwrap();
        let is_valid = suite == "valid";
        assert!(is_valid || suite == "invalid", "{line}");
        Case { number: (section, n.parse().unwrap()), leaf, intermediates, lists, is_valid, verdict, reason }
    })
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/pkits")
}

/// The files with these names, separated by spaces.
fn ders(names: &str, extension: &str) -> Vec<Vec<u8>> {
    let read = |name| fs::read(folder().join(format!("{name}.{extension}"))).unwrap();
    names.split_whitespace().map(read).collect()
}

fn slices(ders: &[Vec<u8>]) -> Vec<&[u8]> {
    ders.iter().map(Vec::as_slice).collect()
}

impl Case<'_> {
    /// The suite requires a known status for every certificate.
    fn verify(&self, purpose: Purpose) -> Result<Verified, CertificateError> {
        let chain = ders(&format!("{} {}", self.leaf, self.intermediates), "crt");
        let roots = ders("TrustAnchorRootCertificate", "crt");
        let lists = ders(&format!("TrustAnchorRootCRL {}", self.lists), "crl");
        let (roots, lists) = (slices(&roots), slices(&lists));
        let trust = TrustSet::new(&roots, &[]).with_revocation(&lists, Revocation::RequireKnown);
        trust.verify_without_name::<RustCrypto>(chain.iter().map(Vec::as_slice), purpose, Some(NOW))
    }
}

#[test]
fn every_case_has_its_verdict() {
    let mut wrong = String::new();
    for case in cases() {
        for purpose in [Purpose::Client, Purpose::Server] {
            let verdict = match case.verify(purpose) {
                Ok(_) => "accepted".to_owned(),
                Err(error) => format!("{error:?}"),
            };
            if verdict != case.verdict {
                let (section, n) = case.number;
                writeln!(wrong, "{section}.{n} {}: {verdict} as {purpose:?}", case.leaf).unwrap();
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn what_the_suite_calls_invalid_is_refused_and_what_else_is_refused_has_its_reason() {
    for case in cases() {
        let is_accepted = case.verdict == "accepted";
        assert!(case.is_valid || !is_accepted, "{} must be refused", case.leaf);
        assert_eq!(case.is_valid != is_accepted, !case.reason.is_empty(), "{}", case.leaf);
    }
}

#[test]
fn the_sections_are_complete() {
    let mut found = BTreeMap::<&str, BTreeSet<usize>>::new();
    for case in cases() {
        let (section, n) = case.number;
        assert!(found.entry(section).or_default().insert(n), "{section}.{n} is there twice");
    }
    assert_eq!(found.len(), SECTIONS.len());
    for (section, count) in SECTIONS {
        assert!(found[section].iter().copied().eq(1..=count), "{section}: {:?}", found[section]);
    }
}

/// Every file is needed by a case.
#[test]
fn every_file_is_used() {
    let mut used =
        BTreeSet::from(["TrustAnchorRootCertificate.crt".to_owned(), "TrustAnchorRootCRL.crl".into()]);
    for case in cases() {
        let certificates = case.intermediates.split_whitespace().chain([case.leaf]);
        used.extend(certificates.map(|name| format!("{name}.crt")));
        used.extend(case.lists.split_whitespace().map(|name| format!("{name}.crl")));
    }
    let files = fs::read_dir(folder()).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
    let files: BTreeSet<String> =
        files.filter(|name| name.ends_with(".crt") || name.ends_with(".crl")).collect();
    assert_eq!(files, used);
}

#[test]
fn the_page_has_the_same_counts() {
    let page = include_str!("../../../../docs/src/certificates.md");
    for (section, count) in SECTIONS {
        let outcomes = |is_valid: bool, is_accepted: bool| {
            let cases = cases().filter(|case| case.number.0 == section && case.is_valid == is_valid);
            cases.filter(|case| (case.verdict == "accepted") == is_accepted).count()
        };
        let counts = [outcomes(false, false), outcomes(true, true), outcomes(true, false)];
        let [refused, accepted, differing] = counts;
        let end = format!("| {count} | {refused} | {accepted} | {differing} |");
        let row = page.lines().find(|line| line.starts_with(&format!("| {section} "))).unwrap();
        assert!(row.ends_with(&end), "{row}: {end}");
    }
}
