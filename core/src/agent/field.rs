//! Fields: `code u16 · length u16 · value`, what a value can be, and how often a field may occur in a
//! message.

use core::fmt;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use core::str;

use super::error::{ErrorNumber, MessageError};
use crate::wire::{BufferFull, Reader, Writer};

/// An address from which the agent accepts connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AcceptedAddress {
    /// Every address.
    Any,
    /// This one.
    Only(IpAddr),
}

/// The values of a field that may occur several times in a message.
///
/// A message to be written borrows them from a slice; one that was read finds them in its body.
#[derive(Clone, Copy, Debug)]
pub struct List<'a, T>(Source<'a, T>);

#[derive(Clone, Copy, Debug)]
enum Source<'a, T> {
    Values(&'a [T]),
    /// Each field with this code has been checked to hold a value.
    Body(&'a [u8], u16),
}

impl<'a, T> List<'a, T> {
    /// The list of `values`.
    pub const fn new(values: &'a [T]) -> Self {
        Self(Source::Values(values))
    }

    /// The values, in order.
    pub fn iter(&self) -> ListIter<'a, T> {
        ListIter(match self.0 {
            Source::Values(values) => Source::Values(values),
            Source::Body(body, code) => Source::Body(body, code),
        })
    }
}

impl<'a, T: FieldValue<'a> + PartialEq> PartialEq for List<'a, T> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl<'a, T: FieldValue<'a> + Eq> Eq for List<'a, T> {}

/// The values of a [`List`].
#[derive(Clone, Debug)]
pub struct ListIter<'a, T>(Source<'a, T>);

impl<'a, T: FieldValue<'a>> Iterator for ListIter<'a, T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        match &mut self.0 {
            Source::Values(values) => {
                let (first, rest) = values.split_first()?;
                *values = rest;
                Some(*first)
            }
            Source::Body(body, code) => {
                let mut fields = Fields::new(body);
                let found = fields.find_map(|field| field.ok().filter(|field| field.code == *code));
                *body = fields.0.rest();
                found.and_then(|field| T::parse(field.value))
            }
        }
    }
}

/// How often a field may occur in a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// Once.
    Required,
    /// Once, or not at all.
    Optional,
    /// Any number of times.
    List,
}

/// The name in the documentation.
impl fmt::Display for Presence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Required => "required",
            Self::Optional => "optional",
            Self::List => "list",
        })
    }
}

/// A field of a message.
pub(super) struct Field<'a> {
    pub(super) code: u16,
    pub(super) value: &'a [u8],
}

/// The fields of a body, up to the first one that is truncated.
pub(super) struct Fields<'a>(Reader<'a>);

impl<'a> Fields<'a> {
    pub(super) const fn new(body: &'a [u8]) -> Self {
        Self(Reader::new(body))
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Result<Field<'a>, MessageError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let field = self.0.u16().and_then(|code| Ok(Field { code, value: self.0.vec16()? }));
        if field.is_err() {
            self.0 = Reader::new(&[]);
        }
        Some(field.map_err(|_| MessageError::Truncated))
    }
}

/// The value of one field.
pub trait FieldValue<'a>: Copy {
    /// The kind of value, under its name in the documentation.
    const KIND: &'static str;

    /// The value in `bytes`, if they contain a valid one.
    fn parse(bytes: &'a [u8]) -> Option<Self>;

    /// Writes a field with this code and value.
    ///
    /// # Errors
    /// [`BufferFull`].
    fn emit(&self, code: u16, w: &mut Writer<'_>) -> Result<(), BufferFull>;
}

macro_rules! integers {
    ($($integer:ident),*) => {$(
        impl FieldValue<'_> for $integer {
            const KIND: &'static str = stringify!($integer);

            fn parse(bytes: &[u8]) -> Option<Self> {
                bytes.try_into().ok().map(Self::from_be_bytes)
            }

            fn emit(&self, code: u16, w: &mut Writer<'_>) -> Result<(), BufferFull> {
                emit_field(code, &self.to_be_bytes(), w)
            }
        }
    )*};
}

integers!(u16, i16, u32, u64);

impl FieldValue<'_> for bool {
    const KIND: &'static str = "u8, 0 or 1";

    fn parse(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0] => Some(false),
            [1] => Some(true),
            _ => None,
        }
    }

    fn emit(&self, code: u16, w: &mut Writer<'_>) -> Result<(), BufferFull> {
        emit_field(code, &[u8::from(*self)], w)
    }
}

impl<'a> FieldValue<'a> for &'a str {
    const KIND: &'static str = "text";

    fn parse(bytes: &'a [u8]) -> Option<Self> {
        str::from_utf8(bytes).ok()
    }

    fn emit(&self, code: u16, w: &mut Writer<'_>) -> Result<(), BufferFull> {
        emit_field(code, self.as_bytes(), w)
    }
}

