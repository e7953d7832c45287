//! From ClientKeyExchange to Finished: keys, the client's proof, and the end of the handshake.

use super::State;
use super::flight::Hello;
use crate::crypto::Provider;
use crate::tls::config::{Context, ServerConfig};
use crate::tls::error::Error;
use crate::tls::key_exchange::EphemeralKey;
use crate::tls::key_schedule::Side;
use crate::tls::machine::Link;
use crate::tls::message::{CertificateVerify, ClientKeyExchange, Handshake, HandshakeType, NewSessionTicket};
use crate::tls::peer_key::PeerKey;
use crate::tls::secured::Secured;
use crate::tls::ticket;

#[inline(never)]
pub(super) fn on_client_key_exchange<P: Provider>(
    mut hello: Hello<P>,
    key: EphemeralKey<P>,
    client: Option<PeerKey>,
    message: &Handshake<'_>,
) -> Result<State<P>, Error> {
    let shared = key.agree(message.decode(ClientKeyExchange::parse)?.public_value)?;
    hello.transcript.received(message);
    let secured = Secured::new(hello.agreement, hello.transcript, &shared)?;
    Ok(match client {
        None => State::ExpectChangeCipherSpec(secured),
        Some(client) => State::ExpectCertificateVerify { secured, client },
    })
}

#[inline(never)]
pub(super) fn on_certificate_verify<P: Provider>(
    config: &ServerConfig<'_>,
    mut secured: Secured<P>,
    client: &PeerKey,
    message: &Handshake<'_>,
) -> Result<State<P>, Error> {
    let proof = message.decode(CertificateVerify::parse)?;
    // RFC 5246 section 7.4.8: over all messages up to but not including this one.
    let scheme = client.verify::<P>(proof.scheme, config.client_schemes, proof.signature, |hash| {
        secured.transcript.digest(hash)
    })?;
    secured.transcript.received(message);
    secured.agreement.negotiated.client_certificate = Some(client.fingerprint);
    secured.agreement.negotiated.client_signature_scheme = Some(scheme);
    let suite = secured.agreement.negotiated.cipher_suite;
    secured.transcript.keep(|hash| hash == suite.hash());
    Ok(State::ExpectChangeCipherSpec(secured))
}

#[inline(never)]
pub(super) fn on_change_cipher_spec<P: Provider>(
    secured: Secured<P>,
    link: &mut Link<'_, '_, P>,
) -> Result<State<P>, Error> {
    secured.open_records(Side::Client, link)?;
    Ok(State::ExpectFinished(secured))
}

#[inline(never)]
pub(super) fn on_finished<P: Provider>(
    config: &ServerConfig<'_>,
    mut secured: Secured<P>,
    message: &Handshake<'_>,
    link: &mut Link<'_, '_, P>,
    cx: &mut Context<'_>,
) -> Result<State<P>, Error> {
    secured.check_finished(Side::Client, message)?;
    // In a resumed session this side has finished before the client (RFC 5077 section 3.1).
    if !secured.agreement.negotiated.resumed {
        send_ticket(config, &mut secured, link, cx)?;
        secured.send_finished(Side::Server, link)?;
    }
    Ok(State::Traffic(secured.agreement.negotiated))
}

/// Sends NewSessionTicket, if ServerHello has announced it; an empty one when there is nothing to seal with.
pub(super) fn send_ticket<P: Provider>(
    config: &ServerConfig<'_>,
    secured: &mut Secured<P>,
    link: &mut Link<'_, '_, P>,
    cx: &mut Context<'_>,
) -> Result<(), Error> {
    let (Some(tickets), Some(binding)) = (&config.tickets, secured.agreement.ticket_binding) else {
        return Ok(());
    };
    let sealed =
        ticket::seal::<P>(tickets, &secured.agreement.negotiated, secured.master_secret(), &binding, cx)?;
    let ticket = sealed.as_ref().map_or(&[][..], |sealed| sealed.as_slice());
    let message = NewSessionTicket { lifetime_hint: tickets.lifetime, ticket };
    link.message(HandshakeType::NEW_SESSION_TICKET, &mut secured.transcript, |w| message.emit(w))
}
