//! Stateless session tickets of a server (RFC 5077): the state of a session, sealed with a key that only the
//! server knows.
//!
//! A ticket is bound to everything that the full handshake decided: it is valid only for the same server name
//! and protocol name, and only while the server has the same certificates, authorities and policy for
//! clients. It expires at the end of its lifetime, counted from the first ticket of the session, or when the
//! certificates that the client presented expire. Sessions without extended master secret get no ticket, so
//! that case of RFC 7627 section 5.3 does not arise.

use zeroize::Zeroize;

use super::codes::ProtocolVersion;
use super::context::Context;
use super::error::Error;
use super::event::Negotiated;
use super::group::NamedGroup;
use super::suite::{BulkCipher, Cipher, CipherSuite};
use crate::UnixTime;
use crate::crypto::{Entropy, EntropyError, Hash, NONCE_LEN, Provider, Secret, SignatureScheme, TAG_LEN};
use crate::wire::{BufferFull, DecodeError, Reader, Writer, copy_front};
use crate::x509::{Certificate, CertificateList};

/// Length of the key name at the start of a ticket (RFC 5077 section 4).
const KEY_NAME: usize = 16;
/// Length of the sealed content: format, time of first issue, expiry of the client's certificates, suite,
/// group, scheme, the client's scheme (0 without a certificate) and the fingerprint of its certificate,
/// master secret, binding.
const CONTENT: usize = 1 + 8 + 8 + 2 + 2 + 2 + 2 + 32 + 48 + 32;
const FORMAT: u8 = 2;
/// Length of a ticket in bytes.
pub(crate) const TICKET: usize = KEY_NAME + NONCE_LEN + CONTENT + TAG_LEN;

/// A key that seals tickets. Create one with [`Self::generate`], use it for a few hours, and then keep it as
/// [`Tickets::previous`] for as long again.
pub struct TicketKey {
    name: [u8; KEY_NAME],
    key: Secret<32>,
}

impl TicketKey {
    /// The number of random bytes that a key is made from.
    pub const LEN: usize = KEY_NAME + 32;

    /// A new key. Its random bytes are written in place, so that no copy of them is left elsewhere.
    ///
    /// # Errors
    /// [`EntropyError`] when the random number generator fails.
    pub fn generate(entropy: &mut dyn Entropy) -> Result<Self, EntropyError> {
        let mut made = Self { name: [0; KEY_NAME], key: Secret::zero() };
        entropy.fill(&mut made.name)?;
        entropy.fill(made.key.expose_mut())?;
        Ok(made)
    }

    /// A key from bytes that are stored elsewhere, for example to share it among servers. They must be
    /// random, and the caller must wipe its own copy of them.
    pub fn new(mut random: [u8; Self::LEN]) -> Self {
        let mut made = Self { name: [0; KEY_NAME], key: Secret::zero() };
        let name = copy_front(&mut made.name, &random);
        copy_front(made.key.expose_mut(), random.get(name..).unwrap_or_default());
        random.zeroize();
        made
    }

    fn cipher<P: Provider>(&self) -> Option<Cipher<P>> {
        let cipher = const { BulkCipher::for_tickets::<P>() }?;
        Cipher::new(cipher, self.key.expose().get(..cipher.profile_in::<P>()?.key)?)
    }
}

impl core::fmt::Debug for TicketKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("TicketKey")
    }
}

/// How a server issues and accepts tickets.
#[derive(Clone, Copy, Debug)]
pub struct Tickets<'c> {
    /// Seals new tickets, and opens those that it sealed.
    pub current: &'c TicketKey,
    /// Still opens the tickets that it sealed, which are then replaced.
    pub previous: Option<&'c TicketKey>,
    /// For how many seconds a session can be resumed, counted from its first ticket.
    pub lifetime: u32,
    /// A number chosen by the host, to which tickets are bound in addition to the server's certificates,
    /// authorities and policy. Changing it whenever trust in clients changes (roots, revocation lists)
    /// invalidates all earlier tickets; otherwise it can be 0.
    pub epoch: u64,
}

