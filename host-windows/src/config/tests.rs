use std::fs;
use std::path::{MAIN_SEPARATOR, PathBuf};

use lsam_core::config::{SETTINGS, Settings, Severity};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::*;

/// A folder with an MSLSAM.ini.
struct Folder(TempDir);

impl Folder {
    fn new(content: impl AsRef<[u8]>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("MSLSAM.ini"), content).unwrap();
        Self(folder)
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("MSLSAM.ini")
    }

    fn content(&self) -> Vec<u8> {
        fs::read(self.path()).unwrap()
    }

    /// What a command wrote, or why it failed, without the folder's name.
    fn said<T>(
        &self,
        command: impl FnOnce(&Path, &mut Vec<u8>) -> Result<T, Failed>,
    ) -> Result<String, String> {
        let mut out = Vec::new();
        let shorten =
            |text: String| text.replace(&format!("{}{MAIN_SEPARATOR}", self.0.path().display()), "");
        match command(&self.path(), &mut out) {
            Ok(_) => Ok(shorten(String::from_utf8(out).unwrap())),
            Err(failed) => Err(shorten(failed.to_string())),
        }
    }

    fn set(&self, section: &str, key: &str, value: &str) -> Result<String, String> {
        self.said(|path, out| set(path, section, key, value, out))
    }

    fn json<T>(&self, command: impl FnOnce(&Path, &mut Vec<u8>) -> Result<T, Failed>) -> Value {
        serde_json::from_str(&self.said(command).unwrap()).unwrap()
    }
}

#[test]
fn a_check_shows_everything_and_counts() {
    for (content, worst, shown) in [
        ("[Service Start]\nType=1\n", None, "MSLSAM.ini: no errors, no warnings\n"),
        (
            "[Job Start]\nMsg=x\nType=1\n[Debug Options]\nDumpJobDetails=ON\n",
            None,
            "MSLSAM.ini: read, but without effect in this version: [Debug Options] DumpJobDetails; [Job \
             Start] Msg, Type\nMSLSAM.ini: no errors, no warnings\n",
        ),
        (
            "[General Setings]\n",
            Some(Severity::Warning),
            "MSLSAM.ini: line 1, column 1: warning: [General Setings] is no section of the agent; nothing in \
             it is read; did you mean [General Settings]?\nMSLSAM.ini: no errors, 1 warning\n",
        ),
        (
            "[Job Start]\nType=3\nTyp=1\n[Job Errored]\nType=5\n",
            Some(Severity::Error),
            "MSLSAM.ini: line 2, column 6: error: [Job Start] Type: \"3\" is not accepted; write 1 (error), \
             2 (warning) or 4 (information)\n\
             MSLSAM.ini: line 3, column 1: warning: [Job Start] Typ is no setting of the agent; it is not \
             read; did you mean Type?\n\
             MSLSAM.ini: line 5, column 6: error: [Job Errored] Type: \"5\" is not accepted; write 1 \
             (error), 2 (warning) or 4 (information)\n\
             MSLSAM.ini: 2 errors, 1 warning\n",
        ),
    ] {
        let folder = Folder::new(whole(content));
        let mut out = Vec::new();
        assert_eq!(check(&folder.path(), Format::Text, &mut out).unwrap(), worst, "{content}");
        assert_eq!(folder.said(|path, out| check(path, Format::Text, out)).unwrap(), shown, "{content}");
    }
}

#[test]
fn a_check_for_programs_has_place_setting_and_what_is_accepted() {
    let folder = Folder::new(whole("[Job Start]\nType=3\nTyp=1\n"));
    let result = folder.json(|path, out| check(path, Format::Json, out));
    assert_eq!((&result["errors"], &result["warnings"]), (&json!(1), &json!(1)));
    assert_eq!(
        result["diagnostics"][0],
        json!({
            "line": 2,
            "column": 6,
            "severity": "error",
            "section": "Job Start",
            "key": "Type",
            "message": "[Job Start] Type: \"3\" is not accepted; write 1 (error), 2 (warning) or 4 \
                        (information)",
            "accepted": "1 (error), 2 (warning) or 4 (information)",
            "suggestion": null,
        })
    );
    assert_eq!(result["diagnostics"][1]["suggestion"], json!("Type"));

    fs::remove_file(folder.path()).unwrap();
    let result = folder.json(|path, out| check(path, Format::Json, out));
    assert_eq!((&result["errors"], &result["diagnostics"][0]["line"]), (&json!(1), &Value::Null));
}

