//! Stateless session tickets of a server (RFC 5077): what a session was, sealed with a key that only the server knows.
//!
//! A ticket is bound to all that the full handshake decided: it opens only for the same server name, the same protocol
//! name, the same policy for client certificates and the same state of trust. Sessions without extended master secret
//! get none, so that RFC 7627 section 5.3 has one case less to tell apart.

use zeroize::Zeroize;

use super::config::{ClientAuth, Context, ServerConfig};
use super::error::Error;
use super::event::Negotiated;
use super::peer_key::sha256;
use super::suite::{CipherSuite, NamedGroup};
use crate::UnixTime;
use crate::crypto::{Aead, NONCE_LEN, Provider, Secret, SignatureScheme, TAG_LEN};
use crate::wire::{BufferFull, DecodeError, Reader, Writer};

/// Length of a key's name in front of a ticket (RFC 5077 section 4).
const KEY_NAME: usize = 16;
/// Length of the sealed content: format, time, suite, group, scheme, the client's scheme (0 without a certificate) and
/// the fingerprint of its certificate, master secret, binding.
const CONTENT: usize = 1 + 8 + 2 + 2 + 2 + 2 + 32 + 48 + 32;
const FORMAT: u8 = 1;
/// Length of a ticket in bytes.
pub(crate) const TICKET: usize = KEY_NAME + NONCE_LEN + CONTENT + TAG_LEN;

#[cfg(feature = "aes256-gcm")]
type TicketAead<P> = <P as Provider>::Aes256Gcm;
#[cfg(all(feature = "aes128-gcm", not(feature = "aes256-gcm")))]
type TicketAead<P> = <P as Provider>::Aes128Gcm;
#[cfg(not(any(feature = "aes128-gcm", feature = "aes256-gcm")))]
type TicketAead<P> = <P as Provider>::ChaCha20Poly1305;

/// A key that seals tickets. Make one from the random number generator, keep it for some hours, and keep it as
/// [`Tickets::previous`] for as long again.
pub struct TicketKey {
    name: [u8; KEY_NAME],
    key: Secret<32>,
}

impl TicketKey {
    /// Length of what a key is made from, in bytes.
    pub const LEN: usize = KEY_NAME + 32;

    /// A key from random bytes.
    pub fn new(mut random: [u8; Self::LEN]) -> Self {
        let mut made = Self { name: [0; KEY_NAME], key: Secret::zero() };
        let parts = made.name.iter_mut().chain(made.key.expose_mut());
        for (to, from) in parts.zip(random) {
            *to = from;
        }
        random.zeroize();
        made
    }

    fn aead<P: Provider>(&self) -> Option<TicketAead<P>> {
        TicketAead::<P>::new(self.key.expose().get(..TicketAead::<P>::KEY_LEN)?)
    }
}

impl core::fmt::Debug for TicketKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("TicketKey")
    }
}

/// How a server gives out tickets and takes them back.
#[derive(Clone, Copy, Debug)]
pub struct Tickets<'c> {
    /// Seals new tickets, and opens those that it sealed.
    pub current: &'c TicketKey,
    /// Still opens tickets, and gets them replaced.
    pub previous: Option<&'c TicketKey>,
    /// Seconds after its making that a ticket is honoured.
    pub lifetime: u32,
    /// A number that changes whenever trust does: a root, a CRL, the server's own certificate. Tickets from before are
    /// not honoured.
    pub epoch: u64,
}

/// What a ticket brings back.
pub(crate) struct Resumed {
    pub(crate) negotiated: Negotiated,
    pub(crate) master_secret: Secret<48>,
    /// The ticket was sealed with the previous key.
    pub(crate) renew: bool,
}

/// What a ticket is bound to beside its content: SHA-256 over the policy, the names and the state of trust.
pub(crate) fn binding<P: Provider>(
    config: &ServerConfig<'_>,
    epoch: u64,
    server_name: Option<&[u8]>,
    alpn: Option<&[u8]>,
) -> [u8; 32] {
    let policy = match config.client_auth {
        ClientAuth::None => 0,
        #[cfg(feature = "client-auth")]
        ClientAuth::Optional => 1,
        #[cfg(feature = "client-auth")]
        ClientAuth::Required => 2,
    };
    let (server_name, alpn) = (server_name.unwrap_or_default(), alpn.unwrap_or_default());
    // With its length in front, one name cannot pass for a part of the other.
    let name_len = u32::try_from(server_name.len()).unwrap_or(u32::MAX).to_be_bytes();
    sha256::<P>(&[&epoch.to_be_bytes(), &[policy], &name_len, server_name, alpn])
}

