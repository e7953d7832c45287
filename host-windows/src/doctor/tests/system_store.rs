//! A stand-in for a system store.

use std::sync::Arc;

use lsam_core::x509::CertificateError;

use crate::key::{KeyError, SigningKey};
use crate::store::{CertificateStore, NoPath, Problem, StoredCertificate, StoredCrl, SystemPath};

/// A store with the system's own roots, which does not hand out private keys.
pub(super) struct SystemStore(pub(super) Box<dyn CertificateStore>, pub(super) KeyError);

impl CertificateStore for SystemStore {
    fn location(&self) -> String {
        self.0.location()
    }

    fn certificates(&self) -> &[StoredCertificate] {
        self.0.certificates()
    }

    fn crls(&self) -> &[StoredCrl] {
        self.0.crls()
    }

    fn problems(&self) -> &[Problem] {
        self.0.problems()
    }

    fn signing_key(&self, _: &StoredCertificate) -> Result<Arc<dyn SigningKey>, KeyError> {
        Err(self.1.clone())
    }

    fn system_path(&self) -> Option<SystemPath> {
        Some(|_, _| Err(NoPath { rule: CertificateError::UnknownIssuer, is_distrusted: false }))
    }
}
