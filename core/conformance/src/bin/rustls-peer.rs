//! A TLS 1.2 server and client on rustls, with the flags and behaviour of the C programs in `peers`.

use std::error::Error;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use pki_types::pem::PemObject;
use pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::server::WebPkiClientVerifier;
use rustls::version::TLS12;
use rustls::{ClientConfig, ClientConnection, RootCertStore, ServerConfig, ServerConnection, Stream};

/// A TLS 1.2 peer on rustls.
#[derive(Parser)]
struct Flags {
    #[command(subcommand)]
    role: Role,
}

#[derive(Subcommand)]
enum Role {
    /// Serves one page a connection
    Server(Common),
    /// Asks for a page
    Client(Common),
}

#[derive(Args)]
struct Common {
    #[arg(long)]
    port: u16,
    #[arg(long, requires = "key")]
    cert: Option<PathBuf>,
    #[arg(long)]
    key: Option<PathBuf>,
    #[arg(long)]
    ca: Option<PathBuf>,
    #[arg(long, default_value = "localhost")]
    name: String,
    /// The one suite, by its IANA name
    #[arg(long)]
    suite: Option<String>,
    #[arg(long, value_delimiter = ',')]
    groups: Vec<String>,
    #[arg(long, value_delimiter = ',')]
    alpn: Vec<String>,
    /// none, optional or required
    #[arg(long, default_value = "none")]
    client_auth: String,
    /// Issue tickets, or connect a second time with one
    #[arg(long)]
    resume: bool,
}

type Outcome<T> = Result<T, Box<dyn Error>>;

const PATIENCE: Duration = Duration::from_secs(120);

fn main() -> ExitCode {
    let outcome = match Flags::parse().role {
        Role::Server(flags) => serve(&flags),
        Role::Client(flags) => ask(&flags),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

impl Common {
    fn provider(&self) -> Arc<CryptoProvider> {
        let mut provider = aws_lc_rs::default_provider();
        if let Some(name) = &self.suite {
            provider.cipher_suites.retain(|suite| format!("{:?}", suite.suite()) == *name);
        }
        if !self.groups.is_empty() {
            let offered = |name: &str| self.groups.iter().any(|group| group.eq_ignore_ascii_case(name));
            provider.kx_groups.retain(|group| offered(&format!("{:?}", group.name())));
        }
        Arc::new(provider)
    }

    fn roots(&self) -> Outcome<Arc<RootCertStore>> {
        let mut roots = RootCertStore::empty();
        for certificate in certificates(self.ca.as_deref().ok_or("no --ca")?)? {
            roots.add(certificate)?;
        }
        Ok(Arc::new(roots))
    }

    fn identity(&self) -> Outcome<Option<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>)>> {
        Ok(match (&self.cert, &self.key) {
            (Some(cert), Some(key)) => Some((certificates(cert)?, PrivateKeyDer::from_pem_file(key)?)),
            _ => None,
        })
    }

    fn protocols(&self) -> Vec<Vec<u8>> {
        self.alpn.iter().map(|name| name.as_bytes().to_vec()).collect()
    }
}

fn certificates(file: &Path) -> Outcome<Vec<CertificateDer<'static>>> {
    Ok(CertificateDer::pem_file_iter(file)?.collect::<Result<_, _>>()?)
}

fn serve(flags: &Common) -> Outcome<()> {
    let provider = flags.provider();
    let builder =
        ServerConfig::builder_with_provider(Arc::clone(&provider)).with_protocol_versions(&[&TLS12])?;
    let builder = if flags.client_auth == "none" {
        builder.with_no_client_auth()
    } else {
        let verifier = WebPkiClientVerifier::builder_with_provider(flags.roots()?, provider);
        let verifier =
            if flags.client_auth == "optional" { verifier.allow_unauthenticated() } else { verifier };
        builder.with_client_cert_verifier(verifier.build()?)
    };
    let (chain, key) = flags.identity()?.ok_or("a server needs --cert and --key")?;
    let mut config = builder.with_single_cert(chain, key)?;
    config.alpn_protocols = flags.protocols();
    if flags.resume {
        config.ticketer = aws_lc_rs::Ticketer::new()?;
    }
    let config = Arc::new(config);
    for stream in TcpListener::bind((Ipv4Addr::LOCALHOST, flags.port))?.incoming() {
        if let Err(error) = stream.map_err(Into::into).and_then(|stream| serve_page(&config, stream)) {
            eprintln!("connection ended: {error}");
        }
    }
    Ok(())
}

fn serve_page(config: &Arc<ServerConfig>, mut tcp: TcpStream) -> Outcome<()> {
    tcp.set_read_timeout(Some(PATIENCE))?;
    let mut connection = ServerConnection::new(Arc::clone(config))?;
    let mut tls = Stream::new(&mut connection, &mut tcp);
    let mut request = Vec::new();
    let mut part = [0; 4096];
    while !request.ends_with(b"\r\n\r\n") {
        match tls.read(&mut part)? {
            0 => return Ok(()),
            n => request.extend_from_slice(part.get(..n).unwrap_or_default()),
        }
    }
    tls.write_all(b"HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nserved\n")?;
    connection.send_close_notify();
    connection.complete_io(&mut tcp)?;
    Ok(())
}

fn ask(flags: &Common) -> Outcome<()> {
    let builder = ClientConfig::builder_with_provider(flags.provider())
        .with_protocol_versions(&[&TLS12])?
        .with_root_certificates(flags.roots()?);
    let mut config = match flags.identity()? {
        Some((chain, key)) => builder.with_client_auth_cert(chain, key)?,
        None => builder.with_no_client_auth(),
    };
    config.alpn_protocols = flags.protocols();
    let config = Arc::new(config);
    ask_for_page(flags, &config)?;
    if flags.resume { ask_for_page(flags, &config) } else { Ok(()) }
}

fn ask_for_page(flags: &Common, config: &Arc<ClientConfig>) -> Outcome<()> {
    let mut tcp = TcpStream::connect((Ipv4Addr::LOCALHOST, flags.port))?;
    tcp.set_read_timeout(Some(PATIENCE))?;
    let name = ServerName::try_from(flags.name.clone())?;
    let mut connection = ClientConnection::new(Arc::clone(config), name)?;
    let mut tls = Stream::new(&mut connection, &mut tcp);
    tls.write_all(b"GET / HTTP/1.0\r\n\r\n")?;
    // An end without close_notify is an error here.
    let mut answer = Vec::new();
    tls.read_to_end(&mut answer)?;
    println!("answer: {}", String::from_utf8_lossy(&answer).lines().next().unwrap_or_default());
    println!("closed: close_notify");
    Ok(())
}
