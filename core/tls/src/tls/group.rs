//! Key exchange groups: one table, and the ephemeral key in whichever group was negotiated.

use core::fmt;

use super::error::Error;
use crate::crypto::{Entropy, KeyExchange, Provider, PublicValue, SharedSecret};

/// Each group by its name in [`Provider`], with its code point and name.
macro_rules! named_groups {
    ($($group:ident = $code:literal, $name:literal;)*) => {
        /// The key exchange groups of the profile by their code points (RFC 8422 section 5.1.1).
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        #[repr(u16)]
        pub enum NamedGroup {
            $(#[doc = $name] $group = $code,)*
        }

        impl NamedGroup {
            /// Every group of the profile, in order of preference.
            pub const ALL: &'static [Self] = &[$(Self::$group),*];

            /// The group with this code point, if the profile has it.
            pub const fn from_code(code: u16) -> Option<Self> {
                match code {
                    $($code => Some(Self::$group),)*
                    _ => None,
                }
            }

            /// The name in the IANA registry.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$group => $name,)*
                }
            }

            /// Whether `P` supports it.
            pub const fn is_supported<P: Provider>(self) -> bool {
                match self {
                    $(Self::$group => P::$group::SUPPORTED,)*
                }
            }

            /// Answers the peer's public value in this group: returns our public value and the shared secret.
            pub(crate) fn respond<P: Provider>(
                self,
                entropy: &mut dyn Entropy,
                peer: &[u8],
            ) -> Result<(PublicValue, SharedSecret), Error> {
                Ok(match self {
                    $(Self::$group => P::$group::respond(entropy, peer)?,)*
                })
            }
        }

        /// An ephemeral private key, used only once.
        pub(crate) enum EphemeralKey<P: Provider> {
            $($group(P::$group),)*
        }

        impl<P: Provider> EphemeralKey<P> {
            pub(crate) fn generate(group: NamedGroup, entropy: &mut dyn Entropy) -> Result<Self, Error> {
                Ok(match group {
                    $(NamedGroup::$group => Self::$group(P::$group::generate(entropy)?),)*
                })
            }

            pub(crate) fn public_value(&self) -> PublicValue {
                match self {
                    $(Self::$group(key) => key.public_value(),)*
                }
            }

            pub(crate) fn agree(self, peer: &[u8]) -> Result<SharedSecret, Error> {
                Ok(match self {
                    $(Self::$group(key) => key.agree(peer)?,)*
                })
            }
        }
    };
}

named_groups! {
    X25519 = 29, "x25519";
    Secp256r1 = 23, "secp256r1";
    Secp384r1 = 24, "secp384r1";
}

impl NamedGroup {
    /// The code point on the wire.
    #[expect(clippy::as_conversions, reason = "the discriminant of a repr(u16) enum has no other way out")]
    pub const fn code(self) -> u16 {
        self as u16
    }
}

impl fmt::Display for NamedGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
