//! ClientHello out, ServerHello and Certificate in.

use super::State;
use crate::crypto::{Entropy, HashAlgorithm, Provider};
use crate::tls::config::ClientConfig;
use crate::tls::error::{Error, Incompatible, Misbehaved};
use crate::tls::key_schedule::Randoms;
use crate::tls::machine::Link;
use crate::tls::message::{ClientHelloBody, Handshake, HandshakeType, RANDOM, ServerHello};
use crate::tls::peer_key::PeerKey;
use crate::tls::record::VERSION;
use crate::tls::session::certificate_list;
use crate::tls::suite::CipherSuite;
use crate::tls::transcript::Transcript;
use crate::x509::{CertificateError, CertificateList};

/// What was offered, while the answer is awaited.
pub(super) struct Offer<P: Provider> {
    random: [u8; RANDOM],
    transcript: Transcript<P>,
}

/// What both hello messages settled.
pub(super) struct Hello<P: Provider> {
    pub(super) suite: CipherSuite,
    pub(super) extended_master_secret: bool,
    pub(super) randoms: Randoms,
    pub(super) transcript: Transcript<P>,
}

pub(super) fn send_client_hello<P: Provider>(
    config: &ClientConfig<'_>,
    link: &mut Link<'_, '_, P>,
    entropy: &mut dyn Entropy,
) -> Result<State<P>, Error> {
    let mut random = [0; RANDOM];
    entropy.fill(&mut random)?;
    let mut transcript = Transcript::new(|hash| {
        config.cipher_suites.iter().any(|suite| suite.hash() == hash) || may_sign_with(config, hash)
    });
    let offer = ClientHelloBody {
        random: &random,
        server_name: config.server_name,
        cipher_suites: config.cipher_suites,
        groups: config.groups,
        signature_schemes: config.signature_schemes,
    };
    link.message(HandshakeType::CLIENT_HELLO, &mut transcript, |w| offer.emit(w))?;
    Ok(State::ExpectServerHello(Offer { random, transcript }))
}

impl<P: Provider> Offer<P> {
    /// Takes the server's choice, each part of which must have been offered.
    pub(super) fn on_server_hello(
        mut self,
        config: &ClientConfig<'_>,
        message: &Handshake<'_>,
    ) -> Result<State<P>, Error> {
        let choice = message.decode(ServerHello::parse)?;
        if choice.version != VERSION {
            return Err(Incompatible::Version.into());
        }
        let suite = CipherSuite::from_code(choice.cipher_suite)
            .filter(|suite| config.cipher_suites.contains(suite))
            .ok_or(Misbehaved::NotOffered)?;
        if choice.compression_method != 0 {
            return Err(Misbehaved::Compression.into());
        }
        let extensions = choice.extensions(config.server_name.is_some())?;
        if config.require_extended_master_secret && !extensions.extended_master_secret {
            return Err(Incompatible::ExtendedMasterSecret.into());
        }
        self.transcript.keep(|hash| hash == suite.hash() || may_sign_with(config, hash));
        self.transcript.received(message);
        Ok(State::ExpectCertificate(Hello {
            suite,
            extended_master_secret: extensions.extended_master_secret,
            randoms: Randoms { client: self.random, server: *choice.random },
            transcript: self.transcript,
        }))
    }
}

impl<P: Provider> Hello<P> {
    pub(super) fn on_certificate(self, message: &Handshake<'_>) -> Result<State<P>, Error> {
        // RFC 5246 section 7.4.2: a server that authenticates itself presents at least its own certificate.
        if certificate_list(message)?.is_empty() {
            return Err(CertificateError::BadEncoding.into());
        }
        Ok(State::AwaitVerdict(self))
    }

    pub(super) fn on_verdict(
        mut self,
        message: &Handshake<'_>,
        chain: CertificateList<'_>,
    ) -> Result<State<P>, Error> {
        self.transcript.received(message);
        Ok(State::ExpectServerKeyExchange { hello: self, server: PeerKey::of_leaf(chain)? })
    }
}

/// Whether a CertificateVerify of ours might be made with `hash`.
fn may_sign_with(config: &ClientConfig<'_>, hash: HashAlgorithm) -> bool {
    config.identities.iter().flat_map(|identity| identity.schemes).any(|scheme| scheme.hash() == hash)
}
