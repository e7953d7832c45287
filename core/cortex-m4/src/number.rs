//! Numbers of 256 bits as the library takes them: eight words, the least significant first.

use p256_cm4::keygen;
use zeroize::Zeroizing;

/// A number of 256 bits.
pub(crate) type Number = [u32; 8];
/// A number that is wiped when it is dropped.
pub(crate) type SecretNumber = Zeroizing<Number>;

/// The order of the base point (FIPS 186-5, SP 800-186 section 3.2.1.3).
const ORDER: Number =
    [0xfc63_2551, 0xf3b9_cac2, 0xa717_9e84, 0xbce6_faad, 0xffff_ffff, 0xffff_ffff, 0x0000_0000, 0xffff_ffff];
/// The first byte of an uncompressed point (SEC 1 section 2.3.3).
const UNCOMPRESSED: u8 = 4;

/// The number that `bytes` encode, big-endian.
pub(crate) fn number(bytes: &[u8; 32]) -> Number {
    let mut number = Number::default();
    let (words, _) = bytes.as_chunks();
    for (word, bytes) in number.iter_mut().zip(words.iter().rev()) {
        *word = u32::from_be_bytes(*bytes);
    }
    number
}

/// `number` in big-endian bytes.
pub(crate) fn write(number: &Number, bytes: &mut [u8; 32]) {
    let (words, _) = bytes.as_chunks_mut();
    for (bytes, word) in words.iter_mut().zip(number.iter().rev()) {
        *bytes = word.to_be_bytes();
    }
}

/// A public `number` in big-endian bytes.
pub(crate) fn bytes(number: &Number) -> [u8; 32] {
    let mut bytes = [0; 32];
    write(number, &mut bytes);
    bytes
}

/// The two numbers, one after the other.
pub(crate) fn numbers(bytes: &[u8; 64]) -> (Number, Number) {
    let (halves, _) = bytes.as_chunks();
    match halves {
        [first, second] => (number(first), number(second)),
        _ => Default::default(),
    }
}

/// Inverse of [`numbers`].
pub(crate) fn write_both(first: &Number, second: &Number) -> [u8; 64] {
    let mut bytes = [0; 64];
    let (halves, _) = bytes.as_chunks_mut();
    for (half, number) in halves.iter_mut().zip([first, second]) {
        write(number, half);
    }
    bytes
}

/// The coordinates of a point in uncompressed form; not whether it is on the curve.
pub(crate) fn point(bytes: &[u8]) -> Option<(Number, Number)> {
    Some(numbers(bytes.strip_prefix(&[UNCOMPRESSED])?.try_into().ok()?))
}

/// The coordinates of the public key of a scalar, which is from 1 to the order less 1.
pub(crate) fn public_point(scalar: &SecretNumber) -> (Number, Number) {
    let (mut x, mut y) = <(Number, Number)>::default();
    // False only for other scalars.
    let _ = keygen(&mut x, &mut y, scalar);
    (x, y)
}

/// `number` modulo the order, which is above 2^255: one subtraction is enough.
pub(crate) fn reduced(number: &Number) -> Number {
    let mut difference = Number::default();
    let mut borrow = false;
    for ((difference, number), order) in difference.iter_mut().zip(number).zip(&ORDER) {
        let (partial, first) = number.overflowing_sub(*order);
        let (full, second) = partial.overflowing_sub(u32::from(borrow));
        *difference = full;
        borrow = first | second;
    }
    if borrow { *number } else { difference }
}
