//! Extensions of the hello messages (RFC 5246 section 7.4.1.4).

use core::fmt;

use crate::tls::error::{Error, Misbehaved, Place};
use crate::wire::{BufferFull, DecodeError, Reader, Writer};

/// The kind of an extension; a peer may send any number.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ExtensionType(pub u16);

macro_rules! extension_types {
    ($($constant:ident = $code:literal, $name:literal;)*) => {
        impl ExtensionType {
            $(#[doc = concat!("`", $name, "` (", $code, ")")] pub const $constant: Self = Self($code);)*

            /// The name in the IANA registry, for those that the engine knows.
            pub const fn name(self) -> Option<&'static str> {
                match self.0 {
                    $($code => Some($name),)*
                    _ => None,
                }
            }
        }
    };
}

extension_types! {
    SERVER_NAME = 0, "server_name";
    MAX_FRAGMENT_LENGTH = 1, "max_fragment_length";
    SUPPORTED_GROUPS = 10, "supported_groups";
    EC_POINT_FORMATS = 11, "ec_point_formats";
    SIGNATURE_ALGORITHMS = 13, "signature_algorithms";
    ALPN = 16, "application_layer_protocol_negotiation";
    EXTENDED_MASTER_SECRET = 23, "extended_master_secret";
    RECORD_SIZE_LIMIT = 28, "record_size_limit";
    SESSION_TICKET = 35, "session_ticket";
    SUPPORTED_VERSIONS = 43, "supported_versions";
    RENEGOTIATION_INFO = 0xff01, "renegotiation_info";
}

impl fmt::Display for ExtensionType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "unknown ({})", self.0),
        }
    }
}

impl fmt::Debug for ExtensionType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The extensions of one hello message, known to be well-formed and without duplicates.
#[derive(Clone, Copy)]
pub(crate) struct ExtensionList<'a>(&'a [u8]);

impl<'a> ExtensionList<'a> {
    /// Reads the optional block at the end of a hello message: none at all, or a vector that ends the message.
    pub(crate) fn parse(r: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let list = if r.is_empty() { &[] } else { r.vec16()? };
        let mut rest = Reader::new(list);
        while !rest.is_empty() {
            rest.u16()?;
            rest.vec16()?;
        }
        Ok(Self(list))
    }

    /// Kind and content of each.
    pub(crate) fn iter(self) -> impl Iterator<Item = (ExtensionType, &'a [u8])> {
        let mut rest = Reader::new(self.0);
        // `parse` has walked the list, so that no read fails before its end.
        core::iter::from_fn(move || Some((ExtensionType(rest.u16().ok()?), rest.vec16().ok()?)))
    }

    /// Refuses a list in which a kind stands twice, known or not, in a walk or at most 16 for each 4,096 kinds.
    pub(crate) fn check_unique(self) -> Result<(), Error> {
        const PAGE: usize = 4096;
        let mut page_start = 0;
        loop {
            let mut seen = [0_u64; PAGE / 64];
            let mut next_page = usize::MAX;
            for (kind, _) in self.iter() {
                let kind = usize::from(kind.0);
                let Some(offset) = kind.checked_sub(page_start) else { continue };
                let Some(word) = seen.get_mut(offset / 64) else {
                    next_page = next_page.min(kind - kind % PAGE);
                    continue;
                };
                let bit = 1 << (offset % 64);
                if *word & bit != 0 {
                    return Err(Misbehaved::DuplicateExtension.into());
                }
                *word |= bit;
            }
            if next_page == usize::MAX {
                return Ok(());
            }
            page_start = next_page;
        }
    }
}

/// Writes one extension: kind, length, content.
pub(super) fn emit(
    w: &mut Writer<'_>,
    kind: ExtensionType,
    content: &dyn Fn(&mut Writer<'_>) -> Result<(), BufferFull>,
) -> Result<(), BufferFull> {
    w.u16(kind.0)?;
    let mark = w.open(2)?;
    content(w)?;
    w.close(mark)
}

/// Decodes the content of one extension; an error names it.
pub(crate) fn decode<'a, T>(
    kind: ExtensionType,
    content: &'a [u8],
    parse: impl FnOnce(&mut Reader<'a>) -> Result<T, DecodeError>,
) -> Result<T, Error> {
    Reader::all(content, parse).map_err(|reason| Error::Decode(Place::Extension(kind), reason))
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use super::*;

    fn list(kinds: impl Iterator<Item = u16>) -> Vec<u8> {
        let body: Vec<u8> = kinds.flat_map(|kind| [(kind >> 8) as u8, kind as u8, 0, 0]).collect();
        [(body.len() as u16).to_be_bytes().to_vec(), body].concat()
    }

    #[test]
    fn a_thousand_different_kinds_are_unique() {
        let bytes = list((0..1000).map(|n| n * 65));
        let parsed = ExtensionList::parse(&mut Reader::new(&bytes)).unwrap();
        assert_eq!(parsed.iter().count(), 1000);
        assert_eq!(parsed.check_unique(), Ok(()));
    }

    #[test]
    fn a_kind_that_stands_twice_is_found_on_every_page() {
        for kind in [0, 10, 4095, 4096, 0x7fff, 0xff01, 0xffff] {
            let bytes = list([5, 0x8000, kind, 0x1234, kind].into_iter());
            let parsed = ExtensionList::parse(&mut Reader::new(&bytes)).unwrap();
            assert_eq!(parsed.check_unique(), Err(Misbehaved::DuplicateExtension.into()), "{kind}");
        }
    }
}
