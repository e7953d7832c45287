//! The primitives of a handshake: the default provider against other libraries.

use std::hint::black_box;

use getrandom::SysRng;
use lsam_aws_lc::AwsLc;
use lsam_core::crypto::rustcrypto::RustCrypto;
use lsam_core::crypto::{
    Aead, HashAlgorithm, KeyExchange, NONCE_LEN, Provider, PublicKey, SignatureKind, SignatureScheme,
};
use lsam_core::x509::Certificate;
use openssl::hash::MessageDigest;
use openssl::sign::Verifier;
use openssl::x509::X509;
use p256::ecdsa::signature::hazmat::PrehashSigner as _;
use p256::pkcs8::DecodePrivateKey as _;
use ring::agreement as ring_agreement;
use ring::rand::SystemRandom;
use ring::signature as ring_signature;

use crate::Failure;
use crate::identity::{Authority, Identity, KeyKind, Signer, SigningLibrary};
use crate::measure::{Effort, Ratio, Sampler, Table, Unit, medians, repeated};

const COLUMNS: [&str; 4] = ["LSAM, RustCrypto", "aws-lc-rs", "ring", "OpenSSL"];
const RATIOS: [Ratio; 2] = [Ratio { of: 0, by: 2 }, Ratio { of: 0, by: 3 }];
const MESSAGE: &[u8] = &[0x42; 256];

/// Verification, key agreement, signing and the ciphers.
///
/// # Errors
/// A primitive that rejects valid input.
pub fn all(effort: Effort) -> Result<Table, Failure> {
    let mut table = Table::new("Primitives", Unit::Micros, COLUMNS, &RATIOS);
    let authority = Authority::new()?;
    let rsa = authority.issue(KeyKind::Rsa2048)?;
    let ecdsa = authority.issue(KeyKind::EcdsaP256)?;
    table.row("RSA-2048 verification, PKCS#1", 0, medians(effort, verification(effort, &rsa)?)?);
    table.row("ECDSA P-256 verification", 0, medians(effort, verification(effort, &ecdsa)?)?);
    table.row("ECDSA P-256 signing", 0, medians(effort, signing(effort, &ecdsa)?)?);
    type Ours = RustCrypto;
    let x25519 = &ring_agreement::X25519;
    let made = making::<<Ours as Provider>::X25519, <AwsLc as Provider>::X25519>(effort, x25519);
    table.row("X25519 key made", 0, medians(effort, made)?);
    let agreed = agreeing::<<Ours as Provider>::X25519, <AwsLc as Provider>::X25519>(effort, x25519);
    table.row("X25519 key made and agreed", 0, medians(effort, agreed)?);
    let p256 = &ring_agreement::ECDH_P256;
    let made = making::<<Ours as Provider>::Secp256r1, <AwsLc as Provider>::Secp256r1>(effort, p256);
    table.row("P-256 key made", 0, medians(effort, made)?);
    let agreed = agreeing::<<Ours as Provider>::Secp256r1, <AwsLc as Provider>::Secp256r1>(effort, p256);
    table.row("P-256 key made and agreed", 0, medians(effort, agreed)?);
    let sealed = sealing::<<Ours as Provider>::Aes128Gcm, <AwsLc as Provider>::Aes128Gcm>(effort, 16)?;
    table.row("AES-128-GCM, 16 KiB", 0, medians(effort, sealed)?);
    let sealed =
        sealing::<<Ours as Provider>::ChaCha20Poly1305, <AwsLc as Provider>::ChaCha20Poly1305>(effort, 32)?;
    table.row("ChaCha20-Poly1305, 16 KiB", 0, medians(effort, sealed)?);
    Ok(table)
}

/// Hashing a short message and verifying its signature, with the key as encoded in a certificate.
fn verification<'a>(effort: Effort, identity: &'a Identity) -> Result<Vec<Option<Sampler<'a>>>, Failure> {
    let key = Certificate::parse(&identity.leaf).map_err(|error| error.to_string())?.public_key()?;
    let public_key = X509::from_der(&identity.leaf)?.public_key()?;
    let (kind, signature) = match identity.kind {
        KeyKind::Rsa2048 => {
            let signer = Signer::new(identity, SigningLibrary::AwsLc)?;
            (SignatureKind::RsaPkcs1, signer.sign_message(SignatureScheme::RsaPkcs1Sha256, MESSAGE)?)
        }
        KeyKind::EcdsaP256 => {
            let key = p256::ecdsa::SigningKey::from_pkcs8_der(&identity.key)?;
            let digest = HashAlgorithm::Sha256.digest::<RustCrypto>(&[MESSAGE]).ok_or("no SHA-256")?;
            let signature: p256::ecdsa::Signature = key.sign_prehash(digest.as_ref())?;
            (SignatureKind::Ecdsa, signature.to_der().as_bytes().to_vec())
        }
    };
    let (for_ours, for_aws_lc, for_ring, for_openssl) =
        (signature.clone(), signature.clone(), signature.clone(), signature);
    Ok(vec![
        Some(repeated(effort, move || verify::<RustCrypto>(kind, &key, &for_ours))),
        Some(repeated(effort, move || verify::<AwsLc>(kind, &key, &for_aws_lc))),
        Some(repeated(effort, move || ring_verify(&key, &for_ring))),
        Some(repeated(effort, move || {
            let mut verifier = Verifier::new(MessageDigest::sha256(), &public_key)?;
            match verifier.verify_oneshot(&for_openssl, black_box(MESSAGE))? {
                true => Ok(()),
                false => Err("OpenSSL refuses a signature".into()),
            }
        })),
    ])
}

