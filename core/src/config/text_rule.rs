//! Which texts a setting accepts: lengths and characters that Windows allows.

use core::fmt;

use super::accept::{Fault, printable};
use crate::ini::Text;

/// Which texts a setting accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextRule {
    /// Any text, or none.
    Any,
    /// A display name of the Service Control Manager: 1 to 256 characters.
    DisplayName,
    /// An internal name of the Service Control Manager: 1 to 256 characters without slashes.
    ServiceName,
    /// The path of a directory, or nothing. It may contain a `?`, as `\\?\C:\...` does.
    Path,
    /// The name of a directory, without a path.
    FolderName,
    /// The path of a file that Windows can run, or nothing.
    Program,
    /// A command line, or nothing.
    Command,
}

/// The longest name of the Service Control Manager, in characters.
const LONGEST_NAME: usize = 256;
/// The longest component of a path, in characters.
const LONGEST_FOLDER_NAME: usize = 255;
/// The longest path, in characters; Windows adds a zero.
const LONGEST_PATH: usize = 32_766;
/// The longest command line of CreateProcess, in characters; Windows adds a zero.
const LONGEST_COMMAND: usize = 32_766;

impl TextRule {
    /// Returns `text` if it follows the rule.
    pub(super) fn check(self, text: Text<'_>) -> Result<Text<'_>, Fault> {
        let (may_be_blank, longest, without): (bool, usize, &[char]) = match self {
            Self::Any => return Ok(text),
            Self::DisplayName => (false, LONGEST_NAME, &[]),
            Self::ServiceName => (false, LONGEST_NAME, &['/', '\\']),
            Self::FolderName => (false, LONGEST_FOLDER_NAME, &['\\', '/', ':', '*', '?', '"', '<', '>', '|']),
            Self::Path | Self::Program => (true, LONGEST_PATH, &['"', '<', '>', '|', '*']),
            Self::Command => (true, LONGEST_COMMAND, &[]),
        };
        if text.is_empty() {
            return if may_be_blank { Ok(text) } else { Err(Fault::Blank) };
        }
        if self == Self::Program && !has_extension_of_program(text) {
            return Err(Fault::Malformed);
        }
        printable(text, without, longest)
    }
}

fn has_extension_of_program(text: Text<'_>) -> bool {
    text.as_bytes().last_chunk::<4>().is_some_and(|last| {
        [b".bat", b".cmd", b".exe", b".com"].iter().any(|extension| last.eq_ignore_ascii_case(*extension))
    })
}

/// States what is accepted, for use after "write".
impl fmt::Display for TextRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("any text"),
            Self::DisplayName => write!(f, "1 to {LONGEST_NAME} characters"),
            Self::ServiceName => write!(f, "1 to {LONGEST_NAME} characters without / and \\"),
            Self::Path => {
                write!(f, "a path of at most {LONGEST_PATH} characters without \" < > | and *, or nothing")
            }
            Self::FolderName => {
                write!(f, "a name of 1 to {LONGEST_FOLDER_NAME} characters without \\ / : * ? \" < > and |")
            }
            Self::Program => {
                f.write_str("the path of a .bat, .cmd, .exe or .com file without \" < > | and *, or nothing")
            }
            Self::Command => write!(f, "a command line of at most {LONGEST_COMMAND} characters, or nothing"),
        }
    }
}
