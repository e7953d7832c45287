//! A session that a client may resume (RFC 5077).

use core::fmt;

use crate::UnixTime;
use crate::crypto::Secret;
use crate::tls::event::Negotiated;
use crate::tls::suite::CipherSuite;

/// Space for the ticket in a slot of the usual size: JSSE's tickets take 1.8 KB.
const USUAL_ROOM: usize = 2048;

/// A slot for one session with one server. It holds a master secret: wipe it with [`Self::clear`] when the
/// trust settings under which the session was created have changed.
///
/// ```
/// use lsam_tls::{NotKept, StoredSession};
///
/// // For tickets of up to 2 KiB, and for those of servers that put a client's chain into them.
/// let (usual, large) = (StoredSession::new(), StoredSession::<[u8; 8192]>::with_room());
/// assert_eq!((usual.kept(), large.kept()), (Err(NotKept::NoHandshake), Err(NotKept::NoHandshake)));
/// ```
///
/// A session is kept once the server has issued a ticket and the handshake is complete. A fatal alert
/// invalidates it (RFC 5246 section 7.2.2). [`Self::kept`] and [`Self::offered`] report what happened to it.
pub struct StoredSession<T: ?Sized = [u8; USUAL_ROOM]> {
    session: Option<Session>,
    ticket_len: usize,
    /// Why no session is kept, if there is none.
    absence: NotKept,
    offered: Result<(), NotOffered>,
    /// The connection that is using the slot has offered the session, or created it.
    is_in_use: bool,
    ticket: T,
}

/// The slot of any size, as a session uses it.
pub(crate) type Store = StoredSession<[u8]>;

struct Session {
    master_secret: Secret<48>,
    negotiated: Negotiated,
    /// SHA-256 of what it is bound to.
    binding: [u8; 32],
    /// When the server stops accepting it.
    expires: UnixTime,
    /// The last second in which the server's certificates are valid.
    valid_until: UnixTime,
    /// The server's Finished has been verified. Before that, a ticket must not be used (RFC 5077 section
    /// 3.3).
    is_confirmed: bool,
}

/// Why there is no session to resume.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotKept {
    /// No handshake has been completed with the slot, or the host has cleared it.
    NoHandshake,
    /// The server has issued no ticket.
    NoTicket,
    /// The ticket is too long for the slot.
    TicketTooLong {
        /// Its length in bytes.
        len: usize,
        /// The room in bytes.
        room: usize,
    },
    /// The server does not support extended master secret, without which a session must not be resumed (RFC
    /// 7627 section 5.3).
    NoExtendedMasterSecret,
    /// The configuration has neither `server_name` nor `expected_peer`, so the session could be offered to
    /// another server.
    NoPeerName,
    /// The connection that made or resumed the session ended with a fatal alert.
    FatalAlert,
}

/// Why no session was offered to the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotOffered {
    /// There was no session. At that time, [`StoredSession::kept`] returned the reason.
    NotKept,
    /// It was created with another server, or with other certificates on this side.
    OtherPeer,
    /// It has expired, or one of the server's certificates has.
    Expired,
    /// Its cipher suite is no longer offered.
    CipherSuite,
    /// A ClientHello with the ticket does not fit the send buffer.
    SendBufferTooSmall,
}

impl StoredSession {
    /// An empty slot for tickets of up to 2 KiB.
    pub const fn new() -> Self {
        Self::with_room()
    }
}

impl<const N: usize> StoredSession<[u8; N]> {
    /// An empty slot for tickets of up to `N` bytes.
    pub const fn with_room() -> Self {
        Self {
            session: None,
            ticket_len: 0,
            absence: NotKept::NoHandshake,
            offered: Err(NotOffered::NotKept),
            is_in_use: false,
            ticket: [0; N],
        }
    }
}

impl<T: ?Sized> StoredSession<T> {
    /// Whether there is no session to resume.
    pub fn is_empty(&self) -> bool {
        self.kept().is_err()
    }

