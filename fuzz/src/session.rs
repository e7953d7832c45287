//! One session between a script and the rules that must hold whatever the script contains.

use lsam_core::UnixTime;
use lsam_core::tls::limits::{MAX_AEAD_OVERHEAD, MAX_FRAGMENT};
use lsam_core::tls::{Context, Error, Event, Misuse, Role, Session, SignerFailed};
use lsam_core::x509::CertificateError;

use crate::peer::Peer;
use crate::records::{self, Record};
use crate::steps::{Habits, Step};
use lsam_testing::transparent::{ToyEntropy, Transparent, living_keys};

/// The role of the session under test.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Server,
    Client,
}

/// A session with its host and a record of everything that went in and out.
pub(crate) struct Driver<'b, R: Role<Transparent>> {
    session: Session<'b, R, Transparent>,
    side: Side,
    send_buffer: usize,
    entropy: ToyEntropy,
    habits: Habits,
    pieces: usize,
    /// The state of the session.
    at: At,
    /// Everything that the transport delivered and accepted.
    received: Vec<u8>,
    sent: Vec<u8>,
    /// Application data, received and sent.
    taken: Vec<u8>,
    written: Vec<u8>,
    /// How the peer's records are sealed once it has sent ChangeCipherSpec.
    sealed_with_prefix: Option<usize>,
    connected: bool,
    closed: bool,
    steps: usize,
    calls: usize,
    keys_before: usize,
}

/// An event, without what it lends.
#[derive(Clone, Copy, Debug)]
enum At {
    NeedRead,
    NeedWrite,
    Sign,
    VerifyPeer,
    Connected,
    Data,
    PeerClosed,
    Failed(Error),
}

impl<'b, R: Role<Transparent>> Driver<'b, R> {
    /// `send_buffer` is the length of the buffer given to the session.
    pub(crate) fn new(
        session: impl FnOnce() -> Session<'b, R, Transparent>,
        side: Side,
        send_buffer: usize,
    ) -> Self {
        let keys_before = living_keys();
        let mut driver = Self {
            session: session(),
            side,
            send_buffer,
            entropy: ToyEntropy::new(1),
            habits: Habits::default(),
            pieces: 0,
            at: At::NeedRead,
            received: Vec::new(),
            sent: Vec::new(),
            taken: Vec::new(),
            written: Vec::new(),
            sealed_with_prefix: None,
            connected: false,
            closed: false,
            steps: 0,
            calls: 0,
            keys_before,
        };
        driver.run();
        driver
    }

    pub(crate) fn step(&mut self, step: &Step<'_>) {
        self.steps += 1;
        match *step {
            Step::Bytes(bytes) => self.receive(bytes),
            Step::Record(content_type, text) => self.receive_record(content_type, text),
            Step::Message(kind, body) => {
                self.receive_record(records::HANDSHAKE, &records::message(kind, body));
            }
            Step::ChangeCipherSpec => self.receive_record(records::CHANGE_CIPHER_SPEC, &[1]),
            Step::Finished => self.receive_record(records::HANDSHAKE, &records::message(20, &[0; 12])),
            Step::Sign(len) => self.sign(usize::from(len)),
            Step::Verify(answer) => self.verify(answer),
            Step::Write(len) => self.write(usize::from(len)),
            Step::Close => {
                self.closed = true;
                self.session.close();
            }
            Step::End => self.session.recv_end(),
            Step::Drain(len) => self.drain(usize::from(len)),
            Step::Habits(bits) => {
                self.habits = Habits::new(bits);
                self.entropy.fails = self.habits.has(Habits::HAS_NO_ENTROPY);
            }
            Step::Pieces(len) => self.pieces = usize::from(len),
            Step::Again => unreachable!("the caller begins sessions"),
        }
        self.run();
    }

