//! A private key from a file.

use aws_lc_rs::digest::{self, Digest as LibraryDigest};
use aws_lc_rs::rsa::KeyPair as RsaKeyPair;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256,
    RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_SHA256, RSA_PSS_SHA384, RSA_PSS_SHA512, RsaEncoding,
};
use lsam_core::crypto::{Digest, HashAlgorithm, SignatureScheme};

use super::{KeyError, RSA_BITS, SignError, SigningKey};

/// A private key held in memory.
pub struct FileKey(Kind);

enum Kind {
    Secp256r1(EcdsaKeyPair),
    Secp384r1(EcdsaKeyPair),
    Rsa(RsaKeyPair),
}

impl FileKey {
    /// Reads an unencrypted key: PKCS#8 (RFC 5208), SEC 1 `ECPrivateKey` (RFC 5915) or PKCS#1 `RSAPrivateKey`
    /// (RFC 8017 appendix A.1.2), in DER.
    ///
    /// # Errors
    /// [`KeyError`] if it is none of these, or an RSA key of a length that the profile does not accept.
    pub fn from_der(der: &[u8]) -> Result<Self, KeyError> {
        if let Ok(key) = EcdsaKeyPair::from_private_key_der(&ECDSA_P256_SHA256_ASN1_SIGNING, der) {
            return Ok(Self(Kind::Secp256r1(key)));
        }
        if let Ok(key) = EcdsaKeyPair::from_private_key_der(&ECDSA_P384_SHA384_ASN1_SIGNING, der) {
            return Ok(Self(Kind::Secp384r1(key)));
        }
        let key = RsaKeyPair::from_pkcs8(der)
            .or_else(|_| RsaKeyPair::from_der(der))
            .map_err(|_| KeyError::Unusable)?;
        let bits = key.public_modulus_len() * 8;
        if !RSA_BITS.contains(&bits) {
            return Err(KeyError::RsaLength(bits));
        }
        Ok(Self(Kind::Rsa(key)))
    }

    /// The public key, in the form of `subjectPublicKey` in a certificate (RFC 5280 section 4.1): an
    /// uncompressed point, or an `RSAPublicKey` in DER.
    pub fn public_key(&self) -> &[u8] {
        match &self.0 {
            Kind::Secp256r1(key) | Kind::Secp384r1(key) => key.public_key().as_ref(),
            Kind::Rsa(key) => key.public_key().as_ref(),
        }
    }
}

impl SigningKey for FileKey {
    fn schemes(&self) -> &[SignatureScheme] {
        match &self.0 {
            Kind::Secp256r1(_) => super::SECP256R1,
            Kind::Secp384r1(_) => super::SECP384R1,
            Kind::Rsa(_) => super::RSA,
        }
    }

    fn sign(&self, scheme: SignatureScheme, digest: &Digest) -> Result<Vec<u8>, SignError> {
        if !self.schemes().contains(&scheme) {
            return Err(SignError::Scheme);
        }
        let digest = library_digest(scheme.hash(), digest)?;
        match &self.0 {
            Kind::Secp256r1(key) | Kind::Secp384r1(key) => {
                let signature =
                    key.sign_digest(&digest).map_err(|error| SignError::Refused(error.to_string()))?;
                Ok(signature.as_ref().to_vec())
            }
            Kind::Rsa(key) => {
                let padding = rsa_padding(scheme).ok_or(SignError::Scheme)?;
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign_digest(padding, &digest, &mut signature)
                    .map_err(|error| SignError::Refused(error.to_string()))?;
                Ok(signature)
            }
        }
    }
}

fn library_digest(hash: HashAlgorithm, digest: &Digest) -> Result<LibraryDigest, SignError> {
    let algorithm = match hash {
        HashAlgorithm::Sha256 => &digest::SHA256,
        HashAlgorithm::Sha384 => &digest::SHA384,
        HashAlgorithm::Sha512 => &digest::SHA512,
        _ => return Err(SignError::Scheme),
    };
    LibraryDigest::import_less_safe(digest.as_ref(), algorithm).map_err(|_| SignError::Scheme)
}

