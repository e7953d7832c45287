//! The agent: it listens on port 3100 for the scheduling server, over TLS 1.2, and reports the machine
//! status.
#![no_std]
#![no_main]

use chacha20::ChaCha20Rng;
use chacha20::rand_core::SeedableRng;
use cortex_m_rt::entry;
use heapless::Vec;
use lsam_core::UnixTime;
use lsam_core::tls::{self, ServerConfig, ServerSession, TicketKey, Tickets};
use lsam_core::x509::{CertificateError, CertificateList};
use mps2::board::Board;
use mps2::connection::{Connection, Surroundings};
use mps2::crypto::{GROUPS, Provider};
use mps2::key::Signer;
use mps2::log::{Event, log};
use mps2::memory::{CONNECTIONS, Memory};
use mps2::platform::{Clock, SeedSource};
use mps2::{agent, credentials, memory, network, start};
use smoltcp::iface::{Interface, SocketHandle, SocketSet, SocketStorage};
use smoltcp::socket::tcp;
use static_cell::{ConstStaticCell, StaticCell};

/// How long a client may present the ticket of an earlier connection, in seconds.
const TICKET_LIFETIME: u32 = 3600;

#[entry]
fn main() -> ! {
    // Everything that lives as long as the program is static, not on the stack.
    static INTERFACE: StaticCell<Interface> = StaticCell::new();
    static SOCKETS: ConstStaticCell<[SocketStorage<'_>; CONNECTIONS]> =
        ConstStaticCell::new([SocketStorage::EMPTY; CONNECTIONS]);
    static ENTROPY: StaticCell<ChaCha20Rng> = StaticCell::new();
    static POOL: ConstStaticCell<Pool> = ConstStaticCell::new(Vec::new());

    let mut board = Board::take().expect("nobody else has taken it");
    let Some(seed) = board.outside.as_mut().and_then(SeedSource::seed) else {
        start::refused(board, &Event::NoSeed);
    };
    let key = match start::key(credentials::SERVER_KEY, &credentials::SERVER) {
        Ok(key) => key,
        Err(why) => start::refused(board, &why),
    };
    let entropy = ENTROPY.init_with(|| ChaCha20Rng::from_seed(seed));
    let config = configure(entropy);

    let interface = INTERFACE.init_with(|| network::interface(&mut board, entropy));
    let mut sockets = SocketSet::new(SOCKETS.take().as_mut_slice());
    let pool = POOL.take();
    if let Err(error) = fill(pool, &mut sockets, config) {
        start::refused(board, &Event::BadConfig(error));
    }
    board.start_interrupts();
    let memory = memory::BUFFERS + size_of::<Connection>();
    log(&Event::Listening { port: agent::PORT, connections: pool.len(), memory });

    #[cfg(feature = "secure-element")]
    let key = &mut mps2::board::Element::new(key);
    serve(board, interface, sockets, pool, entropy, key)
}

/// The main loop. Not inlined, so that panics during startup can be distinguished from panics that must not
/// occur later.
#[inline(never)]
fn serve(
    mut board: Board,
    interface: &mut Interface,
    mut sockets: SocketSet<'static>,
    pool: &mut Pool,
    entropy: &mut ChaCha20Rng,
    key: &mut impl Signer,
) -> ! {
    // The connection for which a signature is being made.
    let mut signing_for = None;
    loop {
        interface.poll(network::instant(board.clock.uptime()), &mut board.ethernet, &mut sockets);
        if let Some(up) = board.link_changed() {
            log(&Event::Link { up });
        }
        let mut busy = false;
        for (number, (socket, connection)) in pool.iter_mut().enumerate() {
            let mut begin_signature = |digest: &_| {
                let begun = key.begin(digest).is_ok();
                if begun {
                    signing_for = Some(number);
                }
                begun
            };
            let mut around = Surroundings {
                entropy: &mut *entropy,
                uptime: board.clock.uptime(),
                now: board.clock.unix_time(),
                verify,
                begin_signature: &mut begin_signature,
            };
            busy |= connection.turn(sockets.get_mut::<tcp::Socket<'_>>(*socket), &mut around);
        }
        // A key in flash signs here, while frames of the other connections wait in the controller. A secure
        // element would not be done yet, so the other connections are served.
        if let Some(signature) = key.finish()
            && let Some((_, connection)) = signing_for.take().and_then(|number| pool.get_mut(number))
        {
            connection.signed(signature.as_ref().map(AsRef::as_ref).map_err(|failed| *failed));
            busy = true;
        }
        if !busy {
            // Sends everything that the connections have queued before waiting for anything.
            interface.poll(network::instant(board.clock.uptime()), &mut board.ethernet, &mut sockets);
            board.idle();
        }
    }
}

type Pool = Vec<(SocketHandle, Connection), CONNECTIONS>;

/// Slots for all the connections that fit into memory.
#[inline(never)]
fn fill(
    pool: &mut Pool,
    sockets: &mut SocketSet<'static>,
    config: &'static ServerConfig<'static>,
) -> Result<(), tls::Error> {
    for (memory, socket) in memory::take() {
        // Finds an unusable configuration here, not when the first client connects.
        let session = ServerSession::<Provider>::new(config, memory.buffers)?;
        let memory = Memory { buffers: session.into_buffers(), inbox: memory.inbox };
        let connection = Connection::new(pool.len(), config, memory);
        // There is room for everything that `take` returns.
        let _ = pool.push((sockets.add(socket), connection));
    }
    Ok(())
}

/// How sessions behave. The ticket key is new after every start, so it is never stored.
#[inline(never)]
fn configure(entropy: &mut ChaCha20Rng) -> &'static ServerConfig<'static> {
    static CONFIG: StaticCell<ServerConfig<'_>> = StaticCell::new();
    static TICKET_KEY: StaticCell<TicketKey> = StaticCell::new();

    let mut config = ServerConfig::new(core::slice::from_ref(&credentials::SERVER));
    config.groups = GROUPS;
    // If the generator fails, every handshake is a full one.
    config.tickets = TicketKey::generate(entropy).ok().map(|key| Tickets {
        current: TICKET_KEY.init(key),
        previous: None,
        lifetime: TICKET_LIFETIME,
        epoch: 0,
    });
    #[cfg(feature = "client-validation")]
    {
        use lsam_core::crypto::SignatureScheme;
        use lsam_core::tls::ClientAuth;
        config.client_auth = ClientAuth::Required;
        config.client_schemes = &[SignatureScheme::EcdsaSecp256r1Sha256];
    }
    CONFIG.init(config)
}

/// Verifies a client's chain against the root in flash.
#[cfg(feature = "client-validation")]
fn verify(chain: CertificateList<'_>, now: Option<UnixTime>) -> Result<(), CertificateError> {
    use lsam_core::x509::TrustSet;
    TrustSet::new(&[credentials::ROOT], &[]).verify_client::<Provider>(chain, now).map(drop)
}

/// No client certificate is requested.
#[cfg(not(feature = "client-validation"))]
fn verify(_: CertificateList<'_>, _: Option<UnixTime>) -> Result<(), CertificateError> {
    Err(CertificateError::NoCertificate)
}
