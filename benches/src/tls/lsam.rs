//! Our sessions, driven as by a host.

use std::marker::PhantomData;
use std::time::{SystemTime, UNIX_EPOCH};

use getrandom::SysRng;
use lsam_core::UnixTime;
use lsam_core::crypto::{Provider, SignatureScheme};
use lsam_core::tls::limits::RECV_BUFFER;
use lsam_core::tls::{
    Buffers, ClientAuth, ClientConfig, ClientSession, Context, Event, Identity as Presented, Role,
    ServerConfig, ServerSession, Session, StoredSession, TicketKey, Tickets,
};
use lsam_core::x509::{CertificateError, CertificateList, ExpectedName, Purpose, TrustSet};

use super::{Endpoint, Library, Scenario};
use crate::Failure;
use crate::identity::{Identity, NAME, Signer, SigningLibrary};

/// A full record, and the space reserved for a final alert.
const SEND_BUFFER: usize = RECV_BUFFER + 64;

/// Our engine over the provider `P`.
pub struct Lsam<P> {
    server: Host,
    server_config: &'static ServerConfig<'static>,
    client: Host,
    client_config: &'static ClientConfig<'static>,
    stored: Option<StoredSession>,
    memory: Vec<u8>,
    provider: PhantomData<P>,
}

/// The host of a session.
struct Host {
    signer: Signer,
    roots: &'static [&'static [u8]],
    /// The certificates that this host verifies.
    peers: Purpose,
}

impl<P: Provider> Lsam<P> {
    /// For a scenario, with keys used by `signing`. The configuration stays in memory until the program ends.
    ///
    /// # Errors
    /// The error of the signing library.
    pub fn new(scenario: &Scenario, signing: SigningLibrary) -> Result<Self, Failure> {
        let schemes = vec![SignatureScheme::EcdsaSecp256r1Sha256, SignatureScheme::RsaPssRsaeSha256].leak();
        let groups = scenario.groups().leak();
        let suites = vec![scenario.suite].leak();
        let mut server_config = ServerConfig {
            cipher_suites: suites,
            groups,
            client_schemes: schemes,
            ..ServerConfig::new(presented(&scenario.server))
        };
        let mut client_config = ClientConfig {
            server_name: Some(NAME),
            cipher_suites: suites,
            groups,
            signature_schemes: schemes,
            ..ClientConfig::new()
        };
        if scenario.mutual {
            server_config.client_auth = ClientAuth::Required;
            client_config.identities = presented(&scenario.client);
        }
        if scenario.resumed {
            let current = Box::leak(Box::new(TicketKey::new([7; TicketKey::LEN])));
            server_config.tickets = Some(Tickets { current, previous: None, lifetime: 7200, epoch: 1 });
        }
        let roots = vec![&*scenario.root.clone().leak()].leak();
        Ok(Self {
            server: Host { signer: Signer::new(&scenario.server, signing)?, roots, peers: Purpose::Client },
            server_config: Box::leak(Box::new(server_config)),
            client: Host { signer: Signer::new(&scenario.client, signing)?, roots, peers: Purpose::Server },
            client_config: Box::leak(Box::new(client_config)),
            stored: scenario.resumed.then(StoredSession::new),
            memory: Vec::new(),
            provider: PhantomData,
        })
    }
}

fn presented(identity: &Identity) -> &'static [Presented<'static>] {
    let chain = vec![&*identity.leaf.clone().leak()].leak();
    vec![Presented { chain, schemes: Signer::schemes(identity.kind) }].leak()
}

impl<P: Provider> Library for Lsam<P> {
    fn server(&mut self) -> Result<Box<dyn Endpoint + '_>, Failure> {
        // A connection's memory is allocated with it, as the other libraries do.
        self.memory = vec![0; RECV_BUFFER + SEND_BUFFER];
        let (recv, send) = self.memory.split_at_mut(RECV_BUFFER);
        let buffers = Buffers { recv, send };
        let session = ServerSession::<P>::new(self.server_config, buffers)?;
        Ok(Box::new(Side { session, host: &self.server }))
    }

    fn client(&mut self) -> Result<Box<dyn Endpoint + '_>, Failure> {
        self.memory = vec![0; RECV_BUFFER + SEND_BUFFER];
        let (recv, send) = self.memory.split_at_mut(RECV_BUFFER);
        let buffers = Buffers { recv, send };
        let session = match &mut self.stored {
            Some(stored) => ClientSession::<P>::with_store(self.client_config, stored, buffers)?,
            None => ClientSession::<P>::new(self.client_config, buffers)?,
        };
        Ok(Box::new(Side { session, host: &self.client }))
    }
}

