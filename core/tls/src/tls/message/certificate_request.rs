//! CertificateRequest (RFC 5246 section 7.4.4).
//!
//! Its list of authorities may take up to 64 KiB, of which neither side holds more than a part: it is written
//! as a [`Streamed`] body, and read as it arrives.

use super::HEADER;
use super::certificate::{Streamed, length16};
use crate::crypto::{SignatureKind, SignatureScheme};
use crate::tls::codes::HandshakeType;
use crate::tls::supported::Supported;
use crate::wire::DecodeError;

/// ClientCertificateType (RFC 5246 section 7.4.4, RFC 8422 section 5.5): the kind of key that a client's
/// certificate has.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct CertificateType(pub(crate) u8);

impl CertificateType {
    const RSA_SIGN: Self = Self(1);
    const ECDSA_SIGN: Self = Self(64);
    /// The types in the profile.
    const ALL: [Self; 2] = [Self::ECDSA_SIGN, Self::RSA_SIGN];

    /// Its index among the types of the profile.
    pub(crate) fn index(self) -> Option<usize> {
        Self::ALL.iter().position(|known| *known == self)
    }

    /// The type of the certificates whose keys make signatures of this kind.
    pub(crate) const fn of(kind: SignatureKind) -> Self {
        match kind {
            SignatureKind::Ecdsa => Self::ECDSA_SIGN,
            SignatureKind::RsaPkcs1 | SignatureKind::RsaPss => Self::RSA_SIGN,
        }
    }
}

/// What a server requires of a client's certificate.
///
/// ```text
/// struct {
///     ClientCertificateType certificate_types<1..2^8-1>;
///     SignatureAndHashAlgorithm supported_signature_algorithms<2^16-1>;
///     DistinguishedName certificate_authorities<0..2^16-1>;
/// } CertificateRequest;
/// ```
pub(crate) struct CertificateRequestBody<'c> {
    pub(crate) schemes: Supported<'c, SignatureScheme>,
    /// DER Names of the trust anchors. With an empty list, any certificate is requested.
    pub(crate) authorities: &'c [&'c [u8]],
}

impl CertificateRequestBody<'_> {
    /// The types that the schemes need.
    pub(super) fn types(&self) -> impl Iterator<Item = CertificateType> {
        let needs = |kind: &CertificateType| {
            self.schemes.iter().any(|scheme| CertificateType::of(scheme.kind()) == *kind)
        };
        CertificateType::ALL.into_iter().filter(needs)
    }
}

impl Streamed for CertificateRequestBody<'_> {
    fn kind(&self) -> HandshakeType {
        HandshakeType::CERTIFICATE_REQUEST
    }

    fn parts(&self, sink: &mut dyn FnMut(&[u8])) {
        sink(&[self.types().fold(0, |n, _| n + 1)]);
        for kind in self.types() {
            sink(&[kind.0]);
        }
        sink(&length16(2 * self.schemes.iter().count()));
        for scheme in self.schemes.iter() {
            sink(&scheme.code().to_be_bytes());
        }
        sink(&length16(self.authorities.iter().map(|name| 2 + name.len()).sum()));
        for name in self.authorities {
            sink(&length16(name.len()));
            sink(name);
        }
    }
}

/// Reads the message as it arrives, header included, and reports its contents in the order of the fields.
pub(crate) struct CertificateRequestReader {
    field: Field,
    /// The number of unread bytes of the message, once its header has been read.
    left: usize,
}

/// What comes next; a number is its length in bytes.
#[derive(Clone, Copy)]
enum Field {
    Header,
    TypesLen,
    Types(usize),
    SchemesLen,
    Schemes(usize),
    AuthoritiesLen,
    NameLen,
    Name(usize),
}

/// What a server requests, one element at a time.
pub(crate) enum Asked<'a> {
    Type(CertificateType),
    /// Code point of a SignatureScheme.
    Scheme(u16),
    /// The DER Name of an authority begins, with this length in bytes.
    Name(usize),
    /// The next bytes of the name.
    NamePart(&'a [u8]),
}

impl CertificateRequestReader {
    pub(crate) const fn new() -> Self {
        Self { field: Field::Header, left: 0 }
    }

    /// Whether the message has been read to its end.
    pub(crate) const fn is_done(&self) -> bool {
        matches!(self.field, Field::NameLen) && self.left == 0
    }

