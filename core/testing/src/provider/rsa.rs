//! RSA keys and signatures at the limits of the profile: sizes, exponents, ranges.

use lsam_tls::crypto::{HashAlgorithm, Provider, PublicKey, SignatureKind};

const KINDS: [SignatureKind; 2] = [SignatureKind::RsaPkcs1, SignatureKind::RsaPss];

struct Case {
    accept: bool,
    bits: usize,
    exponent: Vec<u8>,
    modulus: Vec<u8>,
    signatures: [Vec<u8>; 2],
}

fn cases() -> Vec<Case> {
    let lines = include_str!("../../data/rsa-sizes.txt").lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| {
            let [verdict, bits, exponent, modulus, pkcs1, pss] =
                line.split(' ').collect::<Vec<_>>().try_into().unwrap();
            let exponent: u64 = exponent.parse().unwrap();
            Case {
                accept: verdict == "accept",
                bits: bits.parse().unwrap(),
                exponent: exponent.to_be_bytes().into_iter().skip_while(|byte| *byte == 0).collect(),
                modulus: hex(modulus),
                signatures: [hex(pkcs1), hex(pss)],
            }
        })
        .collect()
}

fn hex(digits: &str) -> Vec<u8> {
    (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap()).collect()
}

fn verifies<P: Provider>(kind: SignatureKind, modulus: &[u8], exponent: &[u8], signature: &[u8]) -> bool {
    let key = PublicKey::Rsa { modulus, exponent };
    super::verifies::<P>(kind, &key, HashAlgorithm::Sha256, b"sample", signature)
}

/// Every size of modulus and exponent around the limits: 15 keys.
pub fn sizes_and_exponents_of_the_profile_and_no_others<P: Provider>() {
    let cases = cases();
    for case in &cases {
        for (kind, signature) in KINDS.into_iter().zip(&case.signatures) {
            let verified = verifies::<P>(kind, &case.modulus, &case.exponent, signature);
            assert_eq!(verified, case.accept, "{kind:?} {} {:?}", case.bits, case.exponent);
        }
    }
    assert_eq!(cases.len(), 15);
}

/// A changed, longer or shorter signature does not verify.
pub fn a_changed_signature_does_not_verify<P: Provider>() {
    for case in cases().iter().filter(|case| case.accept) {
        for (kind, signature) in KINDS.into_iter().zip(&case.signatures) {
            for at in [0, signature.len() / 2, signature.len() - 1] {
                let mut changed = signature.clone();
                changed[at] ^= 1;
                assert!(!verifies::<P>(kind, &case.modulus, &case.exponent, &changed));
            }
            let mut longer = signature.clone();
            longer.insert(0, 0);
            assert!(!verifies::<P>(kind, &case.modulus, &case.exponent, &longer));
            assert!(!verifies::<P>(kind, &case.modulus, &case.exponent, &signature[1..]));
        }
    }
}

/// A signature that is not below the modulus is refused, although its power is right.
pub fn a_signature_not_below_the_modulus_is_refused<P: Provider>() {
    // RFC 8017 section 5.2.2: s + n has the same power, but is not a signature representative.
    for case in cases().iter().filter(|case| case.accept) {
        for (kind, signature) in KINDS.into_iter().zip(&case.signatures) {
            let mut sum = vec![0; signature.len()];
            let mut carry = 0;
            for at in (0..sum.len()).rev() {
                let digit = u16::from(signature[at]) + u16::from(case.modulus[at]) + carry;
                sum[at] = digit.to_be_bytes()[1];
                carry = digit >> 8;
            }
            if carry == 0 {
                assert!(!verifies::<P>(kind, &case.modulus, &case.exponent, &sum), "{}", case.bits);
            }
            assert!(!verifies::<P>(kind, &case.modulus, &case.exponent, &case.modulus));
        }
    }
}

/// A key with zeros in front, an even number in it or an exponent below 3 is refused.
pub fn the_key_must_be_in_its_shortest_form_and_odd<P: Provider>() {
    for case in cases().iter().filter(|case| case.accept) {
        let [pkcs1, _] = &case.signatures;
        let kind = SignatureKind::RsaPkcs1;
        let padded = [&[0], &case.modulus[..]].concat();
        assert!(!verifies::<P>(kind, &padded, &case.exponent, &[&[0], &pkcs1[..]].concat()));
        assert!(!verifies::<P>(kind, &case.modulus, &[&[0], &case.exponent[..]].concat(), pkcs1));
        let mut even = case.modulus.clone();
        *even.last_mut().unwrap() ^= 1;
        assert!(!verifies::<P>(kind, &even, &case.exponent, pkcs1));
        for exponent in [&[][..], &[0], &[1], &[2], &[4], &[1, 0, 0], &[1; 9]] {
            assert!(!verifies::<P>(kind, &case.modulus, exponent, pkcs1));
        }
        assert!(!verifies::<P>(kind, &[], &case.exponent, &[]));
    }
}

/// PKCS #1 and PSS do not verify each other's signatures.
pub fn each_kind_verifies_its_own_signatures_only<P: Provider>() {
    for case in cases() {
        let [pkcs1, pss] = &case.signatures;
        assert!(!verifies::<P>(SignatureKind::RsaPkcs1, &case.modulus, &case.exponent, pss));
        assert!(!verifies::<P>(SignatureKind::RsaPss, &case.modulus, &case.exponent, pkcs1));
    }
}
