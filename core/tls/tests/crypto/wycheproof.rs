//! Project Wycheproof's vectors for every primitive that a session uses, through the provider interface.
//!
//! Each test counts its cases, so none passes without having run. Where the profile is stricter than the
//! vectors (compressed points, contributory X25519, salts of another length), the test asserts the rejection.

use lsam_tls::crypto::{
    Aead, Entropy, EntropyError, HashAlgorithm, Hmac, KeyExchange, NONCE_LEN, Provider, PublicKey,
    SignatureKind, TAG_LEN, rustcrypto::RustCrypto,
};
use wycheproof::{
    HashFunction, Mgf, TestResult, aead, ecdh, ecdsa, mac, rsa_pkcs1_verify, rsa_pss_verify, xdh,
};

type P = RustCrypto;

/// An "entropy source" that returns a given key.
struct Fixed<'a>(&'a [u8]);

impl Entropy for Fixed<'_> {
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), EntropyError> {
        let start = bytes.len().checked_sub(self.0.len()).ok_or(EntropyError)?;
        bytes.fill(0);
        bytes[start..].copy_from_slice(self.0);
        Ok(())
    }
}

fn aead_cases<A: Aead>(name: aead::TestName, key_len: usize) -> usize {
    let mut cases = 0;
    for group in aead::TestSet::load(name).unwrap().test_groups {
        if group.key_size != 8 * key_len || group.nonce_size != 8 * NONCE_LEN || group.tag_size != 8 * TAG_LEN
        {
            continue;
        }
        for test in group.tests {
            let case = format!("{name:?} {}: {}", test.tc_id, test.comment);
            let cipher = A::new(&test.key).unwrap();
            let nonce: [u8; NONCE_LEN] = test.nonce[..].try_into().unwrap();
            let tag: [u8; TAG_LEN] = test.tag[..].try_into().unwrap();
            let mut text = test.ct.to_vec();
            let opened = cipher.open(&nonce, &test.aad, &mut text, &tag).is_ok();
            assert_eq!(opened, test.result == TestResult::Valid, "{case}");
            if opened {
                assert_eq!(text, test.pt[..], "{case}");
                assert_eq!(cipher.seal(&nonce, &test.aad, &mut text), Ok(tag), "{case}");
                assert_eq!(text, test.ct[..], "{case}");
            }
            cases += 1;
        }
    }
    cases
}

#[test]
fn aes_gcm() {
    assert_eq!(aead_cases::<<P as Provider>::Aes128Gcm>(aead::TestName::AesGcm, 16), 67);
    assert_eq!(aead_cases::<<P as Provider>::Aes256Gcm>(aead::TestName::AesGcm, 32), 66);
}

#[test]
fn chacha20_poly1305() {
    assert_eq!(aead_cases::<<P as Provider>::ChaCha20Poly1305>(aead::TestName::ChaCha20Poly1305, 32), 316);
}

fn hmac_cases<H: Hmac>(name: mac::TestName) -> usize {
    let mut cases = 0;
    for group in mac::TestSet::load(name).unwrap().test_groups {
        for test in group.tests {
            let case = format!("{name:?} {}: {}", test.tc_id, test.comment);
            let mut hmac = H::new(&test.key).unwrap();
            hmac.update(&test.msg);
            let mut tag = vec![0; group.tag_size / 8];
            hmac.finish(&mut tag);
            assert_eq!(tag == test.tag[..], test.result == TestResult::Valid, "{case}");
            cases += 1;
        }
    }
    cases
}

#[test]
fn hmac() {
    assert_eq!(hmac_cases::<<P as Provider>::HmacSha256>(mac::TestName::HmacSha256), 174);
    assert_eq!(hmac_cases::<<P as Provider>::HmacSha384>(mac::TestName::HmacSha384), 174);
}

fn ecdh_cases<K: KeyExchange>(name: ecdh::TestName) -> usize {
    let mut cases = 0;
    for group in ecdh::TestSet::load(name).unwrap().test_groups {
        for test in group.tests {
            let case = format!("{name:?} {}: {}", test.tc_id, test.comment);
            let key = K::generate(&mut Fixed(without_zeros(&test.private_key))).unwrap();
            let agreed = key.agree(&test.public_key);
            let compressed = test.flags.contains(&ecdh::TestFlag::CompressedPoint);
            let valid = test.result == TestResult::Valid && !compressed;
            assert_eq!(agreed.is_ok(), valid, "{case}");
            if let Ok(shared) = agreed {
                assert_eq!(shared.expose(), &test.shared_secret[..], "{case}");
            }
            cases += 1;
        }
    }
    cases
}

#[test]
fn ecdh() {
    assert_eq!(ecdh_cases::<<P as Provider>::Secp256r1>(ecdh::TestName::EcdhSecp256r1Ecpoint), 355);
    assert_eq!(ecdh_cases::<<P as Provider>::Secp384r1>(ecdh::TestName::EcdhSecp384r1Ecpoint), 790);
}

#[test]
fn x25519() {
    let mut cases = 0;
    for group in xdh::TestSet::load(xdh::TestName::X25519).unwrap().test_groups {
        for test in group.tests {
            let case = format!("X25519 {}: {}", test.tc_id, test.comment);
            let key = <P as Provider>::X25519::generate(&mut Fixed(&test.private_key)).unwrap();
            let agreed = key.agree(&test.public_key);
            let contributory = test.shared_secret.iter().any(|byte| *byte != 0);
            assert_eq!(agreed.is_ok(), test.result != TestResult::Invalid && contributory, "{case}");
            if let Ok(shared) = agreed {
                assert_eq!(shared.expose(), &test.shared_secret[..], "{case}");
            }
            cases += 1;
        }
    }
    assert_eq!(cases, 518);
}

