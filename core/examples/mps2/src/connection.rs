//! One connection of the pool, from the first byte to the last, which serves one client after another.
//!
//! ```text
//!   Free ── a client connects ──▶ Open ── it ends ──▶ Closing ── the last bytes are out ──▶ Free
//! ```
//! Nothing here waits: each turn does what can be done immediately, so the other connections continue.

use core::mem;
use core::time::Duration;

use lsam_core::UnixTime;
use lsam_core::crypto::{Digest, Entropy};
use lsam_core::endpoint::{Endpoint, Event, Transport};
use lsam_core::tls::{Context, Server, ServerConfig, ServerSession, SignerFailed};
use lsam_core::x509::{CertificateError, CertificateList};
use smoltcp::socket::tcp;

use crate::agent;
use crate::crypto::Provider;
use crate::log::{self, End};
use crate::memory::Memory;

/// The time limit from the first byte to the end of the handshake.
const HANDSHAKE_TIME: Duration = Duration::from_secs(10);
/// The time limit from one message to the next.
const IDLE_TIME: Duration = Duration::from_secs(300);
/// The time limit for the last bytes and the end of the TCP connection.
const CLOSING_TIME: Duration = Duration::from_secs(2);

type AgentEndpoint = Endpoint<'static, Server<'static, Provider>, Provider>;

/// What a turn uses.
pub struct Surroundings<'a> {
    /// The random number generator.
    pub entropy: &'a mut dyn Entropy,
    /// Since the start.
    pub uptime: Duration,
    /// The time of day.
    pub now: Option<UnixTime>,
    /// Verifies a client's chain.
    pub verify: fn(CertificateList<'_>, Option<UnixTime>) -> Result<(), CertificateError>,
    /// Accepts a digest to sign, and returns whether it could.
    pub begin_signature: &'a mut dyn FnMut(&Digest) -> bool,
}

/// A slot in the pool.
pub struct Connection {
    number: usize,
    config: &'static ServerConfig<'static>,
    state: State,
}

enum State {
    Free {
        memory: Memory,
        /// Why the last connection ended, until the slot takes the next one.
        ended: Option<End>,
    },
    Open(Open),
    Closing {
        memory: Memory,
        why: End,
        deadline: Duration,
    },
    /// Only within a step from one state to the next.
    Moving,
}

struct Open {
    endpoint: AgentEndpoint,
    deadline: Duration,
    /// A signature is being made.
    signing: bool,
    peer_port: u16,
}

impl Connection {
    /// A free slot with this number.
    pub const fn new(number: usize, config: &'static ServerConfig<'static>, memory: Memory) -> Self {
        Self { number, config, state: State::Free { memory, ended: None } }
    }

    /// Does what can be done immediately, and returns whether there was anything to do. Not inlined, so that
    /// the report of sizes shows it separately from the rest of the main loop.
    #[inline(never)]
    pub fn turn(&mut self, socket: &mut tcp::Socket<'_>, around: &mut Surroundings<'_>) -> bool {
        match &mut self.state {
            State::Free { .. } if socket.may_send() => self.open(socket, around.uptime),
            State::Free { ended, .. } => {
                if !socket.is_open() {
                    // Listening on a port other than 0 with a closed socket succeeds.
                    let _ = socket.listen(agent::PORT);
                }
                // Clients find the slot only from here on.
                if let Some(why) = ended.take() {
                    let (connection, stack) = (self.number, crate::board::stack::high_water());
                    log::log(&log::Event::Ended { connection, why, stack });
                }
                return false;
            }
            State::Open(open) => match open.drive(self.number, socket, around) {
                Ok(progress) => return progress,
                Err(why) => self.end(why, socket, around.uptime),
            },
            State::Closing { deadline, .. } => {
                let over = matches!(socket.state(), tcp::State::Closed | tcp::State::TimeWait);
                if !over && around.uptime < *deadline {
                    return false;
                }
                socket.abort();
                self.free();
            }
            State::Moving => {}
        }
        true
    }

    /// Passes on the signature that was requested last. If that connection is gone, drops it.
    pub fn signed(&mut self, signature: Result<&[u8], SignerFailed>) {
        if let State::Open(open) = &mut self.state
            && mem::take(&mut open.signing)
        {
            // The next turn returns the error again.
            let _ = open.endpoint.sign_done(signature);
        }
    }

    // None of the three steps below is inlined: each moves a whole session, and that stack must not be in use
    // during the deepest calculations.

