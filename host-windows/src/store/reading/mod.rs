//! The only reader of files with certificates, private keys and revocation lists: PEM, DER, PFX and PKCS#7,
//! recognised by their content, never by their name.
//!
//! ```text
//! bytes ── text (marks, UTF-16, Base64) ── pem (sections) ──┐
//!   └──────────────────── der (elements; BER becomes DER) ──┴─ kind ─┬─ certificate, list, key
//!                                                                    ├─ encrypted ─ key
//!                                                                    ├─ pfx ─ bags
//!                                                                    └─ pkcs7
//! ```
//! A part that can't be used affects nothing else, and is listed with its place, the cause and the cure.
//! Bytes that may become a private key are kept in buffers that are allocated once, at full size, and wiped.

mod der;
mod encrypted;
mod error;
mod kind;
mod pem;
mod pfx;
mod pkcs7;
#[cfg(test)]
mod tests;
mod text;

use std::fmt;
use std::path::Path;

use lsam_core::x509::RevocationList;
use zeroize::Zeroizing;

use self::der::Element;
use self::encrypted::{Budget, Passphrase, decrypt};
use self::kind::Kind;
use self::pem::Label;
use self::pfx::{Bag, Refused};
use super::Certificate;
use crate::files;
use crate::key::FileKey;

pub use error::{Cost, Damage, ItemError, Locked, PASSWORD_VARIABLE, PasswordSource};
pub use kind::Foreign;
pub(crate) use text::first_line;

/// Size limits of files, in bytes. A certificate with its key and chain has a few thousand bytes. The lists
/// of large certification authorities have several million; core does not read longer ones.
pub(crate) const MAX_FILE: usize = 1 << 20;
const MAX_CRL: usize = 16 << 20;

/// The contents of a file.
#[derive(Default)]
pub struct Contents {
    /// What can be used.
    pub items: Vec<Item>,
    /// What can't be used, in the order of the file.
    pub left: Vec<Left>,
    /// Its form.
    pub(crate) form: Form,
}

/// An item in a file.
pub enum Item {
    /// A certificate.
    Certificate(Certificate),
    /// A private key.
    Key(FileKey),
    /// A certificate revocation list in DER, of which only the structure was checked.
    Crl(Vec<u8>),
}

/// A part of a file that can't be used.
#[derive(Debug)]
pub struct Left {
    /// Where it is.
    pub place: Place,
    /// Why it can't be used.
    pub error: ItemError,
}

/// The place of something in a file; by default the whole file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The line where a PEM section begins, and the number of the section, both counted from 1.
    pub section: Option<(usize, usize)>,
    /// The number of the entry in PKCS#7, PFX or DER, counted from 1.
    pub entry: Option<usize>,
}

/// The form of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Form {
    /// PEM.
    Pem,
    /// A PFX file.
    Pfx,
    /// Something else.
    #[default]
    Other,
}

/// A password, and where it came from.
#[derive(Clone)]
pub struct Password {
    /// The password.
    pub text: Zeroizing<String>,
    /// Where it came from.
    pub source: PasswordSource,
}

impl fmt::Display for Left {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Place { section, entry } = self.place;
        if let Some((line, number)) = section {
            write!(f, "section {number}, which begins in line {line}: ")?;
        }
        if let Some(number) = entry {
            write!(f, "number {number} in it: ")?;
        }
        write!(f, "{}", self.error)
    }
}

impl Contents {
    /// The certificate whose private key is also in the file.
    pub fn own(&self) -> Option<&Certificate> {
        let is_key_of = |item: &Item, own: &Certificate| matches!(item, Item::Key(key) if own.is_of(key));
        self.items.iter().find_map(|item| match item {
            Item::Certificate(own) if self.items.iter().any(|item| is_key_of(item, own)) => Some(own),
            _ => None,
        })
    }
}

