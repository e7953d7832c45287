//! Why a file, or a part of one, can't be used, in an administrator's words: the cause and the cure.
//!
//! No text comes from the file itself: it may be a private key, however damaged.

use std::fmt;
use std::io;
use std::path::PathBuf;

use super::kind::Foreign;
use crate::key::KeyError;

/// Why a file can't be used, or a part of it.
#[derive(Debug)]
#[non_exhaustive]
pub enum ItemError {
    /// It can't be read.
    Io(io::Error),
    /// It is empty.
    Empty,
    /// It is longer than this many bytes, and is not a revocation list.
    TooLong(usize),
    /// Its kind is unknown.
    Unknown,
    /// Its format is known, but not supported.
    Foreign(Foreign),
    /// This many bytes are missing at the end.
    Cut(usize),
    /// This many bytes follow what was read.
    Behind(usize),
    /// It has the form of PEM but is damaged.
    Pem(Damage),
    /// A PEM section has an unknown label.
    Label,
    /// OpenSSL recorded that the certificate is not trusted, or not for this use.
    Distrusted,
    /// A certificate in it is damaged.
    Certificate,
    /// A revocation list in it is damaged.
    Crl,
    /// A private key in it can't be used.
    Key(KeyError),
    /// It is a private key, or a PFX file, where neither is expected.
    Secret(Locked),
    /// It is encrypted with an unsupported scheme; its name, if known.
    Encryption(Locked, Option<&'static str>),
    /// Deriving a key from the password would take too long.
    Costly(Cost),
    /// The password is wrong; where it came from.
    Password(PasswordSource),
    /// The password opens the file, but not this part of it.
    OtherPassword,
    /// The file with the password can't be read, and why.
    PasswordFile(PathBuf, String),
    /// It is a PFX file without the MAC that would reveal changes.
    NoMac,
    /// It is a PFX file that can't be read, and why.
    Pfx(&'static str),
    /// It is a PKCS#7 file that can't be read, and why.
    Pkcs7(&'static str),
}

impl ItemError {
    /// Whether it is about a private key, or about something that may hold one.
    pub(crate) const fn is_about_a_key(&self) -> bool {
        matches!(
            self,
            Self::Key(_)
                | Self::Secret(_)
                | Self::Encryption(..)
                | Self::Costly(_)
                | Self::Password(_)
                | Self::OtherPassword
                | Self::PasswordFile(..)
                | Self::NoMac
                | Self::Pfx(_)
        )
    }
}

/// What is wrong with a section of PEM.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Damage {
    /// Its END mark is missing; this is its label, if known.
    NoEnd(Option<&'static str>),
    /// An END mark has no BEGIN mark before it.
    NoBegin,
    /// The labels of its BEGIN and END marks differ.
    OtherEnd,
    /// A mark does not have five hyphens on both sides.
    Mark,
    /// The text between the marks is not Base64; the first line that shows this, counted from 1.
    NotBase64(Option<usize>),
}

/// What a password opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Locked {
    /// A PFX file.
    Pfx,
    /// A private key.
    Key,
}

/// The environment variable with the password of PFX files and encrypted keys that have no `.password` file
/// next to them.
pub const PASSWORD_VARIABLE: &str = "LSAM_STORE_PASSWORD";

/// Where a password came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PasswordSource {
    /// The first line of this file.
    File(PathBuf),
    /// The environment variable.
    Variable,
    /// It was typed.
    Prompt,
    /// None was given.
    None,
}

/// A parameter of key derivation, with a value that is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    pub(super) parameter: &'static str,
    pub(super) value: u64,
    pub(super) bound: u64,
}

impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { parameter, value, bound } = self;
        match value {
            &u64::MAX => {
                write!(f, "{parameter} is larger than any that is used; {bound} is accepted at most")
            }
            0 => write!(f, "{parameter} is 0; it is 1 to {bound}"),
            value if value <= bound => {
                write!(f, "{parameter} is {value}, which is no value that it can have")
            }
            value => write!(f, "{parameter} is {value}; {bound} is accepted at most"),
        }
    }
}

impl fmt::Display for PasswordSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "the password in the first line of {}", path.display()),
            Self::Variable => write!(f, "the password in the environment variable {PASSWORD_VARIABLE}"),
            Self::Prompt => f.write_str("the password that was typed"),
            Self::None => f.write_str("an empty password"),
        }
    }
}

