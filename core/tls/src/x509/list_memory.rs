//! What a caller may keep of its revocation lists from one peer to the next.

use core::fmt;

use super::UnknownRevocation;

/// Remembers answers about revocation lists, so that a list of ten megabytes is hashed once, and not in every handshake
/// before the peer has proven anything.
///
/// An answer holds for the same bytes of a list, whatever the time and whoever the peer: it may be kept as long as the list
/// is. It decides who is refused, so it must be given for the very list and question that it was found for.
pub trait ListMemory: fmt::Debug + Sync {
    /// The answer to `question` about list number `list`, counted from 0 in the order in which the lists were lent to
    /// [`TrustSet::with_revocation`](super::TrustSet::with_revocation): as it is remembered, or else by `find_out`.
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

/// Yes or no, or why that cannot be told.
pub type ListAnswer = Result<bool, UnknownRevocation>;

/// What is asked about a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ListQuestion<'q> {
    /// Whether it is signed with the key that has this content of a SubjectPublicKeyInfo.
    IsSignedWith(&'q [u8]),
    /// Whether the certificate with this serial number, as it is encoded there, is on it.
    Lists(&'q [u8]),
}
