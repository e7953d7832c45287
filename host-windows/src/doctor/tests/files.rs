//! MSLSAM.ini, the store, the logs, and how an examination is shown.

use super::*;
use crate::config::Format;

#[test]
fn a_file_that_is_not_there() {
    let (patient, _) = Patient::of(&root());
    patient.remove("MSLSAM.ini");
    let examination = patient.examine();
    let cure = examination.says("configuration", Verdict::Failure, "MSLSAM.ini can't be read: ");
    assert!(cure.starts_with("Give the path of an MSLSAM.ini"), "{cure}");
    assert_eq!(examination.ill(), ["configuration"]);
    examination.says("connection", Verdict::Skipped, "because MSLSAM.ini can't be used");
}

#[test]
fn a_file_that_was_emptied_or_damaged() {
    let (patient, _) = Patient::of(&root());
    for (content, words) in [
        (b"".as_slice(), "no section of the agent is in the file"),
        (&[0; 300], "the file holds a NUL character"),
        (b"[General Settings]\r\nUseSecureSocket=FALSE\r\n", "SocketNumberToSAM is missing"),
    ] {
        patient.put("MSLSAM.ini", content);
        let examination = patient.examine();
        examination.says("configuration", Verdict::Failure, words);
        assert_eq!(examination.ill(), ["configuration"]);
        examination.says("connection", Verdict::Skipped, "because MSLSAM.ini can't be used");
    }
}

#[test]
fn errors_and_warnings_of_the_file() {
    let (patient, agent) = Patient::of(&root());
    let general = format!("UseSecureSocket=TRUE\nTLSCertificateSerial={}\nColour=red", agent.serial());
    patient.configure_all(&general, "");
    let examination = patient.examine();
    let cure =
        examination.says("configuration", Verdict::Warning, "line 4, column 1: [General Settings] Colour");
    assert!(cure.starts_with("Correct the line, or remove it"), "{cure}");
    assert_eq!(examination.ill(), ["configuration"]);

    patient.configure_all(&general, "CheckCRC=maybe");
    let examination = patient.examine();
    let cure = examination.says("configuration", Verdict::Failure, "CheckCRC: \"maybe\" is not accepted");
    assert_eq!(cure, "Correct the file and start the agent again.");
    examination.says("configuration", Verdict::Warning, "Colour");
    assert_eq!(examination.ill(), ["configuration"]);

    patient.configure("", "");
    let cure = patient.examine();
    let cure = cure.says(
        "configuration",
        Verdict::Failure,
        "TLSCertificateSerial: it is blank, but UseSecureSocket",
    );
    assert!(
        cure.ends_with("`lsam cert list` shows the certificates of the store with their serial numbers.")
    );
}

#[test]
fn a_serial_number_without_tls() {
    let (patient, _) = Patient::of(&root());
    patient.configure_all("UseSecureSocket=FALSE\nTLSCertificateSerial=4a", "");
    let examination = patient.examine();
    let cure = examination.says("TLS", Verdict::Warning, "TLSCertificateSerial has no effect");
    assert!(cure.contains("set UseSecureSocket to TRUE and restart both services"), "{cure}");
    assert_eq!(examination.ill(), ["TLS"]);
}

#[test]
fn a_store_that_is_not_there() {
    let (patient, _) = Patient::of(&root());
    fs::remove_dir_all(patient.path("store")).unwrap();
    let examination = patient.examine();
    let cure =
        examination.says("store", Verdict::Failure, "is TRUE, but the certificate store can't be read: ");
    assert!(cure.starts_with("See that the agent's account may read it"), "{cure}");
    examination.says("certificate", Verdict::Skipped, "because the certificate store can't be read");
    assert_eq!(examination.ill(), ["store"]);
}

#[test]
fn a_broken_file_in_the_store() {
    let (patient, _) = Patient::of(&root());
    patient.put("store/CA/old.cer", "nothing");
    let examination = patient.examine();
    let cure = examination.says("store", Verdict::Warning, ": CA/old.cer: it is no certificate");
    assert!(cure.starts_with("Mend it, or remove it from the store"), "{cure}");
    assert_eq!(examination.ill(), ["store"]);
}

