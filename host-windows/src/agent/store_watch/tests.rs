use std::fs;
use std::path::MAIN_SEPARATOR;
use std::sync::Arc;

use jiff::{Span, ZonedDateTime};
use lsam_core::x509::{CertificateError, Purpose};
use rcgen::{DnType, date_time_ymd};
use tempfile::TempDir;

use super::*;
use crate::agent::AgentSetup;
use crate::authority::{Credential, KeyKind};
use crate::files;
use crate::log::{Level, Log, Memory};

/// A watched store, and the agent's view of it.
struct Watched {
    folder: TempDir,
    root: Credential,
    watch: StoreWatch,
    current: CurrentTls,
    journal: Journal,
    lines: Memory,
    now: Instant,
}

/// A certificate of the agent, valid from `year` on.
fn agent(root: &Credential, year: i32, serial: u64) -> Credential {
    let made = Credential::new(KeyKind::EcdsaP256, Some(root), |params| {
        params.distinguished_name.push(DnType::CommonName, "agent.example");
        params.serial_number = Some(rcgen::SerialNumber::from(serial));
        params.not_before = date_time_ymd(year, 1, 1);
        params.not_after = date_time_ymd(2090, 1, 1);
    });
    made.unwrap()
}

impl Watched {
    fn new() -> Self {
        let root = Credential::root("Root").unwrap();
        let own = agent(&root, 2020, 0x4a);
        Self::with(root, &own)
    }

    fn with(root: Credential, own: &Credential) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, content: &[u8]| {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            files::write_new(&path, content, files::Access::Owner).unwrap();
        };
        write("store/My/agent.pem", (own.pem() + &own.key_pem()).as_bytes());
        write("store/Root/root.cer", root.der());
        write("store/CRL/root.crl", &root.revocation_list(&[]).unwrap());
        write(
            "MSLSAM.ini",
            b"[General Settings]\nUseSecureSocket=TRUE\nTLSCertificateSerial=4a\nTLSClientValidation=TRUE\n\
              TLSCheckCertificateRevocation=TRUE\n[TCP/IP Parameters]\nSocketNumberToSAM=3100\n\
              [JORS Settings]\nJORSSocket=3110\n[SMAFT Settings]\nSmaftServerSocket=3110\n",
        );
        let lines = Memory::default();
        let journal = Journal::from(Log::new(vec![Box::new(lines.clone())]));
        let store = folder.path().join("store");
        let prepared = AgentSetup::new(&folder.path().join("MSLSAM.ini"), Some(&store), &journal).unwrap();
        let (current, now) = (prepared.tls.unwrap(), Instant::now());
        let watch = StoreWatch::new(prepared.file, &current, now);
        Self { folder, root, watch, current, journal, lines, now }
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.folder.path().join("store").join(name);
        let _ = fs::remove_file(&path);
        files::write_new(&path, content.as_ref(), files::Access::Owner).unwrap();
    }

    fn remove(&self, name: &str) {
        fs::remove_file(self.folder.path().join("store").join(name)).unwrap();
    }

    /// Checks once, and returns what this logs, without the folder's name.
    fn look(&mut self) -> Vec<String> {
        let before = self.lines.texts().len();
        self.watch.look(&self.current, &self.journal, self.now);
        let folder = format!("{}{MAIN_SEPARATOR}", self.folder.path().display());
        self.lines.texts().split_off(before).into_iter().map(|line| line.replace(&folder, "")).collect()
    }

    /// Checks until a change has settled.
    fn settle(&mut self) -> Vec<String> {
        assert_eq!(self.look(), [""; 0]);
        let lines = self.look();
        assert_eq!(self.look(), [""; 0], "it is said once");
        lines
    }

    fn serial(&self) -> String {
        self.current.get().own_certificate().unwrap().serial.to_string()
    }

    fn verify(&self, client: &Credential) -> Result<(), CertificateError> {
        let chain = [client.der().to_vec()];
        self.current.get().clients.as_ref().unwrap().verify_chain(&chain, Purpose::Client).map(|_| ())
    }

    fn warnings(&self) -> usize {
        self.lines.lines().iter().filter(|line| line.level == Level::Warning).count()
    }
}

