//! Revocation by the lists of the caller (RFC 5280 section 6.3).
//!
//! Every certificate of a path but its root is looked up in the lists of its issuer. A list counts when it is signed
//! with the key of that issuer on this path, who may sign lists; indirect lists never do.
//!
//! That a certificate is *not* on a list says that it is good only if the list is complete, has the certificate in its
//! scope, is of this time and fully understood. That it *is* on a list that counts says that it is revoked, even if the
//! list is a delta list, is meant for others, says more than is understood, or is of another time and none of this time
//! clears the certificate: what is revoked hardly comes back, and what is on a list of the administrator shall not pass
//! because nobody brought a newer one.

use core::fmt;

use heapless::Vec;

use super::{
    Certificate, CertificateError, ListAnswer, ListMemory, ListQuestion,
    path::MAX_PROVEN,
    revocation_list::{RevocationList, verify},
    signed::Signed,
};
use crate::der::DerError;
use crate::{
    UnixTime,
    crypto::{Provider, PublicKey},
};

/// How many lists are verified, with their entries walked, for one peer.
const MAX_LISTS: u8 = 64;

/// Whether certificates are looked up in revocation lists, and what becomes of those of which no list tells anything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Revocation {
    /// Lists are not looked at.
    Off,
    /// A certificate on a list is refused. One whose status is unknown is accepted, and [`Verified`] says so: a list
    /// that was not renewed in time shall not stop every connection.
    #[default]
    AllowUnknown,
    /// A certificate on a list is refused, and so is one whose status is unknown.
    RequireKnown,
}

/// What is to be said about a chain that is believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verified {
    /// Why it is unknown whether a certificate of the chain, the one nearest to the peer's, has been revoked. It is
    /// worth a warning. None when all are known to be good or [`Revocation::Off`] was chosen.
    pub unknown_revocation: Option<UnknownRevocation>,
}

/// Why the revocation lists do not tell whether a certificate has been revoked.
///
/// When an issuer has several lists, the greatest of their reasons is told, that of the list which got furthest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum UnknownRevocation {
    /// There is no list of the issuer, or none that can be read.
    NoList,
    /// The lists of the issuer are delta lists or indirect ones, are meant for other certificates, or leave some
    /// reasons out.
    OutOfScope,
    /// The issuer's key usage does not allow it to sign lists.
    NotAllowedToSign,
    /// A list is signed with an algorithm or key outside the profile.
    UnsupportedAlgorithm,
    /// The signature of a list does not verify with the key of the certificate's issuer.
    BadSignature,
    /// The entries of a list are malformed.
    BadEncoding,
    /// A list, or an entry in it, has a critical extension that is not understood.
    UnsupportedExtension,
    /// The time of a list has not begun: thisUpdate lies ahead.
    NotYetValid,
    /// A list is stale: nextUpdate has passed, or is missing.
    Expired,
}

impl fmt::Display for UnknownRevocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoList => "there is no readable revocation list of the issuer",
            Self::OutOfScope => "no complete revocation list of the issuer is meant for the certificate",
            Self::NotAllowedToSign => "the issuer's key usage does not allow it to sign revocation lists",
            Self::UnsupportedAlgorithm => {
                "the revocation list is signed with an algorithm that is not supported"
            }
            Self::BadSignature => {
                "the signature of the revocation list does not verify with the issuer's key"
            }
            Self::BadEncoding => "the entries of the revocation list are malformed",
            Self::UnsupportedExtension => {
                "the revocation list has a critical extension that is not supported"
            }
            Self::NotYetValid => "the revocation list is not valid yet",
            Self::Expired => "the revocation list is out of date",
        })
    }
}

impl From<DerError> for UnknownRevocation {
    fn from(_: DerError) -> Self {
        Self::BadEncoding
    }
}

/// The lists, and what was found in them while paths of one peer were judged.
pub(super) struct RevocationCheck<'s> {
    lists: &'s [&'s [u8]],
    policy: Revocation,
    memory: Option<&'s dyn ListMemory>,
    now: UnixTime,
    /// The certificates that ended a path: they end any other as well, even one on which their issuer may not sign
    /// lists.
    revoked: Vec<&'s [u8], MAX_PROVEN>,
    lists_left: u8,
}

