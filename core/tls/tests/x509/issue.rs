//! Certificates and revocation lists written byte by byte, in ways that libraries do not support.

use aws_lc_rs::{
    encoding::{AsDer, PublicKeyX509Der},
    rand::SystemRandom,
    rsa::{self, KeySize},
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256, RSA_PSS_SHA256},
};
pub(crate) use lsam_testing::der::tlv;

pub(crate) const NULL: &[u8] = b"\x05\x00";
/// Object identifiers without tag and length.
pub(crate) const ECDSA_SHA256: &[u8] = b"\x2a\x86\x48\xce\x3d\x04\x03\x02";
pub(crate) const RSA: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01";
pub(crate) const RSA_SHA256: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b";
pub(crate) const RSA_PSS: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a";
const MGF1: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x08";
const SHA256: &[u8] = b"\x60\x86\x48\x01\x65\x03\x04\x02\x01";
/// The string types.
pub(crate) const UTF8: u8 = 0x0c;
pub(crate) const PRINTABLE: u8 = 0x13;
pub(crate) const TELETEX: u8 = 0x14;
pub(crate) const UNIVERSAL: u8 = 0x1c;
pub(crate) const BMP: u8 = 0x1e;

pub(crate) fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    tlv(0x30, &parts.concat())
}

/// The AlgorithmIdentifier of PSS with SHA-256. `null` is the parameters of the hash function.
pub(crate) fn pss(null: &[u8]) -> Vec<u8> {
    let hash = sequence(&[&tlv(6, SHA256), null]);
    let mask = sequence(&[&tlv(6, MGF1), &hash]);
    let parameters = sequence(&[&tlv(0xa0, &hash), &tlv(0xa1, &mask), b"\xa2\x03\x02\x01\x20"]);
    sequence(&[&tlv(6, RSA_PSS), &parameters])
}

/// A part of a name: one attribute with a type below 2.5.4.
pub(crate) fn part(id: u8, tag: u8, text: &str) -> Vec<u8> {
    let bytes = match tag {
        BMP => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        UNIVERSAL => text.chars().flat_map(|c| u32::from(c).to_be_bytes()).collect(),
        TELETEX => text.chars().map(|c| u32::from(c) as u8).collect(),
        _ => text.as_bytes().to_vec(),
    };
    tlv(0x31, &sequence(&[&[6, 3, 0x55, 4, id], &tlv(tag, &bytes)]))
}

pub(crate) fn common_name(text: &str) -> Vec<u8> {
    sequence(&[&part(3, UTF8, text)])
}

/// An extension with an identifier below id-ce.
pub(crate) fn extension(id: u8, is_critical: bool, value: &[u8]) -> Vec<u8> {
    let critical: &[u8] = if is_critical { b"\x01\x01\xff" } else { &[] };
    sequence(&[&[6, 3, 0x55, 0x1d, id], critical, &tlv(4, value)])
}

pub(crate) enum Key {
    P256(EcdsaKeyPair),
    Rsa(rsa::KeyPair),
}

impl Key {
    pub(crate) fn p256() -> Self {
        Self::P256(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap())
    }

    pub(crate) fn rsa() -> Self {
        Self::Rsa(rsa::KeyPair::generate(KeySize::Rsa2048).unwrap())
    }

    /// The SubjectPublicKeyInfo.
    pub(crate) fn info(&self) -> Vec<u8> {
        let der: PublicKeyX509Der<'_> = match self {
            Self::P256(key) => key.public_key().as_der().unwrap(),
            Self::Rsa(key) => key.public_key().as_der().unwrap(),
        };
        der.as_ref().to_vec()
    }

    /// The AlgorithmIdentifier with which the key signs by default.
    pub(crate) fn algorithm(&self) -> Vec<u8> {
        match self {
            Self::P256(_) => sequence(&[&tlv(6, ECDSA_SHA256)]),
            Self::Rsa(_) => sequence(&[&tlv(6, RSA_SHA256), NULL]),
        }
    }

    /// Signs the fields and appends `algorithm`.
    pub(crate) fn sign(&self, tbs: &[u8], algorithm: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        let signature = match self {
            Self::P256(key) => key.sign(&random, tbs).unwrap().as_ref().to_vec(),
            Self::Rsa(key) => {
                let mut signature = vec![0; key.public_modulus_len()];
                let is_pss = algorithm.windows(RSA_PSS.len()).any(|window| window == RSA_PSS);
                let padding = if is_pss { &RSA_PSS_SHA256 } else { &RSA_PKCS1_SHA256 };
                key.sign(padding, &random, tbs, &mut signature).unwrap();
                signature
            }
        };
        sequence(&[tbs, algorithm, &tlv(3, &[&[0][..], &signature].concat())])
    }
}

