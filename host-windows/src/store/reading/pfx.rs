//! The contents of a PFX file (RFC 7292), once its MAC has proved that the password is right and the file
//! unchanged.
//!
//! ```text
//! PFX ::= SEQUENCE { version INTEGER {v3(3)}, authSafe ContentInfo, macData MacData OPTIONAL }
//! MacData ::= SEQUENCE { mac DigestInfo, macSalt OCTET STRING, iterations INTEGER DEFAULT 1 }
//! AuthenticatedSafe ::= SEQUENCE OF ContentInfo -- Data or EncryptedData
//! SafeContents ::= SEQUENCE OF SafeBag
//! SafeBag ::= SEQUENCE { bagId OBJECT IDENTIFIER, bagValue [0] EXPLICIT ANY, bagAttributes SET OPTIONAL }
//! ```

use std::num::NonZeroU32;

use aws_lc_rs::{hmac, pbkdf2};
use pkcs12::kdf::{Pkcs12KeyType, derive_key};
use sha1::Sha1;
use sha2::{Sha224, Sha256, Sha384, Sha512};
use zeroize::Zeroizing;

use super::der::{self, CONTEXT_0, Element, INTEGER, OCTET_STRING, OID, SEQUENCE};
use super::encrypted::{Algorithm, Budget, PBKDF2, Passphrase, decrypt};
use super::error::{ItemError, Locked};

const DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1];
const ENCRYPTED_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 6];
const BAGS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 12, 10, 1];
/// Nested safes: no known program writes any, so two levels are enough.
const MAX_DEPTH: usize = 2;

/// The contents of a bag, in DER.
pub(super) enum Bag {
    /// A certificate or a revocation list.
    Public(Vec<u8>),
    /// A private key in PKCS#8.
    Key(Zeroizing<Vec<u8>>),
}

/// The bags of the PFX file `element`, in order; an error in place of each bag that can't be used.
pub(super) fn bags(
    element: &Element<'_>,
    password: &Passphrase,
    budget: &mut Budget,
) -> Result<Vec<Result<Bag, ItemError>>, Refused> {
    let mut rest = element.content;
    let version = Element::expect(&mut rest, INTEGER).and_then(|version| version.number());
    if version != Some(3) {
        return Err(Refused::Error(ItemError::Pfx("it has another version than 3")));
    }
    let safe = Element::expect(&mut rest, SEQUENCE).ok_or(MALFORMED)?;
    let content = data(&safe).ok_or(ItemError::Pfx("it is signed, or damaged"))?;
    let mac = Element::take(&mut rest).ok_or(ItemError::NoMac)?;
    let mut opened = verify(&mac, content, password, budget)?;
    let none = Passphrase::none();
    let mut password = password;
    if !opened && password.is_empty() {
        // Some programs use no password instead of the empty one.
        opened = verify(&mac, content, &none, budget)?;
        password = &none;
    }
    if !opened {
        return Err(Refused::Password);
    }
    let mut reading = Reading { password, budget, bags: Vec::new() };
    let safes = der::from_ber(content).ok_or(MALFORMED)?.0;
    let safes = Element::only(&safes).and_then(|safes| safes.children()).ok_or(MALFORMED)?;
    for safe in safes {
        if let Err(error) = reading.safe(&safe) {
            reading.bags.push(Err(error));
        }
    }
    Ok(reading.bags)
}

/// Why an entire PFX file is rejected.
pub(super) enum Refused {
    /// The password is wrong.
    Password,
    /// Another reason.
    Error(ItemError),
}

impl From<ItemError> for Refused {
    fn from(error: ItemError) -> Self {
        Self::Error(error)
    }
}

const MALFORMED: ItemError = ItemError::Pfx("it is damaged");

/// The content of a ContentInfo of type Data.
fn data<'d>(info: &Element<'d>) -> Option<&'d [u8]> {
    let mut rest = info.content;
    Element::expect(&mut rest, OID).filter(|kind| kind.content == DATA)?;
    let content = Element::expect(&mut rest, CONTEXT_0)?;
    Element::expect(&mut &*content.content, OCTET_STRING).map(|octets| octets.content)
}

