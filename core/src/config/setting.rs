//! One setting: a row of the table.

use core::fmt;

use super::{Fault, Kind, Section, Settings};
use crate::ini::Text;

/// One setting, identified by section and key together, ignoring case.
#[derive(Clone, Copy)]
pub struct Setting {
    /// The section it belongs to.
    pub section: &'static Section,
    /// Its name.
    pub key: &'static str,
    /// What it accepts, and the field of [`Settings`] that holds it.
    pub kind: Kind,
    /// Its value if the file does not contain it.
    pub default: &'static str,
    /// Whether a change takes effect without a restart of the service.
    pub dynamic: bool,
    /// Whether a file without it is rejected, because the default would not be safe or the file was probably
    /// cut off.
    pub required: bool,
    /// Whether it decides who may connect. A line that was meant for such a setting and can't be read is an
    /// error.
    pub guards: bool,
    /// Whether the agent acts on it. A setting not in effect yet is only read and checked.
    pub in_effect: bool,
    /// What it means, in one line.
    pub meaning: &'static str,
}

impl Setting {
    /// When a change to it takes effect.
    pub const fn applies(&self) -> Applies {
        if self.dynamic { Applies::Now } else { Applies::AfterRestart }
    }

    /// Whether this is the setting `key` of `section`.
    pub const fn is(&self, section: &str, key: &str) -> bool {
        self.section.name.eq_ignore_ascii_case(section) && self.key.eq_ignore_ascii_case(key)
    }

    /// Stores the value that `text` represents in `settings`. On a fault, nothing changes.
    pub(super) fn store<'a>(&self, text: Text<'a>, settings: &mut Settings<'a>) -> Result<(), Fault> {
        self.kind.store(text, self.section.case, settings)
    }

    /// Stores the default. A test proves that every default is accepted.
    pub(super) fn store_default(&self, settings: &mut Settings<'_>) {
        let accepted = self.store(self.default.into(), settings);
        debug_assert_eq!(accepted, Ok(()), "{self}");
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

/// When a change to the file takes effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Applies {
    /// As soon as the agent has read the file.
    Now,
    /// At the next start of the service.
    AfterRestart,
}

impl fmt::Display for Applies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Now => "at once",
            Self::AfterRestart => "after a restart",
        })
    }
}
