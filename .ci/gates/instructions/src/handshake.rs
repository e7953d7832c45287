//! Handshakes and records, of the engine over a provider that computes nothing, and over the default one.

use std::hint::black_box;
use std::sync::LazyLock;

use lsam_core::UnixTime;
use lsam_core::crypto::rustcrypto::RustCrypto;
use lsam_core::crypto::{Provider, SignatureScheme};
use lsam_core::tls::{
    Buffers, CipherSuite, Client, ClientAuth, ClientConfig, ClientSession, Context, Event, Identity, Role,
    Server, ServerConfig, ServerSession, Session, SignRequest, StoredSession, TicketKey, Tickets, limits,
};
use lsam_core::x509::{Purpose, TrustSet};
use lsam_testing::transparent::{ToyEntropy, Transparent, signature_of};
use p256::ecdsa::signature::hazmat::PrehashSigner;
use p256::ecdsa::{DerSignature, SigningKey};

use crate::{Task, counted_if};

const LEAF: &[u8] = include_bytes!("../../no-alloc/fixtures/leaf.der");
const SCALAR: &[u8] = include_bytes!("../../no-alloc/fixtures/leaf.scalar");
const ROOT: &[u8] = include_bytes!("../../no-alloc/fixtures/root.der");

/// 2030-01-01: the certificates are valid for a hundred years from 2026 on.
const NOW: UnixTime = UnixTime(1_893_456_000);

/// Length of the data in a full record (RFC 5246 section 6.2.1).
const RECORD: usize = 1 << 14;

const GCM: CipherSuite = CipherSuite::EcdheEcdsaAes128GcmSha256;
const CHACHA: CipherSuite = CipherSuite::EcdheEcdsaChaCha20Poly1305Sha256;

pub const TASKS: &[Task] = &[
    ("full handshake of a server, engine", |n| handshakes::<Transparent>(Kind::Full, Counted::Server, n)),
    ("full handshake of a client, engine", |n| handshakes::<Transparent>(Kind::Full, Counted::Client, n)),
    ("mutual handshake of a server, engine", |n| handshakes::<Transparent>(Kind::Mutual, Counted::Server, n)),
    ("mutual handshake of a client, engine", |n| handshakes::<Transparent>(Kind::Mutual, Counted::Client, n)),
    ("resumption of a server, engine", |n| handshakes::<Transparent>(Kind::Resumed, Counted::Server, n)),
    ("resumption of a client, engine", |n| handshakes::<Transparent>(Kind::Resumed, Counted::Client, n)),
    ("full handshake of a server, RustCrypto", |n| handshakes::<RustCrypto>(Kind::Full, Counted::Server, n)),
    ("mutual handshake of a server, RustCrypto", |n| {
        handshakes::<RustCrypto>(Kind::Mutual, Counted::Server, n)
    }),
    ("record of 16 KiB sealed, engine", |n| records::<Transparent>(GCM, Counted::Server, n)),
    ("record of 16 KiB opened, engine", |n| records::<Transparent>(GCM, Counted::Client, n)),
    ("record of 16 KiB sealed, AES-128-GCM", |n| records::<RustCrypto>(GCM, Counted::Server, n)),
    ("record of 16 KiB opened, ChaCha20-Poly1305", |n| records::<RustCrypto>(CHACHA, Counted::Client, n)),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Full,
    Mutual,
    Resumed,
}

/// The side whose instructions count. In records, the server seals and the client opens.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Counted {
    Server,
    Client,
}

/// The key of both sides.
static KEY: LazyLock<SigningKey> =
    LazyLock::new(|| SigningKey::from_slice(SCALAR).expect("a scalar of secp256r1"));

/// Signs digests.
trait Sign {
    fn sign(request: &SignRequest) -> Vec<u8>;
}

impl Sign for Transparent {
    fn sign(request: &SignRequest) -> Vec<u8> {
        signature_of(request.digest.as_ref()).to_vec()
    }
}

impl Sign for RustCrypto {
    fn sign(request: &SignRequest) -> Vec<u8> {
        let signature: DerSignature = KEY.sign_prehash(request.digest.as_ref()).expect("a signature");
        signature.as_bytes().to_vec()
    }
}

struct Side<'b, R: Role<P>, P: Provider> {
    session: Session<'b, R, P>,
    entropy: ToyEntropy,
    peers: Purpose,
    is_counted: bool,
    connected: bool,
}

impl<R: Role<P>, P: Provider + Sign> Side<'_, R, P> {
    /// Takes `input`, and appends the answer to `output`; none at an error.
    fn exchange(&mut self, input: &[u8], output: &mut Vec<u8>) -> Option<()> {
        counted_if(self.is_counted, || {
            let room = self.session.recv_buf().get_mut(..input.len())?;
            room.copy_from_slice(input);
            self.session.recv_done(input.len());
            loop {
                let mut cx = Context { entropy: &mut self.entropy, now: Some(NOW) };
                match self.session.process(&mut cx).ok()? {
                    Event::NeedRead => return Some(()),
                    Event::NeedWrite => {
                        output.extend_from_slice(self.session.send_buf());
                        let n = self.session.send_buf().len();
                        self.session.send_done(n);
                    }
                    Event::Sign(request) => self.session.sign_done(Ok(&P::sign(&request))).ok()?,
                    Event::VerifyPeer(chain) => {
                        let trust = TrustSet::new(&[ROOT], &[]);
                        let verdict = trust.verify_without_name::<P>(chain.iter(), self.peers, Some(NOW));
                        self.session.verify_done(verdict.map(drop)).ok()?;
                    }
                    Event::Connected => self.connected = true,
                    Event::Data(mut data) => {
                        let n = black_box(data.bytes()).len();
                        data.take(n);
                    }
                    Event::PeerClosed => return None,
                }
            }
        })
    }
}