    #[inline(never)]
    fn open(&mut self, socket: &mut tcp::Socket<'_>, uptime: Duration) {
        let State::Free { memory, .. } = mem::replace(&mut self.state, State::Moving) else { return };
        // The start has already created a session with this configuration in these buffers.
        let Ok(session) = ServerSession::new(self.config, memory.buffers) else { return };
        socket.set_nagle_enabled(false);
        self.state = State::Open(Open {
            endpoint: Endpoint::new(Transport::Tls(session), agent::CHECK_CRC, memory.inbox),
            deadline: uptime.saturating_add(HANDSHAKE_TIME),
            signing: false,
            peer_port: socket.remote_endpoint().map_or(0, |peer| peer.port),
        });
    }

    #[inline(never)]
    fn end(&mut self, why: End, socket: &mut tcp::Socket<'_>, uptime: Duration) {
        let State::Open(open) = mem::replace(&mut self.state, State::Moving) else { return };
        if matches!(why, End::Silent | End::Reset) {
            socket.abort();
        } else {
            // The last alert is only a courtesy, and may not fit.
            let _ = socket.send_slice(open.endpoint.send_buf());
            socket.close();
        }
        let (buffers, inbox) = open.endpoint.into_buffers();
        self.state = State::Closing {
            memory: Memory { buffers, inbox },
            why,
            deadline: uptime.saturating_add(CLOSING_TIME),
        };
    }

    #[inline(never)]
    fn free(&mut self) {
        let State::Closing { memory, why, .. } = mem::replace(&mut self.state, State::Moving) else { return };
        self.state = State::Free { memory, ended: Some(why) };
    }
}

impl Open {
    /// Does what the endpoint requests until it must wait, and returns whether there was anything to do.
    fn drive(
        &mut self,
        number: usize,
        socket: &mut tcp::Socket<'_>,
        around: &mut Surroundings<'_>,
    ) -> Result<bool, End> {
        let mut progress = false;
        loop {
            let mut cx = Context { entropy: &mut *around.entropy, now: around.now };
            match self.endpoint.process(&mut cx).map_err(End::Failed)? {
                Event::NeedRead if socket.can_recv() => {
                    let n = receive(socket, self.endpoint.recv_buf())?;
                    self.endpoint.recv_done(n);
                }
                Event::NeedRead if socket.state() == tcp::State::Closed => return Err(End::Reset),
                Event::NeedRead if !socket.may_recv() => self.endpoint.recv_end(),
                Event::NeedWrite if socket.can_send() => {
                    let n = socket.send_slice(self.endpoint.send_buf()).map_err(|_| End::Reset)?;
                    self.endpoint.send_done(n);
                }
                Event::NeedWrite if !socket.may_send() => return Err(End::Reset),
                // The client may wait for this side to read.
                Event::NeedWrite if socket.can_recv() => {
                    let n = receive(socket, self.endpoint.recv_buf())?;
                    if n == 0 {
                        return self.wait(progress, around.uptime);
                    }
                    self.endpoint.recv_done(n);
                }
                Event::NeedRead | Event::NeedWrite => return self.wait(progress, around.uptime),
                Event::Sign(request) => {
                    if !self.signing {
                        self.signing = (around.begin_signature)(&request.digest);
                    }
                    return self.wait(progress, around.uptime);
                }
                Event::VerifyPeer(chain) => {
                    let verdict = (around.verify)(chain, around.now);
                    self.endpoint.verify_done(verdict).map_err(End::Failed)?;
                }
                Event::Connected => {
                    if let Some(negotiated) = self.endpoint.negotiated() {
                        log::log(&log::Event::Connected { connection: number, negotiated });
                    }
                    self.deadline = around.uptime.saturating_add(IDLE_TIME);
                }
                Event::Message(received) => {
                    agent::answer(received, around.now, self.peer_port).map_err(|_| End::AnswerTooLong)?;
                    self.deadline = around.uptime.saturating_add(IDLE_TIME);
                }
                Event::PeerClosed => return Err(End::Closed),
            }
            progress = true;
        }
    }

    const fn wait(&self, progress: bool, uptime: Duration) -> Result<bool, End> {
        if uptime.as_micros() < self.deadline.as_micros() { Ok(progress) } else { Err(End::Silent) }
    }
}

/// Moves received bytes to the front of `room`.
fn receive(socket: &mut tcp::Socket<'_>, room: &mut [u8]) -> Result<usize, End> {
    socket.recv_slice(room).map_err(|_| End::Reset)
}
