//! The search for a path from a peer's certificate to a root, and the rules that a path must keep.
//!
//! What costs nothing comes first: an issuer that breaks a rule, an expired one above all, is never followed. Then come the
//! signatures, from the root to the peer, so that only proven keys are computed with; each is verified once, however many
//! paths lead over it. The names below constrained authorities are compared only when all signatures hold, so that only
//! proven issuers can ask for it. Revocation comes last, so that only lists of proven issuers are looked at.

use heapless::Vec;

use super::{
    Certificate, CertificateError, Purpose, TrustSet, Verified,
    constraints::{MAX_COMPARISONS, NameConstraints},
    revocation::RevocationCheck,
    rules::Wanted,
    signed::Signed,
};
use crate::{
    UnixTime,
    crypto::{Provider, PublicKey},
};

/// How many intermediates a path may have. Real ones have up to four.
const MAX_INTERMEDIATES: usize = 6;
/// How many certificates a path may have without its root.
const MAX_PATH: usize = MAX_INTERMEDIATES + 1;
/// How many certificates are followed to their issuers.
const MAX_FOLLOWED: u8 = 64;
/// How many signatures are verified: three roots, three authorities and three authorities below them, each three of one name
/// and without key identifiers, need 21 at the most.
const MAX_SIGNATURES: usize = 24;
/// How many paths with valid signatures are looked at.
pub(super) const MAX_PROVEN: usize = 8;

pub(super) struct Search<'s> {
    pub(super) trust: &'s TrustSet<'s>,
    pub(super) leaf: &'s Certificate<'s>,
    /// What the peer presented with its own certificate.
    pub(super) presented: &'s [&'s [u8]],
    pub(super) now: UnixTime,
}

/// A certificate on the path, and the candidate that was tried last as its issuer.
#[derive(Clone, Copy)]
struct Step<'s> {
    der: &'s [u8],
    number: u16,
    tried: Option<Rank>,
}

/// A certificate and its number.
#[derive(Clone, Copy)]
struct Numbered<'s> {
    der: &'s [u8],
    number: u16,
}

/// The number of the peer's certificate, which no candidate has.
const PEER: u16 = u16::MAX;

/// The place of a candidate among those that may have issued a certificate: the least is tried first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    /// Roots come before intermediates.
    is_intermediate: bool,
    /// Those whose key identifiers fit come before those without.
    lacks_key_id: bool,
    /// A renewed authority signs with its newest certificate: the one whose validity began last before the subject's.
    seconds_before: u64,
    /// Those that were presented come before those of the set. Equal certificates have one number.
    number: u16,
}

/// What is asked of a path and its root.
type Check<'c, 's> = &'c mut dyn FnMut(&[Step<'s>], Numbered<'s>) -> Result<Verified, CertificateError>;

/// Which candidates are followed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Follow {
    /// Those that keep the rules.
    Good,
    /// Also the others, to find out which rule they break. Nothing is verified on the way.
    All,
}

impl<'s> Search<'s> {
    /// Looks for a path on which the leaf may serve `purpose`. That is an argument down to where it is asked for, so that a
    /// build which verifies one kind of peer has no code for the other.
    #[inline(never)]
    pub(super) fn run<P: Provider>(&self, purpose: Purpose) -> Result<Verified, CertificateError> {
        let mut proofs = Proofs::new(self);
        let verdict = self.search(purpose, Follow::Good, &mut |path, root| {
            let wanted = Wanted { purpose, now: self.now };
            wanted.check_peer(self.leaf)?;
            proofs.check::<P>(path, root, purpose)
        });
        match verdict {
            // An issuer that was left out for a reason is a better explanation than none, or than another of its name.
            Err(error @ (CertificateError::UnknownIssuer | CertificateError::BadSignature)) => {
                let broken = self
                    .search(purpose, Follow::All, &mut |path, root| self.explain(path, root.der, purpose));
                Err(broken
                    .err()
                    .filter(|broken| *broken != CertificateError::TooComplex)
                    .map_or(error, |broken| broken.max(error)))
            }
            verdict => verdict,
        }
    }

