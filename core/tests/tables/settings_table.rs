//! Every setting of MSLSAM.ini with a good value, good values at its bounds, and bad ones. The messages for
//! the bad ones are in data/config/messages.txt, to be read as a whole.

use std::fmt::Write as _;
use std::path::Path;

use lsam_core::config::{Diagnostic, Problem, Rule, SETTINGS, Settings};

/// Section, key, a good value, good values at a bound, bad values.
type Row<'a> = (&'a str, &'a str, &'a str, &'a [&'a str], &'a [&'a str]);

fn letters(count: usize) -> String {
    "x".repeat(count)
}

#[test]
fn every_setting_takes_good_values_and_refuses_bad_ones() {
    let [name, long_name] = [256, 257].map(letters);
    let [folder, long_folder] = [255, 256].map(letters);
    let [path, long_path] = [32_766, 32_767].map(letters);
    let [message, long_message] = [31_839, 31_840].map(letters);
    let program = format!("{}.exe", letters(32_762));
    let general = "General Settings";
    let tcp_ip = "TCP/IP Parameters";
    let process = "Process Creation Parameters";
    let debug = "Debug Options";
    let jors = "JORS Settings";
    let smaft = "SMAFT Settings";

    let boolean: (&[&str], &[&str]) = (&["FALSE", "True", "\"TRUE\""], &["", "YES", "1", "TRUE ; yes"]);
    let upper: (&[&str], &[&str]) = (&["FALSE", "'TRUE'"], &["", "true", "True", "ON"]);
    let switch: (&[&str], &[&str]) = (&["OFF", "\"ON\""], &["", "on", "TRUE"]);
    let yes_no: (&[&str], &[&str]) = (&["NO", "yes"], &["", "TRUE"]);
    let address: (&[&str], &[&str]) = (&["", "ANY", "::"], &["any", "192.0.2", "192.0.2.1,192.0.2.2"]);
    let text: (&[&str], &[&str]) = (&["", "null", &message], &["\u{7}", &long_message]);
    let command: (&[&str], &[&str]) = (&["", "\"a b.cmd\" /c", &path], &["a\u{1b}b", &long_path]);

    let rows: &[Row<'_>] = &[
        (general, "DisplayServiceName", "Agent / Zürich", &["A", &name], &["", "a\u{7}b", &long_name]),
        (general, "ShortServiceName", "LSAM_2", &["A", &name], &["", "a/b", "a\\b", &long_name]),
        (general, "MaximumNumberOfJobs", "30", &["0", "500", "0500"], &["", "501", "-1", "ten"]),
        (
            general,
            "DefaultECOFDirectory",
            "C:\\ECOF",
            &["", "\\\\?\\C:\\a b", &path],
            &["C:\\a|b", "C:\\*", &long_path],
        ),
        (general, "InitializationScript", "\"C:\\Program Files\\start.cmd\"", command.0, command.1),
        (general, "TerminationScript", "\"C:\\Program Files\\stop.cmd\"", command.0, command.1),
        (
            general,
            "StartAllProcessesWrapper",
            "\"C:\\w.exe\"",
            &["", "w.BAT", "w.cmd", "w.com", &program],
            &["C:\\w.ps1", "exe", "a<b.exe"],
        ),
        (general, "CaptureJobStatistics", "TRUE", boolean.0, boolean.1),
        (general, "KillWrapperOnJobKill", "TRUE", boolean.0, boolean.1),
        (general, "UseWrapperForPreruns", "TRUE", boolean.0, boolean.1),
        (general, "UseSecureSocket", "FALSE", &["false"], boolean.1),
        (general, "TLSCertificateSerial", "4a 00 1d", &["", &long_name], &[]),
        (general, "TLSClientValidation", "FALSE", &["false"], boolean.1),
        (general, "TLSCheckCertificateRevocation", "TRUE", boolean.0, boolean.1),
        (general, "TLSRequireRevocationStatus", "FALSE", &["false"], boolean.1),
        (general, "DefaultWorkingDirectoryAsProgram", "TRUE", boolean.0, boolean.1),
        (general, "PostProcess", "C:\\after.cmd /all", command.0, command.1),
        (general, "UseScheduleNameInOutputFile", "TRUE", boolean.0, boolean.1),
        (
            tcp_ip,
            "SocketNumberToSAM",
            "3200",
            &["1", "65535", "03200"],
            &["", "0", "65536", "99999999999999999999", "+3100", "3100x"],
        ),
        (tcp_ip, "AllowedIPAddress_1", "192.0.2.1", &["ANY", "2001:DB8::1"], address.1),
        (tcp_ip, "AllowedIPAddress_2", "192.0.2.1", address.0, address.1),
        (tcp_ip, "AllowedIPAddress_3", "192.0.2.1", address.0, address.1),
        (tcp_ip, "AllowedIPAddress_4", "192.0.2.1", address.0, address.1),
        (tcp_ip, "CheckCRC", "TRUE", upper.0, upper.1),
        (tcp_ip, "InboundBufferCount", "250", &["1", "65535"], &["", "0", "65536", "many"]),
        (
            process,
            "WindowState",
            "SHOW",
            &["HIDE", "INTERACTIVEHIDE", "MINIMIZE"],
            &["", "hide", "Minimize", "MAXIMIZE"],
        ),
        (process, "FailJobWithMissingECOF", "TRUE", upper.0, upper.1),
        (process, "CaptureJobOutput", "TRUE", upper.0, upper.1),
        (debug, "ArchiveDaysToKeep", "30", &["0", "36500"], &["", "36501", "10 days"]),
        (debug, "MaximumLogFileSize", "1000000", &["1", "2147483647"], &["", "0", "2147483648", "1 MB"]),
        (debug, "TraceLevel", "1", &["0", "01"], &["", "2", "ON"]),
        (debug, "TraceSAMMessages", "ON", switch.0, switch.1),
        (debug, "DumpJobDetails", "ON", switch.0, switch.1),
        (debug, "LogCriticalErrorsAsEvents", "ON", switch.0, switch.1),
        (jors, "JORSSocket", "3111", &["1", "65535"], &["", "0", "65536", "jors"]),
        (jors, "MaxJorsFileSize", "100000", &["65536", "52428800"], &["", "65535", "52428801", "64K"]),
        (jors, "LogComposition", "START", &["END", "mix"], &["", "MIDDLE"]),
        (smaft, "TlsSmaftServerSocket", "3111", &["0", "1", "65535"], &["", "65536", "OFF"]),
        (smaft, "SmaftServerSocket", "3112", &["0", "1", "65535"], &["", "65536", "OFF"]),
        (smaft, "TemporaryFolderName", "Transfer 2", &["a", &folder], &["", "C:\\Temp", "a/b", &long_folder]),
        (smaft, "PacketSize", "100000", &["65536", "999999"], &["", "65535", "1000000", "64K"]),
        (smaft, "MaskGTBandwidth", "TRUE", boolean.0, boolean.1),
        (smaft, "ZipSupport", "YES", yes_no.0, yes_no.1),
        (smaft, "CompressSupport", "YES", yes_no.0, yes_no.1),
        (smaft, "AesSupport", "YES", yes_no.0, yes_no.1),
        (smaft, "DesSupport", "YES", yes_no.0, yes_no.1),
        (smaft, "TripleDesSupport", "YES", yes_no.0, yes_no.1),
        ("Service Start", "Msg", "$SERVICENAME runs.", text.0, text.1),
        ("Service Start", "Type", "4", &["1", "2"], &["", "0", "3", "information"]),
        ("Service Stop", "Msg", "$SERVICENAME is gone.", text.0, text.1),
        ("Service Stop", "Type", "4", &["1", "2"], &["", "8"]),
        ("Job Start", "Msg", "$JOBNAME", text.0, text.1),
        ("Job Start", "Type", "4", &["1", "2"], &["", "8"]),
        ("Job Finished OK", "Msg", "$JOBNAME", text.0, text.1),
        ("Job Finished OK", "Type", "4", &["1", "2"], &["", "8"]),
        ("Job Prerun Failed", "Msg", "$JOBNAME", text.0, text.1),
        ("Job Prerun Failed", "Type", "4", &["1", "2"], &["", "8"]),
        ("Job Initialization Error", "Msg", "$JOBNAME", text.0, text.1),
        ("Job Initialization Error", "Type", "4", &["1", "2"], &["", "8"]),
        ("Job Errored", "Msg", "$JOBNAME", text.0, text.1),
        ("Job Errored", "Type", "4", &["1", "2"], &["", "8"]),
        ("No Access To ECOF Directory", "Msg", "$JOBNAME", text.0, text.1),
        ("No Access To ECOF Directory", "Type", "4", &["1", "2"], &["", "8"]),
    ];
    let named: Vec<String> = rows.iter().map(|(section, key, ..)| format!("[{section}] {key}")).collect();
    let known: Vec<String> = SETTINGS.iter().map(ToString::to_string).collect();
    assert_eq!(named, known, "a row a setting, in the order of the table");

    let mut messages = String::new();
    for (section, key, good, at_bound, bad) in rows {
        for value in [good].into_iter().chain(*at_bound) {
            let file = format!("[{section}]\n{key}={value}");
            let mut said = Vec::new();
            let settings = Settings::parse_part(file.as_bytes(), |diagnostic| said.push(diagnostic));
            // A single address next to the ANY of AllowedIPAddress_1 breaks a rule that has its own test.
            said.retain(|Diagnostic { problem, .. }| {
                !matches!(problem, Problem::Rule { rule: Rule::AnybodyAllowed(_), .. })
            });
            assert!(settings.is_ok() && said.is_empty(), "{file:.100}: {said:?}");
        }
        writeln!(messages, "[{section}] {key}").unwrap();
        for value in *bad {
            let file = format!("[{section}]\n{key}={value}");
            let mut said = Vec::new();
            let settings = Settings::parse_part(file.as_bytes(), |diagnostic| said.push(diagnostic));
            assert_eq!(settings.map_err(|invalid| invalid.errors), Err(1), "{file:.100}");
            let [Diagnostic { at, problem }] = said[..] else { panic!("{said:?}") };
            assert_eq!((at.line, at.column), (2, key.len() + 2));
            let shown = problem.to_string();
            writeln!(messages, "  {}", shown.strip_prefix(&format!("[{section}] {key}: ")).unwrap()).unwrap();
        }
    }
    compare("messages.txt", &messages);
}

/// Compares `text` with a file in data/config; with `UPDATE=1` in the environment, writes the file.
fn compare(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/config").join(name);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, text).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == text, "{} has to hold (UPDATE=1 writes it):\n{text}", path.display());
}
