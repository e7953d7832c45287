//! A probe: the scheduling server's end of a connection, as far as it is needed to get an agent's answer.

mod report;
mod trust;

use std::fmt;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::time::{Duration, Instant};

use lsam_core::agent::{CheckCrc, ErrorMessage, MachineStatus, MachineStatusRequest, MessageError};
use lsam_core::endpoint::{self, Plain, Received, Transport};
use lsam_core::tls::{
    self, AlertDescription, Buffers, Client, ClientConfig, ClientSession, SignRequest, SignerFailed,
};
use lsam_core::wire::BufferFull;
use lsam_core::x509::{CertificateError, CertificateList, Revocation};

use crate::crypto::Provider;
use crate::identity::Identity;
use crate::link::{self, Deadlines, End, Endpoint, Host, Inbox, Memory, Next};
use crate::net::{Interrupted, Stop, Stream};
use crate::trust::{Presented, advice};

pub use report::Report;
pub use trust::Trust;

/// A request to an agent.
pub struct Probe<'p> {
    /// Name or address and port of the machine: `agent.example:3100`.
    pub machine: &'p str,
    /// What to trust over TLS; `None` for a plain connection.
    pub tls: Option<&'p Trust>,
    /// What to present if the agent requires a certificate.
    pub identity: Option<&'p Identity>,
    /// Whether messages have a CRC, and the agent's CRC is checked; this must match its setting CheckCRC.
    pub check_crc: CheckCrc,
    /// The total time for connecting, the handshake and the answer.
    pub timeout: Duration,
}

impl Probe<'_> {
    /// Connects, requests the machine status and disconnects.
    ///
    /// # Errors
    /// [`Error`]; if what the agent presented was refused, the error contains it.
    pub fn machine_status(&self) -> Result<Report, Error> {
        match self.ask(&mut Seen::default()) {
            // An agent without TLS also closes the connection, but answers a plain request. The request
            // contains no secrets.
            Err(Error::TurnedAway(error)) => match (Probe { tls: None, ..*self }).ask(&mut Seen::default()) {
                Ok(_) | Err(Error::Refused(_) | Error::Answer(_)) => Err(Error::NoHandshake(error)),
                Err(_) => Err(Error::TurnedAway(error)),
            },
            result => result,
        }
    }

    /// The same over one connection. Records what is known about the agent's certificate, even on failure.
    pub(crate) fn ask(&self, seen: &mut Seen) -> Result<Report, Error> {
        let deadline = Instant::now() + self.timeout;
        let (stream, address) = self.connect(deadline)?;
        let left = deadline.saturating_duration_since(Instant::now());
        let deadlines = Deadlines { handshake: left, idle: left, message: left, write: left };
        let mut exchange =
            Exchange { probe: self, report: Report::new(address), status: None, refused: None, seen };
        let mut memory = Memory::new();
        let buffers = memory.buffers();
        let result = match self.tls {
            None => exchange.run(stream, Transport::Plain(plain(buffers)), &deadlines),
            Some(trust) => {
                let run = |identities: &[tls::Identity<'_>]| {
                    let server_name = trust.server_name();
                    let config = ClientConfig { server_name, identities, ..ClientConfig::new() };
                    let session = ClientSession::new(&config, buffers).map_err(session_error)?;
                    exchange.run(stream, Transport::Tls(session), &deadlines)
                };
                match self.identity {
                    Some(identity) => identity.with_session(run),
                    None => run(&[]),
                }
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

fn session_error(error: tls::Error) -> link::Error {
    endpoint::Error::Tls(error).into()
}

/// Why there is no machine status.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The name of the machine could not be resolved.
    Name(io::Error),
    /// No connection to this address, the last one tried.
    Connect(SocketAddr, Interrupted),
    /// The agent's certificate was refused: the presented certificates, the agent's own first, and the broken
    /// rule.
    Certificate(Presented, CertificateError),
    /// The agent ended the session with this alert. It may be about this end's certificate, if there is one.
    Alert {
        /// The alert.
        alert: AlertDescription,
        /// Whether this end could present a certificate.
        has_certificate: bool,
    },
    /// The connection failed before the TLS handshake was complete; the agent sent nothing, or something
    /// other than TLS.
    NoHandshake(link::Error),
    /// The agent closed the connection before the TLS handshake, without sending anything.
    TurnedAway(link::Error),
    /// The connection failed.
    Connection(link::Error),
    /// The agent closed the connection without an answer.
    Closed,
    /// The agent answered with an error; its text.
    Refused(String),
    /// The agent's answer can't be read.
    Answer(MessageError),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_cause(f)?;
        match self.advice() {
            Some(advice) => write!(f, "\n{advice}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Error {}

impl Error {
    /// What to do about it, if known; the last line of [`Display`](fmt::Display).
    pub const fn advice(&self) -> Option<&'static str> {
        match self {
            Self::Certificate(_, rule) => Some(advice::server_certificate(*rule)),
            Self::Alert { alert, has_certificate } => advice::alert_to_server(*alert, *has_certificate),
            Self::NoHandshake(_) => Some(
                "See that UseSecureSocket is TRUE at the agent, and that this is its port. The agent's log \
                 says more.",
            ),
            Self::TurnedAway(_) => Some(
                "The agent's log says why: the address of this machine may not be in AllowedIPAddress_1 to \
                 _4 there, or the agent may have no room for more connections. If it says nothing, another \
                 program has that port.",
            ),
            _ => None,
        }
    }

    fn write_cause(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(error) => write!(f, "the name of the machine can't be resolved: {error}"),
            Self::Connect(address, error) => write!(f, "no connection to {address}: {error}"),
            Self::Certificate(presented, rule) => {
                write!(f, "the agent's certificate was refused: {rule}")?;
                for description in presented.descriptions() {
                    write!(f, "\n  {description}")?;
                }
                if let (CertificateError::NameMismatch, Some(leaf)) = (rule, presented.leaf()) {
                    let names = leaf.alternative_names();
                    match names.is_empty() {
                        true => f.write_str("\n  without alternative names")?,
                        false => write!(f, "\n  alternative names {}", names.join(", "))?,
                    }
                }
                Ok(())
            }
            Self::Alert { alert, .. } => write!(f, "the agent ended the session with the alert {alert}"),
            Self::Connection(error) => fmt::Display::fmt(error, f),
            Self::NoHandshake(error) => write!(f, "the connection ended in the TLS handshake: {error}"),
            Self::TurnedAway(error) => {
                write!(f, "the agent closed the connection before the TLS handshake was complete: {error}")
            }
            Self::Closed => f.write_str("the agent closed the connection without an answer"),
            Self::Refused(text) => write!(f, "the agent answered with {text}"),
            Self::Answer(error) => write!(f, "the agent's answer can't be read: {error}"),
        }
    }
}

/// Whether the other side has closed the connection, in an orderly way or not.
fn is_close(error: &link::Error) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset};
    match error {
        link::Error::Endpoint(endpoint::Error::Tls(tls::Error::Truncated)) => true,
        link::Error::Transport(Interrupted::Io(error)) => {
            matches!(error.kind(), BrokenPipe | ConnectionAborted | ConnectionReset)
        }
        _ => false,
    }
}

type PeerEnd<'b> = Client<'b, Provider>;

/// What an agent presented, and the objection that a tolerant end ignored.
#[derive(Default)]
pub(crate) struct Seen {
    pub(crate) presented: Presented,
    pub(crate) objection: Option<CertificateError>,
}

/// The one request and its result.
struct Exchange<'p> {
    probe: &'p Probe<'p>,
    seen: &'p mut Seen,
    report: Report,
    status: Option<Result<(), Error>>,
    refused: Option<(Presented, CertificateError)>,
}

