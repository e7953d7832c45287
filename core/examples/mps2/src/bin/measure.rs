//! The cost of TLS on this processor: instructions, and stack in addition to the buffers, for both roles in
//! memory, without a network.
//!
//! Run it with `-icount shift=8`: the emulator's clock then counts instructions, and the same image produces
//! the same numbers each time. The random numbers are fixed. Each line is `name role instructions stack`; the
//! last one is `done`.
#![no_std]
#![no_main]

use core::fmt::Write as _;

use chacha20::ChaCha20Rng;
use chacha20::rand_core::SeedableRng;
use cortex_m_rt::entry;
use lsam_core::UnixTime;
use lsam_core::crypto::{Entropy, SignatureScheme};
use lsam_core::tls::limits::{RECV_BUFFER, SEND_BUFFER_MIN};
use lsam_core::tls::{
    Buffers, ClientAuth, ClientConfig, ClientSession, Context, Event, NamedGroup, Role, ServerConfig,
    ServerSession, Session, TicketKey, Tickets,
};
use lsam_core::x509::{CertificateList, Purpose, TrustSet};
use mps2::board::{Board, Uart, cost};
use mps2::credentials;
use mps2::crypto::{GROUPS, Provider};
use mps2::key::{FlashKey, Signer};
use mps2::memory::{RecordBuffer, TLS_BUFFERS};
use mps2::platform::Clock;
use static_cell::ConstStaticCell;

/// A record of 1 KiB, which fits into the send buffer as a whole.
const RECORD: usize = 1024;
const SEND: usize = RECORD + 64;

type Memory = (RecordBuffer<RECV_BUFFER>, RecordBuffer<SEND>);
static SERVER_MEMORY: ConstStaticCell<Memory> =
    ConstStaticCell::new((RecordBuffer::EMPTY, RecordBuffer::EMPTY));
static CLIENT_MEMORY: ConstStaticCell<Memory> =
    ConstStaticCell::new((RecordBuffer::EMPTY, RecordBuffer::EMPTY));

#[entry]
fn main() -> ! {
    let mut board = Board::take().expect("nobody else has taken it");
    let now = board.clock.unix_time();
    let (server_memory, client_memory) = (SERVER_MEMORY.take(), CLIENT_MEMORY.take());
    let key = TicketKey::new([7; TicketKey::LEN]);

    let schemes = [SignatureScheme::EcdsaSecp256r1Sha256];
    let mut server = ServerConfig::new(core::slice::from_ref(&credentials::SERVER));
    server.client_schemes = &schemes;
    server.tickets = Some(Tickets { current: &key, previous: None, lifetime: 3600, epoch: 0 });
    let mut client = ClientConfig::new();
    client.server_name = Some("server.example");
    client.identities = core::slice::from_ref(&credentials::CLIENT);
    client.signature_schemes = &schemes;
    let mut bench = Bench { now, server_memory, client_memory };

    let sizes = (size_of::<ServerSession<'_, Provider>>(), size_of::<ClientSession<'_, Provider>>());
    let _ = writeln!(Uart, "session server 0 {}", sizes.0);
    let _ = writeln!(Uart, "session client 0 {}", sizes.1);
    let _ = writeln!(Uart, "buffers server 0 {TLS_BUFFERS}");
    if NamedGroup::X25519.is_supported::<Provider>() {
        bench.run("x25519", &server, &client);
    }
    client.groups = &[NamedGroup::Secp256r1];
    bench.run("secp256r1", &server, &client);
    client.groups = GROUPS;
    server.groups = GROUPS;
    server.client_auth = ClientAuth::Required;
    bench.run("mutual", &server, &client);
    let _ = writeln!(Uart, "done");
    loop {
        board.idle();
    }
}

struct Bench<'m> {
    now: Option<UnixTime>,
    server_memory: &'m mut Memory,
    client_memory: &'m mut Memory,
}

