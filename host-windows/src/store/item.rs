//! What a single file holds: certificates, keys and revocation lists in PEM, DER or PFX.

use std::fmt;
use std::io;
use std::path::Path;

use lsam_core::x509::RevocationList;
use p12_keystore::Pkcs12Archive;
use pkcs8::EncryptedPrivateKeyInfoRef;
use pki_types::pem::{self, PemObject, SectionKind};
use x509_parser::asn1_rs::{Any, FromDer, Tag};
use zeroize::Zeroizing;

use super::{Certificate, Malformed};
use crate::files;
use crate::key::{FileKey, KeyError};

/// Size limits of files, in bytes. A certificate with its key and chain has a few thousand; the lists of large
/// certification authorities have several million, and core reads no longer ones.
pub(crate) const MAX_FILE: usize = 1 << 20;
const MAX_CRL: usize = 16 << 20;

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
/// `.p12`. They, and encrypted private keys, are opened with `password`, which is asked for only then.
///
/// # Errors
/// [`ItemError`] when the file can't be read, or any part of it is broken.
pub fn read_items(
    path: &Path,
    password: impl Fn() -> Result<Zeroizing<String>, ItemError>,
) -> Result<Vec<Item>, ItemError> {
    let limit = if has_extension(path, &["crl"]) { MAX_CRL } else { MAX_FILE };
    let content = files::read(path, limit)?;
    if has_extension(path, &["pfx", "p12"]) {
        return pfx_items(&content, &password()?);
    }
    if contains(&content, PEM_START) {
        return pem_items(&content, &password);
    }
    Ok(vec![der_item(&content, &password)?])
}

/// Whether the name of `path` ends in one of `extensions`, in any case.
pub(crate) fn has_extension(path: &Path, extensions: &[&str]) -> bool {
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
    /// A private key in it is encrypted in a way that is not known.
    Encryption,
    /// A certificate in it is damaged.
    Certificate,
    /// A revocation list in it is damaged.
    Crl,
    /// A private key in it is of no use.
    Key(KeyError),
    /// The password does not open it.
    Password,
    /// It is a PFX file without the MAC that shows whether somebody has changed it.
    NoMac,
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
            Self::Encryption => f.write_str(
                "the private key in it is encrypted in a way that is not known; write it anew with \
                 `openssl pkcs8 -topk8 -v2 aes-256-cbc`",
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
            Self::NoMac => f.write_str(
                "it is a PFX file without a MAC, so that nobody can tell whether it was changed; export it anew with one",
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
/// What tells the label of an encrypted PKCS#8 key from that of a plain one (RFC 7468 sections 10 and 11).
const ENCRYPTED: &[u8] = b"ENCRYPTED PRIVATE KEY-----";
/// Marks an encrypted key of the form before PKCS#8 (RFC 1421 section 4.6.1.1).
const ENCRYPTED_OLD: &[u8] = b"4,ENCRYPTED";

fn contains(content: &[u8], mark: &[u8]) -> bool {
    content.windows(mark.len()).any(|window| window == mark)
}

fn pem_items(
    content: &[u8],
    password: &impl Fn() -> Result<Zeroizing<String>, ItemError>,
) -> Result<Vec<Item>, ItemError> {
    if contains(content, ENCRYPTED_OLD) {
        return Err(ItemError::Encryption);
    }
    let mut items = Vec::new();
    for section in <(SectionKind, Vec<u8>)>::pem_slice_iter(&without_encrypted(content)) {
        let (kind, der) = section.map_err(|error| ItemError::Pem(describe(&error)))?;
        let der = Zeroizing::new(der);
        match kind {
            SectionKind::Certificate => items.push(Item::Certificate(Certificate::from_der(&der)?)),
            SectionKind::Crl => items.push(crl(&der)?),
            SectionKind::PrivateKey | SectionKind::EcPrivateKey | SectionKind::RsaPrivateKey => {
                items.push(Item::Key(key(&der, password)?));
            }
            // Public keys and requests may stand beside them.
            _ => {}
        }
    }
    if items.is_empty() { Err(ItemError::Unknown) } else { Ok(items) }
}

/// Gives encrypted keys the label of plain ones: the reader of PEM passes over what it does not know, and the content
/// tells the two apart.
fn without_encrypted(content: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut plain = Zeroizing::new(Vec::with_capacity(content.len()));
    let mut rest = content;
    while let Some(at) = rest.windows(ENCRYPTED.len()).position(|window| window == ENCRYPTED) {
        plain.extend_from_slice(&rest[..at]);
        rest = &rest[at + "ENCRYPTED ".len()..];
    }
    plain.extend_from_slice(rest);
    plain
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

fn der_item(
    content: &[u8],
    password: &impl Fn() -> Result<Zeroizing<String>, ItemError>,
) -> Result<Item, ItemError> {
    if let Ok(certificate) = Certificate::from_der(content) {
        return Ok(Item::Certificate(certificate));
    }
    crl(content).or_else(|_| match key(content, password) {
        Ok(key) => Ok(Item::Key(key)),
        Err(ItemError::Key(KeyError::Unusable)) => Err(ItemError::Unknown),
        Err(error) => Err(error),
    })
}

fn crl(der: &[u8]) -> Result<Item, ItemError> {
    RevocationList::parse(der).map(|_| Item::Crl(der.to_vec())).map_err(|_| ItemError::Crl)
}

/// Reads a private key, and decrypts it when it is a PKCS#8 `EncryptedPrivateKeyInfo`.
fn key(
    der: &[u8],
    password: &impl Fn() -> Result<Zeroizing<String>, ItemError>,
) -> Result<FileKey, ItemError> {
    // EncryptedPrivateKeyInfo ::= SEQUENCE { AlgorithmIdentifier, OCTET STRING } (RFC 5958 section 3)
    if tags(der) != [Tag::Sequence, Tag::OctetString] {
        return Ok(FileKey::from_der(der)?);
    }
    let encrypted = EncryptedPrivateKeyInfoRef::try_from(der).map_err(|_| ItemError::Encryption)?;
    match encrypted.decrypt(password()?.as_bytes()) {
        Ok(plain) => Ok(FileKey::from_der(plain.as_bytes())?),
        Err(pkcs8::Error::EncryptedPrivateKey(pkcs8::pkcs5::Error::UnsupportedAlgorithm { .. })) => {
            Err(ItemError::Encryption)
        }
        // A wrong password shows in the padding, or in what comes out.
        Err(_) => Err(ItemError::Password),
    }
}

/// The tags of the elements in the SEQUENCE `der`; none when it is no SEQUENCE.
fn tags(der: &[u8]) -> Vec<Tag> {
    let Ok(([], sequence)) = Any::from_der(der) else { return Vec::new() };
    let (mut tags, mut rest) = (Vec::new(), sequence.data);
    while sequence.tag() == Tag::Sequence
        && let Ok((after, element)) = Any::from_der(rest)
    {
        tags.push(element.tag());
        rest = after;
    }
    tags
}

fn pfx_items(content: &[u8], password: &str) -> Result<Vec<Item>, ItemError> {
    // PFX ::= SEQUENCE { version INTEGER, authSafe ContentInfo, macData MacData OPTIONAL } (RFC 7292 section 4)
    if tags(content) == [Tag::Integer, Tag::Sequence] {
        return Err(ItemError::NoMac);
    }
    let archive = Pkcs12Archive::from_pkcs12(content, password).map_err(|error| match error {
        p12_keystore::error::Error::MacError(_) => ItemError::Password,
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

#[cfg(test)]
mod tests;
