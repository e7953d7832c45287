//! The judgement over a peer's certificate, with core's own path engine.

use std::path::Path;

use lsam_core::UnixTime;
use lsam_core::crypto::rustcrypto::RustCrypto;
use lsam_core::x509::{Certificate, CertificateError, CertificateList, ExpectedName, Purpose, TrustSet};
use pki_types::CertificateDer;

use crate::certificates;

/// Trusted roots from a file.
pub struct Trust {
    roots: Vec<CertificateDer<'static>>,
}

impl Trust {
    /// Reads the roots of a PEM file.
    ///
    /// # Errors
    /// A sentence that names the file and what is wrong with it.
    pub fn load(file: &Path) -> Result<Self, String> {
        Ok(Self { roots: certificates(file)? })
    }

    /// Judges the chain of a server that is reached by the DNS name `name`.
    ///
    /// # Errors
    /// What is wrong with the chain or its name.
    pub fn server(
        &self,
        chain: CertificateList<'_>,
        now: Option<UnixTime>,
        name: &str,
    ) -> Result<(), CertificateError> {
        self.path(chain, Purpose::Server, now)?;
        let leaf = chain.leaf().ok_or(CertificateError::NoCertificate)?;
        ExpectedName::DnsName(name).check(&Certificate::parse(leaf)?)
    }

    /// Judges the chain of a client, whatever its name.
    ///
    /// # Errors
    /// What is wrong with the chain.
    pub fn client(&self, chain: CertificateList<'_>, now: Option<UnixTime>) -> Result<(), CertificateError> {
        self.path(chain, Purpose::Client, now)
    }

    /// The names of the roots in DER, for a server to ask by.
    pub fn authorities(&self) -> Vec<&[u8]> {
        let roots = self.roots.iter().filter_map(|root| Certificate::parse(root).ok());
        roots.map(|root| root.subject().der()).collect()
    }

    fn path(
        &self,
        chain: CertificateList<'_>,
        purpose: Purpose,
        now: Option<UnixTime>,
    ) -> Result<(), CertificateError> {
        let roots: Vec<&[u8]> = self.roots.iter().map(AsRef::as_ref).collect();
        TrustSet::new(&roots, &[]).verify::<RustCrypto>(chain, purpose, now).map(|_| ())
    }
}
