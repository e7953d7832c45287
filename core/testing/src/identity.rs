//! Certificates of a small authority, generated when the test runs, with keys that sign digests.

use std::sync::LazyLock;

use aws_lc_rs::digest::SHA256;
use lsam_tls::SignRequest;
use lsam_tls::crypto::SignatureScheme;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose};

use crate::key::Key;
pub use crate::key::{ECDSA_P256, ECDSA_P384, RSA};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    EcdsaP256,
    EcdsaP384,
    Rsa2048,
}

/// The certificate of a P-256 key that no one has, for servers whose provider does not sign.
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

    /// A leaf certificate that `adapt` changes.
    pub fn issue_with(
        &self,
        name: &str,
        kind: KeyKind,
        adapt: impl FnOnce(&mut CertificateParams),
    ) -> TestIdentity {
        let algorithm = match kind {
            KeyKind::EcdsaP256 => &rcgen::PKCS_ECDSA_P256_SHA256,
            KeyKind::EcdsaP384 => &rcgen::PKCS_ECDSA_P384_SHA384,
            KeyKind::Rsa2048 => &rcgen::PKCS_RSA_SHA256,
        };
        let key = KeyPair::generate_for(algorithm).unwrap();
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        adapt(&mut params);
        let leaf = params.signed_by(&key, &self.issuer).unwrap().der().to_vec();
        let key_pkcs8 = key.serialize_der();
        let key = Key::from_der(&key_pkcs8).unwrap();
        TestIdentity { leaf, key_pkcs8, schemes: key.schemes, key }
    }
}

impl TestIdentity {
    /// SHA-256 of the certificate.
    pub fn fingerprint(&self) -> [u8; 32] {
        aws_lc_rs::digest::digest(&SHA256, &self.leaf).as_ref().try_into().unwrap()
    }

    /// Signs like a certificate store's key, which only sees the digest.
    pub fn sign(&self, request: &SignRequest) -> Vec<u8> {
        self.key.sign(request).unwrap()
    }
}
