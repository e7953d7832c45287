//! What is known of one setting, and how its value is read.

use core::{fmt, net::IpAddr};

use super::{AllowedAddress, Settings};
use crate::ini::Text;

/// A section of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Section {
    /// The name between the brackets.
    pub name: &'static str,
    /// How the words of its values are to be written.
    pub case: Case,
}

impl fmt::Display for Section {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}]", self.name)
    }
}

/// How words such as `TRUE` are to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Case {
    /// In upper case or lower case.
    Any,
    /// In upper case; anything else is an error.
    Upper,
}

/// One setting; section and key together, without regard to case, identify it.
pub struct Setting {
    /// Where it stands.
    pub section: &'static Section,
    /// Its name.
    pub key: &'static str,
    /// What it accepts, and the field of [`Settings`] that takes it.
    pub kind: Kind,
    /// What holds when the file does not name it.
    pub default: &'static str,
    /// Whether a change takes effect without a restart of the service.
    pub dynamic: bool,
    /// Whether the documentation asks for it to be in the file; without it, the default holds all the same.
    pub required: bool,
    /// One line of meaning.
    pub meaning: &'static str,
}

impl Setting {
    /// Whether this is the setting `key` of `section`.
    pub const fn is(&self, section: &str, key: &str) -> bool {
        self.section.name.eq_ignore_ascii_case(section) && self.key.eq_ignore_ascii_case(key)
    }

    /// Reads `text` into the field of `settings`; on a fault the field stays as it is.
    pub(super) fn store<'a>(&self, text: Text<'a>, settings: &mut Settings<'a>) -> Result<(), Fault> {
        let case = self.section.case;
        match self.kind {
            Kind::Boolean(field) => *field(settings) = word(text, ["FALSE", "TRUE"], case)? == 1,
            Kind::Text(field) => *field(settings) = text,
            Kind::DisplayName(field) => *field(settings) = name(text, &[])?,
            Kind::ServiceName(field) => *field(settings) = name(text, &['/', '\\'])?,
            Kind::Port(field) => *field(settings) = port(text)?,
            Kind::Address(field) => *field(settings) = address(text, case)?,
        }
        Ok(())
    }
}

impl PartialEq for Setting {
    fn eq(&self, other: &Self) -> bool {
        self.is(other.section.name, other.key)
    }
}

impl Eq for Setting {}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.section, self.key)
    }
}

impl fmt::Debug for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What a setting accepts, with the field that takes it: so that a setting and its field can't differ in type.
#[derive(Clone, Copy)]
pub enum Kind {
    /// TRUE or FALSE.
    Boolean(Field<bool>),
    /// Any text, also none.
    Text(TextField),
    /// What the Service Control Manager takes as the name that it shows: 1 to 256 characters.
    DisplayName(TextField),
    /// What the Service Control Manager takes as an internal name: 1 to 256 characters without slashes.
    ServiceName(TextField),
    /// A TCP port.
    Port(Field<u16>),
    /// ANY, one address, or nothing.
    Address(Field<AllowedAddress>),
}

/// Where a value goes.
pub type Field<T> = for<'s, 'a> fn(&'s mut Settings<'a>) -> &'s mut T;

/// Where a text that borrows from the file goes.
pub type TextField = for<'s, 'a> fn(&'s mut Settings<'a>) -> &'s mut Text<'a>;

/// Says what is accepted, to follow "write".
impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Boolean(_) => "TRUE or FALSE",
            Self::Text(_) => "any text",
            Self::DisplayName(_) => "1 to 256 characters",
            Self::ServiceName(_) => "1 to 256 characters without / and \\",
            Self::Port(_) => "a port number from 1 to 65535",
            Self::Address(_) => "ANY, one IPv4 or IPv6 address, or nothing",
        })
    }
}

impl fmt::Debug for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Why a value is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// There is no value.
    Blank,
    /// It is the right word in the wrong case.
    Case,
    /// It is a number outside the range.
    Range,
    /// It is something else.
    NotAccepted,
}

/// To follow the value in quotes.
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Blank => "is blank",
            Self::Case => "is not in upper case",
            Self::Range => "is out of range",
            Self::NotAccepted => "is not accepted",
        })
    }
}

/// Which of `words` stands in `text`.
fn word<const N: usize>(text: Text<'_>, words: [&str; N], case: Case) -> Result<usize, Fault> {
    let n = words.iter().position(|word| text.is(word)).ok_or_else(|| fault(text))?;
    match case {
        Case::Upper if text.as_bytes().iter().any(u8::is_ascii_lowercase) => Err(Fault::Case),
        _ => Ok(n),
    }
}

fn name<'a>(text: Text<'a>, without: &[char]) -> Result<Text<'a>, Fault> {
    const LONGEST: usize = 256;
    if text.is_empty() || text.chars().any(|c| c.is_control() || without.contains(&c)) {
        return Err(fault(text));
    }
    if text.chars().nth(LONGEST).is_some() { Err(Fault::Range) } else { Ok(text) }
}

fn port(text: Text<'_>) -> Result<u16, Fault> {
    let digits = text.as_bytes();
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return Err(fault(text));
    }
    match text.as_str().and_then(|digits| digits.parse().ok()) {
        None | Some(0) => Err(Fault::Range),
        Some(port) => Ok(port),
    }
}

fn address(text: Text<'_>, case: Case) -> Result<AllowedAddress, Fault> {
    if text.is_empty() {
        return Ok(AllowedAddress::None);
    }
    match text.as_str().and_then(|text| text.parse::<IpAddr>().ok()) {
        Some(address) => Ok(AllowedAddress::Only(address)),
        None => word(text, ["ANY"], case).map(|_| AllowedAddress::Any),
    }
}

const fn fault(text: Text<'_>) -> Fault {
    if text.is_empty() { Fault::Blank } else { Fault::NotAccepted }
}
