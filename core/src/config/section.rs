//! Sections of MSLSAM.ini.

use core::fmt;

/// A section of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Section {
    /// The name between the brackets.
    pub name: &'static str,
    /// How words such as `TRUE` must be written in it.
    pub case: Case,
}

impl Section {
    pub(super) const NONE: Self = Self { name: "", case: Case::Any };
}

impl fmt::Display for Section {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}]", self.name)
    }
}

/// How words such as `TRUE` must be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Case {
    /// In any case.
    Any,
    /// In upper case; anything else is an error.
    Upper,
}
