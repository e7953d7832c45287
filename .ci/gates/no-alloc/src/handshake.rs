//! Server and client in memory, with a key and a root from `fixtures`.

use core::convert::Infallible;

use lsam_core::UnixTime;
use lsam_core::crypto::rustcrypto::RustCrypto;
use lsam_core::crypto::{Provider, SignatureScheme};
use lsam_core::tls::{
    Buffers, ClientConfig, ClientSession, Context, Event, Identity, Role, ServerConfig, ServerSession,
    Session, SignRequest, limits,
};
use lsam_core::x509::{CertificateError, CertificateList, TrustSet};
use p256::ecdsa::signature::hazmat::PrehashSigner;
use p256::ecdsa::{DerSignature, SigningKey};
use rand_core::{TryCryptoRng, TryRng};

const LEAF: &[u8] = include_bytes!("../fixtures/leaf.der");
const SCALAR: &[u8] = include_bytes!("../fixtures/leaf.scalar");
const ROOT: &[u8] = include_bytes!("../fixtures/root.der");

const NAME: &str = "agent.example";

/// 2030-01-01: the fixtures are valid for a hundred years from 2026.
const NOW: UnixTime = UnixTime(1_893_456_000);

/// Completes a handshake and sends one message in each direction.
pub fn complete() -> Option<()> {
    let chain = [LEAF];
    let identities = [Identity { chain: &chain, schemes: &[SignatureScheme::EcdsaSecp256r1Sha256] }];
    let server_config = ServerConfig::new(&identities);
    let mut client_config = ClientConfig::new();
    client_config.server_name = Some(NAME);

    let (mut recv, mut send) = ([0; limits::RECV_BUFFER], [0; limits::SEND_BUFFER_MIN]);
    let buffers = Buffers { recv: &mut recv, send: &mut send };
    let mut server = Side::new(ServerSession::<RustCrypto>::new(&server_config, buffers).ok()?);
    let (mut recv, mut send) = ([0; limits::RECV_BUFFER], [0; limits::SEND_BUFFER_MIN]);
    let buffers = Buffers { recv: &mut recv, send: &mut send };
    let mut client = Side::new(ClientSession::<RustCrypto>::new(&client_config, buffers).ok()?);

    while !(server.connected && client.connected) {
        exchange(&mut client, &mut server)?;
    }
    client.session.write(b"status?").ok()?;
    while server.received != b"status?".len() {
        exchange(&mut client, &mut server)?;
    }
    server.session.write(b"running").ok()?;
    while client.received != b"running".len() {
        exchange(&mut client, &mut server)?;
    }
    client.session.close();
    while !(server.closed && client.closed) {
        exchange(&mut client, &mut server)?;
    }
    Some(())
}

/// A session and its progress.
struct Side<'b, R: Role<P>, P: Provider> {
    session: Session<'b, R, P>,
    entropy: Counter,
    connected: bool,
    received: usize,
    closed: bool,
}

impl<'b, R: Role<P>, P: Provider> Side<'b, R, P> {
    fn new(session: Session<'b, R, P>) -> Self {
        Self { session, entropy: Counter(1), connected: false, received: 0, closed: false }
    }

    /// Runs until bytes must be read or written.
    fn advance(&mut self) -> Option<()> {
        loop {
            let mut cx = Context { entropy: &mut self.entropy, now: Some(NOW) };
            match self.session.process(&mut cx).ok()? {
                Event::NeedRead | Event::NeedWrite => return Some(()),
                Event::Sign(request) => {
                    let signature = sign(&request)?;
                    self.session.sign_done(Ok(signature.as_bytes())).ok()?;
                }
                Event::VerifyPeer(chain) => {
                    let verdict = judge(chain);
                    self.session.verify_done(verdict).ok()?;
                }
                Event::Connected => self.connected = true,
                Event::Data(mut data) => {
                    let n = data.bytes().len();
                    data.take(n);
                    self.received += n;
                }
                Event::PeerClosed => {
                    self.closed = true;
                    return Some(());
                }
            }
        }
    }

    /// Passes on the bytes that are waiting to be sent.
    fn deliver<O: Role<Q>, Q: Provider>(&mut self, to: &mut Session<'_, O, Q>) {
        while !self.session.send_buf().is_empty() {
            let room = to.recv_buf();
            let n = self.session.send_buf().len().min(room.len());
            if n == 0 {
                return;
            }
            for (to, from) in room.iter_mut().zip(self.session.send_buf()) {
                *to = *from;
            }
            to.recv_done(n);
            self.session.send_done(n);
        }
    }
}

/// One turn of both sides; `None` on an error.
fn exchange<C, S, P>(client: &mut Side<'_, C, P>, server: &mut Side<'_, S, P>) -> Option<()>
where
    C: Role<P>,
    S: Role<P>,
    P: Provider,
{
    client.advance()?;
    client.deliver(&mut server.session);
    server.advance()?;
    server.deliver(&mut client.session);
    Some(())
}

fn sign(request: &SignRequest) -> Option<DerSignature> {
    let key = SigningKey::from_slice(SCALAR).ok()?;
    key.sign_prehash(request.digest.as_ref()).ok()
}

fn judge(chain: CertificateList<'_>) -> Result<(), CertificateError> {
    TrustSet::new(&[ROOT], &[]).verify_server::<RustCrypto>(chain, NAME, Some(NOW)).map(drop)
}

/// A counter in place of randomness: nothing here is secret.
struct Counter(u64);

impl TryRng for Counter {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        self.try_next_u64().map(|n| n as u32)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        self.0 = self.0.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(1);
        Ok(self.0)
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for byte in bytes {
            *byte = (self.try_next_u64()? >> 56) as u8;
        }
        Ok(())
    }
}

impl TryCryptoRng for Counter {}
