//! Powers modulo an odd number by Montgomery's method, for public values only: the running time depends on
//! all of them.
//!
//! Integers are arrays of machine words, the lowest first. Computing a power needs five of them on the stack.
//! That is a sixth of what a general-purpose library needs, which stores its parameters in every number, and
//! it allows RSA to run on a microcontroller.

use core::num::NonZeroU64;

/// An unsigned integer of `W` machine words, the lowest first.
type Uint<const W: usize> = [usize; W];

/// Writes `base`^`exponent` mod `modulus` to the whole of `out`, all big-endian. `exponent` is odd and above
/// 1.
///
/// `None` if the modulus is even or longer than `W` words, or if `base` is not below it.
// Never inlined, so that its integers are off the stack when its caller continues.
#[inline(never)]
pub(super) fn power<const W: usize>(
    modulus: &[u8],
    exponent: NonZeroU64,
    base: &[u8],
    out: &mut [u8],
) -> Option<()> {
    let n = Modulus::<W>::new(modulus)?;
    let base = from_bytes(base)?;
    if !is_below(&base, &n.value) {
        return None;
    }
    // x * R, with x the power so far and R = 2^(bits of a Uint): multiply() divides by R.
    let r2 = n.r_squared();
    let mut x = n.multiply(&r2, &base);
    for bit in (1..exponent.ilog2()).rev() {
        x = n.multiply(&x, &x);
        if exponent.get() >> bit & 1 == 1 {
            x = n.multiply(&n.multiply(&x, &r2), &base);
        }
    }
    x = n.multiply(&x, &x);
    // The lowest bit of the exponent is set, and multiplying by a factor without R also removes R from the
    // product.
    to_bytes(&n.multiply(&x, &base), out);
    Some(())
}

/// An odd modulus n.
struct Modulus<const W: usize> {
    value: Uint<W>,
    /// -1/n modulo the size of a word.
    inverse: usize,
}

impl<const W: usize> Modulus<W> {
    fn new(bytes: &[u8]) -> Option<Self> {
        let value: Uint<W> = from_bytes(bytes)?;
        let lowest = *value.first()?;
        if lowest & 1 == 0 {
            return None;
        }
        // Newton's iteration: n is its own inverse modulo 8, and each step doubles the number of bits that
        // are right.
        let mut inverse = lowest;
        for _ in 0..5 {
            inverse = inverse.wrapping_mul(2_usize.wrapping_sub(lowest.wrapping_mul(inverse)));
        }
        Some(Self { value, inverse: inverse.wrapping_neg() })
    }

    /// x * y / R mod n, for x and y below n (algorithm FIOS of Koç, Acar and Kaliski).
    #[inline(never)]
    fn multiply(&self, x: &Uint<W>, y: &Uint<W>) -> Uint<W> {
        let mut t = [0; W];
        let mut above = false;
        for x in x {
            // t + x * y, and a multiple of n that makes its lowest word zero; that word is dropped.
            let mut words = t.iter_mut().zip(y).zip(&self.value);
            let Some(((mut to, y), n)) = words.next() else { break };
            let (lowest, mut carry) = x.carrying_mul_add(*y, *to, 0);
            let factor = lowest.wrapping_mul(self.inverse);
            let (_, mut carry_n) = factor.carrying_mul_add(*n, lowest, 0);
            for ((t, y), n) in words {
                let word;
                (word, carry) = x.carrying_mul_add(*y, *t, carry);
                (*to, carry_n) = factor.carrying_mul_add(*n, word, carry_n);
                to = t;
            }
            (*to, above) = carry.carrying_add(carry_n, above);
        }
        self.reduce(&mut t, above);
        t
    }

