//! Reading INI text: as events, and through to typed settings.

use std::fmt::Write as _;
use std::hint::black_box;
use std::net::IpAddr;

use ini::{Ini, ParseOption};
use light_ini::{IniHandler, IniHandlerError, IniParser};
use lsam_core::config::{SETTINGS, Settings};
use lsam_core::ini::{Item, Reader};

use crate::Failure;
use crate::measure::{Effort, Ratio, Table, Unit, medians, repeated};

const MIB: usize = 1 << 20;

/// Every reader over a typical MSLSAM.ini and over 1 MiB.
///
/// # Errors
/// A reader that refuses the text.
pub fn events(effort: Effort) -> Result<Table, Failure> {
    let columns = ["LSAM", "ini_core", "light-ini", "configparser", "rust-ini"];
    let ratios: Vec<Ratio> = (1..columns.len()).map(|by| Ratio { of: 0, by }).collect();
    let mut table = Table::new("INI text to events or maps", Unit::Throughput, columns, &ratios);
    for (name, text) in texts() {
        let text = text.as_str();
        let times = medians(
            effort,
            vec![
                Some(repeated(effort, || Ok(read_lsam(black_box(text))))),
                Some(repeated(effort, || Ok(read_ini_core(black_box(text))))),
                Some(repeated(effort, || read_light_ini(black_box(text)))),
                Some(repeated(effort, || read_configparser(black_box(text)))),
                Some(repeated(effort, || read_rust_ini(black_box(text)))),
            ],
        )?;
        table.row(name, text.len(), times);
    }
    Ok(table)
}

/// From text to the typed settings of MSLSAM.ini, with rust-ini and the conversions that an application would write.
///
/// # Errors
/// A reader that refuses the text.
pub fn settings(effort: Effort) -> Result<Table, Failure> {
    let mut table = Table::new(
        "INI text to typed settings",
        Unit::Micros,
        ["LSAM", "rust-ini and conversions"],
        &[Ratio { of: 1, by: 0 }],
    );
    for (name, text) in texts() {
        let text = text.as_str();
        let times = medians(
            effort,
            vec![
                Some(repeated(effort, || {
                    let mut diagnostics = 0;
                    let settings = Settings::parse(black_box(text.as_bytes()), |_| diagnostics += 1);
                    settings.map(|settings| (settings.socket_number_to_sam, diagnostics)).map_err(Into::into)
                })),
                Some(repeated(effort, || Plain::parse(black_box(text)))),
            ],
        )?;
        table.row(name, text.len(), times);
    }
    Ok(table)
}

