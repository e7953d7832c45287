//! Chains with revocation lists against a trust set, with signatures that nearly always verify.
//!
//! An accepted chain must meet simple conditions, which an independent parser checks, and the verdicts for
//! other settings must be consistent.

use lsam_core::UnixTime;
use lsam_core::x509::{
    Certificate, CertificateError, CertificateList, Purpose, Revocation, TrustSet, Verified,
};

use crate::script::Script;
use lsam_testing::transparent::{BAD_SIGNATURE, Transparent};

/// 2026-06-01T00:00:00Z: within the validity of the seeds, and the time of their lists.
const NOW: u64 = 1_780_272_000;
/// The maximum number of certificates and lists in an input.
const MAX_PARTS: usize = 24;

type Verdict = Result<Verified, CertificateError>;

/// The parts of an input.
#[derive(Default)]
struct Parts<'a> {
    /// The presented chain, of at most [`CertificateList::MAX`] certificates.
    chain: Vec<&'a [u8]>,
    roots: Vec<&'a [u8]>,
    intermediates: Vec<&'a [u8]>,
    lists: Vec<&'a [u8]>,
}

/// Target `chain`: purpose and time, then parts, each after its kind and length.
pub fn chain(input: &[u8]) {
    let mut script = Script::new(input);
    let bits = script.u8();
    let purpose = if bits & 1 == 0 { Purpose::Server } else { Purpose::Client };
    let now = UnixTime([NOW, NOW + 86_400 * 366, 1_000_000_000, u64::MAX][usize::from(bits >> 1 & 3)]);
    let mut parts = Parts::default();
    for _ in 0..MAX_PARTS {
        if script.is_empty() {
            break;
        }
        let to = match script.u8() % 4 {
            0 => &mut parts.chain,
            1 => &mut parts.roots,
            2 => &mut parts.intermediates,
            _ => &mut parts.lists,
        };
        to.push(script.vec16());
    }
    parts.chain.retain(|der| !der.is_empty());
    parts.chain.truncate(CertificateList::MAX);
    check(&parts, purpose, now);
}

fn check(parts: &Parts<'_>, purpose: Purpose, now: UnixTime) {
    let of = |revocation| parts.verify(revocation, purpose, Some(now));
    let [off, lax, strict] = [Revocation::Off, Revocation::AllowUnknown, Revocation::RequireKnown].map(of);
    check_settings(off, lax, strict);
    assert_eq!(of(Revocation::AllowUnknown), lax, "the same question, another answer");
    for verdict in [off, lax, strict] {
        if let Err(error) = verdict {
            assert!(!error.to_string().is_empty());
        }
    }
    let no_time =
        if parts.chain.is_empty() { CertificateError::NoCertificate } else { CertificateError::NoTime };
    assert_eq!(parts.verify(Revocation::Off, purpose, None), Err(no_time));
    if off.is_ok() {
        parts.check_accepted(purpose, now);
        let garbage: &[u8] = &[0x30, 3, 2, 1, 1];
        let mut beside = Parts { chain: parts.chain.clone(), roots: parts.roots.clone(), ..Parts::default() };
        beside.intermediates = [&parts.intermediates[..], &[garbage]].concat();
        beside.lists = [&parts.lists[..], &[garbage]].concat();
        assert_eq!(beside.verify(Revocation::RequireKnown, purpose, Some(now)), strict, "garbage beside");
        beside.roots = vec![];
        assert!(beside.verify(Revocation::Off, purpose, Some(now)).is_err(), "trusted without a root");
    }
}

/// Checking lists never makes a peer trusted, and a list yields the same result whatever the verdict.
fn check_settings(off: Verdict, lax: Verdict, strict: Verdict) {
    match off {
        Ok(verified) => assert_eq!(verified.unknown_revocation, None, "nobody looked"),
        Err(_) => assert!(lax.is_err() && strict.is_err(), "{lax:?}, {strict:?}"),
    }
    if let Ok(verified) = strict {
        assert_eq!(verified.unknown_revocation, None, "unknown, but required");
        assert!(lax.is_ok());
    }
    if let Ok(Verified { unknown_revocation: None }) = lax {
        assert!(strict.is_ok(), "known, but refused with {strict:?}");
    }
}

