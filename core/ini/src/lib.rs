//! Reading INI text as the Windows profile functions read it, one event a line, with nothing copied.
//!
//! The reader knows lines, not settings: what a section or a key means is the business of
//! whoever uses it. The reference is `GetPrivateProfileString`:
//!
//! | text | how it is read |
//! |---|---|
//! | line ends | CR LF, LF or a lone CR, also mixed |
//! | byte order mark of UTF-8 | passed over |
//! | blanks | tab, vertical tab, form feed, ^Z and space around names and values do not count |
//! | `;` first on a line | a comment, to the end of the line |
//! | `[name]` | a section; the last `]` of the line ends the name, what follows it does not count |
//! | `key=value` | a property; the first `=` parts them, a `;` in the value belongs to the value |
//! | `'value'`, `"value"` | one pair of quotes around the whole value is no part of it |
//! | anything else | malformed: an event of its own, and the reading goes on |
//!
//! Text is bytes: UTF-8, or the ANSI code page Windows-1252 where the bytes are no UTF-8 (see [`Text`]). A file in UTF-16
//! is made UTF-8 first, by [`to_utf8`] or piece by piece by a [`Transcoder`]. An [`Edit`] sets one value of a file and
//! leaves everything else as it is.
//!
//! ```
//! use lsam_ini::{Item, Reader};
//!
//! let file = b"; listener\r\n[TCP/IP Parameters]\r\n SocketNumberToSAM = 3100\r\n";
//! let property = Reader::new(file).last().ok_or("an empty file")?;
//!
//! assert_eq!((property.at.line, property.at.column), (3, 2));
//! let Item::Property { key, value, value_column } = property.item else { return Err("no property") };
//! assert!(key.is("socketnumbertosam"));
//! assert_eq!(value.text().as_str(), Some("3100"));
//! assert_eq!(value_column, 22);
//! # Ok::<(), &str>(())
//! ```

#![no_std]
#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used))]
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::as_conversions,
        clippy::panic
    )
)]

#[cfg(test)]
extern crate std;

mod edit;
mod encoding;
mod reader;
mod text;
mod transcoder;

pub use edit::{Edit, EditError};
pub use encoding::{Encoding, NoRoom, to_utf8, utf8_room};
pub use reader::{Event, Item, Malformed, Position, Reader};
pub use text::{Chars, Text, Value};
pub use transcoder::{ByteOrder, Progress, Transcoder};
