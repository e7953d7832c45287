//! Decryption with a password: PBES2 (RFC 8018 section 6.2) and the schemes of PKCS#12 (RFC 7292 appendix C).
//!
//! The author of a file chooses the cost of key derivation, which could be hours of work and all memory. So
//! the parameters are read and bounded before any library sees them.

use cbc::cipher::{BlockCipherDecrypt, BlockModeDecrypt, KeyInit, KeyIvInit, block_padding::Pkcs7};
use des::{TdesEde2, TdesEde3};
use pkcs8::der::Decode;
use pkcs8::pkcs5::pbes2;
use pkcs12::kdf::{Pkcs12KeyType, derive_key};
use rc2::Rc2;
use sha1::Sha1;
use zeroize::Zeroizing;

use super::der::{Element, INTEGER, OCTET_STRING, OID, SEQUENCE};
use super::error::{Cost, ItemError, Locked};

/// Iterations of PBKDF2 and of the PKCS#12 function for one key: more than any recommendation (OWASP: 1.3
/// million with SHA-1, 600,000 with SHA-256), and about a second of work. Programs write 2,048 to a million.
const MAX_ITERATIONS: u64 = 1_500_000;
/// The total for all keys of a file; a PFX file usually has three.
const MAX_ITERATIONS_OF_FILE: u64 = 3_000_000;
/// Memory of scrypt, `128 * N * r` (RFC 7914 section 5), in bytes: OpenSSL writes 16 MiB, and opens 32 MiB.
const MAX_MEMORY: u64 = 64 << 20;
/// Work of scrypt, `N * r * p`: OpenSSL writes 131,072.
const MAX_WORK: u64 = 1 << 20;
/// The cost of one unit of that work, in iterations.
const ITERATIONS_OF_WORK: u64 = 2;

pub(super) const PBES2: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 5, 13];
pub(super) const PBKDF2: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 5, 12];
const SCRYPT: &[u8] = &[0x2b, 6, 1, 4, 1, 0xda, 0x47, 4, 11];
/// The schemes of PKCS#5 before PBES2 (RFC 8018 appendix A.3), and those of PKCS#12; the last number
/// identifies the scheme.
const PBES1: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 5];
const PKCS12_PBE: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 12, 1];

/// A password in the forms that the schemes need.
pub(super) struct Passphrase {
    utf8: Zeroizing<String>,
    /// For PKCS#12: UTF-16, big-endian, with two zero bytes at the end (RFC 7292 appendix B.1).
    utf16: Zeroizing<Vec<u8>>,
}

impl Passphrase {
    pub(super) fn new(password: &Zeroizing<String>) -> Self {
        let mut utf16 = Zeroizing::new(Vec::with_capacity(password.len() * 2 + 2));
        password.encode_utf16().for_each(|unit| utf16.extend_from_slice(&unit.to_be_bytes()));
        utf16.extend_from_slice(&[0, 0]);
        Self { utf8: password.clone(), utf16 }
    }

    /// No password at all, which differs from an empty one.
    pub(super) fn none() -> Self {
        Self { utf8: Zeroizing::default(), utf16: Zeroizing::default() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.utf8.is_empty()
    }

    pub(super) fn utf8(&self) -> &[u8] {
        self.utf8.as_bytes()
    }

    pub(super) fn utf16(&self) -> &[u8] {
        &self.utf16
    }
}

/// The iterations left for the keys of a file.
pub(super) struct Budget(u64);

impl Default for Budget {
    fn default() -> Self {
        Self(MAX_ITERATIONS_OF_FILE)
    }
}

impl Budget {
    /// Spends the iterations of one key.
    pub(super) fn take(&mut self, parameter: &'static str, iterations: u64) -> Result<u32, ItemError> {
        within(parameter, iterations, MAX_ITERATIONS)?;
        self.take_work(iterations)?;
        u32::try_from(iterations).map_err(|_| ItemError::Unknown)
    }

