//! From CertificateVerify to Finished: the client's proof, and the end of the handshake.

use crate::crypto::{Provider, Secret};
use crate::tls::codes::HandshakeType;
use crate::tls::config::ServerConfig;
use crate::tls::context::Context;
use crate::tls::error::{Error, FromPeer};
use crate::tls::event::Negotiated;
use crate::tls::message::{CertificateVerify, Handshake, NewSessionTicket};
use crate::tls::peer_key::PeerKey;
use crate::tls::role::{Link, Side};
use crate::tls::ticket;
use crate::tls::tls12::secured::{Agreement, Secured};
use crate::tls::transcript::Transcript;

/// The handshake's keys, and what the client still has to send.
pub(crate) struct Finish<P: Provider> {
    secured: Secured<P>,
    step: Step<P>,
}

/// The client's next message.
#[allow(clippy::enum_variant_names, reason = "the steps of the other part wait for others, too")]
enum Step<P: Provider> {
    /// With the key whose possession it must prove.
    ExpectCertificateVerify(PeerKey<P>),
    ExpectChangeCipherSpec,
    ExpectFinished,
}

impl<P: Provider> Finish<P> {
    /// After ClientKeyExchange, from a client that has presented the certificate with the key `client`, if
    /// any.
    pub(crate) fn new(secured: Secured<P>, client: Option<PeerKey<P>>) -> Self {
        Self { secured, step: client.map_or(Step::ExpectChangeCipherSpec, Step::ExpectCertificateVerify) }
    }

    /// In a resumed session this side sends Finished before the client does (RFC 5077 section 3.1).
    pub(crate) fn resumed(
        config: &ServerConfig<'_>,
        agreement: Agreement,
        transcript: Transcript<P>,
        master_secret: Secret<48>,
        link: &mut Link<'_, '_, P>,
        cx: &mut Context<'_>,
    ) -> Result<Self, Error> {
        let mut secured = Secured::resumed(agreement, transcript, master_secret)?;
        finish(&mut secured, config, link, cx)?;
        Ok(Self { secured, step: Step::ExpectChangeCipherSpec })
    }

    /// Handles a message. The last one completes the handshake.
    pub(crate) fn handshake(
        &mut self,
        config: &ServerConfig<'_>,
        message: &Handshake<'_>,
        link: &mut Link<'_, '_, P>,
        cx: &mut Context<'_>,
    ) -> Result<Option<Negotiated>, Error> {
        let secured = &mut self.secured;
        match &self.step {
            Step::ExpectCertificateVerify(client) if P::CLIENT_AUTH => {
                message.check_kind(HandshakeType::CERTIFICATE_VERIFY)?;
                on_certificate_verify(secured, config, client, message)?;
                self.step = Step::ExpectChangeCipherSpec;
                Ok(None)
            }
            Step::ExpectFinished => {
                message.check_kind(HandshakeType::FINISHED)?;
                secured.check_finished(Side::Client, message)?;
                if !secured.negotiated.resumed {
                    finish(secured, config, link, cx)?;
                }
                Ok(Some(secured.negotiated))
            }
            _ => Err(message.instead_of(FromPeer::ChangeCipherSpec)),
        }
    }

    /// Handles the client's ChangeCipherSpec: its records are sealed from here on.
    pub(crate) fn change_cipher_spec(&mut self, link: &mut Link<'_, '_, P>) -> Result<(), Error> {
        let expected = match &self.step {
            Step::ExpectChangeCipherSpec => {
                self.step = Step::ExpectFinished;
                return self.secured.open_records(Side::Client, link);
            }
            Step::ExpectCertificateVerify(_) => HandshakeType::CERTIFICATE_VERIFY,
            Step::ExpectFinished => HandshakeType::FINISHED,
        };
        Err(Error::Unexpected { expected: FromPeer::Handshake(expected), got: FromPeer::ChangeCipherSpec })
    }
}

#[inline(never)]
fn on_certificate_verify<P: Provider>(
    secured: &mut Secured<P>,
    config: &ServerConfig<'_>,
    client: &PeerKey<P>,
    message: &Handshake<'_>,
) -> Result<(), Error> {
    let proof = message.decode(CertificateVerify::parse)?;
    // RFC 5246 section 7.4.8: over all messages up to but not including this one.
    let scheme = client.verify(proof.scheme, config.client_schemes, proof.signature, |hash| {
        secured.transcript.digest(hash)
    })?;
    secured.transcript.received(message);
    secured.negotiated.client_certificate = Some(client.fingerprint);
    secured.negotiated.client_signature_scheme = Some(scheme);
    let suite = secured.negotiated.cipher_suite;
    secured.transcript.keep(|hash| hash == suite.hash_in::<P>());
    Ok(())
}

/// Sends this side's last flight: NewSessionTicket, ChangeCipherSpec, Finished.
#[inline(never)]
fn finish<P: Provider>(
    secured: &mut Secured<P>,
    config: &ServerConfig<'_>,
    link: &mut Link<'_, '_, P>,
    cx: &mut Context<'_>,
) -> Result<(), Error> {
    send_ticket(secured, config, link, cx)?;
    secured.send_finished(Side::Server, link)
}

/// Sends NewSessionTicket, if ServerHello has announced it; an empty one if there is nothing to seal with.
fn send_ticket<P: Provider>(
    secured: &mut Secured<P>,
    config: &ServerConfig<'_>,
    link: &mut Link<'_, '_, P>,
    cx: &mut Context<'_>,
) -> Result<(), Error> {
    let (Some(tickets), Some(terms)) = (&config.tickets, &secured.ticket) else { return Ok(()) };
    let sealed = ticket::seal::<P>(tickets, &secured.negotiated, secured.master_secret(), terms, cx)?;
    let message = match &sealed {
        Some(sealed) => NewSessionTicket { lifetime_hint: sealed.lifetime, ticket: &sealed.ticket },
        None => NewSessionTicket { lifetime_hint: 0, ticket: &[] },
    };
    link.message(HandshakeType::NEW_SESSION_TICKET, &mut secured.transcript, |w| message.emit(w))
}
