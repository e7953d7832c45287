//! Certificates of a small authority, made as the test runs, with keys that sign digests.

use std::sync::LazyLock;

use aws_lc_rs::digest::{Digest, SHA256, SHA384, SHA512};
use aws_lc_rs::signature::{self as lc, EcdsaKeyPair, RsaKeyPair};
use lsam_tls::SignRequest;
use lsam_tls::crypto::{HashAlgorithm, SignatureKind, SignatureScheme};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose};

pub const ECDSA_P256: &[SignatureScheme] = &[SignatureScheme::EcdsaSecp256r1Sha256];
pub const ECDSA_P384: &[SignatureScheme] = &[SignatureScheme::EcdsaSecp384r1Sha384];
pub const RSA: &[SignatureScheme] = &[
    SignatureScheme::RsaPssRsaeSha256,
    SignatureScheme::RsaPssRsaeSha384,
    SignatureScheme::RsaPssRsaeSha512,
    SignatureScheme::RsaPkcs1Sha256,
    SignatureScheme::RsaPkcs1Sha384,
    SignatureScheme::RsaPkcs1Sha512,
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    EcdsaP256,
    EcdsaP384,
    Rsa2048,
}

/// The certificate of a P-256 key that nobody has: for servers whose provider signs with nothing.
pub fn leaf() -> &'static [u8] {
    static LEAF: LazyLock<Vec<u8>> =
        LazyLock::new(|| Authority::default().issue("agent.example", KeyKind::EcdsaP256).leaf);
    &LEAF
}

pub struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
}

/// A leaf certificate with its key.
pub struct TestIdentity {
    pub leaf: Vec<u8>,
    pub key_pkcs8: Vec<u8>,
    pub schemes: &'static [SignatureScheme],
    key: Key,
}

enum Key {
    Ecdsa(EcdsaKeyPair),
    Rsa(RsaKeyPair),
}

impl Default for Authority {
    fn default() -> Self {
        Self::named("Test authority")
    }
}

impl Authority {
    pub fn named(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        Self { issuer: CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap() }
    }

    pub fn der(&self) -> &[u8] {
        self.issuer.der()
    }

    pub fn issue(&self, name: &str, kind: KeyKind) -> TestIdentity {
        self.issue_with(name, kind, |_| {})
    }

    /// The same with a certificate that `adapt` changes.
    pub fn issue_with(
        &self,
        name: &str,
        kind: KeyKind,
        adapt: impl FnOnce(&mut CertificateParams),
    ) -> TestIdentity {
        let (key, schemes) = match kind {
            KeyKind::EcdsaP256 => (KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256), ECDSA_P256),
            KeyKind::EcdsaP384 => (KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384), ECDSA_P384),
            KeyKind::Rsa2048 => (KeyPair::generate_for(&rcgen::PKCS_RSA_SHA256), RSA),
        };
        let key = key.unwrap();
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        adapt(&mut params);
        let leaf = params.signed_by(&key, &self.issuer).unwrap().der().to_vec();
        let key_pkcs8 = key.serialize_der();
        let key = match kind {
            KeyKind::EcdsaP256 => {
                Key::Ecdsa(EcdsaKeyPair::from_pkcs8(&lc::ECDSA_P256_SHA256_ASN1_SIGNING, &key_pkcs8).unwrap())
            }
            KeyKind::EcdsaP384 => {
                Key::Ecdsa(EcdsaKeyPair::from_pkcs8(&lc::ECDSA_P384_SHA384_ASN1_SIGNING, &key_pkcs8).unwrap())
            }
            KeyKind::Rsa2048 => Key::Rsa(RsaKeyPair::from_pkcs8(&key_pkcs8).unwrap()),
        };
        TestIdentity { leaf, key_pkcs8, schemes, key }
    }
}

impl TestIdentity {
    /// SHA-256 of the certificate.
    pub fn fingerprint(&self) -> [u8; 32] {
        aws_lc_rs::digest::digest(&SHA256, &self.leaf).as_ref().try_into().unwrap()
    }

    /// Signs as a store's key would: the digest is all it gets to see.
    pub fn sign(&self, request: &SignRequest) -> Vec<u8> {
        let algorithm = match request.scheme.hash() {
            HashAlgorithm::Sha256 => &SHA256,
            HashAlgorithm::Sha384 => &SHA384,
            HashAlgorithm::Sha512 => &SHA512,
        };
        let digest = Digest::import_less_safe(request.digest.as_ref(), algorithm).unwrap();
        match &self.key {
            Key::Ecdsa(key) => key.sign_digest(&digest).unwrap().as_ref().to_vec(),
            Key::Rsa(key) => {
                let encoding: &dyn lc::RsaEncoding = match (request.scheme.kind(), request.scheme.hash()) {
                    (SignatureKind::RsaPss, HashAlgorithm::Sha256) => &lc::RSA_PSS_SHA256,
                    (SignatureKind::RsaPss, HashAlgorithm::Sha384) => &lc::RSA_PSS_SHA384,
                    (SignatureKind::RsaPss, HashAlgorithm::Sha512) => &lc::RSA_PSS_SHA512,
                    (_, HashAlgorithm::Sha256) => &lc::RSA_PKCS1_SHA256,
                    (_, HashAlgorithm::Sha384) => &lc::RSA_PKCS1_SHA384,
                    (_, HashAlgorithm::Sha512) => &lc::RSA_PKCS1_SHA512,
                };
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign_digest(encoding, &digest, &mut signature).unwrap();
                signature
            }
        }
    }
}