#[test]
fn the_directory_of_exit_code_overrides_has_to_be_there() {
    let folder = Folder::new("");
    let file = |directory: &Path| {
        let lines = format!("DefaultECOFDirectory={}\nUseSecureSocket=FALSE\n", directory.display());
        whole(&format!("[General Settings]\n{lines}"))
    };
    fs::write(folder.path(), file(folder.0.path())).unwrap();
    assert_eq!(check(&folder.path(), Format::Text, &mut Vec::new()).unwrap(), None);
    fs::write(folder.path(), file(&folder.path())).unwrap();
    let said = folder.said(|path, out| check(path, Format::Text, out)).unwrap();
    assert!(
        said.contains(
            "line 2, column 22: error: [General Settings] DefaultECOFDirectory: \"MSLSAM.ini\" is no \
             directory"
        ),
        "{said}"
    );
    let gone = folder.0.path().join("none").display().to_string();
    fs::write(folder.path(), whole("")).unwrap();
    let refused = folder.set("General Settings", "DefaultECOFDirectory", &gone).unwrap_err();
    assert!(
        refused.contains("DefaultECOFDirectory: \"none\" does not exist; make the directory"),
        "{refused}"
    );
    assert_eq!(folder.content(), whole("").as_bytes());
}

#[test]
fn what_holds_is_shown_with_its_origin() {
    let folder = Folder::new(whole("[Job Start]\nMsg = \"$JOBNAME \u{200e}begins\"\n"));
    let shown = folder.said(|path, out| show(path, Format::Text, out)).unwrap();
    assert_eq!(shown.lines().count(), SETTINGS.len());
    assert!(shown.contains("\n[Job Start] Msg=$JOBNAME \\u{200e}begins (line 2)\n"), "{shown}");
    assert!(shown.contains("\n[Job Start] Type=4 (default)\n"), "{shown}");

    let shown = folder.json(|path, out| show(path, Format::Json, out));
    assert_eq!(shown["settings"].as_array().unwrap().len(), SETTINGS.len());
    let got = folder.json(|path, out| get(path, "job start", "msg", Format::Json, out));
    assert_eq!(
        got,
        json!({
            "section": "Job Start",
            "key": "Msg",
            "value": "$JOBNAME \u{200e}begins",
            "origin": "file",
            "line": 2,
            "column": 7,
            "dynamic": true,
        })
    );
    assert!(shown["settings"].as_array().unwrap().contains(&got));
    assert_eq!(
        folder.said(|path, out| get(path, "JORS Settings", "JORSSocket", Format::Text, out)).unwrap(),
        "3110\n"
    );
}

#[test]
fn a_name_that_is_none_is_answered_with_the_nearest() {
    let folder = Folder::new("");
    for (section, key, answer) in [
        (
            "Genral Settings",
            "UseSecureSocket",
            "[Genral Settings] is no section of the agent; nothing in it is read; did you mean [General \
             Settings]?; `lsam config show` lists the settings",
        ),
        (
            "General Settings",
            "UseSecureSockets",
            "UseSecureSockets is not read here; did you mean [General Settings] UseSecureSocket? That \
             setting decides who may connect: correct the line or remove it; `lsam config show` lists the \
             settings",
        ),
        (
            "General Settings",
            "JORSSocket",
            "[General Settings] JORSSocket is not read here; it belongs in [JORS Settings]; `lsam config \
             show` lists the settings",
        ),
    ] {
        let got = folder.said(|path, out| get(path, section, key, Format::Text, out)).unwrap_err();
        assert_eq!(got, answer);
        assert_eq!(folder.set(section, key, "1").unwrap_err(), got);
    }
}

#[test]
fn what_cant_be_used_is_not_shown() {
    let folder = Folder::new(whole("[Job Start]\nType=3\n"));
    let failed = folder.said(|path, out| show(path, Format::Text, out)).unwrap_err();
    assert!(
        failed.starts_with(
            "MSLSAM.ini: the file has an error and is not used\nMSLSAM.ini: line 2, column 6: error: "
        ),
        "{failed}"
    );
    assert_eq!(
        folder.said(|path, out| get(path, "Job Start", "Msg", Format::Json, out)).unwrap_err(),
        failed
    );
}

#[test]
fn one_value_is_set_and_the_file_before_is_kept() {
    let behind = whole("");
    let old = format!("; ours\r\n[service stop]\r\n type = 4 \r\n{behind}");
    let old = old.encode_utf16().flat_map(u16::to_le_bytes);
    let old: Vec<u8> = [0xff, 0xfe].into_iter().chain(old).collect();
    let folder = Folder::new(&old);
    let said = folder.set("Service Stop", "Type", "1").unwrap();
    assert_eq!(
        said,
        "MSLSAM.ini: [Service Stop] Type: \"4\" becomes \"1\" at once\n\
         MSLSAM.ini.bak: the file as it was before\n"
    );
    let text = format!("\u{feff}; ours\r\n[service stop]\r\n type = 1 \r\n{behind}");
    assert_eq!(folder.content(), text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>());
    assert_eq!(fs::read(folder.0.path().join("MSLSAM.ini.bak")).unwrap(), old);
    assert_eq!(
        folder.set("Service Stop", "Type", "1").unwrap(),
        "MSLSAM.ini: [Service Stop] Type is \"1\" already\n"
    );
    assert_eq!(fs::read(folder.0.path().join("MSLSAM.ini.bak")).unwrap(), old, "nothing was written");
    assert_eq!(fs::read_dir(folder.0.path()).unwrap().count(), 2);
}

