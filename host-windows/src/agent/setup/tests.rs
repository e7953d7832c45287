use std::fs;
use std::path::MAIN_SEPARATOR;

use tempfile::TempDir;

use super::*;
use crate::authority::{Credential, KeyKind};
use crate::config::whole;
use crate::files;
use crate::log::{Log, Memory};

const SERIAL: &str = "4A 00 1D";

/// A folder with a store, whose My/agent.pem has [`SERIAL`], and an MSLSAM.ini with `text`.
fn folder(text: &str) -> TempDir {
    let agent = Credential::new(KeyKind::EcdsaP256, None, |params| {
        params.distinguished_name.push(rcgen::DnType::CommonName, "agent.example");
        params.serial_number = Some(rcgen::SerialNumber::from_slice(&[0x4a, 0, 0x1d]));
        params.not_after = rcgen::date_time_ymd(2090, 1, 1);
    });
    let agent = agent.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let my = folder.path().join("store/My");
    fs::create_dir_all(&my).unwrap();
    let pem = agent.pem() + &agent.key_pem();
    files::write_new(&my.join("agent.pem"), pem.as_bytes(), files::Access::Owner).unwrap();
    fs::write(folder.path().join("MSLSAM.ini"), whole(text)).unwrap();
    folder
}

fn prepare(folder: &TempDir) -> (Result<AgentSetup, String>, Vec<String>) {
    let lines = Memory::default();
    let journal = Journal::from(Log::new(vec![Box::new(lines.clone())]));
    let path = folder.path();
    let prepared = AgentSetup::new(&path.join("MSLSAM.ini"), Some(&path.join("store")), &journal);
    let shorten = |text: String| text.replace(&format!("{}{MAIN_SEPARATOR}", path.display()), "");
    (
        prepared.map_err(|refusal| shorten(refusal.to_string())),
        lines.texts().into_iter().map(shorten).collect(),
    )
}

fn refusal(text: &str) -> String {
    prepare(&folder(text)).0.err().unwrap()
}

#[test]
fn a_good_configuration_is_ready() {
    let text = format!(
        "[General Settings]\nDisplayServiceName=Agent 7\nUseSecureSocket=TRUE\n\
         TLSCertificateSerial={SERIAL}\n[TCP/IP Parameters]\nSocketNumberToSAM=3200\n\
         AllowedIPAddress_1=192.0.2.1\n"
    );
    let (prepared, lines) = prepare(&folder(&text));
    let prepared = prepared.unwrap();
    assert_eq!(
        (prepared.service_name.as_str(), prepared.socket, prepared.jors_socket),
        ("Agent 7", 3200, 3110)
    );
    let allows = |address: &str| prepared.dynamic.allows(address.parse().unwrap());
    assert!(allows("192.0.2.1") && !allows("192.0.2.2"));
    assert_eq!(prepared.tls.unwrap().get().identity.chain.len(), 1);
    let found = "My/agent.pem: CN=agent.example, serial 4a001d, valid until 2090-01-01, with private key";
    assert_eq!(lines, [format!("the agent's certificate is {found}")]);
}

#[test]
fn without_tls_no_store_is_opened() {
    let folder = folder("[General Settings]\nUseSecureSocket=FALSE\nNoSuchSetting=1\n");
    fs::remove_dir_all(folder.path().join("store")).unwrap();
    let (prepared, lines) = prepare(&folder);
    assert!(prepared.unwrap().tls.is_none());
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].starts_with("MSLSAM.ini: line 3, column 1: warning: "), "{lines:?}");
}

#[test]
fn a_serial_number_that_is_not_there_refuses_and_shows_what_is() {
    let text = refusal("[General Settings]\nUseSecureSocket=TRUE\n\nTLSCertificateSerial=4a001e\n");
    let expected = "\
[General Settings] TLSCertificateSerial in MSLSAM.ini, line 4, is \"4a001e\", but no certificate in My or Root has \
this serial number.
What the certificate store in store holds:
  My/agent.pem: CN=agent.example, serial 4a001d, valid until 2090-01-01, with private key
Set TLSCertificateSerial to the serial number of a certificate with a private key, or put the agent's certificate \
with its private key (a .pfx file) into My, and start the agent again.";
    assert_eq!(text, expected);
}

