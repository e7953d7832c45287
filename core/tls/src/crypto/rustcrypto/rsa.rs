//! RSA signature verification (RFC 8017 sections 8.1.2 and 8.2.2).
//!
//! A modulus of 2048, 3072 or 4096 bits uses integers of exactly that size; one in between uses the next
//! larger size. Everything here is public, so nothing runs in constant time.

use core::num::NonZeroU64;

use super::RustCrypto;
use super::montgomery::power;
use crate::crypto::{HashAlgorithm, InvalidSignature};

/// The longest modulus, in bytes.
const MAX_MODULUS: usize = 512;
/// The shortest modulus, in bits.
const MIN_MODULUS_BITS: usize = 2048;
/// How many bits the public exponent may have. Other libraries have the same limit, and it bounds the work.
const MAX_EXPONENT_BITS: u32 = 33;

/// Verifies RSASSA-PKCS1-v1_5 (RFC 8017 section 8.2.2).
///
/// The expected encoded message is built and compared. Parsing the recovered one instead would allow
/// forgeries that hide garbage in it.
// Never inlined, like its sibling: its buffer must not be on the stack during curve arithmetic.
#[inline(never)]
pub(super) fn verify_pkcs1(
    modulus: &[u8],
    exponent: &[u8],
    hash: HashAlgorithm,
    digest: &[u8],
    signature: &[u8],
) -> Result<(), InvalidSignature> {
    let mut buffer = [0; MAX_MODULUS];
    let em = buffer.get_mut(..modulus.len()).ok_or(InvalidSignature)?;
    apply_public_key(modulus, exponent, signature, em)?;
    // EM = 0x00 || 0x01 || PS || 0x00 || T, with at least eight 0xff in PS (RFC 8017 section 9.2).
    let prefix = digest_info(hash);
    if digest.len() != digest_len(hash) {
        return Err(InvalidSignature);
    }
    let ps_len = em.len().checked_sub(prefix.len() + digest.len() + 3).ok_or(InvalidSignature)?;
    let expected = [0x00, 0x01]
        .into_iter()
        .chain(core::iter::repeat_n(0xff, ps_len))
        .chain([0x00])
        .chain(prefix.iter().copied())
        .chain(digest.iter().copied());
    if em.iter().copied().eq(expected) { Ok(()) } else { Err(InvalidSignature) }
}

/// Verifies RSASSA-PSS (RFC 8017 section 8.1.2) with MGF1 on `hash` and a salt as long as the digest.
#[inline(never)]
pub(super) fn verify_pss(
    modulus: &[u8],
    exponent: &[u8],
    hash: HashAlgorithm,
    digest: &[u8],
    signature: &[u8],
) -> Result<(), InvalidSignature> {
    let mut buffer = [0; MAX_MODULUS];
    let em = buffer.get_mut(..modulus.len()).ok_or(InvalidSignature)?;
    apply_public_key(modulus, exponent, signature, em)?;
    let em_bits = bit_len(modulus).checked_sub(1).ok_or(InvalidSignature)?;
    // The integer is a byte longer than its encoded message when the modulus has 8n + 1 bits; that byte is
    // zero.
    let high = em.len().checked_sub(em_bits.div_ceil(8)).ok_or(InvalidSignature)?;
    let (high, em) = em.split_at_mut_checked(high).ok_or(InvalidSignature)?;
    if high.iter().any(|byte| *byte != 0) {
        return Err(InvalidSignature);
    }
    emsa_pss_verify(em, em_bits, hash, digest)
}

/// EMSA-PSS-VERIFY (RFC 8017 section 9.1.2); the numbers are its steps. `em` is unmasked in place.
fn emsa_pss_verify(
    em: &mut [u8],
    em_bits: usize,
    hash: HashAlgorithm,
    digest: &[u8],
) -> Result<(), InvalidSignature> {
    let hash_len = digest_len(hash);
    // 3: salt and digest, and the two bytes that frame them, must fit.
    if digest.len() != hash_len || em.len() < 2 * hash_len + 2 {
        return Err(InvalidSignature);
    }
    // 4
    let Some((0xbc, em)) = em.split_last_mut().map(|(last, em)| (*last, em)) else {
        return Err(InvalidSignature);
    };
    // 5
    let (db, h) = em.split_at_mut_checked(em.len() - hash_len).ok_or(InvalidSignature)?;
    // 6: the bits above em_bits in the first byte.
    let allowed = u8::MAX >> ((8 - em_bits % 8) % 8);
    let first = db.first_mut().ok_or(InvalidSignature)?;
    if *first & !allowed != 0 {
        return Err(InvalidSignature);
    }
    // 7, 8: MGF1 (RFC 8017 appendix B.2.1).
    for (counter, block) in (0_u32..).zip(db.chunks_mut(hash_len)) {
        let mask = hash.digest::<RustCrypto>(&[h, &counter.to_be_bytes()]).ok_or(InvalidSignature)?;
        for (byte, mask) in block.iter_mut().zip(mask.as_ref()) {
            *byte ^= mask;
        }
    }
    // 9
    if let Some(first) = db.first_mut() {
        *first &= allowed;
    }
    // 10, 11
    let (padding, salt) = db.split_at_checked(db.len() - hash_len).ok_or(InvalidSignature)?;
    let Some((0x01, zeros)) = padding.split_last().map(|(last, zeros)| (*last, zeros)) else {
        return Err(InvalidSignature);
    };
    if zeros.iter().any(|byte| *byte != 0) {
        return Err(InvalidSignature);
    }
    // 12, 13, 14
    let expected = hash.digest::<RustCrypto>(&[&[0; 8], digest, salt]).ok_or(InvalidSignature)?;
    if expected.as_ref() == h { Ok(()) } else { Err(InvalidSignature) }
}

