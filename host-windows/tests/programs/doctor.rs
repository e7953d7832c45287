//! `lsam doctor`, run as an administrator would.

use std::process::{Command, Output};

use lsam_host_windows::authority::{Credential, KeyKind};

use crate::common::NAME;
use crate::common::programs::Site;

/// The exit code and the output of `lsam doctor` for the agent of `site`.
fn doctor(site: &Site, arguments: &[&str]) -> (i32, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lsam"));
    command.args(["doctor", "--config", &site.path("MSLSAM.ini"), "--store", &site.path("agent")]);
    let Output { status, stdout, stderr } = command.args(arguments).output().unwrap();
    assert_eq!(String::from_utf8(stderr).unwrap(), "");
    (status.code().unwrap(), String::from_utf8(stdout).unwrap())
}

/// A site whose agent has a certificate of a root in its store.
fn site() -> (Site, Credential) {
    let (site, root) = (Site::new(), Credential::root("Test Root").unwrap());
    let agent = root.issue(KeyKind::EcdsaP256, &[NAME]).unwrap();
    site.put_with_key("agent/My/agent.pem", &agent);
    site.put("agent/Root/root.cer", root.der());
    site.configure(&agent.serial(), "");
    (site, agent)
}

#[test]
fn the_exit_code_says_how_bad_it_is() {
    let (site, agent) = site();
    let (code, out) = doctor(&site, &["--name", NAME]);
    assert_eq!(code, 0, "{out}");
    assert!(out.ends_with("failures: 0, warnings: 0, ok: 16, skipped: 0\n"), "{out}");

    site.configure(&agent.serial(), "Colour=red");
    let (code, out) = doctor(&site, &["--name", NAME]);
    assert_eq!(code, 1, "{out}");
    assert!(out.starts_with("warning  configuration  "), "{out}");

    let (code, out) = doctor(&site, &["--name", "other.example"]);
    assert_eq!(code, 2, "{out}");
    assert!(out.contains("\nfailure  names          \"other.example\", TLS Certificate"), "{out}");
}

#[test]
fn programs_read_the_same_as_json() {
    let (site, _) = site();
    site.configure("4a", "");
    let (code, out) = doctor(&site, &["--json"]);
    assert_eq!(code, 2);
    let all: Vec<serde_json::Value> = serde_json::from_str(&out).unwrap();
    let of = |check: &str| all.iter().find(|said| said["check"] == check).unwrap().clone();
    assert_eq!((&of("configuration")["verdict"], &of("configuration")["cure"]), (&"ok".into(), &().into()));
    let certificate = of("certificate");
    assert_eq!(certificate["verdict"], "failure");
    assert!(
        certificate["text"].as_str().unwrap().contains("but no certificate in My or Root has this serial")
    );
    assert!(
        certificate["cure"].as_str().unwrap().starts_with("Set TLSCertificateSerial to the serial number")
    );
    let chain = of("chain");
    assert_eq!((&chain["verdict"], &chain["cure"]), (&"skipped".into(), &().into()));
    assert_eq!(chain["text"], "because the agent's certificate was not found");
}

#[test]
fn an_agent_that_runs_is_examined_beside_it() {
    let (site, agent) = site();
    let _running = site.start();
    let (code, out) = doctor(&site, &["--name", NAME]);
    assert_eq!(code, 0, "{out}");
    assert!(out.contains("(SocketNumberToSAM) is held by a program that answers as the agent"), "{out}");
    assert!(
        out.contains("connection     a connection with the agent that runs here succeeds: TLS 1.2"),
        "{out}"
    );

    // The running agent's settings no longer match the file.
    site.configure(&agent.serial(), "TLSClientValidation=TRUE");
    site.put(
        "MSLSAM.ini",
        std::fs::read_to_string(site.path("MSLSAM.ini")).unwrap().replace("=TRUE", "=FALSE"),
    );
    let (code, out) = doctor(&site, &[]);
    assert_eq!(code, 1, "{out}");
    assert!(out.contains("warning  ports          port "), "{out}");
    let out: String = out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        out.contains("is held by the agent with other settings, restart pending: it presents another"),
        "{out}"
    );
}
