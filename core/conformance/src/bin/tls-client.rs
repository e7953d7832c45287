//! A TLS 1.2 client for interop runs, similar to `openssl s_client`: connects, prints what was negotiated,
//! requests a page over HTTP and prints the first line of the answer. With `--resume` it connects a second
//! time, with the session of the first.

use std::error::Error;
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use embedded_io::{Read, Write};
use embedded_io_adapters::std::FromStd;
use lsam_conformance::{
    CredentialFlags, Credentials, FileHost, ProtocolFlags, Report, RevocationFlags, Trust, with_provider,
};
use lsam_core::UnixTime;
use lsam_core::crypto::Provider;
use lsam_core::io::TlsStream;
use lsam_core::tls::{Buffers, ClientConfig, ClientSession, MaxFragmentLength, StoredSession, limits};
use lsam_core::x509::CertificateList;

/// Connects to a TLS 1.2 server, prints what was negotiated and asks for a page.
#[derive(Parser)]
struct Flags {
    /// Where to connect
    #[arg(long, value_name = "HOST:PORT")]
    connect: String,
    /// PEM file with the trusted roots
    #[arg(long, value_name = "FILE")]
    ca: PathBuf,
    #[command(flatten)]
    revocation: RevocationFlags,
    /// The DNS name to ask for, or the address, and to find in the certificate
    #[arg(long)]
    name: String,
    #[command(flatten)]
    credentials: CredentialFlags,
    #[command(flatten)]
    protocol: ProtocolFlags,
    /// Connect a second time with the session of the first
    #[arg(long)]
    resume: bool,
    /// The longest record to ask for (max_fragment_length): 512, 1024, 2048 or 4096
    #[arg(long, value_parser = fragment, value_name = "BYTES")]
    max_fragment: Option<MaxFragmentLength>,
    /// Length of a header that makes the request longer
    #[arg(long, default_value_t = 0, value_name = "BYTES")]
    padding: usize,
}

/// The connection to a peer that is silent for longer than this is abandoned.
const PATIENCE: Duration = Duration::from_secs(120);

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
    let trust = Trust::load(&flags.ca, &flags.revocation)?;
    let verify =
        |chain: CertificateList<'_>, now: Option<UnixTime>| trust.server::<P>(chain, now, &flags.name);

    let alpn = flags.protocol.alpn();
    let mut config = ClientConfig::new();
    config.server_name = Some(flags.name.as_str()).filter(|name| ClientConfig::is_server_name(name));
    config.expected_peer = Some(flags.name.as_bytes());
    config.identities = &identities;
    config.cipher_suites = flags.protocol.suites();
    config.groups = flags.protocol.groups();
    config.alpn = &alpn;
    config.require_extended_master_secret = flags.protocol.require_ems;
    config.max_fragment_length = flags.max_fragment;

    // The longest ticket that fits a handshake message.
    let mut store = StoredSession::<[u8; limits::MAX_HANDSHAKE_MESSAGE]>::with_room();
    connect::<P>(flags, &config, &mut store, FileHost::new(credentials.keys(), &verify))?;
    if flags.resume {
        if let Err(reason) = store.kept() {
            eprintln!("nothing to be resumed: {reason}");
        }
        connect::<P>(flags, &config, &mut store, FileHost::new(credentials.keys(), &verify))?;
        if let (Ok(()), Err(reason)) = (store.kept(), store.offered()) {
            eprintln!("not resumed: {reason}");
        }
    }
    Ok(())
}

/// A connection from handshake to end.
fn connect<P: Provider>(
    flags: &Flags,
    config: &ClientConfig<'_>,
    store: &mut StoredSession<[u8]>,
    host: FileHost<'_>,
) -> Result<(), Box<dyn Error>> {
    let stream = TcpStream::connect(&flags.connect)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;

    let (mut recv, mut send) = (vec![0; flags.protocol.recv_buffer], vec![0; flags.protocol.send_buffer]);
    let buffers = Buffers { recv: &mut recv, send: &mut send };
    let session = if flags.resume {
        ClientSession::<P>::with_store(config, store, buffers)?
    } else {
        ClientSession::<P>::new(config, buffers)?
    };
    let mut stream = TlsStream::handshake(session, FromStd::new(stream), host)?;

    if let Some(negotiated) = stream.negotiated() {
        print!("{}", Report { negotiated, alpn: config.alpn });
    }
    let (name, padding) = (&flags.name, "x".repeat(flags.padding));
    stream.write_all(format!("GET / HTTP/1.0\r\nHost: {name}\r\nX-Padding: {padding}\r\n\r\n").as_bytes())?;
    stream.flush()?;
    let mut answer = Vec::new();
    let mut part = [0; 4096];
    loop {
        match stream.read(&mut part)? {
            0 => break,
            n => answer.extend_from_slice(part.get(..n).unwrap_or_default()),
        }
    }
    println!("answer: {}", String::from_utf8_lossy(&answer).lines().next().unwrap_or_default());
    println!("closed: close_notify");
    stream.close()?;
    Ok(())
}

fn fragment(bytes: &str) -> Result<MaxFragmentLength, String> {
    let known = bytes.parse().ok().and_then(MaxFragmentLength::from_bytes);
    known.ok_or_else(|| "the lengths are 512, 1024, 2048 and 4096".into())
}
