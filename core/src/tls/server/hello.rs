//! ClientHello in, ServerHello out: what the session will be.

use super::State;
use super::flight::Hello;
use crate::crypto::{Entropy, HashAlgorithm, Provider, SignatureScheme};
use crate::tls::config::{ClientAuth, ServerConfig};
use crate::tls::error::{Error, Incompatible};
use crate::tls::event::Negotiated;
use crate::tls::key_schedule::Randoms;
use crate::tls::machine::Link;
use crate::tls::message::{ClientHello, Handshake, HandshakeType, RANDOM, ServerHelloBody, codes};
use crate::tls::suite::{CipherSuite, NamedGroup};
use crate::tls::transcript::Transcript;

/// What the server chose from a client's offer.
struct Choice {
    suite: CipherSuite,
    group: NamedGroup,
    identity: usize,
    scheme: SignatureScheme,
}

/// Chooses, and answers with ServerHello.
pub(super) fn answer<P: Provider>(
    config: &ServerConfig<'_>,
    message: &Handshake<'_>,
    link: &mut Link<'_, '_, P>,
    entropy: &mut dyn Entropy,
) -> Result<State<P>, Error> {
    let offer = message.decode(ClientHello::parse)?;
    let extensions = offer.extensions()?;
    let extended_master_secret = extensions.extended_master_secret;
    if config.require_extended_master_secret && !extended_master_secret {
        return Err(Incompatible::ExtendedMasterSecret.into());
    }
    let choice = choose(config, &offer, extensions.supported_groups, extensions.signature_algorithms)?;

    let mut server_random = [0; RANDOM];
    entropy.fill(&mut server_random)?;
    let randoms = Randoms { client: *offer.random, server: server_random };

    let asks_client = config.client_auth != ClientAuth::None;
    let needs = |hash: HashAlgorithm| {
        hash == choice.suite.hash() || (asks_client && config.client_schemes.iter().any(|s| s.hash() == hash))
    };
    let mut transcript = Transcript::new(needs);
    transcript.received(message);
    let reply = ServerHelloBody {
        random: &randoms.server,
        cipher_suite: choice.suite,
        extended_master_secret,
        renegotiation_info: extensions.renegotiation_info,
        ec_point_formats: extensions.ec_point_formats,
    };
    link.message(HandshakeType::SERVER_HELLO, &mut transcript, |w| reply.emit(w))?;
    let negotiated = Negotiated {
        cipher_suite: choice.suite,
        group: choice.group,
        signature_scheme: choice.scheme,
        extended_master_secret,
        client_authenticated: false,
    };
    let hello = Hello { negotiated, identity: choice.identity, randoms, transcript };
    Ok(State::SendCertificate { hello, offset: 0 })
}

/// The first suite of ours that the client offers and one of our identities can serve.
fn choose(
    config: &ServerConfig<'_>,
    offer: &ClientHello<'_>,
    groups: Option<&[u8]>,
    schemes: Option<&[u8]>,
) -> Result<Choice, Error> {
    // RFC 8422 section 4: a client that names no groups may be served any; secp256r1 is the one that all know.
    let client_has_group = |group: NamedGroup| match groups {
        Some(groups) => codes(groups).any(|code| code == group.code()),
        None => group.code() == 23,
    };
    // RFC 5246 section 7.4.1.4.1: a client that names no schemes means SHA-1, which is not to be had here.
    let client_has_scheme =
        |scheme: SignatureScheme| codes(schemes.unwrap_or_default()).any(|c| c == scheme.code());

    let group = config.groups.iter().copied().find(|group| client_has_group(*group));
    let mut shared_suite = false;
    for suite in config.cipher_suites.iter().copied().filter(|suite| offer.offers(*suite)) {
        for (index, identity) in config.identities.iter().enumerate() {
            let mut fitting =
                identity.schemes.iter().copied().filter(|s| suite.is_signed_with(s.kind())).peekable();
            shared_suite |= fitting.peek().is_some();
            if let Some(scheme) = fitting.find(|scheme| client_has_scheme(*scheme)) {
                let group = group.ok_or(Incompatible::Group)?;
                return Ok(Choice { suite, group, identity: index, scheme });
            }
        }
    }
    Err(if shared_suite { Incompatible::SignatureScheme } else { Incompatible::CipherSuite }.into())
}
