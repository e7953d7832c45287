//! From Certificate to ClientKeyExchange: the server's flight after ServerHello, and the client's
//! certificate.

use super::finish::Finish;
use crate::UnixTime;
use crate::crypto::{Provider, SignatureScheme};
use crate::tls::codes::HandshakeType;
use crate::tls::config::{ClientAuth, ServerConfig};
use crate::tls::error::{Error, FromPeer, Incompatible};
use crate::tls::event::SignRequest;
use crate::tls::group::EphemeralKey;
use crate::tls::limits::MAX_SIGNATURE;
use crate::tls::message::{
    CertificateBody, CertificateRequestBody, ClientKeyExchange, HEADER, Handshake, ServerEcdhParams,
};
use crate::tls::peer_key::PeerKey;
use crate::tls::role::{Link, Want};
use crate::tls::supported::Supported;
use crate::tls::tls12::secured::{Agreement, Secured};
use crate::tls::transcript::Transcript;
use crate::wire::Writer;
use crate::x509::CertificateList;

/// Longest ServerECDHParams: curve type, group, length, secp384r1 point.
const MAX_PARAMS: usize = 1 + 2 + 1 + crate::crypto::MAX_PUBLIC_VALUE;
/// Longest ServerKeyExchange.
const MAX_SERVER_KEY_EXCHANGE: usize = HEADER + MAX_PARAMS + 2 + 2 + MAX_SIGNATURE;

/// What the hello messages negotiated, and how far the key exchange has progressed.
pub(crate) struct Flight<P: Provider> {
    pub(crate) agreement: Agreement,
    pub(crate) identity: usize,
    pub(crate) transcript: Transcript<P>,
    pub(crate) key: EphemeralKey<P>,
    pub(crate) step: Step<P>,
}

/// `ExpectX` waits for the peer, `AwaitX` for the host, `SendX` for space in the send buffer.
pub(crate) enum Step<P: Provider> {
    SendCertificate {
        offset: usize,
    },
    SendServerKeyExchange,
    /// With what is being signed: computing a public value costs as much as the agreement, so it is done only
    /// once.
    AwaitSignature {
        params: ServerEcdhParams,
        request: SignRequest,
    },
    SendCertificateRequest {
        offset: usize,
    },
    SendServerHelloDone,
    ExpectCertificate,
    AwaitVerdict,
    /// With the key of the client's certificate, whose possession is still to be proven.
    ExpectClientKeyExchange {
        client: Option<PeerKey<P>>,
    },
}

impl<P: Provider> Flight<P> {
    pub(crate) const fn want(&self) -> Want {
        match &self.step {
            Step::SendCertificate { .. } | Step::SendCertificateRequest { .. } => Want::Send(64),
            Step::SendServerKeyExchange => Want::Send(MAX_SERVER_KEY_EXCHANGE),
            Step::SendServerHelloDone => Want::Send(HEADER),
            Step::AwaitSignature { request, .. } => Want::Sign(*request),
            Step::AwaitVerdict => Want::Verify,
            Step::ExpectCertificate | Step::ExpectClientKeyExchange { .. } => Want::Peer,
        }
    }

    /// What this step waits for, to be reported if something else arrives.
    pub(crate) const fn expected(&self) -> FromPeer {
        match &self.step {
            Step::ExpectCertificate => FromPeer::Handshake(HandshakeType::CERTIFICATE),
            Step::ExpectClientKeyExchange { .. } => FromPeer::Handshake(HandshakeType::CLIENT_KEY_EXCHANGE),
            _ => FromPeer::Nothing,
        }
    }

