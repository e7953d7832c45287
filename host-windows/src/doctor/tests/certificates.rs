//! The agent's certificate, its names, its chain and its root.

use std::rc::Rc;

use jiff::ZonedDateTime;
use rcgen::{ExtendedKeyUsagePurpose, SerialNumber, date_time_ymd};

use super::*;
use crate::key::KeyError;

#[test]
fn several_certificates_of_one_serial_number() {
    let alike = || made(None, |params| params.serial_number = Some(SerialNumber::from(0x4a)));
    let [one, other] = [alike(), alike()];
    let patient = Patient::with(&one);
    patient.put("store/My/other.pem", other.pem() + &other.key_pem());
    let examination = patient.examine();
    let cure = examination.says("certificate", Verdict::Failure, "several certificates with private keys");
    assert!(cure.starts_with("Remove from the store those that are not meant"), "{cure}");
    assert_eq!(examination.ill(), ["certificate"]);
}

#[test]
fn a_certificate_without_its_key() {
    let agent = Credential::self_signed(KeyKind::EcdsaP256, &[HOST]).unwrap();
    let patient = Patient::with(&agent);
    patient.put("store/My/agent.pem", agent.pem());
    let examination = patient.examine();
    let cure = examination.says("certificate", Verdict::Failure, "has no private key there");
    assert!(cure.starts_with("Put the certificate together with its private key (a .pfx file) into My"));

    patient.put("store/Root/agent.pem", agent.pem() + &agent.key_pem());
    let examination = patient.examine();
    let cure =
        examination.says("certificate", Verdict::Warning, "passed over, because the store holds no private");
    assert!(cure.starts_with("Remove it from there"), "{cure}");
    assert_eq!(examination.ill(), ["certificate"]);
}

#[test]
fn a_certificate_that_is_not_valid_now_or_not_for_long() {
    let valid = |from: i16, until: i16| {
        let examination = Patient::with(&made(None, |params| {
            params.not_before = date_time_ymd(from.into(), 1, 1);
            params.not_after = date_time_ymd(until.into(), 1, 1);
        }));
        examination.examine()
    };
    let examination = valid(2019, 2020);
    let cure = examination.says(
        "validity",
        Verdict::Failure,
        "EXPIRED on 2020-01-01: scheduling servers refuse it: it has",
    );
    assert!(cure.starts_with("Give the agent a certificate that is valid now"), "{cure}");
    assert_eq!(examination.ill(), ["validity", "connection"]);
    examination.says("connection", Verdict::Failure, "the agent's certificate was refused: ");
    examination.says("chain", Verdict::Skipped, "because the certificate itself can't be used");
    valid(2090, 2091).says("validity", Verdict::Failure, "not valid before 2090-01-01");

    let soon = ZonedDateTime::now().checked_add(jiff::Span::new().days(20)).unwrap().date();
    let patient = Patient::with(&made(None, |params| {
        let (month, day) = (soon.month().unsigned_abs(), soon.day().unsigned_abs());
        params.not_after = date_time_ymd(soon.year().into(), month, day);
    }));
    let examination = patient.examine();
    let cure = examination.says("validity", Verdict::Warning, ": days left: 1");
    assert!(cure.starts_with("Have a new one issued"), "{cure}");
    assert_eq!(examination.ill(), ["validity"]);
}

#[test]
fn a_certificate_for_another_use() {
    let agent = made(None, |params| params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth]);
    let examination = Patient::with(&agent).examine();
    let cure = examination.says(
        "validity",
        Verdict::Failure,
        "its key usage does not allow it to be a TLS server's",
    );
    assert!(cure.starts_with("Have a certificate for server authentication issued"), "{cure}");
    examination.says("connection", Verdict::Skipped, "because the agent does not start: ");
    assert_eq!(examination.ill(), ["validity"]);
}