#[track_caller]
fn has(lines: &[String], words: &str) {
    assert!(lines.iter().any(|line| line.contains(words)), "{words:?} is not in {lines:#?}");
}

#[test]
fn a_new_revocation_list_and_a_new_root_count_at_once() {
    let mut watched = Watched::new();
    let client = watched.root.issue(KeyKind::EcdsaP256, &["sam.example"]).unwrap();
    let other = Credential::root("Other").unwrap();
    let stranger = other.issue(KeyKind::EcdsaP256, &["sam.example"]).unwrap();
    assert_eq!(watched.look(), [""; 0]);
    assert_eq!(watched.verify(&client), Ok(()));
    assert_eq!(watched.verify(&stranger), Err(CertificateError::UnknownIssuer));
    let before = watched.current.get();

    watched.write("CRL/root.crl", watched.root.revocation_list(&[&client]).unwrap());
    let lines = watched.settle();
    has(&lines, "store was changed: new: CRL/root.crl: the revocation list of CN=Root, until ");
    assert_eq!(watched.verify(&client), Err(CertificateError::Revoked));

    watched.write("Root/other.cer", other.der());
    has(&watched.settle(), "store was changed: new: Root/other.cer: CN=Other, serial ");
    assert_eq!(watched.verify(&stranger), Ok(()));
    watched.remove("Root/other.cer");
    has(&watched.settle(), "store was changed: gone: Root/other.cer: CN=Other, serial ");
    assert_eq!(watched.verify(&stranger), Err(CertificateError::UnknownIssuer));
    // A connection keeps its setup.
    assert!(!Arc::ptr_eq(&before, &watched.current.get()));
    assert_eq!(watched.warnings(), 0, "{:#?}", watched.lines.texts());
}

#[test]
fn lists_that_vanish_still_count() {
    let mut watched = Watched::new();
    let client = watched.root.issue(KeyKind::EcdsaP256, &["sam.example"]).unwrap();
    watched.write("CRL/root.crl", watched.root.revocation_list(&[&client]).unwrap());
    watched.settle();
    watched.remove("CRL/root.crl");
    let lines = watched.settle();
    has(&lines, "store no longer has the revocation lists of CN=Root, or older ones than before: ");
    assert_eq!(watched.verify(&client), Err(CertificateError::Revoked));
    fs::remove_dir(watched.folder.path().join("store/CRL")).unwrap();
    has(&watched.settle(), "no longer has the revocation lists of CN=Root");
    assert_eq!(watched.verify(&client), Err(CertificateError::Revoked));
    // A new list replaces them, and only that one is kept from then on.
    fs::create_dir(watched.folder.path().join("store/CRL")).unwrap();
    watched.write("CRL/new.crl", watched.root.revocation_list(&[]).unwrap());
    watched.settle();
    assert_eq!(watched.verify(&client), Ok(()));
}

#[test]
fn a_store_that_can_not_be_read_leaves_what_there_was() {
    let mut watched = Watched::new();
    let client = watched.root.issue(KeyKind::EcdsaP256, &["sam.example"]).unwrap();
    let store = watched.folder.path().join("store");
    fs::rename(&store, watched.folder.path().join("away")).unwrap();
    let lines = watched.settle();
    has(&lines, "the certificate store in store can't be read any more: ");
    has(&lines, "; the agent goes on with what was in it");
    assert_eq!((watched.verify(&client), watched.serial().as_str()), (Ok(()), "4a"));
    fs::rename(watched.folder.path().join("away"), &store).unwrap();
    watched.settle();
    assert_eq!((watched.verify(&client), watched.serial().as_str()), (Ok(()), "4a"));
    // An incomplete store can't be used either.
    fs::rename(store.join("Root"), store.join(".Root")).unwrap();
    fs::write(store.join("Root"), b"").unwrap();
    has(&watched.settle(), "the certificate store in store can't be read any more: ");
    assert_eq!(watched.verify(&client), Ok(()));
}

