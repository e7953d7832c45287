//! The search for a path from a peer's certificate to a root (RFC 5280 section 6, RFC 4158).
//!
//! Candidates are ranked, and those that break a rule are skipped: an expired issuer costs nothing. A path
//! that reaches a root is then proven (see [`super::proof`]), and the search continues until one is good or
//! the budget is spent.

use core::iter::once;

use heapless::Vec;

use super::{
    budget::{Budget, MAX_PATH},
    certificate::Certificate,
    error::CertificateError,
    proof::{Numbered, PEER, Proofs},
    revocation::{RevocationCheck, Verified},
    rules::Wanted,
    usage::Purpose,
};
use crate::{UnixTime, crypto::Provider};

pub(super) struct Search<'s> {
    pub(super) leaf: &'s Certificate<'s>,
    /// The intermediates that the peer presented.
    pub(super) presented: &'s [&'s [u8]],
    pub(super) roots: &'s [&'s [u8]],
    pub(super) intermediates: &'s [&'s [u8]],
    pub(super) now: UnixTime,
}

/// A certificate on the path, and the last candidate that was tried as its issuer.
#[derive(Clone, Copy)]
struct Step {
    number: u16,
    tried: Option<Rank>,
}

/// The place of a candidate among the possible issuers of a certificate. The least is tried first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    /// Roots come before intermediates.
    is_intermediate: bool,
    /// Matching key identifiers come before absent ones.
    lacks_key_id: bool,
    /// A renewed authority signs with its newest certificate: the one whose validity last began before the
    /// subject's.
    seconds_before: u64,
    /// Presented certificates come before those of the trust set. Equal certificates share a number.
    number: u16,
}

/// Checks a path, its root last.
type Check<'c> = &'c mut dyn FnMut(&[Step], u16, &mut Budget) -> Result<Verified, CertificateError>;

/// Which candidates are followed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Follow {
    /// Only those that obey the rules.
    Good,
    /// All, to find out which rule is broken. No signature is verified.
    All,
}

impl<'s> Search<'s> {
    /// Searches for a path on which the leaf may serve `purpose`.
    // `purpose` is an argument all the way down, so that a build which verifies one kind of peer has no code
    // for the other.
    #[inline(never)]
    pub(super) fn run<P: Provider>(
        &self,
        purpose: Purpose,
        revocation: &mut RevocationCheck<'s>,
    ) -> Result<Verified, CertificateError> {
        let mut proofs = Proofs::new(revocation);
        let verdict = self.search(purpose, Follow::Good, &mut |path, root, budget| {
            self.wanted(purpose).check_peer(self.leaf)?;
            // Not collected: a list with a bound panics when it is full, whatever the bound is.
            let mut numbers: Vec<u16, { MAX_PATH + 1 }> = Vec::new();
            for number in path.iter().map(|step| step.number).chain(once(root)) {
                numbers.push(number).map_err(|_| CertificateError::TooComplex)?;
            }
            proofs.check::<P>(numbers.iter().map(|number| self.numbered(*number)), purpose, budget)
        });
        match verdict {
            // The rule that a skipped issuer breaks explains more than that none was found, or that another
            // of its name failed.
            Err(error @ (CertificateError::UnknownIssuer | CertificateError::BadSignature)) => {
                let explained = self.search(purpose, Follow::All, &mut |path, root, _| {
                    Err(self.broken_rule(path, root, purpose)?)
                });
                Err(match explained {
                    Err(broken) if broken != CertificateError::TooComplex => broken.max(error),
                    _ => error,
                })
            }
            verdict => verdict,
        }
    }

    /// Searches depth first and checks each path to a root until one is good.
    // Never inlined, so that the two searches do not take stack at the same time.
    #[inline(never)]
    fn search(
        &self,
        purpose: Purpose,
        follow: Follow,
        check: Check<'_>,
    ) -> Result<Verified, CertificateError> {
        let mut error = CertificateError::UnknownIssuer;
        let mut budget = Budget::new();
        let mut path: Vec<Step, MAX_PATH> = Vec::new();
        let _ = path.push(Step { number: PEER, tried: None });
        while !path.is_empty() {
            let Some(rank) = self.next_issuer(&path, purpose, follow)? else {
                path.pop();
                continue;
            };
            if let Some(step) = path.last_mut() {
                step.tried = Some(rank);
            }
            if rank.is_intermediate {
                budget.follow()?;
                if path.push(Step { number: rank.number, tried: None }).is_err() {
                    error = error.max(CertificateError::TooComplex);
                }
            } else {
                match check(&path, rank.number, &mut budget) {
                    Ok(verified) => return Ok(verified),
                    Err(other) => error = error.max(other),
                }
            }
        }
        Err(error)
    }

