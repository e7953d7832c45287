//! The search for a path from a peer's certificate to a root.
//!
//! The search is ours, so that its cost is bounded: webpki would follow 200,000 branches and verify 100 signatures before it
//! gave up on a hostile chain. Each path that is found is checked here for what webpki leaves out: the root itself, and
//! whether issuers may sign. Then come the signatures, from the root to the peer, so that only proven keys are computed with.
//! What is signed is put before webpki, which validates it as RFC 5280 section 6.1 says; nobody who is no issuer can make it
//! compare names with constraints. Revocation comes last, so that only lists of proven issuers are looked at.

use core::time::Duration;

use heapless::Vec;
use pki_types::CertificateDer;
use webpki::{Cert, EndEntityCert};

use super::{
    Certificate, CertificateError, CertificateList, Purpose, TrustSet, Verified,
    algorithms::Algorithm,
    name::is_constrained_name_missing,
    signed::{IssuerKey, Signed},
};
use crate::{UnixTime, crypto::Provider};

/// How many intermediates a path may have; webpki's own limit.
const MAX_INTERMEDIATES: usize = 6;
/// How many certificates a path may have without its root.
const MAX_PATH: usize = MAX_INTERMEDIATES + 1;
/// How many paths are validated. Each costs a signature verification at least.
pub(super) const MAX_VALIDATED: usize = 8;
/// How many certificates are followed to their issuers.
const MAX_FOLLOWED: u8 = 64;

pub(super) struct Search<'s> {
    pub(super) trust: &'s TrustSet<'s>,
    pub(super) chain: CertificateList<'s>,
    pub(super) leaf: &'s [u8],
    pub(super) now: UnixTime,
}

/// A certificate on the path, and the first candidate that has not yet been tried as its issuer.
#[derive(Clone, Copy)]
struct Step<'s> {
    der: &'s [u8],
    next: usize,
}

impl<'s> Search<'s> {
    /// Looks for a path on which the leaf may serve `purpose`. That is an argument down to where it is asked for, so that a
    /// build which judges one kind of peer has no code for the other. Goes depth first: the roots before the intermediates,
    /// and those that were presented before those of the set.
    #[inline(never)]
    pub(super) fn run<P: Provider>(&self, purpose: Purpose) -> Result<Verified, CertificateError> {
        let mut error = CertificateError::UnknownIssuer;
        let (mut validated, mut followed) = (0, 0);
        let mut revocation = self.trust.revocation_check(self.now);
        let mut path: Vec<Step<'s>, MAX_PATH> = Vec::new();
        let _ = path.push(Step { der: self.leaf, next: 0 });
        while let Some(Step { der, next }) = path.last().copied() {
            let head = Certificate::parse(der)?;
            if next == 0 {
                for root in self.trust.roots.iter().filter(|root| is_root_of(root, &head)) {
                    if validated == MAX_VALIDATED {
                        return Err(CertificateError::TooComplex);
                    }
                    validated += 1;
                    let whole = path.iter().map(|step| step.der).chain([*root]);
                    let verdict = self
                        .check_authorities(&path, root, purpose)
                        .and_then(|()| verify_signatures::<P>(&path, root))
                        .and_then(|()| self.validate(&path, root, purpose))
                        .and_then(|()| revocation.check_path::<P>(whole));
                    match verdict {
                        Ok(verified) => return Ok(verified),
                        Err(other) => error = error.max(other),
                    }
                }
            }
            let mut candidates = self.intermediates().enumerate().skip(next);
            let Some((n, issuer)) = candidates.find(|(_, der)| is_next(der, &head, &path)) else {
                path.pop();
                continue;
            };
            if followed == MAX_FOLLOWED {
                return Err(CertificateError::TooComplex);
            }
            followed += 1;
            if let Some(step) = path.last_mut() {
                step.next = n + 1;
            }
            if path.push(Step { der: issuer, next: 0 }).is_err() {
                error = error.max(CertificateError::TooComplex);
            }
        }
        Err(error)
    }

    /// Every certificate that may stand between the peer's and a root.
    fn intermediates(&self) -> impl Iterator<Item = &'s [u8]> + use<'s> {
        self.chain.iter().skip(1).chain(self.trust.intermediates.iter().copied())
    }

