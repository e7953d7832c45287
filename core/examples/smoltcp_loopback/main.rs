//! Both ends of TLS 1.2 in one process, over smoltcp's loopback device: no system sockets, no threads, no
//! executor, and nothing that blocks. `cargo run -p lsam-core --example smoltcp_loopback`
//!
//! The scheduling server connects to the agent twice, the second time resuming the session, and requests the
//! machine status. Read [`End::turn`] first: it shows how a main loop drives core in either role.

mod end;
mod network;

use std::error::Error;
use std::process::ExitCode;
use std::time::{Duration, Instant, SystemTime};

use aws_lc_rs::digest::{Digest, SHA256};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair};
use getrandom::SysRng;
use lsam_core::UnixTime;
use lsam_core::agent::{List, MachineStatus, MachineStatusRequest};
use lsam_core::crypto::SignatureScheme;
use lsam_core::crypto::rustcrypto::RustCrypto;
use lsam_core::endpoint::Received;
use lsam_core::tls::{
    ClientConfig, ClientSession, Identity, ServerConfig, ServerSession, SignRequest, SignerFailed,
    StoredSession, TicketKey, Tickets,
};
use lsam_core::x509::{CertificateError, CertificateList, TrustSet};

use end::{End, Memory, Part, Then};
use network::Network;

type Outcome<T> = Result<T, Box<dyn Error>>;

const NAME: &str = "agent.example";
const PORT: u16 = 3100;
/// The limit for a connection. Core has no timers, so the main loop watches the clock.
const PATIENCE: Duration = Duration::from_secs(10);

