//! The path to a root that Windows itself trusts.

use lsam_core::x509::{CertificateError, CertificateList, Purpose};

use crate::windows::{CertContext, TrustStatus, chain_of};

/// The path from the peer's certificate to a root, as the chain engine of the machine finds it. It knows the roots that
/// group policy distributes, and those that are distrusted or limited to other uses, which no store shows.
///
/// # Errors
/// What the engine objects to. `TrustStatus` of the chain decides, for CertVerifyCertificateChainPolicy calls a chain
/// without a root good in some cases.
pub(crate) fn machine_path(
    chain: CertificateList<'_>,
    purpose: Purpose,
) -> Result<Vec<Vec<u8>>, CertificateError> {
    let leaf = chain.leaf().ok_or(CertificateError::NoCertificate)?;
    let leaf = CertContext::from_der(leaf).map_err(|_| CertificateError::BadEncoding)?;
    // One that Windows can't read links to nothing.
    let others: Vec<CertContext> =
        chain.iter().skip(1).filter_map(|der| CertContext::from_der(der).ok()).collect();
    // The engine fails only for want of memory; the chain has then not been judged.
    let (path, status) =
        chain_of(&leaf, &others, purpose == Purpose::Client).map_err(|_| CertificateError::UnknownIssuer)?;
    if status.is_trusted() { Ok(path) } else { Err(error(status)) }
}

fn error(status: TrustStatus) -> CertificateError {
    if status.has_no_trusted_root() {
        CertificateError::UnknownIssuer
    } else if status.is_out_of_time() {
        CertificateError::Expired
    } else if status.is_for_another_use() {
        CertificateError::WrongUsage
    } else {
        CertificateError::UnknownIssuer
    }
}
