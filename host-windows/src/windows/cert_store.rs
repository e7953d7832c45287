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

/// What a store is opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Nothing in it can be changed, and no right to do so is needed.
    Read,
    /// Certificates can be added.
    Write,
}

/// The store has what was to be added, or a newer one.
pub(crate) const CRYPT_E_EXISTS: OsError = OsError(0x8009_2005);
/// An open store.
pub(crate) struct CertStore(HCERTSTORE);

impl CertStore {
    /// Opens the store `name` of the local machine: "My", "Root", "CA" or "Trust". For reading it has to exist.
    pub(crate) fn local_machine(name: &str, access: Access) -> Result<Self, OsError> {
        let flags = CERT_SYSTEM_STORE_LOCAL_MACHINE
            | match access {
                Access::Read => CERT_STORE_READONLY_FLAG | CERT_STORE_OPEN_EXISTING_FLAG,
                Access::Write => 0,
            };
        let name = wide(name);
        // SAFETY: for this provider the parameter is a string that ends in a zero, and it is only read.
        Self::new(unsafe { CertOpenStore(CERT_STORE_PROV_SYSTEM_W, 0, 0, flags, name.as_ptr().cast()) })
    }

    /// An empty store in memory.
    pub(crate) fn memory() -> Result<Self, OsError> {
        // SAFETY: this provider takes no parameter.
        Self::new(unsafe { CertOpenStore(CERT_STORE_PROV_MEMORY, 0, 0, 0, ptr::null::<c_void>()) })
    }

    /// The certificates of a PFX file in a store in memory. Its private keys are put among those of the machine, so that
    /// they can't be exported, and the properties of the certificates say where.
    pub(crate) fn import_pfx(pfx: &[u8], password: &str) -> Result<Self, OsError> {
        let length = u32::try_from(pfx.len()).map_err(|_| OsError::TOO_LONG)?;
        let blob = CRYPT_INTEGER_BLOB { cbData: length, pbData: pfx.as_ptr().cast_mut() };
        let password = zeroize::Zeroizing::new(wide(password));
        let import = |flags| {
            // SAFETY: the blob is `pfx`, which is only read; the password ends in a zero.
            Self::new(unsafe { PFXImportCertStore(&raw const blob, password.as_ptr(), flags) })
        };
        // A key storage provider signs with RSASSA-PSS too; where there is none that takes the key, an older one does.
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
            // SAFETY: the store is open; `context` is null or came from the call before, which takes it back.
            context = unsafe { CertEnumCertificatesInStore(self.0, context) };
            if context.is_null() {
                return found;
            }
            // SAFETY: the call gave a certificate, which lives until it is called again.
            found.push(unsafe { CertContext::duplicate(context) });
        }
    }

    /// All certificate revocation lists in it, in DER.
    pub(crate) fn crls(&self) -> Vec<Vec<u8>> {
        let mut found = Vec::new();
        let mut context = ptr::null();
        loop {
            // SAFETY: the store is open; `context` is null or came from the call before, which takes it back.
            context = unsafe { CertEnumCRLsInStore(self.0, context) };
            if context.is_null() {
                return found;
            }
            // SAFETY: the call gave a list, which lives until it is called again; its bytes are copied before.
            found.push(unsafe {
                slice::from_raw_parts((*context).pbCrlEncoded, (*context).cbCrlEncoded as usize).to_vec()
            });
        }
    }

    /// Adds `certificate` with its properties. The same one that is there keeps its own, but for those that `certificate`
    /// has, where its private key is for one.
    pub(crate) fn add(&self, certificate: &CertContext) -> Result<(), OsError> {
        // SAFETY: store and certificate are alive; the certificate is copied, and its copy not asked for.
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

    /// Removes the certificate `der`; nothing is done when it is not there.
    pub(crate) fn remove(&self, der: &[u8]) -> Result<(), OsError> {
        for certificate in self.certificates().iter().filter(|certificate| certificate.der() == der) {
            // SAFETY: the certificate is in a store; the call takes a reference of its own back, which is made for it.
            let removed = unsafe {
                CertDeleteCertificateFromStore(CertDuplicateCertificateContext(certificate.as_ptr()))
            };
            if removed == 0 {
                return Err(OsError::last());
            }
        }
        Ok(())
    }

    /// Adds a certificate revocation list, in place of an older one of the same issuer.
    ///
    /// # Errors
    /// [`CRYPT_E_EXISTS`] when the store has this list, or a newer one.
    pub(crate) fn add_crl(&self, der: &[u8]) -> Result<(), OsError> {
        let length = u32::try_from(der.len()).map_err(|_| OsError::TOO_LONG)?;
        // SAFETY: the store is open; the list is read for its length and copied.
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
        // SAFETY: the handle is closed once. Certificates that were taken from it hold it open for themselves.
        unsafe { CertCloseStore(self.0, 0) };
    }
}
