//! Certificates of a small authority, and keys that sign for our sessions.

use aws_lc_rs::digest::{Digest as LibraryDigest, SHA256, SHA384, SHA512};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaKeyPair,
};
use lsam_core::crypto::{HashAlgorithm, SignatureKind, SignatureScheme};
use lsam_core::tls::SignRequest;
use p256::ecdsa::signature::hazmat::PrehashSigner as _;
use p256::pkcs8::DecodePrivateKey as _;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose,
};

use crate::Failure;

/// The DNS name in every leaf certificate.
pub const NAME: &str = "agent.example";

/// The type of a certificate's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// ECDSA on P-256.
    EcdsaP256,
    /// RSA with 2048 bits.
    Rsa2048,
}

/// A root that issues leaf certificates, with an ECDSA P-256 key.
pub struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
}

/// A leaf certificate with its key, both in DER.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The kind of the key.
    pub kind: KeyKind,
    /// The certificate.
    pub leaf: Vec<u8>,
    /// The private key in PKCS#8.
    pub key: Vec<u8>,
}

impl Authority {
    /// A fresh authority.
    ///
    /// # Errors
    /// The error of the library.
    pub fn new() -> Result<Self, Failure> {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, "Authority of the measurements");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        Ok(Self { issuer: CertifiedIssuer::self_signed(params, KeyPair::generate()?)? })
    }

    /// The root certificate.
    pub fn der(&self) -> &[u8] {
        self.issuer.der()
    }

    /// A leaf certificate for servers and clients.
    ///
    /// # Errors
    /// The error of the library.
    pub fn issue(&self, kind: KeyKind) -> Result<Identity, Failure> {
        let key = KeyPair::generate_for(match kind {
            KeyKind::EcdsaP256 => &rcgen::PKCS_ECDSA_P256_SHA256,
            KeyKind::Rsa2048 => &rcgen::PKCS_RSA_SHA256,
        })?;
        let mut params = CertificateParams::new(vec![NAME.to_owned()])?;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages =
            vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
        let leaf = params.signed_by(&key, &self.issuer)?.der().to_vec();
        Ok(Identity { kind, leaf, key: key.serialize_der() })
    }
}

/// Which library signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SigningLibrary {
    /// p256 for ECDSA and aws-lc-rs for RSA: no RustCrypto crate signs with RSA without allocating.
    RustCrypto,
    /// aws-lc-rs, as in the host.
    AwsLc,
    /// None: every signature is eight zeros, which the transparent provider accepts.
    None,
}

/// A key that answers [`SignRequest`]s.
pub enum Signer {
    /// ECDSA by p256.
    P256(Box<p256::ecdsa::SigningKey>),
    /// ECDSA by aws-lc-rs.
    Ecdsa(Box<EcdsaKeyPair>),
    /// RSA by aws-lc-rs.
    Rsa(Box<RsaKeyPair>),
    /// Zeros.
    Zeros,
}

impl Signer {
    /// The key of `identity`, used by `library`.
    ///
    /// # Errors
    /// The error of the library.
    pub fn new(identity: &Identity, library: SigningLibrary) -> Result<Self, Failure> {
        let key = identity.key.as_slice();
        Ok(match (identity.kind, library) {
            (_, SigningLibrary::None) => Self::Zeros,
            (KeyKind::EcdsaP256, SigningLibrary::RustCrypto) => {
                Self::P256(Box::new(p256::ecdsa::SigningKey::from_pkcs8_der(key)?))
            }
            (KeyKind::EcdsaP256, SigningLibrary::AwsLc) => {
                Self::Ecdsa(Box::new(EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, key)?))
            }
            (KeyKind::Rsa2048, _) => Self::Rsa(Box::new(RsaKeyPair::from_pkcs8(key)?)),
        })
    }

    /// The schemes of the key, the preferred one first.
    pub const fn schemes(kind: KeyKind) -> &'static [SignatureScheme] {
        match kind {
            KeyKind::EcdsaP256 => &[SignatureScheme::EcdsaSecp256r1Sha256],
            KeyKind::Rsa2048 => &[SignatureScheme::RsaPssRsaeSha256, SignatureScheme::RsaPkcs1Sha256],
        }
    }

    /// Signs the digest.
    ///
    /// # Errors
    /// The error of the library.
    pub fn sign(&self, request: &SignRequest) -> Result<Vec<u8>, Failure> {
        let digest = request.digest.as_ref();
        Ok(match self {
            Self::P256(key) => {
                let signature: p256::ecdsa::Signature = key.sign_prehash(digest)?;
                signature.to_der().as_bytes().to_vec()
            }
            Self::Ecdsa(key) => {
                key.sign_digest(&library_digest(request.scheme.hash(), digest)?)?.as_ref().to_vec()
            }
            Self::Rsa(key) => {
                let encoding = match request.scheme.kind() {
                    SignatureKind::RsaPkcs1 => &RSA_PKCS1_SHA256,
                    _ => &RSA_PSS_SHA256,
                };
                let mut signature = vec![0; key.public_modulus_len()];
                let digest = library_digest(request.scheme.hash(), digest)?;
                key.sign_digest(encoding, &digest, &mut signature)?;
                signature
            }
            Self::Zeros => vec![0; 8],
        })
    }

    /// Signs a message with SHA-256.
    ///
    /// # Errors
    /// The error of the library.
    pub fn sign_message(&self, scheme: SignatureScheme, message: &[u8]) -> Result<Vec<u8>, Failure> {
        match self {
            Self::Rsa(key) if scheme == SignatureScheme::RsaPkcs1Sha256 => {
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature)?;
                Ok(signature)
            }
            _ => Err("only for RSA PKCS#1".into()),
        }
    }
}

/// A digest computed by core, for aws-lc-rs.
pub(crate) fn library_digest(hash: HashAlgorithm, digest: &[u8]) -> Result<LibraryDigest, Failure> {
    let algorithm = match hash {
        HashAlgorithm::Sha256 => &SHA256,
        HashAlgorithm::Sha384 => &SHA384,
        HashAlgorithm::Sha512 => &SHA512,
        other => return Err(format!("the library does not sign {other:?}").into()),
    };
    Ok(LibraryDigest::import_less_safe(digest, algorithm)?)
}
