//! Settings files, what they are parsed into, and what is reported.

use core::net::IpAddr;
use std::{
    borrow::ToOwned,
    format,
    string::{String, ToString},
    vec::Vec,
};

use super::*;

mod damaged;

/// The settings of some lines of a file, and their diagnostics as text.
fn read(file: &[u8]) -> (Result<Settings<'_>, Invalid>, Vec<String>) {
    let mut said = Vec::new();
    let settings = Settings::parse_part(file, |diagnostic| said.push(diagnostic.to_string()));
    (settings, said)
}

fn diagnostics(file: &str) -> Vec<String> {
    read(file.as_bytes()).1
}

#[test]
fn what_is_not_named_has_the_documented_default() {
    let (settings, said) = read(b"");
    let settings = settings.unwrap();
    assert_eq!(said, [""; 0]);
    assert_eq!(settings, Settings::default());
    assert_eq!(settings.display_service_name, "SMA OpCon Agent for Microsoft".into());
    assert_eq!(settings.short_service_name, "SMA_MSLSAMNET".into());
    assert!(!settings.use_secure_socket);
    assert!(settings.tls_certificate_serial.is_empty());
    assert!(!settings.tls_client_validation);
    assert!(!settings.tls_check_certificate_revocation);
    assert!(!settings.tls_require_revocation_status);
    assert_eq!(settings.socket_number_to_sam, 3100);
    assert_eq!(settings.jors_socket, 3110);
    assert_eq!(settings.smaft_server_socket, Some(3110));
    assert_eq!(settings.tls_smaft_server_socket, None);
    assert_eq!(settings.maximum_number_of_jobs, 50);
    assert_eq!(settings.window_state, WindowState::Hide);
    assert_eq!(settings.log_composition, LogComposition::Mix);
    assert!(settings.check_crc && settings.trace_sam_messages && settings.triple_des_support);
    assert_eq!(settings.service_start.message, Some("$SERVICENAME started.".into()));
    assert_eq!(settings.job_start, EventSetting { message: None, event_type: EventType::Information });
    assert!(settings.allows(IpAddr::from([192, 0, 2, 1])));
}

#[test]
fn the_lines_of_tls_are_read() {
    let (settings, said) = read(
        b"\xef\xbb\xbf; secure\r\n\r\n[general settings]\r\n UseSecureSocket = True\r\n\
          TLSCERTIFICATESERIAL=\"4a 00 1d\"\r\nTLSClientValidation=TRUE\r\n",
    );
    let settings = settings.unwrap();
    assert_eq!(said, [""; 0]);
    assert!(settings.use_secure_socket);
    assert!(settings.tls_client_validation);
    assert_eq!(settings.tls_certificate_serial, "4a 00 1d".into());
    assert_eq!(settings.socket_number_to_sam, 3100);
}

#[test]
fn every_setting_takes_its_default_and_has_one_entry() {
    for (n, setting) in SETTINGS.iter().enumerate() {
        assert_eq!(setting.store(setting.default.into(), &mut Settings::default()), Ok(()), "{setting}");
        assert!(SETTINGS.iter().skip(n + 1).all(|other| other != setting), "{setting} twice");
        assert!(setting.meaning.ends_with('.'), "{setting}");
        let section = format!("[{}]\n{}=", setting.section.name, setting.key);
        assert_eq!(diagnostics(&format!("{section}{}", setting.default)), [""; 0]);
    }
}

#[test]
fn a_setting_is_found_by_both_its_names() {
    assert_eq!(Setting::find("jors settings", "JORSSOCKET").map(|setting| setting.key), Some("JORSSocket"));
    assert!(Setting::find("JORS Settings", "SocketNumberToSAM").is_none());
    assert!(Setting::find("SMAFT Settings", "JORSSocket").is_none());
}

#[test]
fn upper_case_is_a_rule_of_the_section() {
    let setting = Setting {
        section: &Section { name: "Debug Options", case: Case::Upper },
        key: "Switch",
        kind: Kind::Boolean(kind::field!(use_secure_socket)),
        default: "FALSE",
        dynamic: true,
        required: false,
        guards: false,
        in_effect: false,
        meaning: "",
    };
    let mut settings = Settings::default();
    assert_eq!(setting.store("true".into(), &mut settings), Err(Fault::WrongCase));
    assert_eq!(setting.store("TRUe".into(), &mut settings), Err(Fault::WrongCase));
    assert!(!settings.use_secure_socket);
    assert_eq!(setting.store("TRUE".into(), &mut settings), Ok(()));
    assert!(settings.use_secure_socket);
}