    fn take_work(&mut self, iterations: u64) -> Result<(), ItemError> {
        self.0 = self.0.checked_sub(iterations).ok_or(ItemError::Costly(Cost {
            parameter: "the number of iterations for all that is encrypted in the file",
            value: MAX_ITERATIONS_OF_FILE - self.0 + iterations,
            bound: MAX_ITERATIONS_OF_FILE,
        }))?;
        Ok(())
    }
}

fn within(parameter: &'static str, value: u64, bound: u64) -> Result<(), ItemError> {
    match value {
        1.. if value <= bound => Ok(()),
        _ => Err(ItemError::Costly(Cost { parameter, value, bound })),
    }
}

/// AlgorithmIdentifier ::= SEQUENCE { algorithm OBJECT IDENTIFIER, parameters ANY OPTIONAL }
/// (RFC 5280 section 4.1.1.2)
pub(super) struct Algorithm<'d> {
    pub(super) oid: &'d [u8],
    pub(super) parameters: Element<'d>,
}

impl<'d> Algorithm<'d> {
    /// `None` if it is malformed or has no parameters.
    pub(super) fn read(element: &Element<'d>) -> Option<Self> {
        let mut rest = element.content;
        let oid = Element::expect(&mut rest, OID).filter(|_| element.tag == SEQUENCE)?.content;
        Some(Self { oid, parameters: Element::take(&mut rest)? })
    }

    /// Reads and bounds the parameters of PBKDF2 (RFC 8018 appendix A.2).
    pub(super) fn pbkdf2(&self, budget: &mut Budget) -> Result<Iterated<'d>, ItemError> {
        self.iterated("the number of iterations of PBKDF2", budget)
    }

    /// Reads and bounds the parameters of a PKCS#12 scheme (RFC 7292 appendix C).
    fn pkcs12(&self, budget: &mut Budget) -> Result<Iterated<'d>, ItemError> {
        self.iterated("the number of iterations of PKCS#12", budget)
    }

    fn iterated(&self, parameter: &'static str, budget: &mut Budget) -> Result<Iterated<'d>, ItemError> {
        let mut rest = self.parameters.content;
        let (Some(salt), Some(iterations)) =
            (Element::expect(&mut rest, OCTET_STRING), Element::expect(&mut rest, INTEGER))
        else {
            return Err(UNKNOWN);
        };
        let iterations = budget.take(parameter, iterations.number().unwrap_or(u64::MAX))?;
        Ok(Iterated { salt: salt.content, iterations, rest })
    }

    /// Bounds the parameters of scrypt (RFC 7914 section 7.1).
    fn scrypt(&self, budget: &mut Budget) -> Result<(), ItemError> {
        let mut rest = self.parameters.content;
        Element::expect(&mut rest, OCTET_STRING).ok_or(UNKNOWN)?;
        let mut number =
            || Element::expect(&mut rest, INTEGER).and_then(|number| number.number()).ok_or(UNKNOWN);
        let (n, r, p) = (number()?, number()?, number()?);
        within("N of scrypt", n, MAX_WORK)?;
        within("r of scrypt", r, MAX_WORK)?;
        within("p of scrypt", p, MAX_WORK)?;
        if !n.is_power_of_two() || n == 1 {
            return Err(ItemError::Costly(Cost { parameter: "N of scrypt", value: n, bound: MAX_WORK }));
        }
        let memory = 128_u64.saturating_mul(n).saturating_mul(r);
        within("128 * N * r of scrypt, its memory in bytes,", memory, MAX_MEMORY)?;
        let work = n.saturating_mul(r).saturating_mul(p);
        within("N * r * p of scrypt", work, MAX_WORK)?;
        budget.take_work(work * ITERATIONS_OF_WORK)
    }
}

/// The input of an iterated key derivation, within the bounds.
pub(super) struct Iterated<'d> {
    pub(super) salt: &'d [u8],
    pub(super) iterations: u32,
    /// The elements that follow: for PBKDF2 the key length and the hash.
    pub(super) rest: &'d [u8],
}

