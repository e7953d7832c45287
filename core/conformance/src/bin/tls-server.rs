//! A TLS 1.2 server for interop runs, similar to `openssl s_server -www`: answers each request with a page
//! that shows what was negotiated and the request itself, then closes with close_notify. What was negotiated
//! is also printed to standard output.

use std::error::Error;
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, ValueEnum};
use embedded_io::{Read, Write};
use embedded_io_adapters::std::FromStd;
use getrandom::SysRng;
use lsam_conformance::{
    CredentialFlags, Credentials, FileHost, ProtocolFlags, Report, RevocationFlags, Trust, VerifyPeer,
    with_provider,
};
use lsam_core::UnixTime;
use lsam_core::crypto::Provider;
use lsam_core::io::TlsStream;
use lsam_core::tls::{Buffers, ClientAuth, ServerConfig, ServerSession, TicketKey, Tickets, limits};
use lsam_core::x509::{CertificateError, CertificateList};
use lsam_testing::key::Key;

/// Serves a page that says what was negotiated, over TLS 1.2.
#[derive(Parser)]
struct Flags {
    /// Where to listen; port 0 takes a free one, which is printed
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: String,
    #[command(flatten)]
    credentials: CredentialFlags,
    #[command(flatten)]
    protocol: ProtocolFlags,
    /// Whether to ask clients for a certificate
    #[arg(long, value_enum, default_value_t)]
    client_auth: Asking,
    /// PEM file with the roots of clients
    #[arg(
        long,
        value_name = "FILE",
        required_if_eq_any([("client_auth", "optional"), ("client_auth", "required")])
    )]
    client_ca: Option<PathBuf>,
    #[command(flatten)]
    revocation: RevocationFlags,
    /// The longest record to accept after the ClientHello; the receive buffer is made for both, and the
    /// client is told what it holds (record_size_limit)
    #[arg(long, conflicts_with = "recv_buffer", value_name = "BYTES")]
    max_fragment: Option<usize>,
    /// Issue tickets and resume from them
    #[arg(long)]
    tickets: bool,
}

#[derive(Clone, Copy, Default, ValueEnum)]
enum Asking {
    #[default]
    None,
    Optional,
    Required,
}

/// Shared by all connections.
struct Setup<'a> {
    config: ServerConfig<'a>,
    keys: &'a [Key],
    verify: &'a VerifyPeer<'a>,
    /// The sizes of a connection's buffers, in bytes.
    recv_buffer: usize,
    send_buffer: usize,
}

/// How long tickets are valid, in seconds.
const TICKET_LIFETIME: u32 = 3600;

/// The connection to a peer that is silent for longer than this is abandoned.
const PATIENCE: Duration = Duration::from_secs(120);

/// A longer request is answered without waiting for its end.
const MAX_REQUEST: usize = 64 * 1024;

fn main() -> ExitCode {
    let flags = Flags::parse();
    match with_provider!(flags.protocol.provider, P => run::<P>(&flags)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run<P: Provider>(flags: &Flags) -> Result<(), Box<dyn Error>> {
    let credentials = Credentials::load(&flags.credentials)?;
    let chains = credentials.chains();
    let identities = credentials.identities(&chains);
    if identities.is_empty() {
        return Err("a server needs --cert and --key".into());
    }
    let trust = flags.client_ca.as_deref().map(|file| Trust::load(file, &flags.revocation)).transpose()?;
    let authorities = trust.as_ref().map(Trust::authorities).unwrap_or_default();
    let verify = |chain: CertificateList<'_>, now: Option<UnixTime>| {
        trust.as_ref().ok_or(CertificateError::UnknownIssuer)?.client::<P>(chain, now)
    };
    let alpn = flags.protocol.alpn();
    let ticket_key = TicketKey::generate(&mut SysRng).map_err(|_| "the random number generator failed")?;

    let mut config = ServerConfig::new(&identities);
    config.cipher_suites = flags.protocol.suites();
    config.groups = flags.protocol.groups();
    config.alpn = &alpn;
    config.require_extended_master_secret = flags.protocol.require_ems;
    config.client_auth = match flags.client_auth {
        Asking::None => ClientAuth::None,
        Asking::Optional => ClientAuth::Optional,
        Asking::Required => ClientAuth::Required,
    };
    config.client_authorities = &authorities;
    config.tickets = flags.tickets.then_some(Tickets {
        current: &ticket_key,
        previous: None,
        lifetime: TICKET_LIFETIME,
        epoch: 0,
    });
    let recv_buffer = flags.max_fragment.map_or(flags.protocol.recv_buffer, |longest| {
        let sealed = limits::RECORD_HEADER.saturating_add(longest).saturating_add(limits::MAX_AEAD_OVERHEAD);
        sealed.max(limits::SERVER_RECV_BUFFER_MIN)
    });
    let setup = Setup {
        config,
        keys: credentials.keys(),
        verify: &verify,
        recv_buffer,
        send_buffer: flags.protocol.send_buffer,
    };

    let listener = TcpListener::bind(&flags.listen)?;
    println!("listening on {}", listener.local_addr()?);
    std::thread::scope(|scope| {
        for stream in listener.incoming() {
            let setup = &setup;
            scope.spawn(move || {
                if let Err(error) = stream.map_err(Into::into).and_then(|stream| serve::<P>(stream, setup)) {
                    eprintln!("connection ended: {error}");
                }
            });
        }
    });
    Ok(())
}

fn serve<P: Provider>(stream: TcpStream, setup: &Setup<'_>) -> Result<(), Box<dyn Error>> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let (mut recv, mut send) = (vec![0; setup.recv_buffer], vec![0; setup.send_buffer]);
    let buffers = Buffers { recv: &mut recv, send: &mut send };
    let session = ServerSession::<P>::new(&setup.config, buffers)?;
    let host = FileHost::new(setup.keys, setup.verify);
    let mut stream = TlsStream::handshake(session, FromStd::new(stream), host)?;
    let report = stream
        .negotiated()
        .map(|negotiated| Report { negotiated, alpn: setup.config.alpn }.to_string())
        .unwrap_or_default();
    print!("{report}");

    let mut request = Vec::new();
    let mut part = [0; 4096];
    while !ends(&request) {
        match stream.read(&mut part)? {
            0 => break,
            n => request.extend_from_slice(part.get(..n).unwrap_or_default()),
        }
    }
    if !request.is_empty() {
        // With the request in it, the client determines how long the page is.
        let request = String::from_utf8_lossy(&request);
        let page = format!("HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\n{report}\n{request}");
        stream.write_all(page.as_bytes())?;
    }
    stream.close()?;
    Ok(())
}

/// Whether a request is complete: its header ends in an empty line (RFC 9112 section 2.1), or it is too long.
fn ends(request: &[u8]) -> bool {
    request.len() > MAX_REQUEST || request.windows(4).any(|end| end == b"\r\n\r\n")
}
