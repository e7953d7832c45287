//! From ServerKeyExchange to ClientKeyExchange: the server's proof, the agreement, and our certificate if asked.

use super::State;
use super::hello::Hello;
use crate::crypto::{Provider, PublicValue, SharedSecret, SignatureScheme};
use crate::tls::config::{ClientConfig, Context};
use crate::tls::error::{Error, Misbehaved, Place};
use crate::tls::event::{Negotiated, SignRequest};
use crate::tls::key_exchange::EphemeralKey;
use crate::tls::machine::Link;
use crate::tls::message::{
    CertificateBody, CertificateRequest, ClientKeyExchange, Handshake, HandshakeType, ServerKeyExchange,
    codes,
};
use crate::tls::peer_key::{PeerKey, sha256};
use crate::tls::secured::{Agreement, Secured};
use crate::tls::suite::NamedGroup;
use crate::tls::transcript::Transcript;
use crate::wire::DecodeError;

/// The server has proven its key, and the secret is agreed.
pub(super) struct Agreed<P: Provider> {
    agreement: Agreement,
    transcript: Transcript<P>,
    shared: SharedSecret,
    public_value: PublicValue,
}

/// The server asked for a certificate; what can be presented is the identity's index and how it signs.
#[derive(Clone, Copy)]
pub(super) struct Request {
    answer: Option<(usize, SignatureScheme)>,
}

#[inline(never)]
pub(super) fn on_server_key_exchange<P: Provider>(
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
    Ok(State::ExpectServerHelloDone { agreed, request: None })
}

impl<P: Provider> Agreed<P> {
    /// Looks for an identity whose key can sign as the server asks; without one, an empty chain will be sent
    /// (RFC 5246 section 7.4.6).
    #[inline(never)]
    pub(super) fn on_certificate_request(
        mut self,
        config: &ClientConfig<'_>,
        message: &Handshake<'_>,
    ) -> Result<State<P>, Error> {
        let asked = message.decode(CertificateRequest::parse)?;
        let answer = config.identities.iter().enumerate().find_map(|(index, identity)| {
            let asked_for = |scheme: &SignatureScheme| codes(asked.schemes).any(|code| code == scheme.code());
            identity.schemes.iter().copied().find(asked_for).map(|scheme| (index, scheme))
        });
        self.transcript.received(message);
        Ok(State::ExpectServerHelloDone { agreed: self, request: Some(Request { answer }) })
    }

    #[inline(never)]
    pub(super) fn on_server_hello_done(
        mut self,
        request: Option<Request>,
        message: &Handshake<'_>,
    ) -> Result<State<P>, Error> {
        if !message.body.is_empty() {
            let place = Place::Handshake(HandshakeType::SERVER_HELLO_DONE);
            return Err(Error::Decode(place, DecodeError::TrailingBytes));
        }
        self.transcript.received(message);
        Ok(match request {
            Some(request) => State::SendCertificate { agreed: self, request, offset: 0 },
            None => State::SendClientKeyExchange { agreed: self, request: None },
        })
    }

    #[inline(never)]
    pub(super) fn send_certificate(
        mut self,
        config: &ClientConfig<'_>,
        request: Request,
        offset: usize,
        link: &mut Link<'_, '_, P>,
    ) -> Result<State<P>, Error> {
        let chain = match request.answer {
            Some((identity, _)) => config.identities.get(identity).ok_or(Error::Bug)?.chain,
            None => &[],
        };
        Ok(match link.streamed(&CertificateBody(chain), offset, &mut self.transcript)? {
            Some(offset) => State::SendCertificate { agreed: self, request, offset },
            None => State::SendClientKeyExchange { agreed: self, request: Some(request) },
        })
    }

    #[inline(never)]
    pub(super) fn send_client_key_exchange(
        mut self,
        config: &ClientConfig<'_>,
        request: Option<Request>,
        link: &mut Link<'_, '_, P>,
    ) -> Result<State<P>, Error> {
        let exchange = ClientKeyExchange { public_value: self.public_value.as_ref() };
        link.message(HandshakeType::CLIENT_KEY_EXCHANGE, &mut self.transcript, |w| exchange.emit(w))?;
        let mut secured = Secured::new(self.agreement, self.transcript, &self.shared)?;
        let Some((identity, scheme)) = request.and_then(|request| request.answer) else {
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
