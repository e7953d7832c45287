//! A connection to the runner, from the first byte to the last.

use std::io::{self, Read, Write};
use std::net::TcpStream;

use lsam_conformance::FileHost;
use lsam_core::crypto::Provider;
use lsam_core::io::Host;
use lsam_core::tls::limits::MAX_SIGNATURE;
use lsam_core::tls::{Context, Error, Event, Role, Session};

use crate::expectations;
use crate::failure::Failure;
use crate::flags::Flags;

/// What the runner expects of a shim that writes first.
const FIRST_WRITE: &[u8] = b"hello";
/// How much is read at a time, so that records arrive in several reads.
const READ_SIZE: usize = 512;
/// Lengths around the limits of records.
const RECORD_SIZES: [usize; 11] = [0, 1, 255, 256, 257, 16383, 16384, 16385, 32767, 32768, 32769];

/// A session and its transport.
pub(crate) struct Connection<'b, R: Role<P>, P: Provider> {
    stream: &'b TcpStream,
    session: Session<'b, R, P>,
    flags: &'b Flags,
    host: FileHost<'b>,
    peer_chain: Vec<Vec<u8>>,
    /// The rest of the first write waits until data has arrived.
    held_back: bool,
}

/// What was received.
#[derive(Debug, PartialEq, Eq)]
enum Received {
    Connected,
    Data(Vec<u8>),
    PeerClosed,
}

impl<'b, R: Role<P>, P: Provider> Connection<'b, R, P> {
    pub(crate) const fn new(
        stream: &'b TcpStream,
        session: Session<'b, R, P>,
        flags: &'b Flags,
        host: FileHost<'b>,
    ) -> Self {
        Self { stream, session, flags, host, peer_chain: Vec::new(), held_back: false }
    }

    /// The whole exchange of the runner's tests.
    pub(crate) fn run(mut self) -> Result<(), Failure> {
        let script = &self.flags.script;
        if self.receive()? != Received::Connected {
            return Err(Failure::Check("data before the handshake was complete".into()));
        }
        self.flush();
        if script.never_done {
            return Err(Failure::Check("the handshake was completed".into()));
        }
        let negotiated = self.session.negotiated().ok_or(Failure::Tls(Error::Bug))?;
        expectations::check(self.flags, &negotiated, &self.peer_chain)?;

        if script.different_record_sizes {
            for size in RECORD_SIZES {
                self.send(&vec![0x42; size])?;
            }
        } else {
            if script.unfinished_write {
                self.hold_back(FIRST_WRITE)?;
            } else if script.writes_first {
                self.send(FIRST_WRITE)?;
            }
            if !script.shuts_down {
                self.echo()?;
            }
        }
        self.shut_down()
    }

    /// Echoes the data received, with every bit flipped, until the peer closes.
    fn echo(&mut self) -> Result<(), Failure> {
        loop {
            let mut data = match self.receive() {
                Ok(Received::Data(data)) => data,
                Ok(Received::PeerClosed) => return Ok(()),
                Ok(Received::Connected) => return Err(Failure::Check("connected twice".into())),
                // The runner accepts this end if the test is only about closing.
                Err(Failure::Tls(Error::Truncated)) if !self.flags.script.check_close_notify => return Ok(()),
                Err(failure) => return Err(failure),
            };
            self.held_back = false;
            data.iter_mut().for_each(|byte| *byte = !*byte);
            self.send(&data)?;
        }
    }

    /// Ends the connection: with close_notify from both sides if that is tested, otherwise as it is.
    fn shut_down(&mut self) -> Result<(), Failure> {
        if !self.flags.script.check_close_notify {
            return Ok(());
        }
        self.session.close();
        self.flush();
        match self.receive()? {
            Received::PeerClosed => Ok(()),
            Received::Data(_) | Received::Connected => {
                Err(Failure::Check(":ApplicationDataOnShutdown:".into()))
            }
        }
    }