/// RSAVP1 (RFC 8017 section 5.2.2) and I2OSP: writes `signature`^`exponent` mod `modulus` to the whole of
/// `em`, which is as long as the modulus.
fn apply_public_key(
    modulus: &[u8],
    exponent: &[u8],
    signature: &[u8],
    em: &mut [u8],
) -> Result<(), InvalidSignature> {
    let exponent = public_exponent(exponent)?;
    if modulus.first() == Some(&0) || signature.len() != modulus.len() {
        return Err(InvalidSignature);
    }
    let done = match bit_len(modulus) {
        MIN_MODULUS_BITS => power::<{ words(2048) }>(modulus, exponent, signature, em),
        2049..=3072 => power::<{ words(3072) }>(modulus, exponent, signature, em),
        3073..=4096 => power::<{ words(4096) }>(modulus, exponent, signature, em),
        _ => None,
    };
    done.ok_or(InvalidSignature)
}

/// An odd exponent of at least 3 and at most [`MAX_EXPONENT_BITS`] bits.
fn public_exponent(bytes: &[u8]) -> Result<NonZeroU64, InvalidSignature> {
    if bytes.len() > size_of::<u64>() || bytes.first() == Some(&0) {
        return Err(InvalidSignature);
    }
    let exponent = bytes.iter().fold(0, |value, byte| value << 8 | u64::from(*byte));
    let bits = u64::BITS - exponent.leading_zeros();
    if exponent >= 3 && exponent % 2 == 1 && bits <= MAX_EXPONENT_BITS {
        NonZeroU64::new(exponent).ok_or(InvalidSignature)
    } else {
        Err(InvalidSignature)
    }
}

/// How many machine words hold `bits` bits.
const fn words(bits: u32) -> usize {
    let mut words = 0;
    let mut covered = 0;
    while covered < bits {
        covered += usize::BITS;
        words += 1;
    }
    words
}

/// The length of `modulus` in bits; it has no leading zero byte.
fn bit_len(modulus: &[u8]) -> usize {
    match modulus.split_first() {
        Some((first, rest)) => rest.len() * 8 + (8 - usize::try_from(first.leading_zeros()).unwrap_or(8)),
        None => 0,
    }
}

const fn digest_len(hash: HashAlgorithm) -> usize {
    match hash {
        HashAlgorithm::Sha256 => 32,
        HashAlgorithm::Sha384 => 48,
        HashAlgorithm::Sha512 => 64,
    }
}

/// The DER of a `DigestInfo` up to its digest (RFC 8017 section 9.2, note 1).
const fn digest_info(hash: HashAlgorithm) -> &'static [u8; 19] {
    match hash {
        HashAlgorithm::Sha256 => {
            b"\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20"
        }
        HashAlgorithm::Sha384 => {
            b"\x30\x41\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x02\x05\x00\x04\x30"
        }
        HashAlgorithm::Sha512 => {
            b"\x30\x51\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x03\x05\x00\x04\x40"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8017 section 9.1.1 with a salt of 32 bytes and no padding but the 0x01.
    #[test]
    fn the_shortest_encoded_message_that_is_verified_holds_salt_digest_and_two_bytes() {
        let hash = HashAlgorithm::Sha256;
        let sha256 = |parts: &[&[u8]]| hash.digest::<RustCrypto>(parts).unwrap();
        let (digest, salt) = ([5; 32], [6; 32]);
        let h = sha256(&[&[0; 8], &digest, &salt]);
        let mut em = [0; 66];
        em[0] = 0x01;
        em[1..33].copy_from_slice(&salt);
        let masks = [sha256(&[h.as_ref(), &[0, 0, 0, 0]]), sha256(&[h.as_ref(), &[0, 0, 0, 1]])];
        for (byte, mask) in em[..33].iter_mut().zip(masks.iter().flat_map(AsRef::as_ref)) {
            *byte ^= mask;
        }
        em[33..65].copy_from_slice(h.as_ref());
        em[65] = 0xbc;
        assert_eq!(emsa_pss_verify(&mut em.clone(), 66 * 8, hash, &digest), Ok(()));
        assert_eq!(emsa_pss_verify(&mut em.clone(), 66 * 8, hash, &digest[1..]), Err(InvalidSignature));
        for len in 0..66 {
            let mut short = em;
            let short = &mut short[66 - len..];
            assert_eq!(emsa_pss_verify(short, len * 8, hash, &digest), Err(InvalidSignature), "{len}");
        }
    }

    #[test]
    fn an_exponent_is_odd_and_has_2_to_33_bits() {
        for (bytes, expected) in [
            (&[3][..], Some(3)),
            (&[1, 0, 1], Some(0x1_0001)),
            (&[1, 0xff, 0xff, 0xff, 0xff], Some((1 << 33) - 1)),
            (&[2, 0, 0, 0, 1], None),
            (&[0x80, 0, 0, 0, 0, 0, 0, 1], None),
            // Not 3, the value of its last eight bytes.
            (&[1, 0, 0, 0, 0, 0, 0, 0, 3], None),
            (&[2], None),
            (&[1], None),
            (&[0, 3], None),
            (&[0], None),
            (&[], None),
        ] {
            assert_eq!(public_exponent(bytes).ok().map(NonZeroU64::get), expected, "{bytes:?}");
        }
    }
}