    // Never inlined, like the two that follow it, so that their stacks are not there at once.
    #[inline(never)]
    fn check_authorities(
        &self,
        path: &[Step<'_>],
        root: &[u8],
        purpose: Purpose,
    ) -> Result<(), CertificateError> {
        self.check_root(path, &Certificate::parse(root)?, purpose)?;
        self.check_issuers(path, purpose)?;
        // webpki passes over policyConstraints that are not critical.
        Certificate::parse(self.leaf)?.check_extensions()
    }

    #[inline(never)]
    fn validate(&self, path: &[Step<'s>], root: &[u8], purpose: Purpose) -> Result<(), CertificateError> {
        let leaf = CertificateDer::from(self.leaf);
        let root = CertificateDer::from(root);
        let mut intermediates: Vec<_, MAX_INTERMEDIATES> = Vec::new();
        for step in path.iter().skip(1) {
            intermediates.push(CertificateDer::from(step.der)).map_err(|_| CertificateError::TooComplex)?;
        }
        let usage = match purpose {
            Purpose::Server => webpki::KeyUsage::server_auth(),
            Purpose::Client => webpki::KeyUsage::client_auth(),
        };
        EndEntityCert::try_from(&leaf)?.verify_for_usage(
            &Algorithm::unverified(),
            &[webpki::anchor_from_trusted_cert(&root)?],
            &intermediates,
            pki_types::UnixTime::since_unix_epoch(Duration::from_secs(self.now.0)),
            usage,
            None,
            Some(&|found| {
                // Among certificates with the same name webpki may find another way. It shall judge this one.
                let found = found.intermediate_certificates().map(Cert::der);
                if found.eq(intermediates.iter().cloned()) {
                    Ok(())
                } else {
                    Err(webpki::Error::UnknownIssuer)
                }
            }),
        )?;
        Ok(())
    }

    /// A root is only a name and a key to RFC 5280. But Windows and openssl hold it to what it says about itself, and
    /// so does this.
    fn check_root(
        &self,
        path: &[Step<'_>],
        root: &Certificate<'_>,
        purpose: Purpose,
    ) -> Result<(), CertificateError> {
        root.check_validity(self.now)?;
        root.check_extensions()?;
        // A root of version 1 cannot say that it is an authority.
        if root.version() == 3 && !root.is_authority() {
            return Err(CertificateError::NotAnAuthority);
        }
        root.check_may_sign()?;
        if !root.extensions().allows(purpose) {
            return Err(CertificateError::WrongUsage);
        }
        let others = path
            .iter()
            .skip(1)
            .filter(|step| Certificate::parse(step.der).is_ok_and(|issuer| !issuer.is_self_issued()));
        if root.extensions().path_len.is_some_and(|len| others.count() > usize::from(len)) {
            return Err(CertificateError::NotAnAuthority);
        }
        self.check_common_name(root, purpose)
    }

    fn check_issuers(&self, path: &[Step<'_>], purpose: Purpose) -> Result<(), CertificateError> {
        for step in path.iter().skip(1) {
            let issuer = Certificate::parse(step.der)?;
            issuer.check_extensions()?;
            issuer.check_may_sign()?;
            self.check_common_name(&issuer, purpose)?;
        }
        Ok(())
    }

    /// Name constraints apply to the alternative names alone, so a server under them may not have its name elsewhere.
    fn check_common_name(&self, issuer: &Certificate<'_>, purpose: Purpose) -> Result<(), CertificateError> {
        if purpose == Purpose::Server
            && issuer.extensions().has_name_constraints
            && is_constrained_name_missing(&Certificate::parse(self.leaf)?)
        {
            return Err(CertificateError::NameConstraint);
        }
        Ok(())
    }
}

#[inline(never)]
fn verify_signatures<P: Provider>(path: &[Step<'_>], root: &[u8]) -> Result<(), CertificateError> {
    let mut issuer = root;
    for step in path.iter().rev() {
        signed_and_key(step.der, issuer).and_then(|(signed, key)| signed.verify::<P>(key))?;
        issuer = step.der;
    }
    Ok(())
}

// Never inlined, so that the certificate's fields are off the stack when the signature is verified.
#[inline(never)]
fn signed_and_key<'s>(
    subject: &'s [u8],
    issuer: &'s [u8],
) -> Result<(Signed<'s>, IssuerKey<'s>), CertificateError> {
    Ok((Signed::parse(subject)?.0, Certificate::parse(issuer)?.issuer_key()?))
}

/// Whether `root` is self-signed by its looks and may have issued `subject`.
fn is_root_of(root: &[u8], subject: &Certificate<'_>) -> bool {
    Certificate::parse(root).is_ok_and(|root| root.is_self_issued() && may_have_issued(&root, subject))
}

/// Whether `candidate` may have issued `head` and is not on the path yet (RFC 4158 section 5.2).
fn is_next(candidate: &[u8], head: &Certificate<'_>, path: &[Step<'_>]) -> bool {
    Certificate::parse(candidate).is_ok_and(|candidate| {
        may_have_issued(&candidate, head)
            && !path.iter().filter_map(|step| Certificate::parse(step.der).ok()).any(|step| {
                step.subject() == candidate.subject()
                    && step.subject_public_key_info() == candidate.subject_public_key_info()
            })
    })
}

/// Compares the names, and the key identifiers when both are there (RFC 5280 section 4.2.1.1).
fn may_have_issued(issuer: &Certificate<'_>, subject: &Certificate<'_>) -> bool {
    let ids = (issuer.extensions().subject_key_id, subject.extensions().authority_key_id);
    issuer.subject() == subject.issuer() && !matches!(ids, (Some(issuer), Some(subject)) if issuer != subject)
}
