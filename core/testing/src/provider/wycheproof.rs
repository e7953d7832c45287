//! Project Wycheproof's vectors for every primitive that a session uses, through the provider interface.
//!
//! Each test counts its cases, so none passes without having run. Where the profile is stricter than the
//! vectors (compressed points, contributory X25519, salts of another length), the test asserts the rejection.

use lsam_tls::crypto::{
    Aead, Entropy, EntropyError, HashAlgorithm, Hmac, KeyExchange, NONCE_LEN, Provider, PublicKey,
    SignatureKind, TAG_LEN,
};
use wycheproof::{
    HashFunction, Mgf, TestResult, aead, ecdh, ecdsa, mac, rsa_pkcs1_verify, rsa_pss_verify, xdh,
};

use super::verifies;

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

/// AES-128-GCM: 67 cases.
pub fn aes_128_gcm<P: Provider>() -> usize {
    aead_cases::<P::Aes128Gcm>(aead::TestName::AesGcm, 16)
}

/// AES-256-GCM: 66 cases.
pub fn aes_256_gcm<P: Provider>() -> usize {
    aead_cases::<P::Aes256Gcm>(aead::TestName::AesGcm, 32)
}

/// ChaCha20-Poly1305: 316 cases.
pub fn chacha20_poly1305<P: Provider>() -> usize {
    aead_cases::<P::ChaCha20Poly1305>(aead::TestName::ChaCha20Poly1305, 32)
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

/// HMAC-SHA-256: 174 cases.
pub fn hmac_sha256<P: Provider>() -> usize {
    hmac_cases::<P::HmacSha256>(mac::TestName::HmacSha256)
}

/// HMAC-SHA-384: 174 cases.
pub fn hmac_sha384<P: Provider>() -> usize {
    hmac_cases::<P::HmacSha384>(mac::TestName::HmacSha384)
}

/// A key from an entropy source that returns `scalar`.
pub fn drawn<K: KeyExchange>(scalar: &[u8]) -> K {
    K::generate(&mut Fixed(scalar)).unwrap()
}

fn ecdh_cases<K: KeyExchange>(name: ecdh::TestName, key: impl Fn(&[u8]) -> K) -> usize {
    let mut cases = 0;
    for group in ecdh::TestSet::load(name).unwrap().test_groups {
        for test in group.tests {
            let case = format!("{name:?} {}: {}", test.tc_id, test.comment);
            let agreed = key(without_zeros(&test.private_key)).agree(&test.public_key);
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

/// Diffie-Hellman on secp256r1: 355 cases. `key` makes the key with a scalar, which is given without leading
/// zeros: [`drawn`], if the provider uses the entropy of its caller.
pub fn secp256r1<K: KeyExchange>(key: impl Fn(&[u8]) -> K) -> usize {
    ecdh_cases(ecdh::TestName::EcdhSecp256r1Ecpoint, key)
}

/// Diffie-Hellman on secp384r1: 790 cases, with `key` as in [`secp256r1`].
pub fn secp384r1<K: KeyExchange>(key: impl Fn(&[u8]) -> K) -> usize {
    ecdh_cases(ecdh::TestName::EcdhSecp384r1Ecpoint, key)
}

/// X25519: 518 cases.
pub fn x25519<P: Provider>() -> usize {
    let mut cases = 0;
    for group in xdh::TestSet::load(xdh::TestName::X25519).unwrap().test_groups {
        for test in group.tests {
            let case = format!("X25519 {}: {}", test.tc_id, test.comment);
            let agreed = drawn::<P::X25519>(&test.private_key).agree(&test.public_key);
            let contributory = test.shared_secret.iter().any(|byte| *byte != 0);
            assert_eq!(agreed.is_ok(), test.result != TestResult::Invalid && contributory, "{case}");
            if let Ok(shared) = agreed {
                assert_eq!(shared.expose(), &test.shared_secret[..], "{case}");
            }
            cases += 1;
        }
    }
    cases
}

/// ECDSA on secp256r1: 1038 cases, with SHA-256 and SHA-512.
pub fn ecdsa_secp256r1<P: Provider>() -> usize {
    ecdsa_cases::<P>(&[
        (ecdsa::TestName::EcdsaSecp256r1Sha256, HashAlgorithm::Sha256),
        (ecdsa::TestName::EcdsaSecp256r1Sha512, HashAlgorithm::Sha512),
    ])
}

/// ECDSA on secp384r1: 1518 cases, with each hash function.
pub fn ecdsa_secp384r1<P: Provider>() -> usize {
    ecdsa_cases::<P>(&[
        (ecdsa::TestName::EcdsaSecp384r1Sha256, HashAlgorithm::Sha256),
        (ecdsa::TestName::EcdsaSecp384r1Sha384, HashAlgorithm::Sha384),
        (ecdsa::TestName::EcdsaSecp384r1Sha512, HashAlgorithm::Sha512),
    ])
}

fn ecdsa_cases<P: Provider>(sets: &[(ecdsa::TestName, HashAlgorithm)]) -> usize {
    let mut cases = 0;
    for &(name, hash) in sets {
        for group in ecdsa::TestSet::load(name).unwrap().test_groups {
            let point = &group.key.key[..];
            let key =
                if point.len() == 65 { PublicKey::Secp256r1(point) } else { PublicKey::Secp384r1(point) };
            for test in group.tests {
                let verified = verifies::<P>(SignatureKind::Ecdsa, &key, hash, &test.msg, &test.sig);
                let case = format!("{name:?} {}: {}", test.tc_id, test.comment);
                assert_eq!(verified, test.result == TestResult::Valid, "{case}");
                cases += 1;
            }
        }
    }
    cases
}

/// RSASSA-PKCS1-v1_5: 2330 cases.
pub fn rsa_pkcs1<P: Provider>() -> usize {
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
                let verified = verifies::<P>(SignatureKind::RsaPkcs1, &key, hash, &test.msg, &test.sig);
                let case = format!("{name:?} {}: {}", test.tc_id, test.comment);
                assert_eq!(verified, test.result == TestResult::Valid, "{case}");
                cases += 1;
            }
        }
    }
    cases
}

/// RSASSA-PSS: 1263 cases, of which 788 have the parameters of the profile.
pub fn rsa_pss<P: Provider>() -> (usize, usize) {
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
                let verified = verifies::<P>(SignatureKind::RsaPss, &key, hash, &test.msg, &test.sig);
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
    (cases, of_the_profile)
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
