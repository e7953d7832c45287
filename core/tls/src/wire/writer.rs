//! Writing big-endian fields and length-prefixed vectors into a caller's buffer.

use core::fmt;

/// The buffer is too small for what is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BufferFull;

impl fmt::Display for BufferFull {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the buffer is too small for the message")
    }
}

impl core::error::Error for BufferFull {}

/// The position of a length that [`Writer::close`] fills in.
#[derive(Debug)]
#[must_use = "a length that is never closed stays zero"]
pub struct LengthMark {
    at: usize,
    width: usize,
}

/// A cursor that fills a caller's buffer from its start.
///
/// ```
/// use lsam_tls::wire::{BufferFull, Writer};
///
/// let mut buffer = [0; 8];
/// let mut w = Writer::new(&mut buffer);
/// w.u8(1)?;
/// w.vec16(&[0xaa, 0xbb])?;
/// assert_eq!(w.written(), [1, 0, 2, 0xaa, 0xbb]);
/// # Ok::<(), BufferFull>(())
/// ```
#[derive(Debug)]
pub struct Writer<'a> {
    buffer: &'a mut [u8],
    len: usize,
}

impl<'a> Writer<'a> {
    /// A cursor at the start of `buffer`.
    pub const fn new(buffer: &'a mut [u8]) -> Self {
        Self { buffer, len: 0 }
    }

    /// How many bytes have been written.
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether nothing has been written yet.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// What has been written.
    pub fn written(&self) -> &[u8] {
        self.buffer.get(..self.len).unwrap_or_default()
    }

    /// What has been written, mutably: for a header that depends on what follows it.
    pub fn written_mut(&mut self) -> &mut [u8] {
        self.buffer.get_mut(..self.len).unwrap_or_default()
    }

    /// Appends `bytes`.
    ///
    /// # Errors
    /// [`BufferFull`] if they do not fit, in which case nothing is written. The same applies to every method
    /// below that writes.
    pub fn bytes(&mut self, bytes: &[u8]) -> Result<(), BufferFull> {
        self.reserve(bytes.len())?.copy_from_slice(bytes);
        Ok(())
    }

    /// Appends `n` bytes for the caller to fill in.
    ///
    /// # Errors
    /// [`BufferFull`].
    pub fn reserve(&mut self, n: usize) -> Result<&mut [u8], BufferFull> {
        let end = self.len.checked_add(n).ok_or(BufferFull)?;
        let room = self.buffer.get_mut(self.len..end).ok_or(BufferFull)?;
        self.len = end;
        Ok(room)
    }

    /// Appends an 8-bit integer.
    ///
    /// # Errors
    /// [`BufferFull`].
    pub fn u8(&mut self, value: u8) -> Result<(), BufferFull> {
        self.bytes(&[value])
    }

    /// Appends a 16-bit integer.
    ///
    /// # Errors
    /// [`BufferFull`].
    pub fn u16(&mut self, value: u16) -> Result<(), BufferFull> {
        self.bytes(&value.to_be_bytes())
    }

    /// Appends a 32-bit integer.
    ///
    /// # Errors
    /// [`BufferFull`].
    pub fn u32(&mut self, value: u32) -> Result<(), BufferFull> {
        self.bytes(&value.to_be_bytes())
    }

    /// Appends a vector preceded by an 8-bit length.
    ///
    /// # Errors
    /// [`BufferFull`], also if the length field is too narrow for the vector.
    pub fn vec8(&mut self, bytes: &[u8]) -> Result<(), BufferFull> {
        self.u8(u8::try_from(bytes.len()).map_err(|_| BufferFull)?)?;
        self.bytes(bytes)
    }

    /// Appends a vector preceded by a 16-bit length.
    ///
    /// # Errors
    /// [`BufferFull`], also if the length field is too narrow for the vector.
    pub fn vec16(&mut self, bytes: &[u8]) -> Result<(), BufferFull> {
        self.u16(u16::try_from(bytes.len()).map_err(|_| BufferFull)?)?;
        self.bytes(bytes)
    }

    /// Reserves a length of `width` bytes (1 to 4), which [`Self::close`] fills in.
    ///
    /// # Errors
    /// [`BufferFull`].
    pub fn open(&mut self, width: usize) -> Result<LengthMark, BufferFull> {
        let at = self.len;
        self.bytes([0; 4].get(..width).ok_or(BufferFull)?)?;
        Ok(LengthMark { at, width })
    }

    /// Like [`Self::close`], but removes the length if nothing has been written since `mark` was opened.
    ///
    /// # Errors
    /// [`BufferFull`] if the length field is too narrow.
    pub fn close_unless_empty(&mut self, mark: LengthMark) -> Result<(), BufferFull> {
        if self.len == mark.at + mark.width {
            self.len = mark.at;
            return Ok(());
        }
        self.close(mark)
    }

    /// Fills in the length of what has been written since `mark` was opened.
    ///
    /// # Errors
    /// [`BufferFull`] if the length field is too narrow.
    pub fn close(&mut self, mark: LengthMark) -> Result<(), BufferFull> {
        let body = mark.at + mark.width;
        let n = u32::try_from(self.len - body).map_err(|_| BufferFull)?.to_be_bytes();
        let (high, low) = n.split_at_checked(n.len() - mark.width).ok_or(BufferFull)?;
        if high.iter().any(|b| *b != 0) {
            return Err(BufferFull);
        }
        self.buffer.get_mut(mark.at..body).ok_or(BufferFull)?.copy_from_slice(low);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_filled_in_at_close() {
        let mut buffer = [0; 16];
        let mut w = Writer::new(&mut buffer);
        let outer = w.open(3).unwrap();
        let inner = w.open(1).unwrap();
        w.u16(0x0102).unwrap();
        w.close(inner).unwrap();
        w.close(outer).unwrap();
        assert_eq!(w.written(), [0, 0, 3, 2, 1, 2]);
    }

    #[test]
    fn a_full_buffer_is_an_error_and_writes_nothing() {
        let mut buffer = [0; 3];
        let mut w = Writer::new(&mut buffer);
        assert_eq!(w.u32(1), Err(BufferFull));
        assert_eq!(w.u16(0x0a0b), Ok(()));
        assert_eq!(w.written(), [0x0a, 0x0b]);
    }

    #[test]
    fn what_was_written_may_be_changed() {
        let mut buffer = [0; 4];
        let mut w = Writer::new(&mut buffer);
        w.u16(0x0102).unwrap();
        w.written_mut()[0] = 7;
        assert_eq!(w.written(), [7, 2]);
    }

    #[test]
    fn a_full_buffer_is_named() {
        assert_eq!(std::string::ToString::to_string(&BufferFull), "the buffer is too small for the message");
    }

    #[test]
    fn a_length_that_does_not_fit_its_field_is_an_error() {
        let mut buffer = [0; 400];
        let mut w = Writer::new(&mut buffer);
        let mark = w.open(1).unwrap();
        w.bytes(&[0; 256]).unwrap();
        assert_eq!(w.close(mark), Err(BufferFull));
    }
}
