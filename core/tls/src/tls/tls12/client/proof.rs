//! From Certificate to ServerKeyExchange: the server presents its certificate and proves that it holds the
//! key.

use super::flight::Flight;
use crate::UnixTime;
use crate::crypto::{Provider, PublicValue, SharedSecret, SignatureScheme};
use crate::tls::codes::{HandshakeType, ProtocolVersion};
use crate::tls::config::ClientConfig;
use crate::tls::context::Context;
use crate::tls::error::{Error, FromPeer, Misbehaved, Structure};
use crate::tls::event::Negotiated;
use crate::tls::fragment::FragmentLimits;
use crate::tls::group::NamedGroup;
use crate::tls::message::{Handshake, ServerKeyExchange};
use crate::tls::peer_key::PeerKey;
use crate::tls::role::Want;
use crate::tls::suite::CipherSuite;
use crate::tls::ticket::Terms;
use crate::tls::tls12::key_schedule::Randoms;
use crate::tls::tls12::secured::Agreement;
use crate::tls::transcript::Transcript;
use crate::wire::DecodeError;
use crate::x509::CertificateList;

/// What the hello messages negotiated, and how far the server's proof has progressed.
pub(crate) struct Proof<P: Provider> {
    pub(crate) suite: CipherSuite,
    pub(crate) extended_master_secret: bool,
    pub(crate) alpn: Option<usize>,
    pub(crate) randoms: Randoms,
    pub(crate) limits: FragmentLimits,
    pub(crate) ticket: Option<Terms>,
    pub(crate) transcript: Transcript<P>,
    pub(crate) step: Step<P>,
}

/// `ExpectX` waits for the server, `AwaitX` for the host.
pub(crate) enum Step<P: Provider> {
    ExpectCertificate,
    AwaitVerdict,
    /// With the key of the server's certificate, whose possession is still to be proven.
    ExpectServerKeyExchange(PeerKey<P>),
}

/// The server has proven possession of its key, and the secret has been agreed on.
pub(crate) struct Agreed {
    group: NamedGroup,
    scheme: SignatureScheme,
    shared: SharedSecret,
    public_value: PublicValue,
}

impl<P: Provider> Proof<P> {
    pub(crate) const fn want(&self) -> Want {
        match self.step {
            Step::AwaitVerdict => Want::Verify,
            Step::ExpectCertificate | Step::ExpectServerKeyExchange(_) => Want::Peer,
        }
    }

    /// What this step waits for, to be reported if something else arrives.
    pub(crate) const fn expected(&self) -> FromPeer {
        match self.step {
            Step::ExpectCertificate => FromPeer::Handshake(HandshakeType::CERTIFICATE),
            Step::AwaitVerdict => FromPeer::Nothing,
            Step::ExpectServerKeyExchange(_) => FromPeer::Handshake(HandshakeType::SERVER_KEY_EXCHANGE),
        }
    }

    /// Whether the server has to prove possession of its key next.
    pub(crate) const fn expects_key_exchange(&self) -> bool {
        matches!(self.step, Step::ExpectServerKeyExchange(_))
    }

    #[inline(never)]
    pub(crate) fn on_certificate(
        &mut self,
        message: &Handshake<'_>,
        now: Option<UnixTime>,
    ) -> Result<(), Error> {
        let Step::ExpectCertificate = self.step else { return Err(message.instead_of(self.expected())) };
        message.check_kind(HandshakeType::CERTIFICATE)?;
        // RFC 5246 section 7.4.2: a server that authenticates itself presents at least its own certificate.
        // RFC 8446 section 4.4.2.4 names the alert.
        let chain = message.certificates()?;
        if chain.is_empty() {
            return Err(Error::Decode(
                Structure::Handshake(HandshakeType::CERTIFICATE),
                DecodeError::BadLength,
            ));
        }
        if let Some(terms) = &mut self.ticket {
            terms.limit_to(chain, now);
        }
        self.step = Step::AwaitVerdict;
        Ok(())
    }

    #[inline(never)]
    pub(crate) fn on_verdict(
        &mut self,
        message: &Handshake<'_>,
        chain: CertificateList<'_>,
    ) -> Result<(), Error> {
        self.transcript.received(message);
        self.step = Step::ExpectServerKeyExchange(PeerKey::of_leaf(chain)?);
        Ok(())
    }

    /// Handles ServerKeyExchange, which establishes the shared secret.
    #[inline(never)]
    pub(crate) fn agree(
        &mut self,
        config: &ClientConfig<'_>,
        message: &Handshake<'_>,
        cx: &mut Context<'_>,
    ) -> Result<Agreed, Error> {
        let Step::ExpectServerKeyExchange(server) = &self.step else { return Err(Error::Bug) };
        let exchange = message.decode(ServerKeyExchange::parse)?;
        let group = NamedGroup::from_code(exchange.group)
            .filter(|group| config.groups.contains(group) && group.is_supported::<P>())
            .ok_or(Misbehaved::NotOffered)?;
        let scheme =
            server.verify(exchange.scheme, config.signature_schemes, exchange.signature, |hash| {
                let signed: [&[u8]; 3] = [&self.randoms.client, &self.randoms.server, exchange.params];
                hash.digest::<P>(&signed).ok_or(Error::Bug)
            })?;
        // The suite determines the kind of the server's key (RFC 8422 section 2).
        if !self.suite.is_signed_with(scheme.kind()) {
            return Err(Misbehaved::SchemeDoesNotFitKey.into());
        }
        let (public_value, shared) = group.respond::<P>(cx.entropy, exchange.public_value)?;
        self.transcript.received(message);
        Ok(Agreed { group, scheme, shared, public_value })
    }

    /// The next part, with the secret from [`Self::agree`].
    pub(crate) fn into_flight(self, agreed: Agreed) -> Flight<P> {
        let negotiated = Negotiated {
            version: ProtocolVersion::TLS12,
            cipher_suite: self.suite,
            group: agreed.group,
            signature_scheme: agreed.scheme,
            extended_master_secret: self.extended_master_secret,
            client_certificate: None,
            client_signature_scheme: None,
            alpn: self.alpn,
            resumed: false,
        };
        let Self { randoms, limits, ticket, transcript, .. } = self;
        let agreement = Agreement { negotiated, randoms, limits, ticket };
        Flight::new(agreement, transcript, agreed.shared, agreed.public_value)
    }
}