    /// Whether there is a session to resume.
    ///
    /// # Errors
    /// Why there is none.
    pub fn kept(&self) -> Result<(), NotKept> {
        match &self.session {
            Some(session) if session.is_confirmed => Ok(()),
            _ => Err(self.absence),
        }
    }

    /// Whether the last ClientHello offered the stored session. Whether the server accepted it is in
    /// [`Negotiated::resumed`].
    ///
    /// # Errors
    /// Why it was not offered.
    pub const fn offered(&self) -> Result<(), NotOffered> {
        self.offered
    }

    /// Forgets the session and wipes its secret.
    pub fn clear(&mut self) {
        self.forget(NotKept::NoHandshake);
    }

    fn forget(&mut self, why: NotKept) {
        self.session = None;
        self.ticket_len = 0;
        self.absence = why;
    }

    /// Begins a connection, to a server with or without a name. It must not confirm a session that an earlier
    /// connection left unconfirmed.
    pub(crate) fn begin(&mut self, names_peer: bool) {
        if self.kept().is_err() {
            self.forget(if names_peer { NotKept::NoHandshake } else { NotKept::NoPeerName });
        }
        self.is_in_use = false;
        self.offered = Err(if self.is_empty() { NotOffered::NotKept } else { NotOffered::OtherPeer });
    }

    /// Records that a fatal alert ends the connection.
    pub(crate) fn void(&mut self) {
        if self.is_in_use {
            self.forget(NotKept::FatalAlert);
        }
    }

    /// What the session negotiated, a copy of its master secret, and the time until which the server's
    /// certificates are valid.
    pub(crate) fn resume(&self) -> Option<(Negotiated, Secret<48>, UnixTime)> {
        let session = self.session.as_ref()?;
        let mut master_secret = Secret::zero();
        *master_secret.expose_mut() = *session.master_secret.expose();
        Some((session.negotiated, master_secret, session.valid_until))
    }

    /// Records that the handshake is complete, and with it the session that it created, if any.
    pub(crate) fn confirm(&mut self) {
        match &mut self.session {
            Some(session) => session.is_confirmed = true,
            // Otherwise the reason was recorded when the ticket arrived.
            None if !self.is_in_use => self.absence = NotKept::NoTicket,
            None => {}
        }
    }
}

impl Store {
    /// The ticket to offer: that of a session for `binding` with one of `suites`, if it is still valid and
    /// fits into `room`.
    pub(crate) fn offer(
        &mut self,
        binding: &[u8; 32],
        suites: &[CipherSuite],
        now: Option<UnixTime>,
        room: usize,
    ) -> Option<&[u8]> {
        self.offered = self.check(binding, suites, now, room);
        self.is_in_use = self.offered.is_ok();
        if self.is_in_use { self.ticket.get(..self.ticket_len) } else { None }
    }

    fn check(
        &self,
        binding: &[u8; 32],
        suites: &[CipherSuite],
        now: Option<UnixTime>,
        room: usize,
    ) -> Result<(), NotOffered> {
        let session = self.session.as_ref().ok_or(NotOffered::NotKept)?;
        if session.binding != *binding {
            return Err(NotOffered::OtherPeer);
        }
        if now.is_some_and(|now| now >= session.expires || now > session.valid_until) {
            return Err(NotOffered::Expired);
        }
        if !suites.contains(&session.negotiated.cipher_suite) {
            return Err(NotOffered::CipherSuite);
        }
        if self.ticket_len > room {
            return Err(NotOffered::SendBufferTooSmall);
        }
        Ok(())
    }

