//! Trust between the two machines, by the words of the administrators' guide: each entry of "Exception handling" with
//! what is said on both sides and with its cure, and each question that is asked often.
#![allow(clippy::unwrap_used)]

mod common;

use common::NAME;
use common::programs::{Ended, Site};
use lsam_host_windows::authority::{Credential, KeyKind};

const VALIDATION: &str = "TLSClientValidation=TRUE";
const REVOCATION: &str = "TLSCheckCertificateRevocation=TRUE";

/// A site whose agent has a certificate of `root`, which the scheduling server's machine trusts.
fn site(root: &Credential, lines: &str) -> (Site, Credential) {
    let site = Site::new();
    let agent = root.issue(KeyKind::EcdsaP256, &[NAME, "127.0.0.1"]).unwrap();
    site.put_with_key("agent/My/agent.pem", &agent);
    site.put("sam/Root/root.pem", root.pem());
    site.configure(&agent.serial(), lines);
    (site, agent)
}

fn root() -> Credential {
    Credential::root("Test Root").unwrap()
}

/// The certificate of the scheduling server, installed on its machine; gives the arguments that make netcom present it.
fn scheduling(site: &Site, issuer: Option<&Credential>) -> (Credential, [String; 2]) {
    let names = ["scheduling.example"];
    let made = match issuer {
        Some(issuer) => issuer.issue(KeyKind::EcdsaP256, &names),
        None => Credential::self_signed(KeyKind::EcdsaP256, &names),
    };
    let made = made.unwrap();
    site.put_with_key("sam/My/scheduling.pem", &made);
    let serial = made.serial();
    (made, ["--serial".to_owned(), serial])
}

fn serial_of(credential: &Credential) -> String {
    let serial: lsam_core::x509::SerialNumber = credential.serial().parse().unwrap();
    serial.to_string()
}

fn arguments(arguments: &[String; 2]) -> [&str; 2] {
    [&arguments[0], &arguments[1]]
}

#[track_caller]
fn serves(ended: &Ended) {
    assert!(ended.success && ended.out.contains("protocol            TLS 1.2\n"), "{ended:#?}");
}

#[track_caller]
fn fails(ended: &Ended, words: &[&str]) {
    assert!(!ended.success && ended.error.starts_with("netcom: "), "{ended:#?}");
    for words in words {
        assert!(ended.error.contains(words), "{words} is not in {ended:#?}");
    }
}

// --- Agent cannot communicate with OpCon after TLS is enabled ---

#[test]
fn exception_certificate_is_not_installed_on_the_agent_machine() {
    let root = root();
    let (site, agent) = site(&root, "");
    site.remove("agent/My/agent.pem");
    let log = site.refusal();
    let problem =
        format!("is \"{}\", but no certificate in My or Root has this serial number.", agent.serial());
    assert!(log.contains(&problem) && log.contains("There is no certificate in the store "), "{log}");
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
    // As the Windows dialog shows it, with the mark that is pasted along.
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
            "refused: no trusted root issued the certificate. The certificate: subject CN=scheduling.example, issuer \
             CN=Scheduling Root, serial {}, valid until ",
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
        "the client presented no certificate, which is required here. Give the scheduling server a certificate",
    );
    drop(agent);

    site.put("agent/Root/scheduling-root.cer", other.der());
    let agent = site.start();
    serves(&site.netcom(&arguments(&own)));
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

    site.configure(&lines_serial(&site), VALIDATION);
    let agent = site.start();
    serves(&site.netcom(&arguments(&own)));
    drop(agent);

    site.configure(&lines_serial(&site), &format!("{VALIDATION}\n{REVOCATION}"));
    site.put("agent/CRL/root.crl", root.revocation_list(&[]).unwrap());
    let agent = site.start();
    serves(&site.netcom(&arguments(&own)));
    assert!(!agent.said("unknown"));
}

