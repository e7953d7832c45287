//! ClientHello out, ServerHello in.

use super::State;
use crate::crypto::{HashAlgorithm, Provider};
use crate::tls::codes::{HandshakeType, ProtocolVersion};
use crate::tls::config::{ClientConfig, Identity};
use crate::tls::context::Context;
use crate::tls::error::{Error, Incompatible, Misbehaved};
use crate::tls::event::Negotiated;
use crate::tls::fragment::FragmentLimits;
use crate::tls::group::NamedGroup;
use crate::tls::limits::MAX_FRAGMENT;
use crate::tls::message::{ClientHelloBody, Handshake, Offered, RANDOM, ServerExtensions, ServerHello};
use crate::tls::role::Link;
use crate::tls::store::Store;
use crate::tls::suite::CipherSuite;
use crate::tls::supported::Supported;
use crate::tls::ticket::{Binding, Terms};
use crate::tls::tls12::client::finish::Finish;
use crate::tls::tls12::client::proof::{Proof, Step};
use crate::tls::tls12::key_schedule::Randoms;
use crate::tls::tls12::secured::{Agreement, Secured};
use crate::tls::transcript::Transcript;

/// The space that a ClientHello needs in addition to its ticket.
pub(crate) const CLIENT_HELLO: usize = 512;

/// What was offered, kept until the answer arrives.
pub(crate) struct Offer<P: Provider> {
    random: [u8; RANDOM],
    /// Sent along with a ticket; empty without one.
    session_id: Option<[u8; 32]>,
    offered: Offered,
    transcript: Transcript<P>,
}

#[inline(never)]
pub(crate) fn send_client_hello<P: Provider>(
    config: &ClientConfig<'_>,
    store: Option<&mut Store>,
    link: &mut Link<'_, '_, P>,
    cx: &mut Context<'_>,
) -> Result<Offer<P>, Error> {
    let mut random = [0; RANDOM];
    cx.entropy.fill(&mut random)?;
    let wants_ticket = store.is_some();
    let room = link.send.message_room().saturating_sub(CLIENT_HELLO);
    let ticket = match store {
        Some(store) => store.offer(&binding::<P>(config)?, config.cipher_suites, cx.now, room),
        None => None,
    };
    let mut session_id = None;
    if ticket.is_some() {
        let mut id = [0; 32];
        cx.entropy.fill(&mut id)?;
        session_id = Some(id);
    }
    let own_limit = Some(link.opener.capacity).filter(|capacity| *capacity < MAX_FRAGMENT);
    let hello = ClientHelloBody {
        random: &random,
        server_name: config.server_name,
        cipher_suites: config.suites::<P>(),
        groups: Supported::new(config.groups, NamedGroup::is_supported::<P>),
        signature_schemes: config.schemes::<P>(),
        alpn: config.alpn,
        max_fragment_length: config.max_fragment_length,
        record_size_limit: own_limit,
        session_id: session_id.as_ref().map_or(&[], |id| id.as_slice()),
        session_ticket: wants_ticket.then_some(ticket.unwrap_or_default()),
    };
    let mut transcript = Transcript::new(|hash| {
        config.offers::<P>().any(|suite| suite.hash_in::<P>() == hash) || may_sign_with(config, hash)
    });
    link.message(HandshakeType::CLIENT_HELLO, &mut transcript, |w| hello.emit(w))?;
    let offered = Offered {
        server_name: config.server_name.is_some(),
        alpn: !config.alpn.is_empty(),
        max_fragment_length: config.max_fragment_length.is_some(),
        record_size_limit: own_limit.is_some(),
        session_ticket: wants_ticket,
    };
    Ok(Offer { random, session_id, offered, transcript })
}

