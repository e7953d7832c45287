//! Extensions of the hello messages (RFC 5246 section 7.4.1.4).

use crate::tls::codes::ExtensionType;
use crate::tls::error::{Error, Misbehaved, Structure};
use crate::wire::{BufferFull, DecodeError, Reader, Writer};

/// The extensions of one hello message, known to be well-formed and without duplicates.
#[derive(Clone, Copy)]
pub(crate) struct ExtensionList<'a>(&'a [u8]);

impl<'a> ExtensionList<'a> {
    /// Reads the optional block at the end of a hello message: nothing at all, or a vector that ends the
    /// message.
    pub(crate) fn parse(r: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let list = if r.is_empty() { &[] } else { r.vec16()? };
        let mut rest = Reader::new(list);
        while !rest.is_empty() {
            rest.u16()?;
            rest.vec16()?;
        }
        Ok(Self(list))
    }

    /// The kind and content of each extension.
    pub(crate) fn iter(self) -> impl Iterator<Item = (ExtensionType, &'a [u8])> {
        let mut rest = Reader::new(self.0);
        // `parse` has checked the list, so no read fails before its end.
        core::iter::from_fn(move || Some((ExtensionType(rest.u16().ok()?), rest.vec16().ok()?)))
    }

    /// Rejects a list with a duplicate kind, known or not. It takes one pass per 4,096 kinds, at most 16.
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

/// Decodes the content of one extension; an error names the extension.
pub(crate) fn decode<'a, T>(
    kind: ExtensionType,
    content: &'a [u8],
    parse: impl FnOnce(&mut Reader<'a>) -> Result<T, DecodeError>,
) -> Result<T, Error> {
    Reader::all(content, parse).map_err(|reason| Error::Decode(Structure::Extension(kind), reason))
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