    /// Sends the next message, or as much of a long one as there is room for.
    pub(crate) fn send(
        &mut self,
        config: &ServerConfig<'_>,
        link: &mut Link<'_, '_, P>,
    ) -> Result<(), Error> {
        self.step = match self.step {
            Step::SendCertificate { offset } => {
                let identity = config.identities.get(self.identity).ok_or(Error::Bug)?;
                match link.streamed(&CertificateBody(identity.chain), offset, &mut self.transcript)? {
                    Some(offset) => Step::SendCertificate { offset },
                    None => Step::SendServerKeyExchange,
                }
            }
            Step::SendServerKeyExchange => self.sign()?,
            Step::SendCertificateRequest { offset } if P::CLIENT_AUTH => {
                let request = CertificateRequestBody {
                    schemes: Supported::new(config.client_schemes, SignatureScheme::is_verifiable::<P>),
                    authorities: config.client_authorities,
                };
                match link.streamed(&request, offset, &mut self.transcript)? {
                    Some(offset) => Step::SendCertificateRequest { offset },
                    None => Step::SendServerHelloDone,
                }
            }
            Step::SendServerHelloDone => {
                link.message(HandshakeType::SERVER_HELLO_DONE, &mut self.transcript, |_| Ok(()))?;
                if config.client_auth == ClientAuth::None {
                    Step::ExpectClientKeyExchange { client: None }
                } else {
                    Step::ExpectCertificate
                }
            }
            _ => return Err(Error::Bug),
        };
        Ok(())
    }

    /// Requests the signature over client_random, server_random and the ServerECDHParams (RFC 8422 section
    /// 5.4). There is room for the message now, and nothing else can use it up.
    #[inline(never)]
    fn sign(&self) -> Result<Step<P>, Error> {
        let group = self.agreement.negotiated.group;
        let params = ServerEcdhParams { group, public_value: self.key.public_value() };
        let mut emitted = [0; MAX_PARAMS];
        let mut w = Writer::new(&mut emitted);
        params.emit(&mut w)?;
        let scheme = self.agreement.negotiated.signature_scheme;
        let randoms = &self.agreement.randoms;
        let signed = [&randoms.client[..], &randoms.server, w.written()];
        let digest = scheme.hash().digest::<P>(&signed).ok_or(Error::Bug)?;
        Ok(Step::AwaitSignature { params, request: SignRequest { identity: self.identity, scheme, digest } })
    }

    pub(crate) fn send_key_exchange(
        &mut self,
        config: &ServerConfig<'_>,
        signature: &[u8],
        link: &mut Link<'_, '_, P>,
    ) -> Result<(), Error> {
        let Step::AwaitSignature { params, request } = &self.step else { return Err(Error::Bug) };
        link.message(HandshakeType::SERVER_KEY_EXCHANGE, &mut self.transcript, |w| {
            params.emit(w)?;
            w.u16(request.scheme.code())?;
            w.vec16(signature)
        })?;
        self.step = if config.client_auth == ClientAuth::None {
            Step::SendServerHelloDone
        } else {
            Step::SendCertificateRequest { offset: 0 }
        };
        Ok(())
    }

    #[inline(never)]
    pub(crate) fn on_certificate(
        &mut self,
        config: &ServerConfig<'_>,
        message: &Handshake<'_>,
        now: Option<UnixTime>,
    ) -> Result<(), Error> {
        let chain = message.certificates()?;
        if !chain.is_empty() {
            if let Some(terms) = &mut self.agreement.ticket {
                terms.limit_to(chain, now);
            }
            self.step = Step::AwaitVerdict;
            return Ok(());
        }
        if config.client_auth.is_required() {
            return Err(Incompatible::NoCertificate.into());
        }
        self.transcript.received(message);
        let suite = self.agreement.negotiated.cipher_suite;
        self.transcript.keep(|hash| hash == suite.hash_in::<P>());
        self.step = Step::ExpectClientKeyExchange { client: None };
        Ok(())
    }

    #[inline(never)]
    pub(crate) fn on_verdict(
        &mut self,
        message: &Handshake<'_>,
        chain: CertificateList<'_>,
    ) -> Result<(), Error> {
        self.transcript.received(message);
        self.step = Step::ExpectClientKeyExchange { client: Some(PeerKey::of_leaf(chain)?) };
        Ok(())
    }

    /// Handles the client's ClientKeyExchange, which leads to the master secret.
    #[inline(never)]
    pub(crate) fn finish(mut self, message: &Handshake<'_>) -> Result<Finish<P>, Error> {
        let Step::ExpectClientKeyExchange { client } = self.step else { return Err(Error::Bug) };
        let shared = self.key.agree(message.decode(ClientKeyExchange::parse)?.public_value)?;
        self.transcript.received(message);
        Ok(Finish::new(Secured::new(self.agreement, self.transcript, &shared)?, client))
    }
}
