//! ClientHello in, ServerHello out: negotiating the session.

use super::{Server, State};
use crate::crypto::{HashAlgorithm, Provider, PublicKey, SignatureScheme};
use crate::tls::codes::{HandshakeType, ProtocolVersion};
use crate::tls::config::{ClientAuth, Identity, ServerConfig};
use crate::tls::context::Context;
use crate::tls::error::{Error, Incompatible, Misbehaved};
use crate::tls::event::Negotiated;
use crate::tls::fragment::FragmentLimits;
use crate::tls::group::{EphemeralKey, NamedGroup};
use crate::tls::message::{
    ClientExtensions, ClientHello, Handshake, MAX_SESSION_ID, RANDOM, ServerHelloBody,
};
use crate::tls::role::Link;
use crate::tls::suite::CipherSuite;
use crate::tls::ticket::{self, Binding, Resumed, Terms};
use crate::tls::tls12::key_schedule::Randoms;
use crate::tls::tls12::secured::Agreement;
use crate::tls::tls12::server::finish::Finish;
use crate::tls::tls12::server::flight::{Flight, Step};
use crate::tls::transcript::Transcript;
use crate::wire::Reader;
use crate::x509::Certificate;

/// Code points that the engine knows even if the key exchange is not supported.
const SECP256R1: u16 = 23;
const SECP384R1: u16 = 24;
/// TLS_FALLBACK_SCSV (RFC 7507 section 2).
const FALLBACK_SCSV: u16 = 0x5600;

/// Negotiates the session, and answers with ServerHello.
#[inline(never)]
pub(super) fn answer<P: Provider>(
    server: &mut Server<'_, P>,
    message: &Handshake<'_>,
    link: &mut Link<'_, '_, P>,
    cx: &mut Context<'_>,
) -> Result<(), Error> {
    let config = server.config;
    let offer = message.decode(ClientHello::parse)?;
    let extensions = offer.extensions()?;
    check_version(&offer, &extensions)?;
    if config.require_extended_master_secret && !extensions.extended_master_secret {
        return Err(Incompatible::ExtendedMasterSecret.into());
    }
    let alpn = choose_alpn(config, extensions.alpn)?;
    let binding = ticket_binding::<P>(config, &extensions, alpn)?;
    let origin = match resume::<P>(config, &offer, &extensions, binding.as_ref(), cx)? {
        Some(resumed) => Origin::Ticket(resumed),
        None => Origin::Choice(choose::<P>(config, &offer, &extensions)?),
    };
    let negotiated = Negotiated { alpn, ..*origin.negotiated() };
    let is_resumed = negotiated.resumed;

    let mut server_random = [0; RANDOM];
    cx.entropy.fill(&mut server_random)?;
    let randoms = Randoms { client: *offer.random, server: server_random };
    let own_limit = extensions.record_size_limit.map(|_| link.opener.capacity);
    let limits =
        FragmentLimits::agreed(extensions.record_size_limit.zip(own_limit), extensions.max_fragment_length);
    // A new ticket comes with a full handshake, or replaces one that was sealed with the previous key.
    let ticket = match &origin {
        Origin::Ticket(resumed) => Some(resumed.terms).filter(|_| resumed.renew),
        Origin::Choice(_) => {
            binding.map(Terms::new).filter(|_| extensions.extended_master_secret && cx.now.is_some())
        }
    };
    let ticket = ticket.filter(|_| len_with_ticket(message, &offer, &extensions) <= link.opener.capacity);
    let reply = ServerHelloBody {
        random: &randoms.server,
        cipher_suite: negotiated.cipher_suite,
        extended_master_secret: extensions.extended_master_secret,
        renegotiation_info: extensions.renegotiation_info,
        ec_point_formats: extensions.ec_point_formats,
        alpn: alpn.and_then(|index| config.alpn.get(index)).copied(),
        // RFC 8449 section 5: a server that answers with record_size_limit omits max_fragment_length.
        max_fragment_length: extensions.max_fragment_length.filter(|_| own_limit.is_none()),
        record_size_limit: own_limit,
        session_id: if is_resumed { offer.session_id } else { &[] },
        session_ticket: ticket.is_some(),
    };

    let asks_client = config.client_auth != ClientAuth::None && !is_resumed;
    let mut transcript = Transcript::new(|hash: HashAlgorithm| {
        hash == negotiated.cipher_suite.hash_in::<P>()
            || (asks_client && config.client_schemes.iter().any(|scheme| scheme.hash() == hash))
    });
    transcript.received(message);
    link.message(HandshakeType::SERVER_HELLO, &mut transcript, |w| reply.emit(w))?;
    if own_limit.is_none() {
        // RFC 6066 section 4: max_fragment_length applies immediately, to handshake messages too.
        // record_size_limit applies only to sealed records.
        link.send.max_fragment = limits.send;
        link.opener.max_fragment = limits.recv;
    }
    let agreement = Agreement { negotiated, randoms, limits, ticket };
    server.state = match origin {
        Origin::Choice(Choice { identity, .. }) => {
            let key = EphemeralKey::generate(negotiated.group, cx.entropy)?;
            State::Flight(Flight {
                agreement,
                identity,
                transcript,
                key,
                step: Step::SendCertificate { offset: 0 },
            })
        }
        Origin::Ticket(resumed) => {
            let secret = resumed.master_secret;
            State::Finish(Finish::resumed(config, agreement, transcript, secret, link, cx)?)
        }
    };
    Ok(())
}

