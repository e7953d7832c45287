//! Every warning and every failure with its cure, each on a machine that is set up for it.

mod certificates;
mod clients;
mod exceptions;
mod files;
mod network;
mod revocation;
mod system_store;

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU16, Ordering};

use rcgen::{CertificateParams, DnType};
use tempfile::TempDir;

use super::*;
use crate::authority::{Credential, KeyKind};
use crate::net::Listener;

use system_store::SystemStore;

const HOST: &str = "agent.example";
const VALIDATION: &str = "TLSClientValidation=TRUE\n";
const REVOCATION: &str = "TLSCheckCertificateRevocation=TRUE\n";
const STRICT: &str = "TLSCheckCertificateRevocation=TRUE\nTLSRequireRevocationStatus=TRUE\n";

/// A machine with the name [`HOST`]: MSLSAM.ini, and a certificate store.
struct Patient {
    folder: TempDir,
    ports: [u16; 2],
    distinguished_name: Option<&'static str>,
    trust: Option<PathBuf>,
    client: Option<PathBuf>,
    machine_names: Vec<String>,
}

impl Patient {
    /// A machine whose agent has the certificate `agent`; if that is sound, so is everything else.
    fn with(agent: &Credential) -> Self {
        let patient = Self {
            folder: tempfile::tempdir().unwrap(),
            ports: [free_port(), free_port()],
            distinguished_name: None,
            trust: None,
            client: None,
            machine_names: vec![HOST.to_owned()],
        };
        patient.put("store/My/agent.pem", agent.pem() + &agent.key_pem());
        patient.configure(&agent.serial(), "");
        patient
    }

    /// A machine whose agent has a certificate of `root`, which is in Root.
    fn of(root: &Credential) -> (Self, Credential) {
        let agent = root.issue(KeyKind::EcdsaP256, &[HOST]).unwrap();
        let patient = Self::with(&agent);
        patient.put("store/Root/root.cer", root.der());
        (patient, agent)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn put(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        // There are private keys among them.
        #[cfg(unix)]
        fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    }

    fn remove(&self, name: &str) {
        fs::remove_file(self.path(name)).unwrap();
    }

    /// Writes MSLSAM.ini with TLS on, this serial number and these extra lines of [General Settings].
    fn configure(&self, serial: &str, lines: &str) {
        self.configure_all(&format!("UseSecureSocket=TRUE\nTLSCertificateSerial={serial}\n{lines}"), "");
    }

    /// Writes MSLSAM.ini with these lines of [General Settings] and [TCP/IP Parameters].
    fn configure_all(&self, general: &str, network: &str) {
        let [port, jors] = self.ports;
        self.put(
            "MSLSAM.ini",
            format!(
                "[General Settings]\n{general}\n[TCP/IP Parameters]\nSocketNumberToSAM={port}\n{network}\n\
                 [JORS Settings]\nJORSSocket={jors}\n"
            ),
        );
    }

    fn examine(&self) -> Examination {
        let (config, store) = (self.path("MSLSAM.ini"), self.path("store"));
        Doctor {
            config: &config,
            store: Some(&store),
            log_folder: None,
            distinguished_name: self.distinguished_name,
            trust: self.trust.as_deref(),
            client: self.client.as_deref(),
            machine_names: self.machine_names.clone(),
        }
        .examine()
    }
}

impl Examination {
    /// The cure of the observation of `check` with this verdict and these words.
    #[track_caller]
    fn says(&self, check: &str, verdict: Verdict, words: &str) -> &str {
        let mut said = self.observations.iter();
        let found = said.find(|said| {
            (said.check, said.verdict) == (check, verdict) && said.text.replace('\n', " ").contains(words)
        });
        let Some(found) = found else { panic!("{check} does not say {words:?} as {verdict} in {self:#?}") };
        assert_eq!(found.cure.is_some(), verdict >= Verdict::Warning, "{found:?}");
        found.cure.as_deref().unwrap_or_default()
    }

    #[track_caller]
    fn is_well(&self) {
        assert_eq!(self.ill(), [""; 0], "{self:#?}");
    }