fn verify<P: Provider>(kind: SignatureKind, key: &PublicKey<'_>, signature: &[u8]) -> Result<(), Failure> {
    let digest = HashAlgorithm::Sha256.digest::<P>(&[black_box(MESSAGE)]).ok_or("no SHA-256")?;
    P::verify(kind, key, HashAlgorithm::Sha256, digest.as_ref(), signature)
        .map_err(|_| "a signature is refused".into())
}

fn ring_verify(key: &PublicKey<'_>, signature: &[u8]) -> Result<(), Failure> {
    let message = black_box(MESSAGE);
    match *key {
        PublicKey::Rsa { modulus, exponent } => {
            ring_signature::RsaPublicKeyComponents { n: modulus, e: exponent }.verify(
                &ring_signature::RSA_PKCS1_2048_8192_SHA256,
                message,
                signature,
            )?;
        }
        PublicKey::Secp256r1(point) | PublicKey::Secp384r1(point) => {
            ring_signature::UnparsedPublicKey::new(&ring_signature::ECDSA_P256_SHA256_ASN1, point)
                .verify(message, signature)?;
        }
        other => {
            return Err(format!("the library does not verify with a key for {:?}", other.algorithm()).into());
        }
    }
    Ok(())
}

/// The first of our columns signs with p256, as an embedded host does.
fn signing(effort: Effort, identity: &Identity) -> Result<Vec<Option<Sampler<'static>>>, Failure> {
    use aws_lc_rs::signature as lc;
    let ours = p256::ecdsa::SigningKey::from_pkcs8_der(&identity.key)?;
    let aws_lc = lc::EcdsaKeyPair::from_pkcs8(&lc::ECDSA_P256_SHA256_ASN1_SIGNING, &identity.key)?;
    let random = SystemRandom::new();
    let ring = ring_signature::EcdsaKeyPair::from_pkcs8(
        &ring_signature::ECDSA_P256_SHA256_ASN1_SIGNING,
        &identity.key,
        &random,
    )?;
    let openssl = openssl::pkey::PKey::private_key_from_der(&identity.key)?;
    Ok(vec![
        Some(repeated(effort, move || {
            let digest =
                HashAlgorithm::Sha256.digest::<RustCrypto>(&[black_box(MESSAGE)]).ok_or("no SHA-256")?;
            let signature: p256::ecdsa::Signature = ours.sign_prehash(digest.as_ref())?;
            Ok(signature.to_der())
        })),
        Some(repeated(effort, move || {
            Ok(aws_lc.sign(&aws_lc_rs::rand::SystemRandom::new(), black_box(MESSAGE))?)
        })),
        Some(repeated(effort, move || Ok(ring.sign(&random, black_box(MESSAGE))?))),
        Some(repeated(effort, move || {
            let mut signer = openssl::sign::Signer::new(MessageDigest::sha256(), &openssl)?;
            Ok(signer.sign_oneshot_to_vec(black_box(MESSAGE))?)
        })),
    ])
}

fn making<A: KeyExchange + 'static, B: KeyExchange + 'static>(
    effort: Effort,
    ring: &'static ring_agreement::Algorithm,
) -> Vec<Option<Sampler<'static>>> {
    vec![
        Some(repeated(effort, || Ok(make::<A>()?.public_value()))),
        Some(repeated(effort, || Ok(make::<B>()?.public_value()))),
        Some(repeated(effort, move || {
            let key = ring_agreement::EphemeralPrivateKey::generate(ring, &SystemRandom::new())?;
            Ok(key.compute_public_key()?)
        })),
        None,
    ]
}

fn agreeing<A: KeyExchange + 'static, B: KeyExchange + 'static>(
    effort: Effort,
    ring: &'static ring_agreement::Algorithm,
) -> Vec<Option<Sampler<'static>>> {
    vec![
        Some(repeated(effort, agreement::<A>())),
        Some(repeated(effort, agreement::<B>())),
        Some(repeated(effort, move || {
            let key = ring_agreement::EphemeralPrivateKey::generate(ring, &SystemRandom::new())?;
            let value = key.compute_public_key()?;
            // Our own public value serves as the peer's; the work is the same.
            let peer = ring_agreement::UnparsedPublicKey::new(ring, value);
            Ok(ring_agreement::agree_ephemeral(key, &peer, |secret| secret.len())?)
        })),
        None,
    ]
}

fn make<K: KeyExchange>() -> Result<K, Failure> {
    K::generate(&mut SysRng).map_err(|_| "no randomness".into())
}

fn agreement<K: KeyExchange>() -> impl FnMut() -> Result<usize, Failure> {
    || {
        let key = make::<K>()?;
        let value = key.public_value();
        let secret = key.agree(value.as_ref()).map_err(|_| "a public value is refused")?;
        Ok(secret.expose().len())
    }
}

/// With keys of `key_len` bytes.
fn sealing<A: Aead + 'static, B: Aead + 'static>(
    effort: Effort,
    key_len: usize,
) -> Result<Vec<Option<Sampler<'static>>>, Failure> {
    Ok(vec![
        Some(repeated(effort, seal::<A>(key_len)?)),
        Some(repeated(effort, seal::<B>(key_len)?)),
        None,
        None,
    ])
}

fn seal<A: Aead>(key_len: usize) -> Result<impl FnMut() -> Result<u8, Failure>, Failure> {
    let aead = A::new(&vec![7; key_len]).ok_or("a key is refused")?;
    let mut text = vec![0; 1 << 14];
    Ok(move || {
        let tag =
            aead.seal(&[1; NONCE_LEN], &[2; 13], black_box(&mut text)).map_err(|_| "a text is refused")?;
        Ok(tag[0])
    })
}