const UNKNOWN: ItemError = ItemError::Encryption(Locked::Key, None);

/// Decrypts `data`, which was encrypted with the AlgorithmIdentifier `algorithm`.
///
/// # Errors
/// `Ok(None)` if the password is wrong, to the extent that this can be detected.
pub(super) fn decrypt(
    algorithm: &Element<'_>,
    data: &[u8],
    password: &Passphrase,
    budget: &mut Budget,
) -> Result<Option<Zeroizing<Vec<u8>>>, ItemError> {
    let algorithm = Algorithm::read(algorithm).ok_or(UNKNOWN)?;
    let mut buffer = Zeroizing::new(data.to_vec());
    let length = if algorithm.oid == PBES2 {
        let [derivation, _] =
            algorithm.parameters.children().as_deref().map_or(Err(UNKNOWN), |children| {
                <[Element<'_>; 2]>::try_from(children).map_err(|_| UNKNOWN)
            })?;
        let derivation = Algorithm::read(&derivation).ok_or(UNKNOWN)?;
        match derivation.oid {
            PBKDF2 => derivation.pbkdf2(budget).map(drop)?,
            SCRYPT => derivation.scrypt(budget)?,
            _ => return Err(UNKNOWN),
        }
        let parameters = pbes2::Parameters::from_der(algorithm.parameters.whole).map_err(|_| UNKNOWN)?;
        match parameters.decrypt_in_place(password.utf8(), &mut buffer) {
            Ok(plain) => Some(plain.len()),
            Err(pkcs8::pkcs5::Error::DecryptFailed) => None,
            Err(_) => return Err(UNKNOWN),
        }
    } else if let Some([scheme]) = algorithm.oid.strip_prefix(PKCS12_PBE) {
        let decrypt = match scheme {
            1 => return Err(ItemError::Encryption(Locked::Key, Some("RC4 with 128 bits"))),
            2 => return Err(ItemError::Encryption(Locked::Key, Some("RC4 with 40 bits"))),
            3 => cbc::<TdesEde3, 24>,
            4 => cbc::<TdesEde2, 16>,
            5 => cbc::<Rc2, 16>,
            6 => cbc::<Rc2, 5>,
            _ => return Err(UNKNOWN),
        };
        let Iterated { salt, iterations, .. } = algorithm.pkcs12(budget)?;
        decrypt(password, salt, iterations.cast_signed(), &mut buffer)
    } else {
        let name = match algorithm.oid.strip_prefix(PBES1) {
            Some([1 | 3 | 10]) => Some("PBE with DES"),
            Some([4 | 6 | 11]) => Some("PBE with RC2"),
            _ => None,
        };
        return Err(ItemError::Encryption(Locked::Key, name));
    };
    Ok(length.map(|length| {
        buffer.truncate(length);
        buffer
    }))
}

/// Decrypts in place with a key of `KEY` bytes (RFC 7292 appendix C), and returns the length of the
/// plaintext.
fn cbc<Cipher: KeyInit + BlockCipherDecrypt, const KEY: usize>(
    password: &Passphrase,
    salt: &[u8],
    iterations: i32,
    buffer: &mut [u8],
) -> Option<usize> {
    const BLOCK: usize = 8;
    let derive = |purpose, length| {
        Zeroizing::new(derive_key::<Sha1>(password.utf16(), salt, purpose, iterations, length))
    };
    let key = derive(Pkcs12KeyType::EncryptionKey, KEY);
    let iv = derive(Pkcs12KeyType::Iv, BLOCK);
    let decryptor = cbc::Decryptor::<Cipher>::new_from_slices(&key, &iv).ok()?;
    decryptor.decrypt_padded::<Pkcs7>(buffer).ok().map(<[u8]>::len)
}

#[cfg(test)]
mod tests;
