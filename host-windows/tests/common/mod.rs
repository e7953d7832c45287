//! An agent in this process, and clients for it.

pub mod programs;

use std::fs;
use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use lsam_core::agent::{CheckCrc, FrameHeader, MachineStatus, MachineStatusRequest, emit};
use lsam_host_windows::agent::{Agent, AgentSetup, Journal, Role};
use lsam_host_windows::authority::{Credential, KeyKind};
use lsam_host_windows::link::Deadlines;
use lsam_host_windows::log::{Log, Memory, Sink};
use lsam_host_windows::net::{Limits, Patience, Stop};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use tempfile::TempDir;

pub const NAME: &str = "agent.example";

/// An agent that runs until it is dropped or [`Running::stop`] is called.
pub struct Running {
    /// The agent's address, or that of JORS if only JORS runs.
    pub address: SocketAddr,
    pub jors: Option<SocketAddr>,
    pub root: Credential,
    pub folder: TempDir,
    lines: Memory,
    stop: Stop,
    thread: Option<JoinHandle<io::Result<()>>>,
}

pub struct Options {
    pub key: Option<KeyKind>,
    pub self_signed: bool,
    /// The kind of key of the agent's root and of the authority below it.
    pub authorities: KeyKind,
    pub deadlines: Deadlines,
    pub limits: Limits,
    /// Lines of the section TCP/IP Parameters.
    pub parameters: &'static str,
    pub roles: &'static [Role],
    /// Whether clients need a certificate from the agent's root.
    pub client_validation: bool,
    /// Makes the agent's log, from the memory for its lines and its stop.
    pub sink: fn(Memory, Stop) -> Box<dyn Sink>,
}

impl Default for Options {
    fn default() -> Self {
        let second = Duration::from_secs(1);
        Self {
            key: Some(KeyKind::EcdsaP256),
            self_signed: false,
            authorities: KeyKind::EcdsaP256,
            deadlines: Deadlines {
                handshake: 60 * second,
                idle: 60 * second,
                message: 60 * second,
                write: 60 * second,
            },
            limits: Limits::default(),
            parameters: "",
            roles: &[Role::Agent],
            client_validation: false,
            sink: |lines, _| Box::new(lines),
        }
    }
}

impl Running {
    pub fn tls() -> Self {
        Self::start(Options::default())
    }

    pub fn start(options: Options) -> Self {
        // Another process may take the free port before the agent does.
        (0..10).find_map(|_| Self::try_start(&options)).expect("no port was free")
    }

    fn try_start(options: &Options) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let root = Credential::authority_with(options.authorities, None, "Test Root").unwrap();
        let mut general = "UseSecureSocket=FALSE\n".to_owned();
        if let Some(kind) = options.key {
            let intermediate =
                Credential::authority_with(options.authorities, Some(&root), "Test Authority").unwrap();
            let names = [NAME, "127.0.0.1"];
            let agent = match options.self_signed {
                true => Credential::self_signed(kind, &names).unwrap(),
                false => intermediate.issue(kind, &names).unwrap(),
            };
            let store = folder.path().join("store");
            for section in ["My", "Root", "CA", "CRL"] {
                fs::create_dir_all(store.join(section)).unwrap();
            }
            fs::write(store.join("My/agent.pem"), agent.pem() + &agent.key_pem()).unwrap();
            fs::write(store.join("CA/authority.pem"), intermediate.pem()).unwrap();
            general = format!("UseSecureSocket=TRUE\nTLSCertificateSerial={}\n", agent.serial());
            if options.client_validation {
                fs::write(store.join("Root/root.pem"), root.pem()).unwrap();
                general.push_str("TLSClientValidation=TRUE\n");
            }
        }
        let (port, jors) = (free_port(), free_port());
        let ini = format!(
            "[General Settings]\n{general}[TCP/IP Parameters]\nSocketNumberToSAM={port}\n{}\n\
             [JORS Settings]\nJORSSocket={jors}\n",
            options.parameters
        );
        fs::write(folder.path().join("MSLSAM.ini"), ini).unwrap();

