//! The signatures of the profile: code points, what each is made of, and which key fits.

use core::fmt;

use super::HashAlgorithm;

/// A public key, borrowed from the SubjectPublicKeyInfo of a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PublicKey<'a> {
    /// A point on secp256r1 in uncompressed form, 65 bytes.
    Secp256r1(&'a [u8]),
    /// A point on secp384r1 in uncompressed form, 97 bytes.
    Secp384r1(&'a [u8]),
    /// RSA (RFC 8017 section 3.1), both big-endian without leading zeros.
    Rsa {
        /// The modulus n.
        modulus: &'a [u8],
        /// The public exponent e.
        exponent: &'a [u8],
    },
}

/// What a [`PublicKey`] is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyAlgorithm {
    /// ECDSA on secp256r1.
    Secp256r1,
    /// ECDSA on secp384r1.
    Secp384r1,
    /// RSA.
    Rsa,
}

impl PublicKey<'_> {
    /// What the key is for.
    pub const fn algorithm(&self) -> KeyAlgorithm {
        match self {
            Self::Secp256r1(_) => KeyAlgorithm::Secp256r1,
            Self::Secp384r1(_) => KeyAlgorithm::Secp384r1,
            Self::Rsa { .. } => KeyAlgorithm::Rsa,
        }
    }
}

/// How a signature is made from a digest and a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignatureKind {
    /// ECDSA on the key's curve; the signature is the DER `Ecdsa-Sig-Value` (RFC 8422 section 5.4).
    Ecdsa,
    /// RSASSA-PKCS1-v1_5 (RFC 8017 section 8.2).
    RsaPkcs1,
    /// RSASSA-PSS with MGF1 on the same hash and a salt of the digest's length (RFC 8446 section 4.2.3).
    RsaPss,
}

/// A signature scheme by its TLS code point (RFC 8446 section 4.2.3, which names those of RFC 5246 too).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
pub enum SignatureScheme {
    /// 0x0403: in TLS 1.2 ECDSA on either curve, with SHA-256.
    EcdsaSecp256r1Sha256 = 0x0403,
    /// 0x0503: in TLS 1.2 ECDSA on either curve, with SHA-384.
    #[cfg(feature = "sha384")]
    EcdsaSecp384r1Sha384 = 0x0503,
    /// 0x0804
    RsaPssRsaeSha256 = 0x0804,
    /// 0x0805
    #[cfg(feature = "sha384")]
    RsaPssRsaeSha384 = 0x0805,
    /// 0x0806
    #[cfg(feature = "sha384")]
    RsaPssRsaeSha512 = 0x0806,
    /// 0x0401
    RsaPkcs1Sha256 = 0x0401,
    /// 0x0501
    #[cfg(feature = "sha384")]
    RsaPkcs1Sha384 = 0x0501,
    /// 0x0601
    #[cfg(feature = "sha384")]
    RsaPkcs1Sha512 = 0x0601,
}

impl SignatureScheme {
    /// Every scheme of the profile whose hash function this build has, the preferred first.
    pub const ALL: &'static [Self] = &[
        Self::EcdsaSecp256r1Sha256,
        #[cfg(feature = "sha384")]
        Self::EcdsaSecp384r1Sha384,
        Self::RsaPssRsaeSha256,
        #[cfg(feature = "sha384")]
        Self::RsaPssRsaeSha384,
        #[cfg(feature = "sha384")]
        Self::RsaPssRsaeSha512,
        Self::RsaPkcs1Sha256,
        #[cfg(feature = "sha384")]
        Self::RsaPkcs1Sha384,
        #[cfg(feature = "sha384")]
        Self::RsaPkcs1Sha512,
    ];

    /// The scheme with this code point, if [`Self::ALL`] has it.
    pub fn from_code(code: u16) -> Option<Self> {
        Self::ALL.iter().copied().find(|scheme| scheme.code() == code)
    }

    /// The code point on the wire.
    #[expect(clippy::as_conversions, reason = "the discriminant of a repr(u16) enum has no other way out")]
    pub const fn code(self) -> u16 {
        self as u16
    }

    /// What is hashed before the signature is made.
    pub const fn hash(self) -> HashAlgorithm {
        match self {
            Self::EcdsaSecp256r1Sha256 | Self::RsaPssRsaeSha256 | Self::RsaPkcs1Sha256 => {
                HashAlgorithm::Sha256
            }
            #[cfg(feature = "sha384")]
            Self::EcdsaSecp384r1Sha384 | Self::RsaPssRsaeSha384 | Self::RsaPkcs1Sha384 => {
                HashAlgorithm::Sha384
            }
            #[cfg(feature = "sha384")]
            Self::RsaPssRsaeSha512 | Self::RsaPkcs1Sha512 => HashAlgorithm::Sha512,
        }
    }

    /// How the signature is made.
    pub const fn kind(self) -> SignatureKind {
        match self {
            Self::EcdsaSecp256r1Sha256 => SignatureKind::Ecdsa,
            Self::RsaPssRsaeSha256 => SignatureKind::RsaPss,
            Self::RsaPkcs1Sha256 => SignatureKind::RsaPkcs1,
            #[cfg(feature = "sha384")]
            Self::EcdsaSecp384r1Sha384 => SignatureKind::Ecdsa,
            #[cfg(feature = "sha384")]
            Self::RsaPssRsaeSha384 | Self::RsaPssRsaeSha512 => SignatureKind::RsaPss,
            #[cfg(feature = "sha384")]
            Self::RsaPkcs1Sha384 | Self::RsaPkcs1Sha512 => SignatureKind::RsaPkcs1,
        }
    }

    /// Whether a signature of this scheme can be checked with `key`.
    pub const fn fits(self, key: &PublicKey<'_>) -> bool {
        matches!(
            (self.kind(), key),
            (SignatureKind::Ecdsa, PublicKey::Secp256r1(_) | PublicKey::Secp384r1(_))
                | (SignatureKind::RsaPkcs1 | SignatureKind::RsaPss, PublicKey::Rsa { .. })
        )
    }
}

impl fmt::Display for SignatureScheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::EcdsaSecp256r1Sha256 => "ecdsa_secp256r1_sha256",
            #[cfg(feature = "sha384")]
            Self::EcdsaSecp384r1Sha384 => "ecdsa_secp384r1_sha384",
            Self::RsaPssRsaeSha256 => "rsa_pss_rsae_sha256",
            #[cfg(feature = "sha384")]
            Self::RsaPssRsaeSha384 => "rsa_pss_rsae_sha384",
            #[cfg(feature = "sha384")]
            Self::RsaPssRsaeSha512 => "rsa_pss_rsae_sha512",
            Self::RsaPkcs1Sha256 => "rsa_pkcs1_sha256",
            #[cfg(feature = "sha384")]
            Self::RsaPkcs1Sha384 => "rsa_pkcs1_sha384",
            #[cfg(feature = "sha384")]
            Self::RsaPkcs1Sha512 => "rsa_pkcs1_sha512",
        })
    }
}
