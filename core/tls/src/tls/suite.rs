//! Cipher suites, and the ciphers that protect records and tickets: one table each, and what is derived from
//! a row.

use core::fmt;

use crate::crypto::{
    Aead, Hash, HashAlgorithm, Inauthentic, NONCE_LEN, Provider, SealError, SignatureKind, TAG_LEN,
};

/// Each suite with its code point and name, what the server signs with, the cipher, and the hash of the PRF,
/// the Finished messages and the transcript (RFC 5246 section 5, RFC 5289 section 3).
macro_rules! cipher_suites {
    ($($suite:ident = $code:literal, $name:literal, $authentication:ident, $cipher:ident, $hash:ident;)*) => {
        /// The cipher suites of the profile by their code points (RFC 5289 and RFC 7905).
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        #[repr(u16)]
        pub enum CipherSuite {
            $(#[doc = $name] $suite = $code,)*
        }

        impl CipherSuite {
            /// Every suite of the profile, in order of preference.
            pub const ALL: &'static [Self] = &[$(Self::$suite),*];

            /// The hash of the PRF, the Finished messages and the transcript (RFC 5246 section 5, RFC 5289
            /// section 3).
            pub const fn hash(self) -> HashAlgorithm {
                match self {
                    $(Self::$suite => HashAlgorithm::$hash,)*
                }
            }

            pub(crate) const fn bulk_cipher(self) -> BulkCipher {
                match self {
                    $(Self::$suite => BulkCipher::$cipher,)*
                }
            }

            const fn authentication(self) -> Authentication {
                match self {
                    $(Self::$suite => Authentication::$authentication,)*
                }
            }

            /// Whether `P` has everything that the suite needs: the cipher, the hash with its keyed form, and
            /// SHA-256, which every session needs.
            pub const fn is_supported<P: Provider>(self) -> bool {
                let (cipher, hash) = match self {
                    $(Self::$suite => {
                        (P::$cipher::SUPPORTED, HashAlgorithm::$hash.is_supported_keyed::<P>())
                    })*
                };
                cipher && hash && P::Sha256::SUPPORTED
            }

            /// The suite with this code point, if the profile has it.
            pub const fn from_code(code: u16) -> Option<Self> {
                match code {
                    $($code => Some(Self::$suite),)*
                    _ => None,
                }
            }

            /// The name in the IANA registry.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$suite => $name,)*
                }
            }
        }
    };
}

cipher_suites! {
    EcdheEcdsaAes128GcmSha256 = 0xc02b, "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", Ecdsa, Aes128Gcm, Sha256;
    EcdheRsaAes128GcmSha256 = 0xc02f, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", Rsa, Aes128Gcm, Sha256;
    EcdheEcdsaAes256GcmSha384 = 0xc02c, "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", Ecdsa, Aes256Gcm, Sha384;
    EcdheRsaAes256GcmSha384 = 0xc030, "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", Rsa, Aes256Gcm, Sha384;
    EcdheEcdsaChaCha20Poly1305Sha256 = 0xcca9, "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
        Ecdsa, ChaCha20Poly1305, Sha256;
    EcdheRsaChaCha20Poly1305Sha256 = 0xcca8, "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
        Rsa, ChaCha20Poly1305, Sha256;
}

/// The kind of key with which the server authenticates.
enum Authentication {
    Ecdsa,
    Rsa,
}

impl CipherSuite {
    /// [`Self::hash`] of a suite that `P` supports: if only one hash remains, the compiler eliminates the
    /// choice.
    pub(crate) const fn hash_in<P: Provider>(self) -> HashAlgorithm {
        if HashAlgorithm::Sha384.is_supported_keyed::<P>() { self.hash() } else { HashAlgorithm::Sha256 }
    }

    /// The code point on the wire.
    #[expect(clippy::as_conversions, reason = "the discriminant of a repr(u16) enum has no other way out")]
    pub const fn code(self) -> u16 {
        self as u16
    }

