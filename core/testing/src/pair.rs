//! A client and a server session on a pipe, driven step by step.

use lsam_tls::UnixTime;
use lsam_tls::crypto::Provider;
use lsam_tls::crypto::rustcrypto::RustCrypto;
use lsam_tls::limits::RECV_BUFFER;
use lsam_tls::{
    Buffers, ClientConfig, ClientSession, Context, Error, Event, Negotiated, Role, ServerConfig,
    ServerSession, Session, StoredSession,
};

use crate::TestRng;
use crate::identity::TestIdentity;

/// The default time of a host.
pub const NOW: u64 = 1_800_000_000;

/// Memory for one session.
pub struct Memory {
    pub recv: Vec<u8>,
    pub send: Vec<u8>,
}

impl Memory {
    pub fn new(recv: usize, send: usize) -> Self {
        Self { recv: vec![0; recv], send: vec![0; send] }
    }

    pub fn full() -> Self {
        Self::new(RECV_BUFFER, RECV_BUFFER)
    }

    pub fn lend(&mut self) -> Buffers<'_> {
        Buffers { recv: &mut self.recv, send: &mut self.send }
    }
}

/// What a side has observed.
#[derive(Default, Debug)]
pub struct Seen {
    pub connected: bool,
    pub data: Vec<u8>,
    pub peer_closed: bool,
    pub error: Option<Error>,
}

/// One side: a session and its host.
pub struct Side<'b, R: Role<P>, P: Provider = RustCrypto> {
    pub session: Session<'b, R, P>,
    pub signer: Option<&'b TestIdentity>,
    pub seen: Seen,
    /// The time of the host's clock.
    pub now: Option<UnixTime>,
    rng: TestRng,
}

impl<'b, R: Role<P>, P: Provider> Side<'b, R, P> {
    pub fn new(session: Session<'b, R, P>, signer: Option<&'b TestIdentity>, seed: u64) -> Self {
        Self { session, signer, seen: Seen::default(), now: Some(UnixTime(NOW)), rng: TestRng(seed) }
    }

    /// Delivers `bytes` to the session, as many at a time as it accepts; appends what it sends to `out`.
    pub fn receive(&mut self, mut bytes: &[u8], out: &mut Vec<u8>) {
        while !bytes.is_empty() && self.seen.error.is_none() {
            let room = self.session.recv_buf();
            let n = room.len().min(bytes.len());
            assert!(n > 0, "a session that reads must have room");
            room[..n].copy_from_slice(&bytes[..n]);
            self.session.recv_done(n);
            bytes = &bytes[n..];
            self.run(out);
        }
    }

    /// Continues until the session wants to read; appends what it sends to `out`.
    pub fn run(&mut self, out: &mut Vec<u8>) {
        loop {
            let mut cx = Context { entropy: &mut self.rng, now: self.now };
            match self.session.process(&mut cx) {
                Ok(Event::NeedRead) => return,
                Ok(Event::NeedWrite) => self.drain(out),
                Ok(Event::Sign(request)) => {
                    let signature = self.signer.expect("a key to sign with").sign(&request);
                    self.session.sign_done(Ok(&signature)).unwrap();
                }
                Ok(Event::VerifyPeer(chain)) => {
                    let chain: Vec<Vec<u8>> = chain.iter().map(<[u8]>::to_vec).collect();
                    assert!(!chain.is_empty());
                    assert!(self.session.peer_chain().is_some_and(|kept| kept.iter().eq(&chain)));
                    let answered = self.session.verify_done(Ok(()));
                    assert!(self.session.peer_chain().is_none());
                    if let Err(error) = answered {
                        self.seen.error = Some(error);
                        return self.drain(out);
                    }
                }
                Ok(Event::Connected) => self.seen.connected = true,
                Ok(Event::Data(mut data)) => {
                    self.seen.data.extend_from_slice(data.bytes());
                    let n = data.bytes().len();
                    data.take(n);
                }
                Ok(Event::PeerClosed) => {
                    self.seen.peer_closed = true;
                    return;
                }
                Err(error) => {
                    self.seen.error = Some(error);
                    return self.drain(out);
                }
            }
        }
    }

