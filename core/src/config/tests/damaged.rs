//! Files that were emptied, damaged or cut off.

use core::net::IpAddr;
use std::{
    string::{String, ToString},
    vec::Vec,
};

use super::*;

/// Parses a whole file; the settings and what is reported.
fn whole(file: &[u8]) -> (Option<Settings<'_>>, Vec<String>) {
    let mut said = Vec::new();
    let configuration = Configuration::parse(file, |diagnostic| said.push(diagnostic.to_string()));
    assert_eq!(
        configuration.as_ref().err().map_or(0, |invalid| invalid.errors),
        said.iter().filter(|line| line.contains(": error: ")).count()
    );
    (configuration.ok().map(|configuration| configuration.settings), said)
}

/// A short file in the order of the documentation.
const SHORT: &str = "[General Settings]\r\nUseSecureSocket=TRUE\r\nTLSCertificateSerial=0a1b2cd3e4f50617\r\n\
    TLSClientValidation=TRUE\r\nTLSCheckCertificateRevocation=TRUE\r\n[TCP/IP Parameters]\r\n\
    SocketNumberToSAM=3100\r\nAllowedIPAddress_1=10.9.9.9\r\nAllowedIPAddress_2=10.9.9.8\r\n\
    [JORS Settings]\r\nJORSSocket=3110\r\n[SMAFT Settings]\r\nSmaftServerSocket=0";

#[test]
fn a_file_that_was_emptied_or_damaged_is_no_configuration() {
    assert!(whole(SHORT.as_bytes()).0.is_some());
    assert_eq!(whole(SHORT.as_bytes()).1, [""; 0]);
    let settings = Settings::parse(SHORT.as_bytes(), |_| {});
    assert_eq!(settings.ok(), whole(SHORT.as_bytes()).0);
    let utf_16: Vec<u8> = SHORT.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut hole = SHORT.as_bytes().to_vec();
    hole[60..100].fill(0);
    let none = "line 1, column 1: error: no section of the agent is in the file: it is empty, damaged, or the file of \
                another program; restore it, or begin with a template";
    let nul = "error: the file holds a NUL character: it is damaged, or UTF-16 without a byte order mark; restore it, \
               or save it as UTF-8";
    for (file, line) in [
        (b"".as_slice(), none.to_owned()),
        (b"\xef\xbb\xbf", none.to_owned()),
        (b"  ", none.to_owned()),
        (&[0; 300], format!("line 1, column 1: {nul}")),
        (&utf_16, format!("line 1, column 2: {nul}")),
        (&hole, format!("line 3, column 19: {nul}")),
        (b"; c\n\0", format!("line 2, column 1: {nul}")),
    ] {
        assert_eq!(whole(file).1, [line], "{file:?}");
    }
    let (settings, said) = whole(b"[Other]\r\nx=y\r\n");
    assert!(settings.is_none() && said.len() == 2 && said[1].contains("no section of the agent"), "{said:?}");
}

#[test]
fn only_the_last_line_can_be_cut_short() {
    for (end, cut_line) in [("\r\nAllowedIPA", Some("line 15")), ("", None), ("\r\n", None)] {
        let file = format!("{}{end}", SHORT.replace("[SMAFT", "a remark\r\n[SMAFT"));
        let (settings, said) = whole(file.as_bytes());
        assert!(said[0].starts_with("line 12, column 1: warning: "), "{said:?}");
        assert_eq!(settings.is_some(), cut_line.is_none(), "{said:?}");
        assert_eq!(said.get(1).map(|line| line.split(',').next().unwrap()), cut_line, "{said:?}");
    }
}

#[test]
fn a_file_without_a_required_setting_is_no_configuration() {
    let required: Vec<_> =
        SETTINGS.iter().filter(|setting| setting.required).map(|setting| setting.key).collect();
    assert_eq!(required, ["UseSecureSocket", "SocketNumberToSAM", "JORSSocket"]);
    for key in required {
        let lines = SHORT.split_inclusive("\r\n").filter(|line| !line.starts_with(key));
        let file: String = lines.collect();
        let (settings, said) = whole(file.as_bytes());
        assert!(settings.is_none(), "{said:?}");
        assert!(said[0].starts_with("line 12, column 1: error: ") && said[0].contains(key), "{said:?}");
    }
    let (_, said) = whole(b"[JORS Settings]\r\nJORSSocket=3111\r\n");
    assert_eq!(
        said[1],
        "line 2, column 1: error: [TCP/IP Parameters] SocketNumberToSAM is missing, which every file names; restore \
         the file if it was cut off, or write SocketNumberToSAM=3100 for the default"
    );
}

#[test]
fn no_beginning_of_a_file_lets_more_in_than_the_file() {
    let template = Template
        .to_string()
        .replace("UseSecureSocket=FALSE", "UseSecureSocket=TRUE")
        .replace("Serial=\r", "Serial=4a001d\r")
        .replace("Validation=FALSE", "Validation=TRUE")
        .replace("Revocation=FALSE", "Revocation=TRUE")
        .replace("AllowedIPAddress_1=ANY", "AllowedIPAddress_1=10.9.9.9");
    for file in [SHORT, &template] {
        let before = whole(file.as_bytes()).0.unwrap();
        for end in 0..file.len() {
            let Some(settings) = whole(&file.as_bytes()[..end]).0 else { continue };
            assert_eq!(before.loosened_by(&settings).count(), 0, "{}", &file[..end]);
            assert!(settings.use_secure_socket && !settings.allows(IpAddr::from([192, 0, 2, 1])));
        }
    }
}

#[test]
fn a_last_line_that_was_cut_off_is_an_error() {
    let cut = "[TCP/IP Parameters]\nAllowedIPAddr";
    assert_eq!(
        diagnostics(cut),
        [
            "line 2, column 1: error: the file ends within this line, \"AllowedIPAddr\"; restore it if it was cut off, \
          or complete the line or remove it"
        ]
    );
    assert!(diagnostics("[TCP/IP Parameters]\nnonsense\n")[0].contains("warning"));
    assert_eq!(diagnostics("[TCP/IP Parameters]\nCheckCRC=FALSE"), [""; 0]);
}
