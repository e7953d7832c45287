//! The signatures of the profile: code points, components, and which key fits.

use core::fmt;

use super::{HashAlgorithm, Provider};

/// A public key, borrowed from the SubjectPublicKeyInfo of a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
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

/// The algorithm of a [`PublicKey`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyAlgorithm {
    /// ECDSA on secp256r1.
    Secp256r1,
    /// ECDSA on secp384r1.
    Secp384r1,
    /// RSA.
    Rsa,
}

impl PublicKey<'_> {
    /// The key's algorithm.
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
#[non_exhaustive]
pub enum SignatureKind {
    /// ECDSA on the key's curve; the signature is the DER `Ecdsa-Sig-Value` (RFC 8422 section 5.4).
    Ecdsa,
    /// RSASSA-PKCS1-v1_5 (RFC 8017 section 8.2).
    RsaPkcs1,
    /// RSASSA-PSS with MGF1 on the same hash and a salt of the digest's length (RFC 8446 section 4.2.3).
    RsaPss,
}

/// Each scheme with its code point, its name, the kind of signature, and the hash function applied first.
macro_rules! signature_schemes {
    ($($(#[$doc:meta])* $scheme:ident = $code:literal, $name:literal, $kind:ident, $hash:ident;)*) => {
        /// A signature scheme by its TLS code point (RFC 8446 section 4.2.3, which names those of RFC 5246
        /// too).
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        #[repr(u16)]
        pub enum SignatureScheme {
            $(
                #[doc = concat!("`", $name, "` (", stringify!($code), ")")]
                $(#[$doc])*
                $scheme = $code,
            )*
        }

        impl SignatureScheme {
            /// Every scheme of the profile, the preferred first.
            pub const ALL: &'static [Self] = &[$(Self::$scheme),*];

            /// The hash function that is applied before signing.
            pub const fn hash(self) -> HashAlgorithm {
                match self {
                    $(Self::$scheme => HashAlgorithm::$hash,)*
                }
            }

            /// Whether `P` supports the hash function.
            pub const fn has_hash<P: Provider>(self) -> bool {
                match self {
                    $(Self::$scheme => HashAlgorithm::$hash.is_supported::<P>(),)*
                }
            }

            /// How the signature is made.
            pub const fn kind(self) -> SignatureKind {
                match self {
                    $(Self::$scheme => SignatureKind::$kind,)*
                }
            }

            /// The scheme with this code point, if the profile has it.
            pub const fn from_code(code: u16) -> Option<Self> {
                match code {
                    $($code => Some(Self::$scheme),)*
                    _ => None,
                }
            }

            /// The name in the IANA registry.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$scheme => $name,)*
                }
            }
        }
    };
}

signature_schemes! {
    ///
    /// In TLS 1.2 ECDSA on either curve, with SHA-256.
    EcdsaSecp256r1Sha256 = 0x0403, "ecdsa_secp256r1_sha256", Ecdsa, Sha256;
    ///
    /// In TLS 1.2 ECDSA on either curve, with SHA-384.
    EcdsaSecp384r1Sha384 = 0x0503, "ecdsa_secp384r1_sha384", Ecdsa, Sha384;
    RsaPssRsaeSha256 = 0x0804, "rsa_pss_rsae_sha256", RsaPss, Sha256;
    RsaPssRsaeSha384 = 0x0805, "rsa_pss_rsae_sha384", RsaPss, Sha384;
    RsaPssRsaeSha512 = 0x0806, "rsa_pss_rsae_sha512", RsaPss, Sha512;
    RsaPkcs1Sha256 = 0x0401, "rsa_pkcs1_sha256", RsaPkcs1, Sha256;
    RsaPkcs1Sha384 = 0x0501, "rsa_pkcs1_sha384", RsaPkcs1, Sha384;
    RsaPkcs1Sha512 = 0x0601, "rsa_pkcs1_sha512", RsaPkcs1, Sha512;
}

impl SignatureScheme {
    /// The code point on the wire.
    #[expect(clippy::as_conversions, reason = "the discriminant of a repr(u16) enum has no other way out")]
    pub const fn code(self) -> u16 {
        self as u16
    }

    /// Whether `P` can verify it with any kind of key.
    pub fn is_verifiable<P: Provider>(self) -> bool {
        let has_key = match self.kind() {
            SignatureKind::Ecdsa => {
                P::can_verify(KeyAlgorithm::Secp256r1) || P::can_verify(KeyAlgorithm::Secp384r1)
            }
            SignatureKind::RsaPkcs1 | SignatureKind::RsaPss => P::can_verify(KeyAlgorithm::Rsa),
        };
        has_key && self.has_hash::<P>()
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
        f.write_str(self.name())
    }
}