impl Bench<'_> {
    /// A handshake, then a record of 1 KiB in each direction.
    fn run(&mut self, name: &str, server: &ServerConfig<'_>, client: &ClientConfig<'_>) {
        let (recv, send) = self.server_memory;
        let buffers = Buffers { recv: &mut recv.bytes, send: &mut send.bytes };
        let session = ServerSession::<Provider>::new(server, buffers);
        let mut server = Side::new(session, credentials::SERVER_KEY, Purpose::Client, self.now, 1);
        let (recv, send) = self.client_memory;
        let buffers = Buffers { recv: &mut recv.bytes, send: &mut send.bytes };
        let session = ClientSession::<Provider>::new(client, buffers);
        let mut client = Side::new(session, credentials::CLIENT_KEY, Purpose::Server, self.now, 2);

        while !(server.connected && client.connected) {
            client.advance();
            client.deliver(&mut server.session);
            server.advance();
            server.deliver(&mut client.session);
        }
        server.tell(name, "server");
        client.tell(name, "client");
        let text = [0x5A; RECORD];
        server.write(&text);
        server.tell("record", "seal");
        server.deliver(&mut client.session);
        client.advance();
        client.tell("record", "open");
    }
}

/// A session, and its cost since the last report.
struct Side<'b, R: Role<Provider>> {
    session: Session<'b, R, Provider>,
    key: FlashKey,
    purpose: Purpose,
    entropy: ChaCha20Rng,
    now: Option<UnixTime>,
    connected: bool,
    instructions: u32,
    stack: usize,
}

impl<'b, R: Role<Provider>> Side<'b, R> {
    fn new(
        session: Result<Session<'b, R, Provider>, lsam_core::tls::Error>,
        scalar: &'static [u8],
        purpose: Purpose,
        now: Option<UnixTime>,
        seed: u8,
    ) -> Self {
        Self {
            session: session.expect("the buffers are large enough"),
            key: FlashKey::new(scalar).expect("credentials/make has made it"),
            purpose,
            entropy: ChaCha20Rng::from_seed([seed; 32]),
            now,
            connected: false,
            instructions: 0,
            stack: 0,
        }
    }

    /// Runs `work` and adds its cost.
    fn measured(&mut self, work: impl FnOnce(&mut Self)) {
        let cost = cost::of(|| work(self));
        self.instructions += cost.instructions;
        self.stack = self.stack.max(cost.stack);
    }

    /// Continues until bytes must be read or written.
    fn advance(&mut self) {
        self.measured(|side| while side.step() {});
    }

    fn step(&mut self) -> bool {
        let mut cx = Context { entropy: &mut self.entropy as &mut dyn Entropy, now: self.now };
        match self.session.process(&mut cx).expect("both sides play by the rules") {
            Event::NeedRead | Event::NeedWrite | Event::PeerClosed => return false,
            Event::Sign(request) => {
                self.key.begin(&request.digest).expect("one at a time");
                let signature = self.key.finish().and_then(Result::ok).expect("the key is in order");
                self.session.sign_done(Ok(signature.as_ref())).expect("it was asked for");
            }
            Event::VerifyPeer(chain) => {
                let verdict = verify(chain, self.purpose, self.now);
                self.session.verify_done(verdict).expect("the certificates are in order");
            }
            Event::Connected => self.connected = true,
            Event::Data(data) => {
                data.take(RECORD);
            }
        }
        true
    }

    fn write(&mut self, text: &[u8]) {
        self.measured(|side| {
            let written = side.session.write(text).expect("the handshake is complete");
            assert!(written == text.len(), "one record takes it all");
        });
    }

    /// Delivers the bytes that are waiting to be sent.
    fn deliver<O: Role<Provider>>(&mut self, to: &mut Session<'_, O, Provider>) {
        while !self.session.send_buf().is_empty() {
            let room = to.recv_buf();
            let n = self.session.send_buf().len().min(room.len());
            room.iter_mut().zip(self.session.send_buf()).for_each(|(to, from)| *to = *from);
            to.recv_done(n);
            self.session.send_done(n);
        }
    }

    fn tell(&mut self, name: &str, what: &str) {
        let _ = writeln!(Uart, "{name} {what} {} {}", self.instructions, self.stack);
        self.instructions = 0;
        self.stack = 0;
    }
}

/// Not inlined, as in the server: it occupies stack only while it runs.
#[inline(never)]
fn verify(
    chain: CertificateList<'_>,
    purpose: Purpose,
    now: Option<UnixTime>,
) -> Result<(), lsam_core::x509::CertificateError> {
    TrustSet::new(&[credentials::ROOT], &[]).verify_without_name::<Provider>(chain, purpose, now).map(drop)
}

const _: () = assert!(SEND >= SEND_BUFFER_MIN);
