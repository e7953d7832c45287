//! Private keys held by Windows (Microsoft: Cryptography API: Next Generation, and CryptoAPI for older keys).

use std::ptr;
use std::sync::{Mutex, PoisonError};

use windows_sys::Win32::Security::Cryptography::{
    ALG_ID, AT_KEYEXCHANGE, AT_SIGNATURE, BCRYPT_PAD_PKCS1, BCRYPT_PAD_PSS, BCRYPT_PKCS1_PADDING_INFO,
    BCRYPT_PSS_PADDING_INFO, BCRYPT_SHA256_ALGORITHM, BCRYPT_SHA384_ALGORITHM, BCRYPT_SHA512_ALGORITHM,
    CALG_SHA_256, CALG_SHA_384, CALG_SHA_512, CERT_KEY_PROV_INFO_PROP_ID, CERT_NCRYPT_KEY_SPEC,
    CRYPT_ACQUIRE_PREFER_NCRYPT_KEY_FLAG, CRYPT_ACQUIRE_SILENT_FLAG, CRYPT_KEY_PROV_INFO,
    CRYPT_MACHINE_KEYSET, CRYPT_SILENT, CryptAcquireCertificatePrivateKey, CryptAcquireContextW,
    CryptCreateHash, CryptDestroyHash, CryptDestroyKey, CryptGetUserKey, CryptReleaseContext,
    CryptSetHashParam, CryptSignHashW, HP_HASHVAL, MS_ENH_RSA_AES_PROV_W, NCRYPT_KEY_HANDLE,
    NCRYPT_SILENT_FLAG, NCryptFreeObject, NCryptSignHash, PROV_RSA_AES,
};
use windows_sys::core::PCWSTR;

use super::{CertContext, OsError};

/// Longest signature, in bytes: RSA with 4096 bits.
const MAX_SIGNATURE: usize = 512;
const NTE_BAD_ALGID: OsError = OsError(0x8009_0008);
const NTE_NO_KEY: OsError = OsError(0x8009_000d);

/// How a digest is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Padding {
    /// For ECDSA, which has no padding.
    None,
    /// RSASSA-PKCS1-v1_5.
    Pkcs1,
    /// RSASSA-PSS with a salt of the digest's length.
    Pss,
}

/// A private key that never leaves its place. No call may show a window: nobody would see it, and the service
/// would wait for an answer.
pub(crate) struct PrivateKey {
    /// One signature at a time: not every vendor's provider states that its handles can be shared.
    handle: Mutex<Handle>,
    is_cng: bool,
}

enum Handle {
    /// A key in a key storage provider.
    Cng(CngKey),
    /// A key in a cryptographic service provider, and which of the two keys in its container it is.
    Csp { provider: Provider, key_spec: u32 },
}

impl PrivateKey {
    /// The private key of `certificate`.
    pub(crate) fn of(certificate: &CertContext) -> Result<Self, OsError> {
        let (mut handle, mut key_spec, mut is_ours) = (0, 0, 0);
        // SAFETY: the certificate is alive; the three results are written if the call succeeds.
        let acquired = unsafe {
            CryptAcquireCertificatePrivateKey(
                certificate.as_ptr(),
                CRYPT_ACQUIRE_PREFER_NCRYPT_KEY_FLAG | CRYPT_ACQUIRE_SILENT_FLAG,
                ptr::null(),
                &raw mut handle,
                &raw mut key_spec,
                &raw mut is_ours,
            )
        };
        // Because the flag for a cached handle is not set, the handle always belongs to the caller.
        if acquired == 0 || is_ours == 0 {
            return Self::of_named_container(certificate, OsError::last());
        }
        // Only the key specification shows the kind of the handle, whatever was requested.
        if key_spec == CERT_NCRYPT_KEY_SPEC {
            return Ok(Self::from_cng(CngKey(handle)));
        }
        match Self::from_csp(Provider(handle), key_spec) {
            // The providers named in older PFX files don't support SHA-2; their containers also open with the
            // one that does.
            Err(error @ (NTE_BAD_ALGID | NTE_NO_KEY)) => Self::of_named_container(certificate, error),
            result => result,
        }
    }

