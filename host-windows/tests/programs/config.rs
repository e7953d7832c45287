//! `lsam config`, run as an administrator would, and a running agent whose file changes.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use crate::common::programs::Site;

/// A folder with an MSLSAM.ini.
struct Folder(TempDir);

impl Folder {
    fn new(content: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("MSLSAM.ini"), content).unwrap();
        Self(folder)
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("MSLSAM.ini")
    }

    /// `lsam config --config FILE` with `arguments`.
    fn config(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lsam"));
        command.arg("config").arg("--config").arg(self.path()).args(arguments);
        command
    }
}

/// The exit code and the output.
fn ended(command: &mut Command) -> (i32, String, String) {
    let Output { status, stdout, stderr } = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code().unwrap(), text(stdout), text(stderr))
}

#[test]
fn the_exit_code_of_a_check_says_how_bad_it_is() {
    const REST: &str = "[General Settings]\nUseSecureSocket=FALSE\n[TCP/IP Parameters]\n\
                        SocketNumberToSAM=3100\n[JORS Settings]\nJORSSocket=3110\n";
    for (content, code) in [("[Job Start]\n", 0), ("[Job Star]\n", 1), ("[Job Start]\nType=x\n[a]\n", 2)] {
        let folder = Folder::new(&format!("{content}{REST}"));
        for json in [&["check"] as &[&str], &["check", "--json"]] {
            let (ended_with, out, error) = ended(&mut folder.config(json));
            assert_eq!((ended_with, error.as_str()), (code, ""), "{content}");
            assert_eq!(out.starts_with('{'), json.len() > 1, "{out}");
        }
    }
    for content in ["", "[JORS Settings]\nJORSSocket=3110\n"] {
        assert_eq!(ended(&mut Folder::new(content).config(&["check"])).0, 2, "{content}");
    }
    let folder = Folder::new(&format!("[Job Star]\n{REST}"));
    let lsam = || Command::new(env!("CARGO_BIN_EXE_lsam"));
    assert_eq!(ended(lsam().args(["config", "check"]).arg(folder.path())).0, 1);
    assert_eq!(ended(lsam().args(["config", "check"])).0, 2, "no file is named");
    assert_eq!(ended(lsam().args(["config", "check", "no-such-file"])).0, 2);
    let both = ended(folder.config(&["check", "other.ini"]).stdout(Stdio::piped()));
    assert_eq!(both.2, "lsam: name one file: behind check, or with --config\n");
}

#[test]
fn values_are_shown_and_set() {
    let rest =
        "[General Settings]\r\nUseSecureSocket=FALSE\r\n[TCP/IP Parameters]\r\nSocketNumberToSAM=3100\r\n";
    let folder = Folder::new(&format!("[JORS Settings]\r\nJORSSocket=3111 \r\n{rest}"));
    let port = |folder: &Folder| ended(&mut folder.config(&["get", "JORS Settings", "JORSSocket"]));
    assert_eq!(port(&folder), (0, "3111\n".to_owned(), String::new()));
    let set = |value| ended(&mut folder.config(&["set", "jors settings", "jorssocket", value]));
    assert_eq!(set("3112").0, 0);
    assert_eq!(port(&folder).1, "3112\n");
    let (code, out, error) = set("port");
    assert_eq!((code, out.as_str()), (2, ""));
    assert!(error.contains("\"port\" is not accepted; write a port number from 1 to 65535"), "{error}");
    let expected = format!("[JORS Settings]\r\nJORSSocket=3112 \r\n{rest}");
    assert_eq!(fs::read_to_string(folder.path()).unwrap(), expected);
    let (code, out, _) = ended(&mut folder.config(&["show"]));
    assert!(code == 0 && out.contains("[JORS Settings] JORSSocket=3112 (line 2)\n"), "{out}");
}

#[test]
fn the_template_is_a_clean_file() {
    let folder = Folder::new("");
    let (code, template, _) = ended(Command::new(env!("CARGO_BIN_EXE_lsam")).args(["config", "template"]));
    assert_eq!(code, 0);
    fs::write(folder.path(), template).unwrap();
    assert_eq!(ended(&mut folder.config(&["check"])).0, 0);
}

