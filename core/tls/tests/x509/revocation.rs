//! Chains against revocation lists of every kind: which are rejected, which accepted, and with which warning.

use std::{
    collections::HashMap,
    fmt::Write,
    fs,
    path::Path,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Instant,
};

use lsam_tls::{
    UnixTime,
    crypto::rustcrypto::RustCrypto,
    x509::{
        Certificate, CertificateError, ListAnswer, ListMemory, ListQuestion, Purpose, Revocation, TrustSet,
        UnknownRevocation, Verified,
    },
};
use rcgen::{CertificateParams, CertificateRevocationListParams, KeyIdMethod, KeyPair, RevokedCertParams};

/// 2027-06-01T00:00:00Z
const NOW: UnixTime = UnixTime(1_811_808_000);
const KNOWN: Result<Verified, CertificateError> = Ok(Verified { unknown_revocation: None });
const REVOKED: Result<Verified, CertificateError> = Err(CertificateError::Revoked);

fn read(file: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/x509").join(file)).unwrap()
}

/// The certificates with these names, separated by spaces.
fn certificates(names: &str) -> Vec<Vec<u8>> {
    names.split_whitespace().map(|name| read(&format!("rev-{name}.der"))).collect()
}

fn lists(names: &str) -> Vec<Vec<u8>> {
    names.split_whitespace().map(|name| read(&format!("{name}.crl"))).collect()
}

fn slices(ders: &[Vec<u8>]) -> Vec<&[u8]> {
    ders.iter().map(Vec::as_slice).collect()
}

struct Case {
    chain: Vec<Vec<u8>>,
    roots: Vec<Vec<u8>>,
    lists: Vec<Vec<u8>>,
}

impl Case {
    fn new(chain: &str, roots: &str, revocation_lists: &str) -> Self {
        let lists = lists(revocation_lists);
        Self { chain: certificates(chain), roots: certificates(roots), lists }
    }

    /// The chain as it arrives in a handshake.
    fn verify(&self, revocation: Revocation, now: UnixTime) -> Result<Verified, CertificateError> {
        self.verify_with(None, revocation, now)
    }

    fn verify_with(
        &self,
        memory: Option<&Memory>,
        revocation: Revocation,
        now: UnixTime,
    ) -> Result<Verified, CertificateError> {
        let [chain, roots, lists] = [&self.chain, &self.roots, &self.lists].map(|ders| slices(ders));
        let trust = TrustSet::new(&roots, &[]).with_revocation(&lists, revocation);
        let trust = memory.map_or(trust, |memory| trust.with_memory(memory));
        trust.verify_without_name::<RustCrypto>(chain, Purpose::Server, Some(now))
    }
}

#[test]
fn every_case_has_its_verdict() {
    let mut wrong = String::new();
    let mut count = 0;
    let lines = include_str!("../data/x509/revocation.txt").lines();
    for line in lines.filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let [chain, roots, lists, verdict] =
            line.split('|').map(str::trim).collect::<Vec<_>>().try_into().unwrap();
        let case = Case::new(chain, roots, lists);
        assert_eq!(case.verify(Revocation::Off, NOW), KNOWN, "{line}");
        let allowed = match case.verify(Revocation::AllowUnknown, NOW) {
            KNOWN => "known".to_owned(),
            Ok(Verified { unknown_revocation: Some(reason) }) => format!("{reason:?}"),
            Err(error) => format!("{error:?}"),
        };
        let required = match case.verify(Revocation::RequireKnown, NOW) {
            Ok(verified) if Ok(verified) == KNOWN => "known".to_owned(),
            Ok(verified) => format!("accepted with {verified:?}"),
            Err(CertificateError::UnknownRevocation(reason)) => format!("{reason:?}"),
            Err(error) => format!("{error:?}"),
        };
        if allowed != verdict || required != verdict {
            writeln!(wrong, "{line}: {allowed}, {required}").unwrap();
        }
        count += 1;
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert_eq!(count, 97);
}

#[test]
fn the_default_lets_unknown_ones_pass_and_says_so() {
    assert_eq!(Revocation::default(), Revocation::AllowUnknown);
    let case = Case::new("leaf sub", "root", "");
    let (chain, roots) = (slices(&case.chain), slices(&case.roots));
    assert_eq!(
        TrustSet::new(&roots, &[]).verify_without_name::<RustCrypto>(chain, Purpose::Server, Some(NOW)),
        Ok(Verified { unknown_revocation: Some(UnknownRevocation::NoList) })
    );
}

