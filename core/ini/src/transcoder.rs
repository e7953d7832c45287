//! UTF-16 to UTF-8, piece by piece.

use core::fmt;

/// The byte order of UTF-16.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ByteOrder {
    /// Least significant byte first, as Windows writes it: `a` is `61 00`.
    ///
    /// ```
    /// # use lsam_ini::{ByteOrder, Encoding};
    /// assert_eq!(Encoding::of(b"\xff\xfea\0"), Encoding::Utf16(ByteOrder::Little));
    /// ```
    Little,
    /// Most significant byte first: `a` is `00 61`.
    ///
    /// ```
    /// # use lsam_ini::{ByteOrder, Encoding};
    /// assert_eq!(Encoding::of(b"\xfe\xff\0a"), Encoding::Utf16(ByteOrder::Big));
    /// ```
    Big,
}

/// Converts UTF-16 to UTF-8, in pieces and buffers of any size.
///
/// A byte order mark is converted like any character; [`Reader`](super::Reader) skips it. Invalid UTF-16,
/// such as an unpaired surrogate, becomes U+FFFD and is [counted](Self::replaced).
///
/// ```
/// use lsam_ini::{ByteOrder, NoRoom, Transcoder};
///
/// let mut transcoder = Transcoder::new(ByteOrder::Little);
/// let mut text = [0; 8];
/// let first = transcoder.transcode(b"a\0=", &mut text);
/// let second = transcoder.transcode(b"\0\xac\x20", &mut text[first.written..]);
/// let last = transcoder.finish(&mut text[first.written + second.written..])?;
///
/// assert_eq!(&text[..first.written + second.written + last], "a=€".as_bytes());
/// assert_eq!(transcoder.replaced(), 0);
/// # Ok::<(), NoRoom>(())
/// ```
#[derive(Clone, Debug)]
pub struct Transcoder {
    order: ByteOrder,
    /// The first byte of a code unit, until its second arrives.
    half: Option<u8>,
    /// The high surrogate of a pair, until its low one arrives.
    high: Option<u16>,
    replaced: usize,
}

/// How far a [`Transcoder`] got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Bytes of the input consumed. If fewer than given, the output is full: pass the rest again with more
    /// room.
    pub read: usize,
    /// Bytes of the output written, always whole characters.
    pub written: usize,
}

impl Transcoder {
    /// A transcoder at the start of a file.
    pub const fn new(order: ByteOrder) -> Self {
        Self { order, half: None, high: None, replaced: 0 }
    }

    /// Converts `input` into `output` as far as there is room.
    pub fn transcode(&mut self, input: &[u8], output: &mut [u8]) -> Progress {
        let mut output = Output { buffer: output, written: 0 };
        let mut read = 0;
        for byte in input {
            match self.half {
                None => self.half = Some(*byte),
                Some(first) => {
                    let unit = match self.order {
                        ByteOrder::Little => u16::from_le_bytes([first, *byte]),
                        ByteOrder::Big => u16::from_be_bytes([first, *byte]),
                    };
                    if self.unit(unit, &mut output).is_err() {
                        break;
                    }
                    self.half = None;
                }
            }
            read += 1;
        }
        Progress { read, written: output.written }
    }

    /// Ends the file: writes U+FFFD for an incomplete character, at most six bytes, and returns how many were
    /// written. The transcoder is then ready for another file.
    ///
    /// # Errors
    /// [`NoRoom`] if `output` is too small, in which case nothing changes.
    pub fn finish(&mut self, output: &mut [u8]) -> Result<usize, NoRoom> {
        let begun = usize::from(self.high.is_some()) + usize::from(self.half.is_some());
        let mut output = Output { buffer: output, written: 0 };
        for _ in 0..begun {
            output.push(char::REPLACEMENT_CHARACTER)?;
        }
        self.replaced += begun;
        (self.high, self.half) = (None, None);
        Ok(output.written)
    }

    /// How often U+FFFD replaced something invalid.
    pub const fn replaced(&self) -> usize {
        self.replaced
    }

    /// Processes a code unit. If there is no room for it, it must be passed again.
    fn unit(&mut self, unit: u16, output: &mut Output<'_>) -> Result<(), NoRoom> {
        if let Some(high) = self.high {
            if let Some(Ok(c)) = char::decode_utf16([high, unit]).next() {
                output.push(c)?;
                self.high = None;
                return Ok(());
            }
            self.replace(output)?;
            self.high = None;
        }
        match unit {
            0xd800..=0xdbff => self.high = Some(unit),
            0xdc00..=0xdfff => self.replace(output)?,
            _ => output.push(char::from_u32(unit.into()).unwrap_or(char::REPLACEMENT_CHARACTER))?,
        }
        Ok(())
    }

