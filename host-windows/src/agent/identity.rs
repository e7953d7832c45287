//! Who the agent is to its peers: a chain of certificates and the key of the first.

use std::sync::Arc;

use crate::key::{KeyError, SigningKey};
use crate::store::{self, CertificateStore, StoredCertificate};

/// The certificates that the agent presents and the key that it proves.
#[derive(Clone)]
pub struct Identity {
    /// Certificates in DER, the agent's own first.
    pub chain: Vec<Vec<u8>>,
    /// The private key of the first.
    pub key: Arc<dyn SigningKey>,
}

impl Identity {
    /// The identity of `certificate`, with what else of its chain `store` holds.
    ///
    /// # Errors
    /// [`KeyError`] when its private key can't be used.
    pub fn new(store: &dyn CertificateStore, certificate: &StoredCertificate) -> Result<Self, KeyError> {
        let key = store.signing_key(certificate)?;
        let chain = store::chain(store, &certificate.certificate);
        Ok(Self { chain: chain.into_iter().map(|certificate| certificate.der.clone()).collect(), key })
    }
}
