//! What a single file holds: certificates, keys and revocation lists in PEM, DER or PFX.

use std::fmt;
use std::io;
use std::path::Path;

use p12_keystore::Pkcs12Archive;
use pki_types::pem::{self, PemObject, SectionKind};
use x509_parser::prelude::FromDer;
use x509_parser::revocation_list::CertificateRevocationList;
use zeroize::Zeroizing;

use super::{Certificate, Malformed};
use crate::files;
use crate::key::{FileKey, KeyError};

/// Size limits of files, in bytes. A certificate with its key and chain has a few thousand; the lists of large
/// certification authorities have several million.
const MAX_FILE: usize = 1 << 20;
const MAX_CRL: usize = 32 << 20;

/// One thing in a file.
pub enum Item {
    /// A certificate.
    Certificate(Certificate),
    /// A private key.
    Key(FileKey),
    /// A certificate revocation list in DER, of which nothing but the form was checked.
    Crl(Vec<u8>),
}

/// Reads what the file at `path` holds, recognised by its content; only PFX files are told by their ending, `.pfx` or
/// `.p12`. They are opened with `password`, which is asked for only then.
///
/// # Errors
/// [`ItemError`] when the file can't be read, or any part of it is broken.
pub fn read_items(
    path: &Path,
    password: impl FnOnce() -> Result<Zeroizing<String>, ItemError>,
) -> Result<Vec<Item>, ItemError> {
    let limit = if has_extension(path, &["crl"]) { MAX_CRL } else { MAX_FILE };
    let content = files::read(path, limit)?;
    if has_extension(path, &["pfx", "p12"]) {
        return pfx_items(&content, &password()?);
    }
    if content.windows(PEM_START.len()).any(|window| window == PEM_START) {
        return pem_items(&content);
    }
    Ok(vec![der_item(&content)?])
}

/// Whether the name of `path` ends in one of `extensions`, in any case.
pub(super) fn has_extension(path: &Path, extensions: &[&str]) -> bool {
    let extension = path.extension().unwrap_or_default();
    extensions.iter().any(|known| extension.eq_ignore_ascii_case(known))
}

/// Why a file can't be used.
#[derive(Debug)]
pub enum ItemError {
    /// It can't be read.
    Io(io::Error),
    /// It is neither PEM nor a certificate, key or revocation list in DER.
    Unknown,
    /// It has the form of PEM but is damaged.
    Pem(String),
    /// A private key in it is encrypted.
    EncryptedKey,
    /// A certificate in it is damaged.
    Certificate,
    /// A revocation list in it is damaged.
    Crl,
    /// A private key in it is of no use.
    Key(KeyError),
    /// The password does not open the PFX file.
    Password,
    /// It is no PFX file that can be read.
    Pfx(String),
}

impl fmt::Display for ItemError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => write!(f, "it can't be read: {error}"),
            Self::Unknown => {
                f.write_str("it is no certificate, private key or revocation list in PEM, DER or PFX form")
            }
            Self::Pem(reason) => write!(f, "it is damaged PEM: {reason}"),
            Self::EncryptedKey => f.write_str(
                "the private key in it is encrypted; use a PFX file with its password beside it, \
                 or decrypt it with `openssl pkey`",
            ),
            Self::Certificate => f.write_str("a certificate in it is damaged"),
            Self::Crl => f.write_str("a revocation list in it is damaged"),
            Self::Key(error) => write!(f, "the private key in it is {error}"),
            Self::Password => write!(
                f,
                "the password does not open it; write the password to the first line of a file of the same name \
                 ending in .password, or to the environment variable {}",
                super::PASSWORD_VARIABLE
            ),
            Self::Pfx(reason) => write!(f, "it can't be read as a PFX file: {reason}"),
        }
    }
}

impl std::error::Error for ItemError {}

impl From<io::Error> for ItemError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<Malformed> for ItemError {
    fn from(_: Malformed) -> Self {
        Self::Certificate
    }
}

impl From<KeyError> for ItemError {
    fn from(error: KeyError) -> Self {
        Self::Key(error)
    }
}

const PEM_START: &[u8] = b"-----BEGIN ";
/// Begins the label of an encrypted PKCS#8 key, and ends the line that marks an encrypted key of the older form.
const ENCRYPTED: [&[u8]; 2] = [b"-----BEGIN ENCRYPTED ", b"4,ENCRYPTED"];

fn pem_items(content: &[u8]) -> Result<Vec<Item>, ItemError> {
    if ENCRYPTED.iter().any(|mark| content.windows(mark.len()).any(|window| window == *mark)) {
        return Err(ItemError::EncryptedKey);
    }
    let mut items = Vec::new();
    for section in <(SectionKind, Vec<u8>)>::pem_slice_iter(content) {
        let (kind, der) = section.map_err(|error| ItemError::Pem(describe(&error)))?;
        let der = Zeroizing::new(der);
        match kind {
            SectionKind::Certificate => items.push(Item::Certificate(Certificate::from_der(&der)?)),
            SectionKind::Crl => items.push(crl(&der)?),
            SectionKind::PrivateKey | SectionKind::EcPrivateKey | SectionKind::RsaPrivateKey => {
                items.push(Item::Key(FileKey::from_der(&der)?));
            }
            // Public keys and requests may stand beside them.
            _ => {}
        }
    }
    if items.is_empty() { Err(ItemError::Unknown) } else { Ok(items) }
}

fn describe(error: &pem::Error) -> String {
    match error {
        pem::Error::MissingSectionEnd { end_marker } => {
            format!("the line -----END {}----- is missing", String::from_utf8_lossy(end_marker).trim())
        }
        pem::Error::IllegalSectionStart { .. } => "a line that begins a section is malformed".to_owned(),
        _ => "what stands between two marks is not base64".to_owned(),
    }
}

fn der_item(content: &[u8]) -> Result<Item, ItemError> {
    if let Ok(certificate) = Certificate::from_der(content) {
        return Ok(Item::Certificate(certificate));
    }
    crl(content).or_else(|_| match FileKey::from_der(content) {
        Ok(key) => Ok(Item::Key(key)),
        Err(error @ KeyError::RsaLength(_)) => Err(error.into()),
        Err(_) => Err(ItemError::Unknown),
    })
}

fn crl(der: &[u8]) -> Result<Item, ItemError> {
    match CertificateRevocationList::from_der(der) {
        Ok(([], _)) => Ok(Item::Crl(der.to_vec())),
        _ => Err(ItemError::Crl),
    }
}

fn pfx_items(content: &[u8], password: &str) -> Result<Vec<Item>, ItemError> {
    let archive = Pkcs12Archive::from_pkcs12(content, password).map_err(|error| match error {
        // Without a MAC a wrong password shows in what it decrypts to.
        p12_keystore::error::Error::MacError(_) | p12_keystore::error::Error::UnpadError => {
            ItemError::Password
        }
        error => ItemError::Pfx(error.to_string()),
    })?;
    let mut items = Vec::new();
    for bag in &archive.certs {
        items.push(Item::Certificate(Certificate::from_der(bag.cert.as_der())?));
    }
    for bag in &archive.keys {
        items.push(Item::Key(FileKey::from_der(bag.key.as_der())?));
    }
    Ok(items)
}
