//! Converts a file to the bytes that core's reader is given: as the agent does or, where a rule applies, as
//! Windows reads the file.

use lsam_core::ini::{ByteOrder, Encoding, Text, Transcoder, utf8_room};

use crate::profile::Wide;
use crate::rules::Rule;

/// The byte order mark of UTF-8, which the reader ignores.
const MARK: &str = "\u{feff}";

/// The file for the reader.
pub(crate) fn to_utf8(file: &[u8], rules: &[Rule]) -> Vec<u8> {
    let has = |rule| rules.contains(&rule);
    match Encoding::of(file) {
        Encoding::Utf16(order) if has(Rule::HalfOfPair) => from_units(file, order),
        Encoding::Utf16(_) => transcode(file),
        _ if file.starts_with(MARK.as_bytes()) && has(Rule::NotUtf8) => {
            String::from_utf8_lossy(file).into_owned().into()
        }
        _ if !file.starts_with(MARK.as_bytes()) && has(Rule::NoMark) => from_ansi(file),
        _ => file.to_vec(),
    }
}

/// A text in UTF-16 code units, including those that [`from_units`] has set aside.
pub(crate) fn to_units(text: Text<'_>) -> Wide {
    let mut units = Wide::new();
    for c in text.chars() {
        match u32::from(c).checked_sub(ASIDE) {
            Some(half) => units.push(0xd800 + half as u16),
            None => units.extend_from_slice(c.encode_utf16(&mut [0; 2])),
        }
    }
    units
}

/// As the agent does, but in pieces that end within characters.
fn transcode(file: &[u8]) -> Vec<u8> {
    let Encoding::Utf16(order) = Encoding::of(file) else { return file.to_vec() };
    let mut transcoder = Transcoder::new(order);
    let mut text = vec![0; utf8_room(file)];
    let mut written = 0;
    for piece in file.chunks(5) {
        let progress = transcoder.transcode(piece, &mut text[written..]);
        assert_eq!(progress.read, piece.len());
        written += progress.written;
    }
    written += transcoder.finish(&mut text[written..]).unwrap();
    text.truncate(written);
    text
}

/// Characters that represent the units from D800 to DFFF, the halves of surrogate pairs: the last for private
/// use.
const ASIDE: u32 = 0x10_f800;

/// UTF-16 as it is, without a final half unit.
fn from_units(file: &[u8], order: ByteOrder) -> Vec<u8> {
    let units = file.chunks_exact(2).map(|unit| match order {
        ByteOrder::Little => u16::from_le_bytes([unit[0], unit[1]]),
        ByteOrder::Big => u16::from_be_bytes([unit[0], unit[1]]),
    });
    let aside = |half: u16| char::from_u32(ASIDE + u32::from(half - 0xd800)).unwrap();
    let characters = char::decode_utf16(units);
    characters.map(|c| c.unwrap_or_else(|half| aside(half.unpaired_surrogate()))).collect::<String>().into()
}

/// Windows-1252.
fn from_ansi(file: &[u8]) -> Vec<u8> {
    // A single byte is ASCII, or not UTF-8.
    let text: String =
        file.iter().flat_map(|byte| Text::new(&[*byte]).chars().collect::<Vec<char>>()).collect();
    [MARK, &text].concat().into()
}
