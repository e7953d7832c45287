//! The session: ports for bytes, and the loop that turns records into events.

use super::alert::AlertLevel;
use super::codes::{AlertDescription, ContentType, HandshakeType};
use super::context::{Buffers, Context};
use super::data::{AppData, DataWriter};
use super::error::{Error, FromPeer, Misbehaved, Misuse, Structure};
use super::event::{Event, Negotiated, SignRequest, SignerFailed};
use super::limits::{MAX_EMPTY_RECORDS, MAX_SIGNATURE, RECV_BUFFER_MIN, SEND_BUFFER_MIN};
use super::message::Handshake;
use super::record::{Opened, Opener, RecvBuffer, SendBuffer};
use super::role::{Link, Role, Want};
use super::tls12::warnings::{Reaction, Warnings};
use crate::crypto::Provider;
use crate::wire::{DecodeError, Reader};
use crate::x509::{CertificateError, CertificateList};

/// One TLS 1.2 connection, in the role of `M`: [`super::ServerSession`] or [`super::ClientSession`].
///
/// It does no I/O. The host calls [`Self::process`] and does what the returned [`Event`] requests:
///
/// ```text
///   transport ──▶ recv_buf / recv_done ──▶ process ──▶ Event::Data, Event::Connected …
///   transport ◀── send_buf / send_done ◀── write, close, process
///                                          process ──▶ Event::Sign       ──▶ sign_done
///                                          process ──▶ Event::VerifyPeer ──▶ verify_done
/// ```
///
/// Received data is returned before the session waits to write to the transport. However, a host that does
/// nothing else until `send_buf` is empty deadlocks if its peer does the same: each waits for the other to
/// read. While the transport accepts no bytes, read from it as long as `recv_buf` has room.
pub struct Session<'b, M: Role<P>, P: Provider> {
    recv: RecvBuffer<'b>,
    opener: Opener<P>,
    send: SendBuffer<'b, P>,
    /// After an error, the state and its keys have been wiped.
    machine: Result<M, Error>,
    flow: Flow,
    warnings: Warnings,
}

/// The state of the record stream, apart from the handshake.
#[derive(Default)]
struct Flow {
    connected_told: bool,
    close_sent: bool,
    close_received: bool,
    transport_ended: bool,
    empty_records: u8,
    /// Why a [`DataWriter`] could not seal its data.
    write_failed: Option<Error>,
}

/// An event that does not borrow from the session yet.
enum Signal {
    NeedRead,
    NeedWrite,
    Sign(SignRequest),
    VerifyPeer,
    Connected,
    Data,
    PeerClosed,
}

impl<'b, M: Role<P>, P: Provider> Session<'b, M, P> {
    pub(super) fn with_machine(machine: M, buffers: Buffers<'b>) -> Result<Self, Error> {
        if buffers.recv.len() < RECV_BUFFER_MIN {
            return Err(Error::recv_buffer_too_small(RECV_BUFFER_MIN));
        }
        if buffers.send.len() < SEND_BUFFER_MIN {
            return Err(Error::SendBufferTooSmall);
        }
        Ok(Self {
            opener: Opener::new(buffers.recv.len()),
            recv: RecvBuffer::new(buffers.recv),
            send: SendBuffer::new(buffers.send),
            machine: Ok(machine),
            flow: Flow::default(),
            warnings: Warnings::default(),
        })
    }

