//! A TLS 1.2 server for interop runs, in the manner of `openssl s_server -www`: answers each request with a page that
//! says what was negotiated, then closes with close_notify.

use std::error::Error;
use std::net::{TcpListener, TcpStream};
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use embedded_io::{Read, Write};
use embedded_io_adapters::std::FromStd;
use lsam_conformance::{CredentialFlags, Credentials, FileHost, ProtocolFlags, Report};
use lsam_core::UnixTime;
use lsam_core::crypto::rustcrypto::RustCrypto;
use lsam_core::io::TlsStream;
use lsam_core::tls::{Buffers, ServerConfig, ServerSession, limits};
use lsam_core::x509::{CertificateError, CertificateList};
use lsam_host_windows::key::FileKey;

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
}

/// A peer that is silent for longer than this is given up.
const PATIENCE: Duration = Duration::from_secs(10);

/// A request longer than this is answered all the same.
const MAX_REQUEST: usize = 64 * 1024;

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
    if identities.is_empty() {
        return Err("a server needs --cert and --key".into());
    }
    let mut config = ServerConfig::new(&identities);
    config.cipher_suites = flags.protocol.suites();
    config.groups = flags.protocol.groups();
    config.require_extended_master_secret = flags.protocol.require_ems;

    let listener = TcpListener::bind(&flags.listen)?;
    println!("listening on {}", listener.local_addr()?);
    std::thread::scope(|scope| {
        for stream in listener.incoming() {
            let (config, keys) = (&config, credentials.keys());
            scope.spawn(move || {
                if let Err(error) = stream.map_err(Into::into).and_then(|stream| serve(stream, config, keys))
                {
                    eprintln!("connection ended: {error}");
                }
            });
        }
    });
    Ok(())
}

fn serve(stream: TcpStream, config: &ServerConfig<'_>, keys: &[FileKey]) -> Result<(), Box<dyn Error>> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let (mut recv, mut send) = (vec![0; limits::RECV_BUFFER], vec![0; limits::SEND_BUFFER_MIN]);
    let buffers = Buffers { recv: &mut recv, send: &mut send };
    let session = ServerSession::<RustCrypto>::new(config, buffers)?;
    // No client is asked for a certificate.
    let judge = |_: CertificateList<'_>, _: Option<UnixTime>| Err(CertificateError::UnknownIssuer);
    let host = FileHost::new(keys, &judge);
    let mut stream = TlsStream::handshake(session, FromStd::new(stream), host)?;

    let mut request = Vec::new();
    let mut part = [0; 4096];
    while !ends(&request) {
        match stream.read(&mut part)? {
            0 => break,
            n => request.extend_from_slice(part.get(..n).unwrap_or_default()),
        }
    }
    if let (false, Some(negotiated)) = (request.is_empty(), stream.negotiated()) {
        let page = format!("HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\n{}", Report(negotiated));
        stream.write_all(page.as_bytes())?;
    }
    stream.close()?;
    Ok(())
}

/// Whether a request is complete: its header ends in an empty line (RFC 9112 section 2.1), or it is too long.
fn ends(request: &[u8]) -> bool {
    request.len() > MAX_REQUEST || request.windows(4).any(|end| end == b"\r\n\r\n")
}