    /// Whether the server authenticates with signatures of this kind in this suite.
    pub const fn is_signed_with(self, kind: SignatureKind) -> bool {
        match self.authentication() {
            Authentication::Ecdsa => matches!(kind, SignatureKind::Ecdsa),
            Authentication::Rsa => matches!(kind, SignatureKind::RsaPkcs1 | SignatureKind::RsaPss),
        }
    }
}

impl fmt::Display for CipherSuite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How TLS 1.2 uses a cipher for records: lengths in bytes.
pub(crate) struct RecordProfile {
    pub(crate) key: usize,
    /// The part of the nonce that comes from the key block (RFC 5246 section 6.3).
    pub(crate) fixed_iv: usize,
    /// The part of the nonce that is sent with each record.
    pub(crate) explicit_nonce: usize,
}

/// Each cipher by its name in [`Provider`], with its lengths in bytes: the key, the part of the nonce from
/// the key block, and the part of the nonce in each record (RFC 5288 section 3, RFC 7905 section 2).
macro_rules! bulk_ciphers {
    ($($cipher:ident: key $key:literal, fixed_iv $fixed_iv:literal,
        explicit_nonce $explicit_nonce:literal;)*) => {
        /// The ciphers that protect records.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum BulkCipher {
            $($cipher,)*
        }

        impl BulkCipher {
            const fn profile(self) -> RecordProfile {
                match self {
                    $(Self::$cipher => RecordProfile {
                        key: $key,
                        fixed_iv: $fixed_iv,
                        explicit_nonce: $explicit_nonce,
                    },)*
                }
            }

            /// `None` if `P` lacks the cipher.
            pub(crate) const fn profile_in<P: Provider>(self) -> Option<RecordProfile> {
                match self {
                    $(Self::$cipher if P::$cipher::SUPPORTED => Some(Self::$cipher.profile()),)*
                    _ => None,
                }
            }
        }

        /// A cipher with its key.
        pub(crate) enum Cipher<P: Provider> {
            $($cipher(P::$cipher),)*
        }

        impl<P: Provider> Cipher<P> {
            /// `None` if the key has a wrong length, or the provider lacks the cipher.
            pub(crate) fn new(cipher: BulkCipher, key: &[u8]) -> Option<Self> {
                Some(match cipher {
                    $(BulkCipher::$cipher => Self::$cipher(P::$cipher::new(key)?),)*
                })
            }

            pub(crate) const fn profile(&self) -> RecordProfile {
                match self {
                    $(Self::$cipher(_) => BulkCipher::$cipher.profile(),)*
                }
            }

            /// Encrypts `text` in place and returns its tag.
            pub(crate) fn seal(
                &self,
                nonce: &[u8; NONCE_LEN],
                aad: &[u8],
                text: &mut [u8],
            ) -> Result<[u8; TAG_LEN], SealError> {
                match self {
                    $(Self::$cipher(aead) => aead.seal(nonce, aad, text),)*
                }
            }

            /// Checks `tag` and decrypts `text` in place.
            pub(crate) fn open(
                &self,
                nonce: &[u8; NONCE_LEN],
                aad: &[u8],
                text: &mut [u8],
                tag: &[u8; TAG_LEN],
            ) -> Result<(), Inauthentic> {
                match self {
                    $(Self::$cipher(aead) => aead.open(nonce, aad, text, tag),)*
                }
            }
        }
    };
}

bulk_ciphers! {
    Aes128Gcm: key 16, fixed_iv 4, explicit_nonce 8;
    Aes256Gcm: key 32, fixed_iv 4, explicit_nonce 8;
    ChaCha20Poly1305: key 32, fixed_iv 12, explicit_nonce 0;
}

impl BulkCipher {
    /// The cipher with which `P` seals tickets.
    pub(crate) const fn for_tickets<P: Provider>() -> Option<Self> {
        if P::Aes256Gcm::SUPPORTED {
            Some(Self::Aes256Gcm)
        } else if P::Aes128Gcm::SUPPORTED {
            Some(Self::Aes128Gcm)
        } else if P::ChaCha20Poly1305::SUPPORTED {
            Some(Self::ChaCha20Poly1305)
        } else {
            None
        }
    }
}