/// The serial number that the agent of `site` can take, as `lsam cert list` shows it.
fn lines_serial(site: &Site) -> String {
    let listed = site.cert(&["list"]).out;
    let block = listed.split_once("My/").unwrap().1;
    let line = block.lines().find_map(|line| line.strip_prefix("  serial    ")).unwrap();
    line.to_owned()
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

    // An agent that does not look serves; the scheduling server that looks refuses it.
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
            "  subject CN=cluster.example, O=Example, Inc., issuer CN=Test Root, serial ",
            "Set TLS Certificate Distinguished Name (netcom: --name) to the name in the certificate",
        ],
    );
    running.will_say(
        "alert bad_certificate. The scheduling server refused the agent's certificate: see that its",
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

// --- FAQs ---

#[test]
fn faq_tls_needs_configuration_on_both_machines() {
    let root = root();
    let (site, _) = site(&root, "");
    let running = site.start();
    serves(&site.netcom(&[]));
    // The scheduling server without TLS, then without the root.
    let plain = site.plain_netcom();
    assert!(!plain.success && plain.out.is_empty(), "{plain:?}");
    running.will_say("both sides must have TLS on, or both off");
    site.remove("sam/Root/root.pem");
    let distrustful = site.netcom(&[]);
    assert!(distrustful.error.contains("warning: no root certificate is trusted"), "{distrustful:?}");
    assert!(!distrustful.success);
    let line = running.will_say("the peer ended the session with the alert unknown_ca. ");
    assert!(
        line.contains("put the root certificate of its certification authority into Trusted Root"),
        "{line}"
    );
    assert!(
        line.contains(" The agent's certificate: subject CN=agent.example, issuer CN=Test Root, "),
        "{line}"
    );
    drop(running);
    // The agent without TLS.
    let port_lines = std::fs::read_to_string(site.path("MSLSAM.ini")).unwrap();
    site.put("MSLSAM.ini", port_lines.replace("UseSecureSocket=TRUE", "UseSecureSocket=FALSE"));
    site.put("sam/Root/root.pem", root.pem());
    let _running = site.start();
    assert!(site.plain_netcom().success);
    assert!(!site.netcom(&[]).success);
}

#[test]
fn faq_where_the_serial_number_is_found() {
    let site = Site::new();
    let made = site.cert(&["new", "--self-signed", "--name", NAME, "--name", "127.0.0.1"]);
    assert!(made.success, "{made:?}");
    let listed = site.cert(&["list"]);
    let expected = format!("My/{NAME}.crt\n  subject   CN={NAME}\n  issuer    CN={NAME}\n  serial    ");
    assert!(listed.success && listed.out.starts_with(&expected), "{listed:?}");
    let serial = lines_serial(&site);
    assert!(made.out.contains(&format!("\nTLSCertificateSerial={serial}\n")), "{made:?}");
    let found = site.cert(&["find", &format!("0x{}", serial.to_uppercase())]);
    assert!(found.success && found.out.ends_with(&format!("The agent takes My/{NAME}.crt.\n")), "{found:?}");
    assert!(!site.cert(&["find", "77"]).success);

    site.configure(&serial, "");
    let _running = site.start();
    std::fs::copy(site.path(&format!("agent/My/{NAME}.crt")), site.path("sam/Root/agent.crt")).unwrap();
    serves(&site.netcom(&[]));
}

#[test]
fn faq_ca_issued_needs_the_root_alone_and_self_signed_the_certificate_itself() {
    let root = root();
    let middle = root.authority("Test Authority").unwrap();
    let (site, _) = site(&root, "");
    // The agent sends what stands between its certificate and the root.
    let agent = middle.issue(KeyKind::EcdsaP256, &[NAME, "127.0.0.1"]).unwrap();
    site.put_with_key("agent/My/agent.pem", &agent);
    site.put("agent/CA/middle.cer", middle.der());
    site.configure(&agent.serial(), "");
    let running = site.start();
    serves(&site.netcom(&[]));
    // The certificate itself instead of its root makes nobody trusted.
    site.remove("sam/Root/root.pem");
    site.put("sam/Root/agent.cer", agent.der());
    fails(&site.netcom(&[]), &["no trusted root issued the certificate"]);
    drop(running);

    let own = Credential::self_signed(KeyKind::EcdsaP256, &[NAME, "127.0.0.1"]).unwrap();
    let twin = Credential::self_signed(KeyKind::EcdsaP256, &[NAME, "127.0.0.1"]).unwrap();
    site.put_with_key("agent/My/agent.pem", &own);
    site.configure(&own.serial(), "");
    let _running = site.start();
    site.put("sam/Root/agent.cer", twin.der());
    fails(&site.netcom(&[]), &["the agent's certificate was refused: "]);
    site.put("sam/Root/agent.cer", own.der());
    serves(&site.netcom(&[]));
}
