//! What can be wrong with a message, and the error numbers.

use core::fmt::{self, Write as _};

/// A message can't be served: it is answered with an [`ErrorMessage`](super::ErrorMessage), and the
/// connection continues.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageError {
    /// Its CRC does not match.
    BadCrc,
    /// This side does not serve messages of its type.
    UnknownType,
    /// A field extends past the end of the body.
    Truncated,
    /// The field with this code is required but missing.
    MissingField(u16),
    /// The field with this code occurs twice and is not a list.
    RepeatedField(u16),
    /// The field with this code does not hold a value of its kind.
    BadValue(u16),
}

impl MessageError {
    /// Its number in an [`ErrorMessage`](super::ErrorMessage).
    pub const fn number(self) -> ErrorNumber {
        match self {
            Self::BadCrc => ErrorNumber::BAD_CRC,
            Self::UnknownType => ErrorNumber::UNKNOWN_TYPE,
            Self::Truncated => ErrorNumber::TRUNCATED,
            Self::MissingField(_) => ErrorNumber::MISSING_FIELD,
            Self::RepeatedField(_) => ErrorNumber::REPEATED_FIELD,
            Self::BadValue(_) => ErrorNumber::BAD_VALUE,
        }
    }

    /// The code of the field concerned.
    pub const fn field(self) -> Option<u16> {
        match self {
            Self::MissingField(code) | Self::RepeatedField(code) | Self::BadValue(code) => Some(code),
            Self::BadCrc | Self::UnknownType | Self::Truncated => None,
        }
    }
}

impl fmt::Display for MessageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = self.number();
        show(f, number, number.meaning(), self.field())
    }
}

impl core::error::Error for MessageError {}

/// The number of an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ErrorNumber(pub u16);

/// Names the numbers and defines what each means, in numerical order.
macro_rules! error_numbers {
    ($($(#[$about:meta])* $name:ident = $number:literal, $meaning:literal;)*) => {
        impl ErrorNumber {
            $($(#[$about])* pub const $name: Self = Self($number);)*

            /// Every number, with its meaning.
            pub const ALL: &[(Self, &'static str)] = &[$((Self::$name, $meaning),)*];
        }
    };
}

error_numbers! {
    /// [`MessageError::BadCrc`].
    BAD_CRC = 1, "the CRC of the message does not match";
    /// [`MessageError::UnknownType`].
    UNKNOWN_TYPE = 2, "messages of this type are not served";
    /// [`MessageError::Truncated`].
    TRUNCATED = 3, "a field reaches past the end of the message";
    /// [`MessageError::MissingField`].
    MISSING_FIELD = 4, "a required field is missing";
    /// [`MessageError::RepeatedField`].
    REPEATED_FIELD = 5, "a field occurs twice";
    /// [`MessageError::BadValue`].
    BAD_VALUE = 6, "a field holds no value of its kind";
}

impl ErrorNumber {
    /// What the number means; empty if it is not in the table.
    pub fn meaning(self) -> &'static str {
        Self::ALL.iter().find(|(number, _)| *number == self).map_or("", |(_, meaning)| meaning)
    }
}

/// Writes an error for a log: at most 200 characters of its text, with control characters escaped, since the
/// text may come from the peer.
pub(super) fn show(
    f: &mut fmt::Formatter<'_>,
    number: ErrorNumber,
    text: &str,
    field: Option<u16>,
) -> fmt::Result {
    write!(f, "error {}: ", number.0)?;
    for c in text.chars().take(200) {
        if c.is_control() { write!(f, "{}", c.escape_unicode())? } else { f.write_char(c)? }
    }
    field.map_or(Ok(()), |code| write!(f, " (field 0x{code:04X})"))
}
