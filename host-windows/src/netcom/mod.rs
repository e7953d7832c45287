//! The scheduling server's end of a connection, as far as one has to see what an agent answers: a probe.

mod report;
mod trust;

use std::fmt;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::time::{Duration, Instant};

use lsam_core::agent::{CheckCrc, ErrorMessage, MachineStatus, MachineStatusRequest, MessageError};
use lsam_core::endpoint::{Endpoint, Incoming, MessageBuffers, Plain, Transport};
use lsam_core::tls::{Buffers, Client, ClientConfig, ClientSession, SignRequest, SignerFailed};
use lsam_core::wire::BufferFull;
use lsam_core::x509::{CertificateError, CertificateList};

use crate::crypto::Provider;
use crate::link::{self, Deadlines, End, Host, Memory, Next};
use crate::net::{Interrupted, Stop, Stream};
use crate::store::Certificate;

pub use report::Report;
pub use trust::Trust;

/// What is asked of which agent.
pub struct Probe<'p> {
    /// Name or address and port of the machine: `agent.example:3100`.
    pub machine: &'p str,
    /// Whom to trust when the connection is TLS, none when it is plain.
    pub tls: Option<&'p Trust>,
    /// For everything: connecting, the handshake, the answer.
    pub timeout: Duration,
}

impl Probe<'_> {
    /// Connects, asks for the machine status and disconnects.
    ///
    /// # Errors
    /// [`Error`], with what the agent presented when that was refused.
    pub fn machine_status(&self) -> Result<Report, Error> {
        let deadline = Instant::now() + self.timeout;
        let (stream, address) = self.connect(deadline)?;
        let left = deadline.saturating_duration_since(Instant::now());
        let deadlines = Deadlines { handshake: left, idle: left, message: left, write: left };
        let mut exchange =
            Exchange { trust: self.tls, report: Report::new(address), status: None, refused: None };
        let mut memory = Memory::new();
        let (buffers, messages) = memory.split();
        let result = match self.tls {
            None => exchange.run(stream, Transport::Plain(plain(buffers)), messages, &deadlines),
            Some(trust) => {
                let config = ClientConfig { server_name: trust.server_name(), ..ClientConfig::new() };
                let session = ClientSession::new(&config, buffers).map_err(session_error)?;
                exchange.run(stream, Transport::Tls(session), messages, &deadlines)
            }
        };
        exchange.outcome(result)
    }

    /// Tries each address of the machine until one answers.
    fn connect(&self, deadline: Instant) -> Result<(Stream, SocketAddr), Error> {
        let stop = Stop::new();
        let mut last = None;
        for address in self.machine.to_socket_addrs().map_err(Error::Name)? {
            match Stream::connect(address, deadline, &stop) {
                Ok(stream) => return Ok((stream, address)),
                Err(error) => last = Some(Error::Connect(address, error)),
            }
        }
        Err(last.unwrap_or_else(|| Error::Name(io::Error::new(io::ErrorKind::NotFound, "it has no address"))))
    }
}

fn plain(buffers: Buffers<'_>) -> Plain<'_> {
    Plain::new(buffers.recv, buffers.send)
}

fn session_error(error: lsam_core::tls::Error) -> Error {
    Error::Connection(lsam_core::endpoint::Error::Tls(error).into())
}

/// Why there is no machine status.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The name of the machine could not be resolved.
    Name(io::Error),
    /// No connection to this address, the last that was tried.
    Connect(SocketAddr, Interrupted),
    /// The agent's certificate was refused: the certificates that it presented, its own first, and the rule that failed.
    Certificate(Vec<Certificate>, CertificateError),
    /// The connection failed.
    Connection(link::Error),
    /// The agent closed the connection without an answer.
    Closed,
    /// The agent's answer is an error, in its words.
    Refused(String),
    /// The agent's answer can't be read.
    Answer(MessageError),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(error) => write!(f, "the name of the machine can't be resolved: {error}"),
            Self::Connect(address, error) => write!(f, "no connection to {address}: {error}"),
            Self::Certificate(chain, rule) => {
                write!(f, "the agent's certificate was refused: {rule}")?;
                for certificate in chain {
                    write!(f, "\n  subject {}", certificate.subject)?;
                    write!(f, "\n    issuer {}", certificate.issuer)?;
                    write!(f, "\n    serial {}, {}", certificate.serial, certificate.validity())?;
                }
                Ok(())
            }
            Self::Connection(error) => error.fmt(f),
            Self::Closed => f.write_str("the agent closed the connection without an answer"),
            Self::Refused(text) => write!(f, "the agent answered with {text}"),
            Self::Answer(error) => write!(f, "the agent's answer can't be read: {error}"),
        }
    }
}

impl std::error::Error for Error {}

type PeerEnd<'b> = Client<'b, Provider>;

/// The one question and what came of it.
struct Exchange<'p> {
    trust: Option<&'p Trust>,
    report: Report,
    status: Option<Result<(), Error>>,
    refused: Option<(Vec<Certificate>, CertificateError)>,
}

impl Exchange<'_> {
    fn run<'b>(
        &mut self,
        stream: Stream,
        transport: Transport<'b, PeerEnd<'b>, Provider>,
        messages: MessageBuffers<'b>,
        deadlines: &Deadlines,
    ) -> Result<End, link::Error> {
        link::run(stream, Endpoint::new(transport, CheckCrc::On, messages), deadlines, self)
    }

    fn outcome(self, result: Result<End, link::Error>) -> Result<Report, Error> {
        match (result, self.refused, self.status) {
            (_, _, Some(status)) => status.map(|()| self.report),
            (_, Some((chain, rule)), None) => Err(Error::Certificate(chain, rule)),
            (Err(error), None, None) => Err(Error::Connection(error)),
            (Ok(_), None, None) => Err(Error::Closed),
        }
    }

    fn answer(&mut self, incoming: &Incoming<'_>) -> Result<(), Error> {
        let frame = incoming.frame.map_err(Error::Answer)?;
        if let Ok(error) = frame.message::<ErrorMessage<'_>>() {
            return Err(Error::Refused(error.to_string()));
        }
        self.report.fill(&frame.message::<MachineStatus<'_>>().map_err(Error::Answer)?);
        Ok(())
    }
}

impl<'b> Host<PeerEnd<'b>> for Exchange<'_> {
    fn sign(&mut self, _: &SignRequest) -> Result<Vec<u8>, SignerFailed> {
        // The probe presents no certificate, so that no session asks for its key.
        Err(SignerFailed)
    }

    fn verify_peer(&mut self, chain: CertificateList<'_>) -> Result<(), CertificateError> {
        let presented = || chain.iter().filter_map(|der| Certificate::from_der(der).ok());
        self.report.certificate = presented().next();
        let verdict = self.trust.ok_or(CertificateError::UnknownIssuer).and_then(|trust| trust.judge(chain));
        if let Err(rule) = verdict {
            self.refused = Some((presented().collect(), rule));
        }
        verdict
    }

    fn connected(&mut self, endpoint: &mut Endpoint<'_, PeerEnd<'b>, Provider>) -> Result<(), BufferFull> {
        self.report.negotiated = endpoint.negotiated();
        endpoint.send(&MachineStatusRequest {}, 1)
    }

    fn message(&mut self, incoming: Incoming<'_>) -> Result<Next, BufferFull> {
        self.status = Some(self.answer(&incoming));
        Ok(Next::Close)
    }
}