fn rsa_padding(scheme: SignatureScheme) -> Option<&'static dyn RsaEncoding> {
    Some(match scheme {
        SignatureScheme::RsaPssRsaeSha256 => &RSA_PSS_SHA256,
        SignatureScheme::RsaPssRsaeSha384 => &RSA_PSS_SHA384,
        SignatureScheme::RsaPssRsaeSha512 => &RSA_PSS_SHA512,
        SignatureScheme::RsaPkcs1Sha256 => &RSA_PKCS1_SHA256,
        SignatureScheme::RsaPkcs1Sha384 => &RSA_PKCS1_SHA384,
        SignatureScheme::RsaPkcs1Sha512 => &RSA_PKCS1_SHA512,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::encoding::AsDer;
    use aws_lc_rs::signature::{
        ECDSA_P256_SHA256_ASN1, ECDSA_P384_SHA384_ASN1, RSA_PKCS1_2048_8192_SHA256,
        RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, RSA_PSS_2048_8192_SHA256,
        RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512, UnparsedPublicKey, VerificationAlgorithm,
    };
    use rcgen::{
        KeyPair as Generated, PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384, PKCS_ED25519, PKCS_RSA_SHA256,
    };

    use super::*;

    const MESSAGE: &[u8] = b"the messages of a handshake";

    fn verification(scheme: SignatureScheme) -> &'static dyn VerificationAlgorithm {
        match scheme {
            SignatureScheme::EcdsaSecp256r1Sha256 => &ECDSA_P256_SHA256_ASN1,
            SignatureScheme::EcdsaSecp384r1Sha384 => &ECDSA_P384_SHA384_ASN1,
            SignatureScheme::RsaPssRsaeSha256 => &RSA_PSS_2048_8192_SHA256,
            SignatureScheme::RsaPssRsaeSha384 => &RSA_PSS_2048_8192_SHA384,
            SignatureScheme::RsaPssRsaeSha512 => &RSA_PSS_2048_8192_SHA512,
            SignatureScheme::RsaPkcs1Sha256 => &RSA_PKCS1_2048_8192_SHA256,
            SignatureScheme::RsaPkcs1Sha384 => &RSA_PKCS1_2048_8192_SHA384,
            SignatureScheme::RsaPkcs1Sha512 => &RSA_PKCS1_2048_8192_SHA512,
            other => panic!("no key here signs with {other}"),
        }
    }

    fn digest_of(scheme: SignatureScheme, message: &[u8]) -> Digest {
        let algorithm = match scheme.hash() {
            HashAlgorithm::Sha256 => &digest::SHA256,
            HashAlgorithm::Sha384 => &digest::SHA384,
            HashAlgorithm::Sha512 => &digest::SHA512,
            other => panic!("no key here signs {other:?}"),
        };
        Digest::try_from(digest::digest(algorithm, message).as_ref()).unwrap()
    }

    fn key(algorithm: &'static rcgen::SignatureAlgorithm) -> FileKey {
        FileKey::from_der(&Generated::generate_for(algorithm).unwrap().serialize_der()).unwrap()
    }

    #[test]
    fn every_offered_scheme_signs_what_verifies() {
        for key in [key(&PKCS_ECDSA_P256_SHA256), key(&PKCS_ECDSA_P384_SHA384), key(&PKCS_RSA_SHA256)] {
            for &scheme in key.schemes() {
                let signature = key.sign(scheme, &digest_of(scheme, MESSAGE)).unwrap();
                let public = UnparsedPublicKey::new(verification(scheme), key.public_key());
                assert_eq!(public.verify(MESSAGE, &signature), Ok(()), "{scheme}");
                assert!(public.verify(b"another message", &signature).is_err(), "{scheme}");
            }
        }
    }

    #[test]
    fn a_scheme_of_another_key_or_a_digest_of_another_hash_is_refused() {
        let key = key(&PKCS_ECDSA_P256_SHA256);
        for &scheme in SignatureScheme::ALL.iter().filter(|scheme| !key.schemes().contains(scheme)) {
            assert_eq!(key.sign(scheme, &digest_of(scheme, MESSAGE)), Err(SignError::Scheme), "{scheme}");
        }
        let sha384 = digest_of(SignatureScheme::EcdsaSecp384r1Sha384, MESSAGE);
        assert_eq!(key.sign(SignatureScheme::EcdsaSecp256r1Sha256, &sha384), Err(SignError::Scheme));
    }

    #[test]
    fn each_encoding_of_a_key_is_read() {
        let pkcs8 = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
        let sec1 = pkcs8.private_key().as_der().unwrap();
        assert_eq!(FileKey::from_der(sec1.as_ref()).unwrap().public_key(), pkcs8.public_key().as_ref());

        let rsa = Generated::generate_for(&PKCS_RSA_SHA256).unwrap().serialize_der();
        // A PKCS#8 RSA key ends in the OCTET STRING with the PKCS#1 key, after 22 bytes of version and
        // algorithm and 4 bytes of tag and length.
        let pkcs1 = &rsa[26..];
        assert_eq!(
            FileKey::from_der(pkcs1).unwrap().public_key(),
            FileKey::from_der(&rsa).unwrap().public_key()
        );
    }

    #[test]
    fn other_keys_and_damaged_ones_are_refused() {
        let ed25519 = Generated::generate_for(&PKCS_ED25519).unwrap().serialize_der();
        assert_eq!(FileKey::from_der(&ed25519).err(), Some(KeyError::Unusable));
        let mut cut = Generated::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap().serialize_der();
        cut.truncate(60);
        assert_eq!(FileKey::from_der(&cut).err(), Some(KeyError::Unusable));
        assert_eq!(FileKey::from_der(b"").err(), Some(KeyError::Unusable));
    }
}