/// A typical file as an administrator leaves it, and one of 1 MiB that begins in the same way.
fn texts() -> [(&'static str, String); 2] {
    let mut typical =
        String::from("; MSLSAM.ini of the agent on this machine\r\n; changes: see the log\r\n\r\n");
    let mut section = "";
    for setting in SETTINGS {
        if setting.section.name != section {
            section = setting.section.name;
            let _ = write!(typical, "\r\n[{section}]\r\n");
        }
        let value = if setting.key == "TLSCertificateSerial" { "4a 00 1d 5f" } else { setting.default };
        let _ = write!(typical, "; {}\r\n{} = {value}\r\n", setting.meaning, setting.key);
    }
    let mut large = typical.clone();
    let mut n = 0;
    while large.len() < MIB {
        let _ = write!(large, "\r\n[Instance {n}]\r\n; what this one does\r\n");
        for key in 0..10 {
            let _ = write!(large, "Setting_{key} = C:\\Program Files\\Agent\\Instance {n}\\value-{key}\r\n");
        }
        n += 1;
    }
    [("a typical MSLSAM.ini", typical), ("1 MiB", large)]
}

fn read_lsam(text: &str) -> usize {
    let len = |item| match item {
        Item::Section(name) => name.as_bytes().len(),
        Item::Property { key, value, .. } => key.as_bytes().len() + value.text().as_bytes().len(),
        Item::Comment(comment) => comment.as_bytes().len(),
        Item::Blank => 1,
        Item::Malformed(_, line) => line.as_bytes().len(),
    };
    Reader::new(text.as_bytes()).map(|event| len(event.item)).sum()
}

fn read_ini_core(text: &str) -> usize {
    let len = |item| match item {
        ini_core::Item::Section(name) => name.len(),
        ini_core::Item::Property(key, value) => key.len() + value.map_or(0, str::len),
        ini_core::Item::Comment(comment) => comment.len(),
        ini_core::Item::Blank => 1,
        ini_core::Item::SectionEnd => 0,
        ini_core::Item::Error(line) => line.len(),
    };
    // Blanks around names and values do not count in MSLSAM.ini.
    ini_core::Parser::new(text).auto_trim(true).map(len).sum()
}

fn read_light_ini(text: &str) -> Result<usize, Failure> {
    struct Count(usize);
    impl IniHandler for Count {
        type Error = IniHandlerError;

        fn section(&mut self, name: &str) -> Result<(), IniHandlerError> {
            self.0 += name.len();
            Ok(())
        }

        fn option(&mut self, key: &str, value: &str) -> Result<(), IniHandlerError> {
            self.0 += key.len() + value.len();
            Ok(())
        }

        fn comment(&mut self, comment: &str) -> Result<(), IniHandlerError> {
            self.0 += comment.len();
            Ok(())
        }
    }
    let mut count = Count(0);
    IniParser::new(&mut count).parse(text.as_bytes())?;
    Ok(count.0)
}

fn read_configparser(text: &str) -> Result<usize, Failure> {
    Ok(configparser::ini::Ini::new().read(text.to_owned())?.len())
}

fn rust_ini(text: &str) -> Result<Ini, Failure> {
    // Its escape rules refuse Windows paths.
    Ok(Ini::load_from_str_opt(text, ParseOption { enabled_escape: false, ..ParseOption::default() })?)
}

fn read_rust_ini(text: &str) -> Result<usize, Failure> {
    Ok(rust_ini(text)?.len())
}

/// The settings as an application with rust-ini would hold them.
struct Plain {
    #[expect(dead_code, reason = "a setting that is read, as the others are")]
    names: [String; 3],
    #[expect(dead_code, reason = "as above")]
    switches: [bool; 3],
    ports: [u16; 2],
    #[expect(dead_code, reason = "as above")]
    allowed: Vec<Option<IpAddr>>,
}

impl Plain {
    fn parse(text: &str) -> Result<u16, Failure> {
        let file = rust_ini(text)?;
        let text_of = |section, key, default: &str| {
            file.section(Some(section)).and_then(|section| section.get(key)).unwrap_or(default).to_owned()
        };
        let general = |key, default| text_of("General Settings", key, default);
        let switch = |key| general(key, "FALSE").to_ascii_lowercase().parse();
        let address = |key| match text_of("TCP/IP Parameters", key, "").as_str() {
            "" | "ANY" => Ok(None),
            address => address.parse().map(Some),
        };
        let plain = Self {
            names: [
                general("DisplayServiceName", ""),
                general("ShortServiceName", ""),
                general("TLSCertificateSerial", ""),
            ],
            switches: [
                switch("UseSecureSocket")?,
                switch("TLSClientValidation")?,
                switch("TLSCheckCertificateRevocation")?,
            ],
            ports: [
                text_of("TCP/IP Parameters", "SocketNumberToSAM", "3100").parse()?,
                text_of("JORS Settings", "JORSSocket", "3110").parse()?,
            ],
            allowed: ["AllowedIPAddress_1", "AllowedIPAddress_2", "AllowedIPAddress_3", "AllowedIPAddress_4"]
                .into_iter()
                .map(address)
                .collect::<Result<_, _>>()?,
        };
        Ok(black_box(plain).ports[0])
    }
}
