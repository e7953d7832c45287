//! The kinds of settings: what each accepts, and how its value gets in and out of [`Settings`].

use core::fmt;

use super::accept::{self, Fault, LONGEST_MESSAGE, look_up};
use super::value::{BOOLEAN, EVENT_TYPE, LOG_COMPOSITION, NO_EVENT, SWITCH, WINDOW_STATE, YES_NO, word_for};
use super::{AllowedAddress, Case, EventType, LogComposition, SettingValue, Settings, TextRule, WindowState};
use crate::ini::Text;

/// What a setting accepts, with the field that holds it, so that the two can't differ in type.
#[derive(Clone, Copy)]
pub enum Kind {
    /// TRUE or FALSE.
    Boolean(Field<bool>),
    /// ON or OFF.
    Switch(Field<bool>),
    /// YES or NO.
    YesNo(Field<bool>),
    /// A whole number.
    Number {
        /// The field.
        field: Field<u32>,
        /// The smallest value.
        min: u32,
        /// The largest value.
        max: u32,
    },
    /// A TCP port.
    Port(Field<u16>),
    /// A TCP port, or 0 for none.
    OptionalPort(Field<Option<u16>>),
    /// ANY, one address, or nothing.
    Address(Field<AllowedAddress>),
    /// A text that follows a rule.
    Text(TextRule, Field<Text<'static>>),
    /// A [`WindowState`].
    WindowState(Field<WindowState>),
    /// A [`LogComposition`].
    LogComposition(Field<LogComposition>),
    /// The text of an event; NULL or nothing for no event.
    EventMessage(Field<Option<Text<'static>>>),
    /// An [`EventType`].
    EventType(Field<EventType>),
}

impl Kind {
    /// Stores the value that `text` represents in `settings`. On a fault, nothing changes.
    pub(super) fn store<'a>(
        &self,
        text: Text<'a>,
        case: Case,
        settings: &mut Settings<'a>,
    ) -> Result<(), Fault> {
        match self {
            Self::Boolean(field) => field.set(settings, look_up(text, BOOLEAN, case)?),
            Self::Switch(field) => field.set(settings, look_up(text, SWITCH, case)?),
            Self::YesNo(field) => field.set(settings, look_up(text, YES_NO, case)?),
            Self::Number { field, min, max } => field.set(settings, accept::number(text, *min, *max)?),
            Self::Port(field) => field.set(settings, accept::port(text)?),
            Self::OptionalPort(field) => field.set(settings, accept::optional_port(text)?),
            Self::Address(field) => field.set(settings, accept::address(text, case)?),
            Self::Text(rule, field) => field.set(settings, rule.check(text)?),
            Self::WindowState(field) => field.set(settings, look_up(text, WINDOW_STATE, case)?),
            Self::LogComposition(field) => field.set(settings, look_up(text, LOG_COMPOSITION, case)?),
            Self::EventMessage(field) => field.set(settings, accept::message(text)?),
            Self::EventType(field) => field.set(settings, look_up(text, EVENT_TYPE, case)?),
        }
        Ok(())
    }

    /// The value in `settings`.
    pub(super) fn value<'a>(&self, settings: &Settings<'a>) -> SettingValue<'a> {
        match self {
            Self::Boolean(field) => word_for(field.get(settings), BOOLEAN),
            Self::Switch(field) => word_for(field.get(settings), SWITCH),
            Self::YesNo(field) => word_for(field.get(settings), YES_NO),
            Self::Number { field, .. } => SettingValue::Number(field.get(settings)),
            Self::Port(field) => SettingValue::Number(field.get(settings).into()),
            Self::OptionalPort(field) => SettingValue::Number(field.get(settings).map_or(0, u32::from)),
            Self::Address(field) => SettingValue::Address(field.get(settings)),
            Self::Text(_, field) => SettingValue::Text(field.get(settings)),
            Self::WindowState(field) => word_for(field.get(settings), WINDOW_STATE),
            Self::LogComposition(field) => word_for(field.get(settings), LOG_COMPOSITION),
            Self::EventMessage(field) => {
                field.get(settings).map_or(SettingValue::Word(NO_EVENT), SettingValue::Text)
            }
            Self::EventType(field) => word_for(field.get(settings), EVENT_TYPE),
        }
    }

    /// Copies the value from one `Settings` to another.
    pub(super) fn copy<'a>(&self, from: &Settings<'a>, to: &mut Settings<'a>) {
        match self {
            Self::Boolean(field) | Self::Switch(field) | Self::YesNo(field) => field.copy(from, to),
            Self::Number { field, .. } => field.copy(from, to),
            Self::Port(field) => field.copy(from, to),
            Self::OptionalPort(field) => field.copy(from, to),
            Self::Address(field) => field.copy(from, to),
            Self::Text(_, field) => field.copy(from, to),
            Self::WindowState(field) => field.copy(from, to),
            Self::LogComposition(field) => field.copy(from, to),
            Self::EventMessage(field) => field.copy(from, to),
            Self::EventType(field) => field.copy(from, to),
        }
    }
}