/// Seals a session; none without the time.
pub(crate) fn seal<P: Provider>(
    tickets: &Tickets<'_>,
    negotiated: &Negotiated,
    master_secret: &Secret<48>,
    binding: &[u8; 32],
    cx: &mut Context<'_>,
) -> Result<Option<[u8; TICKET]>, Error> {
    let Some(now) = cx.now else { return Ok(None) };
    let mut nonce = [0; NONCE_LEN];
    cx.entropy.fill(&mut nonce)?;
    let aead = tickets.current.aead::<P>().ok_or(Error::Bug)?;
    let mut ticket = [0; TICKET];
    let (head, tail) = ticket.split_at_mut_checked(KEY_NAME + NONCE_LEN).ok_or(Error::Bug)?;
    let mut w = Writer::new(head);
    w.bytes(&tickets.current.name)?;
    w.bytes(&nonce)?;
    let (content, tag) = tail.split_last_chunk_mut::<TAG_LEN>().ok_or(Error::Bug)?;
    emit(&mut Writer::new(content), now, negotiated, master_secret, binding)?;
    *tag = aead.seal(&nonce, &tickets.current.name, content);
    Ok(Some(ticket))
}

/// Opens a ticket; none when it is not ours, too old, or bound to something else: a full handshake then serves.
pub(crate) fn open<P: Provider>(
    tickets: &Tickets<'_>,
    ticket: &[u8],
    now: Option<UnixTime>,
    binding: &[u8; 32],
) -> Option<Resumed> {
    let mut ticket = <[u8; TICKET]>::try_from(ticket).ok()?;
    let (name, rest) = ticket.split_first_chunk_mut::<KEY_NAME>()?;
    let keys = [Some(tickets.current), tickets.previous];
    let key = keys.into_iter().flatten().find(|key| key.name == *name)?;
    let renew = key.name != tickets.current.name;
    let (nonce, rest) = rest.split_first_chunk_mut::<NONCE_LEN>()?;
    let (content, tag) = rest.split_last_chunk_mut::<TAG_LEN>()?;
    key.aead::<P>()?.open(nonce, name, content, tag).ok()?;
    let parsed = Reader::all(content, |r| parse(r));
    let resumed = parsed.ok().flatten().and_then(|(issued, bound, negotiated, master_secret)| {
        let age = now?.0.checked_sub(issued)?;
        let fresh = age <= u64::from(tickets.lifetime);
        (fresh && bound == *binding).then_some(Resumed { negotiated, master_secret, renew })
    });
    ticket.zeroize();
    resumed
}

fn emit(
    w: &mut Writer<'_>,
    now: UnixTime,
    negotiated: &Negotiated,
    master_secret: &Secret<48>,
    binding: &[u8; 32],
) -> Result<(), BufferFull> {
    w.u8(FORMAT)?;
    w.bytes(&now.0.to_be_bytes())?;
    w.u16(negotiated.cipher_suite.code())?;
    w.u16(negotiated.group.code())?;
    w.u16(negotiated.signature_scheme.code())?;
    w.u16(negotiated.client_signature_scheme.map_or(0, SignatureScheme::code))?;
    w.bytes(&negotiated.client_certificate.unwrap_or_default())?;
    w.bytes(master_secret.expose())?;
    w.bytes(binding)
}

type Content = (u64, [u8; 32], Negotiated, Secret<48>);

