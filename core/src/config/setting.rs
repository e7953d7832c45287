//! What is known of one setting, and how a value gets in and out of [`Settings`].

use core::fmt;

use super::accept::{self, Fault};
use super::value::{BOOLEAN, EVENT_TYPE, LOG_COMPOSITION, NO_EVENT, SWITCH, WINDOW_STATE, YES_NO, word_for};
use super::{Applies, Kind, SETTINGS, SettingValue, Settings};
use crate::ini::Text;

/// A section of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Section {
    /// The name between the brackets.
    pub name: &'static str,
    /// How the words of its values are to be written.
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

/// How words such as `TRUE` are to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Case {
    /// In upper case or lower case.
    Any,
    /// In upper case; anything else is an error.
    Upper,
}

/// One setting; section and key together, without regard to case, identify it.
#[derive(Clone, Copy)]
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
    /// Whether a file without it is no configuration: its default would not be safe, or it shows that the file is whole.
    pub required: bool,
    /// Whether it decides who may connect: what is meant for such a setting and can't be read as it is an error.
    pub guards: bool,
    /// Whether the agent acts on it; a setting that is not in effect yet is read and checked only.
    pub in_effect: bool,
    /// One line of meaning.
    pub meaning: &'static str,
}

impl Setting {
    /// The setting `key` of `section`, when there is one.
    pub fn find(section: &str, key: &str) -> Option<&'static Self> {
        SETTINGS.iter().find(|setting| setting.is(section, key))
    }

    /// When a change of it counts.
    pub const fn applies(&self) -> Applies {
        if self.dynamic { Applies::Now } else { Applies::AfterRestart }
    }

    /// Whether this is the setting `key` of `section`.
    pub const fn is(&self, section: &str, key: &str) -> bool {
        self.section.name.eq_ignore_ascii_case(section) && self.key.eq_ignore_ascii_case(key)
    }

    /// Reads `text` into the field of `settings`; on a fault the field stays as it is.
    pub(super) fn store<'a>(&self, text: Text<'a>, settings: &mut Settings<'a>) -> Result<(), Fault> {
        let case = self.section.case;
        match self.kind {
            Kind::Boolean(field) => *field(settings) = accept::word(text, BOOLEAN, case)?,
            Kind::Switch(field) => *field(settings) = accept::word(text, SWITCH, case)?,
            Kind::YesNo(field) => *field(settings) = accept::word(text, YES_NO, case)?,
            Kind::WindowState(field) => *field(settings) = accept::word(text, WINDOW_STATE, case)?,
            Kind::LogComposition(field) => *field(settings) = accept::word(text, LOG_COMPOSITION, case)?,
            Kind::EventType(field) => *field(settings) = accept::word(text, EVENT_TYPE, case)?,
            Kind::Number { field, min, max } => *field(settings) = accept::number(text, min, max)?,
            Kind::Port(field) => *field(settings) = accept::port(text)?,
            Kind::OptionalPort(field) => *field(settings) = accept::optional_port(text)?,
            Kind::Address(field) => *field(settings) = accept::address(text, case)?,
            Kind::Text(field) => *field(settings) = text,
            Kind::DisplayName(field) => *field(settings) = accept::name(text, &[])?,
            Kind::ServiceName(field) => *field(settings) = accept::name(text, &['/', '\\'])?,
            Kind::Path(field) => *field(settings) = accept::path(text)?,
            Kind::FolderName(field) => *field(settings) = accept::folder_name(text)?,
            Kind::Program(field) => *field(settings) = accept::program(text)?,
            Kind::Command(field) => *field(settings) = accept::command(text)?,
            Kind::EventMessage(field) => *field(settings) = accept::message(text)?,
        }
        Ok(())
    }

    /// Stores the default, which a test proves to be accepted.
    pub(super) fn store_default(&self, settings: &mut Settings<'_>) {
        let accepted = self.store(self.default.into(), settings);
        debug_assert_eq!(accepted, Ok(()), "{self}");
    }

    /// What the field of `settings` holds.
    pub(super) fn read<'a>(&self, settings: &mut Settings<'a>) -> SettingValue<'a> {
        match self.kind {
            Kind::Boolean(field) => word_for(BOOLEAN, *field(settings)),
            Kind::Switch(field) => word_for(SWITCH, *field(settings)),
            Kind::YesNo(field) => word_for(YES_NO, *field(settings)),
            Kind::WindowState(field) => word_for(WINDOW_STATE, *field(settings)),
            Kind::LogComposition(field) => word_for(LOG_COMPOSITION, *field(settings)),
            Kind::EventType(field) => word_for(EVENT_TYPE, *field(settings)),
            Kind::Number { field, .. } => SettingValue::Number(*field(settings)),
            Kind::Port(field) => SettingValue::Number((*field(settings)).into()),
            Kind::OptionalPort(field) => SettingValue::Number(field(settings).map_or(0, u32::from)),
            Kind::Address(field) => SettingValue::Address(*field(settings)),
            Kind::Text(field)
            | Kind::DisplayName(field)
            | Kind::ServiceName(field)
            | Kind::Path(field)
            | Kind::FolderName(field)
            | Kind::Program(field)
            | Kind::Command(field) => SettingValue::Text(*field(settings)),
            Kind::EventMessage(field) => {
                field(settings).map_or(SettingValue::Word(NO_EVENT), SettingValue::Text)
            }
        }
    }

    /// Sets the field of `to` to that of `from`.
    pub(super) fn copy<'a>(&self, from: &mut Settings<'a>, to: &mut Settings<'a>) {
        match self.kind {
            Kind::Boolean(field) | Kind::Switch(field) | Kind::YesNo(field) => *field(to) = *field(from),
            Kind::WindowState(field) => *field(to) = *field(from),
            Kind::LogComposition(field) => *field(to) = *field(from),
            Kind::EventType(field) => *field(to) = *field(from),
            Kind::Number { field, .. } => *field(to) = *field(from),
            Kind::Port(field) => *field(to) = *field(from),
            Kind::OptionalPort(field) => *field(to) = *field(from),
            Kind::Address(field) => *field(to) = *field(from),
            Kind::Text(field)
            | Kind::DisplayName(field)
            | Kind::ServiceName(field)
            | Kind::Path(field)
            | Kind::FolderName(field)
            | Kind::Program(field)
            | Kind::Command(field) => *field(to) = *field(from),
            Kind::EventMessage(field) => *field(to) = *field(from),
        }
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
