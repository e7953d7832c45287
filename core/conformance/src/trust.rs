//! Verifies a peer's certificate with core's own path engine.

use std::path::Path;

use lsam_core::UnixTime;
use lsam_core::crypto::Provider;
use lsam_core::x509::{Certificate, CertificateError, CertificateList, ExpectedName, Revocation, TrustSet};
use pki_types::{CertificateDer, CertificateRevocationListDer};

use crate::{RevocationFlags, certificates, revocation_lists};

/// Trusted roots and revocation lists from files.
pub struct Trust {
    roots: Vec<CertificateDer<'static>>,
    lists: Vec<CertificateRevocationListDer<'static>>,
    revocation: Revocation,
}

impl Trust {
    /// Reads the roots in a PEM file, and the lists that the flags name.
    ///
    /// # Errors
    /// A sentence that names the file and what is wrong with it.
    pub fn load(roots: &Path, flags: &RevocationFlags) -> Result<Self, String> {
        let mut lists = Vec::new();
        for file in &flags.crl {
            lists.append(&mut revocation_lists(file)?);
        }
        let revocation = match (flags.crl.is_empty(), flags.require_crl) {
            (true, _) => Revocation::Off,
            (false, false) => Revocation::AllowUnknown,
            (false, true) => Revocation::RequireKnown,
        };
        Ok(Self { roots: certificates(roots)?, lists, revocation })
    }

    /// Verifies the chain of a server with the DNS name `name`.
    ///
    /// # Errors
    /// What is wrong with the chain or its name.
    pub fn server<P: Provider>(
        &self,
        chain: CertificateList<'_>,
        now: Option<UnixTime>,
        name: &str,
    ) -> Result<(), CertificateError> {
        self.with_set(|set| set.verify_server::<P>(chain, ExpectedName::DnsName(name), now).map(drop))
    }

    /// Verifies the chain of a client, whatever its name.
    ///
    /// # Errors
    /// What is wrong with the chain.
    pub fn client<P: Provider>(
        &self,
        chain: CertificateList<'_>,
        now: Option<UnixTime>,
    ) -> Result<(), CertificateError> {
        self.with_set(|set| set.verify_client::<P>(chain, now).map(drop))
    }

    /// The names of the roots in DER, for a server's CertificateRequest.
    pub fn authorities(&self) -> Vec<&[u8]> {
        let roots = self.roots.iter().filter_map(|root| Certificate::parse(root).ok());
        roots.map(|root| root.subject().der()).collect()
    }

    fn with_set<T>(&self, verify: impl FnOnce(&TrustSet<'_>) -> T) -> T {
        let roots: Vec<&[u8]> = self.roots.iter().map(AsRef::as_ref).collect();
        let lists: Vec<&[u8]> = self.lists.iter().map(AsRef::as_ref).collect();
        verify(&TrustSet::new(&roots, &[]).with_revocation(&lists, self.revocation))
    }
}