#[test]
fn a_private_key_that_does_not_sign() {
    let (patient, _) = Patient::of(&root());
    let (config, store) = (patient.path("MSLSAM.ini"), patient.path("store"));
    let doctor = Doctor { store: Some(&store), ..Doctor::new(&config) };
    for (error, words, cure) in [
        (
            KeyError::Withheld("access denied".to_owned()),
            "is not given to this account",
            "In a console, start it as administrator.",
        ),
        (
            KeyError::Proof("it refuses".to_owned()),
            "is of no use: it refuses",
            "Put the certificate together with",
        ),
    ] {
        let mut case = Case::new(&doctor);
        let mut notes = Notes::new("private key");
        for examine in [configuration::is_clean, certificate::store_opens, certificate::is_found] {
            assert!(examine(&mut case, &mut Notes::new("before")).is_ok());
        }
        let opened = crate::store::open(Some(&store)).unwrap();
        case.store = Some(Rc::new(SystemStore(opened, error)));
        assert!(certificate::key_signs(&mut case, &mut notes).is_ok());
        let examination = Examination { observations: notes.into_observations() };
        let said = examination.says("private key", Verdict::Failure, words);
        assert!(said.starts_with(cure), "{said}");
        let skipped = connection::succeeds(&mut case, &mut Notes::new("connection")).unwrap_err();
        assert_eq!(skipped.0, "the private key can't be used");
    }
}

#[test]
fn the_setting_for_the_name_is_looked_for() {
    let root = root();
    let agent = root.issue(KeyKind::EcdsaP256, &["cluster.example"]).unwrap();
    let mut patient = Patient::with(&agent);
    patient.put("store/Root/root.cer", root.der());
    patient.distinguished_name = Some("CN=cluster.example");
    let examination = patient.examine();
    examination.is_well();
    examination.says(
        "names",
        Verdict::Ok,
        "\"CN=cluster.example\", TLS Certificate Distinguished Name, is in the",
    );

    patient.distinguished_name = Some("cluster");
    let examination = patient.examine();
    let cure = examination.says(
        "names",
        Verdict::Failure,
        "\"cluster\", TLS Certificate Distinguished Name, is not",
    );
    assert!(cure.ends_with("these values fit: \"cluster.example\", \"CN=cluster.example\"."), "{cure}");
}

#[test]
fn a_name_with_the_domain_is_that_of_the_machine() {
    let (mut patient, _) = Patient::of(&root());
    patient.machine_names = vec!["AGENT".to_owned()];
    let examination = patient.examine();
    examination.says("names", Verdict::Ok, "has the name agent.example; the scheduling server must know");
    patient.machine_names = vec!["AGENT".to_owned(), "agent.example".to_owned()];
    patient.examine().is_well();
}

#[test]
fn a_certificate_without_any_name() {
    let agent = Credential::new(KeyKind::EcdsaP256, None, |params| {
        params.distinguished_name = rcgen::DistinguishedName::new();
    });
    let examination = Patient::with(&agent.unwrap()).examine();
    let cure = examination.says("names", Verdict::Warning, "has not the name of this machine, agent.example");
    assert!(cure.ends_with("This one has no name that fits."), "{cure}");
    examination.says("connection", Verdict::Failure, "the name in the certificate is not the expected one");
}

#[test]
fn an_issuer_that_is_not_in_the_store() {
    let root = root();
    let middle = root.authority("Test Authority").unwrap();
    let agent = middle.issue(KeyKind::EcdsaP256, &[HOST]).unwrap();
    let patient = Patient::with(&agent);
    patient.put("store/Root/root.cer", root.der());
    let examination = patient.examine();
    let words =
        "CN=agent.example ends there: the certificate of its issuer, CN=Test Authority, is not in the store";
    let cure = examination.says("chain", Verdict::Warning, words);
    assert!(cure.contains("otherwise put it into CA"), "{cure}");
    assert_eq!(examination.ill(), ["chain"]);
    let because = "because the root of the agent's certificate is not in the store";
    examination.says("root", Verdict::Skipped, because);
    examination.says("connection", Verdict::Skipped, because);

    patient.put("store/CA/middle.cer", middle.der());
    let examination = patient.examine();
    examination.is_well();
    examination.says(
        "chain",
        Verdict::Ok,
        "CN=agent.example from CN=Test Authority from CN=Test Root: complete",
    );
}

