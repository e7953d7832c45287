//! Trust between the two machines, following the administrators' guide: each entry of "Exception handling",
//! with its cure and what both sides report, and each frequently asked question.

mod exceptions;
mod questions;

use lsam_host_windows::authority::{Credential, KeyKind};

use crate::common::NAME;
use crate::common::programs::{Ended, Site};

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

/// The scheduling server's certificate, installed on its machine; also returns the arguments that make netcom
/// present it.
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
    lsam_core::serial_number::parse(&credential.serial()).unwrap().to_string()
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

/// The serial number of the certificate that the agent of `site` can use, as `lsam cert list` shows it.
fn serial_in_store(site: &Site) -> String {
    let listed = site.cert(&["list"]).out;
    let block = listed.split_once("My/").unwrap().1;
    let line = block.lines().find_map(|line| line.strip_prefix("  serial    ")).unwrap();
    line.to_owned()
}