/// A session that a client requests to resume. The client's certificate, if any, was verified when the
/// session began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Resumption {
    /// SHA-256 of the client's certificate; `None` if none was requested, or the client had none.
    pub client_certificate: Option<[u8; 32]>,
    /// When the first ticket of the session was issued.
    pub issued: UnixTime,
    /// The last second in which all certificates that the client presented are valid.
    pub valid_until: Option<UnixTime>,
}

/// Lets the host veto resumptions: if the function returns false, a full handshake follows, with a new
/// verdict on the client's certificate.
///
/// ```
/// use lsam_tls::{ResumptionCheck, ServerConfig};
///
/// let withdrawn: [[u8; 32]; 1] = [[7; 32]];
/// let may_resume = |session: &lsam_tls::Resumption| {
///     session.client_certificate.is_none_or(|certificate| !withdrawn.contains(&certificate))
/// };
/// let mut config = ServerConfig::new(&[]);
/// config.resumption_check = Some(ResumptionCheck(&may_resume));
/// ```
#[derive(Clone, Copy)]
pub struct ResumptionCheck<'c>(pub &'c (dyn Fn(&Resumption) -> bool + Sync));

impl ResumptionCheck<'_> {
    pub(crate) fn allows(&self, resumed: &Resumed) -> bool {
        let Terms { issued, valid_until, .. } = resumed.terms;
        let session = Resumption {
            client_certificate: resumed.negotiated.client_certificate,
            issued: issued.unwrap_or(UnixTime(0)),
            valid_until: (valid_until != UnixTime::NEVER).then_some(valid_until),
        };
        (self.0)(&session)
    }
}

impl core::fmt::Debug for ResumptionCheck<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("ResumptionCheck")
    }
}

/// The conditions for resuming a session.
#[derive(Clone, Copy)]
pub(crate) struct Terms {
    /// SHA-256 of everything that must be unchanged.
    pub(crate) binding: [u8; 32],
    /// When its first ticket was issued; `None` before that.
    pub(crate) issued: Option<UnixTime>,
    /// The last second in which the certificates that the peer presented are valid.
    pub(crate) valid_until: UnixTime,
}

impl Terms {
    /// The conditions for a new session.
    pub(crate) const fn new(binding: [u8; 32]) -> Self {
        Self { binding, issued: None, valid_until: UnixTime::NEVER }
    }

    /// Ends the session as soon as one of the currently valid certificates in the peer's `chain` expires. The
    /// others do not count, since a host that trusts the peer has ignored them. Certificates that the verdict
    /// does not depend on count too; they can only make the session end sooner.
    // Never inlined, so that the fields of certificates do not stay on the stack.
    #[inline(never)]
    pub(crate) fn limit_to(&mut self, chain: CertificateList<'_>, now: Option<UnixTime>) {
        let certificates = chain.iter().filter_map(|der| Certificate::parse(der).ok());
        let ends = certificates.map(|certificate| certificate.not_after());
        let ends = ends.filter(|end| now.is_none_or(|now| now <= *end));
        self.valid_until = ends.min().unwrap_or(UnixTime::NEVER);
    }
}

/// What a ticket restores.
pub(crate) struct Resumed {
    pub(crate) negotiated: Negotiated,
    pub(crate) master_secret: Secret<48>,
    pub(crate) terms: Terms,
    /// The ticket was sealed with the previous key.
    pub(crate) renew: bool,
}

/// A hash over parts of any length: each is preceded by its length, so that none can be mistaken for a part
/// of another.
pub(crate) struct Binding<P: Provider>(P::Sha256);

impl<P: Provider> Binding<P> {
    pub(crate) fn new() -> Result<Self, Error> {
        P::Sha256::new().map(Self).ok_or(Error::Bug)
    }

    // Never inlined: there are many calls, and none is critical for speed.
    #[inline(never)]
    pub(crate) fn part(&mut self, part: &[u8]) {
        self.0.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        self.0.update(part);
    }

