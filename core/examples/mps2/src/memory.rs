//! Every buffer of the firmware, and how many connections there may be.

use lsam_core::agent::FrameHeader;
use lsam_core::endpoint::MessageBuffers;
use lsam_core::tls::Buffers;
use lsam_core::tls::limits::{self, SEND_BUFFER_MIN};
use smoltcp::socket::tcp;
use smoltcp::time::Duration;
use static_cell::ConstStaticCell;

/// Connections at once. All memory for them is set aside from the start; what comes beyond is refused.
pub const CONNECTIONS: usize = 4;

/// Any record fits.
#[cfg(not(feature = "small-records"))]
const RECV: usize = limits::RECV_BUFFER;
/// Any ClientHello. A client's certificate of up to 2 KiB fits as well, in its message of which the last record has not been
/// joined to the others yet. Clients that know neither record_size_limit nor max_fragment_length cannot send more than this in
/// a record.
#[cfg(feature = "small-records")]
const RECV: usize = limits::SERVER_RECV_BUFFER_MIN;
const SEND: usize = SEND_BUFFER_MIN;
/// The longest request that is taken; the one for the machine status is a header alone.
const INBOX: usize = FrameHeader::LEN + 112;
/// The longest answer: the machine status.
const OUTBOX: usize = 384;
const TCP_RECV: usize = 2048;
const TCP_SEND: usize = 1024;
/// How long a peer may leave what was sent to it unacknowledged.
const PEER_TIME: Duration = Duration::from_secs(10);
/// When a peer that has sent nothing is asked whether it is still there. One that is answers, and its connection may be idle for
/// longer than [`PEER_TIME`]; one that has vanished without a FIN is found out.
const KEEP_ALIVE: Duration = Duration::from_secs(3);

/// What one connection needs for TLS, in bytes, beside its state.
pub const TLS_BUFFERS: usize = size_of::<RecordBuffer<RECV>>() + size_of::<RecordBuffer<SEND>>();
/// The same with its messages.
pub const BUFFERS: usize = TLS_BUFFERS + INBOX + OUTBOX;

/// A buffer in which the plaintext of an AES-GCM record begins at a word, behind 5 bytes of header and 8 of nonce. Blocks that
/// lie askew are copied byte by byte: that is 6 of 100 instructions that a record costs.
#[repr(C, align(4))]
pub struct RecordBuffer<const N: usize> {
    before: [u8; 3],
    /// What is lent to a session.
    pub bytes: [u8; N],
}

impl<const N: usize> RecordBuffer<N> {
    /// One of zeros.
    pub const EMPTY: Self = Self { before: [0; 3], bytes: [0; N] };
}

/// What one connection works in.
pub struct Memory {
    /// For TLS.
    pub buffers: Buffers<'static>,
    /// For messages.
    pub messages: MessageBuffers<'static>,
}

struct Storage {
    recv: RecordBuffer<RECV>,
    send: RecordBuffer<SEND>,
    inbox: [u8; INBOX],
    outbox: [u8; OUTBOX],
    tcp_recv: [u8; TCP_RECV],
    tcp_send: [u8; TCP_SEND],
}

impl Storage {
    const EMPTY: Self = Self {
        recv: RecordBuffer::EMPTY,
        send: RecordBuffer::EMPTY,
        inbox: [0; INBOX],
        outbox: [0; OUTBOX],
        tcp_recv: [0; TCP_RECV],
        tcp_send: [0; TCP_SEND],
    };
}

static STORAGE: ConstStaticCell<[Storage; CONNECTIONS]> =
    ConstStaticCell::new([const { Storage::EMPTY }; CONNECTIONS]);

/// The memory of every connection, with its TCP socket. To be called once.
pub fn take() -> impl Iterator<Item = (Memory, tcp::Socket<'static>)> {
    STORAGE.take().iter_mut().map(|storage| {
        let Storage { recv, send, inbox, outbox, tcp_recv, tcp_send } = storage;
        let buffers = Buffers { recv: &mut recv.bytes, send: &mut send.bytes };
        let memory = Memory { buffers, messages: MessageBuffers { inbox, outbox } };
        let recv = tcp::SocketBuffer::new(tcp_recv.as_mut_slice());
        let send = tcp::SocketBuffer::new(tcp_send.as_mut_slice());
        let mut socket = tcp::Socket::new(recv, send);
        // Also ends what began with a SYN and was never a connection: without it four of those would take every place.
        socket.set_timeout(Some(PEER_TIME));
        socket.set_keep_alive(Some(KEEP_ALIVE));
        (memory, socket)
    })
}