    /// Takes ownership of a key in a key storage provider.
    fn from_cng(key: CngKey) -> Self {
        Self { handle: Mutex::new(Handle::Cng(key)), is_cng: true }
    }

    /// A key in a cryptographic service provider that supports SHA-2. A container has room for two keys; the
    /// certificate may name neither.
    fn from_csp(provider: Provider, named: u32) -> Result<Self, OsError> {
        provider.hash(CALG_SHA_256)?;
        let found = [named, AT_KEYEXCHANGE, AT_SIGNATURE].into_iter().find(|&spec| provider.has_key(spec));
        let key_spec = found.ok_or(NTE_NO_KEY)?;
        Ok(Self { handle: Mutex::new(Handle::Csp { provider, key_spec }), is_cng: false })
    }

    /// Opens the container named in the certificate's properties, first as named, then among the machine's
    /// keys, because a copied certificate may not record that its key is there.
    fn of_named_container(certificate: &CertContext, error: OsError) -> Result<Self, OsError> {
        let Some(property) = certificate.property(CERT_KEY_PROV_INFO_PROP_ID) else { return Err(error) };
        // SAFETY: the property is this structure, followed in the buffer by what it points to; the buffer is
        // aligned for it and outlives the reference.
        let info = unsafe { &*property.as_ptr().cast::<CRYPT_KEY_PROV_INFO>() };
        // Type 0 is a key storage provider, which the certificate's own call has already tried.
        if info.dwProvType == 0 {
            return Err(error);
        }
        let named = (info.pwszProvName.cast_const(), info.dwProvType);
        for (provider, kind) in [named, (MS_ENH_RSA_AES_PROV_W, PROV_RSA_AES)] {
            for flags in [info.dwFlags, info.dwFlags | CRYPT_MACHINE_KEYSET] {
                let mut handle = 0;
                // SAFETY: the names are null or zero-terminated; the handle is written if the call succeeds.
                let opened = unsafe {
                    CryptAcquireContextW(
                        &raw mut handle,
                        info.pwszContainerName,
                        provider,
                        kind,
                        flags | CRYPT_SILENT,
                    )
                };
                if opened != 0
                    && let Ok(key) = Self::from_csp(Provider(handle), info.dwKeySpec)
                {
                    return Ok(key);
                }
            }
        }
        Err(error)
    }

    /// Whether a key storage provider holds it; the older providers don't support RSASSA-PSS.
    pub(crate) const fn is_cng(&self) -> bool {
        self.is_cng
    }

    /// Signs a SHA-256, SHA-384 or SHA-512 digest. RSA signatures are big-endian, ECDSA signatures are r and
    /// s.
    pub(crate) fn sign(&self, digest: &[u8], padding: Padding) -> Result<Vec<u8>, OsError> {
        match &*self.handle.lock().unwrap_or_else(PoisonError::into_inner) {
            Handle::Cng(key) => key.sign(digest, padding),
            Handle::Csp { provider, key_spec } if padding == Padding::Pkcs1 => {
                provider.sign(*key_spec, digest)
            }
            Handle::Csp { .. } => Err(NTE_BAD_ALGID),
        }
    }
}

/// An NCRYPT_KEY_HANDLE.
struct CngKey(NCRYPT_KEY_HANDLE);

