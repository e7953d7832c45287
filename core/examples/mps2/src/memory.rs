//! Every buffer of the firmware, and the number of connections.

use lsam_core::agent::FrameHeader;
use lsam_core::tls::Buffers;
use lsam_core::tls::limits::{self, SEND_BUFFER_MIN};
use smoltcp::socket::tcp;
use smoltcp::time::Duration;
use static_cell::ConstStaticCell;

/// Simultaneous connections. All their memory is reserved from the start; further ones are refused.
pub const CONNECTIONS: usize = 4;

/// Fits any record.
#[cfg(not(feature = "small-records"))]
const RECV: usize = limits::RECV_BUFFER;
/// Fits any ClientHello, and a client's certificate of up to 2 KiB, including the last record of its message
/// before it is appended to the others. Clients that support neither record_size_limit nor
/// max_fragment_length must not send longer records.
#[cfg(feature = "small-records")]
const RECV: usize = limits::SERVER_RECV_BUFFER_MIN;
const SEND: usize = SEND_BUFFER_MIN;
/// The longest request that may span records; the one for the machine status is only a header.
const INBOX: usize = FrameHeader::LEN + 112;
const TCP_RECV: usize = 2048;
const TCP_SEND: usize = 1024;
/// How long a peer may leave sent data unacknowledged.
const PEER_TIME: Duration = Duration::from_secs(10);
/// When a silent peer is probed. If it answers, its connection may stay idle for longer than [`PEER_TIME`]; a
/// peer that vanished without a FIN is detected.
const KEEP_ALIVE: Duration = Duration::from_secs(3);

/// The memory that one connection needs for TLS, in bytes, in addition to its state.
pub const TLS_BUFFERS: usize = size_of::<RecordBuffer<RECV>>() + size_of::<RecordBuffer<SEND>>();
/// The same including its messages.
pub const BUFFERS: usize = TLS_BUFFERS + INBOX;

/// A buffer in which the plaintext of an AES-GCM record begins at a word, after 5 bytes of header and 8 of
/// nonce. Unaligned blocks are copied byte by byte, which would cost 6 of 100 instructions per record.
#[repr(C, align(4))]
pub struct RecordBuffer<const N: usize> {
    before: [u8; 3],
    /// The buffer for a session.
    pub bytes: [u8; N],
}

impl<const N: usize> RecordBuffer<N> {
    /// A buffer of zeros.
    pub const EMPTY: Self = Self { before: [0; 3], bytes: [0; N] };
}

/// The memory of one connection.
pub struct Memory {
    /// For TLS.
    pub buffers: Buffers<'static>,
    /// For a request that spans records.
    pub inbox: &'static mut [u8],
}

struct Storage {
    recv: RecordBuffer<RECV>,
    send: RecordBuffer<SEND>,
    inbox: [u8; INBOX],
    tcp_recv: [u8; TCP_RECV],
    tcp_send: [u8; TCP_SEND],
}

impl Storage {
    const EMPTY: Self = Self {
        recv: RecordBuffer::EMPTY,
        send: RecordBuffer::EMPTY,
        inbox: [0; INBOX],
        tcp_recv: [0; TCP_RECV],
        tcp_send: [0; TCP_SEND],
    };
}

static STORAGE: ConstStaticCell<[Storage; CONNECTIONS]> =
    ConstStaticCell::new([const { Storage::EMPTY }; CONNECTIONS]);

/// The memory of every connection, with its TCP socket. Call this once.
pub fn take() -> impl Iterator<Item = (Memory, tcp::Socket<'static>)> {
    STORAGE.take().iter_mut().map(|storage| {
        let Storage { recv, send, inbox, tcp_recv, tcp_send } = storage;
        let buffers = Buffers { recv: &mut recv.bytes, send: &mut send.bytes };
        let memory = Memory { buffers, inbox };
        let recv = tcp::SocketBuffer::new(tcp_recv.as_mut_slice());
        let send = tcp::SocketBuffer::new(tcp_send.as_mut_slice());
        let mut socket = tcp::Socket::new(recv, send);
        // Also ends connections that were never established after a SYN: otherwise four of those would occupy
        // every slot.
        socket.set_timeout(Some(PEER_TIME));
        socket.set_keep_alive(Some(KEEP_ALIVE));
        (memory, socket)
    })
}
