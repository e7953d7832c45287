//! The system's verdict on a chain (Microsoft: CertGetCertificateChain).

use std::ptr;
use std::slice;

use windows_sys::Win32::Security::Cryptography::{
    CERT_CHAIN_CACHE_ONLY_URL_RETRIEVAL, CERT_CHAIN_CONTEXT, CERT_CHAIN_DISABLE_AIA,
    CERT_CHAIN_DISABLE_AUTH_ROOT_AUTO_UPDATE, CERT_CHAIN_PARA, CERT_USAGE_MATCH, CTL_USAGE,
    CertFreeCertificateChain, CertGetCertificateChain, HCERTCHAINENGINE, USAGE_MATCH_TYPE_AND,
    szOID_PKIX_KP_CLIENT_AUTH, szOID_PKIX_KP_SERVER_AUTH,
};

use super::{CertContext, CertStore, OsError};

/// The engine that uses only the machine's stores, not those of the account.
const HCCE_LOCAL_MACHINE: HCERTCHAINENGINE = ptr::without_provenance_mut(1);

/// What is wrong with a chain, as in `CERT_TRUST_STATUS.dwErrorStatus`: 0 for nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TrustStatus(pub(crate) u32);

impl TrustStatus {
    pub(crate) const fn is_trusted(self) -> bool {
        self.0 == 0
    }

    /// Whether any of `bits` is set.
    pub(crate) const fn has(self, bits: u32) -> bool {
        self.0 & bits != 0
    }
}

/// The chain from `leaf` to its root, in DER, under the machine's own settings, and what is wrong with it.
/// `others` are the certificates sent with the leaf. Nothing is fetched from a network: a peer must not
/// choose what the agent connects to.
pub(crate) fn chain_of(
    leaf: &CertContext,
    others: &[CertContext],
    client: bool,
) -> Result<(Vec<Vec<u8>>, TrustStatus), OsError> {
    let additional = CertStore::memory()?;
    for other in others {
        additional.add(other)?;
    }
    let mut usage = [if client { szOID_PKIX_KP_CLIENT_AUTH } else { szOID_PKIX_KP_SERVER_AUTH }.cast_mut()];
    let parameters = CERT_CHAIN_PARA {
        cbSize: size_of::<CERT_CHAIN_PARA>() as u32,
        RequestedUsage: CERT_USAGE_MATCH {
            dwType: USAGE_MATCH_TYPE_AND,
            Usage: CTL_USAGE { cUsageIdentifier: 1, rgpszUsageIdentifier: usage.as_mut_ptr() },
        },
        ..CERT_CHAIN_PARA::default()
    };
    let mut context = ptr::null_mut();
    // SAFETY: certificate and store are alive; the parameters contain their own size and point to one
    // identifier; no time means now. `Chain` takes ownership of the context.
    let built = unsafe {
        CertGetCertificateChain(
            HCCE_LOCAL_MACHINE,
            leaf.as_ptr(),
            ptr::null(),
            additional.handle(),
            &raw const parameters,
            CERT_CHAIN_CACHE_ONLY_URL_RETRIEVAL
                | CERT_CHAIN_DISABLE_AIA
                | CERT_CHAIN_DISABLE_AUTH_ROOT_AUTO_UPDATE,
            ptr::null(),
            &raw mut context,
        )
    };
    if built == 0 {
        return Err(OsError::last());
    }
    let chain = Chain(context);
    Ok((chain.certificates(), chain.status()))
}

/// A chain that Windows built.
struct Chain(*const CERT_CHAIN_CONTEXT);

impl Chain {
    fn status(&self) -> TrustStatus {
        // SAFETY: the context is valid until it is freed.
        TrustStatus(unsafe { (*self.0).TrustStatus.dwErrorStatus })
    }

    /// The certificates of the first chain, the only one if there are no certificate trust lists.
    fn certificates(&self) -> Vec<Vec<u8>> {
        // SAFETY: a context has `cChain` chains, each with `cElement` elements, reached by pointers that are
        // valid until the context is freed; each element has a certificate.
        unsafe {
            let context = &*self.0;
            if context.cChain == 0 {
                return Vec::new();
            }
            let first = &**context.rgpChain;
            slice::from_raw_parts(first.rgpElement, first.cElement as usize)
                .iter()
                .map(|element| CertContext::duplicate((**element).pCertContext).der().to_vec())
                .collect()
        }
    }
}

impl Drop for Chain {
    fn drop(&mut self) {
        // SAFETY: the context is freed once.
        unsafe { CertFreeCertificateChain(self.0) };
    }
}