    /// R^2 mod n.
    fn r_squared(&self) -> Uint<W> {
        // From the highest bit of n, which is below n, doubling leads to R * 2^a with a = (bits of a Uint) /
        // 64. Squaring then yields R * 2^2a, R * 2^4a and, after six squarings, R * 2^64a, which is R^2.
        const { assert!(size_of::<Uint<W>>().is_multiple_of(8), "a whole number of 64 bits") };
        let mut x = [0; W];
        let mut doublings = 1;
        for (x, n) in x.iter_mut().zip(&self.value).rev() {
            doublings += n.leading_zeros();
            if *n != 0 {
                *x = 1 << n.ilog2();
                break;
            }
        }
        doublings += self.value.iter().map(|_| usize::BITS).sum::<u32>() / 64;
        for _ in 0..doublings {
            self.double(&mut x);
        }
        for _ in 0..6 {
            x = self.multiply(&x, &x);
        }
        x
    }

    /// 2x mod n, for x below n.
    fn double(&self, x: &mut Uint<W>) {
        let mut carry = false;
        for x in x.iter_mut() {
            (*x, carry) = x.carrying_add(*x, carry);
        }
        self.reduce(x, carry);
    }

    /// Subtracts n once if `x`, with `above` as its carry bit, is not below n.
    fn reduce(&self, x: &mut Uint<W>, above: bool) {
        if above || !is_below(x, &self.value) {
            let mut borrow = false;
            for (x, n) in x.iter_mut().zip(&self.value) {
                (*x, borrow) = x.borrowing_sub(*n, borrow);
            }
        }
    }
}

fn is_below<const W: usize>(x: &Uint<W>, y: &Uint<W>) -> bool {
    x.iter().rev().lt(y.iter().rev())
}

fn from_bytes<const W: usize>(bytes: &[u8]) -> Option<Uint<W>> {
    let mut value = [0; W];
    let mut chunks = bytes.rchunks(size_of::<usize>());
    for (word, chunk) in value.iter_mut().zip(&mut chunks) {
        *word = chunk.iter().fold(0, |word, byte| word << 8 | usize::from(*byte));
    }
    chunks.next().is_none().then_some(value)
}

fn to_bytes<const W: usize>(value: &Uint<W>, bytes: &mut [u8]) {
    for (word, chunk) in value.iter().zip(bytes.rchunks_mut(size_of::<usize>())) {
        for (to, from) in chunk.iter_mut().rev().zip(word.to_le_bytes()) {
            *to = from;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same power by repeated multiplication with `base`, for numbers of 64 bits.
    fn slow_power(modulus: u64, exponent: u64, base: u64) -> u64 {
        let product = |x: u128| x * u128::from(base) % u128::from(modulus);
        (0..exponent).fold(1, |x, _| product(x)).try_into().unwrap()
    }

    #[test]
    fn powers_of_small_numbers_are_those_of_repeated_multiplication() {
        let numbers = [1, 2, 3, 0xff, 0x1_0001, u64::from(u32::MAX), 1 << 63, u64::MAX - 1, u64::MAX];
        for modulus in numbers.into_iter().filter(|n| n % 2 == 1 && *n > 1) {
            for base in numbers.into_iter().filter(|base| *base < modulus).chain([0]) {
                for exponent in [3, 5, 7, 9, 31, 257, 1001] {
                    let mut out = [0xee; 8];
                    let odd = NonZeroU64::new(exponent).unwrap();
                    power::<4>(&modulus.to_be_bytes(), odd, &base.to_be_bytes(), &mut out).unwrap();
                    let expected = slow_power(modulus, exponent, base);
                    assert_eq!(u64::from_be_bytes(out), expected, "{base}^{exponent} mod {modulus}");
                }
            }
        }
    }

    #[test]
    fn what_is_out_of_range_is_refused() {
        let mut out = [0; 8];
        let three = NonZeroU64::new(3).unwrap();
        assert_eq!(power::<2>(&[6], three, &[2], &mut out), None, "an even modulus");
        assert_eq!(power::<2>(&[7], three, &[7], &mut out), None, "a base not below the modulus");
        assert_eq!(power::<2>(&[1; 17], three, &[2], &mut out), None, "more bytes than words");
        assert_eq!(power::<2>(&[7], three, &[2], &mut out), Some(()));
        assert_eq!(out, [0, 0, 0, 0, 0, 0, 0, 1]);
    }
}
