//! Revocation checks against the caller's lists (RFC 5280 section 6.3).
//!
//! Every certificate of a path except the root is looked up in the lists of its issuer. A list applies if it
//! is signed with the key of that issuer on this path, and if the issuer may sign lists. Indirect lists never
//! apply.
//!
//! A certificate that is *not* on an applicable list is good only if the list is complete, covers the
//! certificate, is current and is fully understood. A certificate that *is* on an applicable list is revoked,
//! even if the list is a delta list, is meant for other certificates or has unknown extensions. A list that
//! is not current revokes too, unless a current one clears the certificate: revocation is rarely reversed,
//! and a certificate on one of the administrator's lists must not pass only because a newer list is missing.

use heapless::Vec;

use super::{
    budget::{Budget, MAX_PATHS},
    certificate::Certificate,
    distinguished_name::Name,
    error::{CertificateError, UnknownRevocation},
    list_memory::{ListAnswer, ListMemory, ListQuestion},
    revocation_list::{RevocationList, verify},
    signed::Signed,
};
use crate::{
    UnixTime,
    crypto::{Provider, PublicKey},
};

/// Whether certificates are looked up in revocation lists, and whether an unknown status is accepted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Revocation {
    /// Lists are ignored.
    Off,
    /// A certificate on a list is rejected. One of unknown status is accepted, and [`Verified`] reports it: a
    /// list that was not renewed in time must not stop every connection.
    #[default]
    AllowUnknown,
    /// A certificate on a list is rejected, and so is one of unknown status.
    RequireKnown,
}

/// What is to be reported about a trusted chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verified {
    /// Why the revocation status of a certificate is unknown; if several are unknown, that of the one nearest
    /// to the peer's. It deserves a warning. None if all are known to be good, or with [`Revocation::Off`].
    pub unknown_revocation: Option<UnknownRevocation>,
}

/// The lists, and what was found in them while the paths of one peer were checked.
pub(super) struct RevocationCheck<'s> {
    lists: &'s [&'s [u8]],
    policy: Revocation,
    memory: Option<&'s dyn ListMemory>,
    now: UnixTime,
    /// The certificates that ended a path. They end every other path too, even one on which their issuer may
    /// not sign lists. There is room for one per path.
    revoked: Vec<&'s [u8], MAX_PATHS>,
}