#[test]
fn a_renewed_certificate_is_served_and_a_removed_one_too() {
    let mut watched = Watched::new();
    let renewed = agent(&watched.root, 2022, 0x4b);
    watched.write("My/renewed.pem", renewed.pem() + &renewed.key_pem());
    let lines = watched.settle();
    has(&lines, "the agent's certificate is My/renewed.pem: CN=agent.example, serial 4b, ");
    has(
        &lines,
        "it renews the one that TLSCertificateSerial names, My/agent.pem: CN=agent.example, serial 4a, ",
    );
    has(&lines, "new connections are served with another certificate: CN=agent.example, serial 4b, ");
    assert_eq!(watched.serial(), "4b");
    // Without the old certificate, the agent could not start again with this setting.
    watched.remove("My/agent.pem");
    has(&watched.settle(), "line 3, no longer leads to the agent's certificate; if it still has");
    assert_eq!(watched.serial(), "4b");
    watched.remove("My/renewed.pem");
    has(&watched.settle(), "the agent goes on with the certificate that it had: ");
    assert_eq!(watched.serial(), "4b");
}

#[test]
fn a_revoked_certificate_of_the_agents_own_is_an_alarm_and_no_end() {
    let root = Credential::root("Root").unwrap();
    let own = agent(&root, 2020, 0x4a);
    let mut watched = Watched::with(root, &own);
    watched.write("CRL/root.crl", watched.root.revocation_list(&[&own]).unwrap());
    has(&watched.settle(), "but a certificate has been revoked. Have another certificate issued");
    assert_eq!(watched.serial(), "4a");
}

#[test]
fn a_certificate_that_ends_while_the_agent_runs_is_a_warning_once_a_day() {
    let root = Credential::root("Root").unwrap();
    let soon = ZonedDateTime::now().checked_add(Span::new().days(20)).unwrap().date();
    let own = Credential::new(KeyKind::EcdsaP256, Some(&root), |params| {
        params.distinguished_name.push(DnType::CommonName, "agent.example");
        params.serial_number = Some(rcgen::SerialNumber::from(0x4a));
        params.not_after =
            date_time_ymd(soon.year().into(), soon.month().unsigned_abs(), soon.day().unsigned_abs());
    });
    let mut watched = Watched::with(root, &own.unwrap());
    assert_eq!(watched.warnings(), 1, "{:#?}", watched.lines.texts());
    for day in 1..=3 {
        for _ in 0..3 {
            watched.look();
            assert_eq!(watched.warnings(), day);
        }
        watched.now += DAY;
        let lines = watched.look();
        has(&lines, "the agent's certificate: it is valid until ");
        has(&lines, ": days left: 1");
        assert_eq!(watched.warnings(), day + 1);
    }
}

#[cfg(unix)]
#[test]
fn a_private_key_that_others_can_read_is_a_warning() {
    use std::os::unix::fs::PermissionsExt;

    let mut watched = Watched::new();
    for (name, secret) in [("agent.pem", "the private key"), ("agent.password", "the password")] {
        let path = watched.folder.path().join("store/My").join(name);
        fs::write(&path, fs::read(&path).unwrap_or_default()).unwrap();
        fs::set_permissions(&path, PermissionsExt::from_mode(0o604)).unwrap();
        let words = format!(
            "store in store: My/{name}: others (mode 0604) can read {secret} in it. Leave it to its owner: "
        );
        has(&watched.settle(), &words);
        fs::set_permissions(&path, PermissionsExt::from_mode(0o600)).unwrap();
        watched.settle();
    }
}
