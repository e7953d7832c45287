//! A session over a toy provider, with a host that signs whatever it is asked to and trusts everyone.

use lsam_tls::UnixTime;
use lsam_tls::crypto::Provider;
use lsam_tls::{Context, Error, Event, Role, Session};

use crate::TestRng;
use crate::transparent::{Transparent, signature_of};

pub struct Subject<'b, R: Role<P>, P: Provider = Transparent> {
    pub session: Session<'b, R, P>,
    pub error: Option<Error>,
    pub sent: Vec<u8>,
    pub data: Vec<u8>,
    pub peer_closed: bool,
}

impl<'b, R: Role<P>, P: Provider> Subject<'b, R, P> {
    pub fn new(session: Session<'b, R, P>) -> Self {
        let mut subject =
            Self { session, error: None, sent: Vec::new(), data: Vec::new(), peer_closed: false };
        subject.run();
        subject
    }

    /// Delivers bytes, and returns whether the session continues.
    pub fn takes(&mut self, mut bytes: &[u8]) -> bool {
        while !bytes.is_empty() && self.error.is_none() {
            let room = self.session.recv_buf();
            let n = room.len().min(bytes.len());
            assert!(n > 0, "a session that reads must have room");
            room[..n].copy_from_slice(&bytes[..n]);
            self.session.recv_done(n);
            bytes = &bytes[n..];
            self.run();
        }
        self.run();
        self.error.is_none()
    }

    pub fn run(&mut self) {
        let mut rng = TestRng(9);
        loop {
            let mut cx = Context { entropy: &mut rng, now: Some(UnixTime(1000)) };
            match self.session.process(&mut cx) {
                Ok(Event::NeedRead) => return,
                Ok(Event::PeerClosed) => {
                    self.peer_closed = true;
                    return;
                }
                Ok(Event::NeedWrite) => self.drain(),
                Ok(Event::Sign(request)) => {
                    self.session.sign_done(Ok(signature_of(request.digest.as_ref()))).unwrap();
                }
                Ok(Event::VerifyPeer(_)) => {
                    // `process` returns its error again.
                    let _ = self.session.verify_done(Ok(()));
                }
                Ok(Event::Connected) => {}
                Ok(Event::Data(mut data)) => {
                    self.data.extend_from_slice(data.bytes());
                    let n = data.bytes().len();
                    data.take(n);
                }
                Err(error) => {
                    assert!(self.error.is_none_or(|first| first == error), "an error stays");
                    self.error = Some(error);
                    return self.drain();
                }
            }
        }
    }

    /// The last alert that was sent in the clear.
    pub fn alert_in_clear(&self) -> Option<u8> {
        match self.sent.as_slice() {
            [.., 21, 3, 3, 0, 2, 2, description] => Some(*description),
            _ => None,
        }
    }

    fn drain(&mut self) {
        self.sent.extend_from_slice(self.session.send_buf());
        let n = self.session.send_buf().len();
        self.session.send_done(n);
    }
}