#[test]
fn all_problems_of_a_file_are_reported_at_once() {
    let file = "UseSecureSocket=TRUE\n\
                [General Settings]\n\
                UseSecureSocket=FALSE\n\
                UseSecureSockets=TRUE\n\
                JORSSocket=3111\n\
                nonsense\n\
                usesecuresocket=TRUE\n\
                TLSClientValidation=no\n\
                [Genral Settings]\n\
                TLSCertificateSerial=1\n\
                [General settings]\n\
                TLSCertificateSerial=2\n\
                [JORS Settings\n\
                JORSSocket=x\n";
    let (settings, said) = read(file.as_bytes());
    assert_eq!(settings, Err(Invalid { errors: 7 }));
    let decides = "That setting decides who may connect: correct the line or remove it";
    let belongs = format!("it belongs in [General Settings], once, with = and its value. {decides}");
    assert_eq!(
        said,
        [
            format!("line 1, column 1: error: UseSecureSocket is not read here; {belongs}").as_str(),
            &format!(
                "line 4, column 1: error: UseSecureSockets is not read here; did you mean [General Settings] UseSecureSocket? {decides}"
            ),
            "line 5, column 1: warning: [General Settings] JORSSocket is not read here; it belongs in [JORS Settings]",
            "line 6, column 1: warning: \"nonsense\" is not read: the line is no [section], no key=value and no ; comment",
            "line 7, column 1: error: [General Settings] UseSecureSocket has another value in line 3; this setting decides who may connect: remove the wrong one of the two",
            "line 8, column 21: error: [General Settings] TLSClientValidation: \"no\" is not accepted; write TRUE or FALSE",
            "line 9, column 1: warning: [Genral Settings] is no section of the agent; nothing in it is read; did you mean [General Settings]?",
            &format!("line 10, column 1: error: TLSCertificateSerial is not read here; {belongs}"),
            "line 11, column 1: warning: [General Settings] already begins in line 2, and only what is there is read; move the settings from here to there",
            &format!("line 12, column 1: error: TLSCertificateSerial is not read here; {belongs}"),
            "line 13, column 1: error: \"[JORS Settings\" is not read: the section name is not closed with ]",
        ]
    );
    assert_eq!(Invalid { errors: 2 }.to_string(), "the file has 2 errors and is not used");
}

#[test]
fn what_was_meant_to_guard_access_is_read_or_an_error() {
    for (lines, unread) in [
        ("[General Settings]\nUseSecureSokcet=TRUE\n", true),
        ("[TCP/IP Parameters]\nAllowedIPAdress_1=10.0.0.1\n", true),
        ("[TCP/IP Parameters]\nAllowedIPAddress_5=10.0.0.1\n", true),
        ("[General Settings]\nAllowedIPAddress_1=10.0.0.1\n", true),
        ("[TCPIP Parameters]\nAllowedIPAddress_1=10.0.0.1\n", true),
        ("[Other]\nAllowedIPAdress_1=10.0.0.1\n", true),
        ("AllowedIPAddress_1=10.0.0.1\n", true),
        ("[General Settings]\nUseSecureSocket TRUE\n", true),
        ("[General Settings]\nTLSClientValidation: TRUE\n", true),
        ("[General Settings]\n\u{200e}UseSecureSocket=TRUE\n", true),
        ("[General Settings]\n[Other]\n[General Settings]\nTLSClientValidation=TRUE\n", true),
        ("[General Settings]\n#UseSecureSocket=TRUE\n;UseSecureSocket=TRUE\n", false),
        ("[Other]\nSocket=1\nName=x\n", false),
    ] {
        let said = diagnostics(lines);
        let errors = said.iter().filter(|line| line.contains("error: ")).count();
        assert_eq!(errors, usize::from(unread), "{said:?}");
    }
}

#[test]
fn two_values_of_what_guards_access_are_an_error_unless_they_are_the_same() {
    let file = |first: &str, between: &str, second: &str| {
        let lines = format!(
            "[TCP/IP Parameters]\nAllowedIPAddress_1={first}\n{between}AllowedIPAddress_1={second}\n"
        );
        diagnostics(&lines).iter().filter(|line| line.contains("error: ")).count()
    };
    for between in ["", "[Other]\n[TCP/IP Parameters]\n"] {
        assert_eq!(file("2001:db8::1", between, "2001:DB8:0::1"), 0);
        assert_eq!(file("10.0.0.1", between, "ANY"), 1);
        assert_eq!(file("10.0.0.1", between, "any"), 1);
    }
}

