//! The identity that an end presents: a certificate chain, and the key of the first certificate.

use std::path::Path;
use std::sync::Arc;

use lsam_core::tls::{self, SignRequest};
use lsam_core::x509::{self, CertificateError};

use crate::key::{self, KeyError, SignError, SigningKey};
use crate::store::{self, CertificateStore, Item, Problem, StoredCertificate, read_items};

/// The certificates that an end presents, and its private key.
#[derive(Clone)]
pub struct Identity {
    /// Certificates in DER, the end's own first.
    pub chain: Vec<Vec<u8>>,
    /// The private key of the first.
    pub key: Arc<dyn SigningKey>,
}

impl Identity {
    /// The identity of `certificate`, with the part of its chain that `store` has.
    ///
    /// # Errors
    /// [`KeyError`] if its private key can't be used.
    pub fn new(store: &dyn CertificateStore, certificate: &StoredCertificate) -> Result<Self, KeyError> {
        let key = store.signing_key(certificate)?;
        let others = store.certificates().iter().map(|stored| &stored.certificate);
        let chain = store::chain(others, &certificate.certificate);
        Ok(Self { chain: chain.into_iter().map(|certificate| certificate.der.clone()).collect(), key })
    }

    /// The identity in `files`: a certificate, its private key and the rest of its chain, if present. Also
    /// returns what could not be used.
    ///
    /// # Errors
    /// What could not be used, if no certificate was found with its key.
    pub fn from_files(files: &[&Path]) -> Result<(Self, Vec<Problem>), Vec<Problem>> {
        let (mut certificates, mut keys) = (Vec::new(), Vec::new());
        let mut problems = Vec::new();
        for path in files {
            let contents = read_items(path, |_| store::password(path));
            problems.extend(Problem::of_file(path, &contents.left));
            for item in contents.items {
                match item {
                    Item::Certificate(certificate) => certificates.push(certificate),
                    Item::Key(key) => keys.push(key),
                    Item::Crl(_) => {}
                }
            }
        }
        for key in keys {
            if let Some(own) = certificates.iter().find(|certificate| certificate.is_of(&key)) {
                let chain = store::chain(certificates.iter(), own);
                let chain = chain.into_iter().map(|certificate| certificate.der.clone()).collect();
                return Ok((Self { chain, key: Arc::new(key) }, problems));
            }
        }
        let place = files.first().map(|path| path.display().to_string()).unwrap_or_default();
        problems.push(Problem { place, reason: "there is no certificate with its private key".to_owned() });
        Err(problems)
    }

    /// Lends the identity to a session.
    pub(crate) fn with_session<T>(&self, use_it: impl FnOnce(&[tls::Identity<'_>]) -> T) -> T {
        let chain: Vec<&[u8]> = self.chain.iter().map(Vec::as_slice).collect();
        use_it(&[tls::Identity { chain: &chain, schemes: self.key.schemes() }])
    }

    /// Signs for a session.
    pub(crate) fn sign(&self, request: &SignRequest) -> Result<Vec<u8>, SignError> {
        self.key.sign(request.scheme, &request.digest)
    }

    /// Makes a signature with each scheme that the key supports, and verifies it with the certificate. This
    /// detects an unusable key, or a key that belongs to another certificate, before a peer does.
    ///
    /// # Errors
    /// [`KeyError::Proof`].
    pub fn prove(&self) -> Result<(), KeyError> {
        let der = self.chain.first().map(Vec::as_slice).unwrap_or_default();
        let public = x509::Certificate::parse(der).map_err(CertificateError::from);
        let public = public.and_then(|certificate| certificate.public_key());
        let public = public.map_err(|error| KeyError::Proof(error.to_string()))?;
        for &scheme in self.key.schemes() {
            key::prove(&*self.key, scheme, &public)?;
        }
        Ok(())
    }
}