#[test]
fn ecdsa() {
    let sets = [
        (ecdsa::TestName::EcdsaSecp256r1Sha256, HashAlgorithm::Sha256, 484),
        (ecdsa::TestName::EcdsaSecp256r1Sha512, HashAlgorithm::Sha512, 554),
        (ecdsa::TestName::EcdsaSecp384r1Sha256, HashAlgorithm::Sha256, 472),
        (ecdsa::TestName::EcdsaSecp384r1Sha384, HashAlgorithm::Sha384, 504),
        (ecdsa::TestName::EcdsaSecp384r1Sha512, HashAlgorithm::Sha512, 542),
    ];
    for (name, hash, expected) in sets {
        let mut cases = 0;
        for group in ecdsa::TestSet::load(name).unwrap().test_groups {
            let point = &group.key.key[..];
            let key =
                if point.len() == 65 { PublicKey::Secp256r1(point) } else { PublicKey::Secp384r1(point) };
            for test in group.tests {
                let verified = verifies(SignatureKind::Ecdsa, &key, hash, &test.msg, &test.sig);
                let case = format!("{name:?} {}: {}", test.tc_id, test.comment);
                assert_eq!(verified, test.result == TestResult::Valid, "{case}");
                cases += 1;
            }
        }
        assert_eq!(cases, expected, "{name:?}");
    }
}

#[test]
fn rsa_pkcs1() {
    use rsa_pkcs1_verify::TestName;

    let mut cases = 0;
    for name in [
        TestName::Rsa2048Sha256,
        TestName::Rsa2048Sha384,
        TestName::Rsa2048Sha512,
        TestName::Rsa3072Sha256,
        TestName::Rsa3072Sha384,
        TestName::Rsa3072Sha512,
        TestName::Rsa4096Sha256,
        TestName::Rsa4096Sha384,
        TestName::Rsa4096Sha512,
    ] {
        for group in rsa_pkcs1_verify::TestSet::load(name).unwrap().test_groups {
            let hash = sha2(group.hash).unwrap();
            let key = PublicKey::Rsa {
                modulus: without_zeros(&group.key.n),
                exponent: without_zeros(&group.key.e),
            };
            for test in group.tests {
                let verified = verifies(SignatureKind::RsaPkcs1, &key, hash, &test.msg, &test.sig);
                let case = format!("{name:?} {}: {}", test.tc_id, test.comment);
                assert_eq!(verified, test.result == TestResult::Valid, "{case}");
                cases += 1;
            }
        }
    }
    assert_eq!(cases, 2330);
}

#[test]
fn rsa_pss() {
    use rsa_pss_verify::TestName;

    let (mut cases, mut of_the_profile) = (0, 0);
    for name in [
        TestName::RsaPss2048Sha256Mgf1SaltLen0,
        TestName::RsaPss2048Sha256Mgf1SaltLen32,
        TestName::RsaPss2048Sha256Mgf1Sha1_20,
        TestName::RsaPss2048Sha384Mgf1SaltLen48,
        TestName::RsaPss3072Sha256Mgf1SaltLen32,
        TestName::RsaPss4096Sha256Mgf1SaltLen32,
        TestName::RsaPss4096Sha384Mgf1SaltLen48,
        TestName::RsaPss4096Sha512Mgf1SaltLen32,
        TestName::RsaPss4096Sha512Mgf1SaltLen64,
        TestName::RsaPssmisc,
    ] {
        for group in rsa_pss_verify::TestSet::load(name).unwrap().test_groups {
            let Some(hash) = sha2(group.hash) else { continue };
            let in_profile = group.mgf == Mgf::Mgf1
                && group.mgf_hash == Some(group.hash)
                && group.salt_size == hash.digest::<P>(&[]).unwrap().as_ref().len();
            let key = PublicKey::Rsa {
                modulus: without_zeros(&group.key.n),
                exponent: without_zeros(&group.key.e),
            };
            for test in group.tests {
                let verified = verifies(SignatureKind::RsaPss, &key, hash, &test.msg, &test.sig);
                let case = format!("{name:?} {}: {}", test.tc_id, test.comment);
                // Valid vectors with another salt length or mask are rejected. Invalid ones are skipped: they
                // may be valid with our parameters.
                if in_profile || test.result == TestResult::Valid {
                    assert_eq!(verified, in_profile && test.result == TestResult::Valid, "{case}");
                }
                cases += 1;
                of_the_profile += usize::from(in_profile);
            }
        }
    }
    assert_eq!((cases, of_the_profile), (1263, 788));
}

fn verifies(
    kind: SignatureKind,
    key: &PublicKey<'_>,
    hash: HashAlgorithm,
    msg: &[u8],
    signature: &[u8],
) -> bool {
    P::verify(kind, key, hash, hash.digest::<P>(&[msg]).unwrap().as_ref(), signature).is_ok()
}

fn sha2(hash: HashFunction) -> Option<HashAlgorithm> {
    match hash {
        HashFunction::Sha2_256 => Some(HashAlgorithm::Sha256),
        HashFunction::Sha2_384 => Some(HashAlgorithm::Sha384),
        HashFunction::Sha2_512 => Some(HashAlgorithm::Sha512),
        _ => None,
    }
}

fn without_zeros(integer: &[u8]) -> &[u8] {
    let zeros = integer.iter().take_while(|byte| **byte == 0).count();
    &integer[zeros..]
}