#[test]
fn the_first_of_two_equal_keys_counts() {
    let file = b"[TCP/IP Parameters]\nSocketNumberToSAM=4000\nsocketnumbertosam=x\n";
    let (settings, said) = read(file);
    assert_eq!(settings.unwrap().socket_number_to_sam, 4000);
    assert_eq!(said.len(), 1);
}

#[test]
fn tls_needs_a_certificate() {
    let cure = "error: [General Settings] TLSCertificateSerial: it is blank, but UseSecureSocket is TRUE; write \
                the serial number that the Details tab of the agent's certificate shows";
    assert_eq!(
        diagnostics("[General Settings]\nUseSecureSocket=TRUE"),
        [format!("line 2, column 17: {cure}")]
    );
    assert_eq!(
        diagnostics("[General Settings]\nUseSecureSocket=TRUE\nTLSCertificateSerial="),
        [format!("line 3, column 22: {cure}")]
    );
    assert_eq!(diagnostics("[General Settings]\nUseSecureSocket=FALSE\nTLSCertificateSerial="), [""; 0]);
}

#[test]
fn settings_that_do_not_go_together_are_reported() {
    assert_eq!(
        diagnostics("[General Settings]\nTLSClientValidation=TRUE"),
        ["line 2, column 21: warning: [General Settings] TLSClientValidation: no client is validated while \
          UseSecureSocket is FALSE; set UseSecureSocket to TRUE"]
    );
    assert_eq!(
        diagnostics("[General Settings]\nTLSRequireRevocationStatus=TRUE"),
        [
            "line 2, column 28: warning: [General Settings] TLSRequireRevocationStatus: no revocation list is looked at \
          while TLSCheckCertificateRevocation is FALSE; set it to TRUE"
        ]
    );
    assert_eq!(
        diagnostics("[TCP/IP Parameters]\nAllowedIPAddress_1="),
        ["line 2, column 20: warning: [TCP/IP Parameters] AllowedIPAddress_1: this and all other allowed \
          addresses are blank, so that nobody may connect; write ANY or the address of the scheduling server"]
    );
    // A rejected value does not cause a second report.
    let file = "[TCP/IP Parameters]\nSocketNumberToSAM=x\n[JORS Settings]\nJORSSocket=3100\n";
    assert_eq!(diagnostics(file).len(), 1);
}

#[test]
fn the_ports_of_an_instance_differ() {
    let file = |sam: u16, jors: u16, smaft: u16, tls_smaft: u16| {
        diagnostics(&format!(
            "[TCP/IP Parameters]\nSocketNumberToSAM={sam}\n[JORS Settings]\nJORSSocket={jors}\n\
             [SMAFT Settings]\nSmaftServerSocket={smaft}\nTlsSmaftServerSocket={tls_smaft}\n"
        ))
    };
    let same = |line: usize, setting: &str, other: &str| {
        let column = setting.split(' ').next_back().unwrap().len() + 2;
        format!(
            "line {line}, column {column}: error: {setting}: it is the port of {other} as well; write another port"
        )
    };
    let jors = "[JORS Settings] JORSSocket";
    let smaft = "[SMAFT Settings] SmaftServerSocket";
    let tls_smaft = "[SMAFT Settings] TlsSmaftServerSocket";
    assert_eq!(file(1, 2, 3, 4), [""; 0]);
    assert_eq!(file(1, 2, 0, 0), [""; 0]);
    // The default.
    assert_eq!(file(1, 2, 2, 0), [""; 0]);
    assert_eq!(file(1, 1, 0, 0), [same(4, jors, "SocketNumberToSAM")]);
    assert_eq!(file(1, 1, 1, 0), [same(4, jors, "SocketNumberToSAM")]);
    assert_eq!(file(1, 2, 1, 0), [same(6, smaft, "SocketNumberToSAM")]);
    assert_eq!(file(1, 2, 3, 1), [same(7, tls_smaft, "SocketNumberToSAM")]);
    assert_eq!(file(1, 2, 2, 2), [same(7, tls_smaft, "JORSSocket")]);
    assert_eq!(file(1, 2, 3, 3), [same(7, tls_smaft, "SmaftServerSocket")]);
    assert_eq!(
        diagnostics("[TCP/IP Parameters]\nSocketNumberToSAM=3110"),
        [
            "line 2, column 19: error: [JORS Settings] JORSSocket: it is the port of SocketNumberToSAM as well; \
          write another port"
        ]
    );
}