    /// Runs until there is something for the host to do, and returns it.
    ///
    /// # Errors
    /// The session has ended: its keys are wiped, the alert for the peer is in [`Self::send_buf`], and every
    /// further call returns the same error.
    pub fn process(&mut self, cx: &mut Context<'_>) -> Result<Event<'_>, Error> {
        match self.turn(cx) {
            Ok(signal) => self.event(signal),
            Err(error) => Err(self.fail(error)),
        }
    }

    /// Space for bytes from the transport. After writing some to its front, call [`Self::recv_done`]. This is
    /// allowed at any time, not only after [`Event::NeedRead`]. The slice is empty while data waits to be
    /// taken, and after [`Self::recv_end`]: do not read from the transport then.
    pub fn recv_buf(&mut self) -> &mut [u8] {
        if self.flow.transport_ended { &mut [] } else { self.recv.free() }
    }

    /// Reports that `n` bytes from the transport are at the front of the slice that [`Self::recv_buf`]
    /// returned.
    pub fn recv_done(&mut self, n: usize) {
        self.recv.filled(n);
    }

    /// Reports that the transport has ended: no more bytes will arrive.
    pub const fn recv_end(&mut self) {
        self.flow.transport_ended = true;
    }

    /// Whether the receive buffer holds bytes that have not been taken yet: after [`Event::NeedRead`], the
    /// beginning of a record or of a handshake message.
    pub const fn has_partial_input(&self) -> bool {
        self.recv.has_input()
    }

    /// Bytes for the transport. After it has accepted some from the front, call [`Self::send_done`].
    pub fn send_buf(&self) -> &[u8] {
        self.send.filled()
    }

    /// Reports that the transport has accepted `n` bytes from the front of [`Self::send_buf`].
    pub fn send_done(&mut self, n: usize) {
        self.send.drained(n);
    }

    /// Seals as much application data into the send buffer as fits, and returns its length.
    ///
    /// # Errors
    /// [`Error::Misuse`] before [`Event::Connected`] and after [`Self::close`]; after the session has failed,
    /// its error.
    pub fn write(&mut self, data: &[u8]) -> Result<usize, Error> {
        self.check_writable()?;
        let mut rest = data;
        while !rest.is_empty() {
            let (head, tail) = rest.split_at_checked(self.send.room()).unwrap_or((rest, &[]));
            if head.is_empty() {
                break;
            }
            self.send
                .message(ContentType::APPLICATION_DATA, &mut |w| w.bytes(head))
                .map_err(|error| self.fail(error))?;
            rest = tail;
        }
        Ok(data.len() - rest.len())
    }

    /// Both directions: the data of [`Event::Data`], until it has been taken, and a writer for answering
    /// while the data is borrowed.
    pub fn split(&mut self) -> (Option<AppData<'_>>, DataWriter<'_>) {
        let writable = self.check_writable();
        let data = self.recv.data().filter(|_| self.machine.is_ok());
        (data, DataWriter::new(&mut self.send, writable, &mut self.flow.write_failed))
    }

    /// How many bytes one [`Self::write`] would accept now, up to a full record.
    pub fn write_room(&self) -> usize {
        self.send.room()
    }

    /// Closes this side: queues close_notify after what was written (RFC 5246 section 7.2.1). The peer
    /// answers with its own, which [`Event::PeerClosed`] reports; there is no need to wait for it. Before
    /// [`Event::Connected`], this ends the session with [`Error::Closed`], since the remaining handshake
    /// messages cannot follow close_notify.
    pub fn close(&mut self) {
        if self.machine.is_ok() && !self.flow.close_sent {
            self.flow.close_sent = true;
            let queued = self.send.last_alert(AlertLevel::Warning, AlertDescription::CLOSE_NOTIFY);
            if let Err(error) = queued {
                self.fail(error);
            } else if self.negotiated().is_none() {
                self.fail(Error::Closed);
            }
        }
    }

    /// Answers [`Event::Sign`].
    ///
    /// # Errors
    /// [`Error::Misuse`] if no signature was requested or the signature is too long; the session does not
    /// change. [`Error::SignerFailed`] ends the session.
    pub fn sign_done(&mut self, signature: Result<&[u8], SignerFailed>) -> Result<(), Error> {
        if !matches!(self.machine.as_ref().map(M::want), Ok(Want::Sign(_))) {
            return Err(Error::Misuse(Misuse::NotAsked));
        }
        match signature {
            Ok(bytes) if bytes.len() > MAX_SIGNATURE => Err(Error::Misuse(Misuse::SignatureTooLong)),
            Ok(bytes) => self.step(|machine, _, link| machine.signed(bytes, link)),
            Err(SignerFailed) => Err(self.fail(Error::SignerFailed)),
        }
    }

    /// Answers [`Event::VerifyPeer`]. `Ok` means that the chain is trusted, including its names and
    /// revocation status. The session itself verifies that the peer holds the leaf's key.
    ///
    /// # Errors
    /// [`Error::Misuse`] if no verdict was requested; the session does not change. A rejection ends the
    /// session.
    pub fn verify_done(&mut self, verdict: Result<(), CertificateError>) -> Result<(), Error> {
        if !matches!(self.machine.as_ref().map(M::want), Ok(Want::Verify)) {
            return Err(Error::Misuse(Misuse::NotAsked));
        }
        if let Err(refusal) = verdict {
            return Err(self.fail(refusal.into()));
        }
        self.step(|machine, recv, _| {
            let message = Handshake::first_of(recv.handshake())?.ok_or(Error::Bug)?;
            machine.verified(message, message.certificates()?)?;
            let len = message.raw.len();
            recv.take(len);
            Ok(())
        })
    }

    /// The chain of [`Event::VerifyPeer`], while the session waits for the verdict on it. It is for hosts
    /// that cannot keep the event because it borrows the session.
    pub fn peer_chain(&self) -> Option<CertificateList<'_>> {
        if !matches!(self.machine.as_ref().map(M::want), Ok(Want::Verify)) {
            return None;
        }
        let message = Handshake::first_of(self.recv.handshake()).ok()??;
        message.certificates().ok()
    }

