//! Agents in one loop: they verify their clients and answer them, and have nothing else.

use std::collections::BTreeMap;
use std::error::Error;
use std::io;
use std::net::SocketAddr;

use lsam_core::agent::{List, MachineStatus, MachineStatusRequest};
use lsam_core::tls::{ClientAuth, Server, ServerConfig, ServerSession};
use lsam_host_windows::crypto::Provider;
use mio::net::TcpListener;
use mio::{Events, Interest, Poll, Token};

use crate::connection::{Connection, Outcome};
use crate::side::{Certificates, Pool, Side};

#[derive(clap::Args)]
pub(crate) struct Flags {
    /// The address to listen on
    #[arg(long)]
    listen: SocketAddr,
    #[command(flatten)]
    certificates: Certificates,
}

const LISTENER: Token = Token(0);

/// Serves until the program is ended.
pub(crate) fn run(flags: &Flags) -> Result<(), Box<dyn Error>> {
    let side = Side::load(&flags.certificates)?;
    let mut config = ServerConfig::new(&side.identities);
    config.client_auth = ClientAuth::Required;
    let config: &'static ServerConfig<'static> = Box::leak(Box::new(config));
    let mut listener = TcpListener::bind(flags.listen)?;
    let mut poll = Poll::new()?;
    poll.registry().register(&mut listener, LISTENER, Interest::READABLE)?;
    let mut events = Events::with_capacity(1024);
    let mut connections: BTreeMap<Token, Connection<Server<'static, Provider>>> = BTreeMap::new();
    let mut pool = Pool::default();
    let mut next = LISTENER.0;
    loop {
        poll.poll(&mut events, None)?;
        for event in &events {
            if event.token() == LISTENER {
                while let Some((socket, _)) = accept(&listener)? {
                    next += 1;
                    let session = ServerSession::new(config, pool.take())?;
                    let connection = Connection::new(socket, session, poll.registry(), Token(next))?;
                    connections.insert(Token(next), connection);
                }
            } else if let Some(connection) = connections.get_mut(&event.token()) {
                let outcome = connection.drive(
                    side,
                    None,
                    |_| Ok(()),
                    |received| {
                        received.frame?.message::<MachineStatusRequest>()?;
                        received.reply.send(&STATUS).map_err(|_| "no room for an answer".into())
                    },
                );
                if !matches!(outcome, Ok(Outcome::Waits))
                    && let Some(connection) = connections.remove(&event.token())
                {
                    pool.put(connection.close());
                }
            }
        }
    }
}

fn accept(listener: &TcpListener) -> io::Result<Option<(mio::net::TcpStream, SocketAddr)>> {
    match listener.accept() {
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
        result => result.map(Some),
    }
}

/// About as long as the answer of an agent.
const STATUS: MachineStatus<'static> = MachineStatus {
    time: 1_800_000_000,
    time_zone: "Europe/Vienna",
    utc_offset: 60,
    agent_version: env!("CARGO_PKG_VERSION"),
    os_type: "Windows Server 2022 Standard",
    os_version: "10.0.20348",
    host_name: "agent.example",
    agent_name: "SMA OpCon MSLSAM",
    agent_socket: 3100,
    jors_socket: 3110,
    max_jobs: 0,
    jors: false,
    protocol: "TLS 1.2",
    check_crc: true,
    accepted_addresses: List::new(&[]),
    smanetcom_socket: 0,
    cpu_type: "x86_64",
    cpu_model: "a simulated processor",
    cpu_count: 2,
};
