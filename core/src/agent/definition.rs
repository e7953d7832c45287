//! The definition of a message, and how one is declared.

use super::error::MessageError;
use super::field::Presence;
use crate::wire::{BufferFull, Writer};

/// The number of a message. A reply has the number of its request with the highest bit set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MessageType(pub u8);

impl MessageType {
    /// Whether a message of this type may be answered. Replies and errors may not, so that two sides never
    /// answer each other's errors forever.
    pub const fn is_answered(self) -> bool {
        self.0 < 0x7F
    }
}

/// The definition of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Definition {
    /// Its number in the header.
    pub message_type: MessageType,
    /// Its name, such as `TX4`.
    pub name: &'static str,
    /// Its fields, in the order in which they are written; they may be read in any order.
    pub fields: &'static [FieldDefinition],
}

/// The definition of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FieldDefinition {
    /// Its code. A code has the same meaning in all messages.
    pub code: u16,
    /// Its name, which is also that of the field in the message's struct.
    pub name: &'static str,
    /// The kind of its value.
    pub kind: &'static str,
    /// How often it may occur in the message.
    pub presence: Presence,
}

/// A message, read from and written as the body of a [`Frame`](super::Frame).
pub trait Message<'a>: Sized {
    /// Its definition in the table.
    const DEFINITION: Definition;
    /// Its number in the header.
    const TYPE: MessageType = Self::DEFINITION.message_type;

    /// Reads it from `body`, in one pass. Fields with unknown codes are ignored.
    ///
    /// # Errors
    /// What is wrong with the first invalid field, or which field is missing.
    fn parse(body: &'a [u8]) -> Result<Self, MessageError>;

    /// Writes its fields.
    ///
    /// # Errors
    /// [`BufferFull`], also if a text is longer than 65,535 bytes.
    fn emit(&self, w: &mut Writer<'_>) -> Result<(), BufferFull>;
}

/// Declares a message: a struct with its fields, each preceded by its code; the definition, the parser and
/// the writer are generated from it. A field's type determines the kind of value and how often it may occur:
/// `T`, `Option<T>` or `List<'a, T>`.
macro_rules! message {
    (
        $name:literal = $number:literal, $body:lifetime,
        $(#[$about:meta])*
        pub struct $message:ident $(<$own:lifetime>)? {
            $($(#[$meaning:meta])* $code:literal = $field:ident: $kind:ty,)*
        }
    ) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct $message $(<$own>)? {
            $($(#[$meaning])* pub $field: $kind,)*
        }

        impl<$body> $crate::agent::Message<$body> for $message $(<$own>)? {
            const DEFINITION: $crate::agent::Definition = $crate::agent::Definition {
                message_type: $crate::agent::MessageType($number),
                name: $name,
                fields: &[$($crate::agent::FieldDefinition {
                    code: $code,
                    name: stringify!($field),
                    kind: <$kind as $crate::agent::field::Slot<'_>>::KIND,
                    presence: <$kind as $crate::agent::field::Slot<'_>>::PRESENCE,
                },)*],
            };

            fn parse(body: &$body [u8]) -> Result<Self, $crate::agent::MessageError> {
                $(let mut $field = <$kind as $crate::agent::field::Slot<$body>>::begin(body);)*
                for field in $crate::agent::field::Fields::new(body) {
                    let field = field?;
                    match field.code {
                        $($code => <$kind as $crate::agent::field::Slot<$body>>::take(
                            &mut $field,
                            $code,
                            field.value,
                        )?,)*
                        _ => {}
                    }
                }
                Ok(Self { $($field: $crate::agent::field::Slot::end($field, $code)?,)* })
            }

            #[allow(unused_variables, reason = "a message may have no fields")]
            fn emit(&self, w: &mut $crate::wire::Writer<'_>) -> Result<(), $crate::wire::BufferFull> {
                $($crate::agent::field::Slot::emit(&self.$field, $code, w)?;)*
                Ok(())
            }
        }
    };
}

pub(super) use message;