#[test]
fn a_folder_of_logs_that_can_not_be_written() {
    let (patient, _) = Patient::of(&root());
    patient.put("Log", "a file in the place of the folder");
    let examination = patient.examine();
    let cure = examination.says("logs", Verdict::Warning, "can't be written: ");
    assert!(cure.contains("or name another folder with --log-dir"), "{cure}");
    assert_eq!(examination.ill(), ["logs"]);

    patient.remove("Log");
    fs::create_dir_all(patient.path("Log/MSLSAM.log")).unwrap();
    patient.examine().says("logs", Verdict::Warning, "MSLSAM.log can't be written: ");
}

#[test]
fn nothing_is_left_behind() {
    let (patient, _) = Patient::of(&root());
    let names = || crate::store::names(patient.folder.path()).unwrap();
    let before = names();
    patient.examine().is_well();
    assert_eq!(names(), before);
    fs::create_dir(patient.path("Log")).unwrap();
    patient.examine().is_well();
    assert_eq!(fs::read_dir(patient.path("Log")).unwrap().count(), 0);
}

fn shown(examination: &Examination, format: Format) -> String {
    let mut out = Vec::new();
    examination.write(format, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn it_is_shown_in_lines_for_people_and_as_an_array_for_programs() {
    let words = "word ".repeat(30);
    let observation = |check, verdict, text: &str, cure: Option<&str>| Observation {
        check,
        verdict,
        text: text.to_owned(),
        cure: cure.map(str::to_owned),
    };
    let examination = Examination {
        observations: vec![
            observation("ports", Verdict::Ok, "good", None),
            observation("certificate", Verdict::Failure, "bad\n  shown below", Some(words.trim())),
        ],
    };
    let text = shown(&examination, Format::Text);
    let expected = "\
ok       ports          good
failure  certificate    bad
                          shown below
                        -> word word word word word word word word word word word word word word word word
                           word word word word word word word word word word word word word word
failures: 1, warnings: 0, ok: 1, skipped: 0
";
    assert_eq!(text, expected);
    let json: serde_json::Value = serde_json::from_str(&shown(&examination, Format::Json)).unwrap();
    let expected = serde_json::json!([
        { "check": "ports", "verdict": "ok", "text": "good", "cure": null },
        { "check": "certificate", "verdict": "failure", "text": "bad\n  shown below", "cure": words.trim() },
    ]);
    assert_eq!(json, expected);
}

#[test]
fn no_line_of_a_real_one_is_too_wide() {
    let (patient, _) = Patient::of(&root());
    patient.configure("4a", VALIDATION);
    let text = shown(&patient.examine(), Format::Text);
    // A path can't be wrapped.
    let long = text.lines().find(|line| line.chars().count() > 110 && !line.contains(['/', '\\']));
    assert_eq!(long, None, "{text}");
}

#[cfg(unix)]
#[test]
fn a_private_key_that_others_can_read_and_places_that_they_can_change() {
    use std::os::unix::fs::PermissionsExt;

    let (patient, _) = Patient::of(&root());
    let set =
        |name: &str, mode| fs::set_permissions(patient.path(name), PermissionsExt::from_mode(mode)).unwrap();
    set("store/My/agent.pem", 0o644);
    set("MSLSAM.ini", 0o666);
    let examination = patient.examine();
    let words = "My/agent.pem: others (mode 0644) can read the private key in it";
    let cure = examination.says("store", Verdict::Warning, words);
    assert!(cure.starts_with("Leave it to its owner: `chmod 600 FILE`."), "{cure}");
    let words = "others (mode 0666) can change the configuration, ";
    let cure = examination.says("rights", Verdict::Warning, words);
    assert_eq!(cure, "Leave changes to its owner: `chmod go-w PATH`.");
    assert_eq!(examination.ill(), ["store", "rights"]);
}