/// Rejects a client that does not support TLS 1.2 or insists on compression.
fn check_version(offer: &ClientHello<'_>, extensions: &ClientExtensions<'_>) -> Result<(), Error> {
    const TLS12: u16 = ProtocolVersion::TLS12.0;
    // RFC 8446 section 4.2.1: supported_versions, if present, replaces client_version.
    let does_tls12 = match extensions.supported_versions {
        Some(versions) => versions.contains(TLS12),
        None => offer.version.0 >= TLS12,
    };
    if !does_tls12 {
        // RFC 7507 section 3: a client that tried a newer version first is notified that the fallback was
        // unnecessary.
        let fell_back = offer.version.0 < TLS12 && offer.names_suite(FALLBACK_SCSV);
        return Err(if fell_back { Incompatible::Fallback } else { Incompatible::Version }.into());
    }
    if offer.offers_null_compression() { Ok(()) } else { Err(Misbehaved::Compression.into()) }
}

/// Where the session comes from.
enum Origin {
    /// The client's ticket.
    Ticket(Resumed),
    /// Chosen from what both sides support.
    Choice(Choice),
}

impl Origin {
    const fn negotiated(&self) -> &Negotiated {
        match self {
            Self::Ticket(resumed) => &resumed.negotiated,
            Self::Choice(choice) => &choice.negotiated,
        }
    }
}

struct Choice {
    negotiated: Negotiated,
    /// Index of the identity that is used.
    identity: usize,
}

