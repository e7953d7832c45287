//! One end of a connection, driven by a main loop. Nothing here waits, and nothing here knows its TLS role.

use getrandom::SysRng;
use lsam_core::agent::{CheckCrc, MachineStatusRequest};
use lsam_core::crypto::rustcrypto::RustCrypto;
use lsam_core::endpoint::{Endpoint, Event, Received, Transport};
use lsam_core::tls::limits::{RECV_BUFFER, SEND_BUFFER_MIN};
use lsam_core::tls::{Buffers, Context, Role, Session, SignRequest, SignerFailed};
use lsam_core::x509::{CertificateError, CertificateList};
use smoltcp::iface::SocketHandle;
use smoltcp::socket::tcp;

use crate::{Outcome, now};

/// One end of a connection: core's endpoint, and the socket below it.
pub(crate) struct End<'a, R: Role<RustCrypto>> {
    name: &'static str,
    pub(crate) endpoint: Endpoint<'a, R, RustCrypto>,
    pub(crate) socket: SocketHandle,
    /// The handshake resumed an earlier session.
    pub(crate) resumed: bool,
    /// Both ends have closed the connection.
    pub(crate) over: bool,
}

impl<'a, R: Role<RustCrypto>> End<'a, R> {
    pub(crate) fn new(
        name: &'static str,
        session: Session<'a, R, RustCrypto>,
        inbox: &'a mut [u8],
        socket: SocketHandle,
    ) -> Self {
        let endpoint = Endpoint::new(Transport::Tls(session), CheckCrc::On, inbox);
        Self { name, endpoint, socket, resumed: false, over: false }
    }

    /// Does what can be done immediately, and returns when it must wait for time to pass, the network or the
    /// key. The endpoint repeats its requests until they are met, so this stores nothing.
    pub(crate) fn turn(&mut self, socket: &mut tcp::Socket<'_>, part: &mut impl Part) -> Outcome<()> {
        // Not listening, connecting or connected: the other end refused or broke the connection.
        if !self.over && !socket.is_open() {
            return Err(format!("{}: there is no TCP connection any more", self.name).into());
        }
        while !self.over && socket.may_send() {
            let mut cx = Context { entropy: &mut SysRng, now: now() };
            match self.endpoint.process(&mut cx) {
                Ok(Event::NeedRead) if socket.can_recv() => {
                    let n = socket.recv_slice(self.endpoint.recv_buf())?;
                    self.endpoint.recv_done(n);
                }
                // The other end closed its side of TCP; TLS knows whether that was a clean close.
                Ok(Event::NeedRead) if !socket.may_recv() => self.endpoint.recv_end(),
                Ok(Event::NeedWrite) if socket.can_send() => {
                    let n = socket.send_slice(self.endpoint.send_buf())?;
                    self.endpoint.send_done(n);
                }
                // Both ends may be here: each must read what the other sent, or neither continues.
                Ok(Event::NeedWrite) if socket.can_recv() => {
                    let n = socket.recv_slice(self.endpoint.recv_buf())?;
                    if n == 0 {
                        return Ok(());
                    }
                    self.endpoint.recv_done(n);
                }
                Ok(Event::NeedRead | Event::NeedWrite) => return Ok(()),
                Ok(Event::Sign(request)) => match part.sign(&request) {
                    Some(signature) => {
                        self.endpoint.sign_done(signature.as_deref().map_err(|failed| *failed))?
                    }
                    None => return Ok(()),
                },
                Ok(Event::VerifyPeer(chain)) => {
                    let verdict = part.verify(chain);
                    self.endpoint.verify_done(verdict)?;
                }
                Ok(Event::Connected) => {
                    if let Some(number) = part.asks() {
                        self.endpoint.send(&MachineStatusRequest {}, number)?;
                    }
                    if let Some(negotiated) = self.endpoint.negotiated() {
                        println!("  {}: {negotiated}", self.name);
                        self.resumed = negotiated.resumed;
                    }
                }
                Ok(Event::Message(message)) => {
                    if part.answer(message)? == Then::Close {
                        self.endpoint.close();
                    }
                }
                // Core has closed as well, and the socket has accepted its close_notify.
                Ok(Event::PeerClosed) => {
                    println!("  {}: the other end has closed", self.name);
                    self.over = true;
                }
                Err(error) => {
                    // The alert that informs the other end of the reason.
                    socket.send_slice(self.endpoint.send_buf())?;
                    return Err(error.into());
                }
            }
        }
        Ok(())
    }
}

/// What the two ends do differently.
pub(crate) trait Part {
    /// A signature, once it is made.
    fn sign(&mut self, request: &SignRequest) -> Option<Result<Vec<u8>, SignerFailed>>;

    /// Verifies the certificates of the other end.
    fn verify(&mut self, chain: CertificateList<'_>) -> Result<(), CertificateError>;

    /// The number of the request that this end sends as soon as it is connected, if any.
    fn asks(&self) -> Option<u32>;

    /// Answers a message, or processes an answer.
    fn answer(&mut self, message: Received<'_>) -> Outcome<Then>;
}

/// The connection has ended.
#[derive(PartialEq)]
pub(crate) enum Then {
    GoOn,
    Close,
}

/// The memory of one end. The sizes suit a machine with little memory.
pub(crate) struct Memory {
    recv: [u8; RECV_BUFFER],
    send: [u8; SEND_BUFFER_MIN],
    inbox: [u8; 512],
}

impl Memory {
    pub(crate) const fn new() -> Self {
        Self { recv: [0; RECV_BUFFER], send: [0; SEND_BUFFER_MIN], inbox: [0; 512] }
    }

    pub(crate) const fn lend(&mut self) -> (Buffers<'_>, &mut [u8]) {
        let Self { recv, send, inbox } = self;
        (Buffers { recv, send }, inbox)
    }
}