    /// The best untried candidate for the issuer of the path's last certificate.
    // Never inlined, so that its stack is free while a path is proven.
    #[inline(never)]
    fn next_issuer(
        &self,
        path: &[Step],
        purpose: Purpose,
        follow: Follow,
    ) -> Result<Option<Rank>, CertificateError> {
        let Some(Step { number, tried }) = path.last().copied() else { return Ok(None) };
        let parsed;
        let subject = if number == PEER {
            self.leaf
        } else {
            parsed = Certificate::parse(self.der(number))?;
            &parsed
        };
        let wanted = self.wanted(purpose);
        let below = self.intermediates_below(path);
        let mut best: Option<Rank> = None;
        for (is_intermediate, der) in self.candidates() {
            // Most candidates have another name, and are not parsed any further.
            if Certificate::subject_of(der) != Ok(subject.issuer()) {
                continue;
            }
            let Ok(issuer) = Certificate::parse(der) else { continue };
            let Some(mut rank) = Rank::of(&issuer, subject, is_intermediate) else { continue };
            // Candidates beyond the last number are never tried.
            let first = self.candidates().position(|(_, other)| other == der);
            let number = first.and_then(|first| u16::try_from(first).ok()).filter(|number| *number != PEER);
            let Some(number) = number else { continue };
            rank.number = number;
            if tried.is_some_and(|tried| rank <= tried) || best.is_some_and(|best| rank >= best) {
                continue;
            }
            let (is_possible, verdict) = if is_intermediate {
                (!self.is_on(path, &issuer), wanted.check_intermediate(&issuer, below))
            } else {
                (issuer.is_self_issued(), wanted.check_root(&issuer, below))
            };
            if is_possible && (follow == Follow::All || verdict.is_ok()) {
                best = Some(rank);
            }
        }
        Ok(best)
    }

    /// Every possible issuer, and whether it is an intermediate. Its place is its number.
    fn candidates(&self) -> impl Iterator<Item = (bool, &'s [u8])> + use<'s> {
        let roots = self.roots.iter().map(|der| (false, *der));
        let intermediates = self.presented.iter().chain(self.intermediates).map(|der| (true, *der));
        roots.chain(intermediates)
    }

    fn der(&self, number: u16) -> &'s [u8] {
        if number == PEER {
            return self.leaf.der();
        }
        let mut at = usize::from(number);
        for certificates in [self.roots, self.presented, self.intermediates] {
            match certificates.get(at) {
                Some(der) => return der,
                None => at = at.saturating_sub(certificates.len()),
            }
        }
        &[]
    }

    fn numbered(&self, number: u16) -> Numbered<'s> {
        Numbered { der: self.der(number), number }
    }

    const fn wanted(&self, purpose: Purpose) -> Wanted {
        Wanted { purpose, now: self.now }
    }

    /// The most serious violation by the issuers of a path.
    fn broken_rule(
        &self,
        path: &[Step],
        root: u16,
        purpose: Purpose,
    ) -> Result<CertificateError, CertificateError> {
        let wanted = self.wanted(purpose);
        let mut error = CertificateError::UnknownIssuer;
        for n in 1..path.len() {
            let (below, rest) = path.split_at_checked(n).unwrap_or_default();
            let Some(step) = rest.first() else { continue };
            let issuer = Certificate::parse(self.der(step.number))?;
            let verdict = wanted.check_intermediate(&issuer, self.intermediates_below(below));
            error = error.max(verdict.err().unwrap_or(error));
        }
        let root = Certificate::parse(self.der(root))?;
        let verdict = wanted.check_root(&root, self.intermediates_below(path));
        Ok(error.max(verdict.err().unwrap_or(error)))
    }

    /// The number of intermediates on the path that are not self-issued (RFC 5280 section 6.1.4, step l).
    fn intermediates_below(&self, path: &[Step]) -> usize {
        let is_self_issued = |step: &&Step| {
            Certificate::parse(self.der(step.number)).is_ok_and(|certificate| certificate.is_self_issued())
        };
        path.iter().skip(1).filter(|step| !is_self_issued(step)).count()
    }

    /// Whether the path already contains the name and the key of `candidate` (RFC 4158 section 5.2).
    fn is_on(&self, path: &[Step], candidate: &Certificate<'_>) -> bool {
        let is_same = |step: &Certificate<'_>| {
            step.subject_public_key_info() == candidate.subject_public_key_info()
                && step.subject() == candidate.subject()
        };
        let mut issuers = path.iter().skip(1);
        is_same(self.leaf)
            || issuers.any(|step| Certificate::parse(self.der(step.number)).is_ok_and(|step| is_same(&step)))
    }
}

impl Rank {
    /// The rank of `issuer`, whose name is the one that `subject` gives for its issuer. None if both have a
    /// key identifier (RFC 5280 section 4.2.1.1) and these differ.
    fn of(issuer: &Certificate<'_>, subject: &Certificate<'_>, is_intermediate: bool) -> Option<Self> {
        let lacks_key_id = match (issuer.subject_key_id(), subject.authority_key_id()) {
            (Some(issuer), Some(subject)) if issuer != subject => return None,
            (Some(_), Some(_)) => false,
            _ => true,
        };
        let seconds_before = subject.not_before().0.checked_sub(issuer.not_before().0).unwrap_or(u64::MAX);
        Some(Self { is_intermediate, lacks_key_id, seconds_before, number: 0 })
    }
}