#[test]
fn a_kill_at_any_time_leaves_the_old_file_or_the_new_one() {
    let file = |value| format!("; {}\n[General Settings]\nPostProcess={value}\n", "x".repeat(100_000));
    let (old, new) = (file("old"), file("new"));
    let folder = Folder::new(&old);
    let (mut killed, mut written) = (0, 0);
    for n in 0..60 {
        fs::write(folder.path(), &old).unwrap();
        let mut child = folder
            .config(&["set", "General Settings", "PostProcess", "new"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_micros(n * 500));
        // SIGKILL.
        child.kill().unwrap();
        killed += usize::from(child.wait().unwrap().code().is_none());
        let left = fs::read_to_string(folder.path()).unwrap();
        assert!(left == old || left == new, "after {n} steps, {} bytes", left.len());
        written += usize::from(left == new);
        let backup = fs::read_to_string(folder.path().with_added_extension("bak"));
        assert!(backup.is_err() || backup.unwrap() == old);
    }
    println!("{killed} of 60 were killed, {written} of 60 had written the file");
    assert!(killed > 0);
}

#[test]
fn a_running_agent_takes_what_its_file_says_now() {
    let site = Site::new();
    site.configure_plain("AllowedIPAddress_1=127.0.0.1");
    let agent = site.start();
    agent.will_say("[TCP/IP Parameters] AllowedIPAddress_1=127.0.0.1, ");
    assert!(site.plain_netcom(&[]).success);

    assert!(site.config(&["set", "TCP/IP Parameters", "AllowedIPAddress_1", "192.0.2.1"]).success);
    agent.will_say("AllowedIPAddress_1: \"127.0.0.1\" becomes \"192.0.2.1\" at once");
    assert!(!site.plain_netcom(&[]).success);
    agent.will_say("refused, its address is not in AllowedIPAddress_1 to _4");

    let good = fs::read_to_string(site.path("MSLSAM.ini")).unwrap();
    site.put("MSLSAM.ini", good.replace("192.0.2.1", "ANY\nCheckCRC=maybe"));
    agent.will_say("error: [TCP/IP Parameters] CheckCRC: \"maybe\" is not accepted; write TRUE or FALSE");
    agent.will_say("was changed, but the file has an error and is not used; the agent goes on as before");
    assert!(!site.plain_netcom(&[]).success);

    site.put(
        "MSLSAM.ini",
        good.replace("192.0.2.1", "ANY\nCheckCRC=FALSE\n[SMAFT Settings]\nPacketSize=65537"),
    );
    agent.will_say("PacketSize: \"65536\" becomes \"65537\" after a restart");
    assert!(!site.plain_netcom(&[]).success);
    assert!(site.plain_netcom(&["--no-crc"]).success);
}

#[test]
fn a_reader_that_has_gone_ends_no_command_with_a_message() {
    let folder = Folder::new("");
    let rest = "[TCP/IP Parameters]\nSocketNumberToSAM=3100\n[JORS Settings]\nJORSSocket=3110\n";
    fs::write(folder.path(), format!("[General Settings]\nUseSecureSocket=FALSE\n{rest}")).unwrap();
    let (path, store) = (folder.path().display().to_string(), folder.0.path().join("store"));
    fs::create_dir_all(store.join("My")).unwrap();
    let store = store.display().to_string();
    let lsam = env!("CARGO_BIN_EXE_lsam");
    for (program, arguments, code) in [
        (lsam, &["config", "--config", &path, "show"] as &[&str], 0),
        (lsam, &["config", "--config", &path, "check"], 0),
        (lsam, &["config", "--config", &path, "get", "JORS Settings", "JORSSocket"], 0),
        (lsam, &["config", "--config", &path, "set", "JORS Settings", "JORSSocket", "3111"], 0),
        (lsam, &["config", "template"], 0),
        (lsam, &["cert", "list", "--store", &store], 0),
        (lsam, &["cert", "find", "1", "--store", &store], 1),
        (lsam, &["doctor", "--config", &path, "--store", &store], 0),
        (lsam, &["--help"], 0),
        (env!("CARGO_BIN_EXE_netcom"), &["--help"], 0),
        (lsam, &["demo"], 0),
    ] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let ended = Command::new(program).args(arguments).stdout(writer).output().unwrap();
        let said = String::from_utf8(ended.stderr).unwrap();
        assert!(!said.contains("panicked") && !said.contains("pipe"), "{arguments:?}: {said}");
        assert!(said.is_empty() || arguments[0] != "config", "{arguments:?}: {said}");
        assert_eq!(ended.status.code(), Some(code), "{arguments:?}: {said}");
        // The same with a closed standard error stream.
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let ended =
            Command::new(program).args(arguments).stdout(Stdio::null()).stderr(writer).status().unwrap();
        assert_ne!(ended.code(), Some(101), "{arguments:?}");
    }
    assert!(fs::read_to_string(folder.path()).unwrap().contains("JORSSocket=3111"));
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let failed =
        Command::new(lsam).args(["config", "check", "a", "--config", "b"]).stderr(writer).status().unwrap();
    assert_eq!(failed.code(), Some(2), "what it would say has no reader");
}

#[test]
fn the_file_is_named_by_an_option_or_a_variable_or_has_its_place() {
    let rest = "[TCP/IP Parameters]\nSocketNumberToSAM=3100\n[General Settings]\nUseSecureSocket=FALSE\n";
    let one = Folder::new(&format!("[JORS Settings]\nJORSSocket=3111\n{rest}"));
    let other = Folder::new(&format!("[JORS Settings]\nJORSSocket=3112\n{rest}"));
    let lsam = |arguments: &[&str], variable: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lsam"));
        ended(command.args(arguments).env("LSAM_CONFIG", variable))
    };
    let [one_path, other_path] = [&one, &other].map(|folder| folder.path().display().to_string());
    let get = ["config", "get", "JORS Settings", "JORSSocket"];
    assert_eq!(lsam(&get, &one_path).1, "3111\n");
    assert_eq!(
        lsam(&["config", "--config", &other_path, "get", "JORS Settings", "JORSSocket"], &one_path).1,
        "3112\n"
    );
    assert!(lsam(&["config", "check", &other_path], &one_path).1.starts_with(&other_path));
    assert!(lsam(&["doctor"], &one_path).1.contains(&one_path));
    assert!(lsam(&["config", "template"], &one_path).1.starts_with("; MSLSAM.ini"), "no file is overwritten");
    let (code, _, error) = lsam(&["run"], &one.0.path().join("none").display().to_string());
    assert!(code == 1 && error.contains("/none can't be read"), "{error}");
    let (code, _, error) = lsam(&get, "");
    assert!(code == 2 && error.contains("/etc/lsam/MSLSAM.ini: the file can't be read: "), "{error}");
    assert!(
        error.contains("; --config or the environment variable LSAM_CONFIG names another one"),
        "{error}"
    );
    let (_, _, again) = lsam(&["config", "set", "JORS Settings", "JORSSocket", "3113"], "");
    assert_eq!(again, error);
}
