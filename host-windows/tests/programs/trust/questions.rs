//! The frequently asked questions.

use lsam_host_windows::authority::{Credential, KeyKind};

use super::{fails, root, serial_in_store, serves, site};
use crate::common::NAME;
use crate::common::programs::Site;

#[test]
fn faq_tls_needs_configuration_on_both_machines() {
    let root = root();
    let (site, _) = site(&root, "");
    let running = site.start();
    serves(&site.netcom(&[]));
    // The scheduling server without TLS, then without the root.
    let plain = site.plain_netcom(&[]);
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
    assert!(site.plain_netcom(&[]).success);
    assert!(!site.netcom(&[]).success);
}

#[test]
fn faq_where_the_serial_number_is_found() {
    let site = Site::new();
    let made = site.cert(&["new", "--self-signed", "--name", NAME, "--name", "127.0.0.1"]);
    assert!(made.success, "{made:?}");
    let listed = site.cert(&["list"]);
    let expected = format!(
        "My/{NAME}.crt\n  subject   CN={NAME}\n  names     {NAME}, 127.0.0.1\n  issuer    CN={NAME}\n  \
         serial    "
    );
    assert!(listed.success && listed.out.starts_with(&expected), "{listed:?}");
    let serial = serial_in_store(&site);
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
    // The agent sends the intermediate between its certificate and the root.
    let agent = middle.issue(KeyKind::EcdsaP256, &[NAME, "127.0.0.1"]).unwrap();
    site.put_with_key("agent/My/agent.pem", &agent);
    site.put("agent/CA/middle.cer", middle.der());
    site.configure(&agent.serial(), "");
    let running = site.start();
    serves(&site.netcom(&[]));
    // Putting the certificate itself in place of its root makes nothing trusted.
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
    fails(
        &site.netcom(&[]),
        &["the agent's certificate was refused: no trusted root issued the certificate"],
    );
    site.put("sam/Root/agent.cer", own.der());
    serves(&site.netcom(&[]));
}