fn main() -> ExitCode {
    match converse() {
        Ok(()) => {
            println!("both connections did what they should");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("failed: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Two connections, one after the other. Everything that outlives one of them is created here.
fn converse() -> Outcome<()> {
    let (certificate, mut agent_part) = Agent::new()?;
    let chain = [certificate.as_slice()];
    let identities = [Identity { chain: &chain, schemes: &[SignatureScheme::EcdsaSecp256r1Sha256] }];
    let key = TicketKey::generate(&mut SysRng).map_err(|_| "no random numbers")?;
    let tickets = Tickets { current: &key, previous: None, lifetime: 3600, epoch: 0 };
    let agent_config = ServerConfig { tickets: Some(tickets), ..ServerConfig::new(&identities) };

    let roots = [certificate.as_slice()];
    let mut scheduler_part = Scheduler { trust: TrustSet::new(&roots, &[]), statuses: 0 };
    let scheduler_config = ClientConfig { server_name: Some(NAME), ..ClientConfig::new() };
    let mut stored = StoredSession::new();

    let mut network = Network::new()?;
    let (mut agent_memory, mut scheduler_memory) = (Memory::new(), Memory::new());
    for (connection, resumes) in [(1, false), (2, true)] {
        println!("connection {connection}");
        let (buffers, inbox) = agent_memory.lend();
        let session = ServerSession::<RustCrypto>::new(&agent_config, buffers)?;
        let mut agent = End::new("agent", session, inbox, network.listen()?);
        // The scheduling server connects, so it is the TLS client.
        let (buffers, inbox) = scheduler_memory.lend();
        let session = ClientSession::<RustCrypto>::with_store(&scheduler_config, &mut stored, buffers)?;
        let mut scheduler = End::new("scheduler", session, inbox, network.connect(49152 + connection)?);

        let started = Instant::now();
        while !(agent.over && scheduler.over) {
            network.poll();
            agent.turn(network.socket(agent.socket), &mut agent_part)?;
            scheduler.turn(network.socket(scheduler.socket), &mut scheduler_part)?;
            if started.elapsed() > PATIENCE {
                return Err("the two ends wait for each other".into());
            }
        }
        if [agent.resumed, scheduler.resumed] != [resumes; 2] {
            return Err("the wrong kind of handshake".into());
        }
        network.hang_up();
    }
    if scheduler_part.statuses == 2 { Ok(()) } else { Err("not every question was answered".into()) }
}

/// The agent, with a key that takes its time like a secure element.
struct Agent {
    key: EcdsaKeyPair,
    /// How often the signature in progress has been requested from the key.
    asked: u32,
}

impl Agent {
    /// How many turns of the main loop a signature takes.
    const SIGNATURE: u32 = 1000;

    /// A new key, with a certificate that is its own root.
    fn new() -> Outcome<(Vec<u8>, Self)> {
        let rcgen::CertifiedKey { cert, signing_key } =
            rcgen::generate_simple_self_signed([NAME.to_owned()])?;
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &signing_key.serialize_der())?;
        Ok((cert.der().to_vec(), Self { key, asked: 0 }))
    }
}

impl Part for Agent {
    fn sign(&mut self, request: &SignRequest) -> Option<Result<Vec<u8>, SignerFailed>> {
        self.asked += 1;
        if self.asked < Self::SIGNATURE {
            return None;
        }
        println!("  agent: the signature is there; {} turns went by meanwhile", self.asked);
        self.asked = 0;
        let digest = Digest::import_less_safe(request.digest.as_ref(), &SHA256).map_err(|_| SignerFailed);
        let signature = digest.and_then(|digest| self.key.sign_digest(&digest).map_err(|_| SignerFailed));
        Some(signature.map(|signature| signature.as_ref().to_vec()))
    }

    /// The agent requests no client certificate.
    fn verify(&mut self, _: CertificateList<'_>) -> Result<(), CertificateError> {
        Err(CertificateError::NoCertificate)
    }

    fn asks(&self) -> Option<u32> {
        None
    }

    fn answer(&mut self, message: Received<'_>) -> Outcome<Then> {
        println!("  agent: was asked {}", message.message_type);
        let MachineStatusRequest {} = message.frame?.message()?;
        message.reply.send(&MachineStatus {
            time: now().map_or(0, |now| now.0),
            time_zone: "UTC",
            utc_offset: 0,
            agent_version: env!("CARGO_PKG_VERSION"),
            os_type: "none",
            os_version: "",
            host_name: "loopback",
            agent_name: "LSAM",
            agent_socket: PORT,
            jors_socket: 0,
            max_jobs: 0,
            protocol: "TLS 1.2",
            check_crc: true,
            accepted_addresses: List::new(&[]),
            smanetcom_socket: 0,
            cpu_type: std::env::consts::ARCH,
            cpu_model: "",
            cpu_count: 1,
            jors: false,
        })?;
        Ok(Then::GoOn)
    }
}

/// The scheduling server: it trusts the agent's certificate, and closes once it has its answer.
struct Scheduler<'t> {
    trust: TrustSet<'t>,
    statuses: u32,
}

impl Part for Scheduler<'_> {
    /// The scheduling server has no certificate.
    fn sign(&mut self, _: &SignRequest) -> Option<Result<Vec<u8>, SignerFailed>> {
        Some(Err(SignerFailed))
    }

    fn verify(&mut self, chain: CertificateList<'_>) -> Result<(), CertificateError> {
        self.trust.verify_server::<RustCrypto>(chain, NAME, now())?;
        println!("  scheduler: the agent's certificate is trusted, and is for {NAME}");
        Ok(())
    }

    fn asks(&self) -> Option<u32> {
        Some(self.statuses + 1)
    }

    fn answer(&mut self, message: Received<'_>) -> Outcome<Then> {
        let frame = message.frame?;
        let status: MachineStatus<'_> = frame.message()?;
        println!(
            "  scheduler: question {} is answered: {} {} on {}, {}",
            frame.correlation, status.agent_name, status.agent_version, status.host_name, status.cpu_type
        );
        self.statuses += 1;
        Ok(Then::Close)
    }
}

fn now() -> Option<UnixTime> {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).ok()?;
    Some(UnixTime(since.as_secs()))
}
