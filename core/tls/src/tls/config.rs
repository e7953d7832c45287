//! What the caller configures before a session begins.

use super::error::{Error, Misuse};
use super::fragment::MaxFragmentLength;
use super::group::NamedGroup;
use super::suite::CipherSuite;
use super::supported::Supported;
use super::ticket::{ResumptionCheck, Tickets};
use crate::crypto::{Provider, SignatureScheme};
use crate::x509::{Certificate, CertificateError};

/// A certificate chain whose private key the host can sign with.
#[derive(Clone, Copy, Debug)]
pub struct Identity<'c> {
    /// The chain as it is sent, leaf first, each certificate in DER. The root may be left out.
    pub chain: &'c [&'c [u8]],
    /// The schemes that the key can sign with, in order of preference. Each must fit the first certificate's
    /// key.
    pub schemes: &'c [SignatureScheme],
}

impl<'c> Identity<'c> {
    /// The leaf certificate. Empty if the chain is empty, which no session accepts.
    pub(crate) fn leaf(&self) -> &'c [u8] {
        self.chain.first().copied().unwrap_or_default()
    }

    fn check<P: Provider>(&self) -> Result<(), Error> {
        let Some(leaf) = self.chain.first().filter(|_| !self.schemes.is_empty()) else {
            return Err(Error::Misuse(Misuse::EmptyIdentity));
        };
        if !self.schemes.iter().any(|scheme| scheme.has_hash::<P>()) {
            return Err(Error::Misuse(Misuse::UnsupportedIdentity));
        }
        let fits = match Certificate::public_key_of(leaf) {
            Ok(key) => self.schemes.iter().all(|scheme| scheme.fits(&key)),
            // Peers may support keys that this side cannot verify.
            Err(CertificateError::UnsupportedKey) => true,
            Err(_) => false,
        };
        if fits { Ok(()) } else { Err(Error::Misuse(Misuse::UnfitIdentity)) }
    }
}

/// Checks that both lists contain something that the provider supports.
fn check_supported<P: Provider>(suites: &[CipherSuite], groups: &[NamedGroup]) -> Result<(), Error> {
    if !suites.iter().any(|suite| suite.is_supported::<P>()) {
        return Err(Error::Misuse(Misuse::NoCipherSuite));
    }
    if !groups.iter().any(|group| group.is_supported::<P>()) {
        return Err(Error::Misuse(Misuse::NoGroup));
    }
    Ok(())
}

/// A ProtocolName is `opaque ProtocolName<1..2^8-1>` (RFC 7301 section 3.1).
fn check_alpn(names: &[&[u8]]) -> Result<(), Error> {
    let fits = names.iter().all(|name| (1..=255).contains(&name.len()));
    if fits { Ok(()) } else { Err(Error::Misuse(Misuse::ProtocolName)) }
}

/// Whether a server requests a certificate from its clients (RFC 5246 section 7.4.4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClientAuth {
    /// No certificate is requested.
    #[default]
    None,
    /// A certificate is requested but not required. One that is presented must be valid.
    Optional,
    /// A certificate is requested, and a client without one is rejected.
    Required,
}

impl ClientAuth {
    pub(crate) const fn is_required(self) -> bool {
        matches!(self, Self::Required)
    }
}

/// The configuration of a server session. Create one with [`ServerConfig::new`] and change fields as needed.
///
/// ```
/// use lsam_tls::crypto::SignatureScheme;
/// use lsam_tls::{Identity, ServerConfig};
///
/// let leaf: &[u8] = b"the DER of the certificate";
/// let chain = [leaf];
/// let identity = Identity { chain: &chain, schemes: &[SignatureScheme::EcdsaSecp256r1Sha256] };
/// let identities = [identity];
/// let config = ServerConfig::new(&identities);
/// assert!(!config.require_extended_master_secret);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct ServerConfig<'c> {
    /// Tried in this order for each suite; [`super::SignRequest::identity`] is an index into this list.
    pub identities: &'c [Identity<'c>],
    /// In order of preference. Entries that the provider does not support are never chosen.
    pub cipher_suites: &'c [CipherSuite],
    /// In order of preference. Entries that the provider does not support are never chosen.
    pub groups: &'c [NamedGroup],
    /// Whether a certificate is requested from clients.
    pub client_auth: ClientAuth,
    /// DER Names of the authorities that are sent to clients. With an empty list, any certificate is
    /// requested.
    pub client_authorities: &'c [&'c [u8]],
    /// The schemes with which a client may prove possession of its key. Those that the provider cannot verify
    /// are not requested.
    pub client_schemes: &'c [SignatureScheme],
    /// Rejects clients that do not support extended master secret (RFC 7627 section 5.4).
    pub require_extended_master_secret: bool,
    /// Protocol names (RFC 7301) in order of preference. A client that offers only other names is rejected.
    /// If the list is empty, the client's names are ignored.
    pub alpn: &'c [&'c [u8]],
    /// Tickets for stateless resumption; `None` disables resumption.
    pub tickets: Option<Tickets<'c>>,
    /// Called before a session is resumed. Without it, every session that its ticket allows is resumed.
    pub resumption_check: Option<ResumptionCheck<'c>>,
}

