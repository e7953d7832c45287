//! The memory of one connection.

use lsam_core::endpoint::Room;
use lsam_core::tls::{Buffers, limits};

/// The buffers of one connection, for the longest record that a peer may send, and for a full record to send.
/// The longest message of either program fits with room to spare.
pub struct Memory {
    /// One allocation, which is faster than two.
    both: Box<[u8]>,
}

impl Memory {
    /// Fresh memory.
    pub fn new() -> Self {
        Self { both: vec![0; 2 * limits::RECV_BUFFER].into() }
    }

    /// The buffers for the transport.
    pub fn buffers(&mut self) -> Buffers<'_> {
        let (recv, send) = self.both.split_at_mut(limits::RECV_BUFFER);
        Buffers { recv, send }
    }
}

impl Default for Memory {
    fn default() -> Self {
        Self::new()
    }
}

/// Memory for a message that spans records: empty until there is one, and freed once it has been served. A
/// message has at most [`lsam_core::agent::MAX_MESSAGE`] bytes.
#[derive(Default)]
pub struct Inbox(Vec<u8>);

impl Room for Inbox {
    fn bytes(&self) -> &[u8] {
        &self.0
    }

    fn reserve(&mut self, len: usize) -> Option<&mut [u8]> {
        if self.0.len() < len {
            self.0.reserve_exact(len - self.0.len());
            self.0.resize(len, 0);
        }
        Some(&mut self.0)
    }

    fn release(&mut self) {
        self.0 = Vec::new();
    }
}

#[cfg(test)]
mod tests {
    use lsam_core::agent::MAX_MESSAGE;
    use lsam_core::tls::{Client, Server};

    use super::*;
    use crate::crypto::Provider;
    use crate::link::Endpoint;

    /// The page `data-flow` of the documentation has this figure.
    const MOST: usize = 36 * 1024;

    #[test]
    fn a_connection_takes_little_until_a_message_spans_records() {
        let buffers = Memory::new().both.len();
        for (role, endpoint) in [
            ("server", size_of::<Endpoint<'_, Server<'_, Provider>>>()),
            ("client", size_of::<Endpoint<'_, Client<'_, Provider>>>()),
        ] {
            let mut inbox = Inbox::default();
            let usual = endpoint + buffers + inbox.0.capacity();
            inbox.reserve(MAX_MESSAGE);
            println!(
                "{role}: {usual} bytes a connection ({endpoint} session and endpoint, {buffers} buffers), and \
                 {} more while the longest message that spans records is gathered and answered",
                inbox.0.capacity(),
            );
            assert!(usual <= MOST, "{usual}");
            assert_eq!(inbox.0.capacity(), MAX_MESSAGE);
            inbox.release();
            assert_eq!(inbox.0.capacity(), 0);
        }
    }

    #[test]
    fn an_inbox_that_grows_keeps_what_it_holds() {
        let mut inbox = Inbox::default();
        inbox.reserve(2).unwrap().copy_from_slice(b"ab");
        inbox.reserve(5).unwrap()[2..].copy_from_slice(b"cde");
        assert_eq!(inbox.reserve(1).unwrap(), b"abcde");
        assert_eq!(inbox.bytes(), b"abcde");
    }
}
