//! Copying bytes from buffer to buffer, and moving them within one, without a panic.

use core::ops::Range;

/// Copies as many bytes of `from` as fit to the front of `to`, and returns their number.
///
/// This is [`slice::copy_from_slice`] for slices of different lengths, without its panic.
pub fn copy_front(to: &mut [u8], from: &[u8]) -> usize {
    let len = to.len().min(from.len());
    if let (Some(to), Some(from)) = (to.get_mut(..len), from.get(..len)) {
        to.copy_from_slice(from);
    }
    len
}

/// Moves the bytes in `range` to `to` and returns their new range. If the old or the new range is not inside
/// the buffer, nothing is moved and the old range is returned.
///
/// This is [`slice::copy_within`] without a panic, and its only caller: the compiler sees from the condition
/// that it cannot fail.
#[inline(never)]
pub(crate) fn move_within(bytes: &mut [u8], range: Range<usize>, to: usize) -> Range<usize> {
    let Some(len) = range.end.checked_sub(range.start) else { return range };
    if range.end > bytes.len() || to > bytes.len() - len {
        return range;
    }
    bytes.copy_within(range, to);
    to..to + len
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_what_both_sides_have() {
        for (to, from, len, copied) in
            [(*b"abc", &b"xyz"[..], 3, *b"xyz"), (*b"abc", b"x", 1, *b"xbc"), (*b"abc", b"wxyz", 3, *b"wxy")]
        {
            let mut bytes = to;
            assert_eq!((copy_front(&mut bytes, from), bytes), (len, copied));
        }
    }

    #[test]
    fn moves_both_ways_over_itself() {
        for (range, to, moved) in [
            (2..6, 0, b"cdefef"),
            (0..4, 2, b"ababcd"),
            (1..3, 4, b"abcdbc"),
            (3..3, 6, b"abcdef"),
            (0..6, 0, b"abcdef"),
        ] {
            let mut bytes = *b"abcdef";
            assert_eq!(move_within(&mut bytes, range.clone(), to), to..to + range.len(), "{range:?} to {to}");
            assert_eq!(&bytes, moved, "{range:?} to {to}");
        }
    }

    #[test]
    #[expect(clippy::reversed_empty_ranges, reason = "one of the ranges that no buffer has")]
    fn leaves_what_has_no_place() {
        for (range, to) in [(2..7, 0), (7..8, 0), (0..4, 3), (0..0, 7), (4..2, 0), (0..1, usize::MAX)] {
            let mut bytes = *b"abcdef";
            assert_eq!(move_within(&mut bytes, range.clone(), to), range, "to {to}");
            assert_eq!(&bytes, b"abcdef", "{range:?} to {to}");
        }
    }
}