impl<P: Provider> Offer<P> {
    /// Applies the server's choices, each of which must have been offered.
    #[inline(never)]
    pub(crate) fn on_server_hello(
        mut self,
        config: &ClientConfig<'_>,
        store: Option<&mut Store>,
        message: &Handshake<'_>,
        link: &mut Link<'_, '_, P>,
    ) -> Result<State<P>, Error> {
        let choice = message.decode(ServerHello::parse)?;
        if choice.version != ProtocolVersion::TLS12 {
            return Err(Incompatible::Version.into());
        }
        let suite = CipherSuite::from_code(choice.cipher_suite)
            .filter(|suite| config.offers::<P>().any(|offered| offered == *suite))
            .ok_or(Misbehaved::NotOffered)?;
        if choice.compression_method != 0 {
            return Err(Misbehaved::Compression.into());
        }
        let extensions = choice.extensions(self.offered)?;
        if config.require_extended_master_secret && !extensions.extended_master_secret {
            return Err(Incompatible::ExtendedMasterSecret.into());
        }
        let alpn = chosen_alpn(config, extensions.alpn)?;
        let limits = self.agree_on_limits(config, &extensions, link)?;
        let randoms = Randoms { client: self.random, server: *choice.random };
        let ticket = match extensions.session_ticket {
            true => Some(Terms::new(binding::<P>(config)?)),
            false => None,
        };
        self.transcript.received(message);

        let resumed = store
            .filter(|_| self.session_id.is_some_and(|id| id == choice.session_id))
            .and_then(|store| store.resume());
        let Some((negotiated, master_secret, valid_until)) = resumed else {
            self.transcript.keep(|hash| hash == suite.hash_in::<P>() || may_sign_with(config, hash));
            let transcript = self.transcript;
            let extended_master_secret = extensions.extended_master_secret;
            let step = Step::ExpectCertificate;
            let proof =
                Proof { suite, extended_master_secret, alpn, randoms, limits, ticket, transcript, step };
            return Ok(State::Proof(proof));
        };
        if negotiated.cipher_suite != suite {
            return Err(Misbehaved::NotOffered.into());
        }
        if !extensions.extended_master_secret {
            return Err(Misbehaved::ResumedWithoutExtendedMasterSecret.into());
        }
        let negotiated = Negotiated { resumed: true, alpn, ..negotiated };
        let ticket = ticket.map(|terms| Terms { valid_until, ..terms });
        let agreement = Agreement { negotiated, randoms, limits, ticket };
        self.transcript.keep(|hash| hash == suite.hash_in::<P>());
        let secured = Secured::resumed(agreement, self.transcript, master_secret)?;
        Ok(State::Finish(Finish::resumed(secured)))
    }

    fn agree_on_limits(
        &self,
        config: &ClientConfig<'_>,
        extensions: &ServerExtensions<'_>,
        link: &mut Link<'_, '_, P>,
    ) -> Result<FragmentLimits, Error> {
        let fragment = extensions.max_fragment_length;
        // RFC 6066 section 4: the answer must be what was requested. RFC 8449 section 5: both limits are
        // never used together.
        if fragment.is_some_and(|length| Some(length) != config.max_fragment_length)
            || (fragment.is_some() && extensions.record_size_limit.is_some())
        {
            return Err(Misbehaved::FragmentLimit.into());
        }
        let record_size = extensions.record_size_limit.map(|peer| (peer, link.opener.capacity));
        let limits = FragmentLimits::agreed(record_size, fragment);
        if fragment.is_some() {
            link.send.max_fragment = limits.send;
            link.opener.max_fragment = limits.recv;
        }
        Ok(limits)
    }
}

/// What a stored session is bound to: the server that it was created with, and this side's identities.
fn binding<P: Provider>(config: &ClientConfig<'_>) -> Result<[u8; 32], Error> {
    let mut binding = Binding::<P>::new()?;
    binding.part(config.server_name.unwrap_or_default().as_bytes());
    binding.part(config.expected_peer.unwrap_or_default());
    binding.list(config.identities.iter().map(Identity::leaf));
    binding.finish()
}

/// The server's protocol name, which must be one of ours (RFC 7301 section 3.2).
fn chosen_alpn(config: &ClientConfig<'_>, chosen: Option<&[u8]>) -> Result<Option<usize>, Error> {
    let Some(chosen) = chosen else { return Ok(None) };
    let index = config.alpn.iter().position(|name| *name == chosen);
    Ok(Some(index.ok_or(Misbehaved::NotOffered)?))
}

/// Whether our CertificateVerify might use `hash`.
fn may_sign_with(config: &ClientConfig<'_>, hash: HashAlgorithm) -> bool {
    config.identities.iter().flat_map(|identity| identity.schemes).any(|scheme| scheme.hash() == hash)
}