/// The fields of a certificate.
pub(crate) struct Fields {
    /// The version as people count it. Version 3 always has the field for extensions, even if it is empty.
    pub(crate) version: u8,
    pub(crate) serial: u8,
    pub(crate) subject: Vec<u8>,
    /// The first and the last year of its validity.
    pub(crate) years: (u32, u32),
    pub(crate) info: Vec<u8>,
    pub(crate) extensions: Vec<Vec<u8>>,
    /// The name of the issuer, if it differs from that of the signer.
    pub(crate) issuer: Option<Vec<u8>>,
    /// The AlgorithmIdentifier, if it differs from the default of the issuer's key.
    pub(crate) algorithm: Option<Vec<u8>>,
}

impl Fields {
    pub(crate) fn of_peer(name: &str, key: &Key) -> Self {
        let (subject, info) = (common_name(name), key.info());
        Self {
            version: 3,
            serial: 5,
            subject,
            years: (2025, 2035),
            info,
            extensions: vec![],
            issuer: None,
            algorithm: None,
        }
    }

    pub(crate) fn of_authority(name: &str, key: &Key) -> Self {
        let extensions = vec![extension(19, true, b"\x30\x03\x01\x01\xff")];
        Self { extensions, ..Self::of_peer(name, key) }
    }
}

/// A name and its key.
pub(crate) struct Issuer {
    pub(crate) name: Vec<u8>,
    pub(crate) key: Key,
}

impl Issuer {
    pub(crate) fn new(name: &str, key: Key) -> Self {
        Self { name: common_name(name), key }
    }

    pub(crate) fn issue(&self, fields: &Fields) -> Vec<u8> {
        let algorithm = fields.algorithm.clone().unwrap_or_else(|| self.key.algorithm());
        let time = |year: u32| tlv(0x18, format!("{year}0101000000Z").as_bytes());
        let version = tlv(0xa0, &[2, 1, fields.version - 1]);
        let extensions = tlv(0xa3, &tlv(0x30, &fields.extensions.concat()));
        let has_extensions = fields.version == 3 || !fields.extensions.is_empty();
        let tbs = sequence(&[
            if fields.version == 1 { &[] } else { &version },
            &tlv(2, &[fields.serial]),
            &algorithm,
            fields.issuer.as_ref().unwrap_or(&self.name),
            &sequence(&[&time(fields.years.0), &time(fields.years.1)]),
            &fields.subject,
            &fields.info,
            if has_extensions { &extensions } else { &[] },
        ]);
        self.key.sign(&tbs, &algorithm)
    }

    /// The issuer's own certificate.
    pub(crate) fn itself(&self, name: &str) -> Vec<u8> {
        self.issue(&Fields::of_authority(name, &self.key))
    }

    /// A revocation list of 2027 under the name `name`.
    pub(crate) fn list(&self, name: &[u8], serials: &[u8], algorithm: Option<Vec<u8>>) -> Vec<u8> {
        let algorithm = algorithm.unwrap_or_else(|| self.key.algorithm());
        let time = |year: u32| tlv(0x18, format!("{year}0101000000Z").as_bytes());
        let entry = |serial: &u8| sequence(&[&tlv(2, &[*serial]), &time(2026)]);
        let entries: Vec<u8> = serials.iter().flat_map(entry).collect();
        let tbs =
            sequence(&[b"\x02\x01\x01", &algorithm, name, &time(2027), &time(2028), &tlv(0x30, &entries)]);
        self.key.sign(&tbs, &algorithm)
    }
}
