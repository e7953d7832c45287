//! UTF-16 in either byte order to UTF-8: as a whole, and piece by piece into a small buffer.

#![no_std]
#![no_main]

use core::fmt::Write as _;

use lsam_core::ini::{ByteOrder, Encoding, Transcoder, to_utf8, utf8_room};
use no_panic::{LONGEST_INPUT, Output, read_input};

#[unsafe(no_mangle)]
extern "C" fn run() -> i32 {
    let mut buffer = [0; LONGEST_INPUT];
    let input = read_input(&mut buffer);
    let mut text = [0; 2 * LONGEST_INPUT];
    let _ = writeln!(Output, "{:?} {}", Encoding::of(input), utf8_room(input));
    match to_utf8(input, &mut text) {
        Ok(text) => Output.bytes(text),
        Err(no_room) => {
            let _ = write!(Output, "{no_room}");
        }
    }
    in_pieces(input, ByteOrder::Little);
    in_pieces(input, ByteOrder::Big);
    0
}

fn in_pieces(input: &[u8], order: ByteOrder) {
    let mut transcoder = Transcoder::new(order);
    let mut room = [0; 7];
    for mut piece in input.chunks(5) {
        while !piece.is_empty() {
            let progress = transcoder.transcode(piece, &mut room);
            Output.bytes(room.get(..progress.written).unwrap_or_default());
            piece = piece.get(progress.read..).unwrap_or_default();
        }
    }
    if let Ok(written) = transcoder.finish(&mut room) {
        Output.bytes(room.get(..written).unwrap_or_default());
    }
    let _ = writeln!(Output, "\n{} replaced", transcoder.replaced());
}