        let (lines, stop) = (Memory::default(), Stop::new());
        let journal = Arc::new(Journal::from(Log::new(vec![(options.sink)(lines.clone(), stop.clone())])));
        let store = folder.path().join("store");
        let setup = AgentSetup::new(&folder.path().join("MSLSAM.ini"), Some(&store), &journal).unwrap();
        let local = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let agent = Agent::bind(setup, options.roles, local, Patience::NONE, journal, &stop).ok()?.unwrap();
        let (address, jors) = (agent.address(Role::Agent), agent.address(Role::Jors));
        let address = address.or(jors).unwrap();
        let (requested, deadlines, limits) = (stop.clone(), options.deadlines, options.limits);
        let thread = std::thread::spawn(move || agent.run(deadlines, limits, &requested));
        Some(Self { address, jors, root, folder, lines, stop, thread: Some(thread) })
    }

    /// A connection without TLS.
    pub fn connect(&self) -> TcpStream {
        let socket = TcpStream::connect(self.address).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(120))).unwrap();
        socket.set_nodelay(true).unwrap();
        socket
    }

    /// A TLS session of rustls that trusts the agent's root.
    pub fn session(&self) -> ClientConnection {
        session(&self.root)
    }

    /// Requests the machine status over a good TLS connection.
    pub fn serves_a_good_client(&self) {
        let mut stream = StreamOwned::new(self.session(), self.connect());
        assert_eq!(host_name(&mut stream), this_host());
        stream.conn.send_close_notify();
        stream.flush().unwrap();
    }

    /// The log's lines about the client at `address`, without the address, once there are `count` of them.
    pub fn lines_about(&self, address: SocketAddr, count: usize) -> Vec<String> {
        let prefix = format!("{address}: ");
        let lines = || -> Vec<String> {
            let texts = self.lines.texts();
            texts.iter().filter_map(|line| line.strip_prefix(&prefix).map(str::to_owned)).collect()
        };
        let deadline = Instant::now() + Duration::from_secs(120);
        while lines().len() < count && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(5));
        }
        lines()
    }

    /// Stops the agent, waits until it has ended, and returns the whole log.
    pub fn stop(self) -> Vec<String> {
        self.stop.request();
        self.end()
    }

    /// Waits until the agent has stopped and returns the whole log.
    pub fn end(mut self) -> Vec<String> {
        self.thread.take().unwrap().join().unwrap().unwrap();
        self.lines.texts()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.request();
    }
}

pub fn session(root: &Credential) -> ClientConnection {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(root.der().to_vec())).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_protocol_versions(&[&rustls::version::TLS12])
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    ClientConnection::new(Arc::new(config), NAME.try_into().unwrap()).unwrap()
}

/// Requests the machine status and returns the host name in it.
pub fn host_name(stream: &mut (impl Read + Write)) -> String {
    let mut buffer = [0; 2048];
    let len = emit(&MachineStatusRequest {}, 7, CheckCrc::On, &mut buffer).unwrap();
    stream.write_all(&buffer[..len]).unwrap();
    let mut arrived = 0;
    loop {
        let header = FrameHeader::parse(&buffer[..arrived]).unwrap();
        if let Some(header) = header.filter(|header| header.frame_len() <= arrived) {
            let frame = header.frame(&buffer[FrameHeader::LEN..header.frame_len()], CheckCrc::On).unwrap();
            assert_eq!(frame.correlation, 7);
            return frame.message::<MachineStatus<'_>>().unwrap().host_name.to_owned();
        }
        let n = stream.read(&mut buffer[arrived..]).unwrap();
        assert_ne!(n, 0, "the agent closed the connection");
        arrived += n;
    }
}

pub fn this_host() -> String {
    lsam_host_windows::agent::Machine::read().host_name
}

pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}