impl FieldValue<'_> for ErrorNumber {
    const KIND: &'static str = <u16 as FieldValue>::KIND;

    fn parse(bytes: &[u8]) -> Option<Self> {
        u16::parse(bytes).map(Self)
    }

    fn emit(&self, code: u16, w: &mut Writer<'_>) -> Result<(), BufferFull> {
        FieldValue::emit(&self.0, code, w)
    }
}

impl FieldValue<'_> for AcceptedAddress {
    const KIND: &'static str = "address";

    fn parse(bytes: &[u8]) -> Option<Self> {
        if bytes.is_empty() {
            Some(Self::Any)
        } else if let Ok(v4) = <[u8; 4]>::try_from(bytes) {
            Some(Self::Only(Ipv4Addr::from(v4).into()))
        } else {
            <[u8; 16]>::try_from(bytes).ok().map(|v6| Self::Only(Ipv6Addr::from(v6).into()))
        }
    }

    fn emit(&self, code: u16, w: &mut Writer<'_>) -> Result<(), BufferFull> {
        match self {
            Self::Any => emit_field(code, &[], w),
            Self::Only(IpAddr::V4(v4)) => emit_field(code, &v4.octets(), w),
            Self::Only(IpAddr::V6(v6)) => emit_field(code, &v6.octets(), w),
        }
    }
}

/// A field of a message's struct: a required value, an optional value, or a list.
pub(super) trait Slot<'a>: Sized {
    /// The kind of its values.
    const KIND: &'static str;
    /// How often it may occur in a message.
    const PRESENCE: Presence;
    /// What has been read of it so far.
    type Read;

    /// The state before the first field of `body` is read.
    fn begin(body: &'a [u8]) -> Self::Read;

    /// Takes a field with this slot's code.
    ///
    /// # Errors
    /// [`MessageError::RepeatedField`], [`MessageError::BadValue`].
    fn take(read: &mut Self::Read, code: u16, value: &'a [u8]) -> Result<(), MessageError>;

    /// The value after the whole body has been read.
    ///
    /// # Errors
    /// [`MessageError::MissingField`].
    fn end(read: Self::Read, code: u16) -> Result<Self, MessageError>;

    /// Writes the field, or the fields.
    ///
    /// # Errors
    /// [`BufferFull`].
    fn emit(&self, code: u16, w: &mut Writer<'_>) -> Result<(), BufferFull>;
}

impl<'a, T: FieldValue<'a>> Slot<'a> for T {
    const KIND: &'static str = T::KIND;
    const PRESENCE: Presence = Presence::Required;
    type Read = Option<T>;

    fn begin(_: &'a [u8]) -> Self::Read {
        None
    }

    fn take(read: &mut Self::Read, code: u16, value: &'a [u8]) -> Result<(), MessageError> {
        if read.is_some() {
            return Err(MessageError::RepeatedField(code));
        }
        *read = Some(T::parse(value).ok_or(MessageError::BadValue(code))?);
        Ok(())
    }

    fn end(read: Self::Read, code: u16) -> Result<Self, MessageError> {
        read.ok_or(MessageError::MissingField(code))
    }

    fn emit(&self, code: u16, w: &mut Writer<'_>) -> Result<(), BufferFull> {
        FieldValue::emit(self, code, w)
    }
}

impl<'a, T: FieldValue<'a>> Slot<'a> for Option<T> {
    const KIND: &'static str = T::KIND;
    const PRESENCE: Presence = Presence::Optional;
    type Read = Self;

    fn begin(_: &'a [u8]) -> Self::Read {
        None
    }

    fn take(read: &mut Self::Read, code: u16, value: &'a [u8]) -> Result<(), MessageError> {
        <T as Slot<'a>>::take(read, code, value)
    }

    fn end(read: Self::Read, _: u16) -> Result<Self, MessageError> {
        Ok(read)
    }

    fn emit(&self, code: u16, w: &mut Writer<'_>) -> Result<(), BufferFull> {
        self.as_ref().map_or(Ok(()), |value| FieldValue::emit(value, code, w))
    }
}

impl<'a, T: FieldValue<'a>> Slot<'a> for List<'a, T> {
    const KIND: &'static str = T::KIND;
    const PRESENCE: Presence = Presence::List;
    type Read = &'a [u8];

    fn begin(body: &'a [u8]) -> Self::Read {
        body
    }

    fn take(_: &mut Self::Read, code: u16, value: &'a [u8]) -> Result<(), MessageError> {
        T::parse(value).map(drop).ok_or(MessageError::BadValue(code))
    }

    fn end(body: Self::Read, code: u16) -> Result<Self, MessageError> {
        Ok(Self(Source::Body(body, code)))
    }

    fn emit(&self, code: u16, w: &mut Writer<'_>) -> Result<(), BufferFull> {
        self.iter().try_for_each(|value| FieldValue::emit(&value, code, w))
    }
}

fn emit_field(code: u16, value: &[u8], w: &mut Writer<'_>) -> Result<(), BufferFull> {
    w.u16(code)?;
    w.vec16(value)
}
