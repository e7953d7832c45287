//! From flags to a session over a connection to the runner.

use std::net::{Ipv4Addr, Ipv6Addr, Shutdown, SocketAddr, TcpStream};

use getrandom::SysRng;
use lsam_conformance::{Credentials, FileHost};
use lsam_core::crypto::{Provider, SignatureScheme};
use lsam_core::tls::{
    Buffers, ClientAuth, ClientConfig, ClientSession, Identity, ServerConfig, ServerSession, StoredSession,
    TicketKey, Tickets, limits,
};
use lsam_core::x509::{Certificate, CertificateError, CertificateList, Purpose};

use crate::connection::{Connection, drain};
use crate::failure::Failure;
use crate::flags::Flags;

/// How long a ticket is accepted, in seconds.
const TICKET_LIFETIME: u32 = 7200;

/// What outlives a connection, so that the next one can resume its session.
pub(crate) struct Kept {
    ticket_key: TicketKey,
    pub(crate) session: StoredSession,
}

impl Kept {
    pub(crate) fn new() -> Result<Self, Failure> {
        let ticket_key = TicketKey::generate(&mut SysRng)
            .map_err(|_| Failure::Check("the random number generator failed".into()))?;
        Ok(Self { ticket_key, session: StoredSession::new() })
    }
}

/// Connects to the runner and does what the flags say.
pub(crate) fn connect<P: Provider>(flags: &Flags, kept: &mut Kept) -> Result<(), Failure> {
    let credentials = Credentials::load(&flags.credentials).map_err(Failure::Check)?;
    let chains = credentials.chains();
    let mut identities = credentials.identities(&chains);
    let schemes: Vec<_> = identities.iter().map(|identity| schemes(flags, identity)).collect();
    for (identity, schemes) in identities.iter_mut().zip(&schemes) {
        identity.schemes = schemes;
    }
    let authorities: Vec<&[u8]> = flags.client_authorities.iter().map(Vec::as_slice).collect();
    let alpn: Vec<&[u8]> = flags.alpn.iter().map(Vec::as_slice).collect();

    let (mut recv, mut send) = (vec![0; limits::RECV_BUFFER], vec![0; limits::RECV_BUFFER]);
    let buffers = Buffers { recv: &mut recv, send: &mut send };
    let verify = |chain: CertificateList<'_>, _| verify_peer(flags, chain);
    let host = FileHost::new(if flags.signer_fails { &[] } else { credentials.keys() }, &verify);
    let stream = stream(flags.port)?;
    let result = if flags.server {
        let mut config = ServerConfig::new(&identities);
        config.client_auth = flags.client_auth;
        config.client_authorities = &authorities;
        config.alpn = &alpn;
        if !flags.no_tickets {
            let (current, lifetime) = (&kept.ticket_key, TICKET_LIFETIME);
            config.tickets = Some(Tickets { current, previous: None, lifetime, epoch: 0 });
        }
        replace(&mut config.groups, &flags.groups);
        replace(&mut config.client_schemes, &flags.verify_schemes);
        let session = ServerSession::<P>::new(&config, buffers)?;
        Connection::new(&stream, session, flags, host).run()
    } else {
        let mut config = ClientConfig::new();
        config.identities = &identities;
        config.server_name = flags.host_name.as_deref();
        // The runner is the same server under any name.
        config.expected_peer = Some(b"runner");
        config.alpn = &alpn;
        replace(&mut config.groups, &flags.groups);
        replace(&mut config.signature_schemes, &flags.verify_schemes);
        let session = if flags.no_tickets {
            ClientSession::<P>::new(&config, buffers)?
        } else {
            ClientSession::<P>::with_store(&config, &mut kept.session, buffers)?
        };
        Connection::new(&stream, session, flags, host).run()
    };
    if flags.expected.no_session && !kept.session.is_empty() {
        return Err(Failure::Check("a session was kept".into()));
    }
    // What the runner still sends is read to the end: a reset would discard our alert.
    let _ = stream.shutdown(Shutdown::Write);
    drain(&stream);
    result
}

/// The runner listens on the loopback address of whichever family the machine has.
fn stream(port: u16) -> Result<TcpStream, Failure> {
    let addresses =
        [SocketAddr::from((Ipv6Addr::LOCALHOST, port)), SocketAddr::from((Ipv4Addr::LOCALHOST, port))];
    let stream = TcpStream::connect(addresses.as_slice())?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// The identity's signature schemes, in the order of the flags, if given. What the engine or the key does not
/// support is not offered.
fn schemes(flags: &Flags, identity: &Identity<'_>) -> Vec<SignatureScheme> {
    if flags.signing_codes.is_empty() {
        return identity.schemes.to_vec();
    }
    let known = flags.signing_codes.iter().filter_map(|code| SignatureScheme::from_code(*code));
    known.filter(|scheme| identity.schemes.contains(scheme)).collect()
}

/// The runner's chains do not end in a trusted root: every chain whose leaf fits its use is accepted, unless
/// the flags require a refusal. This applies only if peers are verified at all.
fn verify_peer(flags: &Flags, chain: CertificateList<'_>) -> Result<(), CertificateError> {
    let leaf = Certificate::parse(chain.leaf().ok_or(CertificateError::NoCertificate)?)?;
    leaf.check_usage(if flags.server { Purpose::Client } else { Purpose::Server })?;
    let refused = flags.refuse_peer && flags.client_auth != ClientAuth::None;
    if refused { Err(CertificateError::UnknownIssuer) } else { Ok(()) }
}

fn replace<'a, T>(default: &mut &'a [T], given: &'a [T]) {
    if !given.is_empty() {
        *default = given;
    }
}
