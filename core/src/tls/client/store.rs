//! A session that a client may resume (RFC 5077).

use heapless::Vec;

use crate::UnixTime;
use crate::crypto::Secret;
use crate::tls::event::Negotiated;
use crate::tls::suite::CipherSuite;

/// Longest ticket that is kept, in bytes; a longer one is passed over, and the next handshake is a full one.
const MAX_TICKET: usize = 1024;

/// A place for one session, to be kept for one server name. It holds a master secret: wipe it with [`Self::clear`] when
/// the trust that the session was made under has changed.
#[derive(Default)]
pub struct StoredSession {
    ticket: Vec<u8, MAX_TICKET>,
    session: Option<Session>,
    /// The server's Finished has been checked, without which a ticket counts for nothing (RFC 5077 section 3.3).
    is_valid: bool,
}

struct Session {
    master_secret: Secret<48>,
    negotiated: Negotiated,
    /// SHA-256 of the server name that it was made for.
    binding: [u8; 32],
    expires: Option<UnixTime>,
}

impl StoredSession {
    /// An empty place.
    pub const fn new() -> Self {
        Self { ticket: Vec::new(), session: None, is_valid: false }
    }

    /// Whether there is a session to resume.
    pub const fn is_empty(&self) -> bool {
        !self.is_valid
    }

    /// Forgets the session and wipes its secret.
    pub fn clear(&mut self) {
        self.ticket.clear();
        self.session = None;
        self.is_valid = false;
    }

    /// The ticket, when the session was made for the same name, is not over, and one of `suites` is its own.
    pub(super) fn ticket_for(
        &self,
        binding: &[u8; 32],
        suites: &[CipherSuite],
        now: Option<UnixTime>,
    ) -> Option<&[u8]> {
        let session = self.session.as_ref().filter(|_| self.is_valid)?;
        let is_over = session.expires.zip(now).is_some_and(|(expires, now)| now >= expires);
        let fits =
            session.binding == *binding && suites.contains(&session.negotiated.cipher_suite) && !is_over;
        fits.then_some(&self.ticket)
    }

    /// What the session agreed on, and a copy of its master secret.
    pub(super) fn resume(&self) -> Option<(Negotiated, Secret<48>)> {
        let session = self.session.as_ref()?;
        let mut master_secret = Secret::zero();
        *master_secret.expose_mut() = *session.master_secret.expose();
        Some((session.negotiated, master_secret))
    }

    /// Takes up a ticket; it counts from [`Self::confirm`] on.
    pub(super) fn put(
        &mut self,
        ticket: &[u8],
        negotiated: Negotiated,
        master_secret: &Secret<48>,
        binding: [u8; 32],
        expires: Option<UnixTime>,
    ) {
        self.clear();
        if ticket.is_empty() || self.ticket.extend_from_slice(ticket).is_err() {
            return;
        }
        let mut copy = Secret::zero();
        *copy.expose_mut() = *master_secret.expose();
        self.session = Some(Session { master_secret: copy, negotiated, binding, expires });
    }

    pub(super) const fn confirm(&mut self) {
        self.is_valid = self.session.is_some();
    }
}

impl core::fmt::Debug for StoredSession {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(if self.is_empty() { "StoredSession (empty)" } else { "StoredSession" })
    }
}
