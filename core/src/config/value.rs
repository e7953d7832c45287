//! The values of settings: the words that they may be, and how they are written.

use core::fmt;

use super::{AllowedAddress, ip};
use crate::ini::Text;

/// How the windows of jobs appear.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WindowState {
    /// Hidden.
    Hide,
    /// As their program opens them.
    Show,
    /// Hidden, on the desktop of the logged-on user.
    InteractiveHide,
    /// Minimized to the taskbar.
    Minimize,
}

/// Which part of a large output file is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogComposition {
    /// Its start.
    Start,
    /// Its end.
    End,
    /// Half from each end.
    Mix,
}

/// The type of an event in the Windows Event Log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventType {
    /// `EVENTLOG_ERROR_TYPE`, 1.
    Error,
    /// `EVENTLOG_WARNING_TYPE`, 2.
    Warning,
    /// `EVENTLOG_INFORMATION_TYPE`, 4.
    Information,
}

/// An event for the Windows Event Log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventSetting<'a> {
    /// The text with its tokens; `None` for no event.
    pub message: Option<Text<'a>>,
    /// The type.
    pub event_type: EventType,
}

impl EventSetting<'_> {
    pub(super) const NONE: Self = Self { message: None, event_type: EventType::Information };
}

/// The value of a setting, whatever its kind.
///
/// [`Display`](fmt::Display) writes it as in a file, words in upper case, without quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SettingValue<'a> {
    /// One of the words that the setting accepts.
    Word(&'static str),
    /// A number or a port.
    Number(u32),
    /// Who may connect.
    Address(AllowedAddress),
    /// A text, possibly empty.
    Text(Text<'a>),
}

impl fmt::Display for SettingValue<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Word(word) => f.write_str(word),
            Self::Number(number) => write!(f, "{number}"),
            Self::Address(AllowedAddress::None) => Ok(()),
            Self::Address(AllowedAddress::Any) => f.write_str(ANY),
            Self::Address(AllowedAddress::Only(address)) => ip::write(*address, f),
            Self::Text(text) => fmt::Display::fmt(text, f),
        }
    }
}

/// Every address may connect.
pub(super) const ANY: &str = "ANY";

/// The message of an event that is not logged.
pub(super) const NO_EVENT: &str = "NULL";

/// Off, for a TRUE/FALSE setting.
pub(super) const FALSE: &str = "FALSE";
pub(super) const BOOLEAN: &[(&str, bool)] = &[("TRUE", true), (FALSE, false)];
pub(super) const SWITCH: &[(&str, bool)] = &[("ON", true), ("OFF", false)];
pub(super) const YES_NO: &[(&str, bool)] = &[("YES", true), ("NO", false)];
pub(super) const WINDOW_STATE: &[(&str, WindowState)] = &[
    ("HIDE", WindowState::Hide),
    ("SHOW", WindowState::Show),
    ("INTERACTIVEHIDE", WindowState::InteractiveHide),
    ("MINIMIZE", WindowState::Minimize),
];
pub(super) const LOG_COMPOSITION: &[(&str, LogComposition)] =
    &[("START", LogComposition::Start), ("END", LogComposition::End), ("MIX", LogComposition::Mix)];
pub(super) const EVENT_TYPE: &[(&str, EventType)] =
    &[("1", EventType::Error), ("2", EventType::Warning), ("4", EventType::Information)];

/// The word for `value` in `words`.
pub(super) fn word_for<T: PartialEq>(value: T, words: &[(&'static str, T)]) -> SettingValue<'static> {
    let word = words.iter().find(|(_, meaning)| *meaning == value);
    SettingValue::Word(word.map_or("", |(word, _)| word))
}
