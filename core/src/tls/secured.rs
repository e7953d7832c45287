//! A handshake that has its keys: the end of it is the same for both roles.

use super::error::{Error, Misbehaved, Place};
use super::event::Negotiated;
use super::key_schedule::{MasterSecret, Randoms, Side};
use super::machine::Link;
use super::message::{Handshake, HandshakeType, VERIFY_DATA};
use super::transcript::Transcript;
use crate::crypto::{Provider, SharedSecret};
use crate::wire::DecodeError;

/// The master secret with all that is needed to finish.
pub(crate) struct Secured<P: Provider> {
    pub(crate) negotiated: Negotiated,
    pub(crate) transcript: Transcript<P>,
    randoms: Randoms,
    master_secret: MasterSecret,
}

impl<P: Provider> Secured<P> {
    /// Derives the master secret; `transcript` ends with ClientKeyExchange.
    pub(crate) fn new(
        negotiated: Negotiated,
        transcript: Transcript<P>,
        randoms: Randoms,
        shared: &SharedSecret,
    ) -> Result<Self, Error> {
        let suite = negotiated.cipher_suite;
        let master_secret = if negotiated.extended_master_secret {
            // RFC 7627 section 3: the session hash covers all messages up to and including ClientKeyExchange.
            MasterSecret::extended::<P>(suite, shared, &transcript.digest(suite.hash())?)
        } else {
            MasterSecret::plain::<P>(suite, shared, &randoms)
        };
        Ok(Self { negotiated, transcript, randoms, master_secret })
    }

    /// The peer, which plays `side`, has sent ChangeCipherSpec: what follows is under its keys.
    pub(crate) fn open_records(&self, side: Side, link: &mut Link<'_, '_, P>) -> Result<(), Error> {
        *link.recv_protection = Some(self.master_secret.protection(side, &self.randoms)?);
        Ok(())
    }

    /// Checks the Finished of the peer, which plays `side` (RFC 5246 section 7.4.9).
    pub(crate) fn check_finished(&mut self, side: Side, message: &Handshake<'_>) -> Result<(), Error> {
        if message.body.len() != VERIFY_DATA {
            return Err(Error::Decode(Place::Handshake(HandshakeType::FINISHED), DecodeError::BadLength));
        }
        if !self.verify_data(side)?.equals(message.body) {
            return Err(Misbehaved::Finished.into());
        }
        self.transcript.received(message);
        Ok(())
    }

    /// Sends ChangeCipherSpec and Finished of this side, which plays `side`.
    pub(crate) fn send_finished(&mut self, side: Side, link: &mut Link<'_, '_, P>) -> Result<(), Error> {
        link.change_cipher_spec(self.master_secret.protection(side, &self.randoms)?)?;
        let verify_data = self.verify_data(side)?;
        link.message(HandshakeType::FINISHED, &mut self.transcript, |w| w.bytes(verify_data.expose()))
    }

    fn verify_data(&self, side: Side) -> Result<crate::crypto::Secret<VERIFY_DATA>, Error> {
        let hash = self.transcript.digest(self.negotiated.cipher_suite.hash())?;
        Ok(self.master_secret.verify_data::<P>(side, &hash))
    }
}