impl<'c> ServerConfig<'c> {
    /// All suites and groups of the profile, no client certificates.
    pub const fn new(identities: &'c [Identity<'c>]) -> Self {
        Self {
            identities,
            cipher_suites: CipherSuite::ALL,
            groups: NamedGroup::ALL,
            client_auth: ClientAuth::None,
            client_authorities: &[],
            client_schemes: SignatureScheme::ALL,
            require_extended_master_secret: false,
            alpn: &[],
            tickets: None,
            resumption_check: None,
        }
    }

    pub(crate) fn check<P: Provider>(&self) -> Result<(), Error> {
        check_supported::<P>(self.cipher_suites, self.groups)?;
        if self.client_auth != ClientAuth::None {
            if !P::CLIENT_AUTH {
                return Err(Error::Misuse(Misuse::ClientAuth));
            }
            if !self.client_schemes.iter().any(|scheme| scheme.is_verifiable::<P>()) {
                return Err(Error::Misuse(Misuse::NothingVerifiable));
            }
        }
        self.identities.iter().try_for_each(Identity::check::<P>)?;
        check_alpn(self.alpn)
    }
}

/// The configuration of a client session. Create one with [`ClientConfig::new`] and change fields as needed.
#[derive(Clone, Copy, Debug)]
pub struct ClientConfig<'c> {
    /// The DNS name that is sent as server_name (RFC 6066 section 3); [`Self::is_server_name`] checks whether
    /// a name can be sent. The certificate is not checked against it: pass the name for that check to
    /// [`crate::x509::TrustSet::verify_server`] when answering [`super::Event::VerifyPeer`].
    pub server_name: Option<&'c str>,
    /// What the server's certificate is checked against if that is not `server_name`: an address, a
    /// fingerprint, or a name that the host checks in its own way. It can be any bytes, and is not sent. A
    /// stored session is offered only to the same `server_name` and `expected_peer`. If neither is set, no
    /// session is stored, because it could be offered to another server.
    pub expected_peer: Option<&'c [u8]>,
    /// What the client can present if the server requests a certificate. The first suitable identity is used.
    pub identities: &'c [Identity<'c>],
    /// In order of preference. Entries that the provider does not support are not offered.
    pub cipher_suites: &'c [CipherSuite],
    /// In order of preference. Entries that the provider does not support are not offered.
    pub groups: &'c [NamedGroup],
    /// The schemes with which the server may prove possession of its key, in order of preference. Those that
    /// the provider cannot verify are not offered, and neither is a suite that needs one.
    pub signature_schemes: &'c [SignatureScheme],
    /// Rejects servers that do not support extended master secret (RFC 7627 section 5.4).
    pub require_extended_master_secret: bool,
    /// Protocol names to offer (RFC 7301), in order of preference.
    pub alpn: &'c [&'c [u8]],
    /// The limit on record lengths to request (RFC 6066 section 4). A receive buffer too small for full
    /// records is always announced with record_size_limit, but not all servers support that.
    pub max_fragment_length: Option<MaxFragmentLength>,
}

impl ClientConfig<'_> {
    /// All suites, groups and schemes of the profile, and no client certificate.
    pub const fn new() -> Self {
        Self {
            server_name: None,
            expected_peer: None,
            identities: &[],
            cipher_suites: CipherSuite::ALL,
            groups: NamedGroup::ALL,
            signature_schemes: SignatureScheme::ALL,
            require_extended_master_secret: false,
            alpn: &[],
            max_fragment_length: None,
        }
    }

    /// Whether `name` may be sent as server_name (RFC 6066 section 3): a DNS name in ASCII without a dot at
    /// its end, at most 253 bytes in labels of 1 to 63 letters, digits, hyphens and underscores. IP addresses
    /// are excluded, since the last label of a DNS name is never a number (RFC 3696 section 2).
    pub fn is_server_name(name: &str) -> bool {
        let mut labels = name.as_bytes().split(|byte| *byte == b'.');
        let is_label = |label: &[u8]| {
            (1..=63).contains(&label.len())
                && label.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
        };
        name.len() <= 253
            && labels.clone().all(is_label)
            && labels.next_back().is_some_and(|last| !last.iter().all(u8::is_ascii_digit))
    }

    /// Whether the configuration names its server. If not, no session is stored.
    pub(crate) const fn names_peer(&self) -> bool {
        self.server_name.is_some() || self.expected_peer.is_some()
    }

    pub(crate) fn check<P: Provider>(&self) -> Result<(), Error> {
        check_supported::<P>(self.cipher_suites, self.groups)?;
        if self.offers::<P>().next().is_none() {
            return Err(Error::Misuse(Misuse::NothingVerifiable));
        }
        self.identities.iter().try_for_each(Identity::check::<P>)?;
        if self.server_name.is_some_and(|name| !Self::is_server_name(name)) {
            return Err(Error::Misuse(Misuse::ServerName));
        }
        check_alpn(self.alpn)
    }

    /// The suites that are offered: those in which a server authenticates with one of the schemes.
    pub(crate) fn offers<P: Provider>(&self) -> impl Iterator<Item = CipherSuite> {
        self.suites::<P>().signed_with(self.schemes::<P>())
    }

    /// The suites that the provider supports.
    pub(crate) fn suites<P: Provider>(&self) -> Supported<'_, CipherSuite> {
        Supported::new(self.cipher_suites, CipherSuite::is_supported::<P>)
    }

    /// The schemes that are offered.
    pub(crate) fn schemes<P: Provider>(&self) -> Supported<'_, SignatureScheme> {
        Supported::new(self.signature_schemes, SignatureScheme::is_verifiable::<P>)
    }
}

impl Default for ClientConfig<'_> {
    fn default() -> Self {
        Self::new()
    }
}
