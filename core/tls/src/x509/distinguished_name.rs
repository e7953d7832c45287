//! Distinguished names (RFC 5280 section 4.1.2.4) and their text (RFC 4514).

mod attribute;
mod comparison;
mod folding;

use core::fmt;

use heapless::Vec;

pub use attribute::{Attribute, AttributeValue};

use crate::der::{Der, DerError, tag};

use attribute::{COMMON_NAME, attribute, attributes};
use comparison::common_parts;

/// Maximum number of parts of a name that are shown. The least specific parts of a longer name are omitted.
const SHOWN: usize = 32;

/// A distinguished name: a SEQUENCE of relative distinguished names, the most general first.
///
/// It is shown as in RFC 4514, the most specific part first: `CN=server.example,O=Example`. See
/// [`AttributeValue`] for what is escaped.
///
/// ```text
/// Name ::= SEQUENCE OF SET OF SEQUENCE { type OBJECT IDENTIFIER, value ANY }
/// ```
///
/// Names are compared as in RFC 5280 section 7.1: string types, case and the number of spaces are ignored.
#[derive(Clone, Copy)]
pub struct Name<'a> {
    der: &'a [u8],
}

impl<'a> Name<'a> {
    /// Parses the DER of one name, such as an entry of certificate_authorities (RFC 5246 section 7.4.4).
    ///
    /// # Errors
    /// [`DerError`] with the byte that is wrong.
    pub fn from_der(der: &'a [u8]) -> Result<Self, DerError> {
        let mut der = Der::new(der);
        let name = Self::parse(&mut der)?;
        der.end()?;
        Ok(name)
    }

    /// Parses a name with all its attributes.
    pub(super) fn parse(der: &mut Der<'a>) -> Result<Self, DerError> {
        let error = der.error();
        let element = der.element()?;
        if element.tag != tag::SEQUENCE {
            return Err(error);
        }
        let mut names = element.content;
        while !names.is_empty() {
            let mut set = names.required(tag::SET)?;
            // SIZE (1..MAX)
            attribute(&mut set)?;
            while !set.is_empty() {
                attribute(&mut set)?;
            }
        }
        Ok(Self { der: element.whole })
    }

    /// The whole encoding. Equal names may have different encodings.
    pub const fn der(&self) -> &'a [u8] {
        self.der
    }

    /// Whether it has no attributes.
    pub fn is_empty(&self) -> bool {
        self.relative_names().next().is_none()
    }

    /// The most specific common name.
    pub fn common_name(&self) -> Option<AttributeValue<'a>> {
        self.attributes()
            .filter(|attribute| attribute.oid == COMMON_NAME)
            .last()
            .map(|attribute| attribute.value)
    }

    /// Every attribute, the most general first.
    pub fn attributes(&self) -> impl Iterator<Item = Attribute<'a>> + use<'a> {
        self.relative_names().flat_map(attributes)
    }

    /// Every attribute in the order in which the name is shown: the most specific part first, the attributes
    /// of one part in the order of the encoding. The least specific parts of a name with more than 32 are
    /// left out.
    pub fn attributes_as_shown(&self) -> impl Iterator<Item = Attribute<'a>> + use<'a> {
        let name = *self;
        let count = name.relative_names().count();
        (count.saturating_sub(SHOWN)..count)
            .rev()
            .filter_map(move |n| name.relative_names().nth(n))
            .flat_map(attributes)
    }

    /// Whether this name is `base` or below it (RFC 5280 section 4.2.1.10).
    pub(super) fn is_within(&self, base: &Name<'_>) -> bool {
        matches!(common_parts(self.parts(), base.parts()), Some((_, true)))
    }

    /// The content of each SET.
    fn relative_names(&self) -> impl Iterator<Item = Der<'a>> + use<'a> {
        let mut parts = self.parts();
        core::iter::from_fn(move || parts.required(tag::SET).ok())
    }

    /// The content of the SEQUENCE.
    fn parts(&self) -> Der<'a> {
        Der::new(self.der).sequence().unwrap_or_default()
    }
}

impl PartialEq for Name<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.der == other.der || common_parts(self.parts(), other.parts()) == Some((true, true))
    }
}

impl Eq for Name<'_> {}

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let left_out = self.relative_names().count().saturating_sub(SHOWN);
        let names: Vec<Der<'_>, SHOWN> = self.relative_names().skip(left_out).take(SHOWN).collect();
        for (n, name) in names.iter().rev().enumerate() {
            if n > 0 {
                f.write_str(",")?;
            }
            for (n, attribute) in attributes(*name).enumerate() {
                if n > 0 {
                    f.write_str("+")?;
                }
                attribute.fmt(f)?;
            }
        }
        if left_out > 0 { f.write_str(",...") } else { Ok(()) }
    }
}

impl fmt::Debug for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Name({self})")
    }
}

#[cfg(test)]
mod tests;
