//! The entries of "Exception handling": what both sides report, and that the cure works.

use lsam_host_windows::authority::{Credential, KeyKind};

use super::{
    REVOCATION, VALIDATION, arguments, fails, root, scheduling, serial_in_store, serial_of, serves, site,
};
use crate::common::NAME;
use crate::common::programs::Site;

// --- Agent cannot communicate with OpCon after TLS is enabled ---

#[test]
fn exception_certificate_is_not_installed_on_the_agent_machine() {
    let root = root();
    let (site, agent) = site(&root, "");
    site.remove("agent/My/agent.pem");
    let log = site.refusal();
    let problem =
        format!("is \"{}\", but no certificate in My or Root has this serial number.", agent.serial());
    assert!(
        log.contains(&problem) && log.contains("There is no certificate in the certificate store in "),
        "{log}"
    );
    assert!(log.contains("put the agent's certificate with its private key (a .pfx file) into My"), "{log}");

    site.put("agent/My/agent.cer", agent.der());
    let log = site.refusal();
    assert!(log.contains("but the certificate with this serial number has no private key there."), "{log}");

    site.put("agent.pfx", agent.pfx("geheim", false).unwrap());
    site.put("agent.password", "geheim\n");
    let imported = site.cert(&["import", &site.path("agent.pfx")]);
    assert!(imported.success, "{imported:?}");
    let _agent = site.start();
    serves(&site.netcom(&[]));
}

#[test]
fn exception_serial_number_does_not_match_the_installed_certificate() {
    let root = root();
    let (site, agent) = site(&root, "");
    site.configure("4a 00 1e", "");
    let log = site.refusal();
    assert!(log.contains("TLSCertificateSerial in "), "{log}");
    assert!(log.contains("line 3, is \"4a 00 1e\", but no certificate in My or Root"), "{log}");
    let shown = format!("  My/agent.pem: CN={NAME}, serial {}, valid until ", serial_of(&agent));
    assert!(log.contains(&shown), "what is there is shown: {log}");
    // As shown in the Windows dialog, with the invisible mark that is pasted with it.
    let digits = serial_of(&agent).to_uppercase();
    let pairs: Vec<&str> = (0..digits.len()).step_by(2).map(|at| &digits[at..at + 2]).collect();
    site.configure(&format!("\u{200e}{}", pairs.join(" ")), "");
    let _agent = site.start();
    serves(&site.netcom(&[]));
}

// --- TLS connection fails with client validation enabled ---

#[test]
fn exception_client_certificate_is_not_installed_on_the_agent_machine() {
    let (root, other) = (root(), Credential::root("Scheduling Root").unwrap());
    let (site, _) = site(&root, VALIDATION);
    let (client, own) = scheduling(&site, Some(&other));
    let agent = site.start();
    fails(
        &site.netcom(&arguments(&own)),
        &[
            "alert unknown_ca",
            "The agent does not trust the certificate of this end: put its root certificate",
        ],
    );
    let line = agent.will_say("the client's certificate was refused: ");
    assert!(
        line.contains(&format!(
            "refused: no trusted root issued the certificate. The certificate: subject \
             CN=scheduling.example, issuer CN=Scheduling Root, serial {}, valid until ",
            serial_of(&client)
        )),
        "{line}"
    );
    assert!(line.contains(". Put the root certificate of its certification authority into Root"), "{line}");

    fails(
        &site.netcom(&[]),
        &["alert handshake_failure", "it wants a certificate of this end (netcom: --cert or --serial)"],
    );
    agent.will_say(
        "the client presented no certificate, which is required here. If the scheduling server has a \
         certificate, put its root",
    );
    drop(agent);

    site.put("agent/Root/scheduling-root.cer", other.der());
    let agent = site.start();
    serves(&site.netcom(&arguments(&own)));
    // The same certificate from files.
    site.put("client.crt", client.pem());
    site.put("client.key", client.key_pem());
    let (certificate, key) = (site.path("client.crt"), site.path("client.key"));
    serves(&site.netcom(&["--cert", &certificate, "--key", &key]));
    fails(
        &site.netcom(&["--cert", &certificate]),
        &["client.crt: there is no certificate with its private key"],
    );
    let line = agent.will_say(": connected, ");
    assert!(line.contains("client certificate: subject CN=scheduling.example, issuer CN="), "{line}");
}

#[test]
fn exception_self_signed_client_certificate_is_not_installed_on_the_agent_machine() {
    let (site, _) = site(&root(), VALIDATION);
    let (client, own) = scheduling(&site, None);
    let agent = site.start();
    assert!(agent.said("TLSClientValidation in ") && agent.said("every client is refused"));
    fails(&site.netcom(&arguments(&own)), &["alert unknown_ca"]);
    drop(agent);
    for place in ["agent/Root/scheduling.cer", "agent/My/scheduling.cer"] {
        site.put(place, client.der());
        let agent = site.start();
        serves(&site.netcom(&arguments(&own)));
        drop(agent);
        site.remove(place);
    }
}

// --- TLS connection fails when certificate revocation checking is enabled ---