#[test]
fn a_blank_serial_number_refuses_and_shows_what_the_store_holds() {
    for text in [
        "[General Settings]\nUseSecureSocket=TRUE\nTLSCertificateSerial=\n",
        "[General Settings]\nUseSecureSocket=TRUE\n",
    ] {
        let refusal = refusal(text);
        assert!(refusal.contains("MSLSAM.ini: line "), "{refusal}");
        assert!(refusal.contains("[General Settings] TLSCertificateSerial: it is blank"), "{refusal}");
        assert!(refusal.contains("My/agent.pem: CN=agent.example, serial 4a001d"), "{refusal}");
    }
}

#[test]
fn what_is_no_serial_number_refuses() {
    let text = refusal("[General Settings]\nUseSecureSocket=TRUE\nTLSCertificateSerial=agent.example\n");
    assert!(
        text.contains(
            "MSLSAM.ini: line 3, column 22: error: [General Settings] TLSCertificateSerial: \
             \"agent.example\": the serial number holds something else than hexadecimal digits; write the \
             hexadecimal digits that"
        ),
        "{text}"
    );
    assert!(text.contains("My/agent.pem: CN=agent.example, serial 4a001d"), "{text}");
}

#[test]
fn a_file_that_was_emptied_or_damaged_refuses() {
    let folder = folder("");
    for content in [b"".as_slice(), b"[General Settings]\r\nUseSecureSocket=TRUE\r\nTLSCertifi", &[0; 300]] {
        fs::write(folder.path().join("MSLSAM.ini"), content).unwrap();
        let text = prepare(&folder).0.err().unwrap();
        assert!(text.contains("not used.\nMSLSAM.ini: line "), "{text}");
    }
}

#[test]
fn a_certificate_without_its_key_refuses_and_names_what_is_broken() {
    let folder =
        folder(&format!("[General Settings]\nUseSecureSocket=TRUE\nTLSCertificateSerial={SERIAL}\n"));
    let path = folder.path().join("store/My/agent.pem");
    let pem = fs::read_to_string(&path).unwrap();
    fs::write(&path, &pem[..pem.find("-----BEGIN PRIVATE").unwrap()]).unwrap();
    fs::write(path.with_extension("pfx"), b"garbage").unwrap();
    let text = prepare(&folder).0.err().unwrap();
    assert!(text.contains("the certificate with this serial number has no private key there"), "{text}");
    assert!(text.contains("valid until 2090-01-01, without private key\n"), "{text}");
    assert!(
        text.contains(
            "\n  My/agent.pfx: it is no certificate, private key, revocation list, PFX or PKCS#7 file"
        ),
        "{text}"
    );
}

#[test]
fn a_store_or_file_that_is_not_there_refuses() {
    let folder =
        folder(&format!("[General Settings]\nUseSecureSocket=TRUE\nTLSCertificateSerial={SERIAL}\n"));
    fs::remove_dir_all(folder.path().join("store")).unwrap();
    let text = prepare(&folder).0.err().unwrap();
    assert!(
        text.contains("UseSecureSocket in MSLSAM.ini, line 2, is TRUE, but the certificate store"),
        "{text}"
    );
    assert!(text.contains("can't be read: the folder store: "), "{text}");
    fs::remove_file(folder.path().join("MSLSAM.ini")).unwrap();
    assert!(
        prepare(&folder).0.err().unwrap().starts_with("The configuration file MSLSAM.ini can't be read: ")
    );
}

#[test]
fn a_directory_that_does_not_exist_refuses() {
    let text =
        refusal("[General Settings]\nDefaultECOFDirectory=/no/such/directory\nUseSecureSocket=FALSE\n");
    assert!(
        text.contains(
            "MSLSAM.ini: line 2, column 22: error: [General Settings] DefaultECOFDirectory: \
             \"/no/such/directory\" does not exist; make the directory"
        ),
        "{text}"
    );
}

#[test]
fn a_file_in_utf_16_is_read() {
    let folder = folder("");
    let text = format!("\u{feff}{}", whole("[TCP/IP Parameters]\r\nSocketNumberToSAM=3200\r\n"));
    let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    fs::write(folder.path().join("MSLSAM.ini"), bytes).unwrap();
    assert_eq!(prepare(&folder).0.unwrap().socket, 3200);
}