    /// Hashes any number of parts.
    pub(crate) fn list<'p>(&mut self, parts: impl ExactSizeIterator<Item = &'p [u8]>) {
        self.part(&u64::try_from(parts.len()).unwrap_or(u64::MAX).to_be_bytes());
        parts.for_each(|part| self.part(part));
    }

    pub(crate) fn finish(self) -> Result<[u8; 32], Error> {
        self.0.finish().as_ref().try_into().map_err(|_| Error::Bug)
    }
}

/// A sealed session, and for how many more seconds it can be resumed.
pub(crate) struct Sealed {
    pub(crate) ticket: [u8; TICKET],
    pub(crate) lifetime: u32,
}

/// Seals a session. `None` if the time is unknown or the session has expired.
pub(crate) fn seal<P: Provider>(
    tickets: &Tickets<'_>,
    negotiated: &Negotiated,
    master_secret: &Secret<48>,
    terms: &Terms,
    cx: &mut Context<'_>,
) -> Result<Option<Sealed>, Error> {
    let Some(now) = cx.now else { return Ok(None) };
    let issued = terms.issued.unwrap_or(now);
    let end = issued.plus(u64::from(tickets.lifetime)).min(terms.valid_until);
    let left = end.0.saturating_sub(now.0);
    let Some(lifetime) = u32::try_from(left).ok().filter(|left| *left > 0) else { return Ok(None) };
    let mut nonce = [0; NONCE_LEN];
    cx.entropy.fill(&mut nonce)?;
    let cipher = tickets.current.cipher::<P>().ok_or(Error::Bug)?;
    let mut ticket = [0; TICKET];
    let (head, tail) = ticket.split_at_mut_checked(KEY_NAME + NONCE_LEN).ok_or(Error::Bug)?;
    let mut w = Writer::new(head);
    w.bytes(&tickets.current.name)?;
    w.bytes(&nonce)?;
    let (content, tag) = tail.split_last_chunk_mut::<TAG_LEN>().ok_or(Error::Bug)?;
    let terms = Terms { issued: Some(issued), ..*terms };
    emit(&mut Writer::new(content), negotiated, master_secret, &terms)?;
    *tag = cipher.seal(&nonce, &tickets.current.name, content)?;
    Ok(Some(Sealed { ticket, lifetime }))
}

/// Opens a ticket. `None` if it is not ours, is too old, or is bound to something else, which leads to a full
/// handshake.
pub(crate) fn open<P: Provider>(
    tickets: &Tickets<'_>,
    ticket: &[u8],
    now: Option<UnixTime>,
    binding: &[u8; 32],
) -> Option<Resumed> {
    let now = now?;
    let mut ticket = <[u8; TICKET]>::try_from(ticket).ok()?;
    let (name, rest) = ticket.split_first_chunk_mut::<KEY_NAME>()?;
    let keys = [Some(tickets.current), tickets.previous];
    let key = keys.into_iter().flatten().find(|key| key.name == *name)?;
    let renew = key.name != tickets.current.name;
    let (nonce, rest) = rest.split_first_chunk_mut::<NONCE_LEN>()?;
    let (content, tag) = rest.split_last_chunk_mut::<TAG_LEN>()?;
    key.cipher::<P>()?.open(nonce, name, content, tag).ok()?;
    let parsed = Reader::all(content, |r| parse(r));
    let resumed = parsed.ok().flatten().map(|resumed| Resumed { renew, ..resumed });
    ticket.zeroize();
    resumed.filter(|resumed| {
        let Terms { binding: bound, issued, valid_until } = &resumed.terms;
        let age = issued.and_then(|issued| now.0.checked_sub(issued.0));
        age.is_some_and(|age| age <= u64::from(tickets.lifetime)) && now <= *valid_until && bound == binding
    })
}

fn emit(
    w: &mut Writer<'_>,
    negotiated: &Negotiated,
    master_secret: &Secret<48>,
    terms: &Terms,
) -> Result<(), BufferFull> {
    w.u8(FORMAT)?;
    w.bytes(&terms.issued.unwrap_or(UnixTime(0)).0.to_be_bytes())?;
    w.bytes(&terms.valid_until.0.to_be_bytes())?;
    w.u16(negotiated.cipher_suite.code())?;
    w.u16(negotiated.group.code())?;
    w.u16(negotiated.signature_scheme.code())?;
    w.u16(negotiated.client_signature_scheme.map_or(0, SignatureScheme::code))?;
    w.bytes(&negotiated.client_certificate.unwrap_or_default())?;
    w.bytes(master_secret.expose())?;
    w.bytes(&terms.binding)
}

