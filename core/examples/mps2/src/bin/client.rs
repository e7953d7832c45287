//! The client side: the board connects to a TLS server on the emulator's host, verifies its certificate and
//! its name, requests a page, and reports the length of the answer. Then it starts over.
#![no_std]
#![no_main]

use core::time::Duration;

use chacha20::ChaCha20Rng;
use chacha20::rand_core::SeedableRng;
use cortex_m_rt::entry;
use lsam_core::UnixTime;
use lsam_core::crypto::SignatureScheme;
use lsam_core::endpoint::Error;
use lsam_core::tls::limits::{RECV_BUFFER, SEND_BUFFER_MIN};
use lsam_core::tls::{Buffers, ClientConfig, ClientSession, Context, Event};
use lsam_core::x509::{CertificateError, CertificateList, ExpectedName, TrustSet};
use mps2::board::{Board, stack};
use mps2::credentials;
use mps2::crypto::{GROUPS, Provider};
use mps2::key::{FlashKey, Signer};
use mps2::log::{End, Event as Told, log};
use mps2::network::{self, HOST};
use mps2::platform::{Clock, SeedSource};
use mps2::start;
use smoltcp::iface::{Interface, SocketSet, SocketStorage};
use smoltcp::socket::tcp;
use static_cell::{ConstStaticCell, StaticCell};

/// The name that the server's certificate must contain.
const NAME: &str = "server.example";
const REQUEST: &[u8] = b"GET / HTTP/1.0\r\n\r\n";
/// The time limit for a connection, from start to end.
const TIME: Duration = Duration::from_secs(30);
/// The pause between two connections.
const PAUSE: Duration = Duration::from_secs(1);

static CONFIG: ClientConfig<'_> = ClientConfig {
    server_name: Some(NAME),
    identities: &[credentials::CLIENT],
    signature_schemes: &[SignatureScheme::EcdsaSecp256r1Sha256],
    groups: GROUPS,
    ..ClientConfig::new()
};

/// The board with its network, and one TCP socket.
struct Machine {
    board: Board,
    interface: &'static mut Interface,
    sockets: SocketSet<'static>,
    entropy: ChaCha20Rng,
    key: &'static mut FlashKey,
}