    /// The checks with a warning or a failure. The test machine has no services, even on Windows.
    fn ill(&self) -> Vec<&str> {
        let ill = self.observations.iter();
        let ill = ill.filter(|said| said.verdict >= Verdict::Warning && said.check != "services");
        let mut checks: Vec<&str> = ill.map(|said| said.check).collect();
        checks.dedup();
        checks
    }

    /// The checks that were skipped.
    fn skipped(&self) -> Vec<&str> {
        let skipped = self.observations.iter().filter(|said| said.verdict == Verdict::Skipped);
        skipped.map(|said| said.check).collect()
    }
}

/// A certificate with the common name [`HOST`] and no other name, after `adjust`.
fn made(issuer: Option<&Credential>, adjust: impl FnOnce(&mut CertificateParams)) -> Credential {
    let made = Credential::new(KeyKind::EcdsaP256, issuer, |params| {
        params.distinguished_name.push(DnType::CommonName, HOST);
        adjust(params);
    });
    made.unwrap()
}

fn root() -> Credential {
    Credential::root("Test Root").unwrap()
}

/// A port that nobody holds, below those that the system assigns to clients.
fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = 20_000 + u16::try_from(std::process::id() % 100).unwrap() * 100;
    loop {
        let port = first + NEXT.fetch_add(1, Ordering::Relaxed);
        if Listener::bind(([0, 0, 0, 0], port).into()).is_ok() {
            return port;
        }
    }
}

#[test]
fn a_machine_with_a_certificate_of_an_authority_is_well() {
    let examination = Patient::of(&root()).0.examine();
    examination.is_well();
    assert_eq!(examination.skipped(), [""; 0]);
    let says = |check, words| examination.says(check, Verdict::Ok, words);
    says("private key", "signs for this account: ecdsa_secp256r1_sha256");
    says("chain", "CN=agent.example from CN=Test Root: complete");
    says("root", "is Root/root.cer: CN=Test Root. The scheduling server's machine needs it too");
    says("connection", "with itself succeeds: TLS 1.2, TLS_ECDHE_ECDSA_");
    says("connection", "; the name agent.example is in the certificate");
}

#[test]
fn a_machine_with_a_self_signed_certificate_is_well() {
    let examination = Patient::with(&Credential::self_signed(KeyKind::Rsa, &[HOST]).unwrap()).examine();
    examination.is_well();
    examination.says(
        "root",
        Verdict::Ok,
        "the certificate itself has to be among the Trusted Root Certificates",
    );
    examination.says("private key", Verdict::Ok, "rsa_pss_rsae_sha256, ");
}

#[test]
fn a_machine_without_tls_is_well() {
    let (patient, _) = Patient::of(&root());
    patient.configure_all("UseSecureSocket=FALSE", "");
    let examination = patient.examine();
    examination.is_well();
    examination.says("TLS", Verdict::Ok, "needs Use TLS for Scheduling Communications set to False");
    examination.says("connection", Verdict::Ok, "a connection with itself succeeds, without TLS");
    let tls = [
        "store",
        "certificate",
        "validity",
        "private key",
        "names",
        "chain",
        "root",
        "revocation",
        "clients",
    ];
    assert_eq!(examination.skipped(), tls);
    examination.says("store", Verdict::Skipped, "because UseSecureSocket is FALSE");
}

#[test]
fn the_page_has_a_row_for_each_check() {
    let page = include_str!("../../../../docs/src/doctor.md");
    let (_, table) = page.split_once("| check | well when |").unwrap();
    let rows = table.lines().skip(2).map_while(|line| line.strip_prefix("| ")?.split_once(" |"));
    let rows: Vec<&str> = rows.map(|(name, _)| name).collect();
    let only_windows = |name: &&str| *name != "services (Windows)";
    let checks: Vec<&str> =
        CHECKS.iter().map(|check| check.name).filter(|name| *name != "services").collect();
    assert_eq!(rows.into_iter().filter(only_windows).collect::<Vec<_>>(), checks);
}
