//! What a caller may remember about its revocation lists from one peer to the next.

use core::fmt;

use super::error::UnknownRevocation;

/// Remembers answers about revocation lists. A list of ten megabytes is then hashed once, and not in every
/// handshake before the peer has proven anything.
///
/// An answer depends only on the bytes of the list, not on the time or the peer: it may be kept as long as
/// the list. It decides who is rejected, so it must only be returned for exactly the list and question for
/// which it was found.
pub trait ListMemory: fmt::Debug + Sync {
    /// The answer to `question` about the list with the index `list` in
    /// [`TrustSet::with_revocation`](super::TrustSet::with_revocation): the remembered one, otherwise that of
    /// `find_out`.
    ///
    /// # Errors
    /// That of `find_out`, which is remembered too.
    fn recall(
        &self,
        list: usize,
        question: ListQuestion<'_>,
        find_out: &mut dyn FnMut() -> ListAnswer,
    ) -> ListAnswer;
}

/// Yes or no, or why that is unknown.
pub type ListAnswer = Result<bool, UnknownRevocation>;

/// A question about a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ListQuestion<'q> {
    /// Whether it is signed with the key that has this SubjectPublicKeyInfo.
    IsSignedWith(&'q [u8]),
    /// Whether the certificate with this encoded serial number is on it.
    Lists(&'q [u8]),
}