impl<'s> RevocationCheck<'s> {
    pub(super) const fn new(
        lists: &'s [&'s [u8]],
        policy: Revocation,
        memory: Option<&'s dyn ListMemory>,
        now: UnixTime,
    ) -> Self {
        Self { lists, policy, memory, now, revoked: Vec::new(), lists_left: MAX_LISTS }
    }

    /// Judges a path that is valid otherwise: the peer's certificate, its issuers and the root.
    // Never inlined, so that its stack is there only while it runs.
    #[inline(never)]
    pub(super) fn check_path<P: Provider>(
        &mut self,
        path: impl Iterator<Item = &'s [u8]> + Clone,
    ) -> Result<Verified, CertificateError> {
        let mut unknown = None;
        if self.policy != Revocation::Off {
            for (certificate, issuer) in path.clone().zip(path.skip(1)) {
                if self.revoked.contains(&certificate) {
                    return Err(CertificateError::Revoked);
                }
                match self.status::<P>(certificate, issuer)? {
                    Status::Good => {}
                    Status::Revoked => {
                        // As many paths come here as there is room for, and each ends here at most once.
                        let _ = self.revoked.push(certificate);
                        return Err(CertificateError::Revoked);
                    }
                    Status::Unknown(reason) => unknown = unknown.or(Some(reason)),
                }
            }
        }
        self.verdict(unknown)
    }

    /// Judges a self-signed certificate that is itself trusted. It has nobody who could list it but itself, so that it
    /// is not unknown when there is no list of its own.
    pub(super) fn check_trusted<P: Provider>(
        &mut self,
        certificate: &'s [u8],
    ) -> Result<Verified, CertificateError> {
        if self.policy == Revocation::Off {
            return self.verdict(None);
        }
        match self.status::<P>(certificate, certificate)? {
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

    /// Looks `certificate` up, first in the lists of now, then in those of another time.
    fn status<P: Provider>(
        &mut self,
        certificate: &'s [u8],
        issuer: &'s [u8],
    ) -> Result<Status, CertificateError> {
        let mut unknown = UnknownRevocation::NoList;
        for is_current in [true, false] {
            let mut is_good = false;
            for (number, list) in self.lists.iter().enumerate() {
                let claim = match self.claim(list, certificate, issuer, is_current)? {
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
                    .and_then(|_| self.ask(number, ListQuestion::Lists(serial), || names(list, serial)));
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

    /// What `list` says of `certificate`, if that is for its issuer to say and it is one of now or not as asked for.
    // Never inlined, so that all that was parsed is off the stack when the signature is verified.
    #[inline(never)]
    fn claim(
        &mut self,
        list: &'s [u8],
        certificate: &'s [u8],
        issuer: &'s [u8],
        is_current: bool,
    ) -> Result<Option<Result<Claim<'s>, UnknownRevocation>>, CertificateError> {
        let Ok(list) = RevocationList::parse(list) else { return Ok(None) };
        let (certificate, issuer) = (Certificate::parse(certificate)?, Certificate::parse(issuer)?);
        let time_lack = list.time_lack(self.now);
        match list.is_about(&certificate) {
            Some(true) if time_lack.is_none() == is_current => {}
            Some(false) => return Ok(Some(Err(UnknownRevocation::OutOfScope))),
            _ => return Ok(None),
        }
        // RFC 5280 section 6.3.3, step f.
        if issuer.extensions().key_usage.is_some_and(|usage| !usage.crl_sign) {
            return Ok(Some(Err(UnknownRevocation::NotAllowedToSign)));
        }
        self.lists_left = self.lists_left.checked_sub(1).ok_or(CertificateError::TooComplex)?;
        Ok(Some(Ok(Claim {
            signed: list.signed(),
            key: issuer.public_key()?,
            key_info: issuer.subject_public_key_info(),
            serial: certificate.serial(),
            lack: list.lack(&certificate).or(time_lack),
        })))
    }
}

/// What a list can say of a certificate, if its signature verifies.
struct Claim<'s> {
    signed: Signed<'s>,
    key: PublicKey<'s>,
    /// The same key in its encoding.
    key_info: &'s [u8],
    /// The serial number to be looked up.
    serial: &'s [u8],
    /// Why it says nothing of a certificate that is not on it.
    lack: Option<UnknownRevocation>,
}

// Never inlined, so that the list's fields are off the stack when a signature is verified.
#[inline(never)]
fn names(list: &[u8], serial: &[u8]) -> ListAnswer {
    RevocationList::parse(list)?.names(serial)
}

enum Status {
    Good,
    Revoked,
    Unknown(UnknownRevocation),
}
