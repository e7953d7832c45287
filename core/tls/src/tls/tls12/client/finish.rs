//! From CertificateVerify to Finished: our proof, the server's ticket, and the end of the handshake.

use crate::UnixTime;
use crate::crypto::Provider;
use crate::tls::codes::HandshakeType;
use crate::tls::context::Context;
use crate::tls::error::{Error, FromPeer};
use crate::tls::event::{Negotiated, SignRequest};
use crate::tls::message::{Handshake, NewSessionTicket};
use crate::tls::role::{Link, Side, Want};
use crate::tls::store::{NewSession, NotKept, Store};
use crate::tls::tls12::secured::Secured;

/// The handshake's keys, and what is still to be sent or received.
pub(crate) struct Finish<P: Provider> {
    secured: Secured<P>,
    step: Step,
}

/// `ExpectX` waits for the server, `AwaitX` for the host, `SendX` for space in the send buffer.
enum Step {
    AwaitSignature(SignRequest),
    SendFinished,
    /// Only if ServerHello announced it.
    ExpectNewSessionTicket,
    ExpectChangeCipherSpec,
    ExpectFinished,
}

impl<P: Provider> Finish<P> {
    /// After ClientKeyExchange, with what to sign if a certificate was presented.
    pub(crate) fn new(secured: Secured<P>, proof: Option<SignRequest>) -> Self {
        Self { secured, step: proof.map_or(Step::SendFinished, Step::AwaitSignature) }
    }

    /// In a resumed session the server finishes first (RFC 5077 section 3.1).
    pub(crate) const fn resumed(secured: Secured<P>) -> Self {
        let step = Step::of_server(&secured);
        Self { secured, step }
    }

    pub(crate) const fn want(&self) -> Want {
        match &self.step {
            Step::AwaitSignature(request) => Want::Sign(*request),
            Step::SendFinished => Want::Send(64),
            Step::ExpectNewSessionTicket | Step::ExpectChangeCipherSpec | Step::ExpectFinished => Want::Peer,
        }
    }

    /// What this step waits for, to be reported if something else arrives.
    const fn expected(&self) -> FromPeer {
        match self.step {
            Step::ExpectNewSessionTicket => FromPeer::Handshake(HandshakeType::NEW_SESSION_TICKET),
            Step::ExpectChangeCipherSpec => FromPeer::ChangeCipherSpec,
            Step::ExpectFinished => FromPeer::Handshake(HandshakeType::FINISHED),
            Step::AwaitSignature(_) | Step::SendFinished => FromPeer::Nothing,
        }
    }

    /// Sends CertificateVerify.
    #[inline(never)]
    pub(crate) fn signed(&mut self, signature: &[u8], link: &mut Link<'_, '_, P>) -> Result<(), Error> {
        let Step::AwaitSignature(request) = &self.step else { return Err(Error::Bug) };
        link.message(HandshakeType::CERTIFICATE_VERIFY, &mut self.secured.transcript, |w| {
            w.u16(request.scheme.code())?;
            w.vec16(signature)
        })?;
        self.step = Step::SendFinished;
        Ok(())
    }

    /// Sends ChangeCipherSpec and Finished. In a resumed session this completes the handshake.
    #[inline(never)]
    pub(crate) fn send(
        &mut self,
        store: Option<&mut Store>,
        link: &mut Link<'_, '_, P>,
    ) -> Result<Option<Negotiated>, Error> {
        let Step::SendFinished = self.step else { return Err(Error::Bug) };
        let suite = self.secured.negotiated.cipher_suite;
        self.secured.transcript.keep(|hash| hash == suite.hash_in::<P>());
        self.secured.send_finished(Side::Client, link)?;
        if self.secured.negotiated.resumed {
            return Ok(Some(self.complete(store)));
        }
        self.step = Step::of_server(&self.secured);
        Ok(None)
    }

    /// Handles a message. The last one completes the handshake, unless the session is resumed.
    #[inline(never)]
    pub(crate) fn handshake(
        &mut self,
        store: Option<&mut Store>,
        message: &Handshake<'_>,
        cx: &Context<'_>,
    ) -> Result<Option<Negotiated>, Error> {
        match self.step {
            Step::ExpectNewSessionTicket => {
                message.check_kind(HandshakeType::NEW_SESSION_TICKET)?;
                self.on_new_session_ticket(store, message, cx)?;
                self.step = Step::ExpectChangeCipherSpec;
                Ok(None)
            }
            Step::ExpectFinished => {
                message.check_kind(HandshakeType::FINISHED)?;
                self.secured.check_finished(Side::Server, message)?;
                if !self.secured.negotiated.resumed {
                    return Ok(Some(self.complete(store)));
                }
                self.step = Step::SendFinished;
                Ok(None)
            }
            _ => Err(message.instead_of(self.expected())),
        }
    }

    /// Handles the server's ChangeCipherSpec: its records are sealed from here on.
    pub(crate) fn change_cipher_spec(&mut self, link: &mut Link<'_, '_, P>) -> Result<(), Error> {
        let Step::ExpectChangeCipherSpec = self.step else {
            return Err(Error::Unexpected { expected: self.expected(), got: FromPeer::ChangeCipherSpec });
        };
        self.step = Step::ExpectFinished;
        self.secured.open_records(Side::Server, link)
    }

    fn on_new_session_ticket(
        &mut self,
        store: Option<&mut Store>,
        message: &Handshake<'_>,
        cx: &Context<'_>,
    ) -> Result<(), Error> {
        let new = message.decode(NewSessionTicket::parse)?;
        self.secured.transcript.received(message);
        let negotiated = self.secured.negotiated;
        let (Some(store), Some(terms)) = (store, self.secured.ticket) else { return Ok(()) };
        // RFC 5077 section 3.3: a lifetime of 0 means unspecified.
        let lifetime = Some(u64::from(new.lifetime_hint)).filter(|seconds| *seconds > 0);
        let expires = cx.now.zip(lifetime).map_or(UnixTime::NEVER, |(now, seconds)| now.plus(seconds));
        if negotiated.extended_master_secret {
            let (binding, valid_until) = (terms.binding, terms.valid_until);
            let master_secret = self.secured.master_secret();
            store.put(new.ticket, NewSession { negotiated, master_secret, binding, expires, valid_until });
        } else {
            store.refuse(NotKept::NoExtendedMasterSecret);
        }
        Ok(())
    }

    fn complete(&self, store: Option<&mut Store>) -> Negotiated {
        if let Some(store) = store {
            store.confirm();
        }
        self.secured.negotiated
    }
}

impl Step {
    /// The first step of the server's last flight.
    const fn of_server<P: Provider>(secured: &Secured<P>) -> Self {
        if secured.ticket.is_some() { Self::ExpectNewSessionTicket } else { Self::ExpectChangeCipherSpec }
    }
}
