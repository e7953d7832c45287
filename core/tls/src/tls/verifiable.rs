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

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use super::*;

    #[test]
    fn one_algorithm_of_those_that_a_scheme_is_for_makes_it_verifiable() {
        type CanVerify = fn(KeyAlgorithm) -> bool;
        let cases: [(CanVerify, bool, bool); 5] = [
            (|key| key == KeyAlgorithm::Secp256r1, true, false),
            (|key| key == KeyAlgorithm::Secp384r1, true, false),
            (|key| key == KeyAlgorithm::Rsa, false, true),
            (|_| true, true, true),
            (|_| false, false, false),
        ];
        for (can_verify, ecdsa, rsa) in cases {
            let expected: Vec<_> = SignatureScheme::ALL
                .iter()
                .copied()
                .filter(|scheme| if scheme.kind() == SignatureKind::Ecdsa { ecdsa } else { rsa })
                .collect();
            let verifiable = Verifiable { schemes: SignatureScheme::ALL, can_verify };
            assert!(verifiable.iter().eq(expected), "{ecdsa} {rsa}");
        }
    }
}
