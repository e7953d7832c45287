//! A handshake that has its keys: the rest is the same for both roles.

use super::key_schedule::{KeyBlock, MasterSecret, Randoms};
use crate::crypto::{Provider, Secret, SharedSecret};
use crate::tls::codes::HandshakeType;
use crate::tls::error::{Error, Misbehaved};
use crate::tls::event::Negotiated;
use crate::tls::fragment::FragmentLimits;
use crate::tls::message::{Handshake, VERIFY_DATA};
use crate::tls::role::{Link, Side};
use crate::tls::ticket::Terms;
use crate::tls::transcript::Transcript;

/// What the hello messages and the key exchange negotiated.
pub(crate) struct Agreement {
    pub(crate) negotiated: Negotiated,
    pub(crate) randoms: Randoms,
    pub(crate) limits: FragmentLimits,
    /// The conditions of the ticket that the server will send; `None` if it sends none.
    pub(crate) ticket: Option<Terms>,
}

/// The master secret with everything that is needed to finish.
pub(crate) struct Secured<P: Provider> {
    pub(crate) negotiated: Negotiated,
    limits: FragmentLimits,
    /// As [`Agreement::ticket`].
    pub(crate) ticket: Option<Terms>,
    pub(crate) transcript: Transcript<P>,
    master_secret: MasterSecret,
    key_block: KeyBlock,
}

impl<P: Provider> Secured<P> {
    /// Derives the master secret; `transcript` ends with ClientKeyExchange.
    pub(crate) fn new(
        agreement: Agreement,
        transcript: Transcript<P>,
        shared: &SharedSecret,
    ) -> Result<Self, Error> {
        let suite = agreement.negotiated.cipher_suite;
        let master_secret = if agreement.negotiated.extended_master_secret {
            // RFC 7627 section 3: the session hash covers all messages up to and including ClientKeyExchange.
            MasterSecret::extended::<P>(suite, shared, &transcript.digest(suite.hash_in::<P>())?)?
        } else {
            MasterSecret::plain::<P>(suite, shared, &agreement.randoms)?
        };
        Self::with_master_secret(agreement, transcript, master_secret)
    }

    /// Resumes with the master secret of an earlier session; `transcript` ends with ServerHello.
    pub(crate) fn resumed(
        agreement: Agreement,
        transcript: Transcript<P>,
        master_secret: Secret<48>,
    ) -> Result<Self, Error> {
        let master_secret = MasterSecret::resumed(agreement.negotiated.cipher_suite, master_secret);
        Self::with_master_secret(agreement, transcript, master_secret)
    }

    // The randoms are not needed once the keys are known.
    fn with_master_secret(
        Agreement { negotiated, randoms, limits, ticket }: Agreement,
        transcript: Transcript<P>,
        master_secret: MasterSecret,
    ) -> Result<Self, Error> {
        let key_block = master_secret.key_block::<P>(&randoms)?;
        Ok(Self { negotiated, limits, ticket, transcript, master_secret, key_block })
    }

    /// The master secret, to be kept for resumption.
    pub(crate) const fn master_secret(&self) -> &Secret<48> {
        self.master_secret.secret()
    }

    /// The peer, whose role is `side`, has sent ChangeCipherSpec: what follows is under its keys.
    pub(crate) fn open_records(&self, side: Side, link: &mut Link<'_, '_, P>) -> Result<(), Error> {
        link.opener.protection = Some(self.key_block.protection(side)?);
        link.opener.max_fragment = self.limits.recv;
        Ok(())
    }

    /// Checks the Finished of the peer, whose role is `side` (RFC 5246 section 7.4.9).
    pub(crate) fn check_finished(&mut self, side: Side, message: &Handshake<'_>) -> Result<(), Error> {
        // A wrong length is treated like a wrong verify_data.
        if !self.verify_data(side)?.equals(message.body) {
            return Err(Misbehaved::Finished.into());
        }
        self.transcript.received(message);
        Ok(())
    }

    /// Sends ChangeCipherSpec and Finished of this side, whose role is `side`.
    pub(crate) fn send_finished(&mut self, side: Side, link: &mut Link<'_, '_, P>) -> Result<(), Error> {
        link.change_cipher_spec(self.key_block.protection(side)?)?;
        link.send.max_fragment = self.limits.send;
        let verify_data = self.verify_data(side)?;
        link.message(HandshakeType::FINISHED, &mut self.transcript, |w| w.bytes(verify_data.expose()))
    }

    fn verify_data(&self, side: Side) -> Result<Secret<VERIFY_DATA>, Error> {
        let hash = self.transcript.digest(self.negotiated.cipher_suite.hash_in::<P>())?;
        self.master_secret.verify_data::<P>(side, &hash)
    }
}