/// What both sides are made from.
struct Setup {
    kind: Kind,
    suites: [CipherSuite; 1],
    counted: Option<Counted>,
    ticket_key: TicketKey,
}

impl Setup {
    fn new(kind: Kind, suite: CipherSuite, counted: Option<Counted>) -> Self {
        Self { kind, suites: [suite], counted, ticket_key: TicketKey::new([7; TicketKey::LEN]) }
    }

    /// Connects a client with a server, and hands both to `then`.
    fn connect<P: Provider + Sign>(
        &self,
        store: &mut StoredSession,
        then: impl FnOnce(Side<'_, Client<'_, P>, P>, Side<'_, Server<'_, P>, P>),
    ) {
        let chain = [LEAF];
        let identities = [Identity { chain: &chain, schemes: &[SignatureScheme::EcdsaSecp256r1Sha256] }];
        let mut server_config = ServerConfig::new(&identities);
        let mut client_config = ClientConfig::new();
        client_config.server_name = Some("agent.example");
        server_config.cipher_suites = &self.suites;
        client_config.cipher_suites = &self.suites;
        if self.kind == Kind::Mutual {
            server_config.client_auth = ClientAuth::Required;
            client_config.identities = &identities;
        }
        if self.kind == Kind::Resumed {
            let current = &self.ticket_key;
            server_config.tickets = Some(Tickets { current, previous: None, lifetime: 7200, epoch: 1 });
        }
        // A full record, and the room kept for an alert.
        let room = || (vec![0; limits::RECV_BUFFER], vec![0; limits::RECV_BUFFER + 64]);
        let ((mut recv, mut send), (mut client_recv, mut client_send)) = (room(), room());
        let is_counted = |side| self.counted == Some(side);
        let server = counted_if(is_counted(Counted::Server), || {
            ServerSession::<P>::new(&server_config, Buffers { recv: &mut recv, send: &mut send })
        });
        let client = counted_if(is_counted(Counted::Client), || {
            let buffers = Buffers { recv: &mut client_recv, send: &mut client_send };
            match self.kind {
                Kind::Resumed => ClientSession::<P>::with_store(&client_config, store, buffers),
                Kind::Full | Kind::Mutual => ClientSession::<P>::new(&client_config, buffers),
            }
        });
        let mut server = Side {
            session: server.expect("a configuration"),
            entropy: ToyEntropy::new(1),
            peers: Purpose::Client,
            is_counted: is_counted(Counted::Server),
            connected: false,
        };
        let mut client = Side {
            session: client.expect("a configuration"),
            entropy: ToyEntropy::new(9),
            peers: Purpose::Server,
            is_counted: is_counted(Counted::Client),
            connected: false,
        };
        let (mut up, mut down) = (Vec::with_capacity(RECORD), Vec::with_capacity(RECORD));
        while !(server.connected && client.connected) {
            client.exchange(&down, &mut up).expect("the client goes on");
            down.clear();
            server.exchange(&up, &mut down).expect("the server goes on");
            up.clear();
        }
        client.exchange(&down, &mut up).expect("the client is connected");
        then(client, server);
    }
}

fn handshakes<P: Provider + Sign>(kind: Kind, counted: Counted, times: usize) {
    let mut store = StoredSession::new();
    if kind == Kind::Resumed {
        Setup::new(kind, GCM, None).connect::<P>(&mut store, |_, _| ());
    }
    // What a host does once.
    LazyLock::force(&KEY);
    let setup = Setup::new(kind, GCM, Some(counted));
    for _ in 0..times {
        setup.connect::<P>(&mut store, |client, _| {
            let resumed = client.session.negotiated().map(|negotiated| negotiated.resumed);
            assert_eq!(resumed, Some(kind == Kind::Resumed));
        });
    }
}

fn records<P: Provider + Sign>(suite: CipherSuite, side: Counted, times: usize) {
    let data = vec![0x5a; RECORD];
    Setup::new(Kind::Full, suite, None).connect::<P>(&mut StoredSession::new(), |mut client, mut server| {
        client.is_counted = side == Counted::Client;
        for _ in 0..times {
            let sealed = counted_if(side == Counted::Server, || server.session.write(&data));
            assert_eq!(sealed.ok(), Some(RECORD));
            let record = server.session.send_buf().to_vec();
            server.session.send_done(record.len());
            client.exchange(&record, &mut Vec::new()).expect("the record opens");
        }
    });
}