/// The first of our suites that the client offers and one of our identities supports, with a group and a
/// scheme; the provider supports all of them.
fn choose<P: Provider>(
    config: &ServerConfig<'_>,
    offer: &ClientHello<'_>,
    extensions: &ClientExtensions<'_>,
) -> Result<Choice, Error> {
    // RFC 8422 section 4: if a client lists no groups, the server may choose any; all clients support
    // secp256r1.
    let client_has_group = |group: u16| match extensions.supported_groups {
        Some(groups) => groups.contains(group),
        None => group == SECP256R1,
    };
    // RFC 5246 section 7.4.1.4.1: a client that lists no schemes implies SHA-1, which is not supported.
    let schemes = extensions.signature_algorithms.unwrap_or_default();
    let client_has_scheme = |scheme: SignatureScheme| schemes.contains(scheme.code());

    let mut shared_suite = false;
    let is_shared = |suite: &CipherSuite| suite.is_supported::<P>() && offer.offers(*suite);
    for cipher_suite in config.cipher_suites.iter().copied().filter(is_shared) {
        // RFC 8422 section 5.1.1: the client's groups also apply to the curve of an ECDSA certificate.
        let identities = config.identities.iter().enumerate();
        let usable = identities.filter(|(_, identity)| curve_of(identity).is_none_or(client_has_group));
        let fitting =
            usable.flat_map(|(n, identity)| identity.schemes.iter().map(move |scheme| (n, *scheme)));
        let suits =
            |scheme: SignatureScheme| cipher_suite.is_signed_with(scheme.kind()) && scheme.has_hash::<P>();
        let mut fitting = fitting.filter(|(_, scheme)| suits(*scheme)).peekable();
        shared_suite |= fitting.peek().is_some();
        let Some((identity, signature_scheme)) = fitting.find(|(_, scheme)| client_has_scheme(*scheme))
        else {
            continue;
        };
        let is_shared = |group: &NamedGroup| group.is_supported::<P>() && client_has_group(group.code());
        let group = config.groups.iter().copied().find(is_shared);
        let negotiated = Negotiated {
            version: ProtocolVersion::TLS12,
            cipher_suite,
            group: group.ok_or(Incompatible::Group)?,
            signature_scheme,
            extended_master_secret: extensions.extended_master_secret,
            client_certificate: None,
            client_signature_scheme: None,
            alpn: None,
            resumed: false,
        };
        return Ok(Choice { negotiated, identity });
    }
    Err(if shared_suite { Incompatible::SignatureScheme } else { Incompatible::CipherSuite }.into())
}

/// The code point of the curve that an identity's certificate is on, if it is on one.
fn curve_of(identity: &Identity<'_>) -> Option<u16> {
    match Certificate::public_key_of(identity.chain.first()?).ok()? {
        PublicKey::Secp256r1(_) => Some(SECP256R1),
        PublicKey::Secp384r1(_) => Some(SECP384R1),
        PublicKey::Rsa { .. } => None,
    }
}

/// The first of our protocol names that the client also offers (RFC 7301 section 3.2).
fn choose_alpn(config: &ServerConfig<'_>, offered: Option<&[u8]>) -> Result<Option<usize>, Error> {
    let Some(offered) = offered.filter(|_| !config.alpn.is_empty()) else { return Ok(None) };
    let is_offered = |name: &&[u8]| {
        let mut names = Reader::new(offered);
        core::iter::from_fn(|| names.vec8().ok()).any(|offered| offered == *name)
    };
    let chosen = config.alpn.iter().position(is_offered);
    Ok(Some(chosen.ok_or(Incompatible::ApplicationProtocol)?))
}

/// The length of the client's next hello if it is this one with one of our tickets. With a ticket, a client
/// may send a session_id that it otherwise would not (RFC 5077 section 3.4).
fn len_with_ticket(
    message: &Handshake<'_>,
    offer: &ClientHello<'_>,
    extensions: &ClientExtensions<'_>,
) -> usize {
    let replaced = offer.session_id.len() + extensions.session_ticket.unwrap_or_default().len();
    message.raw.len().saturating_sub(replaced) + MAX_SESSION_ID + ticket::TICKET
}

/// What a ticket is bound to in addition to its content, if both sides want tickets: the names, the policy,
/// and the state of trust.
fn ticket_binding<P: Provider>(
    config: &ServerConfig<'_>,
    extensions: &ClientExtensions<'_>,
    alpn: Option<usize>,
) -> Result<Option<[u8; 32]>, Error> {
    let Some(tickets) = config.tickets.filter(|_| extensions.session_ticket.is_some()) else {
        return Ok(None);
    };
    let alpn = alpn.and_then(|index| config.alpn.get(index)).copied();
    let policy = match config.client_auth {
        ClientAuth::None => 0,
        ClientAuth::Optional => 1,
        ClientAuth::Required => 2,
    };
    let mut binding = Binding::<P>::new()?;
    binding.part(&tickets.epoch.to_be_bytes());
    binding.part(&[policy]);
    binding.part(extensions.server_name.unwrap_or_default());
    binding.part(alpn.unwrap_or_default());
    // Only the leaf certificates; their issuers' certificates may change.
    binding.list(config.identities.iter().map(Identity::leaf));
    binding.list(config.client_authorities.iter().copied());
    config.client_schemes.iter().for_each(|scheme| binding.part(&scheme.code().to_be_bytes()));
    binding.finish().map(Some)
}