/// Reads the file at `path`. PFX files and encrypted private keys are opened with `password`, which is only
/// called for those.
pub fn read_items(path: &Path, password: impl Fn(Locked) -> Result<Password, ItemError>) -> Contents {
    match files::read(path, MAX_CRL) {
        Ok(content) => read_bytes(&content, password),
        Err(error) => {
            let left = vec![Left { place: Place::default(), error: error.into() }];
            Contents { left, ..Contents::default() }
        }
    }
}

/// The same for a file's content.
pub(crate) fn read_bytes(
    content: &[u8],
    password: impl Fn(Locked) -> Result<Password, ItemError>,
) -> Contents {
    let mut reading = Reading {
        contents: Contents::default(),
        password: &password,
        budget: Budget::default(),
        place: Place::default(),
    };
    reading.file(content);
    let mut contents = reading.contents;
    let is_list = |item: &Item| matches!(item, Item::Crl(_));
    if content.len() > MAX_FILE && (contents.items.is_empty() || !contents.items.iter().all(is_list)) {
        contents.items.clear();
        contents.left = vec![Left { place: Place::default(), error: ItemError::TooLong(MAX_FILE) }];
    }
    contents
}

/// The PFX file in `content`, which may be Base64, for programs that read no other form.
#[cfg(windows)]
pub(crate) fn pfx(content: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    if is_der(content) {
        return Some(Zeroizing::new(content.to_vec()));
    }
    let text = text::text(content);
    text::from_base64(text.as_ref()).ok().filter(|decoded| is_der(decoded))
}

/// Whether the name of `path` ends in one of `extensions`, ignoring case.
pub(crate) fn has_extension(path: &Path, extensions: &[&str]) -> bool {
    let extension = path.extension().unwrap_or_default();
    extensions.iter().any(|known| extension.eq_ignore_ascii_case(known))
}

/// A file that is being read.
struct Reading<'p> {
    contents: Contents,
    password: &'p dyn Fn(Locked) -> Result<Password, ItemError>,
    budget: Budget,
    place: Place,
}

