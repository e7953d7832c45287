//! The entries of "Exception handling" in the administrators' guide: the doctor finds each of them and its
//! cure.

use super::*;

/// "Agent cannot communicate with OpCon after TLS is enabled"
#[test]
fn agent_cannot_communicate_with_opcon_after_tls_is_enabled() {
    let root = root();
    let (patient, agent) = Patient::of(&root);
    // The serial number does not match.
    patient.configure("4a001d", "");
    let examination = patient.examine();
    let words = "TLSCertificateSerial in ";
    let cure = examination.says("certificate", Verdict::Failure, words);
    examination.says(
        "certificate",
        Verdict::Failure,
        "line 3, is \"4a001d\", but no certificate in My or Root",
    );
    examination.says("certificate", Verdict::Failure, "  My/agent.pem: CN=agent.example, serial ");
    assert!(
        cure.starts_with("Set TLSCertificateSerial to the serial number of a certificate with a private key")
    );
    assert_eq!(examination.ill(), ["certificate"]);
    // The certificate is not installed.
    patient.configure(&agent.serial(), "");
    patient.remove("store/My/agent.pem");
    let examination = patient.examine();
    let cure =
        examination.says("certificate", Verdict::Failure, "no certificate in My or Root has this serial");
    assert!(
        cure.contains("put the agent's certificate with its private key (a .pfx file) into My"),
        "{cure}"
    );
    assert!(cure.ends_with("and start the agent again."), "{cure}");
    // The cure works.
    patient.put("store/My/agent.pem", agent.pem() + &agent.key_pem());
    patient.examine().is_well();
}

/// "TLS connection fails with client validation enabled"
#[test]
fn tls_connection_fails_with_client_validation_enabled() {
    let root = root();
    let (mut patient, agent) = Patient::of(&root);
    patient.remove("store/Root/root.cer");
    patient.configure(&agent.serial(), VALIDATION);
    let examination = patient.examine();
    let words = "TLSClientValidation is TRUE, but the certificate store in ";
    let cure = examination.says("clients", Verdict::Failure, words);
    assert_eq!(
        cure,
        "Put the root certificate of its certification authority into Root of the agent's store, or the \
         certificate itself if it is self-signed."
    );
    // For a self-signed certificate, only the certificate itself is needed.
    let scheduling = Credential::self_signed(KeyKind::EcdsaP256, &["scheduling.example"]).unwrap();
    patient.put("store/Root/root.cer", root.der());
    patient.put("scheduling.cer", scheduling.der());
    patient.client = Some(patient.path("scheduling.cer"));
    let examination = patient.examine();
    let words = "the agent refuses CN=scheduling.example, ";
    assert_eq!(examination.says("clients", Verdict::Failure, words), cure);
    patient.put("store/Root/scheduling.cer", scheduling.der());
    patient.examine().is_well();
}

/// "TLS connection fails when certificate revocation checking is enabled"
#[test]
fn tls_connection_fails_when_certificate_revocation_checking_is_enabled() {
    let root = root();
    let (mut patient, agent) = Patient::of(&root);
    let scheduling = root.issue(KeyKind::EcdsaP256, &["scheduling.example"]).unwrap();
    patient.configure(&agent.serial(), &format!("{REVOCATION}{VALIDATION}"));
    // The agent's own certificate is on the list.
    patient.put("store/CRL/root.crl", root.revocation_list(&[&agent]).unwrap());
    let examination = patient.examine();
    let cure = examination.says("revocation", Verdict::Failure, "but a certificate has been revoked.");
    assert!(cure.starts_with("Have another certificate issued, put it into My and set TLSCertificateSerial"));
    assert!(cure.contains("set TLSCheckCertificateRevocation to FALSE"), "{cure}");
    assert_eq!(examination.ill(), ["revocation"]);
    examination.says("connection", Verdict::Skipped, "because the agent does not start: ");
    // The scheduling server's certificate is on it: as a copy in the store, and as a file.
    patient.put("store/CRL/root.crl", root.revocation_list(&[&scheduling]).unwrap());
    patient.put("store/CA/scheduling.cer", scheduling.der());
    patient.put("scheduling.cer", scheduling.der());
    patient.client = Some(patient.path("scheduling.cer"));
    let examination = patient.examine();
    for (check, words) in [
        (
            "revocation",
            "is refused, a certificate has been revoked: CA/scheduling.cer: CN=scheduling.example, ",
        ),
        ("clients", "the agent refuses CN=scheduling.example, "),
    ] {
        let cure = examination.says(check, Verdict::Failure, words);
        assert!(cure.starts_with("Give the scheduling server another certificate."), "{cure}");
        assert!(cure.contains("set TLSCheckCertificateRevocation to FALSE"), "{cure}");
    }
    assert_eq!(examination.ill(), ["revocation", "clients"]);
    patient.configure(&agent.serial(), VALIDATION);
    patient.examine().is_well();
}

/// "Certificate is valid but TLS connection still fails"
#[test]
fn certificate_is_valid_but_tls_connection_still_fails() {
    let root = root();
    let agent = Credential::new(KeyKind::EcdsaP256, Some(&root), |params| {
        params.distinguished_name.push(DnType::CommonName, "cluster.example");
        params.distinguished_name.push(DnType::OrganizationName, "Example, Inc.");
    });
    let mut patient = Patient::with(&agent.unwrap());
    patient.put("store/Root/root.cer", root.der());
    let examination = patient.examine();
    examination.says("validity", Verdict::Ok, "may be a TLS server's");
    let words =
        "the certificate has not the name of this machine, agent.example; the scheduling server refuses it";
    let cure = examination.says("names", Verdict::Warning, words);
    assert!(
        cure.starts_with("Set TLS Certificate Distinguished Name (netcom: --name) to the name in the"),
        "{cure}"
    );
    let values = "these values fit: \"cluster.example\", \"O=Example\\, Inc.,CN=cluster.example\".";
    assert!(cure.ends_with(values), "{cure}");
    let words =
        "the name agent.example is not in the certificate, so that \"cluster.example\" had to be expected";
    assert_eq!(examination.says("connection", Verdict::Warning, words), cure);
    assert_eq!(examination.ill(), ["names", "connection"]);

    for value in ["cluster.example", "O=Example\\, Inc.,CN=cluster.example"] {
        patient.distinguished_name = Some(value);
        patient.examine().is_well();
    }
}