#[entry]
fn main() -> ! {
    static INTERFACE: StaticCell<Interface> = StaticCell::new();
    static SOCKETS: ConstStaticCell<[SocketStorage<'_>; 1]> = ConstStaticCell::new([SocketStorage::EMPTY]);
    static TCP: ConstStaticCell<([u8; 2048], [u8; 1024])> = ConstStaticCell::new(([0; 2048], [0; 1024]));
    static TLS: ConstStaticCell<([u8; RECV_BUFFER], [u8; SEND_BUFFER_MIN])> =
        ConstStaticCell::new(([0; RECV_BUFFER], [0; SEND_BUFFER_MIN]));

    let mut board = Board::take().expect("nobody else has taken it");
    let seed = board.outside.as_mut().and_then(SeedSource::seed);
    let (Some(seed), Some(port)) = (seed, board.outside.as_ref().and_then(|outside| outside.peer_port()))
    else {
        start::refused(board, &Told::NoSeed);
    };
    let key = match start::key(credentials::CLIENT_KEY, &credentials::CLIENT) {
        Ok(key) => key,
        Err(why) => start::refused(board, &why),
    };
    let mut entropy = ChaCha20Rng::from_seed(seed);
    let interface = INTERFACE.init_with(|| network::interface(&mut board, &mut entropy));
    let mut sockets = SocketSet::new(SOCKETS.take().as_mut_slice());
    let (recv, send) = TCP.take();
    let buffers = (tcp::SocketBuffer::new(recv.as_mut_slice()), tcp::SocketBuffer::new(send.as_mut_slice()));
    let handle = sockets.add(tcp::Socket::new(buffers.0, buffers.1));
    board.start_interrupts();
    let mut machine = Machine { board, interface, sockets, entropy, key };

    let (recv, send) = TLS.take();
    let mut local_port = 49152;
    loop {
        let socket = machine.sockets.get_mut::<tcp::Socket<'_>>(handle);
        // The local port is different each time; both ports are valid, and the socket is closed.
        let _ = socket.connect(machine.interface.context(), (HOST, port), local_port);
        local_port = if local_port == u16::MAX { 49152 } else { local_port + 1 };
        let why = match ClientSession::new(&CONFIG, Buffers { recv, send }) {
            Ok(session) => machine.talk(session, handle),
            Err(error) => End::Failed(Error::Tls(error)),
        };
        machine.sockets.get_mut::<tcp::Socket<'_>>(handle).abort();
        log(&Told::Ended { connection: 0, why, stack: stack::high_water() });
        let until = machine.board.clock.uptime() + PAUSE;
        while machine.board.clock.uptime() < until {
            machine.poll();
            machine.board.idle();
        }
    }
}

impl Machine {
    fn poll(&mut self) {
        if let Some(up) = self.board.link_changed() {
            log(&Told::Link { up });
        }
        let now = network::instant(self.board.clock.uptime());
        self.interface.poll(now, &mut self.board.ethernet, &mut self.sockets);
    }

    /// One connection: the handshake, the request, and the whole answer.
    fn talk(
        &mut self,
        mut session: ClientSession<'_, Provider>,
        handle: smoltcp::iface::SocketHandle,
    ) -> End {
        let deadline = self.board.clock.uptime() + TIME;
        let mut answered = 0;
        loop {
            self.poll();
            if self.board.clock.uptime() > deadline {
                return End::Silent;
            }
            let now = self.board.clock.unix_time();
            let socket = self.sockets.get_mut::<tcp::Socket<'_>>(handle);
            match session.process(&mut Context { entropy: &mut self.entropy, now }) {
                Ok(Event::NeedRead) if socket.can_recv() => {
                    let n = socket.recv_slice(session.recv_buf()).unwrap_or(0);
                    session.recv_done(n);
                }
                Ok(Event::NeedWrite) if socket.can_send() => {
                    let n = socket.send_slice(session.send_buf()).unwrap_or(0);
                    session.send_done(n);
                }
                // The server may wait for this side to read.
                Ok(Event::NeedWrite) if socket.can_recv() => match session.recv_buf() {
                    [] if !socket.is_active() => return End::Reset,
                    [] => self.board.idle(),
                    free => {
                        let n = socket.recv_slice(free).unwrap_or(0);
                        session.recv_done(n);
                    }
                },
                Ok(Event::NeedRead | Event::NeedWrite) if !socket.is_active() => return End::Reset,
                Ok(Event::NeedRead) if socket.state() == tcp::State::CloseWait => session.recv_end(),
                Ok(Event::NeedRead | Event::NeedWrite) => self.board.idle(),
                // The key may take its time here too; this loop has nothing else to do in the meantime.
                Ok(Event::Sign(request)) => {
                    let _ = self.key.begin(&request.digest);
                    if let Some(signature) = self.key.finish() {
                        let signature = signature.as_ref().map(AsRef::as_ref);
                        let _ = session.sign_done(signature.map_err(|failed| *failed));
                    }
                }
                Ok(Event::VerifyPeer(chain)) => {
                    let verdict = verify(chain, now);
                    // `process` returns a rejection again.
                    let _ = session.verify_done(verdict);
                }
                Ok(Event::Connected) => {
                    if let Some(negotiated) = session.negotiated() {
                        log(&Told::Connected { connection: 0, negotiated });
                    }
                    if let Err(error) = session.write(REQUEST) {
                        return End::Failed(Error::Tls(error));
                    }
                }
                Ok(Event::Data(mut data)) => {
                    let n = data.bytes().len();
                    answered += n;
                    data.take(n);
                }
                Ok(Event::PeerClosed) => {
                    log(&Told::Answered { bytes: answered });
                    return End::Closed;
                }
                Err(error) => {
                    let _ = socket.send_slice(session.send_buf());
                    self.poll();
                    return End::Failed(Error::Tls(error));
                }
            }
        }
    }
}

/// Verifies the server's chain against the root in flash, and its name.
#[inline(never)]
fn verify(chain: CertificateList<'_>, now: Option<UnixTime>) -> Result<(), CertificateError> {
    let trust = TrustSet::new(&[credentials::ROOT], &[]);
    trust.verify_server::<Provider>(chain, ExpectedName::DnsName(NAME), now).map(drop)
}