/// States what is accepted, for use after "write".
impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Boolean(_) => list(BOOLEAN, f),
            Self::Switch(_) => list(SWITCH, f),
            Self::YesNo(_) => list(YES_NO, f),
            Self::Number { min: 0, max: 1, .. } => f.write_str("0 or 1"),
            Self::Number { min, max, .. } => write!(f, "a number from {min} to {max}"),
            Self::Port(_) => f.write_str("a port number from 1 to 65535"),
            Self::OptionalPort(_) => f.write_str("a port number from 1 to 65535, or 0 for none"),
            Self::Address(_) => f.write_str("ANY, one IPv4 or IPv6 address, or nothing"),
            Self::Text(rule, _) => fmt::Display::fmt(rule, f),
            Self::WindowState(_) => list(WINDOW_STATE, f),
            Self::LogComposition(_) => list(LOG_COMPOSITION, f),
            Self::EventMessage(_) => {
                write!(f, "a text of at most {LONGEST_MESSAGE} characters, or {NO_EVENT} for no event")
            }
            Self::EventType(_) => f.write_str("1 (error), 2 (warning) or 4 (information)"),
        }
    }
}

impl fmt::Debug for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// "A, B or C".
fn list<T>(words: &[(&str, T)], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for (n, (word, _)) in words.iter().enumerate() {
        f.write_str(match n {
            0 => "",
            _ if n + 1 == words.len() => " or ",
            _ => ", ",
        })?;
        f.write_str(word)?;
    }
    Ok(())
}

/// A field of [`Settings`]; [`Settings::value`] reads the field of a setting.
#[derive(Clone, Copy)]
pub struct Field<T: FieldType> {
    get: for<'a> fn(&Settings<'a>) -> T::In<'a>,
    set: for<'a> fn(&mut Settings<'a>, T::In<'a>),
}

impl<T: FieldType> Field<T> {
    pub(super) const fn new(
        get: for<'a> fn(&Settings<'a>) -> T::In<'a>,
        set: for<'a> fn(&mut Settings<'a>, T::In<'a>),
    ) -> Self {
        Self { get, set }
    }

    /// The value in `settings`.
    pub fn get<'a>(&self, settings: &Settings<'a>) -> T::In<'a> {
        (self.get)(settings)
    }

    fn set<'a>(&self, settings: &mut Settings<'a>, value: T::In<'a>) {
        (self.set)(settings, value);
    }

    fn copy<'a>(&self, from: &Settings<'a>, to: &mut Settings<'a>) {
        self.set(to, self.get(from));
    }
}

/// The [`Field`] that a path such as `check_crc` or `job_start.message` names.
macro_rules! field {
    ($($path:tt)+) => {
        $crate::config::Field::new(
            |settings| settings.$($path)+,
            |settings, value| settings.$($path)+ = value,
        )
    };
}
pub(super) use field;

/// The type of a [`Field`].
pub trait FieldType {
    /// The type in [`Settings`] that borrow from a file of the lifetime `'a`, as texts do.
    type In<'a>: Copy;
}

macro_rules! owned_fields {
    ($($type:ty),+) => {$(
        impl FieldType for $type {
            type In<'a> = Self;
        }
    )+};
}
owned_fields!(bool, u16, u32, Option<u16>, AllowedAddress, WindowState, LogComposition, EventType);

impl FieldType for Text<'static> {
    type In<'a> = Text<'a>;
}

impl FieldType for Option<Text<'static>> {
    type In<'a> = Option<Text<'a>>;
}
