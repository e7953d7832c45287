//! Cipher suites and key exchange groups: one table each, and what follows from an entry.

use core::fmt;

use crate::crypto::{HashAlgorithm, SignatureKind};

/// The cipher suites of the profile by their code points (RFC 5289 and RFC 7905).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
pub enum CipherSuite {
    /// TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256
    #[cfg(feature = "aes128-gcm")]
    EcdheEcdsaAes128GcmSha256 = 0xc02b,
    /// TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256
    #[cfg(feature = "aes128-gcm")]
    EcdheRsaAes128GcmSha256 = 0xc02f,
    /// TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384
    #[cfg(feature = "aes256-gcm")]
    EcdheEcdsaAes256GcmSha384 = 0xc02c,
    /// TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384
    #[cfg(feature = "aes256-gcm")]
    EcdheRsaAes256GcmSha384 = 0xc030,
    /// TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256
    #[cfg(feature = "chacha20-poly1305")]
    EcdheEcdsaChaCha20Poly1305Sha256 = 0xcca9,
    /// TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256
    #[cfg(feature = "chacha20-poly1305")]
    EcdheRsaChaCha20Poly1305Sha256 = 0xcca8,
}

/// The ciphers that protect records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BulkCipher {
    #[cfg(feature = "aes128-gcm")]
    Aes128Gcm,
    #[cfg(feature = "aes256-gcm")]
    Aes256Gcm,
    #[cfg(feature = "chacha20-poly1305")]
    ChaCha20Poly1305,
}

impl CipherSuite {
    /// Every suite of this build, the preferred first.
    pub const ALL: &'static [Self] = &[
        #[cfg(feature = "aes128-gcm")]
        Self::EcdheEcdsaAes128GcmSha256,
        #[cfg(feature = "aes128-gcm")]
        Self::EcdheRsaAes128GcmSha256,
        #[cfg(feature = "aes256-gcm")]
        Self::EcdheEcdsaAes256GcmSha384,
        #[cfg(feature = "aes256-gcm")]
        Self::EcdheRsaAes256GcmSha384,
        #[cfg(feature = "chacha20-poly1305")]
        Self::EcdheEcdsaChaCha20Poly1305Sha256,
        #[cfg(feature = "chacha20-poly1305")]
        Self::EcdheRsaChaCha20Poly1305Sha256,
    ];

    /// The suite with this code point, if this build has it.
    pub fn from_code(code: u16) -> Option<Self> {
        Self::ALL.iter().copied().find(|suite| suite.code() == code)
    }

    /// The code point on the wire.
    #[expect(clippy::as_conversions, reason = "the discriminant of a repr(u16) enum has no other way out")]
    pub const fn code(self) -> u16 {
        self as u16
    }

    /// The hash of the PRF, the Finished messages and the transcript (RFC 5246 section 5, RFC 5289 section 3).
    pub const fn hash(self) -> HashAlgorithm {
        match self {
            #[cfg(feature = "aes128-gcm")]
            Self::EcdheEcdsaAes128GcmSha256 | Self::EcdheRsaAes128GcmSha256 => HashAlgorithm::Sha256,
            #[cfg(feature = "aes256-gcm")]
            Self::EcdheEcdsaAes256GcmSha384 | Self::EcdheRsaAes256GcmSha384 => HashAlgorithm::Sha384,
            #[cfg(feature = "chacha20-poly1305")]
            Self::EcdheEcdsaChaCha20Poly1305Sha256 | Self::EcdheRsaChaCha20Poly1305Sha256 => {
                HashAlgorithm::Sha256
            }
        }
    }

    pub(crate) const fn bulk_cipher(self) -> BulkCipher {
        match self {
            #[cfg(feature = "aes128-gcm")]
            Self::EcdheEcdsaAes128GcmSha256 | Self::EcdheRsaAes128GcmSha256 => BulkCipher::Aes128Gcm,
            #[cfg(feature = "aes256-gcm")]
            Self::EcdheEcdsaAes256GcmSha384 | Self::EcdheRsaAes256GcmSha384 => BulkCipher::Aes256Gcm,
            #[cfg(feature = "chacha20-poly1305")]
            Self::EcdheEcdsaChaCha20Poly1305Sha256 | Self::EcdheRsaChaCha20Poly1305Sha256 => {
                BulkCipher::ChaCha20Poly1305
            }
        }
    }

    /// Whether the server proves itself with signatures of this kind in this suite.
    pub const fn is_signed_with(self, kind: SignatureKind) -> bool {
        let ecdsa = match self {
            #[cfg(feature = "aes128-gcm")]
            Self::EcdheEcdsaAes128GcmSha256 => true,
            #[cfg(feature = "aes256-gcm")]
            Self::EcdheEcdsaAes256GcmSha384 => true,
            #[cfg(feature = "chacha20-poly1305")]
            Self::EcdheEcdsaChaCha20Poly1305Sha256 => true,
            _ => false,
        };
        ecdsa == matches!(kind, SignatureKind::Ecdsa)
    }

    /// The name of the IANA registry.
    pub const fn name(self) -> &'static str {
        match self {
            #[cfg(feature = "aes128-gcm")]
            Self::EcdheEcdsaAes128GcmSha256 => "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
            #[cfg(feature = "aes128-gcm")]
            Self::EcdheRsaAes128GcmSha256 => "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
            #[cfg(feature = "aes256-gcm")]
            Self::EcdheEcdsaAes256GcmSha384 => "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
            #[cfg(feature = "aes256-gcm")]
            Self::EcdheRsaAes256GcmSha384 => "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
            #[cfg(feature = "chacha20-poly1305")]
            Self::EcdheEcdsaChaCha20Poly1305Sha256 => "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
            #[cfg(feature = "chacha20-poly1305")]
            Self::EcdheRsaChaCha20Poly1305Sha256 => "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
        }
    }
}

impl fmt::Display for CipherSuite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The key exchange groups of the profile by their code points (RFC 8422 section 5.1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
pub enum NamedGroup {
    /// x25519
    #[cfg(feature = "x25519")]
    X25519 = 29,
    /// secp256r1
    #[cfg(feature = "secp256r1")]
    Secp256r1 = 23,
    /// secp384r1
    #[cfg(feature = "secp384r1")]
    Secp384r1 = 24,
}

impl NamedGroup {
    /// Every group of this build, the preferred first.
    pub const ALL: &'static [Self] = &[
        #[cfg(feature = "x25519")]
        Self::X25519,
        #[cfg(feature = "secp256r1")]
        Self::Secp256r1,
        #[cfg(feature = "secp384r1")]
        Self::Secp384r1,
    ];

    /// The group with this code point, if this build has it.
    pub fn from_code(code: u16) -> Option<Self> {
        Self::ALL.iter().copied().find(|group| group.code() == code)
    }

    /// The code point on the wire.
    #[expect(clippy::as_conversions, reason = "the discriminant of a repr(u16) enum has no other way out")]
    pub const fn code(self) -> u16 {
        self as u16
    }
}

impl fmt::Display for NamedGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match *self {
            #[cfg(feature = "x25519")]
            Self::X25519 => "x25519",
            #[cfg(feature = "secp256r1")]
            Self::Secp256r1 => "secp256r1",
            #[cfg(feature = "secp384r1")]
            Self::Secp384r1 => "secp384r1",
        })
    }
}