#[test]
fn the_order_of_the_file_does_not_matter() {
    let section = |order: &mut dyn Iterator<Item = &Setting>| {
        let keys = order.filter(|setting| setting.section.name == "SMAFT Settings");
        keys.fold(String::from("[SMAFT Settings]\n"), |file, setting| {
            let value = match setting.kind {
                Kind::YesNo(_) => "NO",
                Kind::Boolean(_) => "TRUE",
                Kind::Number { .. } => "70000",
                _ => "4000",
            };
            file + &format!(
                "{}={value}\n",
                if setting.key == "SmaftServerSocket" { "JORSSocket" } else { setting.key }
            )
        })
    };
    let forward = section(&mut SETTINGS.iter());
    let backward = section(&mut SETTINGS.iter().rev());
    let [forward, backward] = [&forward, &backward].map(|file| read(file.as_bytes()).0.unwrap());
    assert_eq!(forward, backward);
    assert_eq!(forward.packet_size, 70_000);
    assert_eq!(forward.smaft_server_socket, Some(3110));
    assert!(forward.mask_gt_bandwidth && !forward.zip_support && !forward.triple_des_support);
}

#[test]
fn misspelt_names_are_guessed() {
    for (file, suggestion) in [
        ("[Job Finshed OK]", Some("Job Finished OK")),
        ("[TCPIP Parameters]", Some("TCP/IP Parameters")),
        ("[Some other program]", None),
        ("[Job Start]\nMessage=x", None),
        ("[Job Start]\nMsgs=x", Some("Msg")),
        ("[JORS Settings]\nJORS_Socket=1", Some("JORSSocket")),
        ("[JORS Settings]\nPacketSize=1", None),
    ] {
        let mut said = Vec::new();
        let _ = Settings::parse_part(file.as_bytes(), |diagnostic| said.push(diagnostic));
        let [diagnostic] = said[..] else { panic!("{said:?}") };
        assert_eq!(diagnostic.suggestion(), suggestion, "{file}");
        assert_eq!(diagnostic.to_string().contains("did you mean"), suggestion.is_some(), "{diagnostic}");
    }
}

#[test]
fn a_name_that_is_right_but_not_read_is_no_misspelling() {
    for (name, suggestion) in [("useSecureSocket", None), ("UseSecureSokcet", Some("UseSecureSocket"))] {
        let file = format!("{name}=TRUE\n[General Settings]\n");
        let mut said = Vec::new();
        let _ = Settings::parse_part(file.as_bytes(), |diagnostic| said.push(diagnostic));
        let [diagnostic] = said[..] else { panic!("{said:?}") };
        assert!(matches!(diagnostic.problem, Problem::Unread { .. }), "{diagnostic}");
        assert_eq!(diagnostic.suggestion(), suggestion, "{diagnostic}");
    }
}

#[test]
fn only_the_listed_addresses_may_connect() {
    let file = b"[TCP/IP Parameters]\nAllowedIPAddress_1=192.0.2.1\nAllowedIPAddress_3=2001:db8::1\n";
    let settings = read(file).0.unwrap();
    for (address, allowed) in
        [("192.0.2.1", true), ("::ffff:192.0.2.1", true), ("2001:db8::1", true), ("192.0.2.2", false)]
    {
        assert_eq!(settings.allows(address.parse().unwrap()), allowed, "{address}");
    }
}

#[test]
fn an_address_beside_any_is_a_warning() {
    let file = |lines: &str| diagnostics(&format!("[TCP/IP Parameters]\n{lines}\n"));
    for (lines, place) in [
        (
            "AllowedIPAddress_2=192.0.2.1",
            "line 2, column 20: warning: [TCP/IP Parameters] AllowedIPAddress_1",
        ),
        (
            "AllowedIPAddress_1=192.0.2.1\nAllowedIPAddress_3=ANY",
            "line 3, column 20: warning: [TCP/IP Parameters] AllowedIPAddress_3",
        ),
    ] {
        let [said] = file(lines).try_into().unwrap();
        let reason = ": it is ANY, so that every address may connect, whatever AllowedIPAddress_";
        assert!(said.starts_with(place) && said.contains(reason), "{said}");
    }
    for good in [
        "",
        "AllowedIPAddress_1=\nAllowedIPAddress_2=192.0.2.1",
        "AllowedIPAddress_1=ANY\nAllowedIPAddress_2=",
    ] {
        assert_eq!(file(good), [""; 0], "{good}");
    }
}

#[test]
fn utf_16_is_named_instead_of_read() {
    for file in [b"\xff\xfe[\0a\0]\0".as_slice(), b"\xfe\xff\0[\0a\0]"] {
        let (settings, said) = read(file);
        assert_eq!(settings, Err(Invalid { errors: 1 }));
        assert_eq!(said, ["line 1, column 1: error: the file is written in UTF-16; save it as UTF-8"]);
    }
}