impl Parts<'_> {
    fn verify(&self, revocation: Revocation, purpose: Purpose, now: Option<UnixTime>) -> Verdict {
        let trust = TrustSet::new(&self.roots, &self.intermediates).with_revocation(&self.lists, revocation);
        let chain = self.chain.iter().copied();
        trust.verify_without_name::<Transparent>(chain, purpose, now)
    }

    /// The peer's certificate is valid now and for this purpose. Either it is in the set itself, or it is not
    /// an authority, is correctly signed, and leads to a root through currently valid authorities.
    fn check_accepted(&self, purpose: Purpose, now: UnixTime) {
        let leaf = Certificate::parse(self.chain[0]).expect("it was accepted");
        assert_eq!(leaf.check_validity(now), Ok(()));
        assert_eq!(leaf.check_usage(purpose), Ok(()));
        assert!(leaf.public_key().is_ok());
        if leaf.is_self_issued() && self.roots.contains(&leaf.der()) {
            return;
        }
        assert!(!leaf.is_authority(), "an authority as peer");
        assert_ne!(first_of_signature(leaf.der()), Some(BAD_SIGNATURE));
        let others = self.chain[1..].iter().chain(&self.intermediates);
        let authorities: Vec<Certificate<'_>> = others
            .filter_map(|der| Certificate::parse(der).ok())
            .filter(|issuer| issuer.is_authority() && issuer.check_validity(now).is_ok())
            .filter(|issuer| first_of_signature(issuer.der()) != Some(BAD_SIGNATURE))
            .collect();
        let roots = self.roots.iter().filter_map(|der| Certificate::parse(der).ok());
        let roots: Vec<Certificate<'_>> = roots
            .filter(|root| root.is_self_issued() && root.check_validity(now).is_ok())
            .filter(|root| root.is_authority() || root.version() < 3)
            .collect();
        // Issuer names reachable from the peer's.
        let mut reached = vec![leaf.issuer()];
        let mut next = 0;
        while let Some(name) = reached.get(next).copied() {
            for issuer in authorities.iter().filter(|issuer| issuer.subject() == name) {
                if !reached.contains(&issuer.issuer()) {
                    reached.push(issuer.issuer());
                }
            }
            next += 1;
        }
        assert!(roots.iter().any(|root| reached.contains(&root.subject())), "no root issued it");
    }
}

/// The first byte of the signature of a parsed certificate, after the BIT STRING's count of unused bits.
fn first_of_signature(der: &[u8]) -> Option<u8> {
    let whole = element(der)?.0;
    let (_, rest) = element(whole)?;
    let (_, rest) = element(rest)?;
    element(rest)?.0.get(1).copied()
}

/// The content of the first element, and the rest.
fn element(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (header, len) = match der[1] {
        len @ 0..0x80 => (2, usize::from(len)),
        many => {
            let bytes = der.get(2..2 + usize::from(many & 0x7f))?;
            (2 + bytes.len(), bytes.iter().fold(0, |len, byte| len << 8 | usize::from(*byte)))
        }
    };
    Some((der.get(header..header + len)?, &der[header + len..]))
}

#[cfg(test)]
mod tests {
    use lsam_core::x509::UnknownRevocation;

    use super::*;
    use crate::seeds;

    /// The verdicts of the named seeds. Seeds are useless if all of them are rejected early.
    #[test]
    fn the_seeds_have_their_verdicts() {
        let unknown = |reason| Ok(Verified { unknown_revocation: Some(reason) });
        let known = Ok(Verified { unknown_revocation: None });
        for (name, expected) in [
            ("chain", unknown(UnknownRevocation::NoList)),
            ("good", known),
            ("revoked", Err(CertificateError::Revoked)),
            ("revoked-authority", Err(CertificateError::Revoked)),
            ("self-signed", known),
            ("bad-signature", Err(CertificateError::BadSignature)),
            ("expired", Err(CertificateError::Expired)),
            ("constrained", unknown(UnknownRevocation::NoList)),
            ("constrained-outside", Err(CertificateError::NameConstraint)),
            ("cross-signed", unknown(UnknownRevocation::NoList)),
            ("no-authority", Err(CertificateError::NotAnAuthority)),
            ("delta", unknown(UnknownRevocation::OutOfScope)),
        ] {
            let seeds = seeds::seeds();
            let (_, _, input) =
                seeds.iter().find(|(target, seed, _)| *target == "chain" && seed == name).expect(name);
            let mut script = Script::new(&input[1..]);
            let mut parts = Parts::default();
            while !script.is_empty() {
                let kind = script.u8();
                let der = script.vec16();
                [&mut parts.chain, &mut parts.roots, &mut parts.intermediates, &mut parts.lists]
                    [usize::from(kind)]
                .push(der);
            }
            assert_eq!(
                parts.verify(Revocation::AllowUnknown, Purpose::Server, Some(UnixTime(NOW))),
                expected,
                "{name}"
            );
        }
    }
}
