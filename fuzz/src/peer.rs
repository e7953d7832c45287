//! A session whose host fulfils every request: the other side of a session under test.

use lsam_core::UnixTime;
use lsam_core::crypto::Provider;
use lsam_core::tls::{Context, Error, Event, Role, Session};

use lsam_testing::transparent::{ToyEntropy, signature_of};

/// A session with such a host.
pub(crate) struct Peer<'b, R: Role<P>, P: Provider> {
    pub(crate) session: Session<'b, R, P>,
    entropy: ToyEntropy,
    /// While set, what it sends stays in its buffer.
    pub(crate) waits_to_drain: bool,
    pub(crate) connected: bool,
    pub(crate) closed: bool,
    pub(crate) data: Vec<u8>,
    pub(crate) error: Option<Error>,
}

impl<'b, R: Role<P>, P: Provider> Peer<'b, R, P> {
    pub(crate) fn new(session: Session<'b, R, P>, seed: u8) -> Self {
        Self {
            session,
            entropy: ToyEntropy::new(seed),
            waits_to_drain: false,
            connected: false,
            closed: false,
            data: Vec::new(),
            error: None,
        }
    }

    /// Whether it completed its handshake without failing.
    pub(crate) const fn is_open(&self) -> bool {
        self.connected && self.error.is_none()
    }

    /// Takes `bytes` in pieces of at most `piece` while there is room, and returns how many it took. Appends
    /// what it sends to `out`.
    pub(crate) fn receive(&mut self, bytes: &[u8], piece: usize, out: &mut Vec<u8>) -> usize {
        let mut taken = 0;
        while taken < bytes.len() {
            let room = self.session.recv_buf();
            let n = room.len().min(bytes.len() - taken).min(piece.max(1));
            room[..n].copy_from_slice(&bytes[taken..taken + n]);
            self.session.recv_done(n);
            taken += n;
            self.run(out);
            if n == 0 && self.session.recv_buf().is_empty() {
                break;
            }
        }
        taken
    }

    /// Continues until it can only read.
    pub(crate) fn run(&mut self, out: &mut Vec<u8>) {
        loop {
            let mut cx = Context { entropy: &mut self.entropy, now: Some(UnixTime(1_800_000_000)) };
            match self.session.process(&mut cx) {
                Ok(Event::NeedWrite) if self.waits_to_drain => return,
                Ok(Event::NeedWrite) => self.drain(usize::MAX, out),
                Ok(Event::Sign(request)) => {
                    // `process` returns the error again.
                    let _ = self.session.sign_done(Ok(signature_of(request.digest.as_ref())));
                }
                Ok(Event::VerifyPeer(_)) => {
                    let _ = self.session.verify_done(Ok(()));
                }
                Ok(Event::Connected) => self.connected = true,
                Ok(Event::Data(mut data)) => {
                    self.data.extend_from_slice(data.bytes());
                    let n = data.bytes().len();
                    data.take(n);
                }
                Ok(Event::NeedRead) => return,
                Ok(Event::PeerClosed) => {
                    self.closed = true;
                    return;
                }
                Err(error) => {
                    self.error = Some(error);
                    if !self.waits_to_drain {
                        self.drain(usize::MAX, out);
                    }
                    return;
                }
            }
        }
    }

    /// Moves at most `most` bytes from the send buffer to `out`.
    pub(crate) fn drain(&mut self, most: usize, out: &mut Vec<u8>) {
        let waiting = self.session.send_buf();
        let n = waiting.len().min(most);
        out.extend_from_slice(&waiting[..n]);
        self.session.send_done(n);
    }
}

/// Carries bytes between two sides until neither sends any more; returns what `a` and what `b` sent.
pub(crate) fn settle<A: Role<P>, B: Role<P>, P: Provider>(
    a: &mut Peer<'_, A, P>,
    b: &mut Peer<'_, B, P>,
) -> (Vec<u8>, Vec<u8>) {
    let (mut from_a, mut from_b) = (Vec::new(), Vec::new());
    let (mut carried_a, mut carried_b) = (0, 0);
    a.run(&mut from_a);
    b.run(&mut from_b);
    loop {
        let before = (carried_a, carried_b);
        carried_a += b.receive(&from_a[carried_a..], usize::MAX, &mut from_b);
        carried_b += a.receive(&from_b[carried_b..], usize::MAX, &mut from_a);
        if before == (carried_a, carried_b) {
            return (from_a, from_b);
        }
    }
}