    /// Goes depth first, and puts each path to a root before `check` until one is good.
    // Never inlined, so that the stacks of both searches are not there at once.
    #[inline(never)]
    fn search(
        &self,
        purpose: Purpose,
        follow: Follow,
        check: Check<'_, 's>,
    ) -> Result<Verified, CertificateError> {
        let mut error = CertificateError::UnknownIssuer;
        let mut followed = 0;
        let mut path: Vec<Step<'s>, MAX_PATH> = Vec::new();
        let _ = path.push(Step { der: self.leaf.der(), number: PEER, tried: None });
        while !path.is_empty() {
            let Some((rank, issuer)) = self.next_issuer(&path, purpose, follow)? else {
                path.pop();
                continue;
            };
            if let Some(step) = path.last_mut() {
                step.tried = Some(rank);
            }
            if rank.is_intermediate {
                if followed == MAX_FOLLOWED {
                    return Err(CertificateError::TooComplex);
                }
                followed += 1;
                if path.push(Step { der: issuer, number: rank.number, tried: None }).is_err() {
                    error = error.max(CertificateError::TooComplex);
                }
            } else {
                match check(&path, Numbered { der: issuer, number: rank.number }) {
                    Ok(verified) => return Ok(verified),
                    Err(other) => error = error.max(other),
                }
            }
        }
        Err(error)
    }