/// The content of a ticket; `None` if the profile does not support something that it names.
fn parse(r: &mut Reader<'_>) -> Result<Option<Resumed>, DecodeError> {
    if r.u8()? != FORMAT {
        return Err(DecodeError::BadValue);
    }
    let issued = Some(UnixTime(u64::from_be_bytes(r.array()?)));
    let valid_until = UnixTime(u64::from_be_bytes(r.array()?));
    let suite = CipherSuite::from_code(r.u16()?);
    let group = NamedGroup::from_code(r.u16()?);
    let scheme = SignatureScheme::from_code(r.u16()?);
    let client_signature_scheme = SignatureScheme::from_code(r.u16()?);
    let certificate = r.array()?;
    let mut master_secret = Secret::zero();
    master_secret.expose_mut().copy_from_slice(r.bytes(48)?);
    let terms = Terms { binding: r.array()?, issued, valid_until };
    let (Some(cipher_suite), Some(group), Some(signature_scheme)) = (suite, group, scheme) else {
        return Ok(None);
    };
    let negotiated = Negotiated {
        version: ProtocolVersion::TLS12,
        cipher_suite,
        group,
        signature_scheme,
        extended_master_secret: true,
        client_certificate: client_signature_scheme.map(|_| certificate),
        client_signature_scheme,
        alpn: None,
        resumed: true,
    };
    Ok(Some(Resumed { negotiated, master_secret, terms, renew: false }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::rustcrypto::RustCrypto;

    struct Fixed;

    impl Entropy for Fixed {
        fn fill(&mut self, bytes: &mut [u8]) -> Result<(), EntropyError> {
            bytes.fill(6);
            Ok(())
        }
    }

    const TERMS: Terms = Terms::new([3; 32]);

    fn sealed(tickets: &Tickets<'_>, terms: Terms, now: Option<u64>) -> Option<Sealed> {
        let negotiated = Negotiated {
            version: ProtocolVersion::TLS12,
            cipher_suite: CipherSuite::ALL[0],
            group: NamedGroup::ALL[0],
            signature_scheme: SignatureScheme::EcdsaSecp256r1Sha256,
            extended_master_secret: true,
            client_certificate: Some([4; 32]),
            client_signature_scheme: Some(SignatureScheme::RsaPssRsaeSha384),
            alpn: None,
            resumed: false,
        };
        let mut secret = Secret::zero();
        secret.expose_mut().fill(9);
        let mut cx = Context { entropy: &mut Fixed, now: now.map(UnixTime) };
        seal::<RustCrypto>(tickets, &negotiated, &secret, &terms, &mut cx).unwrap()
    }

    fn opened(tickets: &Tickets<'_>, ticket: &[u8], now: u64) -> Option<Resumed> {
        open::<RustCrypto>(tickets, ticket, Some(UnixTime(now)), &TERMS.binding)
    }

    #[test]
    fn a_ticket_brings_its_session_back_within_its_lifetime() {
        let key = TicketKey::new([1; TicketKey::LEN]);
        let tickets = Tickets { current: &key, previous: None, lifetime: 100, epoch: 0 };
        let Sealed { ticket, lifetime } = sealed(&tickets, TERMS, Some(1000)).unwrap();
        assert_eq!(lifetime, 100);
        let resumed = opened(&tickets, &ticket, 1000).unwrap();
        assert!(resumed.master_secret.equals(&[9; 48]) && !resumed.renew && resumed.negotiated.resumed);
        assert_eq!(resumed.negotiated.client_certificate, Some([4; 32]));
        assert_eq!(resumed.negotiated.client_signature_scheme, Some(SignatureScheme::RsaPssRsaeSha384));
        assert_eq!(resumed.negotiated.cipher_suite, CipherSuite::ALL[0]);
        assert!(opened(&tickets, &ticket, 1100).is_some());
        assert!(opened(&tickets, &ticket, 1101).is_none(), "too old");
        assert!(opened(&tickets, &ticket, 999).is_none(), "from the future");
        assert!(open::<RustCrypto>(&tickets, &ticket, None, &[3; 32]).is_none(), "without the time");
        let bound_otherwise = open::<RustCrypto>(&tickets, &ticket, Some(UnixTime(1000)), &[0; 32]);
        assert!(bound_otherwise.is_none(), "bound to something else");
        assert!(sealed(&tickets, TERMS, None).is_none());
    }

    #[test]
    fn a_renewed_ticket_ends_with_the_first() {
        let key = TicketKey::new([1; TicketKey::LEN]);
        let tickets = Tickets { current: &key, previous: None, lifetime: 100, epoch: 0 };
        let first = sealed(&tickets, TERMS, Some(1000)).unwrap();
        let terms = opened(&tickets, &first.ticket, 1060).unwrap().terms;
        let renewed = sealed(&tickets, terms, Some(1060)).unwrap();
        assert_eq!(renewed.lifetime, 40);
        assert!(opened(&tickets, &renewed.ticket, 1100).is_some());
        assert!(opened(&tickets, &renewed.ticket, 1101).is_none());
        assert!(sealed(&tickets, terms, Some(1100)).is_none(), "nothing is left of it");
    }

    #[test]
    fn a_ticket_ends_with_the_clients_certificates() {
        let key = TicketKey::new([1; TicketKey::LEN]);
        let tickets = Tickets { current: &key, previous: None, lifetime: 100, epoch: 0 };
        let terms = Terms { valid_until: UnixTime(1030), ..TERMS };
        let Sealed { ticket, lifetime } = sealed(&tickets, terms, Some(1000)).unwrap();
        assert_eq!(lifetime, 30);
        assert!(opened(&tickets, &ticket, 1030).is_some());
        assert!(opened(&tickets, &ticket, 1031).is_none());
    }

    #[test]
    fn no_changed_or_cut_ticket_opens() {
        let key = TicketKey::new([1; TicketKey::LEN]);
        let tickets = Tickets { current: &key, previous: None, lifetime: 100, epoch: 0 };
        let ticket = sealed(&tickets, TERMS, Some(1000)).unwrap().ticket;
        for at in 0..ticket.len() {
            let mut changed = ticket;
            changed[at] ^= 1;
            assert!(opened(&tickets, &changed, 1000).is_none(), "{at}");
            assert!(opened(&tickets, &ticket[..at], 1000).is_none(), "{at}");
        }
        let other = TicketKey::new([2; TicketKey::LEN]);
        assert!(opened(&Tickets { current: &other, ..tickets }, &ticket, 1000).is_none());
        let rotated = Tickets { current: &other, previous: Some(&key), ..tickets };
        assert!(opened(&rotated, &ticket, 1000).unwrap().renew);
    }

    #[test]
    fn a_generated_key_is_made_of_random_bytes_alone() {
        struct Counting(u8);
        impl Entropy for Counting {
            fn fill(&mut self, bytes: &mut [u8]) -> Result<(), EntropyError> {
                for byte in bytes {
                    *byte = self.0;
                    self.0 = self.0.checked_add(1).ok_or(EntropyError)?;
                }
                Ok(())
            }
        }
        let key = TicketKey::generate(&mut Counting(0)).unwrap();
        let bytes: std::vec::Vec<u8> = key.name.iter().chain(key.key.expose()).copied().collect();
        assert!(bytes.iter().copied().eq(0..48));
        assert!(TicketKey::generate(&mut Counting(230)).is_err());
    }

    #[test]
    fn parts_of_a_binding_do_not_run_into_each_other() {
        let of = |parts: &[&[u8]]| {
            let mut binding = Binding::<RustCrypto>::new().unwrap();
            parts.iter().for_each(|part| binding.part(part));
            binding.finish().unwrap()
        };
        assert_ne!(of(&[b"ab", b"c"]), of(&[b"a", b"bc"]));
        assert_ne!(of(&[b"a", b""]), of(&[b"a"]));
    }
}