impl Exchange<'_> {
    fn run<'b>(
        &mut self,
        stream: Stream,
        transport: Transport<'b, PeerEnd<'b>, Provider>,
        deadlines: &Deadlines,
    ) -> Result<End, link::Error> {
        link::run(stream, Endpoint::new(transport, self.probe.check_crc, Inbox::default()), deadlines, self)
    }

    fn outcome(self, result: Result<End, link::Error>) -> Result<Report, Error> {
        match (result, self.refused, self.status) {
            (_, _, Some(status)) => status.map(|()| self.report),
            (_, Some((chain, rule)), None) => Err(Error::Certificate(chain, rule)),
            (
                Err(link::Error::Endpoint(endpoint::Error::Tls(tls::Error::AlertReceived(alert)))),
                None,
                None,
            ) => Err(Error::Alert { alert, has_certificate: self.probe.identity.is_some() }),
            (Err(error), None, None) if self.probe.tls.is_some() && self.report.negotiated.is_none() => {
                Err(if is_close(&error) { Error::TurnedAway(error) } else { Error::NoHandshake(error) })
            }
            (Err(error), None, None) => Err(Error::Connection(error)),
            (Ok(_), None, None) => Err(Error::Closed),
        }
    }

    fn answer(&mut self, received: &Received<'_>) -> Result<(), Error> {
        let frame = received.frame.map_err(Error::Answer)?;
        if let Ok(error) = frame.message::<ErrorMessage<'_>>() {
            return Err(Error::Refused(error.to_string()));
        }
        self.report.fill(&frame.message::<MachineStatus<'_>>().map_err(Error::Answer)?);
        Ok(())
    }
}

impl<'b> Host<PeerEnd<'b>> for Exchange<'_> {
    fn check_crc(&self) -> CheckCrc {
        self.probe.check_crc
    }

    fn sign(&mut self, request: &SignRequest) -> Result<Vec<u8>, SignerFailed> {
        self.probe.identity.ok_or(SignerFailed)?.sign(request).map_err(|_| SignerFailed)
    }

    fn verify_peer(&mut self, chain: CertificateList<'_>) -> Result<(), CertificateError> {
        let presented = Presented::new(chain);
        let trust = self.probe.tls.ok_or(CertificateError::UnknownIssuer)?;
        self.report.certificate = presented.leaf().cloned();
        self.seen.presented = presented.clone();
        match trust.verify(chain) {
            Ok(verified) => {
                self.report.revocation = match (trust.revocation(), verified.unknown_revocation) {
                    (Revocation::Off, _) => None,
                    (_, None) => Some("on no revocation list".to_owned()),
                    (_, Some(reason)) => Some(format!("unknown: {reason}")),
                };
                Ok(())
            }
            Err(rule) if trust.is_tolerant() => {
                self.seen.objection = Some(rule);
                Ok(())
            }
            Err(rule) => {
                self.refused = Some((presented, rule));
                Err(rule)
            }
        }
    }

    fn connected(&mut self, endpoint: &mut Endpoint<'_, PeerEnd<'b>>) -> Result<(), BufferFull> {
        self.report.negotiated = endpoint.negotiated();
        endpoint.send(&MachineStatusRequest {}, 1)
    }

    fn message(&mut self, received: Received<'_>) -> Result<Next, BufferFull> {
        self.status = Some(self.answer(&received));
        Ok(Next::Close)
    }
}