    /// Does what the session requires until there is something to report.
    fn receive(&mut self) -> Result<Received, Failure> {
        loop {
            let now = self.host.now();
            let mut context = Context { entropy: self.host.entropy(), now };
            match self.session.process(&mut context) {
                Ok(Event::NeedRead) => self.read()?,
                Ok(Event::NeedWrite) if self.held_back => self.read()?,
                Ok(Event::NeedWrite) => self.flush(),
                Ok(Event::Sign(request)) => {
                    let mut signature = [0; MAX_SIGNATURE];
                    let made = self.host.sign(&request, &mut signature);
                    let made = made.map(|len| signature.get(..len).unwrap_or_default());
                    // `process` reports the result.
                    let _ = self.session.sign_done(made);
                }
                Ok(Event::VerifyPeer(chain)) => {
                    self.peer_chain = chain.iter().map(<[u8]>::to_vec).collect();
                    let verdict = self.host.verify_peer(chain);
                    let _ = self.session.verify_done(verdict);
                }
                Ok(Event::Connected) => return Ok(Received::Connected),
                Ok(Event::Data(mut data)) => {
                    let len = data.bytes().len().min(self.flags.script.read_size.unwrap_or(READ_SIZE));
                    let taken = data.bytes().get(..len).unwrap_or_default().to_vec();
                    if self.flags.script.peek_then_read {
                        self.look_again(&taken)?;
                    } else {
                        data.take(len);
                    }
                    return Ok(Received::Data(taken));
                }
                Ok(Event::PeerClosed) => return Ok(Received::PeerClosed),
                Err(error) => {
                    // The alert is a courtesy; what counts is why the session ended.
                    self.flush();
                    return Err(error.into());
                }
            }
        }
    }

    /// Unconsumed data must be reported again; then it is consumed.
    fn look_again(&mut self, seen: &[u8]) -> Result<(), Failure> {
        let now = self.host.now();
        let mut context = Context { entropy: self.host.entropy(), now };
        if let Event::Data(mut data) = self.session.process(&mut context)?
            && data.bytes().starts_with(seen)
        {
            data.take(seen.len());
            return Ok(());
        }
        Err(Failure::Check("data that was not taken is gone".into()))
    }

    fn read(&mut self) -> Result<(), Failure> {
        let room = self.session.recv_buf();
        let len = if self.flags.script.bytewise { 1 } else { room.len() };
        match self.stream.read(room.get_mut(..len).unwrap_or_default()) {
            Ok(0) => self.session.recv_end(),
            Ok(n) => self.session.recv_done(n),
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => self.session.recv_end(),
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    fn send(&mut self, data: &[u8]) -> Result<(), Failure> {
        let mut rest = data;
        while !rest.is_empty() {
            let taken = self.session.write(rest)?;
            rest = rest.get(taken..).unwrap_or_default();
            self.flush();
        }
        Ok(())
    }

    /// Seals `data` and sends only one byte of it.
    fn hold_back(&mut self, data: &[u8]) -> Result<(), Failure> {
        self.session.write(data)?;
        let n = self.stream.write(self.session.send_buf().get(..1).unwrap_or_default())?;
        self.session.send_done(n);
        self.held_back = true;
        Ok(())
    }

    fn flush(&mut self) {
        while !self.session.send_buf().is_empty() {
            let waiting = self.session.send_buf();
            let len = if self.flags.script.bytewise { 1 } else { waiting.len() };
            match self.stream.write(waiting.get(..len).unwrap_or_default()) {
                Ok(n) => self.session.send_done(n),
                // The peer accepts no more, but may have sent the reason before.
                Err(_) => self.session.send_done(usize::MAX),
            }
        }
    }
}

/// Reads to the end, ignoring the data.
pub(crate) fn drain(mut stream: &TcpStream) {
    let _ = io::copy(&mut stream, &mut io::sink());
}
