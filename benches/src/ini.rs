//! Reading INI text: into events, and into typed settings.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::hint::black_box;
use std::num::NonZeroU16;

use ini::{Ini, ParseOption};
use light_ini::{IniHandler, IniHandlerError, IniParser};
use lsam_core::config::{AllowedAddress, Kind, SETTINGS, Setting, Settings, Template};
use lsam_core::ini::{Edit, Item, Reader};

use crate::Failure;
use crate::measure::{Effort, Ratio, Table, Unit, medians, repeated};

const MIB: usize = 1 << 20;

/// Every reader on a typical MSLSAM.ini and on 1 MiB.
///
/// # Errors
/// A reader that rejects the text.
pub fn events(effort: Effort) -> Result<Table, Failure> {
    let columns = ["LSAM", "ini_core", "light-ini", "configparser", "rust-ini"];
    let ratios: Vec<Ratio> = (1..columns.len()).map(|by| Ratio { of: 0, by }).collect();
    let mut table = Table::new("INI text to events or maps", Unit::Throughput, columns, &ratios);
    for (name, text) in texts()? {
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

/// INI text to the typed settings of MSLSAM.ini.
///
/// LSAM reads the 63 settings in one pass, checks each value and their combinations, and reports diagnostics;
/// texts borrow from the file. For the other readers, [`Converted`] is what an application would write on
/// top: it looks up each of the 63 settings, or takes the default, and converts it to an owned value. It does
/// not report unknown or repeated keys, and accepts any text as a path or a name. Before anything is
/// measured, all of them are checked to yield the same values.
///
/// # Errors
/// A reader that rejects the text or reads a different value.
pub fn settings(effort: Effort) -> Result<Table, Failure> {
    let columns =
        ["LSAM", "light-ini and conversions", "configparser and conversions", "rust-ini and conversions"];
    let ratios: Vec<Ratio> = (1..columns.len()).map(|of| Ratio { of, by: 0 }).collect();
    let mut table = Table::new("INI text to typed settings", Unit::Micros, columns, &ratios);
    for (name, text) in texts()? {
        let text = text.as_str();
        let expected = Settings::parse(text.as_bytes(), |_| {})?;
        for converted in
            [Converted::light_ini(text)?, Converted::configparser(text)?, Converted::rust_ini(text)?]
        {
            converted.compare(&expected)?;
        }
        let times = medians(
            effort,
            vec![
                Some(repeated(effort, || {
                    let mut diagnostics = 0;
                    let settings = Settings::parse(black_box(text.as_bytes()), |_| diagnostics += 1)?;
                    black_box(&settings);
                    Ok(diagnostics)
                })),
                Some(repeated(effort, || Converted::light_ini(black_box(text)))),
                Some(repeated(effort, || Converted::configparser(black_box(text)))),
                Some(repeated(effort, || Converted::rust_ini(black_box(text)))),
            ],
        )?;
        table.row(name, text.len(), times);
    }
    Ok(table)
}

/// The template of MSLSAM.ini filled in as by an administrator, and a file of 1 MiB that begins the same way.
fn texts() -> Result<[(&'static str, String); 2], Failure> {
    let mut typical = Template.to_string();
    for (section, key, value) in FILLED_IN {
        let edit = Edit { section, key, value };
        let mut buffer = vec![0; edit.room(typical.as_bytes())];
        typical = str::from_utf8(edit.apply(typical.as_bytes(), &mut buffer)?)?.to_owned();
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
    Ok([("a typical MSLSAM.ini", typical), ("1 MiB", large)])
}

/// TLS with client certificates, two addresses, a directory, a script, and an event.
const FILLED_IN: [(&str, &str, &str); 12] = [
    ("General Settings", "DisplayServiceName", "SMA OpCon Agent for Microsoft (payroll)"),
    ("General Settings", "ShortServiceName", "SMA_MSLSAMNET_PAYROLL"),
    ("General Settings", "MaximumNumberOfJobs", "120"),
    ("General Settings", "DefaultECOFDirectory", "C:\\ProgramData\\OpConxps\\MSLSAM\\ECOF"),
    ("General Settings", "InitializationScript", "C:\\ProgramData\\OpConxps\\MSLSAM\\start.cmd"),
    ("General Settings", "UseSecureSocket", "TRUE"),
    ("General Settings", "TLSCertificateSerial", "4a 00 1d 5f 00 00 00 00 31 9c"),
    ("General Settings", "TLSClientValidation", "TRUE"),
    ("TCP/IP Parameters", "AllowedIPAddress_1", "192.0.2.17"),
    ("TCP/IP Parameters", "AllowedIPAddress_2", "2001:db8::17"),
    ("JORS Settings", "LogComposition", "END"),
    ("Job Errored", "Msg", "$JOBNAME ended with an error."),
];

fn read_lsam(text: &str) -> usize {
    let len = |item| match item {
        Item::Section(name) => name.as_bytes().len(),
        Item::Property { key, value, .. } => key.as_bytes().len() + value.text().as_bytes().len(),
        Item::Comment(comment) => comment.as_bytes().len(),
        Item::Blank => 1,
        Item::Malformed(_, line) => line.as_bytes().len(),
    };
    Reader::new(text.as_bytes()).map(|line| len(line.item)).sum()
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
    // MSLSAM.ini ignores blanks around names and values.
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
    // Its escape rules reject Windows paths.
    Ok(Ini::load_from_str_opt(text, ParseOption { enabled_escape: false, ..ParseOption::default() })?)
}

fn read_rust_ini(text: &str) -> Result<usize, Failure> {
    Ok(rust_ini(text)?.len())
}

/// The settings as an application would keep them: a value for each of [`SETTINGS`], in order.
struct Converted(Vec<Value>);

/// A typed value.
#[derive(Debug, PartialEq)]
enum Value {
    Truth(bool),
    Word(&'static str),
    Number(u32),
    Port(Option<u16>),
    Address(AllowedAddress),
    Text(String),
    Message(Option<String>),
}

impl Converted {
    /// Takes each setting from the reader's result, or its default.
    fn from<T: AsRef<str>>(find: impl Fn(&str, &str) -> Option<T>) -> Result<Self, Failure> {
        let convert = |setting: &Setting| match find(setting.section.name, setting.key) {
            Some(text) => Value::parse(setting.kind, text.as_ref()),
            None => Value::parse(setting.kind, setting.default),
        };
        Ok(Self(SETTINGS.iter().map(convert).collect::<Result<_, _>>()?))
    }

    fn rust_ini(text: &str) -> Result<Self, Failure> {
        let file = rust_ini(text)?;
        Self::from(|section, key| file.section(Some(section))?.get(key))
    }

    fn configparser(text: &str) -> Result<Self, Failure> {
        let mut file = configparser::ini::Ini::new();
        file.read(text.to_owned())?;
        Self::from(|section, key| file.get(section, key))
    }

    /// light-ini calls back for each property; the application keeps those of known sections.
    fn light_ini(text: &str) -> Result<Self, Failure> {
        #[derive(Default)]
        struct Known {
            sections: HashMap<&'static str, HashMap<String, String>>,
            current: Option<&'static str>,
        }
        impl IniHandler for Known {
            type Error = IniHandlerError;

            fn section(&mut self, name: &str) -> Result<(), IniHandlerError> {
                let known = SETTINGS.iter().find(|setting| setting.section.name == name);
                self.current = known.map(|setting| setting.section.name);
                Ok(())
            }

            fn option(&mut self, key: &str, value: &str) -> Result<(), IniHandlerError> {
                if let Some(section) = self.current {
                    self.sections.entry(section).or_default().insert(key.to_owned(), value.to_owned());
                }
                Ok(())
            }
        }
        let mut known = Known::default();
        IniParser::new(&mut known).parse(text.as_bytes())?;
        Self::from(|section, key| known.sections.get(section)?.get(key))
    }

    /// Fails on a value that differs from `settings`.
    fn compare(&self, settings: &Settings<'_>) -> Result<(), Failure> {
        for (setting, value) in SETTINGS.iter().zip(&self.0) {
            let expected = Value::parse(setting.kind, &settings.value(setting).to_string())?;
            if *value != expected {
                return Err(format!("{setting} is read as {value:?} instead of {expected:?}").into());
            }
        }
        Ok(())
    }
}

impl Value {
    fn parse(kind: Kind, text: &str) -> Result<Self, Failure> {
        let word = |words: &[&'static str]| {
            let word = words.iter().copied().find(|word| word.eq_ignore_ascii_case(text));
            word.ok_or_else(|| Failure::from(format!("{text} is none of {words:?}")))
        };
        Ok(match kind {
            Kind::Boolean(_) => Self::Truth(word(&["TRUE", "FALSE"])? == "TRUE"),
            Kind::Switch(_) => Self::Truth(word(&["ON", "OFF"])? == "ON"),
            Kind::YesNo(_) => Self::Truth(word(&["YES", "NO"])? == "YES"),
            Kind::WindowState(_) => Self::Word(word(&["HIDE", "SHOW", "INTERACTIVEHIDE", "MINIMIZE"])?),
            Kind::LogComposition(_) => Self::Word(word(&["START", "END", "MIX"])?),
            Kind::EventType(_) => Self::Word(word(&["1", "2", "4"])?),
            Kind::Number { min, max, .. } => match text.parse()? {
                number if (min..=max).contains(&number) => Self::Number(number),
                number => return Err(format!("{number} is not from {min} to {max}").into()),
            },
            Kind::Port(_) => Self::Port(Some(text.parse::<NonZeroU16>()?.get())),
            Kind::OptionalPort(_) => Self::Port(Some(text.parse()?).filter(|port| *port != 0)),
            Kind::Address(_) => Self::Address(match text {
                "" => AllowedAddress::None,
                "ANY" => AllowedAddress::Any,
                address => AllowedAddress::Only(address.parse()?),
            }),
            Kind::Text(..) => Self::Text(text.to_owned()),
            Kind::EventMessage(_) => Self::Message(Some(text.to_owned()).filter(|text| text != "NULL")),
        })
    }
}