    /// Continues with `bytes`, and returns how many of them it has read: all except an incomplete number, or
    /// bytes after the message.
    pub(crate) fn read<'a>(
        &mut self,
        bytes: &'a [u8],
        report: &mut dyn FnMut(Asked<'a>),
    ) -> Result<usize, DecodeError> {
        let mut rest = bytes;
        while !self.is_done()
            && let Some(n) = self.step(rest, report)?
        {
            rest = rest.get(n..).unwrap_or_default();
        }
        Ok(bytes.len() - rest.len())
    }

    /// Reads what comes next, or a part of it, and returns its length; `None` while more bytes are needed.
    fn step<'a>(
        &mut self,
        bytes: &'a [u8],
        report: &mut dyn FnMut(Asked<'a>),
    ) -> Result<Option<usize>, DecodeError> {
        // The part in `bytes` of a vector with `len` bytes left.
        let part = |len: usize| bytes.get(..len.min(bytes.len())).unwrap_or_default();
        let read = match self.field {
            Field::Header => {
                let Some(&[_, l0, l1, l2]) = bytes.first_chunk::<HEADER>() else { return Ok(None) };
                let len = u32::from_be_bytes([0, l0, l1, l2]);
                self.left = usize::try_from(len).map_err(|_| DecodeError::BadLength)?;
                self.field = Field::TypesLen;
                return Ok(Some(HEADER));
            }
            Field::TypesLen => {
                let Some([len]) = self.number(bytes)? else { return Ok(None) };
                self.field = Field::Types(self.vector(len.into(), 1)?);
                return Ok(Some(1));
            }
            Field::Types(len) => {
                let types = part(len);
                types.iter().for_each(|code| report(Asked::Type(CertificateType(*code))));
                self.field =
                    if types.len() == len { Field::SchemesLen } else { Field::Types(len - types.len()) };
                types.len()
            }
            Field::SchemesLen => {
                let Some(len) = self.number(bytes)? else { return Ok(None) };
                let len = self.vector(u16::from_be_bytes(len).into(), 2)?;
                if !len.is_multiple_of(2) {
                    return Err(DecodeError::BadLength);
                }
                self.field = Field::Schemes(len);
                return Ok(Some(2));
            }
            Field::Schemes(len) => {
                let codes = part(len).as_chunks::<2>().0;
                codes.iter().for_each(|code| report(Asked::Scheme(u16::from_be_bytes(*code))));
                let n = codes.as_flattened().len();
                self.field = if n == len { Field::AuthoritiesLen } else { Field::Schemes(len - n) };
                n
            }
            Field::AuthoritiesLen => {
                let Some(len) = self.number(bytes)? else { return Ok(None) };
                // The last vector: the message ends with it.
                if self.vector(u16::from_be_bytes(len).into(), 0)? < self.left {
                    return Err(DecodeError::TrailingBytes);
                }
                self.field = Field::NameLen;
                return Ok(Some(2));
            }
            Field::NameLen => {
                let Some(len) = self.number(bytes)? else { return Ok(None) };
                let len = self.vector(u16::from_be_bytes(len).into(), 1)?;
                report(Asked::Name(len));
                self.field = Field::Name(len);
                return Ok(Some(2));
            }
            Field::Name(len) => {
                let name = part(len);
                if !name.is_empty() {
                    report(Asked::NamePart(name));
                }
                self.field = if name.len() == len { Field::NameLen } else { Field::Name(len - name.len()) };
                name.len()
            }
        };
        self.left = self.left.saturating_sub(read);
        Ok((read > 0).then_some(read))
    }

    /// The bytes of a number, which are consumed; `None` while it is incomplete.
    fn number<const N: usize>(&mut self, bytes: &[u8]) -> Result<Option<[u8; N]>, DecodeError> {
        let left = self.left.checked_sub(N).ok_or(DecodeError::Truncated)?;
        let number = bytes.first_chunk().copied();
        if number.is_some() {
            self.left = left;
        }
        Ok(number)
    }

    /// The length of a vector, which must be at least `least` and fit in the message.
    const fn vector(&self, len: usize, least: usize) -> Result<usize, DecodeError> {
        if len < least {
            Err(DecodeError::BadLength)
        } else if len > self.left {
            Err(DecodeError::Truncated)
        } else {
            Ok(len)
        }
    }
}

#[cfg(test)]
mod tests;
