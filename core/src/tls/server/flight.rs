//! The server's first flight behind ServerHello, and what the client's certificate adds to it.

use super::State;
use crate::crypto::Provider;
use crate::tls::config::{ClientAuth, Context, ServerConfig};
use crate::tls::error::{Error, Incompatible};
use crate::tls::event::SignRequest;
use crate::tls::key_exchange::EphemeralKey;
use crate::tls::limits::MAX_SIGNATURE;
use crate::tls::machine::Link;
use crate::tls::message::{
    CertificateBody, CertificateRequestBody, HEADER, Handshake, HandshakeType, ServerEcdhParams,
};
use crate::tls::peer_key::PeerKey;
use crate::tls::secured::Agreement;
use crate::tls::session::certificate_list;
use crate::tls::transcript::Transcript;
use crate::wire::Writer;
use crate::x509::CertificateList;

/// Longest ServerECDHParams: curve type, group, length, secp384r1 point.
const MAX_PARAMS: usize = 1 + 2 + 1 + crate::crypto::MAX_PUBLIC_VALUE;
/// Longest ServerKeyExchange.
pub(super) const MAX_SERVER_KEY_EXCHANGE: usize = HEADER + MAX_PARAMS + 2 + 2 + MAX_SIGNATURE;

/// What both hello messages settled, and the transcript so far.
pub(super) struct Hello<P: Provider> {
    pub(super) agreement: Agreement,
    pub(super) identity: usize,
    pub(super) transcript: Transcript<P>,
}

impl<P: Provider> Hello<P> {
    #[inline(never)]
    pub(super) fn send_certificate(
        mut self,
        config: &ServerConfig<'_>,
        offset: usize,
        link: &mut Link<'_, '_, P>,
    ) -> Result<State<P>, Error> {
        let identity = config.identities.get(self.identity).ok_or(Error::Bug)?;
        Ok(match link.streamed(&CertificateBody(identity.chain), offset, &mut self.transcript)? {
            Some(offset) => State::SendCertificate { hello: self, offset },
            None => State::SendServerKeyExchange { hello: self },
        })
    }

    /// Makes the ephemeral key and asks for the signature over it: of client_random, server_random and the
    /// ServerECDHParams (RFC 8422 section 5.4). There is room for the message now, and nothing else can take it.
    #[inline(never)]
    pub(super) fn generate_key(self, cx: &mut Context<'_>) -> Result<State<P>, Error> {
        let key = EphemeralKey::generate(self.agreement.negotiated.group, cx.entropy)?;
        let params =
            ServerEcdhParams { group: self.agreement.negotiated.group, public_value: key.public_value() };
        let mut emitted = [0; MAX_PARAMS];
        let mut w = Writer::new(&mut emitted);
        params.emit(&mut w)?;
        let scheme = self.agreement.negotiated.signature_scheme;
        let randoms = &self.agreement.randoms;
        let digest = scheme.hash().digest::<P>(&[&randoms.client, &randoms.server, w.written()]);
        let request = SignRequest { identity: self.identity, scheme, digest };
        Ok(State::AwaitSignature { hello: self, key, params, request })
    }

    #[inline(never)]
    pub(super) fn send_key_exchange(
        mut self,
        key: EphemeralKey<P>,
        params: &ServerEcdhParams,
        signature: &[u8],
        asks_client: bool,
        link: &mut Link<'_, '_, P>,
    ) -> Result<State<P>, Error> {
        let scheme = self.agreement.negotiated.signature_scheme;
        link.message(HandshakeType::SERVER_KEY_EXCHANGE, &mut self.transcript, |w| {
            params.emit(w)?;
            w.u16(scheme.code())?;
            w.vec16(signature)
        })?;
        Ok(if asks_client {
            State::SendCertificateRequest { hello: self, key, offset: 0 }
        } else {
            State::SendServerHelloDone { hello: self, key }
        })
    }

    #[inline(never)]
    pub(super) fn send_certificate_request(
        mut self,
        config: &ServerConfig<'_>,
        key: EphemeralKey<P>,
        offset: usize,
        link: &mut Link<'_, '_, P>,
    ) -> Result<State<P>, Error> {
        let request =
            CertificateRequestBody { schemes: config.client_schemes, authorities: config.client_authorities };
        Ok(match link.streamed(&request, offset, &mut self.transcript)? {
            Some(offset) => State::SendCertificateRequest { hello: self, key, offset },
            None => State::SendServerHelloDone { hello: self, key },
        })
    }

    #[inline(never)]
    pub(super) fn send_done(
        mut self,
        config: &ServerConfig<'_>,
        key: EphemeralKey<P>,
        link: &mut Link<'_, '_, P>,
    ) -> Result<State<P>, Error> {
        link.message(HandshakeType::SERVER_HELLO_DONE, &mut self.transcript, |_| Ok(()))?;
        Ok(if config.client_auth == ClientAuth::None {
            State::ExpectClientKeyExchange { hello: self, key, client: None }
        } else {
            State::ExpectCertificate { hello: self, key }
        })
    }

    #[inline(never)]
    pub(super) fn on_certificate(
        mut self,
        config: &ServerConfig<'_>,
        key: EphemeralKey<P>,
        message: &Handshake<'_>,
    ) -> Result<State<P>, Error> {
        if !certificate_list(message)?.is_empty() {
            return Ok(State::AwaitVerdict { hello: self, key });
        }
        if config.client_auth.is_required() {
            return Err(Incompatible::NoCertificate.into());
        }
        self.transcript.received(message);
        let suite = self.agreement.negotiated.cipher_suite;
        self.transcript.keep(|hash| hash == suite.hash());
        Ok(State::ExpectClientKeyExchange { hello: self, key, client: None })
    }

    #[inline(never)]
    pub(super) fn on_verdict(
        mut self,
        key: EphemeralKey<P>,
        message: &Handshake<'_>,
        chain: CertificateList<'_>,
    ) -> Result<State<P>, Error> {
        self.transcript.received(message);
        let client = Some(PeerKey::of_leaf::<P>(chain)?);
        Ok(State::ExpectClientKeyExchange { hello: self, key, client })
    }
}
