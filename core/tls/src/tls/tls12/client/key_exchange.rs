//! From ServerKeyExchange to ClientKeyExchange: the server's proof, the agreement, and our certificate if asked.

use super::request::Answer;
use crate::crypto::{Provider, PublicValue, SharedSecret};
use crate::tls::client::State;
use crate::tls::client::hello::Hello;
use crate::tls::codes::HandshakeType;
use crate::tls::config::{ClientConfig, Context};
use crate::tls::ephemeral_key::EphemeralKey;
use crate::tls::error::{Error, Misbehaved, Place};
use crate::tls::event::{Negotiated, SignRequest};
use crate::tls::message::{CertificateBody, ClientKeyExchange, Handshake, ServerKeyExchange};
use crate::tls::peer_key::{PeerKey, sha256};
use crate::tls::role::Link;
use crate::tls::suite::NamedGroup;
use crate::tls::tls12::secured::{Agreement, Secured};
use crate::tls::transcript::Transcript;
use crate::wire::DecodeError;

/// The server has proven its key, and the secret is agreed.
pub(crate) struct Agreed<P: Provider> {
    agreement: Agreement,
    transcript: Transcript<P>,
    shared: SharedSecret,
    public_value: PublicValue,
}

#[inline(never)]
pub(crate) fn on_server_key_exchange<P: Provider>(
    config: &ClientConfig<'_>,
    mut hello: Hello<P>,
    server: &PeerKey,
    message: &Handshake<'_>,
    cx: &mut Context<'_>,
) -> Result<State<P>, Error> {
    let exchange = message.decode(ServerKeyExchange::parse)?;
    let group = NamedGroup::from_code(exchange.group)
        .filter(|group| config.groups.contains(group))
        .ok_or(Misbehaved::NotOffered)?;
    let scheme =
        server.verify::<P>(exchange.scheme, config.signature_schemes, exchange.signature, |hash| {
            Ok(hash.digest::<P>(&[&hello.randoms.client, &hello.randoms.server, exchange.params]))
        })?;
    // The suite names the kind of the server's key (RFC 8422 section 2).
    if !hello.suite.is_signed_with(scheme.kind()) {
        return Err(Misbehaved::SchemeDoesNotFitKey.into());
    }
    let key = EphemeralKey::<P>::generate(group, cx.entropy)?;
    let public_value = key.public_value();
    let shared = key.agree(exchange.public_value)?;
    hello.transcript.received(message);
    let negotiated = Negotiated {
        cipher_suite: hello.suite,
        group,
        signature_scheme: scheme,
        extended_master_secret: hello.extended_master_secret,
        client_certificate: None,
        client_signature_scheme: None,
        alpn: hello.alpn,
        resumed: false,
    };
    let Hello { randoms, limits, ticket, transcript, .. } = hello;
    let agreement = Agreement { negotiated, randoms, limits, ticket };
    let agreed = Agreed { agreement, transcript, shared, public_value };
    Ok(State::ExpectServerHelloDone { agreed, answer: None })
}

impl<P: Provider> Agreed<P> {
    /// Takes `bytes` of a CertificateRequest into the transcript.
    pub(crate) fn request_received(&mut self, bytes: &[u8]) {
        self.transcript.sent(bytes);
    }

    #[inline(never)]
    pub(crate) fn on_server_hello_done(
        mut self,
        answer: Option<Answer>,
        message: &Handshake<'_>,
    ) -> Result<State<P>, Error> {
        if !message.body.is_empty() {
            let place = Place::Handshake(HandshakeType::SERVER_HELLO_DONE);
            return Err(Error::Decode(place, DecodeError::TrailingBytes));
        }
        self.transcript.received(message);
        Ok(match answer {
            Some(answer) => State::SendCertificate { agreed: self, answer, offset: 0 },
            None => State::SendClientKeyExchange { agreed: self, answer: None },
        })
    }

    #[inline(never)]
    pub(crate) fn send_certificate(
        mut self,
        config: &ClientConfig<'_>,
        answer: Answer,
        offset: usize,
        link: &mut Link<'_, '_, P>,
    ) -> Result<State<P>, Error> {
        let chain = match answer.0 {
            Some((identity, _)) => config.identities.get(identity).ok_or(Error::Bug)?.chain,
            None => &[],
        };
        Ok(match link.streamed(&CertificateBody(chain), offset, &mut self.transcript)? {
            Some(offset) => State::SendCertificate { agreed: self, answer, offset },
            None => State::SendClientKeyExchange { agreed: self, answer: Some(answer) },
        })
    }

    #[inline(never)]
    pub(crate) fn send_client_key_exchange(
        mut self,
        config: &ClientConfig<'_>,
        answer: Option<Answer>,
        link: &mut Link<'_, '_, P>,
    ) -> Result<State<P>, Error> {
        let exchange = ClientKeyExchange { public_value: self.public_value.as_ref() };
        link.message(HandshakeType::CLIENT_KEY_EXCHANGE, &mut self.transcript, |w| exchange.emit(w))?;
        let mut secured = Secured::new(self.agreement, self.transcript, &self.shared)?;
        let Some((identity, scheme)) = answer.and_then(|Answer(identity)| identity) else {
            return Ok(State::SendFinished(secured));
        };
        let digest = secured.transcript.digest(scheme.hash())?;
        let leaf =
            config.identities.get(identity).and_then(|identity| identity.chain.first()).ok_or(Error::Bug)?;
        secured.agreement.negotiated.client_certificate = Some(sha256::<P>(&[leaf]));
        secured.agreement.negotiated.client_signature_scheme = Some(scheme);
        Ok(State::AwaitSignature { secured, request: SignRequest { identity, scheme, digest } })
    }
}
