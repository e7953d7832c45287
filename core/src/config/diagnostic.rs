//! What is wrong with a file, and what to do about it.

use core::fmt;

use super::{Fault, Rule, Section, Setting, nearest};
use crate::ini::{Malformed, Position, Text};

/// A problem and its position in the file.
///
/// [`Display`](fmt::Display) writes it on one line, for use after the name of the file:
/// `line 4, column 17: error: [General Settings] UseSecureSocket: "yes" is not accepted; write TRUE or
/// FALSE`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Diagnostic<'a> {
    /// Where the problem is.
    pub at: Position,
    /// What the problem is.
    pub problem: Problem<'a>,
}

impl Diagnostic<'_> {
    /// Whether the file can still be used.
    pub const fn severity(&self) -> Severity {
        match self.problem {
            Problem::Value { .. }
            | Problem::Utf16
            | Problem::Nul
            | Problem::NoKnownSection
            | Problem::Missing(_)
            | Problem::CutShort(_)
            | Problem::Unread { .. }
            | Problem::Contradicted { .. }
            | Problem::Rule { rule: Rule::SerialMissing | Rule::SamePort(_), .. }
            | Problem::Malformed(Malformed::UnclosedSection, _) => Severity::Error,
            Problem::Rule {
                rule:
                    Rule::ValidationWithoutTls
                    | Rule::StatusWithoutRevocation
                    | Rule::NobodyAllowed
                    | Rule::AnybodyAllowed(_),
                ..
            }
            | Problem::Malformed(..)
            | Problem::Repeated { .. }
            | Problem::RepeatedSection { .. }
            | Problem::UnknownSection(_)
            | Problem::UnknownKey { .. }
            | Problem::NoSection(_) => Severity::Warning,
        }
    }

    /// The setting concerned; its kind says what it accepts.
    pub const fn setting(&self) -> Option<&'static Setting> {
        match self.problem {
            Problem::Value { setting, .. }
            | Problem::Rule { setting, .. }
            | Problem::Missing(setting)
            | Problem::Contradicted { setting, .. }
            | Problem::Repeated { setting, .. } => Some(setting),
            _ => None,
        }
    }

    /// The known name that an unknown section or key was probably meant to be.
    pub fn suggestion(&self) -> Option<&'static str> {
        match self.problem {
            Problem::UnknownSection(name) => nearest::section(name).map(|section| section.name),
            Problem::UnknownKey { section, key, elsewhere: None } => {
                nearest::setting(section, key).map(|setting| setting.key)
            }
            Problem::Unread { name, meant } if !name.is(meant.key) => Some(meant.key),
            _ => None,
        }
    }
}

impl fmt::Display for Diagnostic<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}: {}", self.at, self.severity(), self.problem)
    }
}