#[test]
fn the_time_of_a_list_includes_both_its_ends() {
    let case = Case::new("leaf-by-root", "root", "root");
    let at = |now| case.verify(Revocation::RequireKnown, UnixTime(now));
    let unknown = |reason| Err(CertificateError::UnknownRevocation(reason));
    // 2027-01-01 and 2028-01-01.
    assert_eq!(at(1_798_761_599), unknown(UnknownRevocation::NotYetValid));
    assert_eq!(at(1_798_761_600), KNOWN);
    assert_eq!(at(1_830_297_600), KNOWN);
    assert_eq!(at(1_830_297_601), unknown(UnknownRevocation::Expired));
}

/// Remembers every answer, and counts those that had to be determined.
#[derive(Debug, Default)]
struct Memory {
    answers: Mutex<HashMap<(usize, String), ListAnswer>>,
    count: AtomicUsize,
}

impl ListMemory for Memory {
    fn recall(
        &self,
        list: usize,
        question: ListQuestion<'_>,
        find_out: &mut dyn FnMut() -> ListAnswer,
    ) -> ListAnswer {
        *self.answers.lock().unwrap().entry((list, format!("{question:?}"))).or_insert_with(|| {
            self.count.fetch_add(1, Ordering::Relaxed);
            find_out()
        })
    }
}

#[test]
fn what_is_remembered_is_not_found_out_again() {
    for (chain, lists, verdict, questions) in [
        // A signature and an entry for each certificate.
        ("leaf sub", "root sub", KNOWN, 4),
        ("leaf sub", "root sub-leaf", REVOKED, 2),
        ("leaf-by-root", "sub-leaf root-leaf", REVOKED, 2),
        // No entry is looked up in a list whose signature is invalid.
        ("leaf sub", "root sub-other-key sub", KNOWN, 5),
    ] {
        let case = Case::new(chain, "root", lists);
        let memory = Memory::default();
        for round in 0..3 {
            assert_eq!(
                case.verify_with(Some(&memory), Revocation::RequireKnown, NOW),
                verdict,
                "{lists}, {round}"
            );
            assert_eq!(memory.count.load(Ordering::Relaxed), questions, "{lists}, {round}");
        }
    }
    // The time is checked on each call.
    let case = Case::new("leaf-by-root", "root", "root");
    let memory = Memory::default();
    for (now, verdict) in [
        (1_830_297_600, KNOWN),
        (1_830_297_601, Err(CertificateError::UnknownRevocation(UnknownRevocation::Expired))),
    ] {
        assert_eq!(case.verify_with(Some(&memory), Revocation::RequireKnown, UnixTime(now)), verdict);
    }
}

#[test]
fn revocation_comes_after_the_path() {
    let mut case = Case::new("leaf sub", "root", "root sub-leaf");
    case.roots = certificates("root-rsa");
    assert_eq!(case.verify(Revocation::RequireKnown, NOW), Err(CertificateError::UnknownIssuer));
    let case = Case::new("leaf sub", "root", "root sub-leaf");
    assert_eq!(
        case.verify(Revocation::RequireKnown, UnixTime(2_051_222_401)),
        Err(CertificateError::Expired)
    );
}

#[test]
fn a_search_among_many_lists_is_given_up() {
    let mut case = Case::new("leaf-by-root", "root", "");
    case.lists = vec![read("root.crl"); 64];
    assert_eq!(case.verify(Revocation::RequireKnown, NOW), KNOWN);
    case.lists.push(read("root.crl"));
    assert_eq!(case.verify(Revocation::RequireKnown, NOW), Err(CertificateError::TooComplex));
    case.lists = vec![read("sub.crl"); 1_000];
    case.lists.push(read("root.crl"));
    assert_eq!(case.verify(Revocation::RequireKnown, NOW), KNOWN, "lists of others are not counted");
}