/// Whether the MAC of `content` is valid, which requires the right password.
fn verify(
    mac: &Element<'_>,
    content: &[u8],
    password: &Passphrase,
    budget: &mut Budget,
) -> Result<bool, ItemError> {
    let mut rest = mac.content;
    let digest_info = Element::expect(&mut rest, SEQUENCE).ok_or(MALFORMED)?;
    let salt = Element::expect(&mut rest, OCTET_STRING).ok_or(MALFORMED)?.content;
    let mut info = digest_info.content;
    let algorithm = Element::expect(&mut info, SEQUENCE).ok_or(MALFORMED)?;
    let expected = Element::expect(&mut info, OCTET_STRING).ok_or(MALFORMED)?.content;
    let oid = Element::expect(&mut &*algorithm.content, OID).ok_or(MALFORMED)?.content;
    let key = if oid == PBMAC1 {
        pbmac1(&algorithm, password, budget)?
    } else {
        let iterations = match Element::expect(&mut rest, INTEGER) {
            Some(iterations) => iterations.number().unwrap_or(u64::MAX),
            None => 1,
        };
        let iterations = budget.take("the number of iterations of the MAC", iterations)?.cast_signed();
        let (derive, algorithm): (Derive, _) = match oid {
            SHA1 => (derive_key::<Sha1>, hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY),
            SHA224 => (derive_key::<Sha224>, hmac::HMAC_SHA224),
            SHA256 => (derive_key::<Sha256>, hmac::HMAC_SHA256),
            SHA384 => (derive_key::<Sha384>, hmac::HMAC_SHA384),
            SHA512 => (derive_key::<Sha512>, hmac::HMAC_SHA512),
            _ => return Err(ItemError::Pfx("its MAC is of a kind that is not known")),
        };
        let length = algorithm.digest_algorithm().output_len();
        let key = derive(password.utf16(), salt, Pkcs12KeyType::Mac, iterations, length);
        hmac::Key::new(algorithm, &Zeroizing::new(key))
    };
    Ok(hmac::verify(&key, content, expected).is_ok())
}

type Derive = fn(&[u8], &[u8], Pkcs12KeyType, i32, usize) -> Vec<u8>;

/// The key of PBMAC1, with which newer programs protect PFX files (RFC 9579 section 5).
/// PBMAC1-params ::= SEQUENCE { keyDerivationFunc AlgorithmIdentifier, messageAuthScheme AlgorithmIdentifier
/// }
fn pbmac1(
    algorithm: &Element<'_>,
    password: &Passphrase,
    budget: &mut Budget,
) -> Result<hmac::Key, ItemError> {
    const UNKNOWN: ItemError = ItemError::Pfx("its MAC is of a kind that is not known");
    let parameters = Algorithm::read(algorithm).ok_or(UNKNOWN)?.parameters;
    let mut rest = parameters.content;
    let derivation = Element::take(&mut rest).and_then(|kdf| Algorithm::read(&kdf)).ok_or(UNKNOWN)?;
    let scheme = Element::take(&mut rest).ok_or(UNKNOWN)?;
    let scheme = Element::expect(&mut &*scheme.content, OID).ok_or(UNKNOWN)?.content;
    if derivation.oid != PBKDF2 {
        return Err(UNKNOWN);
    }
    let function = derivation.pbkdf2(budget)?;
    let mut rest = function.rest;
    // The length is mandatory here (RFC 9579 section 3), and no hash is longer.
    let length = Element::expect(&mut rest, INTEGER).and_then(|length| length.number()).ok_or(UNKNOWN)?;
    let length = usize::try_from(length).ok().filter(|length| (1..=64).contains(length)).ok_or(UNKNOWN)?;
    let prf = match Element::take(&mut rest) {
        Some(prf) => Element::expect(&mut &*prf.content, OID).ok_or(UNKNOWN)?.content,
        None => HMAC_SHA1,
    };
    let prf = match prf {
        HMAC_SHA1 => pbkdf2::PBKDF2_HMAC_SHA1,
        HMAC_SHA256 => pbkdf2::PBKDF2_HMAC_SHA256,
        HMAC_SHA384 => pbkdf2::PBKDF2_HMAC_SHA384,
        HMAC_SHA512 => pbkdf2::PBKDF2_HMAC_SHA512,
        _ => return Err(UNKNOWN),
    };
    let scheme = match scheme {
        HMAC_SHA1 => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
        HMAC_SHA224 => hmac::HMAC_SHA224,
        HMAC_SHA256 => hmac::HMAC_SHA256,
        HMAC_SHA384 => hmac::HMAC_SHA384,
        HMAC_SHA512 => hmac::HMAC_SHA512,
        _ => return Err(UNKNOWN),
    };
    let iterations = NonZeroU32::new(function.iterations).ok_or(UNKNOWN)?;
    let mut key = Zeroizing::new(vec![0; length]);
    pbkdf2::derive(prf, iterations, function.salt, password.utf8(), &mut key);
    Ok(hmac::Key::new(scheme, &key))
}

const PBMAC1: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 5, 14];
const SHA1: &[u8] = &[0x2b, 14, 3, 2, 26];
const SHA256: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1];
const SHA384: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 2];
const SHA512: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 3];
const SHA224: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 4];
const HMAC_SHA1: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 2, 7];
const HMAC_SHA224: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 2, 8];
const HMAC_SHA256: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 2, 9];
const HMAC_SHA384: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 2, 10];
const HMAC_SHA512: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 2, 11];

struct Reading<'p> {
    password: &'p Passphrase,
    budget: &'p mut Budget,
    bags: Vec<Result<Bag, ItemError>>,
}