    fn drain(&mut self, out: &mut Vec<u8>) {
        let n = self.session.send_buf().len();
        out.extend_from_slice(self.session.send_buf());
        self.session.send_done(n);
    }
}

/// How bytes travel between the sides.
#[derive(Clone, Copy, Debug)]
pub enum Delivery {
    /// As they were written.
    Whole,
    /// In pieces of this many bytes.
    Pieces(usize),
    /// In two pieces, split after this many bytes of everything that this side receives.
    SplitAt(usize),
}

/// Both sides, and everything that went over the pipe.
pub struct Pair<'b> {
    pub client: Side<'b, lsam_tls::Client<'b, RustCrypto>>,
    pub server: Side<'b, lsam_tls::Server<'b, RustCrypto>>,
    pub to_server: Vec<u8>,
    pub to_client: Vec<u8>,
}

impl<'b> Pair<'b> {
    pub fn new(
        client: &'b ClientConfig<'b>,
        server: &'b ServerConfig<'b>,
        signer: &'b TestIdentity,
        memory: &'b mut [Memory; 2],
    ) -> Self {
        let [a, b] = memory;
        Self {
            client: Side::new(ClientSession::new(client, a.lend()).unwrap(), None, 1),
            server: Side::new(ServerSession::new(server, b.lend()).unwrap(), Some(signer), 2),
            to_server: Vec::new(),
            to_client: Vec::new(),
        }
    }

    /// A pair with a slot for the client's session.
    pub fn with_store(
        client: &'b ClientConfig<'b>,
        server: &'b ServerConfig<'b>,
        signer: &'b TestIdentity,
        store: &'b mut StoredSession,
        memory: &'b mut [Memory; 2],
    ) -> Self {
        let [a, b] = memory;
        Self {
            client: Side::new(ClientSession::with_store(client, store, a.lend()).unwrap(), None, 1),
            server: Side::new(ServerSession::new(server, b.lend()).unwrap(), Some(signer), 2),
            to_server: Vec::new(),
            to_client: Vec::new(),
        }
    }

    /// Lets both sides run until neither has anything to send.
    pub fn settle(&mut self, delivery: Delivery) {
        loop {
            let (mut up, mut down) = (Vec::new(), Vec::new());
            self.client.run(&mut up);
            Self::deliver(&mut self.server, &up, self.to_server.len(), delivery, &mut down);
            self.server.run(&mut down);
            self.to_server.extend_from_slice(&up);
            let mut more = Vec::new();
            Self::deliver(&mut self.client, &down, self.to_client.len(), delivery, &mut more);
            self.to_client.extend_from_slice(&down);
            if !more.is_empty() {
                let mut back = Vec::new();
                Self::deliver(&mut self.server, &more, self.to_server.len(), delivery, &mut back);
                self.to_server.extend_from_slice(&more);
                let mut rest = Vec::new();
                Self::deliver(&mut self.client, &back, self.to_client.len(), delivery, &mut rest);
                self.to_client.extend_from_slice(&back);
                assert!(rest.is_empty(), "a handshake has four flights");
            }
            if up.is_empty() && down.is_empty() && more.is_empty() {
                return;
            }
        }
    }

    fn deliver<R: Role<RustCrypto>>(
        side: &mut Side<'b, R>,
        bytes: &[u8],
        before: usize,
        delivery: Delivery,
        out: &mut Vec<u8>,
    ) {
        let pieces: Vec<&[u8]> = match delivery {
            Delivery::Whole => vec![bytes],
            Delivery::Pieces(n) => bytes.chunks(n).collect(),
            Delivery::SplitAt(at) if at > before && at - before < bytes.len() => {
                vec![&bytes[..at - before], &bytes[at - before..]]
            }
            Delivery::SplitAt(_) => vec![bytes],
        };
        for piece in pieces {
            side.receive(piece, out);
        }
    }

    pub fn negotiated(&self) -> (Negotiated, Negotiated) {
        (self.client.session.negotiated().unwrap(), self.server.session.negotiated().unwrap())
    }
}