impl CngKey {
    fn sign(&self, digest: &[u8], padding: Padding) -> Result<Vec<u8>, OsError> {
        let algorithm = cng_algorithm(digest)?;
        let pkcs1 = BCRYPT_PKCS1_PADDING_INFO { pszAlgId: algorithm };
        let pss = BCRYPT_PSS_PADDING_INFO { pszAlgId: algorithm, cbSalt: digest.len() as u32 };
        let (info, flags) = match padding {
            Padding::None => (ptr::null(), 0),
            Padding::Pkcs1 => ((&raw const pkcs1).cast(), BCRYPT_PAD_PKCS1),
            Padding::Pss => ((&raw const pss).cast(), BCRYPT_PAD_PSS),
        };
        let mut signature = vec![0; MAX_SIGNATURE];
        let mut length = 0;
        // SAFETY: the key is open; digest and signature have the given lengths, and the padding is of the
        // kind given by the flags.
        let status = unsafe {
            NCryptSignHash(
                self.0,
                info,
                digest.as_ptr(),
                digest.len() as u32,
                signature.as_mut_ptr(),
                MAX_SIGNATURE as u32,
                &raw mut length,
                flags | NCRYPT_SILENT_FLAG,
            )
        };
        if status != 0 {
            return Err(OsError(status.cast_unsigned()));
        }
        signature.truncate(length as usize);
        Ok(signature)
    }
}

impl Drop for CngKey {
    fn drop(&mut self) {
        // SAFETY: the handle is owned, and freed once.
        unsafe { NCryptFreeObject(self.0) };
    }
}

fn cng_algorithm(digest: &[u8]) -> Result<PCWSTR, OsError> {
    match digest.len() {
        32 => Ok(BCRYPT_SHA256_ALGORITHM),
        48 => Ok(BCRYPT_SHA384_ALGORITHM),
        64 => Ok(BCRYPT_SHA512_ALGORITHM),
        _ => Err(NTE_BAD_ALGID),
    }
}

/// An HCRYPTPROV.
struct Provider(usize);

impl Provider {
    fn has_key(&self, key_spec: u32) -> bool {
        let mut key = 0;
        // SAFETY: the provider is open; the handle is written if the call succeeds, and destroyed once.
        unsafe { CryptGetUserKey(self.0, key_spec, &raw mut key) != 0 && CryptDestroyKey(key) != 0 }
    }

    /// An empty hash.
    fn hash(&self, algorithm: ALG_ID) -> Result<Hash, OsError> {
        let mut hash = 0;
        // SAFETY: the provider is open; the handle is written if the call succeeds.
        let created = unsafe { CryptCreateHash(self.0, algorithm, 0, 0, &raw mut hash) };
        if created == 0 { Err(OsError::last()) } else { Ok(Hash(hash)) }
    }

    fn sign(&self, key_spec: u32, digest: &[u8]) -> Result<Vec<u8>, OsError> {
        let hash = self.hash(match digest.len() {
            32 => CALG_SHA_256,
            48 => CALG_SHA_384,
            64 => CALG_SHA_512,
            _ => return Err(NTE_BAD_ALGID),
        })?;
        let mut signature = vec![0; MAX_SIGNATURE];
        let mut length = MAX_SIGNATURE as u32;
        // SAFETY: the hash is open and reads as many bytes as its algorithm produces, which is the length of
        // `digest`; the signature has room for `length` bytes.
        let signed = unsafe {
            CryptSetHashParam(hash.0, HP_HASHVAL, digest.as_ptr(), 0) != 0
                && CryptSignHashW(hash.0, key_spec, ptr::null(), 0, signature.as_mut_ptr(), &raw mut length)
                    != 0
        };
        if !signed {
            return Err(OsError::last());
        }
        signature.truncate(length as usize);
        // These providers write it in reverse order (Microsoft: CryptSignHash).
        signature.reverse();
        Ok(signature)
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        // SAFETY: the handle is owned, and released once.
        unsafe { CryptReleaseContext(self.0, 0) };
    }
}

/// An HCRYPTHASH.
struct Hash(usize);

impl Drop for Hash {
    fn drop(&mut self) {
        // SAFETY: the handle is owned, and destroyed once.
        unsafe { CryptDestroyHash(self.0) };
    }
}

#[cfg(test)]
mod tests;
