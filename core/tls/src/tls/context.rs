//! What the caller lends to a session: memory, randomness and the time.

use crate::UnixTime;
use crate::crypto::Entropy;

/// The memory that the caller lends to a session.
#[derive(Debug)]
pub struct Buffers<'b> {
    /// [`super::limits::RECV_BUFFER`] bytes hold any record; no fewer than
    /// [`super::limits::RECV_BUFFER_MIN`], for servers [`super::limits::SERVER_RECV_BUFFER_MIN`].
    pub recv: &'b mut [u8],
    /// No fewer than [`super::limits::SEND_BUFFER_MIN`] bytes; more let larger pieces go out at once.
    pub send: &'b mut [u8],
}

/// What a call of [`super::Session::process`] may draw on.
pub struct Context<'a> {
    /// The random number generator.
    pub entropy: &'a mut dyn Entropy,
    /// The time, if the caller knows it.
    pub now: Option<UnixTime>,
}
