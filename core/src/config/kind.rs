//! What a setting accepts.

use core::fmt;

use super::accept::{LONGEST_COMMAND, LONGEST_FOLDER_NAME, LONGEST_MESSAGE, LONGEST_NAME, LONGEST_PATH};
use super::value::{BOOLEAN, LOG_COMPOSITION, NO_EVENT, SWITCH, WINDOW_STATE, YES_NO};
use super::{AllowedAddress, EventType, LogComposition, Settings, WindowState};
use crate::ini::Text;

/// What a setting accepts, with the field that takes it: so that a setting and its field can't differ in type.
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
        /// The smallest.
        min: u32,
        /// The largest.
        max: u32,
    },
    /// A TCP port.
    Port(Field<u16>),
    /// A TCP port, or 0 for none.
    OptionalPort(Field<Option<u16>>),
    /// ANY, one address, or nothing.
    Address(Field<AllowedAddress>),
    /// Any text, also none.
    Text(TextField),
    /// What the Service Control Manager takes as the name that it shows: 1 to 256 characters.
    DisplayName(TextField),
    /// What the Service Control Manager takes as an internal name: 1 to 256 characters without slashes.
    ServiceName(TextField),
    /// The path of a directory, or nothing.
    Path(TextField),
    /// The name of a directory, without a path.
    FolderName(TextField),
    /// The path of a file that Windows can run, or nothing.
    Program(TextField),
    /// A command line, or nothing.
    Command(TextField),
    /// A [`WindowState`].
    WindowState(Field<WindowState>),
    /// A [`LogComposition`].
    LogComposition(Field<LogComposition>),
    /// The text of an event, or NULL or nothing for no event.
    EventMessage(MessageField),
    /// An [`EventType`].
    EventType(Field<EventType>),
}

/// Where a value goes.
pub type Field<T> = for<'s, 'a> fn(&'s mut Settings<'a>) -> &'s mut T;

/// Where a text that borrows from the file goes.
pub type TextField = for<'s, 'a> fn(&'s mut Settings<'a>) -> &'s mut Text<'a>;

/// Where the text of an event goes.
pub type MessageField = for<'s, 'a> fn(&'s mut Settings<'a>) -> &'s mut Option<Text<'a>>;

/// Says what is accepted, to follow "write".
impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Boolean(_) => list(BOOLEAN, f),
            Self::Switch(_) => list(SWITCH, f),
            Self::YesNo(_) => list(YES_NO, f),
            Self::WindowState(_) => list(WINDOW_STATE, f),
            Self::LogComposition(_) => list(LOG_COMPOSITION, f),
            Self::EventType(_) => f.write_str("1 (error), 2 (warning) or 4 (information)"),
            Self::Number { min: 0, max: 1, .. } => f.write_str("0 or 1"),
            Self::Number { min, max, .. } => write!(f, "a number from {min} to {max}"),
            Self::Port(_) => f.write_str("a port number from 1 to 65535"),
            Self::OptionalPort(_) => f.write_str("a port number from 1 to 65535, or 0 for none"),
            Self::Address(_) => f.write_str("ANY, one IPv4 or IPv6 address, or nothing"),
            Self::Text(_) => f.write_str("any text"),
            Self::DisplayName(_) => write!(f, "1 to {LONGEST_NAME} characters"),
            Self::ServiceName(_) => write!(f, "1 to {LONGEST_NAME} characters without / and \\"),
            Self::Path(_) => {
                write!(f, "a path of at most {LONGEST_PATH} characters without \" < > | and *, or nothing")
            }
            Self::FolderName(_) => {
                write!(f, "a name of 1 to {LONGEST_FOLDER_NAME} characters without \\ / : * ? \" < > and |")
            }
            Self::Program(_) => {
                f.write_str("the path of a .bat, .cmd, .exe or .com file without \" < > | and *, or nothing")
            }
            Self::Command(_) => {
                write!(f, "a command line of at most {LONGEST_COMMAND} characters, or nothing")
            }
            Self::EventMessage(_) => {
                write!(f, "a text of at most {LONGEST_MESSAGE} characters, or {NO_EVENT} for no event")
            }
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
