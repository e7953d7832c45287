//! The agent's end of a connection, with and without TLS, and the messages on it.

use lsam_core::UnixTime;
use lsam_core::agent::{
    CheckCrc, ErrorMessage, FrameError, FrameHeader, List, MAX_BODY, MachineStatus, MachineStatusRequest,
    MessageError,
};
use lsam_core::endpoint::{Endpoint, Error, Event, Plain, Transport};
use lsam_core::tls::{self, Buffers, Client, ClientSession, Context, Server, ServerSession};

use crate::peer::Peer;
use crate::script::Script;
use crate::setup::{BufferSizes, ClientSetUp, ServerSetUp};
use lsam_testing::transparent::{ToyEntropy, Transparent, signature_of};

/// Target `endpoint`: three bytes of setup, then what both sides do.
pub fn endpoint(input: &[u8]) {
    let mut script = Script::new(input);
    let bits = script.u8();
    let sizes = [0x1_0010, 16, 64, 300, 700, 4096, 1 << 15, 0x1_0000];
    let mut inbox = vec![0; sizes[usize::from(script.u8() & 7)]];
    let buffers = BufferSizes(script.u8());
    let [mut recv, mut send] = buffers.memory();
    let check = if bits & 2 == 0 { CheckCrc::On } else { CheckCrc::Off };
    let inbox = inbox.as_mut_slice();
    if bits & 1 == 0 {
        let plain = Plain::new(&mut recv, &mut send);
        Connection::new(Endpoint::new(Transport::Plain(plain), check, inbox), None, check)
            .follow(&mut script);
        return;
    }
    let server_config = ServerSetUp::default().config();
    let client_config = ClientSetUp::default().config();
    let session = ServerSession::new(&server_config, Buffers { recv: &mut recv, send: &mut send });
    let [mut recv, mut send] = BufferSizes::default().memory();
    let peer = ClientSession::new(&client_config, Buffers { recv: &mut recv, send: &mut send });
    let transport = Transport::Tls(session.expect("a valid configuration"));
    let peer = Peer::new(peer.expect("a valid configuration"), 1);
    Connection::new(Endpoint::new(transport, check, inbox), Some(peer), check).follow(&mut script);
}

type Agent<'b> = Endpoint<'b, Server<'b, Transparent>, Transparent>;

/// The endpoint with its host and, if TLS is on, the peer's TLS session.
struct Connection<'b> {
    agent: Agent<'b>,
    peer: Option<Peer<'b, Client<'b, Transparent>, Transparent>>,
    check: CheckCrc,
    entropy: ToyEntropy,
    at: At,
    /// What the peer sent, as frames, and how much of it is still in transit.
    said: Vec<u8>,
    on_its_way: Vec<u8>,
    /// What the agent's host received.
    heard: Vec<Heard>,
    /// What the transport accepted from the agent.
    sent: Vec<u8>,
    reply: u8,
    waits_to_drain: bool,
    connected: bool,
    closed: bool,
    queued: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    NeedRead,
    NeedWrite,
    PeerClosed,
    Failed(Error),
}

/// A message as the host receives it: type, correlation, body or error.
#[derive(Debug, PartialEq, Eq)]
struct Heard(u8, Option<u32>, Result<Vec<u8>, MessageError>);

impl<'b> Connection<'b> {
    fn new(
        agent: Agent<'b>,
        peer: Option<Peer<'b, Client<'b, Transparent>, Transparent>>,
        check: CheckCrc,
    ) -> Self {
        let mut connection = Self {
            agent,
            peer,
            check,
            entropy: ToyEntropy::new(1),
            at: At::NeedRead,
            said: Vec::new(),
            on_its_way: Vec::new(),
            heard: Vec::new(),
            sent: Vec::new(),
            reply: 0,
            waits_to_drain: false,
            connected: false,
            closed: false,
            queued: 0,
        };
        connection.run();
        if connection.peer.is_some() {
            // Four flights, and the peer's last data.
            for _ in 0..3 {
                connection.pass_on(usize::MAX);
            }
        }
        assert!(connection.connected);
        connection
    }