impl Reading<'_> {
    /// Reads a ContentInfo of the AuthenticatedSafe.
    fn safe(&mut self, info: &Element<'_>) -> Result<(), ItemError> {
        if let Some(content) = data(info) {
            return self.contents(content, MAX_DEPTH);
        }
        // EncryptedData ::= SEQUENCE { version INTEGER, SEQUENCE { contentType OBJECT IDENTIFIER,
        // AlgorithmIdentifier, encryptedContent [0] IMPLICIT OCTET STRING } } (RFC 5652 section 8)
        let mut rest = info.content;
        let kind = Element::expect(&mut rest, OID).ok_or(MALFORMED)?;
        if kind.content != ENCRYPTED_DATA {
            return Err(ItemError::Pfx("a part of it is encrypted with another certificate"));
        }
        let mut encrypted = || {
            let encrypted = Element::expect(&mut rest, CONTEXT_0)?;
            let encrypted = Element::expect(&mut &*encrypted.content, SEQUENCE)?;
            let mut rest = encrypted.content;
            Element::expect(&mut rest, INTEGER)?;
            let mut rest = Element::expect(&mut rest, SEQUENCE)?.content;
            Element::expect(&mut rest, OID)?;
            Some((Element::take(&mut rest)?, Element::take(&mut rest)?))
        };
        let (algorithm, content) = encrypted().ok_or(MALFORMED)?;
        let content = match content.tag {
            // In BER, an implicit OCTET STRING may also be in pieces; its tag does not show that.
            CONTEXT_0 => {
                let pieces = content.children().ok_or(MALFORMED)?;
                pieces.iter().flat_map(|piece| piece.content).copied().collect()
            }
            _ => content.content.to_vec(),
        };
        let contents = decrypt(&algorithm, &content, self.password, self.budget).map_err(in_pfx)?;
        self.contents(&contents.ok_or(ItemError::OtherPassword)?, MAX_DEPTH)
    }

    /// Reads SafeContents.
    fn contents(&mut self, contents: &[u8], depth: usize) -> Result<(), ItemError> {
        let contents = der::from_ber(contents).ok_or(MALFORMED)?.0;
        let bags = Element::only(&contents).and_then(|contents| contents.children()).ok_or(MALFORMED)?;
        for bag in bags {
            if let Err(error) = self.bag(&bag, depth) {
                self.bags.push(Err(error));
            }
        }
        Ok(())
    }

    /// Reads a SafeBag (RFC 7292 section 4.2).
    fn bag(&mut self, bag: &Element<'_>, depth: usize) -> Result<(), ItemError> {
        let mut rest = bag.content;
        let kind = Element::expect(&mut rest, OID).ok_or(MALFORMED)?;
        let value = Element::expect(&mut rest, CONTEXT_0).and_then(|value| Element::only(value.content));
        let value = value.ok_or(MALFORMED)?;
        match kind.content.strip_prefix(BAGS) {
            // KeyBag ::= PrivateKeyInfo
            Some([1]) => self.bags.push(Ok(Bag::Key(Zeroizing::new(value.whole.to_vec())))),
            // PKCS8ShroudedKeyBag ::= EncryptedPrivateKeyInfo
            Some([2]) => {
                let mut rest = value.content;
                let (algorithm, data) = (Element::take(&mut rest), Element::expect(&mut rest, OCTET_STRING));
                let (algorithm, data) = algorithm.zip(data).ok_or(MALFORMED)?;
                let key = decrypt(&algorithm, data.content, self.password, self.budget).map_err(in_pfx)?;
                let key = key.and_then(|key| Some(der::from_ber(&key)?.0)).ok_or(ItemError::OtherPassword)?;
                self.bags.push(Ok(Bag::Key(key)));
            }
            // CertBag, CRLBag ::= SEQUENCE { OBJECT IDENTIFIER, [0] EXPLICIT OCTET STRING }
            Some([3 | 4]) => {
                let mut rest = value.content;
                Element::expect(&mut rest, OID).ok_or(MALFORMED)?;
                let octets = Element::expect(&mut rest, CONTEXT_0)
                    .and_then(|value| Element::expect(&mut &*value.content, OCTET_STRING));
                let octets = octets.ok_or(ItemError::Pfx("a certificate in it is not X.509"))?;
                self.bags.push(Ok(Bag::Public(octets.content.to_vec())));
            }
            // SafeContentsBag
            Some([6]) if depth > 0 => self.contents(value.whole, depth - 1)?,
            _ => {
                return Err(ItemError::Pfx("a part of it is no certificate, private key or revocation list"));
            }
        }
        Ok(())
    }
}

/// Makes an encryption error suggest the cure for a PFX file.
fn in_pfx(error: ItemError) -> ItemError {
    match error {
        ItemError::Encryption(_, name) => ItemError::Encryption(Locked::Pfx, name),
        error => error,
    }
}

#[cfg(test)]
mod tests;