impl fmt::Display for ItemError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => write!(f, "it can't be read: {error}"),
            Self::Empty => f.write_str("it is empty; put it there anew"),
            Self::TooLong(limit) => {
                write!(f, "it is longer than {limit} bytes; only revocation lists may be")
            }
            Self::Unknown => f.write_str(
                "it is no certificate, private key, revocation list, PFX or PKCS#7 file, in PEM or in DER",
            ),
            Self::Foreign(foreign) => write!(f, "{foreign}"),
            Self::Cut(missing) => {
                write!(f, "it ends too early, {missing} bytes before its end; copy it anew, as binary")
            }
            Self::Behind(length) => write!(
                f,
                "the last {length} bytes belong to nothing and were not read; if something is missing, copy \
                 the file anew"
            ),
            Self::Pem(damage) => write!(f, "it is damaged PEM: {damage}"),
            Self::Label => f.write_str("it is a section of PEM of a kind that is not used here"),
            Self::Distrusted => f.write_str(
                "OpenSSL noted of this certificate (BEGIN TRUSTED CERTIFICATE) that it is not trusted for \
                 TLS; if it is to be, write it anew with `openssl x509 -in FILE -out root.pem`",
            ),
            Self::Certificate => f.write_str("a certificate in it is damaged; copy or export it anew"),
            Self::Crl => f.write_str("a revocation list in it is damaged; fetch it anew"),
            Self::Key(error) => write!(f, "the private key in it is {error}"),
            Self::Secret(Locked::Pfx) => f.write_str("it is a PFX file; `lsam cert import` takes those"),
            Self::Secret(Locked::Key) => {
                f.write_str("it holds a private key; this command is for files that others may have")
            }
            Self::Encryption(locked, name) => {
                write!(f, "the private key in it is encrypted in a way that is not known")?;
                if let Some(name) = name {
                    write!(f, " ({name})")?;
                }
                f.write_str(match locked {
                    Locked::Key => {
                        "; write it anew with `openssl pkcs8 -topk8 -v2 aes-256-cbc -in FILE -out agent.key` \
                         (older kinds need `-provider legacy -provider default` too)"
                    }
                    Locked::Pfx => REWRITE,
                })
            }
            Self::Costly(cost) => write!(
                f,
                "it is not opened, because making a key of the password would take too much time or memory: \
                 {cost}; write it anew with `openssl pkcs8 -topk8` or `openssl pkcs12 -export`"
            ),
            Self::Password(source @ PasswordSource::None) => write!(
                f,
                "it needs a password, and {source} does not open it; write the password to the first line of \
                 a file of the same name ending in .password, or to the environment variable \
                 {PASSWORD_VARIABLE}"
            ),
            Self::Password(source) => write!(f, "{source} does not open it"),
            Self::OtherPassword => {
                write!(f, "the password that opens the PFX file does not open the private key in it{REWRITE}")
            }
            Self::PasswordFile(path, reason) => {
                write!(f, "the password can't be read from {}: {reason}", path.display())
            }
            Self::NoMac => f.write_str(
                "it is a PFX file without a MAC, so that nobody can tell whether it was changed; export it \
                 anew with one",
            ),
            Self::Pfx(reason) => write!(f, "it can't be read as a PFX file: {reason}{REWRITE}"),
            Self::Pkcs7(reason) => write!(
                f,
                "it can't be read as PKCS#7: {reason}; write it anew with `openssl pkcs7 -print_certs -in \
                 FILE -out chain.pem` (-inform DER if it is not PEM)"
            ),
        }
    }
}

const REWRITE: &str =
    "; write it anew with `openssl pkcs12 -legacy -nodes -in FILE | openssl pkcs12 -export -out new.pfx`";

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoEnd(Some(label)) => write!(f, "the line -----END {label}----- is missing"),
            Self::NoEnd(None) => f.write_str("its END line is missing"),
            Self::NoBegin => f.write_str("an END line has no BEGIN line before it"),
            Self::OtherEnd => f.write_str("its BEGIN and END lines don't fit together"),
            Self::Mark => f.write_str("its BEGIN or END line has not five hyphens on both sides"),
            Self::NotBase64(Some(line)) => write!(f, "line {line} is not Base64; copy it anew"),
            Self::NotBase64(None) => f.write_str(
                "what stands between its BEGIN and END lines is not Base64, or not all of it; copy it anew",
            ),
        }
    }
}

impl std::error::Error for ItemError {}

impl From<io::Error> for ItemError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<KeyError> for ItemError {
    fn from(error: KeyError) -> Self {
        Self::Key(error)
    }
}

impl From<Damage> for ItemError {
    fn from(damage: Damage) -> Self {
        Self::Pem(damage)
    }
}
