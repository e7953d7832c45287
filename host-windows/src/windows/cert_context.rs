//! A certificate in Windows (Microsoft: CERT_CONTEXT).

use std::slice;

use windows_sys::Win32::Security::Cryptography::{
    CERT_CONTEXT, CERT_KEY_PROV_INFO_PROP_ID, CertCreateCertificateContext, CertDuplicateCertificateContext,
    CertFreeCertificateContext, CertGetCertificateContextProperty, X509_ASN_ENCODING,
};

use super::OsError;

/// A reference to a certificate with its properties, counted by Windows.
pub(crate) struct CertContext(*const CERT_CONTEXT);

// SAFETY: a context is immutable except for its properties, to which Windows serialises access; the reference
// count is atomic (Microsoft: CertDuplicateCertificateContext).
unsafe impl Send for CertContext {}
// SAFETY: as above.
unsafe impl Sync for CertContext {}

impl CertContext {
    /// A certificate that is in no store.
    pub(crate) fn from_der(der: &[u8]) -> Result<Self, OsError> {
        let length = u32::try_from(der.len()).map_err(|_| OsError::TOO_LONG)?;
        // SAFETY: `der` is readable for `length` bytes, and is copied.
        let context = unsafe { CertCreateCertificateContext(X509_ASN_ENCODING, der.as_ptr(), length) };
        if context.is_null() { Err(OsError::last()) } else { Ok(Self(context)) }
    }

    /// Another reference to the certificate at `context`.
    ///
    /// # Safety
    /// `context` points to a certificate that lives during the call.
    pub(super) unsafe fn duplicate(context: *const CERT_CONTEXT) -> Self {
        // SAFETY: required of the caller.
        Self(unsafe { CertDuplicateCertificateContext(context) })
    }

    pub(super) const fn as_ptr(&self) -> *const CERT_CONTEXT {
        self.0
    }

    /// The certificate in DER.
    pub(crate) fn der(&self) -> &[u8] {
        // SAFETY: the context is not null and lives as long as this reference; its bytes do not change in
        // that time.
        unsafe {
            let context = &*self.0;
            slice::from_raw_parts(context.pbCertEncoded, context.cbCertEncoded as usize)
        }
    }

    /// Whether Windows knows where its private key is. The key may still be missing or inaccessible.
    pub(crate) fn has_private_key(&self) -> bool {
        self.property(CERT_KEY_PROV_INFO_PROP_ID).is_some()
    }

    /// The bytes of a property, aligned for any structure; `None` if the certificate does not have it.
    pub(super) fn property(&self, id: u32) -> Option<Vec<u64>> {
        let mut length = 0;
        // SAFETY: without a buffer, the call only writes the length.
        let known =
            unsafe { CertGetCertificateContextProperty(self.0, id, std::ptr::null_mut(), &raw mut length) };
        if known == 0 {
            return None;
        }
        let mut value = vec![0_u64; (length as usize).div_ceil(8)];
        // SAFETY: the buffer has at least `length` bytes, and the call writes no more.
        let read = unsafe {
            CertGetCertificateContextProperty(self.0, id, value.as_mut_ptr().cast(), &raw mut length)
        };
        (read != 0).then_some(value)
    }
}

impl Drop for CertContext {
    fn drop(&mut self) {
        // SAFETY: this reference is released once.
        unsafe { CertFreeCertificateContext(self.0) };
    }
}