impl<'s> RevocationCheck<'s> {
    pub(super) const fn new(
        lists: &'s [&'s [u8]],
        policy: Revocation,
        memory: Option<&'s dyn ListMemory>,
        now: UnixTime,
    ) -> Self {
        Self { lists, policy, memory, now, revoked: Vec::new() }
    }

    /// Checks a path that is valid otherwise: the peer's certificate, its issuers and the root.
    // Never inlined, so that its stack is used only while it runs.
    #[inline(never)]
    pub(super) fn check_path<P: Provider>(
        &mut self,
        path: impl Iterator<Item = &'s [u8]> + Clone,
        budget: &mut Budget,
    ) -> Result<Verified, CertificateError> {
        let mut unknown = None;
        if self.policy != Revocation::Off {
            for (certificate, issuer) in path.clone().zip(path.skip(1)) {
                if self.revoked.contains(&certificate) {
                    return Err(CertificateError::Revoked);
                }
                match self.status::<P>(certificate, issuer, budget)? {
                    Status::Good => {}
                    Status::Revoked => {
                        let _ = self.revoked.push(certificate);
                        return Err(CertificateError::Revoked);
                    }
                    Status::Unknown(reason) => unknown = unknown.or(Some(reason)),
                }
            }
        }
        self.verdict(unknown)
    }

    /// Checks a self-signed certificate that is itself trusted. Only it could revoke itself, so its status is
    /// not unknown if it has no list.
    pub(super) fn check_trusted<P: Provider>(
        &self,
        certificate: &'s [u8],
    ) -> Result<Verified, CertificateError> {
        let mut budget = Budget::new();
        if self.policy == Revocation::Off {
            return self.verdict(None);
        }
        match self.status::<P>(certificate, certificate, &mut budget)? {
            Status::Revoked => Err(CertificateError::Revoked),
            Status::Good | Status::Unknown(UnknownRevocation::NoList) => self.verdict(None),
            Status::Unknown(reason) => self.verdict(Some(reason)),
        }
    }

    fn verdict(&self, unknown_revocation: Option<UnknownRevocation>) -> Result<Verified, CertificateError> {
        match (self.policy, unknown_revocation) {
            (Revocation::RequireKnown, Some(reason)) => Err(CertificateError::UnknownRevocation(reason)),
            _ => Ok(Verified { unknown_revocation }),
        }
    }

    /// Looks `certificate` up, first in the current lists, then in the others.
    fn status<P: Provider>(
        &self,
        certificate: &'s [u8],
        issuer: &'s [u8],
        budget: &mut Budget,
    ) -> Result<Status, CertificateError> {
        let mut unknown = UnknownRevocation::NoList;
        for is_current in [true, false] {
            let mut is_good = false;
            for (number, list) in self.lists.iter().enumerate() {
                let claim = match self.claim(list, certificate, issuer, is_current, budget)? {
                    Some(Ok(claim)) => claim,
                    Some(Err(reason)) => {
                        unknown = unknown.max(reason);
                        continue;
                    }
                    None => continue,
                };
                let is_signed = self.ask(number, ListQuestion::IsSignedWith(claim.key_info), || {
                    verify::<P>(&claim.signed, &claim.key)
                });
                let serial = claim.serial;
                let is_listed = is_signed
                    .and_then(|_| self.ask(number, ListQuestion::Lists(serial), || contains(list, serial)));
                match (is_listed, claim.lack) {
                    (Ok(true), _) => return Ok(Status::Revoked),
                    (Ok(false), None) => is_good = true,
                    (Err(reason), _) | (Ok(false), Some(reason)) => unknown = unknown.max(reason),
                }
            }
            if is_good {
                return Ok(Status::Good);
            }
        }
        Ok(Status::Unknown(unknown))
    }

    fn ask(
        &self,
        list: usize,
        question: ListQuestion<'_>,
        mut find_out: impl FnMut() -> ListAnswer,
    ) -> ListAnswer {
        match self.memory {
            Some(memory) => memory.recall(list, question, &mut find_out),
            None => find_out(),
        }
    }

    /// What `list` can say about `certificate`. None if it is another issuer's, or if it is not current but a
    /// current one is wanted, or the reverse.
    // Never inlined, so that everything that was parsed is off the stack when the signature is verified.
    #[inline(never)]
    fn claim(
        &self,
        list: &'s [u8],
        certificate: &'s [u8],
        issuer: &'s [u8],
        is_current: bool,
        budget: &mut Budget,
    ) -> Result<Option<Result<Claim<'s>, UnknownRevocation>>, CertificateError> {
        let Ok(list) = RevocationList::parse(list) else { return Ok(None) };
        let time_lack = list.time_lack(self.now);
        match list.is_about(Name::from_der(Certificate::issuer_of(certificate)?)?) {
            Some(true) if time_lack.is_none() == is_current => {}
            Some(false) => return Ok(Some(Err(UnknownRevocation::OutOfScope))),
            _ => return Ok(None),
        }
        let (certificate, issuer) = (Certificate::parse(certificate)?, Certificate::parse(issuer)?);
        // RFC 5280 section 6.3.3, step f.
        if issuer.extensions().key_usage.is_some_and(|usage| !usage.crl_sign) {
            return Ok(Some(Err(UnknownRevocation::NotAllowedToSign)));
        }
        budget.walk_list()?;
        Ok(Some(Ok(Claim {
            signed: list.signed(),
            key: issuer.public_key()?,
            key_info: issuer.subject_public_key_info(),
            serial: certificate.serial(),
            lack: list.lack(&certificate).or(time_lack),
        })))
    }
}

/// What a list says about a certificate if its signature is valid.
struct Claim<'s> {
    signed: Signed<'s>,
    key: PublicKey<'s>,
    /// The encoding of the same key.
    key_info: &'s [u8],
    /// The serial number to look up.
    serial: &'s [u8],
    /// Why a certificate that is not on the list is not known to be good.
    lack: Option<UnknownRevocation>,
}

// Never inlined, so that the list's fields are off the stack when a signature is verified.
#[inline(never)]
fn contains(list: &[u8], serial: &[u8]) -> ListAnswer {
    RevocationList::parse(list)?.contains(serial)
}

enum Status {
    Good,
    Revoked,
    Unknown(UnknownRevocation),
}
