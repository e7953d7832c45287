//! What the caller lends to a session: memory, randomness and the time.

use crate::UnixTime;
use crate::crypto::Entropy;

/// The memory that the caller lends to a session.
#[derive(Debug)]
pub struct Buffers<'b> {
    /// At least [`super::limits::RECV_BUFFER_MIN`] bytes, for servers
    /// [`super::limits::SERVER_RECV_BUFFER_MIN`]. [`super::limits::RECV_BUFFER`] bytes hold any record.
    pub recv: &'b mut [u8],
    /// At least [`super::limits::SEND_BUFFER_MIN`] bytes. A larger buffer allows larger writes.
    pub send: &'b mut [u8],
}

/// What a call to [`super::Session::process`] may use.
pub struct Context<'a> {
    /// The random number generator.
    pub entropy: &'a mut dyn Entropy,
    /// The time, if the caller knows it.
    pub now: Option<UnixTime>,
}