#[test]
fn a_root_that_is_only_at_the_scheduling_server() {
    let root = root();
    let (mut patient, _) = Patient::of(&root);
    patient.remove("store/Root/root.cer");
    assert_eq!(patient.examine().ill(), ["chain"]);
    patient.put("root.pem", root.pem());
    patient.trust = Some(patient.path("root.pem"));
    let examination = patient.examine();
    examination.is_well();
    examination.says("chain", Verdict::Ok, "CN=agent.example from CN=Test Root: complete");
    examination.says("connection", Verdict::Ok, "a connection with itself succeeds");

    patient.put("other.pem", Credential::root("Other").unwrap().pem());
    patient.trust = Some(patient.path("other.pem"));
    patient.examine().says(
        "chain",
        Verdict::Warning,
        "the certificate of its issuer, CN=Test Root, is not in the store",
    );
    patient.trust = Some(patient.path("none.pem"));
    let examination = patient.examine();
    let cure = examination.says("chain", Verdict::Failure, "none.pem can't be used: ");
    assert!(cure.starts_with("Name with --trust a file with the root"), "{cure}");
}

#[test]
fn a_certificate_that_no_peer_accepts() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let patient = Patient::with(&made(None, |_| {}));
    for (name, key, words) in [
        (
            "sha1",
            "plain",
            "scheduling servers refuse it: it is signed with an algorithm that is no longer accepted",
        ),
        ("version-1", "plain", "scheduling servers refuse it: it is not of X.509 version 3"),
        ("explicit", "explicit", "scheduling servers refuse it: its public key is of a kind or size"),
    ] {
        patient.put("store/My/agent.pem", fs::read(data.join(format!("{name}.crt"))).unwrap());
        patient.put("store/My/agent.key", fs::read(data.join(format!("{key}.key"))).unwrap());
        patient.configure("4a001e", "");
        let examination = patient.examine();
        let cure = examination.says("validity", Verdict::Failure, words);
        assert!(cure.starts_with("Have a certificate issued that is of X.509 version 3"), "{cure}");
    }
}

#[test]
fn a_chain_that_breaks_a_rule() {
    let root = root();
    let middle = Credential::new(KeyKind::EcdsaP256, Some(&root), |params| {
        params.distinguished_name.push(DnType::CommonName, "Old Authority");
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        params.key_usages = vec![rcgen::KeyUsagePurpose::KeyCertSign];
        params.not_before = date_time_ymd(2019, 1, 1);
        params.not_after = date_time_ymd(2020, 1, 1);
    });
    let middle = middle.unwrap();
    let patient = Patient::with(&middle.issue(KeyKind::EcdsaP256, &[HOST]).unwrap());
    patient.put("store/Root/root.cer", root.der());
    patient.put("store/CA/middle.cer", middle.der());
    let examination = patient.examine();
    let words = "CN=agent.example from CN=Old Authority from CN=Test Root is refused: ";
    let cure = examination.says("chain", Verdict::Failure, words);
    assert!(cure.starts_with("Give the agent a certificate that is valid now"), "{cure}");
    assert_eq!(examination.ill(), ["chain", "connection"]);
}

#[test]
fn a_root_in_another_place() {
    let root = root();
    for place in ["CA", "My"] {
        let (patient, _) = Patient::of(&root);
        patient.remove("store/Root/root.cer");
        patient.put(&format!("store/{place}/root.cer"), root.der());
        let examination = patient.examine();
        let words = format!("the root CN=Test Root is in {place} ({place}/root.cer), where it is no root");
        let cure = examination.says("root", Verdict::Warning, &words);
        assert!(cure.starts_with("Move it to Root (Trusted Root Certification Authorities"), "{cure}");
        assert_eq!(examination.ill(), ["root"]);
    }
}
