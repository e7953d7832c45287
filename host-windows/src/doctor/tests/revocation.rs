//! The revocation lists.

use jiff::ZonedDateTime;
use rcgen::{CertificateRevocationListParams, KeyIdMethod, SerialNumber, date_time_ymd};

use super::*;

/// A list of `root` that was current in 2020.
fn stale(root: &Credential) -> Vec<u8> {
    let params = CertificateRevocationListParams {
        this_update: date_time_ymd(2020, 1, 1),
        next_update: date_time_ymd(2020, 2, 1),
        crl_number: SerialNumber::from(1),
        issuing_distribution_point: None,
        revoked_certs: Vec::new(),
        key_identifier_method: KeyIdMethod::Sha256,
    };
    params.signed_by(&root.issuer()).unwrap().der().to_vec()
}

#[test]
fn current_lists() {
    let root = root();
    let (patient, agent) = Patient::of(&root);
    patient.put("store/CRL/root.crl", root.revocation_list(&[&made(Some(&root), |_| {})]).unwrap());
    patient.configure(&agent.serial(), &format!("{STRICT}{VALIDATION}"));
    let examination = patient.examine();
    examination.is_well();
    let year = ZonedDateTime::now().year();
    let words = format!(
        "the revocation list of CN=Test Root (CRL/root.crl) is current, from {}-01-01 until {}-01-01; \
         certificates on it: 1",
        year - 1,
        year + 9
    );
    examination.says("revocation", Verdict::Ok, &words);
    examination.says("revocation", Verdict::Ok, "the agent's certificate is on no revocation list");
}

#[test]
fn a_list_that_is_missing_or_out_of_date() {
    let root = root();
    let (patient, agent) = Patient::of(&root);
    for (list, words) in [
        (None, "there is no revocation list of CN=Test Root in the store"),
        (Some(stale(&root)), "(CRL/root.crl) is not current: it counts from 2020-01-01 until 2020-02-01"),
    ] {
        if let Some(list) = list {
            patient.put("store/CRL/root.crl", list);
        }
        patient.configure(&agent.serial(), REVOCATION);
        let examination = patient.examine();
        let cure = examination.says("revocation", Verdict::Warning, words);
        assert!(
            cure.starts_with("Put a current revocation list of this issuer into the agent's store"),
            "{cure}"
        );
        assert_eq!(examination.ill(), ["revocation"]);

        patient.configure(&agent.serial(), STRICT);
        let examination = patient.examine();
        examination.says("revocation", Verdict::Warning, words);
        let cure =
            examination.says("revocation", Verdict::Failure, "but whether it has been revoked is unknown: ");
        assert!(cure.contains("or set TLSRequireRevocationStatus to FALSE"), "{cure}");
        examination.says("connection", Verdict::Skipped, "because the agent does not start: ");
    }
}

#[test]
fn a_status_that_no_list_can_tell() {
    let root = root();
    let (patient, agent) = Patient::of(&root);
    patient.put("store/CRL/root.crl", root.revocation_list(&[]).unwrap());
    patient.remove("store/Root/root.cer");
    patient.put("store/CA/root.cer", root.der());
    patient.configure(&agent.serial(), REVOCATION);
    let examination = patient.examine();
    let words = "whether the agent's certificate has been revoked is unknown: no trusted root issued";
    let cure = examination.says("revocation", Verdict::Warning, words);
    assert!(cure.starts_with("To know it, put its root certificate and a current revocation list"), "{cure}");
    assert!(cure.ends_with("(`lsam cert trust`)."), "{cure}");
}

#[test]
fn the_lists_of_those_who_issued_clients() {
    let (root, other) = (root(), Credential::root("Scheduling Root").unwrap());
    let (patient, agent) = Patient::of(&root);
    patient.put("store/Root/other.cer", other.der());
    patient.put("store/CRL/root.crl", root.revocation_list(&[]).unwrap());
    patient.configure(&agent.serial(), REVOCATION);
    patient.examine().is_well();

    let words = "there is no revocation list of CN=Scheduling Root in the store";
    patient.configure(&agent.serial(), &format!("{REVOCATION}{VALIDATION}"));
    let examination = patient.examine();
    examination.says("revocation", Verdict::Warning, words);
    assert_eq!(examination.ill(), ["revocation"]);

    patient.configure(&agent.serial(), &format!("{STRICT}{VALIDATION}"));
    let examination = patient.examine();
    let cure = examination.says(
        "revocation",
        Verdict::Failure,
        &format!("{words}, so that a client of this issuer is"),
    );
    assert!(cure.starts_with("Put a current revocation list of the issuer into the agent's store"), "{cure}");
    assert_eq!(examination.ill(), ["revocation"]);

    patient.put("store/CRL/other.crl", other.revocation_list(&[]).unwrap());
    patient.examine().is_well();
    for n in 0..9 {
        patient.put(&format!("store/Root/{n}.cer"), Credential::root(&format!("Root {n}")).unwrap().der());
    }
    let examination = patient.examine();
    examination.is_well();
    examination.says("revocation", Verdict::Ok, "of 10 roots that clients may have, 1 have a current list");
}