/// The content of a ticket; none when this build does not have what it names.
fn parse(r: &mut Reader<'_>) -> Result<Option<Content>, DecodeError> {
    if r.u8()? != FORMAT {
        return Err(DecodeError::BadValue);
    }
    let issued = u64::from_be_bytes(r.array()?);
    let suite = CipherSuite::from_code(r.u16()?);
    let group = NamedGroup::from_code(r.u16()?);
    let scheme = SignatureScheme::from_code(r.u16()?);
    let client_signature_scheme = SignatureScheme::from_code(r.u16()?);
    let certificate = r.array()?;
    let mut master_secret = Secret::zero();
    master_secret.expose_mut().copy_from_slice(r.bytes(48)?);
    let bound = r.array()?;
    let (Some(cipher_suite), Some(group), Some(signature_scheme)) = (suite, group, scheme) else {
        return Ok(None);
    };
    let negotiated = Negotiated {
        cipher_suite,
        group,
        signature_scheme,
        extended_master_secret: true,
        client_certificate: client_signature_scheme.map(|_| certificate),
        client_signature_scheme,
        alpn: None,
        resumed: true,
    };
    Ok(Some((issued, bound, negotiated, master_secret)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::EntropyError;
    use crate::crypto::rustcrypto::RustCrypto;

    struct Fixed;

    impl crate::crypto::Entropy for Fixed {
        fn fill(&mut self, bytes: &mut [u8]) -> Result<(), EntropyError> {
            bytes.fill(6);
            Ok(())
        }
    }

    const BINDING: [u8; 32] = [3; 32];

    fn sealed(tickets: &Tickets<'_>, now: Option<u64>) -> Option<[u8; TICKET]> {
        let negotiated = Negotiated {
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
        seal::<RustCrypto>(tickets, &negotiated, &secret, &BINDING, &mut cx).unwrap()
    }

    fn opens(tickets: &Tickets<'_>, ticket: &[u8], now: Option<u64>, binding: &[u8; 32]) -> bool {
        open::<RustCrypto>(tickets, ticket, now.map(UnixTime), binding).is_some()
    }

    #[test]
    fn a_ticket_brings_its_session_back_within_its_lifetime() {
        let key = TicketKey::new([1; TicketKey::LEN]);
        let tickets = Tickets { current: &key, previous: None, lifetime: 100, epoch: 0 };
        let ticket = sealed(&tickets, Some(1000)).unwrap();
        let resumed = open::<RustCrypto>(&tickets, &ticket, Some(UnixTime(1000)), &BINDING).unwrap();
        assert!(resumed.master_secret.equals(&[9; 48]) && !resumed.renew && resumed.negotiated.resumed);
        assert_eq!(resumed.negotiated.client_certificate, Some([4; 32]));
        assert_eq!(resumed.negotiated.client_signature_scheme, Some(SignatureScheme::RsaPssRsaeSha384));
        assert_eq!(resumed.negotiated.cipher_suite, CipherSuite::ALL[0]);
        assert!(opens(&tickets, &ticket, Some(1100), &BINDING));
        assert!(!opens(&tickets, &ticket, Some(1101), &BINDING), "too old");
        assert!(!opens(&tickets, &ticket, Some(999), &BINDING), "from the future");
        assert!(!opens(&tickets, &ticket, None, &BINDING), "without the time");
        assert!(!opens(&tickets, &ticket, Some(1000), &[0; 32]), "bound to something else");
        assert!(sealed(&tickets, None).is_none());
    }

    #[test]
    fn no_changed_or_cut_ticket_opens() {
        let key = TicketKey::new([1; TicketKey::LEN]);
        let tickets = Tickets { current: &key, previous: None, lifetime: 100, epoch: 0 };
        let ticket = sealed(&tickets, Some(1000)).unwrap();
        for at in 0..ticket.len() {
            let mut changed = ticket;
            changed[at] ^= 1;
            assert!(!opens(&tickets, &changed, Some(1000), &BINDING), "{at}");
            assert!(!opens(&tickets, &ticket[..at], Some(1000), &BINDING), "{at}");
        }
        let other = TicketKey::new([2; TicketKey::LEN]);
        assert!(!opens(&Tickets { current: &other, ..tickets }, &ticket, Some(1000), &BINDING));
        let rotated = Tickets { current: &other, previous: Some(&key), ..tickets };
        assert!(open::<RustCrypto>(&rotated, &ticket, Some(UnixTime(1000)), &BINDING).unwrap().renew);
    }
}