    /// Stores a session with its ticket, replacing the previous one; it can be used after [`Self::confirm`].
    pub(crate) fn put(&mut self, ticket: &[u8], new: NewSession<'_>) {
        self.is_in_use = true;
        let room = self.ticket.len();
        let Some(place) = self.ticket.get_mut(..ticket.len()).filter(|place| !place.is_empty()) else {
            let len = ticket.len();
            return self.forget(if len == 0 {
                NotKept::NoTicket
            } else {
                NotKept::TicketTooLong { len, room }
            });
        };
        place.copy_from_slice(ticket);
        self.ticket_len = ticket.len();
        let mut master_secret = Secret::zero();
        *master_secret.expose_mut() = *new.master_secret.expose();
        let NewSession { negotiated, binding, expires, valid_until, .. } = new;
        self.absence = NotKept::NoHandshake;
        self.session =
            Some(Session { master_secret, negotiated, binding, expires, valid_until, is_confirmed: false });
    }

    /// Ignores a ticket, and forgets the session that it would have replaced.
    pub(crate) fn refuse(&mut self, why: NotKept) {
        self.is_in_use = true;
        self.forget(why);
    }
}

/// The session for which a ticket has arrived.
pub(crate) struct NewSession<'s> {
    pub(crate) negotiated: Negotiated,
    pub(crate) master_secret: &'s Secret<48>,
    pub(crate) binding: [u8; 32],
    pub(crate) expires: UnixTime,
    pub(crate) valid_until: UnixTime,
}

impl Default for StoredSession {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: ?Sized> fmt::Debug for StoredSession<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_empty() { "StoredSession (empty)" } else { "StoredSession" })
    }
}

impl fmt::Display for NotKept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoHandshake => f.write_str("no handshake has brought a session"),
            Self::NoTicket => f.write_str("the server gave no ticket"),
            Self::TicketTooLong { len, room } => {
                write!(f, "the server's ticket has {len} bytes, and there is room for {room}")
            }
            Self::NoExtendedMasterSecret => f.write_str("the server lacks the extended master secret"),
            Self::NoPeerName => f.write_str("the configuration does not say which server is meant"),
            Self::FatalAlert => f.write_str("a connection with the session ended with a fatal alert"),
        }
    }
}

impl fmt::Display for NotOffered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotKept => "no session was kept",
            Self::OtherPeer => "the session is one with another server or of other certificates",
            Self::Expired => "the session is over",
            Self::CipherSuite => "the cipher suite of the session is not offered any more",
            Self::SendBufferTooSmall => "the send buffer is too small for a ClientHello with the ticket",
        })
    }
}

#[cfg(test)]
mod tests {
    use std::string::ToString;

    use super::*;
    use crate::tls::codes::ProtocolVersion;

    #[test]
    fn a_ticket_is_offered_if_there_is_room_for_exactly_its_length() {
        let negotiated = Negotiated {
            version: ProtocolVersion::TLS12,
            cipher_suite: CipherSuite::ALL[0],
            group: crate::tls::NamedGroup::ALL[0],
            signature_scheme: crate::crypto::SignatureScheme::ALL[0],
            extended_master_secret: true,
            client_certificate: None,
            client_signature_scheme: None,
            alpn: None,
            resumed: false,
        };
        let mut place = StoredSession::new();
        let store: &mut Store = &mut place;
        let (binding, never) = ([3; 32], UnixTime::NEVER);
        let master_secret = &Secret::zero();
        let new = NewSession { negotiated, master_secret, binding, expires: never, valid_until: never };
        store.put(&[7; 100], new);
        store.confirm();
        assert_eq!(store.offer(&binding, CipherSuite::ALL, None, 99), None);
        assert_eq!(store.offered(), Err(NotOffered::SendBufferTooSmall));
        assert_eq!(store.offer(&binding, CipherSuite::ALL, None, 100), Some(&[7; 100][..]));
    }

    #[test]
    fn the_reasons_for_a_full_handshake_are_named() {
        let long = NotKept::TicketTooLong { len: 3000, room: 2048 };
        assert_eq!(long.to_string(), "the server's ticket has 3000 bytes, and there is room for 2048");
        assert_eq!(NotKept::NoTicket.to_string(), "the server gave no ticket");
        assert_eq!(NotOffered::Expired.to_string(), "the session is over");
    }
}
