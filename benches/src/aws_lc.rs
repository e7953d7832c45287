//! A provider over aws-lc-rs: the same primitives below our session as below rustls, so the engines can be
//! compared.

use aws_lc_rs::aead::{Aad, Algorithm, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::agreement::{self, EphemeralPrivateKey, UnparsedPublicKey as PeerValue};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{self as lc, RsaPublicKeyComponents, UnparsedPublicKey};
use aws_lc_rs::{digest, hmac};
use lsam_core::crypto::{
    Aead, Digest, Entropy, EntropyError, Hash, HashAlgorithm, Hmac, Inauthentic, InvalidPublicValue,
    InvalidSignature, KeyExchange, NONCE_LEN, Provider, PublicKey, PublicValue, RsaKey, SealError,
    SharedSecret, SignatureKind, TAG_LEN,
};

use crate::identity::library_digest;

/// The provider.
#[derive(Debug)]
pub enum AwsLc {}

impl Provider for AwsLc {
    type Sha256 = Sha256;
    type Sha384 = Sha384;
    type Sha512 = Sha512;
    type HmacSha256 = HmacSha256;
    type HmacSha384 = HmacSha384;
    type Aes128Gcm = Aes128Gcm;
    type Aes256Gcm = Aes256Gcm;
    type ChaCha20Poly1305 = ChaCha20Poly1305;
    type X25519 = X25519;
    type Secp256r1 = Secp256r1;
    type Secp384r1 = Secp384r1;
    type RsaKey = RsaKey;

    fn verify(
        kind: SignatureKind,
        key: &PublicKey<'_>,
        hash: HashAlgorithm,
        digest: &[u8],
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        let digest = library_digest(hash, digest).map_err(|_| InvalidSignature)?;
        let ecdsa = |algorithm: &'static dyn lc::VerificationAlgorithm, point| {
            UnparsedPublicKey::new(algorithm, point).verify_digest(&digest, signature)
        };
        let rsa = |parameters, modulus, exponent| {
            RsaPublicKeyComponents { n: modulus, e: exponent }
                .to_parsed_public_key(parameters)
                .map_err(|_| InvalidSignature)?
                .verify_digest_sig(&digest, signature)
                .map_err(|_| InvalidSignature)
        };
        match (kind, hash, *key) {
            (SignatureKind::Ecdsa, HashAlgorithm::Sha256, PublicKey::Secp256r1(point)) => {
                ecdsa(&lc::ECDSA_P256_SHA256_ASN1, point).map_err(|_| InvalidSignature)
            }
            (SignatureKind::Ecdsa, HashAlgorithm::Sha384, PublicKey::Secp384r1(point)) => {
                ecdsa(&lc::ECDSA_P384_SHA384_ASN1, point).map_err(|_| InvalidSignature)
            }
            (SignatureKind::RsaPkcs1, HashAlgorithm::Sha256, PublicKey::Rsa { modulus, exponent }) => {
                rsa(&lc::RSA_PKCS1_2048_8192_SHA256, modulus, exponent)
            }
            (SignatureKind::RsaPss, HashAlgorithm::Sha256, PublicKey::Rsa { modulus, exponent }) => {
                rsa(&lc::RSA_PSS_2048_8192_SHA256, modulus, exponent)
            }
            // No measurement gets here.
            _ => Err(InvalidSignature),
        }
    }
}

macro_rules! hash {
    ($name:ident, $algorithm:ident) => {
        /// A running hash.
        #[derive(Clone)]
        pub struct $name(digest::Context);

        impl Hash for $name {
            fn new() -> Option<Self> {
                Some(Self(digest::Context::new(&digest::$algorithm)))
            }

            fn update(&mut self, data: &[u8]) {
                self.0.update(data);
            }

            fn finish(self) -> Digest {
                Digest::try_from(self.0.finish().as_ref()).expect("SHA-2 has at most 64 bytes")
            }
        }
    };
}