    fn follow(mut self, script: &mut Script<'_>) {
        while !script.is_empty() {
            match script.u8() % 11 {
                0 => self.say(script.vec16()),
                1 => {
                    let (number, correlation, body) = (script.u8(), script.u8(), script.vec16());
                    self.say(&frame(number, u32::from(correlation), body, self.check));
                }
                2 => self.pass_on(usize::from(script.u16())),
                3 => self.reply = script.u8(),
                4 => self.send(script.u8()),
                5 => {
                    self.closed = true;
                    self.agent.close();
                }
                6 => {
                    self.pass_on(usize::MAX);
                    self.agent.recv_end();
                }
                7 => self.drain(usize::from(script.u16())),
                8 => self.waits_to_drain = !self.waits_to_drain,
                9 => {
                    if let Some(peer) = &mut self.peer {
                        peer.session.close();
                    }
                }
                // Two requests with an answer each, as from a scheduling server.
                _ => {
                    self.reply = 1;
                    self.say(&frame(4, 5, &[], self.check).repeat(2));
                }
            }
            self.run();
        }
        self.pass_on(usize::MAX);
        self.finish();
    }

    /// The peer sends `bytes`; they arrive once they are carried.
    fn say(&mut self, bytes: &[u8]) {
        let Some(peer) = &mut self.peer else {
            self.said.extend_from_slice(bytes);
            self.on_its_way.extend_from_slice(bytes);
            return;
        };
        let n = peer.session.write(bytes).unwrap_or(0);
        self.said.extend_from_slice(&bytes[..n]);
        peer.run(&mut self.on_its_way);
    }

    /// Carries at most `most` bytes to the agent, and everything that the agent sends to the peer.
    fn pass_on(&mut self, most: usize) {
        if let Some(peer) = &mut self.peer {
            peer.run(&mut self.on_its_way);
        }
        let mut left = most.min(self.on_its_way.len());
        while left > 0 {
            let room = self.agent.recv_buf();
            let n = room.len().min(left);
            if n == 0 {
                break;
            }
            room[..n].copy_from_slice(&self.on_its_way[..n]);
            self.agent.recv_done(n);
            self.on_its_way.drain(..n);
            left -= n;
            self.run();
        }
    }

    /// Queues a message from the agent.
    fn send(&mut self, kind: u8) {
        let text = "t".repeat(usize::from(kind));
        let result = match kind % 2 {
            0 => self.agent.send(&MachineStatusRequest {}, 9),
            _ => self.agent.send(&status(&text), 9),
        };
        self.queued += usize::from(result.is_ok());
    }

    fn drain(&mut self, most: usize) {
        let waiting = self.agent.send_buf();
        let n = waiting.len().min(most);
        let bytes = waiting[..n].to_vec();
        self.sent.extend_from_slice(&bytes);
        self.agent.send_done(n);
        if let Some(peer) = &mut self.peer {
            peer.receive(&bytes, usize::MAX, &mut self.on_its_way);
        }
    }

    fn run(&mut self) {
        let mut calls = 0;
        loop {
            calls += 1;
            let bound = 64 + 8 * (self.said.len() + self.heard.len() + self.queued);
            assert!(calls < bound, "{calls} calls, and still {:?}", self.at);
            let before = self.at;
            let mut cx = Context { entropy: &mut self.entropy, now: Some(UnixTime(1_800_000_000)) };
            let at = match self.agent.process(&mut cx) {
                Ok(Event::NeedRead) => At::NeedRead,
                Ok(Event::NeedWrite) => At::NeedWrite,
                Ok(Event::Sign(request)) => {
                    let signature = signature_of(request.digest.as_ref()).to_vec();
                    self.agent.sign_done(Ok(&signature)).expect("an answer that is asked for");
                    continue;
                }
                Ok(Event::VerifyPeer(_)) => unreachable!("no certificate is asked for"),
                Ok(Event::Connected) => {
                    assert!(!self.connected, "connected twice");
                    self.connected = true;
                    continue;
                }
                Ok(Event::Message(received)) => {
                    let kind = received.message_type.0;
                    let (correlation, body) = match received.frame {
                        Ok(frame) => (Some(frame.correlation), Ok(frame.body.to_vec())),
                        Err(error) => (None, Err(error)),
                    };
                    self.heard.push(Heard(kind, correlation, body));
                    let result = match self.reply {
                        0 => continue,
                        1 => received.reply.send(&status("host")),
                        _ => received.reply.send(&ErrorMessage::from(MessageError::UnknownType)),
                    };
                    self.queued += usize::from(result.is_ok());
                    continue;
                }
                Ok(Event::PeerClosed) => At::PeerClosed,
                Err(error) => At::Failed(error),
            };
            if let At::Failed(error) = before {
                assert_eq!(at, At::Failed(error), "another end than before");
            }
            self.at = at;
            match at {
                At::NeedWrite if !self.waits_to_drain => self.drain(usize::MAX),
                At::NeedWrite => {
                    assert!(!self.agent.send_buf().is_empty(), "nothing to take");
                    break;
                }
                At::NeedRead => {
                    assert!(!self.agent.recv_buf().is_empty(), "bytes are asked for, and no room");
                    break;
                }
                At::PeerClosed | At::Failed(_) => break,
            }
        }
    }