#[test]
fn exception_client_certificate_is_revoked() {
    let root = root();
    let (site, _) = site(&root, &format!("{VALIDATION}\n{REVOCATION}"));
    let (client, own) = scheduling(&site, Some(&root));
    site.put("agent/Root/root.cer", root.der());
    site.put("agent/CRL/root.crl", root.revocation_list(&[&client]).unwrap());
    let agent = site.start();
    fails(&site.netcom(&arguments(&own)), &["alert certificate_revoked", "is on a revocation list"]);
    let line =
        agent.will_say("refused: a certificate has been revoked. The certificate: subject CN=scheduling");
    assert!(line.contains(&format!("serial {}", serial_of(&client))), "{line}");
    assert!(line.contains("set TLSCheckCertificateRevocation to FALSE"), "{line}");
    drop(agent);

    site.configure(&serial_in_store(&site), VALIDATION);
    let agent = site.start();
    serves(&site.netcom(&arguments(&own)));
    drop(agent);

    site.configure(&serial_in_store(&site), &format!("{VALIDATION}\n{REVOCATION}"));
    site.put("agent/CRL/root.crl", root.revocation_list(&[]).unwrap());
    let agent = site.start();
    serves(&site.netcom(&arguments(&own)));
    assert!(!agent.said("unknown"));
}

#[test]
fn exception_agent_certificate_is_revoked() {
    let root = root();
    let (site, agent) = site(&root, REVOCATION);
    let list = root.revocation_list(&[&agent]).unwrap();
    site.put("agent/Root/root.cer", root.der());
    site.put("agent/CRL/root.crl", &list);
    let log = site.refusal();
    let expected = format!("names My/agent.pem: CN={NAME}, serial {}, valid until ", serial_of(&agent));
    assert!(log.contains(&expected) && log.contains("but a certificate has been revoked."), "{log}");
    assert!(log.contains("Have another certificate issued"), "{log}");

    // An agent that does not check revocation serves its certificate; a scheduling server that checks it
    // refuses the certificate.
    site.configure(&agent.serial(), "");
    let running = site.start();
    serves(&site.netcom(&["--check-revocation"]));
    site.put("sam/CRL/root.crl", &list);
    serves(&site.netcom(&[]));
    fails(
        &site.netcom(&["--check-revocation"]),
        &[
            "the agent's certificate was refused: a certificate has been revoked\n",
            "  subject CN=agent.example",
        ],
    );
    running.will_say("alert certificate_revoked. The scheduling server knows that the agent's certificate");
}

#[test]
fn a_status_that_no_list_tells_is_a_warning_or_with_the_strict_switch_a_refusal() {
    let (root, other) = (root(), Credential::root("Scheduling Root").unwrap());
    let (site, agent) = site(&root, &format!("{VALIDATION}\n{REVOCATION}"));
    let (_, own) = scheduling(&site, Some(&other));
    for (name, root) in [("root", &root), ("other", &other)] {
        site.put(&format!("agent/Root/{name}.cer"), root.der());
    }
    site.put("agent/CRL/root.crl", root.revocation_list(&[]).unwrap());
    let running = site.start();
    serves(&site.netcom(&arguments(&own)));
    let line =
        running.will_say("accepted, but whether the client's certificate has been revoked is unknown: ");
    assert!(
        line.contains("no readable revocation list of the issuer. The certificate: subject CN=sched"),
        "{line}"
    );
    drop(running);

    let strict = format!("{VALIDATION}\n{REVOCATION}\nTLSRequireRevocationStatus=TRUE");
    site.configure(&agent.serial(), &strict);
    let running = site.start();
    fails(
        &site.netcom(&arguments(&own)),
        &["alert certificate_unknown", "TLSRequireRevocationStatus is TRUE"],
    );
    running.will_say("refused: whether a certificate has been revoked is unknown: there is no readable");
    drop(running);
    site.remove("agent/CRL/root.crl");
    assert!(site.refusal().contains("but whether it has been revoked is unknown: "));
    let report = {
        site.configure(&agent.serial(), "");
        let _running = site.start();
        fails(
            &site.netcom(&["--check-revocation", "--require-revocation-status"]),
            &["whether a certificate has been revoked is unknown: "],
        );
        site.netcom(&["--check-revocation"]).out
    };
    assert!(report.contains("revocation          unknown: there is no readable"), "{report}");
}

// --- Certificate is valid but TLS connection still fails ---

#[test]
fn exception_name_on_the_certificate_does_not_match_and_its_cure() {
    let site = Site::new();
    let root = root();
    let agent = Credential::new(KeyKind::EcdsaP256, Some(&root), |params| {
        params.distinguished_name.push(rcgen::DnType::CommonName, "cluster.example");
        params.distinguished_name.push(rcgen::DnType::OrganizationName, "Example, Inc.");
    });
    let agent = agent.unwrap();
    site.put_with_key("agent/My/agent.pem", &agent);
    site.put("sam/Root/root.pem", root.pem());
    site.configure(&agent.serial(), "");
    let running = site.start();
    fails(
        &site.netcom(&[]),
        &[
            "refused: the name in the certificate is not the expected one\n",
            "  subject O=Example\\, Inc.,CN=cluster.example, issuer CN=Test Root, serial ",
            "  without alternative names\n",
            "Set TLS Certificate Distinguished Name (netcom: --name) to the name in the certificate",
        ],
    );
    running.will_say(
        "alert bad_certificate. The scheduling server refused the agent's certificate. Most often its name",
    );
    for name in [
        "cluster.example",
        "CLUSTER.example",
        "CN=cluster.example, O=\"Example, Inc.\"",
        "O=Example\\, Inc.,cn=Cluster.Example",
    ] {
        serves(&site.netcom(&["--name", name]));
    }
    fails(&site.netcom(&["--name", "CN=cluster.example"]), &["the name in the certificate"]);
}