struct Side<'b, R: Role<P>, P: Provider> {
    session: Session<'b, R, P>,
    host: &'b Host,
}

impl<R: Role<P>, P: Provider> Side<'_, R, P> {
    /// Continues until the session wants to read; passes each piece of data to `take` and each record to
    /// `transport`.
    fn run(&mut self, mut take: impl FnMut(&[u8]), transport: &mut dyn FnMut(&[u8])) -> Result<(), Failure> {
        loop {
            let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH)?;
            let now = Some(UnixTime(since_1970.as_secs()));
            match self.session.process(&mut Context { entropy: &mut SysRng, now })? {
                Event::NeedRead => return Ok(()),
                Event::NeedWrite => drain(&mut self.session, transport),
                Event::Sign(request) => {
                    let signature = self.host.signer.sign(&request)?;
                    self.session.sign_done(Ok(&signature))?;
                }
                Event::VerifyPeer(chain) => {
                    let verdict = self.host.verdict::<P>(chain, now);
                    self.session.verify_done(verdict)?;
                }
                Event::Connected => {}
                Event::Data(mut data) => {
                    let len = data.bytes().len();
                    take(data.bytes());
                    data.take(len);
                }
                Event::PeerClosed => return Err("the peer has closed".into()),
            }
        }
    }

    fn receive(
        &mut self,
        mut input: &[u8],
        mut take: impl FnMut(&[u8]),
        transport: &mut dyn FnMut(&[u8]),
    ) -> Result<(), Failure> {
        loop {
            let room = self.session.recv_buf();
            let n = room.len().min(input.len());
            let (now, later) = input.split_at(n);
            room[..n].copy_from_slice(now);
            self.session.recv_done(n);
            self.run(&mut take, transport)?;
            if later.is_empty() {
                return Ok(());
            }
            input = later;
        }
    }
}

impl Host {
    fn verdict<P: Provider>(
        &self,
        chain: CertificateList<'_>,
        now: Option<UnixTime>,
    ) -> Result<(), CertificateError> {
        if matches!(self.signer, Signer::Zeros) {
            // The measurement of the engine leaves out verifying chains as well.
            return Ok(());
        }
        let trust = TrustSet::new(self.roots, &[]);
        match self.peers {
            Purpose::Server => trust.verify_server::<P>(chain, ExpectedName::DnsName(NAME), now).map(drop),
            Purpose::Client => trust.verify_client::<P>(chain, now).map(drop),
        }
    }
}

impl<R: Role<P>, P: Provider> Endpoint for Side<'_, R, P> {
    fn exchange(&mut self, input: &[u8], output: &mut Vec<u8>) -> Result<(), Failure> {
        self.receive(input, |_| (), &mut |bytes| output.extend_from_slice(bytes))
    }

    fn resumed(&self) -> Option<bool> {
        self.session.negotiated().map(|negotiated| negotiated.resumed)
    }

    fn seal(&mut self, data: &[u8], transport: &mut dyn FnMut(&[u8])) -> Result<(), Failure> {
        if self.session.write(data)? < data.len() {
            return Err("the send buffer holds no full record".into());
        }
        drain(&mut self.session, transport);
        Ok(())
    }

    fn open(&mut self, record: &[u8]) -> Result<usize, Failure> {
        let mut len = 0;
        self.receive(record, |data| len += data.len(), &mut |_| ())?;
        Ok(len)
    }
}

fn drain<R: Role<P>, P: Provider>(session: &mut Session<'_, R, P>, transport: &mut dyn FnMut(&[u8])) {
    let n = session.send_buf().len();
    transport(session.send_buf());
    session.send_done(n);
}