    /// What the handshake negotiated, once it is complete.
    pub fn negotiated(&self) -> Option<Negotiated> {
        self.machine.as_ref().ok().and_then(M::negotiated)
    }

    /// Ends the session as if it were dropped, and returns the buffers for the next one. They still contain
    /// what the session left in them.
    pub fn into_buffers(self) -> Buffers<'b> {
        Buffers { recv: self.recv.into_bytes(), send: self.send.into_bytes() }
    }

    /// The loop behind [`Self::process`].
    fn turn(&mut self, cx: &mut Context<'_>) -> Result<Signal, Error> {
        if let Some(error) = self.flow.write_failed {
            return Err(error);
        }
        loop {
            match self.machine.as_ref().map_err(|error| *error)?.want() {
                Want::Sign(request) => return Ok(Signal::Sign(request)),
                Want::Verify => return Ok(Signal::VerifyPeer),
                Want::Send(room) => {
                    if self.send.message_room() >= room {
                        self.step(|machine, _, link| machine.send(link, cx))?;
                        continue;
                    }
                    if self.send.filled().is_empty() {
                        return Err(Error::SendBufferTooSmall);
                    }
                    return Ok(Signal::NeedWrite);
                }
                Want::Nothing if !self.flow.connected_told => {
                    self.flow.connected_told = true;
                    return Ok(Signal::Connected);
                }
                Want::Nothing | Want::Peer => {}
            }
            if self.recv.has_data() {
                return Ok(Signal::Data);
            }
            if self.take_message(cx)? {
                continue;
            }
            if self.flow.close_received {
                return Ok(if self.send.filled().is_empty() {
                    Signal::PeerClosed
                } else {
                    Signal::NeedWrite
                });
            }
            if self.take_record()? {
                continue;
            }
            if !self.send.filled().is_empty() {
                return Ok(Signal::NeedWrite);
            }
            if self.flow.transport_ended {
                return Err(Error::Truncated);
            }
            return Ok(Signal::NeedRead);
        }
    }

    /// Passes the next complete handshake message to the machine, if there is one. If the machine handles the
    /// message in pieces, passes the part that has arrived.
    fn take_message(&mut self, cx: &mut Context<'_>) -> Result<bool, Error> {
        if matches!(&self.machine, Ok(machine) if machine.takes_pieces(self.recv.handshake())) {
            return self.take_piece();
        }
        let Some(message) = Handshake::first_of(self.recv.handshake())? else { return Ok(false) };
        let len = message.raw.len();
        let is_connected = self.flow.connected_told;
        if let Some(reaction) = self.warnings.on_message(&message, M::RENEGOTIATION, is_connected)? {
            self.recv.take(len);
            self.react(reaction)?;
            return Ok(true);
        }
        self.step(|machine, recv, link| {
            let message = Handshake::first_of(recv.handshake())?.ok_or(Error::Bug)?;
            machine.handshake(message, link, cx)
        })?;
        let want = self.machine.as_ref().map_err(|error| *error)?.want();
        // A chain stays where it is until the host has verified it.
        if !matches!(want, Want::Verify) {
            self.recv.take(len);
        }
        self.check_end_of_flight(&want)?;
        Ok(true)
    }

    /// Passes the part of a message that has arrived to the machine.
    fn take_piece(&mut self) -> Result<bool, Error> {
        let mut taken = 0;
        self.step(|machine, recv, _| {
            taken = machine.piece(recv.handshake())?;
            recv.take(taken);
            Ok(())
        })?;
        Ok(taken > 0)
    }

    /// A peer that waits for our answer must not send anything after its request: anything in the buffer was
    /// sent before the peer could know the answer, and may even be under the wrong keys.
    fn check_end_of_flight(&self, want: &Want) -> Result<(), Error> {
        let our_turn = matches!(want, Want::Send(_) | Want::Sign(_) | Want::Nothing);
        match self.recv.handshake() {
            [kind, ..] if our_turn => Err(Error::Unexpected {
                expected: FromPeer::Nothing,
                got: FromPeer::Handshake(HandshakeType(*kind)),
            }),
            _ => Ok(()),
        }
    }

    /// Opens the next record, if it is complete, and handles everything except handshake messages and data.
    fn take_record(&mut self) -> Result<bool, Error> {
        let connected = self.flow.connected_told;
        let Some(record) = self.recv.open_record(&mut self.opener)? else { return Ok(false) };
        match record {
            Opened::Handshake => {}
            // RFC 5246 section 6.2.1 allows empty application data, but, like all data, not before the
            // handshake completes.
            Opened::Data | Opened::Empty(ContentType::APPLICATION_DATA) if !connected => {
                return Err(Error::Unexpected {
                    expected: FromPeer::Nothing,
                    got: FromPeer::ApplicationData,
                });
            }
            Opened::Data => self.warnings.reset(),
            Opened::Empty(_) => {
                self.flow.empty_records += 1;
                if self.flow.empty_records > MAX_EMPTY_RECORDS {
                    return Err(Misbehaved::TooManyEmptyRecords.into());
                }
                return Ok(true);
            }
            Opened::Alert(body) => {
                let (level, description) = parse_alert(body)?;
                let reaction = self.warnings.on_alert(level, description, connected)?;
                self.react(reaction)?;
            }
            Opened::ChangeCipherSpec(body) => {
                if body != [1] {
                    return Err(Error::Decode(Structure::ChangeCipherSpec, DecodeError::BadValue));
                }
                self.step(|machine, _, link| machine.change_cipher_spec(link))?;
            }
        }
        self.flow.empty_records = 0;
        Ok(true)
    }

    fn react(&mut self, reaction: Reaction) -> Result<(), Error> {
        match reaction {
            Reaction::Ignore => Ok(()),
            Reaction::Close => {
                self.flow.close_received = true;
                self.close();
                Ok(())
            }
            // Nothing may follow close_notify (RFC 5246 section 7.2.1).
            Reaction::Warn(_) if self.flow.close_sent => Ok(()),
            Reaction::Warn(alert) => self.send.alert(AlertLevel::Warning, alert),
        }
    }

    /// Runs one step of the machine, whose state is lost if the step fails.
    fn step(
        &mut self,
        step: impl FnOnce(&mut M, &mut RecvBuffer<'b>, &mut Link<'_, 'b, P>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let machine = self.machine.as_mut().map_err(|error| *error)?;
        let mut link = Link { send: &mut self.send, opener: &mut self.opener };
        step(machine, &mut self.recv, &mut link).map_err(|error| self.fail(error))
    }

    /// Ends the session: the alert is queued under the current keys, then state and keys are wiped.
    fn fail(&mut self, error: Error) -> Error {
        if let Err(first) = self.machine {
            return first;
        }
        if let Some(alert) = error.alert()
            && !self.flow.close_sent
        {
            self.flow.close_sent = true;
            // A failure to send the alert makes no difference now.
            let _ = self.send.last_alert(AlertLevel::Fatal, alert);
        }
        if let Ok(machine) = &mut self.machine
            && (error.alert().is_some() || matches!(error, Error::AlertReceived(_)))
        {
            machine.forget();
        }
        self.machine = Err(error);
        self.send.protection = None;
        self.opener.protection = None;
        error
    }

    /// Whether application data can be sent in the current phase of the session.
    fn check_writable(&self) -> Result<(), Error> {
        let machine = self.machine.as_ref().map_err(|error| *error)?;
        if machine.negotiated().is_none() {
            return Err(Error::Misuse(Misuse::NotConnected));
        }
        if self.flow.close_sent {
            return Err(Error::Misuse(Misuse::AlreadyClosed));
        }
        Ok(())
    }

    fn event(&mut self, signal: Signal) -> Result<Event<'_>, Error> {
        Ok(match signal {
            Signal::NeedRead => Event::NeedRead,
            Signal::NeedWrite => Event::NeedWrite,
            Signal::Sign(request) => Event::Sign(request),
            Signal::VerifyPeer => Event::VerifyPeer(self.peer_chain().ok_or(Error::Bug)?),
            Signal::Connected => Event::Connected,
            Signal::Data => Event::Data(self.recv.data().ok_or(Error::Bug)?),
            Signal::PeerClosed => Event::PeerClosed,
        })
    }
}

/// `struct { AlertLevel level; AlertDescription description; } Alert;`: one per record, since no peer sends
/// more.
fn parse_alert(body: &[u8]) -> Result<(AlertLevel, AlertDescription), Error> {
    let (level, description) = Reader::all(body, |r| Ok((r.u8()?, r.u8()?)))
        .map_err(|reason| Error::Decode(Structure::Alert, reason))?;
    Ok((AlertLevel::from_code(level).ok_or(Misbehaved::AlertLevel)?, AlertDescription(description)))
}
