//! Crowds on the port: whoever connects, and however often, the scheduling server is served.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

use lsam_host_windows::authority::{Credential, KeyKind};
use lsam_host_windows::link::Deadlines;
use lsam_host_windows::net::Limits;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use crate::common::{NAME, Options, Running, host_name, this_host};
#[cfg(target_os = "linux")]
use crate::common::{programs::Site, session};

/// How long a client may have to wait in a crowd, even on a busy machine. Without displacement, places would
/// not become free before that.
const PATIENCE: Duration = Duration::from_secs(120);
const NEVER: Duration = Duration::from_secs(3600);

/// An agent whose connections wait so long that no place becomes free without displacement.
fn start(limits: Limits, client_validation: bool) -> Running {
    Running::start(Options {
        deadlines: Deadlines { handshake: NEVER, idle: NEVER, message: NEVER, write: NEVER },
        limits,
        client_validation,
        ..Options::default()
    })
}

fn is_served_at_once(agent: &Running) {
    let before = Instant::now();
    agent.serves_a_good_client();
    assert!(before.elapsed() < PATIENCE, "{:?}", before.elapsed());
}

#[test]
fn hundreds_of_silent_connections_delay_nobody() {
    let agent = start(Limits::default(), false);
    let mut established = StreamOwned::new(agent.session(), agent.connect());
    host_name(&mut established);
    let crowd: Vec<_> = (0..400).map(|_| agent.connect()).collect();
    is_served_at_once(&agent);
    assert_eq!(host_name(&mut established), this_host());
    drop(crowd);
}

#[test]
fn clients_that_stop_in_the_handshake_or_behind_it_delay_nobody() {
    let agent = start(Limits::default(), false);
    let mut established = StreamOwned::new(agent.session(), agent.connect());
    host_name(&mut established);
    let mut crowd = Vec::new();
    for n in 0..120 {
        let (mut session, mut socket) = (agent.session(), agent.connect());
        if n % 2 == 0 {
            session.write_tls(&mut socket).unwrap();
        } else {
            // One of the crowd may be displaced by the previous one, which has just authenticated.
            let _ = session.complete_io(&mut socket);
        }
        crowd.push((session, socket));
    }
    is_served_at_once(&agent);
    assert_eq!(host_name(&mut established), this_host());
    let lines = agent.stop();
    let displaced = lines.iter().filter(|line| line.ends_with("dropped: another connection needs its place"));
    assert!(displaced.count() >= 120 - Limits::default().arriving, "{lines:?}");
}

/// Like `silent_connections`, but each reconnects as soon as it is dropped.
#[test]
fn a_crowd_that_comes_again_and_again_delays_nobody() {
    let agent = start(Limits::default(), false);
    let (address, end) = (agent.address, Instant::now() + Duration::from_secs(4));
    let crowd: Vec<_> = (0..200)
        .map(|_| {
            std::thread::spawn(move || {
                while Instant::now() < end {
                    if let Ok(mut socket) = TcpStream::connect(address) {
                        let _ = socket.set_read_timeout(Some(Duration::from_secs(1)));
                        let _ = socket.read(&mut [0]);
                    }
                }
            })
        })
        .collect();
    loop {
        is_served_at_once(&agent);
        if Instant::now() > end - Duration::from_secs(1) {
            break;
        }
    }
    crowd.into_iter().for_each(|thread| thread.join().unwrap());
}

/// A session that presents a certificate of the agent's root.
fn authenticated(agent: &Running) -> StreamOwned<ClientConnection, TcpStream> {
    let client: Credential = agent.root.issue(KeyKind::EcdsaP256, &["sam.example"]).unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(agent.root.der().to_vec())).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_protocol_versions(&[&rustls::version::TLS12])
        .unwrap()
        .with_root_certificates(roots)
        .with_client_auth_cert(
            vec![CertificateDer::from(client.der().to_vec())],
            PrivateKeyDer::try_from(client.key_der().to_vec()).unwrap(),
        )
        .unwrap();
    let session = ClientConnection::new(Arc::new(config), NAME.try_into().unwrap()).unwrap();
    let mut stream = StreamOwned::new(session, agent.connect());
    stream.flush().unwrap();
    stream
}

#[test]
fn an_authenticated_server_always_gets_in_beside_clients_of_its_own_address() {
    let limits = Limits { connections: 4, ..Limits::default() };
    let agent = start(limits, true);
    let mut first = authenticated(&agent);
    assert_eq!(host_name(&mut first), this_host());
    // Enough connections to fill all kinds of places; none has a certificate.
    let mut crowd = Vec::new();
    for n in 0..limits.silent + limits.arriving {
        let (mut session, mut socket) = (agent.session(), agent.connect());
        if n % 2 == 0 {
            session.write_tls(&mut socket).unwrap();
        }
        crowd.push((session, socket));
    }
    assert_eq!(host_name(&mut first), this_host(), "it keeps its place");
    let before = Instant::now();
    for _ in 0..8 {
        // A server that lost its connection reconnects before the agent knows that the old connection is
        // dead.
        let mut next = authenticated(&agent);
        assert_eq!(host_name(&mut next), this_host());
        std::mem::forget(next);
    }
    assert!(before.elapsed() < PATIENCE, "{:?}", before.elapsed());
}

/// The first random number of a process takes the library tens of milliseconds. A scheduling server that
/// reconnects after a restart should not wait for it, because all connections of that moment do.
#[test]
#[cfg(target_os = "linux")]
fn the_first_connection_costs_no_more_than_the_next() {
    let site = Site::new();
    let root = Credential::root("Test Root").unwrap();
    let own = root.issue(KeyKind::EcdsaP256, &[NAME]).unwrap();
    site.put_with_key("agent/My/agent.pem", &own);
    site.configure(&own.serial(), "TLSClientValidation=FALSE");
    let agent = site.start();
    let socket = TcpStream::connect(("127.0.0.1", site.port)).unwrap();
    let mut stream = StreamOwned::new(session(&root), socket);
    host_name(&mut stream);
    let took = agent.processor_time_of_connections();
    assert!(!took.is_zero() && took < Duration::from_millis(20), "{took:?} of the processor");
}
