//! Answers about revocation lists that a caller may remember from one peer to the next.

use core::fmt;

use super::error::UnknownRevocation;

/// Remembers answers about revocation lists. A ten-megabyte list is then hashed once, rather than in every
/// handshake before the peer has proven anything.
///
/// An answer depends only on the bytes of the list, not on the time or the peer: it may be kept as long as
/// the list. It decides which peers are rejected, so it must be returned only for exactly the list and
/// question for which it was found.
pub trait ListMemory: fmt::Debug + Sync {
    /// The answer to `question` about the list with the index `list` in
    /// [`TrustSet::with_revocation`](super::TrustSet::with_revocation): the remembered one if there is one,
    /// otherwise that of `find_out`.
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

/// Yes, no, or why the answer is unknown.
pub type ListAnswer = Result<bool, UnknownRevocation>;

/// A question about a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ListQuestion<'q> {
    /// Whether it is signed with the key that has this SubjectPublicKeyInfo.
    IsSignedWith(&'q [u8]),
    /// Whether the certificate with this encoded serial number is on it.
    Lists(&'q [u8]),
}
