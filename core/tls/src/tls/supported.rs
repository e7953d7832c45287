//! What this side offers or requests: a list from the configuration, without the entries that the provider
//! does not support.

use super::suite::CipherSuite;
use crate::crypto::SignatureScheme;

/// The entries of `list` that the provider supports: offering others would only let a peer choose something
/// that ends the session.
///
/// Not generic over the provider, so that messages need not be.
#[derive(Clone, Copy)]
pub(crate) struct Supported<'c, T> {
    list: &'c [T],
    is_supported: fn(T) -> bool,
}

impl<'c, T: Copy> Supported<'c, T> {
    pub(crate) const fn new(list: &'c [T], is_supported: fn(T) -> bool) -> Self {
        Self { list, is_supported }
    }

    /// Every entry of `list`.
    #[cfg(any(test, feature = "fuzzing"))]
    pub(crate) fn all(list: &'c [T]) -> Self {
        Self::new(list, |_| true)
    }

    pub(crate) fn iter(self) -> impl Iterator<Item = T> + use<'c, T> {
        self.list.iter().copied().filter(move |entry| (self.is_supported)(*entry))
    }
}

impl<'c> Supported<'c, CipherSuite> {
    /// The suites in which a server authenticates with one of `schemes`.
    pub(crate) fn signed_with(
        self,
        schemes: Supported<'c, SignatureScheme>,
    ) -> impl Iterator<Item = CipherSuite> + use<'c> {
        self.iter().filter(move |suite| schemes.iter().any(|scheme| suite.is_signed_with(scheme.kind())))
    }
}
