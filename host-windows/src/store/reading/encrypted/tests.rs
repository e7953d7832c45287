use super::super::tests::tlv;
use super::*;

const SEQUENCE_TAG: u8 = 0x30;

fn sequence(parts: &[Vec<u8>]) -> Vec<u8> {
    tlv(SEQUENCE_TAG, &parts.concat())
}

fn integer(value: u64) -> Vec<u8> {
    let digits = value.to_be_bytes();
    let zeros = digits.iter().take_while(|digit| **digit == 0).count().min(digits.len() - 1);
    let digits = &digits[zeros..];
    // If the first bit were set, it would be negative.
    tlv(INTEGER, &[&[0][..usize::from(digits[0] >> 7)], digits].concat())
}

/// An AlgorithmIdentifier of PBES2 with a key derived by `oid` from `numbers`, and AES-256 in CBC mode.
fn pbes2(oid: &[u8], numbers: &[u64]) -> Vec<u8> {
    let numbers: Vec<u8> = numbers.iter().flat_map(|number| integer(*number)).collect();
    let derivation = sequence(&[tlv(OID, oid), sequence(&[tlv(OCTET_STRING, &[7; 16]), numbers])]);
    let aes256 = [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 1, 42];
    let encryption = sequence(&[tlv(OID, &aes256), tlv(OCTET_STRING, &[9; 16])]);
    sequence(&[tlv(OID, PBES2), sequence(&[derivation, encryption])])
}

fn pkcs12(iterations: u64) -> Vec<u8> {
    let parameters = sequence(&[tlv(OCTET_STRING, &[7; 8]), integer(iterations)]);
    sequence(&[tlv(OID, &[PKCS12_PBE, &[3]].concat()), parameters])
}

/// The error for `algorithm`, given what is left of `budget`; a wrong password if the password was tried.
fn said(algorithm: &[u8], budget: &mut Budget) -> String {
    let password = Passphrase::new(&Zeroizing::new("secret".to_owned()));
    match decrypt(&Element::only(algorithm).unwrap(), &[5; 32], &password, budget) {
        Ok(_) => "tried".to_owned(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn what_would_take_too_long_is_not_begun() {
    for (algorithm, expected) in [
        (pbes2(PBKDF2, &[0]), "the number of iterations of PBKDF2 is 0; it is 1 to 1500000"),
        (
            pbes2(PBKDF2, &[1_500_001]),
            "the number of iterations of PBKDF2 is 1500001; 1500000 is accepted at most",
        ),
        (pbes2(PBKDF2, &[u64::MAX]), "the number of iterations of PBKDF2 is larger than any that is used"),
        (
            pkcs12(2_147_483_647),
            "the number of iterations of PKCS#12 is 2147483647; 1500000 is accepted at most",
        ),
        (pbes2(SCRYPT, &[0, 8, 1]), "N of scrypt is 0; it is 1 to 1048576"),
        (pbes2(SCRYPT, &[1, 8, 1]), "N of scrypt is 1, which is no value that it can have"),
        (pbes2(SCRYPT, &[1000, 8, 1]), "N of scrypt is 1000, which is no value that it can have"),
        (pbes2(SCRYPT, &[1 << 40, 8, 1]), "N of scrypt is 1099511627776; 1048576 is accepted at most"),
        (pbes2(SCRYPT, &[1024, 0, 1]), "r of scrypt is 0; it is 1 to 1048576"),
        (pbes2(SCRYPT, &[1024, 8, 0]), "p of scrypt is 0; it is 1 to 1048576"),
        (pbes2(SCRYPT, &[1024, 8, 65_535]), "N * r * p of scrypt is 536862720; 1048576 is accepted at most"),
        (pbes2(SCRYPT, &[131_072, 8, 1]), "its memory in bytes, is 134217728; 67108864 is accepted at most"),
    ] {
        let said = said(&algorithm, &mut Budget::default());
        assert!(
            said.starts_with("it is not opened, because making a key of the password would take too much "),
            "{said}"
        );
        assert!(said.contains(expected), "{expected}: {said}");
    }
    for algorithm in [pbes2(PBKDF2, &[1000]), pkcs12(1000), pbes2(SCRYPT, &[1024, 8, 2])] {
        assert_eq!(said(&algorithm, &mut Budget::default()), "tried");
    }
}

#[test]
fn all_keys_of_a_file_have_one_budget() {
    let mut budget = Budget(2500);
    assert_eq!(said(&pbes2(PBKDF2, &[1000]), &mut budget), "tried");
    assert_eq!(said(&pkcs12(1000), &mut budget), "tried");
    let refused = said(&pbes2(PBKDF2, &[1000]), &mut budget);
    assert!(
        refused.contains("the number of iterations for all that is encrypted in the file is "),
        "{refused}"
    );
    let refused = said(&pbes2(SCRYPT, &[1024, 8, 1]), &mut Budget(16_383));
    assert!(
        refused.contains("the number of iterations for all that is encrypted in the file is "),
        "{refused}"
    );
}

#[test]
fn what_has_no_form_that_is_known_is_no_wrong_password() {
    for algorithm in [
        sequence(&[]),
        sequence(&[tlv(OID, PBES2)]),
        sequence(&[tlv(OID, PBES2), sequence(&[])]),
        sequence(&[tlv(OID, PBES2), tlv(OCTET_STRING, &[])]),
        pbes2(PBKDF2, &[]),
        pbes2(SCRYPT, &[1024, 8]),
        pbes2(PBES2, &[1000]),
        // The key length is not that of AES-256.
        pbes2(PBKDF2, &[1000, 16]),
        sequence(&[tlv(OID, &[PKCS12_PBE, &[9]].concat()), sequence(&[])]),
        sequence(&[tlv(OID, &[1, 2]), sequence(&[])]),
    ] {
        let said = said(&algorithm, &mut Budget::default());
        assert!(said.starts_with("the private key in it is encrypted in a way that is not known"), "{said}");
    }
}

/// Ignored by default, because it takes as long as the bounds allow: `cargo test --lib -- --ignored
/// the_bounds_in_seconds --nocapture`.
#[test]
#[ignore = "a measurement"]
fn the_bounds_in_seconds() {
    for (name, algorithm) in [
        ("PBKDF2", pbes2(PBKDF2, &[1_500_000])),
        ("PKCS#12", pkcs12(1_500_000)),
        ("scrypt, work", pbes2(SCRYPT, &[65_536, 8, 2])),
        ("scrypt, memory", pbes2(SCRYPT, &[65_536, 8, 1])),
    ] {
        let before = std::time::Instant::now();
        assert_eq!(said(&algorithm, &mut Budget::default()), "tried", "{name}");
        println!("{name}: {:?}", before.elapsed());
    }
}
