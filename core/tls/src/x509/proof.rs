//! What a path must prove once each of its certificates obeys the rules (RFC 5280 section 6.1.3).
//!
//! Signatures come first, from the root to the peer, so that only proven keys are used. Names are compared
//! with constraints only if all signatures are valid: only a proven authority can trigger that work.
//! Revocation comes last, so that only the lists of proven issuers are read.

use heapless::Vec;

use super::{
    budget::{Budget, MAX_SIGNATURES},
    certificate::Certificate,
    constraints::NameConstraints,
    error::CertificateError,
    revocation::{RevocationCheck, Verified},
    signed::Signed,
    usage::Purpose,
};
use crate::crypto::{Provider, PublicKey};

/// A certificate and its number among the candidates.
#[derive(Clone, Copy)]
pub(super) struct Numbered<'s> {
    pub(super) der: &'s [u8],
    pub(super) number: u16,
}

/// The number of the peer's certificate. No candidate has it.
pub(super) const PEER: u16 = u16::MAX;

/// What has been proven while the paths of one peer were checked.
pub(super) struct Proofs<'r, 's> {
    signatures: Vec<Signature, MAX_SIGNATURES>,
    revocation: &'r mut RevocationCheck<'s>,
}

/// Whether the certificate with the number `issuer` signed the one with the number `subject`.
struct Signature {
    issuer: u16,
    subject: u16,
    verdict: Result<(), CertificateError>,
}

impl<'r, 's> Proofs<'r, 's> {
    pub(super) const fn new(revocation: &'r mut RevocationCheck<'s>) -> Self {
        Self { signatures: Vec::new(), revocation }
    }

    /// Checks a path from the peer's certificate to a root.
    pub(super) fn check<P: Provider>(
        &mut self,
        path: impl DoubleEndedIterator<Item = Numbered<'s>> + Clone,
        purpose: Purpose,
        budget: &mut Budget,
    ) -> Result<Verified, CertificateError> {
        let mut certificates = path.clone().rev();
        let mut issuer = certificates.next();
        while let (Some(signer), Some(subject)) = (issuer, certificates.next()) {
            self.check_signature::<P>(subject, signer)?;
            issuer = Some(subject);
        }
        budget.start_path()?;
        let path = path.map(|certificate| certificate.der);
        check_names(path.clone(), purpose, budget)?;
        self.revocation.check_path::<P>(path, budget)
    }

    /// Each signature is verified once, however many paths contain it.
    fn check_signature<P: Provider>(
        &mut self,
        subject: Numbered<'s>,
        issuer: Numbered<'s>,
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
    Ok((Signed::parse(subject)?.0, Certificate::public_key_of(issuer)?))
}

/// Checks the names of every certificate below an authority with name constraints. Self-issued intermediates
/// are exempt (RFC 5280 section 6.1.3, steps b and c).
// Never inlined, for the same reason.
#[inline(never)]
fn check_names<'s>(
    path: impl Iterator<Item = &'s [u8]> + Clone,
    purpose: Purpose,
    budget: &mut Budget,
) -> Result<(), CertificateError> {
    for (n, issuer) in path.clone().enumerate().skip(1) {
        let Some(constraints) = Certificate::name_constraints_of(issuer)? else { continue };
        let mut constraints = NameConstraints::parse(constraints, budget)?;
        for (at, der) in path.clone().take(n).enumerate() {
            let certificate = Certificate::parse(der)?;
            let is_peer = at == 0;
            if is_peer || !certificate.is_self_issued() {
                constraints.check(&certificate, is_peer && purpose == Purpose::Server)?;
            }
        }
    }
    Ok(())
}
