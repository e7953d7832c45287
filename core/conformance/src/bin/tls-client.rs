//! A TLS 1.2 client for interop runs, in the manner of `openssl s_client`: connects, prints what was negotiated, asks
//! for a page over HTTP and prints the first line of the answer.

use std::error::Error;
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use embedded_io::{Read, Write};
use embedded_io_adapters::std::FromStd;
use lsam_conformance::{CredentialFlags, Credentials, FileHost, ProtocolFlags, Report, Trust};
use lsam_core::UnixTime;
use lsam_core::crypto::rustcrypto::RustCrypto;
use lsam_core::io::TlsStream;
use lsam_core::tls::{Buffers, ClientConfig, ClientSession, limits};
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
    /// The DNS name to ask for and to find in the certificate
    #[arg(long)]
    name: String,
    #[command(flatten)]
    credentials: CredentialFlags,
    #[command(flatten)]
    protocol: ProtocolFlags,
}

/// A peer that is silent for longer than this is given up.
const PATIENCE: Duration = Duration::from_secs(10);

fn main() -> ExitCode {
    match run(&Flags::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(flags: &Flags) -> Result<(), Box<dyn Error>> {
    let credentials = Credentials::load(&flags.credentials)?;
    let chains = credentials.chains();
    let identities = credentials.identities(&chains);
    let trust = Trust::load(&flags.ca)?;
    let judge = |chain: CertificateList<'_>, now: Option<UnixTime>| trust.server(chain, now, &flags.name);

    let mut config = ClientConfig::new();
    config.server_name = Some(&flags.name);
    config.identities = &identities;
    config.cipher_suites = flags.protocol.suites();
    config.groups = flags.protocol.groups();
    config.require_extended_master_secret = flags.protocol.require_ems;

    let stream = TcpStream::connect(&flags.connect)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;

    let (mut recv, mut send) = (vec![0; limits::RECV_BUFFER], vec![0; limits::SEND_BUFFER_MIN]);
    let buffers = Buffers { recv: &mut recv, send: &mut send };
    let session = ClientSession::<RustCrypto>::new(&config, buffers)?;
    let host = FileHost::new(credentials.keys(), &judge);
    let mut stream = TlsStream::handshake(session, FromStd::new(stream), host)?;

    if let Some(negotiated) = stream.negotiated() {
        print!("{}", Report(negotiated));
    }
    stream.write_all(format!("GET / HTTP/1.0\r\nHost: {}\r\n\r\n", flags.name).as_bytes())?;
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
