//! Reading big-endian fields and length-prefixed vectors from borrowed bytes.

use core::fmt;

/// Why bytes cannot be decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DecodeError {
    /// The bytes end inside a field.
    Truncated,
    /// Bytes follow the last field.
    TrailingBytes,
    /// A vector is shorter or longer than its definition allows, or not a whole number of elements.
    BadLength,
    /// A field holds a value that its definition excludes.
    BadValue,
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Truncated => "it ends inside a field",
            Self::TrailingBytes => "bytes follow its last field",
            Self::BadLength => "a length in it is not allowed",
            Self::BadValue => "a value in it is not allowed",
        })
    }
}

impl core::error::Error for DecodeError {}

/// A cursor over borrowed bytes. What it returns also borrows from them.
///
/// ```
/// use lsam_tls::wire::{DecodeError, Reader};
///
/// let mut r = Reader::new(&[0x00, 0x02, 0xaa, 0xbb]);
/// assert_eq!(r.vec16()?, [0xaa, 0xbb]);
/// r.end()?;
/// # Ok::<(), DecodeError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// A cursor at the start of `bytes`.
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// Parses all of `bytes` with `parse`.
    ///
    /// # Errors
    /// Those of `parse`, and [`DecodeError::TrailingBytes`] if it leaves bytes unread.
    pub fn all<T>(
        bytes: &'a [u8],
        parse: impl FnOnce(&mut Self) -> Result<T, DecodeError>,
    ) -> Result<T, DecodeError> {
        let mut reader = Self::new(bytes);
        let value = parse(&mut reader)?;
        reader.end()?;
        Ok(value)
    }

    /// The bytes not yet read.
    pub const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Whether everything has been read.
    pub const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// Ends the parsing.
    ///
    /// # Errors
    /// [`DecodeError::TrailingBytes`] if bytes are left.
    pub const fn end(self) -> Result<(), DecodeError> {
        if self.rest.is_empty() { Ok(()) } else { Err(DecodeError::TrailingBytes) }
    }

    /// The next `n` bytes.
    ///
    /// # Errors
    /// [`DecodeError::Truncated`] if fewer are left. The same applies to every method below that reads.
    pub fn bytes(&mut self, n: usize) -> Result<&'a [u8], DecodeError> {
        let (head, rest) = self.rest.split_at_checked(n).ok_or(DecodeError::Truncated)?;
        self.rest = rest;
        Ok(head)
    }

    /// The next `N` bytes as an array.
    ///
    /// # Errors
    /// [`DecodeError::Truncated`].
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        let (head, rest) = self.rest.split_first_chunk::<N>().ok_or(DecodeError::Truncated)?;
        self.rest = rest;
        Ok(*head)
    }

    /// An 8-bit integer.
    ///
    /// # Errors
    /// [`DecodeError::Truncated`].
    pub fn u8(&mut self) -> Result<u8, DecodeError> {
        self.array().map(u8::from_be_bytes)
    }

    /// A 16-bit integer.
    ///
    /// # Errors
    /// [`DecodeError::Truncated`].
    pub fn u16(&mut self) -> Result<u16, DecodeError> {
        self.array().map(u16::from_be_bytes)
    }

    /// A 24-bit integer.
    ///
    /// # Errors
    /// [`DecodeError::Truncated`].
    pub fn u24(&mut self) -> Result<u32, DecodeError> {
        let [a, b, c] = self.array()?;
        Ok(u32::from_be_bytes([0, a, b, c]))
    }

    /// A 32-bit integer.
    ///
    /// # Errors
    /// [`DecodeError::Truncated`].
    pub fn u32(&mut self) -> Result<u32, DecodeError> {
        self.array().map(u32::from_be_bytes)
    }

    /// A vector preceded by an 8-bit length.
    ///
    /// # Errors
    /// [`DecodeError::Truncated`].
    pub fn vec8(&mut self) -> Result<&'a [u8], DecodeError> {
        let n = self.u8()?;
        self.bytes(usize::from(n))
    }

    /// A vector preceded by a 16-bit length.
    ///
    /// # Errors
    /// [`DecodeError::Truncated`].
    pub fn vec16(&mut self) -> Result<&'a [u8], DecodeError> {
        let n = self.u16()?;
        self.bytes(usize::from(n))
    }

    /// A vector preceded by a 24-bit length.
    ///
    /// # Errors
    /// [`DecodeError::Truncated`].
    pub fn vec24(&mut self) -> Result<&'a [u8], DecodeError> {
        let n = self.u24()?;
        self.bytes(usize::try_from(n).map_err(|_| DecodeError::Truncated)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_big_endian() {
        let mut r = Reader::new(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
        assert_eq!(r.u8(), Ok(1));
        assert_eq!(r.u16(), Ok(0x0203));
        assert_eq!(r.u24(), Ok(0x0004_0506));
        assert_eq!(r.u32(), Ok(0x0708_090a));
        assert_eq!(r.end(), Ok(()));
    }

    #[test]
    fn a_length_past_the_end_is_truncation() {
        assert_eq!(Reader::new(&[3, 1, 2]).vec8(), Err(DecodeError::Truncated));
        assert_eq!(Reader::new(&[0, 3, 1, 2]).vec16(), Err(DecodeError::Truncated));
        assert_eq!(Reader::new(&[0, 0, 3, 1, 2]).vec24(), Err(DecodeError::Truncated));
        assert_eq!(Reader::new(&[0]).u16(), Err(DecodeError::Truncated));
    }

    #[test]
    fn a_failed_read_consumes_nothing() {
        let mut r = Reader::new(&[1, 2]);
        assert_eq!(r.u32(), Err(DecodeError::Truncated));
        assert_eq!(r.rest(), [1, 2]);
    }

    #[test]
    fn all_forbids_trailing_bytes() {
        assert_eq!(Reader::all(&[1, 2], Reader::u8), Err(DecodeError::TrailingBytes));
        assert_eq!(Reader::all(&[1], Reader::u8), Ok(1));
    }
}