    /// Completes a handshake with `peer`, which is dropped afterwards.
    pub(crate) fn meet<O: Role<Transparent>>(&mut self, mut peer: Peer<'_, O, Transparent>) {
        let (mut told, mut heard) = (0, Vec::new());
        loop {
            self.drain(usize::MAX);
            self.run();
            heard.clear();
            peer.run(&mut heard);
            let news = self.sent[told..].to_vec();
            told += peer.receive(&news, usize::MAX, &mut heard);
            if heard.is_empty() && told == self.sent.len() && self.session.send_buf().is_empty() {
                break;
            }
            self.receive(&heard);
        }
        self.sealed_with_prefix = Some(self.prefix());
    }

    pub(crate) const fn is_connected(&self) -> bool {
        self.connected
    }

    /// The transport delivers `bytes` in pieces of the requested size.
    pub(crate) fn receive(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let room = self.session.recv_buf();
            let piece = if self.pieces == 0 { bytes.len() } else { self.pieces };
            let n = room.len().min(bytes.len()).min(piece);
            room[..n].copy_from_slice(&bytes[..n]);
            self.session.recv_done(n);
            self.received.extend_from_slice(&bytes[..n]);
            bytes = &bytes[n..];
            self.run();
            if n == 0 && self.session.recv_buf().is_empty() {
                // The host is slow, or the session is over; the remaining bytes are lost.
                return;
            }
        }
    }

    fn receive_record(&mut self, content_type: u8, text: &[u8]) {
        let text = &text[..text.len().min(usize::from(u16::MAX) - MAX_AEAD_OVERHEAD)];
        let record = records::emit(content_type, text, self.sealed_with_prefix);
        if content_type == records::CHANGE_CIPHER_SPEC && self.sealed_with_prefix.is_none() {
            self.sealed_with_prefix = Some(self.prefix());
        }
        self.receive(&record);
    }

    /// The number of bytes before a ciphertext in this session.
    fn prefix(&self) -> usize {
        let server = match self.side {
            Side::Server => [self.sent.as_slice(), self.session.send_buf()].concat(),
            Side::Client => self.received.clone(),
        };
        records::nonce_prefix(&records::records(&server).0)
    }

    fn sign(&mut self, len: usize) {
        let asked = matches!(self.at, At::Sign);
        let signature = vec![0x30; len];
        let answer = if len == 0 { Err(SignerFailed) } else { Ok(signature.as_slice()) };
        let result = self.session.sign_done(answer);
        if !asked {
            assert_eq!(result, Err(Error::Misuse(Misuse::NotAsked)));
        }
    }

    fn verify(&mut self, answer: u8) {
        const REFUSALS: [CertificateError; 5] = [
            CertificateError::UnknownIssuer,
            CertificateError::Expired,
            CertificateError::Revoked,
            CertificateError::NameMismatch,
            CertificateError::NoTime,
        ];
        let asked = matches!(self.at, At::VerifyPeer);
        let verdict = match answer {
            0 => Ok(()),
            n => Err(REFUSALS[usize::from(n) % REFUSALS.len()]),
        };
        let result = self.session.verify_done(verdict);
        if !asked {
            assert_eq!(result, Err(Error::Misuse(Misuse::NotAsked)));
        } else if let Err(refusal) = verdict {
            assert_eq!(result, Err(Error::Certificate(refusal)));
        }
    }

    fn write(&mut self, len: usize) {
        let start = self.written.len();
        let data: Vec<u8> = (start..start + len).map(|n| n as u8).collect();
        let room = self.session.write_room();
        match self.session.write(&data) {
            Ok(n) => {
                assert!(self.connected && !self.is_failed(), "data is taken before there are keys");
                assert!(n <= len && n >= len.min(room), "{n} bytes of {len} taken where {room} fit");
                self.written.extend_from_slice(&data[..n]);
            }
            Err(error) => match self.at {
                At::Failed(first) => assert_eq!(error, first),
                _ if self.connected => assert_eq!(error, Error::Misuse(Misuse::AlreadyClosed)),
                _ => assert_eq!(error, Error::Misuse(Misuse::NotConnected)),
            },
        }
    }

    fn drain(&mut self, most: usize) {
        let waiting = self.session.send_buf();
        assert!(waiting.len() <= self.send_buffer);
        let n = waiting.len().min(most);
        self.sent.extend_from_slice(&waiting[..n]);
        self.session.send_done(n);
    }

    const fn is_failed(&self) -> bool {
        matches!(self.at, At::Failed(_))
    }

    /// Lets the session continue until it needs something that the host does not do automatically.
    fn run(&mut self) {
        loop {
            let before = self.at;
            self.at = self.process();
            if let At::Failed(error) = before {
                assert!(
                    matches!(self.at, At::Failed(again) if again == error),
                    "{error:?}, then {:?}",
                    self.at
                );
            }
            match self.at {
                At::NeedWrite if !self.habits.has(Habits::WAITS_TO_DRAIN) => self.drain(usize::MAX),
                At::Sign if !self.habits.has(Habits::WAITS_TO_ANSWER) => self.sign(8),
                At::VerifyPeer if !self.habits.has(Habits::WAITS_TO_ANSWER) => self.verify(0),
                At::Connected => {
                    assert!(!self.connected, "connected twice");
                    self.connected = true;
                }
                At::Data if !self.habits.has(Habits::WAITS_TO_TAKE) => self.take_data(),
                _ => break,
            }
        }
        // A second call returns the same result.
        let again = self.process();
        assert_eq!(
            std::mem::discriminant(&self.at),
            std::mem::discriminant(&again),
            "{:?}, {again:?}",
            self.at
        );
        self.check_state();
    }

    fn context<'c>(entropy: &'c mut ToyEntropy, habits: Habits) -> Context<'c> {
        let now = UnixTime(if habits.has(Habits::LATER) { 1_900_000_000 } else { 1_800_000_000 });
        Context { entropy, now: (!habits.has(Habits::HAS_NO_CLOCK)).then_some(now) }
    }

    fn process(&mut self) -> At {
        self.calls += 1;
        let bound = 64 + 8 * (self.steps + self.received.len() + self.sent.len() + self.taken.len());
        assert!(self.calls < bound, "{} calls, and still {:?}", self.calls, self.at);
        let mut cx = Self::context(&mut self.entropy, self.habits);
        match self.session.process(&mut cx) {
            Ok(Event::NeedRead) => At::NeedRead,
            Ok(Event::NeedWrite) => At::NeedWrite,
            Ok(Event::Sign(_)) => At::Sign,
            Ok(Event::VerifyPeer(chain)) => {
                assert!(chain.leaf().is_some(), "nothing to judge");
                At::VerifyPeer
            }
            Ok(Event::Connected) => At::Connected,
            Ok(Event::Data(mut data)) => {
                assert!(!data.bytes().is_empty(), "data without bytes");
                At::Data
            }
            Ok(Event::PeerClosed) => At::PeerClosed,
            Err(error) => At::Failed(error),
        }
    }

    fn take_data(&mut self) {
        let mut cx = Self::context(&mut self.entropy, self.habits);
        let Ok(Event::Data(mut data)) = self.session.process(&mut cx) else { panic!("data is gone") };
        let n = if self.pieces == 0 { data.bytes().len() } else { data.bytes().len().min(self.pieces) };
        self.taken.extend_from_slice(&data.bytes()[..n]);
        data.take(n);
    }

    /// The rules that hold whenever the session waits.
    fn check_state(&mut self) {
        let failed = self.is_failed();
        assert_eq!(self.session.negotiated().is_some(), self.connected && !failed);
        match self.at {
            At::NeedRead => assert!(!self.session.recv_buf().is_empty(), "bytes are asked for, and no room"),
            At::NeedWrite => assert!(!self.session.send_buf().is_empty(), "nothing to take"),
            At::Failed(error) => {
                assert!(error != Error::Bug, "a rule of the engine was broken");
                assert!(!matches!(error, Error::Misuse(_)), "a call at the wrong time ended the session");
                assert_eq!(living_keys(), self.keys_before, "keys outlive the session");
            }
            _ => {}
        }
    }

    /// What must hold for everything that was sent by the end of the script.
    pub(crate) fn finish(self) {
        let sent = [self.sent.as_slice(), self.session.send_buf()].concat();
        let (sent, rest) = records::records(&sent);
        assert!(rest.is_empty(), "a record that is not whole");
        let (received, _) = records::records(&self.received);
        let prefix = records::nonce_prefix(if self.side == Side::Server { &sent } else { &received });
        self.check_sent(&sent, prefix);
        self.check_alerts(&sent, prefix);
        self.check_taken(&received, prefix);
        self.check_finished(&received, prefix);
    }

    /// No handshake is complete before the peer's Finished has proven that it saw the same messages.
    fn check_finished(&self, received: &[Record<'_>], prefix: usize) {
        let sealed =
            received.iter().filter(|record| record.content_type == records::HANDSHAKE && record.sealed);
        let text: Vec<u8> = sealed.filter_map(|record| record.text(prefix)).flatten().copied().collect();
        // The toy provider turns any messages and secret into zeros.
        let right = text.starts_with(&records::message(20, &[0; 12]));
        assert!(right || !self.connected, "connected without the right Finished");
    }

    fn check_sent(&self, sent: &[Record<'_>], prefix: usize) {
        let mut data = Vec::new();
        let mut sequence = 0_u64;
        for record in sent {
            let text = record.text(prefix).expect("a record shorter than its nonce and tag");
            assert!((20..24).contains(&record.content_type) && text.len() <= MAX_FRAGMENT);
            if record.sealed {
                let expected = sequence.to_be_bytes();
                assert_eq!(record.body[..prefix], expected[..prefix], "a nonce out of order");
                assert_eq!(record.tag(), [0; 16]);
                sequence += 1;
            }
            if record.content_type == records::APPLICATION_DATA {
                assert!(record.sealed, "data in the clear");
                data.extend_from_slice(text);
            }
        }
        assert!(data == self.written, "what was written is not what was sent");
        let between_messages = !matches!(self.at, At::NeedWrite | At::Failed(_));
        let (_, rest) = records::messages(sent);
        assert!(!between_messages || rest.is_empty(), "a handshake message that is not whole");
    }

    /// An alert ends what this side sends. It is fatal exactly if the session ended with an error that has an
    /// alert.
    fn check_alerts(&self, sent: &[Record<'_>], prefix: usize) {
        let last = sent.iter().position(|record| {
            record.content_type == records::ALERT && matches!(record.text(prefix), Some([2, _] | [1, 0]))
        });
        if let Some(last) = last {
            assert_eq!(last + 1, sent.len(), "something follows the last alert");
        }
        let alert = last.and_then(|last| sent[last].text(prefix));
        let due = match self.at {
            At::Failed(error) => error.alert(),
            _ => None,
        };
        match (alert, due) {
            (Some([1, 0]), _) => {}
            (Some([2, code]), Some(due)) => assert_eq!(*code, due.0),
            (alert, due) => assert!(alert.is_none() && due.is_none(), "{alert:?} sent, {due:?} due"),
        }
    }

    /// The data delivered is the data that the peer sent, up to where the session or the host stopped.
    fn check_taken(&self, received: &[Record<'_>], prefix: usize) {
        let data = received.iter().filter(|record| record.content_type == records::APPLICATION_DATA);
        let expected: Vec<u8> = data.filter_map(|record| record.text(prefix)).flatten().copied().collect();
        assert!(expected.starts_with(&self.taken), "data that nobody sent");
        if matches!(self.at, At::NeedRead) {
            assert!(expected.len() == self.taken.len(), "data that did not arrive");
        }
    }
}
