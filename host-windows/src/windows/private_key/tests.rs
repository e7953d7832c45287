//! Signatures of a key imported into a key storage provider, in memory: no certificate store is changed.

use lsam_core::crypto::{Provider as _, PublicKey, SignatureKind, SignatureScheme};
use windows_sys::Win32::Security::Cryptography::{
    BCRYPT_RSAPRIVATE_BLOB, CRYPT_VERIFYCONTEXT, MS_KEY_STORAGE_PROVIDER, NCRYPT_PROV_HANDLE,
    NCryptImportKey, NCryptOpenStorageProvider,
};
use x509_parser::asn1_rs::{Any, FromDer, Integer};

use super::*;
use crate::crypto::Provider;

/// An RSA key of 2048 bits as PKCS#1 (RFC 8017 appendix A.1.2).
struct Rsa {
    modulus: Vec<u8>,
    exponent: Vec<u8>,
    prime1: Vec<u8>,
    prime2: Vec<u8>,
}

impl Rsa {
    fn generate() -> Self {
        let pkcs8 = rcgen::KeyPair::generate_for(&rcgen::PKCS_RSA_SHA256).unwrap().serialize_der();
        // The OCTET STRING with the PKCS#1 key begins after 22 bytes of version and algorithm, and 4 of tag
        // and length.
        let (_, key) = Any::from_der(&pkcs8[26..]).unwrap();
        let mut rest = key.data;
        let mut integers = Vec::new();
        while integers.len() < 6 {
            let (after, integer) = Integer::from_der(rest).unwrap();
            let digits = integer.as_ref();
            integers.push(digits.iter().copied().skip_while(|&digit| digit == 0).collect::<Vec<_>>());
            rest = after;
        }
        let [_version, modulus, exponent, _private, prime1, prime2] = integers.try_into().unwrap();
        Self { modulus, exponent, prime1, prime2 }
    }

    /// A BCRYPT_RSAKEY_BLOB with the two primes (Microsoft: BCRYPT_RSAKEY_BLOB).
    fn blob(&self) -> Vec<u8> {
        let length = |bytes: &[u8]| u32::try_from(bytes.len()).unwrap();
        let header = [
            u32::from_le_bytes(*b"RSA2"),
            length(&self.modulus) * 8,
            length(&self.exponent),
            length(&self.modulus),
            length(&self.prime1),
            length(&self.prime2),
        ];
        let mut blob: Vec<u8> = header.iter().flat_map(|field| field.to_le_bytes()).collect();
        for part in [&self.exponent, &self.modulus, &self.prime1, &self.prime2] {
            blob.extend_from_slice(part);
        }
        blob
    }

    fn import(&self) -> PrivateKey {
        let blob = self.blob();
        let (mut provider, mut key): (NCRYPT_PROV_HANDLE, NCRYPT_KEY_HANDLE) = (0, 0);
        // SAFETY: the handles are written if the calls succeed; the blob has the given length.
        unsafe {
            assert_eq!(NCryptOpenStorageProvider(&raw mut provider, MS_KEY_STORAGE_PROVIDER, 0), 0);
            let imported = NCryptImportKey(
                provider,
                0,
                BCRYPT_RSAPRIVATE_BLOB,
                ptr::null(),
                &raw mut key,
                blob.as_ptr(),
                blob.len() as u32,
                NCRYPT_SILENT_FLAG,
            );
            assert_eq!(imported, 0, "{:#010x}", imported.cast_unsigned());
            NCryptFreeObject(provider);
        }
        PrivateKey::from_cng(CngKey(key))
    }
}

#[test]
fn a_key_of_a_key_storage_provider_signs_with_both_paddings() {
    let rsa = Rsa::generate();
    let public = PublicKey::Rsa { modulus: &rsa.modulus, exponent: &rsa.exponent };
    for &scheme in SignatureScheme::ALL {
        let padding = match scheme.kind() {
            SignatureKind::RsaPkcs1 => Padding::Pkcs1,
            SignatureKind::RsaPss => Padding::Pss,
            _ => continue,
        };
        // For RSASSA-PSS, Wine keeps the first hash that a key signed with.
        let key = rsa.import();
        assert!(key.is_cng());
        let digest = scheme.hash().digest::<Provider>(&[b"the messages of a handshake"]).unwrap();
        let signature = key.sign(digest.as_ref(), padding).unwrap();
        assert_eq!(signature.len(), 256, "{scheme}");
        let verified = Provider::verify(scheme.kind(), &public, scheme.hash(), digest.as_ref(), &signature);
        assert_eq!(verified, Ok(()), "{scheme}");
    }
}

#[test]
fn a_digest_of_no_known_length_is_refused() {
    let key = Rsa::generate().import();
    for length in [0, 20, 31, 65] {
        assert_eq!(key.sign(&vec![1; length], Padding::Pkcs1), Err(NTE_BAD_ALGID), "{length}");
    }
}

#[test]
fn a_container_without_a_key_is_told_apart() {
    let mut handle = 0;
    // SAFETY: no names are given, so the container is temporary and vanishes with the handle.
    let opened = unsafe {
        CryptAcquireContextW(
            &raw mut handle,
            ptr::null(),
            MS_ENH_RSA_AES_PROV_W,
            PROV_RSA_AES,
            CRYPT_VERIFYCONTEXT | CRYPT_SILENT,
        )
    };
    assert_ne!(opened, 0, "{}", OsError::last());
    // A container that was never given a key has none.
    assert_eq!(PrivateKey::from_csp(Provider(handle), AT_KEYEXCHANGE).err(), Some(NTE_NO_KEY));
}
