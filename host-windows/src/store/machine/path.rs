//! The path to a root that Windows trusts.

use lsam_core::x509::{CertificateError, Purpose};
use windows_sys::Win32::Security::Cryptography::{
    CERT_TRUST_HAS_EXCLUDED_NAME_CONSTRAINT, CERT_TRUST_HAS_NOT_PERMITTED_NAME_CONSTRAINT,
    CERT_TRUST_HAS_WEAK_SIGNATURE, CERT_TRUST_INVALID_BASIC_CONSTRAINTS, CERT_TRUST_IS_EXPLICIT_DISTRUST,
    CERT_TRUST_IS_NOT_SIGNATURE_VALID, CERT_TRUST_IS_NOT_TIME_VALID, CERT_TRUST_IS_NOT_VALID_FOR_USAGE,
    CERT_TRUST_IS_PARTIAL_CHAIN, CERT_TRUST_IS_UNTRUSTED_ROOT,
};

use crate::store::NoPath;
use crate::windows::{CertContext, TrustStatus, chain_of};

/// The path from the peer's certificate to a root, as the machine's chain engine finds it. The engine knows
/// the roots that group policy distributes, and those that are distrusted or limited to other uses, which no
/// store shows.
///
/// # Errors
/// The engine's objection. The chain's `TrustStatus` decides, because CertVerifyCertificateChainPolicy
/// accepts some chains without a root.
pub(super) fn machine_path(chain: &[&[u8]], purpose: Purpose) -> Result<Vec<Vec<u8>>, NoPath> {
    let no_path = |rule| NoPath { rule, is_distrusted: false };
    let (leaf, others) = chain.split_first().ok_or_else(|| no_path(CertificateError::NoCertificate))?;
    let leaf = CertContext::from_der(leaf).map_err(|_| no_path(CertificateError::BadEncoding))?;
    // A certificate that Windows can't read is not a link.
    let others: Vec<CertContext> = others.iter().filter_map(|der| CertContext::from_der(der).ok()).collect();
    // The engine only fails if memory runs out; in this case the chain has not been verified.
    let (path, status) = chain_of(&leaf, &others, purpose == Purpose::Client)
        .map_err(|_| no_path(CertificateError::UnknownIssuer))?;
    if status.is_trusted() {
        return Ok(path);
    }
    Err(NoPath { rule: rule(status), is_distrusted: status.has(CERT_TRUST_IS_EXPLICIT_DISTRUST) })
}

/// The rule of this crate that is closest to `status`, in order of severity.
fn rule(status: TrustStatus) -> CertificateError {
    const RULES: [(u32, CertificateError); 8] = [
        (CERT_TRUST_IS_EXPLICIT_DISTRUST, CertificateError::UnknownIssuer),
        (CERT_TRUST_IS_NOT_SIGNATURE_VALID, CertificateError::BadSignature),
        (CERT_TRUST_IS_PARTIAL_CHAIN | CERT_TRUST_IS_UNTRUSTED_ROOT, CertificateError::UnknownIssuer),
        (CERT_TRUST_IS_NOT_TIME_VALID, CertificateError::Expired),
        (CERT_TRUST_IS_NOT_VALID_FOR_USAGE, CertificateError::WrongUsage),
        (CERT_TRUST_INVALID_BASIC_CONSTRAINTS, CertificateError::NotAnAuthority),
        (
            CERT_TRUST_HAS_NOT_PERMITTED_NAME_CONSTRAINT | CERT_TRUST_HAS_EXCLUDED_NAME_CONSTRAINT,
            CertificateError::NameConstraint,
        ),
        (CERT_TRUST_HAS_WEAK_SIGNATURE, CertificateError::UnsupportedAlgorithm),
    ];
    let found = RULES.into_iter().find(|(bits, _)| status.has(*bits));
    found.map_or(CertificateError::UnknownIssuer, |(_, rule)| rule)
}
