//! The certificate stores of the machine (Microsoft: System Store Locations).

use core::ffi::c_void;
use std::ptr;
use std::slice;

use windows_sys::Win32::Security::Cryptography::{
    CERT_STORE_ADD_NEWER, CERT_STORE_ADD_REPLACE_EXISTING_INHERIT_PROPERTIES, CERT_STORE_OPEN_EXISTING_FLAG,
    CERT_STORE_PROV_MEMORY, CERT_STORE_PROV_SYSTEM_W, CERT_STORE_READONLY_FLAG,
    CERT_SYSTEM_STORE_LOCAL_MACHINE, CRYPT_INTEGER_BLOB, CRYPT_MACHINE_KEYSET,
    CertAddCertificateContextToStore, CertAddEncodedCRLToStore, CertCloseStore,
    CertDeleteCertificateFromStore, CertDuplicateCertificateContext, CertEnumCRLsInStore,
    CertEnumCertificatesInStore, CertOpenStore, HCERTSTORE, PFXImportCertStore, PKCS12_PREFER_CNG_KSP,
    X509_ASN_ENCODING,
};

use super::{CertContext, OsError, wide};

/// The purpose for which a store is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Read only; requires no rights.
    Read,
    /// To add certificates.
    Write,
}

/// The store already has the item, or a newer one.
pub(crate) const CRYPT_E_EXISTS: OsError = OsError(0x8009_2005);
/// An open store.
pub(crate) struct CertStore(HCERTSTORE);

impl CertStore {
    /// Opens the store `name` of the local machine: "My", "Root", "CA" or "Trust". For reading, it must
    /// exist.
    pub(crate) fn local_machine(name: &str, access: Access) -> Result<Self, OsError> {
        let flags = CERT_SYSTEM_STORE_LOCAL_MACHINE
            | match access {
                Access::Read => CERT_STORE_READONLY_FLAG | CERT_STORE_OPEN_EXISTING_FLAG,
                Access::Write => 0,
            };
        let name = wide(name);
        // SAFETY: for this provider the parameter is a zero-terminated string, which is only read.
        Self::new(unsafe { CertOpenStore(CERT_STORE_PROV_SYSTEM_W, 0, 0, flags, name.as_ptr().cast()) })
    }

    /// An empty store in memory.
    pub(crate) fn memory() -> Result<Self, OsError> {
        // SAFETY: this provider takes no parameter.
        Self::new(unsafe { CertOpenStore(CERT_STORE_PROV_MEMORY, 0, 0, 0, ptr::null::<c_void>()) })
    }

    /// The certificates of a PFX file, in a store in memory. The file's private keys become machine keys that
    /// can't be exported; the properties of the certificates refer to them.
    pub(crate) fn import_pfx(pfx: &[u8], password: &str) -> Result<Self, OsError> {
        let length = u32::try_from(pfx.len()).map_err(|_| OsError::TOO_LONG)?;
        let blob = CRYPT_INTEGER_BLOB { cbData: length, pbData: pfx.as_ptr().cast_mut() };
        let password = zeroize::Zeroizing::new(wide(password));
        let import = |flags| {
            // SAFETY: the blob is `pfx`, which is only read; the password is zero-terminated.
            Self::new(unsafe { PFXImportCertStore(&raw const blob, password.as_ptr(), flags) })
        };
        // A key storage provider also supports RSASSA-PSS. If none takes the key, an older provider does.
        import(CRYPT_MACHINE_KEYSET | PKCS12_PREFER_CNG_KSP).or_else(|_| import(CRYPT_MACHINE_KEYSET))
    }

    fn new(handle: HCERTSTORE) -> Result<Self, OsError> {
        if handle.is_null() { Err(OsError::last()) } else { Ok(Self(handle)) }
    }

    pub(super) const fn handle(&self) -> HCERTSTORE {
        self.0
    }

    /// All certificates in it.
    pub(crate) fn certificates(&self) -> Vec<CertContext> {
        let mut found = Vec::new();
        let mut context = ptr::null();
        loop {
            // SAFETY: the store is open; `context` is null or comes from the previous call, and this call
            // releases it.
            context = unsafe { CertEnumCertificatesInStore(self.0, context) };
            if context.is_null() {
                return found;
            }
            // SAFETY: the call returned a certificate, which lives until the next call.
            found.push(unsafe { CertContext::duplicate(context) });
        }
    }

    /// All certificate revocation lists in it, in DER.
    pub(crate) fn crls(&self) -> Vec<Vec<u8>> {
        let mut found = Vec::new();
        let mut context = ptr::null();
        loop {
            // SAFETY: the store is open; `context` is null or comes from the previous call, and this call
            // releases it.
            context = unsafe { CertEnumCRLsInStore(self.0, context) };
            if context.is_null() {
                return found;
            }
            // SAFETY: the call returned a list, which lives until the next call; its bytes are copied before.
            found.push(unsafe {
                slice::from_raw_parts((*context).pbCrlEncoded, (*context).cbCrlEncoded as usize).to_vec()
            });
        }
    }

    /// Adds `certificate` with its properties. If the store already has it, its properties are kept, except
    /// for those that `certificate` also has, for example the place of its private key.
    pub(crate) fn add(&self, certificate: &CertContext) -> Result<(), OsError> {
        // SAFETY: store and certificate are alive; the certificate is copied, and no reference to the copy is
        // requested.
        let added = unsafe {
            CertAddCertificateContextToStore(
                self.0,
                certificate.as_ptr(),
                CERT_STORE_ADD_REPLACE_EXISTING_INHERIT_PROPERTIES,
                ptr::null_mut(),
            )
        };
        if added == 0 { Err(OsError::last()) } else { Ok(()) }
    }

    /// Removes the certificate `der`; does nothing if it is not there.
    pub(crate) fn remove(&self, der: &[u8]) -> Result<(), OsError> {
        for certificate in self.certificates().iter().filter(|certificate| certificate.der() == der) {
            // SAFETY: the certificate is in a store; the call releases a reference, which was made for it.
            let removed = unsafe {
                CertDeleteCertificateFromStore(CertDuplicateCertificateContext(certificate.as_ptr()))
            };
            if removed == 0 {
                return Err(OsError::last());
            }
        }
        Ok(())
    }

    /// Adds a certificate revocation list, which replaces an older one of the same issuer.
    ///
    /// # Errors
    /// [`CRYPT_E_EXISTS`] if the store has this list, or a newer one.
    pub(crate) fn add_crl(&self, der: &[u8]) -> Result<(), OsError> {
        let length = u32::try_from(der.len()).map_err(|_| OsError::TOO_LONG)?;
        // SAFETY: the store is open; `length` bytes of the list are read and copied.
        let added = unsafe {
            CertAddEncodedCRLToStore(
                self.0,
                X509_ASN_ENCODING,
                der.as_ptr(),
                length,
                CERT_STORE_ADD_NEWER,
                ptr::null_mut(),
            )
        };
        if added == 0 { Err(OsError::last()) } else { Ok(()) }
    }
}

impl Drop for CertStore {
    fn drop(&mut self) {
        // SAFETY: the handle is closed once. Certificates from the store keep it open for themselves.
        unsafe { CertCloseStore(self.0, 0) };
    }
}