/// How severe a problem is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The file can be used, but may not do what was meant.
    Warning,
    /// The file can't be used.
    Error,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem<'a> {
    /// A value that its setting does not accept.
    Value {
        /// The setting.
        setting: &'static Setting,
        /// The value, without quotes around it.
        value: Text<'a>,
        /// Why it is not accepted.
        fault: Fault,
    },
    /// A value that contradicts another setting.
    Rule {
        /// The setting to change.
        setting: &'static Setting,
        /// The rule that is broken.
        rule: Rule,
    },
    /// A setting that the file contains a second time. The first one applies.
    Repeated {
        /// The setting.
        setting: &'static Setting,
        /// The line that applies.
        first: usize,
    },
    /// A setting that [guards](Setting::guards) access and has a second, different value.
    Contradicted {
        /// The setting.
        setting: &'static Setting,
        /// The line of the first value.
        first: usize,
    },
    /// A line that is not read, and was probably meant to be a setting that [guards](Setting::guards) access.
    Unread {
        /// The name as written in the file.
        name: Text<'a>,
        /// The setting that was meant.
        meant: &'static Setting,
    },
    /// A [required](Setting::required) setting that the file lacks.
    Missing(&'static Setting),
    /// A section that begins a second time. The first one applies, as for the Windows profile functions.
    RepeatedSection {
        /// The section.
        section: &'static Section,
        /// The line where it first begins.
        first: usize,
    },
    /// A section that the agent does not know.
    UnknownSection(Text<'a>),
    /// A key that the agent does not know in this section.
    UnknownKey {
        /// The section.
        section: &'static Section,
        /// The key.
        key: Text<'a>,
        /// A setting of this name in another section.
        elsewhere: Option<&'static Setting>,
    },
    /// A key before the first section.
    NoSection(Text<'a>),
    /// A line that is not a section, property or comment, and not blank.
    Malformed(Malformed, Text<'a>),
    /// The last line has no line end and is not a section, property or comment: the file was cut off.
    CutShort(Text<'a>),
    /// The file has no section that the agent knows.
    NoKnownSection,
    /// The file contains a NUL character.
    Nul,
    /// The file is UTF-16.
    Utf16,
}

impl fmt::Display for Problem<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value { setting, fault: Fault::Blank, .. } => {
                write!(f, "{setting}: the value is blank; write {}", setting.kind)?;
                if setting.required {
                    return Ok(());
                }
                write!(f, ", or remove the line for the default {}", setting.default)
            }
            Self::Value { setting, value, fault } => {
                write!(f, "{setting}: \"{value:.80}\" {fault}; write {}", setting.kind)
            }
            Self::Rule { setting, rule } => write!(f, "{setting}: {rule}"),
            Self::Repeated { setting, first } => {
                write!(f, "{setting} stands already in line {first}, which counts; remove one of the two")
            }
            Self::Contradicted { setting, first } => write!(
                f,
                "{setting} has another value in line {first}; this setting decides who may connect: remove the wrong \
                 one of the two"
            ),
            Self::Unread { name, meant } => {
                write!(f, "{name:.80} is not read here; ")?;
                if name.is(meant.key) {
                    write!(f, "it belongs in {}, once, with = and its value.", meant.section)?;
                } else {
                    write!(f, "did you mean {meant}?")?;
                }
                write!(f, " That setting decides who may connect: correct the line or remove it")
            }
            Self::Missing(setting) => {
                let Setting { key, default, .. } = setting;
                write!(
                    f,
                    "{setting} is missing, which every file names; restore the file if it was cut off, or write \
                     {key}={default} for the default"
                )
            }
            Self::RepeatedSection { section, first } => {
                write!(f, "{section} already begins in line {first}, and only what is there is read; ")?;
                f.write_str("move the settings from here to there")
            }
            Self::UnknownSection(name) => {
                write!(f, "[{name:.80}] is no section of the agent; nothing in it is read")?;
                nearest::section(*name).map_or(Ok(()), |meant| write!(f, "; did you mean {meant}?"))
            }
            Self::UnknownKey { section, key, elsewhere: Some(setting) } => {
                write!(f, "{section} {key:.80} is not read here; it belongs in {}", setting.section)
            }
            Self::UnknownKey { section, key, elsewhere: None } => {
                write!(f, "{section} {key:.80} is no setting of the agent; it is not read")?;
                let meant = nearest::setting(section, *key);
                meant.map_or(Ok(()), |meant| write!(f, "; did you mean {}?", meant.key))
            }
            Self::NoSection(key) => {
                write!(f, "{key:.80} stands before the first [section]; it is not read")
            }
            Self::Malformed(reason, line) => write!(f, "\"{line:.80}\" is not read: {reason}"),
            Self::CutShort(line) => write!(
                f,
                "the file ends within this line, \"{line:.80}\"; restore it if it was cut off, or complete the line or \
                 remove it"
            ),
            Self::NoKnownSection => f.write_str(
                "no section of the agent is in the file: it is empty, damaged, or the file of another program; \
                 restore it, or begin with a template",
            ),
            Self::Nul => f.write_str(
                "the file holds a NUL character: it is damaged, or UTF-16 without a byte order mark; restore it, \
                 or save it as UTF-8",
            ),
            Self::Utf16 => f.write_str("the file is written in UTF-16; save it as UTF-8"),
        }
    }
}