#[test]
fn a_value_that_makes_an_error_is_not_set() {
    let old = &whole("[JORS Settings]\nJORSSocket=3111\n");
    let folder = Folder::new(old);
    for (section, key, value, reason) in [
        (
            "JORS Settings",
            "JORSSocket",
            "0",
            "[JORS Settings] JORSSocket: \"0\" is out of range; write a port",
        ),
        ("TCP/IP Parameters", "SocketNumberToSAM", "3111", "it is the port of SocketNumberToSAM as well"),
        ("TCP/IP Parameters", "CheckCRC", "true", "\"true\" is not in upper case; write TRUE or FALSE"),
        ("General Settings", "UseSecureSocket", "TRUE", "TLSCertificateSerial: it is blank"),
        (
            "General Settings",
            "TLSCertificateSerial",
            "agent.example",
            "something else than hexadecimal digits",
        ),
        ("General Settings", "PostProcess", "a\nb", "'\\n' can't be written: a value is one line of text"),
    ] {
        let failed = folder.set(section, key, value).unwrap_err();
        assert!(failed.starts_with("MSLSAM.ini: ") && failed.contains(reason), "{failed}");
        assert_eq!(folder.content(), old.as_bytes());
    }
    assert_eq!(fs::read_dir(folder.0.path()).unwrap().count(), 1, "nothing is left");
}

#[test]
fn errors_can_be_removed_one_by_one() {
    let folder = Folder::new("[Job Start]\nType=3\n[Job Errored]\nType=5\n");
    let said = folder.set("Job Start", "Type", "2").unwrap();
    assert!(said.starts_with("MSLSAM.ini: [Job Start] Type is \"2\"\n"), "{said}");
    folder.set("Job Errored", "Type", "2").unwrap();
    assert_eq!(folder.content(), b"[Job Start]\nType=2\n[Job Errored]\nType=2\n");
}

#[test]
fn what_is_no_configuration_is_no_better_for_a_value() {
    for content in [b"".as_slice(), b"[JORS Settings]\n", &[0; 100]] {
        let folder = Folder::new(content);
        assert_eq!(check(&folder.path(), Format::Text, &mut Vec::new()).unwrap(), Some(Severity::Error));
        assert!(folder.said(|path, out| show(path, Format::Text, out)).is_err());
    }
}

#[test]
fn utf_16_that_ends_within_a_character_is_not_read() {
    let text = format!("\u{feff}{}", whole(""));
    let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let folder = Folder::new(&bytes);
    assert!(IniFile::read(&folder.path()).is_ok());
    fs::write(folder.path(), &bytes[..bytes.len() - 1]).unwrap();
    assert!(IniFile::read(&folder.path()).unwrap_err().to_string().contains("it was cut off"));
}

#[test]
fn changes_at_the_same_time_are_all_made() {
    let folder = Folder::new(whole(""));
    std::thread::scope(|scope| {
        for (section, key, value) in [
            ("General Settings", "MaximumNumberOfJobs", "30"),
            ("Debug Options", "ArchiveDaysToKeep", "31"),
            ("TCP/IP Parameters", "InboundBufferCount", "32"),
            ("JORS Settings", "MaxJorsFileSize", "70000"),
        ] {
            let folder = &folder;
            scope.spawn(move || folder.set(section, key, value).unwrap());
        }
    });
    let text = String::from_utf8(folder.content()).unwrap();
    for line in ["Jobs=30\n", "ToKeep=31\n", "Count=32\n", "Size=70000\n"] {
        assert!(text.contains(line), "{text}");
    }
    assert_eq!(fs::read_dir(folder.0.path()).unwrap().count(), 2, "the file and what it was before");
}

#[test]
fn a_warning_that_comes_with_a_value_is_shown() {
    let folder = Folder::new(whole(""));
    let said = folder.set("General Settings", "TLSClientValidation", "TRUE").unwrap();
    assert!(said.contains(
        "\nMSLSAM.ini: line 3, column 21: warning: [General Settings] TLSClientValidation: no client"
    ));
}

#[test]
fn the_template_is_clean_and_replaces_no_file() {
    let folder = Folder::new("");
    assert!(folder.said(|path, out| template(Some(path), out)).is_err());
    fs::remove_file(folder.path()).unwrap();
    assert_eq!(folder.said(|path, out| template(Some(path), out)).unwrap(), "made MSLSAM.ini\n");
    let written = folder.said(|_, out| template(None, out)).unwrap();
    assert_eq!(folder.content(), written.as_bytes());
    assert_eq!(check(&folder.path(), Format::Text, &mut Vec::new()).unwrap(), None);
    let file = IniFile::read(&folder.path()).unwrap();
    assert_eq!(file.configuration().unwrap().settings, Settings::default());
}

#[test]
fn a_file_of_more_than_a_mebibyte_is_not_read() {
    let folder = Folder::new("");
    for (len, read) in [(1 << 20, true), ((1 << 20) + 1, false)] {
        fs::write(folder.path(), vec![b';'; len]).unwrap();
        assert_eq!(IniFile::read(&folder.path()).is_ok(), read, "{len}");
    }
}