    /// The best candidate for the issuer of the path's last certificate that has not been tried yet.
    // Never inlined, so that its stack is not there while a path is verified.
    #[inline(never)]
    fn next_issuer(
        &self,
        path: &[Step<'s>],
        purpose: Purpose,
        follow: Follow,
    ) -> Result<Option<(Rank, &'s [u8])>, CertificateError> {
        let Some(Step { der, tried, .. }) = path.last().copied() else { return Ok(None) };
        let subject = Certificate::parse(der)?;
        let wanted = Wanted { purpose, now: self.now };
        let below = intermediates_below(path);
        let mut best: Option<(Rank, &'s [u8])> = None;
        for (is_intermediate, der) in self.candidates() {
            let Ok(issuer) = Certificate::parse(der) else { continue };
            let Some(mut rank) = Rank::of(&issuer, &subject, is_intermediate) else { continue };
            // As many as have a number are looked at.
            let first = self.candidates().position(|(_, other)| other == der);
            let Some(number) = first.and_then(|first| u16::try_from(first).ok()).filter(|n| *n != PEER)
            else {
                continue;
            };
            rank.number = number;
            if tried.is_some_and(|tried| rank <= tried) || best.is_some_and(|(best, _)| rank >= best) {
                continue;
            }
            let (is_possible, verdict) = if is_intermediate {
                (!is_on(path, &issuer), wanted.check_intermediate(&issuer, below))
            } else {
                (issuer.is_self_issued(), wanted.check_root(&issuer, below))
            };
            if is_possible && (follow == Follow::All || verdict.is_ok()) {
                best = Some((rank, der));
            }
        }
        Ok(best)
    }

    /// Every certificate that may be an issuer, and whether it is an intermediate.
    fn candidates(&self) -> impl Iterator<Item = (bool, &'s [u8])> + use<'s> {
        let roots = self.trust.roots.iter().map(|der| (false, *der));
        let intermediates = self.presented.iter().chain(self.trust.intermediates);
        roots.chain(intermediates.map(|der| (true, *der)))
    }

    /// Which rule the issuers of a path break.
    fn explain(
        &self,
        path: &[Step<'s>],
        root: &[u8],
        purpose: Purpose,
    ) -> Result<Verified, CertificateError> {
        let wanted = Wanted { purpose, now: self.now };
        let mut error = CertificateError::UnknownIssuer;
        for n in 1..path.len() {
            let (below, rest) = path.split_at_checked(n).unwrap_or_default();
            let issuer = rest.first().map(|step| Certificate::parse(step.der)).transpose()?;
            let verdict = issuer.map(|issuer| wanted.check_intermediate(&issuer, intermediates_below(below)));
            error = error.max(verdict.and_then(Result::err).unwrap_or(error));
        }
        let verdict = wanted.check_root(&Certificate::parse(root)?, intermediates_below(path));
        Err(error.max(verdict.err().unwrap_or(error)))
    }
}

impl Rank {
    /// None when `issuer` cannot have issued `subject`, by the names, and by the key identifiers when both are there (RFC
    /// 5280 section 4.2.1.1).
    fn of(issuer: &Certificate<'_>, subject: &Certificate<'_>, is_intermediate: bool) -> Option<Self> {
        let lacks_key_id = match (issuer.subject_key_id(), subject.authority_key_id()) {
            (Some(issuer), Some(subject)) if issuer != subject => return None,
            (Some(_), Some(_)) => false,
            _ => true,
        };
        let seconds_before = subject.not_before().0.checked_sub(issuer.not_before().0).unwrap_or(u64::MAX);
        (issuer.subject() == subject.issuer()).then_some(Self {
            is_intermediate,
            lacks_key_id,
            seconds_before,
            number: 0,
        })
    }
}

/// How many intermediates are on the path, those left out that are self-issued (RFC 5280 section 6.1.4, step l).
fn intermediates_below(path: &[Step<'_>]) -> usize {
    path.iter().skip(1).filter(|step| !is_self_issued(step.der)).count()
}

fn is_self_issued(der: &[u8]) -> bool {
    Certificate::parse(der).is_ok_and(|certificate| certificate.is_self_issued())
}

/// Whether the path has the name and the key of `candidate` already (RFC 4158 section 5.2).
fn is_on(path: &[Step<'_>], candidate: &Certificate<'_>) -> bool {
    path.iter().filter_map(|step| Certificate::parse(step.der).ok()).any(|step| {
        step.subject_public_key_info() == candidate.subject_public_key_info()
            && step.subject() == candidate.subject()
    })
}

/// What was proven while paths of one peer were verified.
struct Proofs<'s> {
    signatures: Vec<Signature, MAX_SIGNATURES>,
    paths_left: usize,
    revocation: RevocationCheck<'s>,
}

/// Whether the certificate with the number `issuer` signed the one with the number `subject`.
struct Signature {
    issuer: u16,
    subject: u16,
    verdict: Result<(), CertificateError>,
}

impl<'s> Proofs<'s> {
    fn new(search: &Search<'s>) -> Self {
        let revocation = search.trust.revocation_check(search.now);
        Self { signatures: Vec::new(), paths_left: MAX_PROVEN, revocation }
    }

    /// Checks all that is asked of a path whose certificates keep the rules by themselves.
    fn check<P: Provider>(
        &mut self,
        path: &[Step<'s>],
        root: Numbered<'s>,
        purpose: Purpose,
    ) -> Result<Verified, CertificateError> {
        let mut issuer = root;
        for step in path.iter().rev() {
            let subject = Numbered { der: step.der, number: step.number };
            self.check_signature::<P>(issuer, subject)?;
            issuer = subject;
        }
        self.paths_left = self.paths_left.checked_sub(1).ok_or(CertificateError::TooComplex)?;
        check_names(path, root.der, purpose)?;
        self.revocation.check_path::<P>(path.iter().map(|step| step.der).chain([root.der]))
    }

    fn check_signature<P: Provider>(
        &mut self,
        issuer: Numbered<'s>,
        subject: Numbered<'s>,
    ) -> Result<(), CertificateError> {
        let mut known = self.signatures.iter();
        if let Some(known) =
            known.find(|known| known.issuer == issuer.number && known.subject == subject.number)
        {
            return known.verdict;
        }
        if self.signatures.is_full() {
            return Err(CertificateError::TooComplex);
        }
        let verdict =
            signed_and_key(subject.der, issuer.der).and_then(|(signed, key)| signed.verify::<P>(&key));
        let _ = self.signatures.push(Signature { issuer: issuer.number, subject: subject.number, verdict });
        verdict
    }
}

// Never inlined, so that the certificate's fields are off the stack when the signature is verified.
#[inline(never)]
fn signed_and_key<'s>(
    subject: &'s [u8],
    issuer: &'s [u8],
) -> Result<(Signed<'s>, PublicKey<'s>), CertificateError> {
    Ok((Signed::parse(subject)?.0, Certificate::parse(issuer)?.public_key()?))
}

/// Checks the names of every certificate below an authority with name constraints. Self-issued intermediates are exempt
/// (RFC 5280 section 6.1.3, steps b and c).
// Never inlined, for the same reason.
#[inline(never)]
fn check_names(path: &[Step<'_>], root: &[u8], purpose: Purpose) -> Result<(), CertificateError> {
    let mut comparisons_left = MAX_COMPARISONS;
    let issuers = path.iter().map(|step| step.der).skip(1).chain([root]);
    for (n, issuer) in issuers.enumerate() {
        let Some(constraints) = Certificate::parse(issuer)?.extensions().name_constraints else { continue };
        let mut constraints = NameConstraints::parse(constraints, &mut comparisons_left)?;
        for (at, step) in path.iter().take(n + 1).enumerate() {
            let certificate = Certificate::parse(step.der)?;
            let is_peer = at == 0;
            if is_peer || !certificate.is_self_issued() {
                constraints.check(&certificate, is_peer && purpose == Purpose::Server)?;
            }
        }
    }
    Ok(())
}
