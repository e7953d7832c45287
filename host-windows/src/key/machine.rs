//! A private key in the machine's certificate store, which signs without leaving it.

use lsam_core::crypto::{Digest, EcdsaSigValue, PublicKey, SignatureKind, SignatureScheme};
use lsam_core::x509;

use super::{KeyError, RSA_BITS, SignError, SigningKey};
use crate::windows::{CertContext, Padding, PrivateKey};

/// The key of a certificate in the Windows store.
pub struct MachineKey {
    key: PrivateKey,
    schemes: Vec<SignatureScheme>,
}

impl MachineKey {
    /// The private key of `certificate`, with the schemes that it has just proved to support.
    ///
    /// # Errors
    /// [`KeyError`] if the profile does not accept its kind, if Windows denies this account access to it, or
    /// if it does not sign for this certificate.
    pub(crate) fn of(certificate: &CertContext) -> Result<Self, KeyError> {
        let parsed = x509::Certificate::parse(certificate.der()).map_err(|_| KeyError::Unusable)?;
        let public = parsed.public_key().map_err(|_| KeyError::Unusable)?;
        if let PublicKey::Rsa { modulus, .. } = public
            && !RSA_BITS.contains(&(modulus.len() * 8))
        {
            return Err(KeyError::RsaLength(modulus.len() * 8));
        }
        let key = PrivateKey::of(certificate).map_err(|error| KeyError::Withheld(error.to_string()))?;
        let mut own = Self { schemes: schemes(&public, key.is_cng()).to_vec(), key };
        own.keep_what_it_can(&public)?;
        Ok(own)
    }

    /// Keeps only the schemes that it can sign with. Keys in a TPM, for example, don't support every hash and
    /// salt.
    fn keep_what_it_can(&mut self, public: &PublicKey<'_>) -> Result<(), KeyError> {
        let all = self.schemes.clone();
        let mut last = Err(KeyError::Unusable);
        self.schemes = Vec::new();
        for scheme in all {
            self.schemes.push(scheme);
            let proven = super::prove(self, scheme, public);
            if proven.is_err() {
                self.schemes.pop();
                last = proven;
            }
        }
        if self.schemes.is_empty() { last } else { Ok(()) }
    }
}

/// The schemes that a key may support. For TLS 1.2, a key of an older provider is good enough, because every
/// peer supports PKCS#1.
const fn schemes(public: &PublicKey<'_>, is_cng: bool) -> &'static [SignatureScheme] {
    match public {
        PublicKey::Secp256r1(_) => super::SECP256R1,
        PublicKey::Secp384r1(_) => super::SECP384R1,
        PublicKey::Rsa { .. } if is_cng => super::RSA,
        PublicKey::Rsa { .. } => super::RSA_PKCS1,
        _ => &[],
    }
}

impl SigningKey for MachineKey {
    fn schemes(&self) -> &[SignatureScheme] {
        &self.schemes
    }

    fn sign(&self, scheme: SignatureScheme, digest: &Digest) -> Result<Vec<u8>, SignError> {
        if !self.schemes.contains(&scheme) {
            return Err(SignError::Scheme);
        }
        let padding = match scheme.kind() {
            SignatureKind::Ecdsa => Padding::None,
            SignatureKind::RsaPkcs1 => Padding::Pkcs1,
            SignatureKind::RsaPss => Padding::Pss,
            _ => return Err(SignError::Scheme),
        };
        let signature =
            self.key.sign(digest.as_ref(), padding).map_err(|error| SignError::Refused(error.to_string()))?;
        match padding {
            Padding::None => {
                EcdsaSigValue::from_p1363(&signature).map(|value| value.as_ref().to_vec()).ok_or_else(|| {
                    SignError::Refused("the signature has the length of another curve".to_owned())
                })
            }
            Padding::Pkcs1 | Padding::Pss => Ok(signature),
        }
    }
}