#[test]
fn no_truncated_list_says_good_and_none_panics() {
    for name in ["root", "root-empty", "root-users"] {
        let mut case = Case::new("leaf-by-root", "root", name);
        let whole = case.lists[0].clone();
        assert_eq!(case.verify(Revocation::RequireKnown, NOW), KNOWN, "{name}");
        for end in 0..whole.len() {
            case.lists = vec![whole[..end].to_vec()];
            let verdict = case.verify(Revocation::RequireKnown, NOW);
            assert!(verdict.is_err(), "{name} up to {end}");
        }
        case.lists = vec![[&whole[..], &[0]].concat()];
        assert!(case.verify(Revocation::RequireKnown, NOW).is_err(), "{name} with a byte more");
    }
}

#[test]
fn no_changed_byte_of_a_list_says_good_and_none_panics() {
    for (chain, name, beside, original) in [
        ("leaf-by-root", "root", "", KNOWN),
        ("leaf-by-root", "root-leaf", "", REVOKED),
        ("leaf-point-1 sub", "sub-point-1", "root", KNOWN),
        ("leaf sub", "sub-reason", "root", REVOKED),
    ] {
        let mut case = Case::new(chain, "root", &format!("{name} {beside}"));
        assert_eq!(case.verify(Revocation::RequireKnown, NOW), original, "{name}");
        for (at, mask) in (0..case.lists[0].len()).flat_map(|at| [0x01, 0x80, 0xff].map(|mask| (at, mask))) {
            case.lists[0][at] ^= mask;
            let verdict = case.verify(Revocation::RequireKnown, NOW);
            assert!(
                matches!(verdict, Err(CertificateError::UnknownRevocation(_))),
                "{name}, byte {at} changed by {mask:#04x}: {verdict:?}"
            );
            case.lists[0][at] ^= mask;
        }
    }
}

#[test]
fn a_list_of_ten_thousand_is_walked_in_time() {
    let key = KeyPair::generate().unwrap();
    let mut authority = CertificateParams::new([]).unwrap();
    authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let root = authority.self_signed(&key).unwrap();
    let issuer = rcgen::Issuer::new(authority, key);
    let leaf = |serial: u64| {
        let mut params = CertificateParams::new(["agent.example".to_owned()]).unwrap();
        params.serial_number = Some(serial.into());
        params.signed_by(&KeyPair::generate().unwrap(), &issuer).unwrap().der().to_vec()
    };
    let day = |day| rcgen::date_time_ymd(2027, 6, day);
    let revoked = (0..10_000_u64).map(|n| RevokedCertParams {
        serial_number: (0x4000_0000_0000 + 2 * n).into(),
        revocation_time: day(1),
        reason_code: Some(rcgen::RevocationReason::KeyCompromise),
        invalidity_date: None,
    });
    let list = CertificateRevocationListParams {
        this_update: day(1),
        next_update: day(8),
        crl_number: 1_u64.into(),
        issuing_distribution_point: None,
        revoked_certs: revoked.collect(),
        key_identifier_method: KeyIdMethod::Sha256,
    };
    let list = list.signed_by(&issuer).unwrap().der().to_vec();
    let mut case = Case { chain: vec![], roots: vec![root.der().to_vec()], lists: vec![list] };
    // The entry before the last, the last, and one that would be the next.
    for (serial, verdict) in
        [(0x4000_0000_4e1d, KNOWN), (0x4000_0000_4e1e, REVOKED), (0x4000_0000_4e20, KNOWN)]
    {
        case.chain = vec![leaf(serial)];
        let start = Instant::now();
        assert_eq!(case.verify(Revocation::RequireKnown, NOW), verdict, "{serial:#x}");
        println!("{} bytes: {:?}", case.lists[0].len(), start.elapsed());
        assert!(start.elapsed().as_secs() < 60);
    }
}

#[test]
fn the_names_of_the_roots_are_told() {
    let ders = [certificates("root self sub"), vec![vec![0x30, 0x00]], certificates("root-rsa")].concat();
    let roots = slices(&ders);
    let names: Vec<String> = TrustSet::new(&roots, &[]).authorities().map(|name| name.to_string()).collect();
    assert_eq!(
        names,
        [
            "CN=Revoking Root CA,O=Example\\, Inc.,C=DE",
            "CN=self.example,O=Example\\, Inc.,C=DE",
            "CN=Revoking Root CA RSA,O=Example\\, Inc.,C=DE",
        ]
    );
    let first = TrustSet::new(&roots, &[]).authorities().next().unwrap();
    assert_eq!(first.der(), Certificate::parse(&ders[0]).unwrap().subject().der());
}