#[test]
fn names_in_the_ansi_code_page_are_read() {
    let settings = read(b"[General Settings]\nDisplayServiceName=Agent Z\xfcrich\n").0.unwrap();
    assert_eq!(settings.display_service_name.to_string(), "Agent Zürich");
}

#[test]
fn diagnostics_carry_what_a_tool_needs() {
    let mut all = Vec::new();
    let _ = Settings::parse_part(b"[JORS Settings]\nJORSSocket=0", |diagnostic| all.push(diagnostic));
    let [diagnostic] = all[..] else { panic!("{all:?}") };
    assert_eq!((diagnostic.at.line, diagnostic.at.column), (2, 12));
    assert_eq!(diagnostic.severity(), Severity::Error);
    assert_eq!(diagnostic.setting().map(|setting| setting.key), Some("JORSSocket"));
    assert!(size_of::<Diagnostic<'_>>() <= 64, "{}", size_of::<Diagnostic<'_>>());
}

#[test]
fn no_bytes_break_the_parser() {
    let mut pieces = Vec::new();
    for setting in SETTINGS {
        pieces.push(format!("[{}]", setting.section.name).into_bytes());
        pieces.push(setting.key.as_bytes().to_vec());
        pieces.push(setting.default.as_bytes().to_vec());
    }
    pieces.extend(
        ["=", "\n", "\r\n", "\r", ";", "[", "]", "\"", " ", "TRUE", "\u{200e}"]
            .map(|p| p.as_bytes().to_vec()),
    );
    pieces.extend((0..=u8::MAX).map(|byte| [byte].to_vec()));

    let mut random = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = |below: usize| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random as usize % below
    };
    for _ in 0..20_000 {
        let file = (0..next(40)).flat_map(|_| pieces[next(pieces.len())].clone()).collect::<Vec<_>>();
        let mut errors = 0;
        let result = Settings::parse_part(&file, |diagnostic| {
            errors += usize::from(diagnostic.severity() == Severity::Error);
            assert!(!diagnostic.to_string().contains(char::is_control));
        });
        assert_eq!(result.err().map_or(0, |invalid| invalid.errors), errors);
        if let Ok(settings) = result {
            assert!(!settings.use_secure_socket || !settings.tls_certificate_serial.is_empty());
            assert!(settings.socket_number_to_sam != settings.jors_socket);
            assert!(settings.smaft_server_socket != Some(settings.socket_number_to_sam));
        }
    }
}

#[test]
fn every_setting_says_whether_it_is_of_the_file() {
    let file = b"[General Settings]\nuseSecureSocket = \"false\"\nPostProcess=\"C:\\a b.cmd\"\n\
        [TCP/IP Parameters]\nSocketNumberToSAM=3100\n[JORS Settings]\nJORSSocket=3110\n";
    let configuration = Configuration::parse(file, |_| {}).unwrap();
    let effective: Vec<_> = configuration.effective().collect();
    assert!(effective.iter().map(|effective| effective.setting).eq(SETTINGS));
    for effective in effective {
        let expected = match effective.setting.key {
            "UseSecureSocket" => "[General Settings] UseSecureSocket=FALSE (line 2)".to_owned(),
            "PostProcess" => "[General Settings] PostProcess=C:\\a b.cmd (line 3)".to_owned(),
            "SocketNumberToSAM" => "[TCP/IP Parameters] SocketNumberToSAM=3100 (line 5)".to_owned(),
            "JORSSocket" => "[JORS Settings] JORSSocket=3110 (line 7)".to_owned(),
            _ => format!("{}={} (default)", effective.setting, effective.setting.default),
        };
        assert_eq!(effective.to_string(), expected);
    }
}

#[test]
fn dynamic_settings_follow_a_new_file() {
    let old = b"[General Settings]\nPostProcess=old\nShortServiceName=old\n[Job Start]\nMsg=old\nType=1\n";
    let new = b"[General Settings]\nPostProcess=new\nShortServiceName=new\n[Job Start]\nMsg=new\nType=2\n";
    let [old, new] = [old.as_slice(), new].map(|file| read(file).0.unwrap());
    let running = old.with_dynamic_of(&new);
    for setting in SETTINGS {
        let expected = if setting.dynamic { new } else { old };
        assert_eq!(running.value(setting), expected.value(setting), "{setting}");
    }
    assert_eq!((running.post_process, running.short_service_name), ("new".into(), "old".into()));
    assert_eq!(running.job_start, new.job_start);
}