impl Reading<'_> {
    fn leave(&mut self, error: ItemError) {
        self.contents.left.push(Left { place: self.place, error });
    }

    fn file(&mut self, content: &[u8]) {
        let text = text::text(content);
        if der::is_blank(text.as_ref()) {
            return self.leave(ItemError::Empty);
        }
        if let Some(foreign) = kind::foreign(content, &text) {
            return self.leave(ItemError::Foreign(foreign));
        }
        if is_der(content) {
            return self.elements(content, ItemError::Unknown);
        }
        if pem::has_marks(text.as_ref()) {
            self.contents.form = Form::Pem;
            return self.pem(text.as_ref());
        }
        match text::from_base64(text.as_ref()) {
            Ok(decoded) if is_der(&decoded) => {
                self.elements(&decoded, ItemError::Unknown);
                self.contents.form = Form::Other;
            }
            _ => match der::missing(content).filter(|_| content.first() == Some(&der::SEQUENCE)) {
                Some(missing) => self.leave(ItemError::Cut(missing)),
                None => self.leave(ItemError::Unknown),
            },
        }
    }

    fn pem(&mut self, text: &[u8]) {
        for (number, section) in (1..).zip(pem::sections(text)) {
            let (Ok(pem::Section { line, .. }) | Err((line, _))) = &section;
            self.place = Place { section: Some((*line, number)), entry: None };
            match section {
                Ok(section) => self.section(&section),
                Err((_, damage)) => self.leave(damage.into()),
            }
        }
        self.place = Place::default();
        if self.contents.items.is_empty() && self.contents.left.is_empty() {
            self.leave(ItemError::Unknown);
        }
    }

    fn section(&mut self, section: &pem::Section<'_>) {
        let malformed = match section.label {
            Label::Parameters => return,
            Label::OpenSshKey => return self.leave(ItemError::Foreign(kind::OPENSSH)),
            Label::Request => return self.leave(ItemError::Foreign(kind::REQUEST)),
            Label::PublicKey => return self.leave(ItemError::Foreign(kind::PUBLIC_KEY)),
            Label::Other => return self.leave(ItemError::Label),
            Label::Certificate | Label::TrustedCertificate => ItemError::Certificate,
            Label::RevocationList => ItemError::Crl,
            Label::PrivateKey => ItemError::Key(crate::key::KeyError::Unusable),
            Label::Pkcs7 => ItemError::Pkcs7("it is damaged"),
            Label::Pfx => ItemError::Pfx("it is damaged"),
        };
        match section.decode() {
            Ok(decoded) if section.label == Label::TrustedCertificate => self.trusted(&decoded, malformed),
            Ok(decoded) => self.elements(&decoded, malformed),
            Err(error) => self.leave(error),
        }
    }

    /// Reads a certificate after which OpenSSL recorded the uses for which it is trusted or rejected
    /// (`X509_CERT_AUX`): SEQUENCE { trust SEQUENCE OF OBJECT IDENTIFIER OPTIONAL, reject [0] SEQUENCE OF …
    /// OPTIONAL, … }
    fn trusted(&mut self, decoded: &[u8], malformed: ItemError) {
        let mut rest = decoded;
        let Some(certificate) = Element::take(&mut rest) else { return self.leave(malformed) };
        let notes = Element::only(rest).and_then(|notes| notes.children()).unwrap_or_default();
        let is_for_tls = |uses: &Element<'_>| {
            uses.children().is_some_and(|uses| uses.iter().any(|one| TLS_USES.contains(&one.content)))
        };
        let is_rejected = notes.iter().any(|note| note.tag == der::CONTEXT_0);
        let is_restricted = notes.iter().any(|note| note.tag == der::SEQUENCE && !is_for_tls(note));
        if !rest.is_empty()
            && (notes.is_empty() && rest != [der::SEQUENCE, 0] || is_rejected || is_restricted)
        {
            return self.leave(ItemError::Distrusted);
        }
        self.element(&certificate, malformed);
    }

    /// Reads the elements in `bytes`; `malformed` is the error if the first one is not well-formed.
    fn elements(&mut self, bytes: &[u8], malformed: ItemError) {
        let mut malformed = Some(malformed);
        let mut rest = bytes;
        let outer = self.place;
        for number in 1.. {
            if number > 1 {
                self.place.entry = Some(number);
            }
            let before = rest;
            let error = malformed.take().unwrap_or(ItemError::Behind(before.len()));
            if let Some(element) = Element::take(&mut rest) {
                self.element(&element, error);
            } else if let Some((element, used)) = der::from_ber(rest) {
                rest = rest.get(used..).unwrap_or_default();
                match Element::only(&element) {
                    Some(element) => self.element(&element, error),
                    None => self.leave(error),
                }
            } else {
                match der::missing(rest) {
                    Some(missing) if number == 1 => self.leave(ItemError::Cut(missing)),
                    _ => self.leave(error),
                }
                break;
            }
            if der::is_blank(rest) {
                break;
            }
            if rest.first() != Some(&der::SEQUENCE) {
                self.place = outer;
                self.leave(ItemError::Behind(rest.len()));
                break;
            }
        }
        self.place = outer;
    }

    fn element(&mut self, element: &Element<'_>, malformed: ItemError) {
        match Kind::of(element) {
            Kind::Certificate => match Certificate::from_der(element.whole) {
                Ok(certificate) => self.contents.items.push(Item::Certificate(certificate)),
                Err(_) => self.leave(ItemError::Certificate),
            },
            Kind::RevocationList => match RevocationList::parse(element.whole) {
                Ok(_) => self.contents.items.push(Item::Crl(element.whole.to_vec())),
                Err(_) => self.leave(ItemError::Crl),
            },
            Kind::Key => self.key(element.whole),
            Kind::EncryptedKey => self.encrypted_key(element),
            Kind::Pfx => self.pfx(element),
            Kind::Pkcs7 => self.pkcs7(element),
            Kind::Request => self.leave(ItemError::Foreign(kind::REQUEST)),
            Kind::PublicKey => self.leave(ItemError::Foreign(kind::PUBLIC_KEY)),
            Kind::Other => self.leave(malformed),
        }
    }

    fn key(&mut self, der: &[u8]) {
        match FileKey::from_der(der) {
            Ok(key) => self.contents.items.push(Item::Key(key)),
            Err(error) => self.leave(error.into()),
        }
    }

    fn encrypted_key(&mut self, element: &Element<'_>) {
        let mut rest = element.content;
        let (Some(algorithm), Some(data)) = (Element::take(&mut rest), Element::take(&mut rest)) else {
            return self.leave(ItemError::Encryption(Locked::Key, None));
        };
        let password = match (self.password)(Locked::Key) {
            Ok(password) => password,
            Err(error) => return self.leave(error),
        };
        match decrypt(&algorithm, data.content, &Passphrase::new(&password.text), &mut self.budget) {
            // A wrong password shows in the padding or in the plaintext.
            Ok(Some(plain)) if Element::only(&plain).is_some_and(|plain| Kind::of(&plain) == Kind::Key) => {
                self.key(&plain);
            }
            Ok(_) => self.leave(ItemError::Password(password.source)),
            Err(error) => self.leave(error),
        }
    }

    fn pfx(&mut self, element: &Element<'_>) {
        if self.place.section.is_none() {
            self.contents.form = Form::Pfx;
        }
        let password = match (self.password)(Locked::Pfx) {
            Ok(password) => password,
            Err(error) => return self.leave(error),
        };
        let Some((der, _)) = der::from_ber(element.whole) else {
            return self.leave(ItemError::Pfx("it is damaged"));
        };
        let Some(element) = Element::only(&der) else { return self.leave(ItemError::Pfx("it is damaged")) };
        let bags = match pfx::bags(&element, &Passphrase::new(&password.text), &mut self.budget) {
            Ok(bags) => bags,
            Err(Refused::Password) => return self.leave(ItemError::Password(password.source)),
            Err(Refused::Error(error)) => return self.leave(error),
        };
        let outer = self.place;
        for (number, bag) in (1..).zip(bags) {
            self.place.entry = Some(number);
            match bag {
                Ok(Bag::Key(key)) => self.key(&key),
                Ok(Bag::Public(der)) => match Element::only(&der) {
                    Some(element) => self.element_of_chain(&element),
                    None => self.leave(ItemError::Certificate),
                },
                Err(error) => self.leave(error),
            }
        }
        self.place = outer;
    }

    fn pkcs7(&mut self, element: &Element<'_>) {
        const DAMAGED: ItemError = ItemError::Pkcs7("it is damaged");
        let Some((der, _)) = der::from_ber(element.whole) else { return self.leave(DAMAGED) };
        let Some(element) = Element::only(&der) else { return self.leave(DAMAGED) };
        let outer = self.place;
        match pkcs7::certificates_and_lists(&element) {
            Ok(elements) => {
                for (number, element) in (1..).zip(elements) {
                    self.place.entry = Some(number);
                    self.element_of_chain(&element);
                }
            }
            Err(error) => self.leave(error),
        }
        self.place = outer;
    }

    /// Reads an element that must be a certificate or a revocation list; nothing else is expected there.
    fn element_of_chain(&mut self, element: &Element<'_>) {
        match Kind::of(element) {
            Kind::Certificate | Kind::RevocationList => self.element(element, ItemError::Certificate),
            _ => self.leave(ItemError::Certificate),
        }
    }
}

/// serverAuth, clientAuth (RFC 5280 section 4.2.1.12) and anyExtendedKeyUsage.
const TLS_USES: [&[u8]; 3] =
    [&[0x2b, 6, 1, 5, 5, 7, 3, 1], &[0x2b, 6, 1, 5, 5, 7, 3, 2], &[0x55, 0x1d, 0x25, 0]];

/// Whether `content` begins with a complete SEQUENCE, in DER or BER.
fn is_der(content: &[u8]) -> bool {
    content.first() == Some(&der::SEQUENCE)
        && (Element::take(&mut &*content).is_some_and(|element| element.children().is_some())
            || der::from_ber(content).is_some())
}
