//! Certificates and keys from PEM files.

use std::fmt::Display;
use std::path::Path;

use lsam_core::tls::Identity;
use lsam_core::x509::RevocationList;
use lsam_testing::key::Key;
use pki_types::pem::PemObject;
use pki_types::{CertificateDer, CertificateRevocationListDer, PrivateKeyDer};

use crate::CredentialFlags;

/// Identities with their keys, in the order of the flags.
pub struct Credentials {
    chains: Vec<Vec<CertificateDer<'static>>>,
    keys: Vec<Key>,
}

impl Credentials {
    /// Reads the files that the flags name.
    ///
    /// # Errors
    /// A sentence that names the file and what is wrong with it.
    pub fn load(flags: &CredentialFlags) -> Result<Self, String> {
        if flags.cert.len() != flags.key.len() {
            return Err(format!("{} --cert for {} --key", flags.cert.len(), flags.key.len()));
        }
        Ok(Self {
            chains: flags.cert.iter().map(|file| certificates(file)).collect::<Result<_, _>>()?,
            keys: flags.key.iter().map(|file| key(file)).collect::<Result<_, _>>()?,
        })
    }

    /// The keys, indexed by [`lsam_core::tls::SignRequest::identity`].
    pub fn keys(&self) -> &[Key] {
        &self.keys
    }

    /// The chains as slices, for [`Self::identities`].
    pub fn chains(&self) -> Vec<Vec<&[u8]>> {
        self.chains.iter().map(|chain| chain.iter().map(AsRef::as_ref).collect()).collect()
    }

    /// The identities for a session; `chains` come from [`Self::chains`].
    pub fn identities<'a>(&'a self, chains: &'a [Vec<&'a [u8]>]) -> Vec<Identity<'a>> {
        chains.iter().zip(&self.keys).map(|(chain, key)| Identity { chain, schemes: key.schemes }).collect()
    }
}

/// All certificates of a PEM file; there must be at least one.
///
/// # Errors
/// A sentence that names the file and what is wrong with it.
pub fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let all: Vec<_> =
        CertificateDer::pem_file_iter(file).and_then(Iterator::collect).map_err(|e| about(file, e))?;
    if all.is_empty() { Err(about(file, "no certificate in it")) } else { Ok(all) }
}

/// All certificate revocation lists of a PEM file, or the one in a DER file.
///
/// # Errors
/// A sentence that names the file and what is wrong with it.
pub fn revocation_lists(file: &Path) -> Result<Vec<CertificateRevocationListDer<'static>>, String> {
    let content = std::fs::read(file).map_err(|e| about(file, e))?;
    let all: Vec<_> = CertificateRevocationListDer::pem_slice_iter(&content)
        .collect::<Result<_, _>>()
        .map_err(|e| about(file, e))?;
    let all = if all.is_empty() { vec![content.into()] } else { all };
    for list in &all {
        RevocationList::parse(list).map_err(|e| about(file, format!("no revocation list: {e}")))?;
    }
    Ok(all)
}

fn key(file: &Path) -> Result<Key, String> {
    let der = PrivateKeyDer::from_pem_file(file).map_err(|e| about(file, e))?;
    Key::from_der(der.secret_der()).map_err(|e| about(file, format!("no usable private key: {e}")))
}

fn about(file: &Path, what: impl Display) -> String {
    format!("{}: {what}", file.display())
}
