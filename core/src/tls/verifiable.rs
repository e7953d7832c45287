//! What this side can verify, and so may offer or ask for.

use super::suite::CipherSuite;
use crate::crypto::{KeyAlgorithm, Provider, SignatureKind, SignatureScheme};

/// The schemes of a configuration without those that the provider verifies with no key: to offer these would only let a peer
/// choose what ends the session.
#[derive(Clone, Copy)]
pub(crate) struct Verifiable<'c> {
    schemes: &'c [SignatureScheme],
    can_verify: fn(KeyAlgorithm) -> bool,
}

impl<'c> Verifiable<'c> {
    pub(crate) fn by<P: Provider>(schemes: &'c [SignatureScheme]) -> Self {
        Self { schemes, can_verify: P::can_verify }
    }

    /// Every one of `schemes`.
    #[cfg(any(test, feature = "fuzzing"))]
    pub(crate) fn all(schemes: &'c [SignatureScheme]) -> Self {
        Self { schemes, can_verify: |_| true }
    }

    pub(crate) fn iter(self) -> impl Iterator<Item = SignatureScheme> + use<'c> {
        let can_verify = move |scheme: &SignatureScheme| match scheme.kind() {
            SignatureKind::Ecdsa => {
                (self.can_verify)(KeyAlgorithm::Secp256r1) || (self.can_verify)(KeyAlgorithm::Secp384r1)
            }
            SignatureKind::RsaPkcs1 | SignatureKind::RsaPss => (self.can_verify)(KeyAlgorithm::Rsa),
        };
        self.schemes.iter().copied().filter(can_verify)
    }

    /// The suites in which a server proves itself with one of the schemes.
    pub(crate) fn suites(self, suites: &'c [CipherSuite]) -> impl Iterator<Item = CipherSuite> + use<'c> {
        let suits = move |suite: &CipherSuite| self.iter().any(|scheme| suite.is_signed_with(scheme.kind()));
        suites.iter().copied().filter(suits)
    }
}
