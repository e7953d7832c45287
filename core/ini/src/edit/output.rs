//! Writes the text of an edit in the file's encoding.

use super::EditError;
use crate::{ByteOrder, Encoding, encoding::to_windows_1252};

/// The caller's buffer, filled from the start.
pub(super) struct Output<'o> {
    buffer: &'o mut [u8],
    len: usize,
    encoding: Encoding,
}

impl<'o> Output<'o> {
    pub(super) const fn new(buffer: &'o mut [u8], encoding: Encoding) -> Self {
        Self { buffer, len: 0, encoding }
    }

    /// Copies bytes of the file.
    pub(super) fn copy(&mut self, bytes: &[u8]) -> Result<(), EditError> {
        let room = self.buffer.get_mut(self.len..).unwrap_or_default();
        room.get_mut(..bytes.len()).ok_or(EditError::NoRoom)?.copy_from_slice(bytes);
        self.len += bytes.len();
        Ok(())
    }

    /// Writes punctuation and line ends.
    pub(super) fn sign(&mut self, text: &str) -> Result<(), EditError> {
        text.chars().try_for_each(|c| self.char(c))
    }

    /// Writes a name or a value.
    pub(super) fn text(&mut self, text: &str) -> Result<(), EditError> {
        let start = self.len;
        self.sign(text)?;
        // Windows-1252 bytes that happen to be valid UTF-8 would be read as UTF-8.
        match (self.encoding, text.chars().find(|c| !c.is_ascii())) {
            (Encoding::Windows1252, Some(c)) if str::from_utf8(self.since(start)).is_ok() => {
                Err(EditError::Character(c))
            }
            _ => Ok(()),
        }
    }

    /// Everything written so far.
    pub(super) fn written(self) -> &'o [u8] {
        self.buffer.get(..self.len).unwrap_or_default()
    }

    fn since(&self, start: usize) -> &[u8] {
        self.buffer.get(start..self.len).unwrap_or_default()
    }

    fn char(&mut self, c: char) -> Result<(), EditError> {
        match self.encoding {
            Encoding::Utf8 => self.copy(c.encode_utf8(&mut [0; 4]).as_bytes()),
            Encoding::Windows1252 => self.copy(&[to_windows_1252(c).ok_or(EditError::Character(c))?]),
            Encoding::Utf16(order) => c.encode_utf16(&mut [0; 2]).iter().try_for_each(|unit| {
                self.copy(&match order {
                    ByteOrder::Little => unit.to_le_bytes(),
                    ByteOrder::Big => unit.to_be_bytes(),
                })
            }),
        }
    }
}