/// The session of the client's ticket, if it may be resumed.
fn resume<P: Provider>(
    config: &ServerConfig<'_>,
    offer: &ClientHello<'_>,
    extensions: &ClientExtensions<'_>,
    binding: Option<&[u8; 32]>,
    cx: &Context<'_>,
) -> Result<Option<Resumed>, Error> {
    let (Some(tickets), Some(binding), Some(ticket)) = (&config.tickets, binding, extensions.session_ticket)
    else {
        return Ok(None);
    };
    let Some(resumed) = ticket::open::<P>(tickets, ticket, cx.now, binding) else { return Ok(None) };
    if config.resumption_check.is_some_and(|check| !check.allows(&resumed)) {
        return Ok(None);
    }
    // RFC 7627 section 5.3: the session had the extension, so a hello without it is an attack, or a mistake.
    if !extensions.extended_master_secret {
        return Err(Misbehaved::ResumedWithoutExtendedMasterSecret.into());
    }
    let suite: CipherSuite = resumed.negotiated.cipher_suite;
    let still_agreed =
        config.cipher_suites.contains(&suite) && suite.is_supported::<P>() && offer.offers(suite);
    Ok(still_agreed.then_some(resumed))
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use super::*;
    use crate::wire::Reader;

    /// The body of a ClientHello with these suites, compression method and versions in supported_versions.
    fn hello(version: u16, suites: &[u8], compression: u8, versions: &[u8]) -> Vec<u8> {
        let mut body = version.to_be_bytes().to_vec();
        body.extend([0; RANDOM + 1]);
        body.extend([0, suites.len() as u8]);
        body.extend(suites);
        body.extend([1, compression]);
        if !versions.is_empty() {
            let len = versions.len() as u8;
            body.extend([0, len + 5, 0, 43, 0, len + 1, len]);
            body.extend(versions);
        }
        body
    }

    fn refusal(hello: &[u8]) -> Option<Error> {
        let offer = Reader::all(hello, ClientHello::parse).unwrap();
        check_version(&offer, &offer.extensions().unwrap()).err()
    }

    const SUITE: [u8; 2] = [0xc0, 0x2b];

    #[test]
    fn older_versions_and_compression_are_refused() {
        let version = Some(Error::Incompatible(Incompatible::Version));
        for (named, expected) in [(0x0302, version), (0x0300, version), (0x0303, None), (0x0304, None)] {
            assert_eq!(refusal(&hello(named, &SUITE, 0, &[])), expected, "{named:04x}");
        }
        assert_eq!(refusal(&hello(0x0303, &SUITE, 0, &[3, 4, 3, 3])), None);
        assert_eq!(refusal(&hello(0x0303, &SUITE, 0, &[3, 4])), version);
        let compression = Some(Error::Misbehaved(Misbehaved::Compression));
        assert_eq!(refusal(&hello(0x0303, &SUITE, 1, &[])), compression);
    }

    #[test]
    fn a_client_that_names_no_version_of_ours_has_fallen_back_only_from_below_tls_12() {
        let suites = [0xc0, 0x2b, 0x56, 0x00];
        for (version, expected) in [(0x0303, Incompatible::Version), (0x0302, Incompatible::Fallback)] {
            let refused = refusal(&hello(version, &suites, 0, &[3, 4]));
            assert_eq!(refused, Some(Error::Incompatible(expected)), "{version:04x}");
        }
    }
}