    fn replace(&mut self, output: &mut Output<'_>) -> Result<(), NoRoom> {
        output.push(char::REPLACEMENT_CHARACTER)?;
        self.replaced += 1;
        Ok(())
    }
}

struct Output<'o> {
    buffer: &'o mut [u8],
    written: usize,
}

impl Output<'_> {
    /// Writes `c` completely or not at all.
    fn push(&mut self, c: char) -> Result<(), NoRoom> {
        let mut bytes = [0; 4];
        let bytes = c.encode_utf8(&mut bytes).as_bytes();
        let end = self.written + bytes.len();
        self.buffer.get_mut(self.written..end).ok_or(NoRoom)?.copy_from_slice(bytes);
        self.written = end;
        Ok(())
    }
}

/// The buffer is too small.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoRoom;

impl fmt::Display for NoRoom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the text is longer than the buffer that is there for it")
    }
}

impl core::error::Error for NoRoom {}

#[cfg(test)]
mod tests {
    use std::{string::String, vec, vec::Vec};

    use super::*;

    /// Code units for every case: ASCII, two and three bytes, halves of pairs.
    const UNITS: [u16; 8] = [0x61, 0x0d, 0xfc, 0x20ac, 0xfeff, 0xd834, 0xdd1e, 0xdbff];

    fn bytes(units: &[u16], order: ByteOrder) -> Vec<u8> {
        let bytes = |unit: &u16| match order {
            ByteOrder::Little => unit.to_le_bytes(),
            ByteOrder::Big => unit.to_be_bytes(),
        };
        units.iter().flat_map(bytes).collect()
    }

    /// Converts pieces of `piece` bytes with room for `room` bytes at a time.
    fn transcode(file: &[u8], order: ByteOrder, piece: usize, room: usize) -> (Vec<u8>, usize) {
        let mut transcoder = Transcoder::new(order);
        let mut text = Vec::new();
        for mut piece in file.chunks(piece) {
            while !piece.is_empty() {
                let mut output = vec![0; room];
                let Progress { read, written } = transcoder.transcode(piece, &mut output);
                assert!(read > 0 || written > 0);
                text.extend_from_slice(&output[..written]);
                piece = &piece[read..];
            }
        }
        let mut output = [0; 6];
        let written = transcoder.finish(&mut output).unwrap();
        text.extend_from_slice(&output[..written]);
        (text, transcoder.replaced())
    }

    #[test]
    fn all_short_files_are_as_the_standard_library_reads_them() {
        for n in 0..UNITS.len().pow(4) {
            let units: Vec<u16> =
                (0..4).map(|digit| UNITS[n / UNITS.len().pow(digit) % UNITS.len()]).collect();
            let expected = char::decode_utf16(units.iter().copied());
            let replaced = expected.clone().filter(Result::is_err).count();
            let expected: String = expected.map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
            for order in [ByteOrder::Little, ByteOrder::Big] {
                let file = bytes(&units, order);
                for (piece, room) in [(8, 12), (1, 4), (3, 5), (8, 4)] {
                    let (text, count) = transcode(&file, order, piece, room);
                    assert_eq!((text.as_slice(), count), (expected.as_bytes(), replaced), "{units:x?}");
                }
            }
        }
    }

    #[test]
    fn half_a_unit_at_the_end_is_replaced() {
        assert_eq!(transcode(b"a\0b", ByteOrder::Little, 3, 4), ("a\u{fffd}".into(), 1));
        assert_eq!(transcode(b"\x34\xd8b", ByteOrder::Little, 3, 4), ("\u{fffd}\u{fffd}".into(), 2));
    }

    #[test]
    fn a_character_that_has_no_room_comes_again() {
        let mut transcoder = Transcoder::new(ByteOrder::Little);
        let mut output = [0; 3];
        assert_eq!(transcoder.transcode(b"\xac\x20\xac\x20", &mut output), Progress { read: 3, written: 3 });
        assert_eq!(transcoder.transcode(b"\x20", &mut output[..2]), Progress { read: 0, written: 0 });
        assert_eq!(transcoder.finish(&mut output[..2]), Err(NoRoom));
        assert_eq!(transcoder.transcode(b"\x20", &mut output), Progress { read: 1, written: 3 });
        assert_eq!(transcoder.finish(&mut []), Ok(0));
    }
}