hash!(Sha256, SHA256);
hash!(Sha384, SHA384);
hash!(Sha512, SHA512);

macro_rules! hmac {
    ($name:ident, $algorithm:ident, $len:literal) => {
        /// A running keyed hash.
        #[derive(Clone)]
        pub struct $name(hmac::Context);

        impl Hmac for $name {
            const LEN: usize = $len;

            fn new(key: &[u8]) -> Option<Self> {
                Some(Self(hmac::Context::with_key(&hmac::Key::new(hmac::$algorithm, key))))
            }

            fn update(&mut self, data: &[u8]) {
                self.0.update(data);
            }

            fn finish(self, out: &mut [u8]) {
                for (to, from) in out.iter_mut().zip(self.0.sign().as_ref()) {
                    *to = *from;
                }
            }
        }
    };
}

hmac!(HmacSha256, HMAC_SHA256, 32);
hmac!(HmacSha384, HMAC_SHA384, 48);

macro_rules! aead {
    ($name:ident, $algorithm:path) => {
        /// A cipher with its key.
        pub struct $name(LessSafeKey);

        impl Aead for $name {
            fn new(key: &[u8]) -> Option<Self> {
                let algorithm: &'static Algorithm = &$algorithm;
                UnboundKey::new(algorithm, key).ok().map(LessSafeKey::new).map(Self)
            }

            fn seal(
                &self,
                nonce: &[u8; NONCE_LEN],
                aad: &[u8],
                text: &mut [u8],
            ) -> Result<[u8; TAG_LEN], SealError> {
                let nonce = Nonce::assume_unique_for_key(*nonce);
                let tag = self.0.seal_in_place_separate_tag(nonce, Aad::from(aad), text);
                tag.map_err(|_| SealError)?.as_ref().try_into().map_err(|_| SealError)
            }

            fn open(
                &self,
                nonce: &[u8; NONCE_LEN],
                aad: &[u8],
                text: &mut [u8],
                tag: &[u8; TAG_LEN],
            ) -> Result<(), Inauthentic> {
                let nonce = Nonce::assume_unique_for_key(*nonce);
                let opened = self.0.open_in_place_separate_tag(nonce, Aad::from(aad), tag, text);
                opened.map(|_| ()).map_err(|_| Inauthentic)
            }
        }
    };
}

aead!(Aes128Gcm, aws_lc_rs::aead::AES_128_GCM);
aead!(Aes256Gcm, aws_lc_rs::aead::AES_256_GCM);
aead!(ChaCha20Poly1305, aws_lc_rs::aead::CHACHA20_POLY1305);

macro_rules! key_exchange {
    ($name:ident, $algorithm:ident) => {
        /// A fresh key.
        pub struct $name {
            key: EphemeralPrivateKey,
            /// Made with the key: the library can fail here, as it can there.
            value: PublicValue,
        }

        impl KeyExchange for $name {
            /// The library accepts no external randomness.
            fn generate(_: &mut dyn Entropy) -> Result<Self, EntropyError> {
                let key = EphemeralPrivateKey::generate(&agreement::$algorithm, &SystemRandom::new())
                    .map_err(|_| EntropyError)?;
                let value = key.compute_public_key().map_err(|_| EntropyError)?;
                let value = PublicValue::try_from(value.as_ref()).map_err(|_| EntropyError)?;
                Ok(Self { key, value })
            }

            fn public_value(&self) -> PublicValue {
                self.value
            }

            fn agree(self, peer: &[u8]) -> Result<SharedSecret, InvalidPublicValue> {
                let peer = PeerValue::new(&agreement::$algorithm, peer);
                agreement::agree_ephemeral(self.key, peer, InvalidPublicValue, |secret| {
                    SharedSecret::try_from(secret).map_err(|_| InvalidPublicValue)
                })
            }
        }
    };
}

key_exchange!(X25519, X25519);
key_exchange!(Secp256r1, ECDH_P256);
key_exchange!(Secp384r1, ECDH_P384);
