//! What can be wrong with a frame or a message, and the message that says so.

use core::fmt::{self, Write as _};

use super::field::FieldValue;
use super::{ErrorMessage, MAX_BODY};
use crate::wire::{BufferFull, Writer};

/// The stream can't be followed any longer: the connection is to be closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameError {
    /// The peer speaks TLS on a connection without.
    Tls,
    /// A message does not begin with the magic number.
    BadMagic,
    /// A message has another version of the protocol.
    BadVersion(u8),
    /// A message announces a body of more than [`MAX_BODY`] bytes.
    BodyTooLong(u32),
}

impl fmt::Display for FrameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tls => f.write_str(
                "the peer speaks TLS, and this connection is without: UseSecureSocket of the agent and Use TLS for \
                 Scheduling Communications of the machine must both be on or both be off",
            ),
            Self::BadMagic => f.write_str("the peer does not speak the scheduling protocol"),
            Self::BadVersion(version) => {
                write!(f, "the peer speaks version {version} of the scheduling protocol, not version 1")
            }
            Self::BodyTooLong(len) => {
                write!(f, "the peer announces a message body of {len} bytes; {MAX_BODY} are allowed")
            }
        }
    }
}

impl core::error::Error for FrameError {}

/// A message can't be served: it is answered with an [`ErrorMessage`], and the connection goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageError {
    /// Its CRC does not match.
    BadCrc,
    /// It is none that this side serves.
    UnknownType,
    /// A field reaches past the end of the body.
    Truncated,
    /// The field of this code is required and not there.
    MissingField(u16),
    /// The field of this code stands there twice and is no list.
    RepeatedField(u16),
    /// The field of this code holds no value of its kind.
    BadValue(u16),
}

impl MessageError {
    /// The number that stands for it in an [`ErrorMessage`].
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

    /// The code of the field that it is about.
    pub const fn field(self) -> Option<u16> {
        match self {
            Self::MissingField(code) | Self::RepeatedField(code) | Self::BadValue(code) => Some(code),
            Self::BadCrc | Self::UnknownType | Self::Truncated => None,
        }
    }
}

impl fmt::Display for MessageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        ErrorMessage::from(*self).fmt(f)
    }
}

impl core::error::Error for MessageError {}

/// The number of an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ErrorNumber(pub u16);

/// Names the numbers and says what each means; the order is that of the numbers.
macro_rules! error_numbers {
    ($($(#[$about:meta])* $name:ident = $number:literal, $meaning:literal;)*) => {
        impl ErrorNumber {
            $($(#[$about])* pub const $name: Self = Self($number);)*

            /// Every number, with what it means.
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
    REPEATED_FIELD = 5, "a field stands there twice";
    /// [`MessageError::BadValue`].
    BAD_VALUE = 6, "a field holds no value of its kind";
}

impl ErrorNumber {
    /// What the number means; nothing for one that is not in the table.
    pub fn meaning(self) -> &'static str {
        Self::ALL.iter().find(|(number, _)| *number == self).map_or("", |(_, meaning)| meaning)
    }
}

impl FieldValue<'_> for ErrorNumber {
    const KIND: &'static str = u16::KIND;

    fn parse(bytes: &[u8]) -> Option<Self> {
        u16::parse(bytes).map(Self)
    }

    fn emit(&self, code: u16, w: &mut Writer<'_>) -> Result<(), BufferFull> {
        FieldValue::emit(&self.0, code, w)
    }
}

/// The answer to a message that could not be served.
impl From<MessageError> for ErrorMessage<'static> {
    fn from(error: MessageError) -> Self {
        let number = error.number();
        Self { number, text: number.meaning(), field: error.field() }
    }
}

/// For a log: the peer's text is cut at 200 characters, and its control characters are escaped.
impl fmt::Display for ErrorMessage<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error {}: ", self.number.0)?;
        for c in self.text.chars().take(200) {
            if c.is_control() { write!(f, "{}", c.escape_unicode())? } else { f.write_char(c)? }
        }
        self.field.map_or(Ok(()), |code| write!(f, " (field 0x{code:04X})"))
    }
}
