//! UTF-16 converted in pieces, against the standard library's conversion of the whole file.

use lsam_core::ini::{ByteOrder, NoRoom, Progress, Transcoder, to_utf8, utf8_room};

/// Target `transcoder`: byte order, size of pieces, size of buffers, and a file without its byte order mark.
pub fn transcoder(input: &[u8]) {
    let [order, piece, room, file @ ..] = input else { return };
    let order = if order & 1 == 0 { ByteOrder::Little } else { ByteOrder::Big };
    let (expected, replaced) = reference(file, order);

    let mut transcoder = Transcoder::new(order);
    let mut text = Vec::new();
    // Any character fits into four bytes.
    let mut output = vec![0; usize::from(*room).max(4)];
    for mut piece in file.chunks(usize::from(*piece).max(1)) {
        while !piece.is_empty() {
            let Progress { read, written } = transcoder.transcode(piece, &mut output);
            assert!(read > 0 || written > 0, "no progress");
            assert!(read == piece.len() || written + 4 > output.len(), "it stops with room for more");
            assert!(std::str::from_utf8(&output[..written]).is_ok(), "half a character");
            text.extend_from_slice(&output[..written]);
            piece = &piece[read..];
        }
    }
    let mut last = [0; 6];
    let written = transcoder.finish(&mut last).expect("six bytes are enough");
    text.extend_from_slice(&last[..written]);
    assert_eq!(String::from_utf8(text).expect("UTF-8"), expected);
    assert_eq!(transcoder.replaced(), replaced);
    whole(file, order, &expected);
}

/// Converts the file in one piece, with its byte order mark.
fn whole(file: &[u8], order: ByteOrder, expected: &str) {
    let mark = match order {
        ByteOrder::Little => [0xff, 0xfe],
        ByteOrder::Big => [0xfe, 0xff],
    };
    let file = [&mark, file].concat();
    let expected = format!("\u{feff}{expected}");
    let mut buffer = vec![0; utf8_room(&file)];
    assert_eq!(to_utf8(&file, &mut buffer), Ok(expected.as_bytes()));
    assert_eq!(to_utf8(&file, &mut buffer[..expected.len()]), Ok(expected.as_bytes()));
    assert_eq!(to_utf8(&file, &mut buffer[..expected.len() - 1]), Err(NoRoom));
}

/// The text, and the number of times that U+FFFD replaced something invalid.
fn reference(file: &[u8], order: ByteOrder) -> (String, usize) {
    let units = file.chunks_exact(2).map(|unit| match order {
        ByteOrder::Little => u16::from_le_bytes([unit[0], unit[1]]),
        ByteOrder::Big => u16::from_be_bytes([unit[0], unit[1]]),
    });
    let mut text = String::new();
    let mut replaced = 0;
    for c in char::decode_utf16(units) {
        replaced += usize::from(c.is_err());
        text.push(c.unwrap_or(char::REPLACEMENT_CHARACTER));
    }
    if file.len() % 2 == 1 {
        text.push(char::REPLACEMENT_CHARACTER);
        replaced += 1;
    }
    (text, replaced)
}
