//! Every limit of the engine in one place, with the reason for each.

/// Longest plaintext of a record, in bytes (RFC 5246 section 6.2.1).
pub const MAX_FRAGMENT: usize = 1 << 14;

/// Length of a record's header: type, version, length (RFC 5246 section 6.2.1).
pub const RECORD_HEADER: usize = 5;

/// The most that an AEAD of the profile adds to a record: explicit nonce and tag (RFC 5288 section 3).
pub const MAX_AEAD_OVERHEAD: usize = 8 + crate::crypto::TAG_LEN;

/// A receive buffer of this many bytes holds any record that TLS 1.2 allows. Peers on Windows send full
/// records, so a server that must serve any client needs a buffer of this size.
pub const RECV_BUFFER: usize = RECORD_HEADER + MAX_FRAGMENT + MAX_AEAD_OVERHEAD;

/// Smallest receive buffer that a session accepts: a record of 512 bytes, sealed. That is the shortest that
/// max_fragment_length can request (RFC 6066 section 4), and the lowest limit that GnuTLS accepts in
/// record_size_limit. This minimum is for clients; a server needs [`SERVER_RECV_BUFFER_MIN`], unless it knows
/// how long the ClientHellos of all its clients are.
pub const RECV_BUFFER_MIN: usize = RECORD_HEADER + 512 + MAX_AEAD_OVERHEAD;

/// Smallest receive buffer of a server that accepts any client: it holds a ClientHello, to which neither
/// fragment limit applies, whatever is negotiated later (RFC 6066 section 4, RFC 8449 section 4). A browser's
/// ClientHello takes 1.6 to 2 KB, including an X25519MLKEM768 share of 1,216 bytes and
/// encrypted_client_hello; a ticket and long names add to that.
pub const SERVER_RECV_BUFFER_MIN: usize = RECORD_HEADER + 2560 + MAX_AEAD_OVERHEAD;

/// Smallest send buffer: the longest message that is written in one piece (a ServerKeyExchange on secp384r1
/// with an RSA-4096 signature, 621 bytes; a ClientHello with a host name of 255 bytes), cut into 512-byte
/// fragments, with room for a last alert. Certificates are sent in pieces and need not fit.
pub const SEND_BUFFER_MIN: usize = 768;

/// Longest handshake message that is accepted, in bytes. Only Certificate comes close: the longest chains
/// seen on public servers stay below 10 KiB. The receive buffer may set a lower bound.
pub const MAX_HANDSHAKE_MESSAGE: usize = 1 << 14;

/// Length of the longest signature: RSA with 4096 bits.
pub const MAX_SIGNATURE: usize = 512;

/// Warning alerts and rejected renegotiations in a row before the session is closed: they cost the peer
/// nothing, so their cost to us must be bounded.
pub const MAX_WARNINGS: u8 = 4;

/// Empty records in a row before the session is closed, for the same reason.
pub const MAX_EMPTY_RECORDS: u8 = 32;