    fn finish(mut self) {
        let (expected, error) = cut(&self.said, self.check);
        assert!(
            expected.len() >= self.heard.len() && self.heard == expected[..self.heard.len()],
            "{:?}",
            self.heard
        );
        match self.at {
            At::Failed(Error::Tls(tls::Error::Misuse(misuse))) => {
                panic!("the endpoint ended itself by {misuse:?}")
            }
            At::Failed(Error::Tls(tls::Error::Bug)) => panic!("a rule of the engine was broken"),
            At::Failed(Error::Frame(found)) => assert_eq!(error, Some(found)),
            // Everything that was sent has arrived.
            At::NeedRead if self.on_its_way.is_empty() && !self.closed => {
                assert_eq!((self.heard.len(), error), (expected.len(), None));
            }
            _ => {}
        }
        self.check_sent();
    }

    /// The peer reads complete frames, except for the last one if the connection is over.
    fn check_sent(&mut self) {
        self.waits_to_drain = false;
        self.drain(usize::MAX);
        self.run();
        let sent = self.peer.as_ref().map_or(&self.sent, |peer| &peer.data);
        let (frames, error) = cut(sent, self.check);
        assert_eq!(error, None, "{sent:02x?}");
        assert!(frames.iter().all(|Heard(_, _, body)| body.is_ok()), "{frames:?}");
        assert!(frames.len() <= self.queued);
        if self.at == At::NeedRead && !self.closed {
            assert_eq!(frames.len(), self.queued, "messages that were not sent");
        }
    }
}

pub(crate) fn status(text: &str) -> MachineStatus<'_> {
    MachineStatus {
        time: 1_800_000_000,
        time_zone: "UTC",
        utc_offset: -60,
        agent_version: text,
        os_type: text,
        os_version: text,
        host_name: text,
        agent_name: "agent",
        agent_socket: 3100,
        jors_socket: 3110,
        max_jobs: 10,
        protocol: "TCP/IP",
        check_crc: true,
        accepted_addresses: List::new(&[]),
        smanetcom_socket: 1,
        cpu_type: text,
        cpu_model: text,
        cpu_count: 2,
        jors: true,
    }
}

/// A frame as documented, with an independently computed CRC.
pub(crate) fn frame(number: u8, correlation: u32, body: &[u8], check: CheckCrc) -> Vec<u8> {
    let mut frame = [b"LS\x01".as_slice(), &[number], &correlation.to_be_bytes()].concat();
    frame.extend((body.len() as u32).to_be_bytes());
    let crc = if check == CheckCrc::On { crc(&[&frame, body]) } else { 0 };
    frame.extend(crc.to_be_bytes());
    frame.extend(body);
    frame
}

/// CRC-32 (IEEE 802.3), bit by bit.
fn crc(parts: &[&[u8]]) -> u32 {
    let mut crc = u32::MAX;
    for byte in parts.iter().copied().flatten() {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = (crc >> 1) ^ if crc & 1 == 1 { 0xedb8_8320 } else { 0 };
        }
    }
    !crc
}

/// The complete frames of a stream, and the reason if it can't be read further.
fn cut(mut stream: &[u8], check: CheckCrc) -> (Vec<Heard>, Option<FrameError>) {
    let mut frames = Vec::new();
    loop {
        let error = match stream {
            [21 | 22, ..] => Some(FrameError::Tls),
            [a, ..] if *a != b'L' => Some(FrameError::BadMagic),
            [_, b, ..] if *b != b'S' => Some(FrameError::BadMagic),
            [_, _, version, ..] if *version != 1 => Some(FrameError::BadVersion(*version)),
            _ => None,
        };
        let Some((header, rest)) =
            stream.split_first_chunk::<{ FrameHeader::LEN }>().filter(|_| error.is_none())
        else {
            return (frames, error);
        };
        let number =
            |at: usize| u32::from_be_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]);
        let (correlation, len) = (number(4), number(8));
        if len as usize > MAX_BODY {
            return (frames, Some(FrameError::BodyTooLong(len)));
        }
        let Some((body, rest)) = rest.split_at_checked(len as usize) else { return (frames, None) };
        let is_right = check == CheckCrc::Off || number(12) == crc(&[&header[..12], body]);
        frames.push(match is_right {
            true => Heard(header[3], Some(correlation), Ok(body.to_vec())),
            false => Heard(header[3], None, Err(MessageError::BadCrc)),
        });
        stream = rest;
    }
}
