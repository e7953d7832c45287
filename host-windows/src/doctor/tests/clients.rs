//! Which clients the agent accepts as a scheduling server.

use std::rc::Rc;

use super::*;
use crate::doctor::clients::can_be_validated;
use crate::key::KeyError;

fn validating(patient: &Patient, agent: &Credential) -> Examination {
    patient.configure(&agent.serial(), VALIDATION);
    patient.examine()
}

#[test]
fn somebody_is_trusted() {
    let (patient, agent) = Patient::of(&root());
    let examination = validating(&patient, &agent);
    examination.is_well();
    examination.says("clients", Verdict::Ok, "is asked for a certificate by names: 1. Trusted: CN=Test Root");
    let refused =
        "without a certificate is refused with the alert handshake_failure, as TLSClientValidation asks for";
    examination.says("connection", Verdict::Ok, refused);

    let other = Credential::self_signed(KeyKind::EcdsaP256, &["scheduling.example"]).unwrap();
    for n in 0..5 {
        patient.put(&format!("store/Root/{n}.cer"), Credential::root(&format!("Root {n}")).unwrap().der());
    }
    patient.put("store/My/scheduling.cer", other.der());
    validating(&patient, &agent).says(
        "clients",
        Verdict::Ok,
        "by names: 7. Trusted: CN=scheduling.example; CN=Root 0;",
    );
    validating(&patient, &agent).says("clients", Verdict::Ok, "; and 2 more");
}

#[test]
fn nobody_but_this_machine_is_trusted() {
    let agent = Credential::self_signed(KeyKind::EcdsaP256, &[HOST]).unwrap();
    let examination = validating(&Patient::with(&agent), &agent);
    let cure = examination.says(
        "clients",
        Verdict::Warning,
        "it is refused unless it has a certificate of this machine",
    );
    assert!(cure.starts_with("Put the root certificate of its certification authority into Root"), "{cure}");
    assert_eq!(examination.ill(), ["clients"]);
}

#[test]
fn the_root_of_clients_is_in_another_place() {
    let root = root();
    let (patient, agent) = Patient::of(&root);
    patient.remove("store/Root/root.cer");
    patient.put("store/CA/root.cer", root.der());
    let examination = validating(&patient, &agent);
    let words = "every scheduling server is refused In CA it is not trusted: CA/root.cer: CN=Test Root";
    examination.says("clients", Verdict::Failure, words);
}

#[test]
fn the_certificate_of_a_scheduling_server_is_judged() {
    let (root, other) = (root(), Credential::root("Scheduling Root").unwrap());
    let (mut patient, agent) = Patient::of(&root);
    let scheduling = other.issue(KeyKind::EcdsaP256, &["scheduling.example"]).unwrap();
    patient.put("scheduling.cer", scheduling.der());
    patient.client = Some(patient.path("scheduling.cer"));
    let examination = validating(&patient, &agent);
    let words = "the agent refuses CN=scheduling.example, serial ";
    let cure = examination.says("clients", Verdict::Failure, words);
    assert!(cure.starts_with("Put the root certificate of its certification authority into Root"), "{cure}");
    assert_eq!(examination.ill(), ["clients"]);
    examination.says("connection", Verdict::Ok, "without a certificate is refused");

    // With its key, it is also the client of the connection check.
    patient.put("scheduling.pem", other.pem() + &scheduling.pem() + &scheduling.key_pem());
    patient.client = Some(patient.path("scheduling.pem"));
    let examination = validating(&patient, &agent);
    let cure =
        examination.says("connection", Verdict::Failure, "with the alert unknown_ca The agent's log: ");
    assert!(cure.starts_with("The agent does not trust the certificate of this end"), "{cure}");

    patient.put("store/Root/other.cer", other.der());
    let examination = validating(&patient, &agent);
    examination.is_well();
    examination.says("clients", Verdict::Ok, "the agent takes CN=scheduling.example, serial ");
    examination.says("connection", Verdict::Ok, "a connection with itself succeeds: TLS 1.2");

    patient.configure(&agent.serial(), &format!("{REVOCATION}{VALIDATION}"));
    let examination = patient.examine();
    examination.says("clients", Verdict::Warning, ", but whether a certificate has been revoked is unknown");
}

#[test]
fn a_file_without_a_certificate() {
    let (mut patient, agent) = Patient::of(&root());
    patient.put("scheduling.pem", agent.key_pem());
    // With and without validation, because naming a file requests the check.
    for lines in [VALIDATION, ""] {
        patient.configure(&agent.serial(), lines);
        for (file, words) in [
            ("scheduling.pem", "there is no certificate in "),
            ("none.pem", "none.pem can't be used: it can't be read"),
        ] {
            patient.client = Some(patient.path(file));
            let examination = patient.examine();
            let cure = examination.says("clients", Verdict::Failure, words);
            assert_eq!(cure, "Name with --client a file with the certificate of the scheduling server.");
        }
    }
}

#[test]
fn among_the_roots_of_a_system_nobody_sees_the_one() {
    let (patient, agent) = Patient::of(&root());
    patient.configure(&agent.serial(), VALIDATION);
    patient.put("scheduling.cer", agent.der());
    let (config, store, client) =
        (patient.path("MSLSAM.ini"), patient.path("store"), patient.path("scheduling.cer"));
    let examine = |client| {
        let doctor = Doctor { client, store: Some(&store), ..Doctor::new(&config) };
        let (mut case, mut notes) = (Case::new(&doctor), Notes::new("clients"));
        assert!(configuration::is_clean(&mut case, &mut Notes::new("before")).is_ok());
        let opened = crate::store::open(Some(&store)).unwrap();
        case.store = Some(Rc::new(SystemStore(opened, KeyError::Absent)));
        assert!(can_be_validated(&mut case, &mut notes).is_ok());
        Examination { observations: notes.into_observations() }
    };
    let examination = examine(None);
    let cure = examination.says(
        "clients",
        Verdict::Warning,
        "Roots that are trusted: 1; whether that of the scheduling",
    );
    assert!(cure.contains("with --client. If it is refused: Put the root certificate of its"), "{cure}");
    let examination = examine(Some(&client));
    examination.says("clients", Verdict::Ok, "Roots that are trusted: 1");
    examination.says("clients", Verdict::Failure, "the agent refuses CN=agent.example, ");
}
