//! Certificate, CertificateRequest and CertificateVerify (RFC 5246 sections 7.4.2, 7.4.4 and 7.4.8).
//!
//! Certificate and CertificateRequest may be longer than the send buffer: they are written as [`Streamed`] bodies, of
//! which any part can be copied out.

use super::{HEADER, HandshakeType, code_list};
use crate::crypto::SignatureScheme;
use crate::wire::{DecodeError, Reader};

/// ClientCertificateType (RFC 5246 section 7.4.4, RFC 8422 section 5.5).
const RSA_SIGN: u8 = 1;
const ECDSA_SIGN: u8 = 64;

/// A handshake message that is written in pieces.
pub(crate) trait Streamed {
    fn kind(&self) -> HandshakeType;

    /// Hands the body to `sink`, part after part in order.
    fn parts(&self, sink: &mut dyn FnMut(&[u8]));

    /// Length of the body in bytes.
    fn len(&self) -> usize {
        let mut len = 0;
        self.parts(&mut |part| len += part.len());
        len
    }

    /// Copies header and body from `offset` on into `out`, as much as there is and fits, and says how much that was.
    fn copy_from(&self, offset: usize, out: &mut [u8]) -> usize {
        let mut skip = offset;
        let mut copied = 0;
        let mut copy = |part: &[u8]| {
            let rest = part.get(skip..).unwrap_or_default();
            skip = skip.saturating_sub(part.len());
            let free = out.get_mut(copied..).unwrap_or_default();
            for (to, from) in free.iter_mut().zip(rest) {
                *to = *from;
            }
            copied += rest.len().min(free.len());
        };
        let [_, l0, l1, l2] = u32::try_from(self.len()).unwrap_or(u32::MAX).to_be_bytes();
        copy(&[self.kind().0, l0, l1, l2]);
        self.parts(&mut copy);
        copied
    }

    /// Length of header and body in bytes.
    fn total_len(&self) -> usize {
        HEADER + self.len()
    }
}

/// This side's chain, leaf first, each certificate in DER; a client without one sends an empty list.
pub(crate) struct CertificateBody<'c>(pub(crate) &'c [&'c [u8]]);

impl Streamed for CertificateBody<'_> {
    fn kind(&self) -> HandshakeType {
        HandshakeType::CERTIFICATE
    }

    fn parts(&self, sink: &mut dyn FnMut(&[u8])) {
        sink(&length24(self.0.iter().map(|certificate| 3 + certificate.len()).sum()));
        for certificate in self.0 {
            sink(&length24(certificate.len()));
            sink(certificate);
        }
    }
}

/// What a server asks of a client that is to present a certificate.
///
/// ```text
/// struct {
///     ClientCertificateType certificate_types<1..2^8-1>;
///     SignatureAndHashAlgorithm supported_signature_algorithms<2^16-1>;
///     DistinguishedName certificate_authorities<0..2^16-1>;
/// } CertificateRequest;
/// ```
pub(crate) struct CertificateRequestBody<'c> {
    pub(crate) schemes: &'c [SignatureScheme],
    /// DER Names of the trust anchors; an empty list asks for any certificate.
    pub(crate) authorities: &'c [&'c [u8]],
}

impl Streamed for CertificateRequestBody<'_> {
    fn kind(&self) -> HandshakeType {
        HandshakeType::CERTIFICATE_REQUEST
    }

    fn parts(&self, sink: &mut dyn FnMut(&[u8])) {
        sink(&[2, ECDSA_SIGN, RSA_SIGN]);
        sink(&length16(2 * self.schemes.len()));
        for scheme in self.schemes {
            sink(&scheme.code().to_be_bytes());
        }
        sink(&length16(self.authorities.iter().map(|name| 2 + name.len()).sum()));
        for name in self.authorities {
            sink(&length16(name.len()));
            sink(name);
        }
    }
}

/// A CertificateRequest as the client reads it.
pub(crate) struct CertificateRequest<'a> {
    /// Code points of SignatureScheme.
    pub(crate) schemes: &'a [u8],
}

impl<'a> CertificateRequest<'a> {
    pub(crate) fn parse(r: &mut Reader<'a>) -> Result<Self, DecodeError> {
        if r.vec8()?.is_empty() {
            return Err(DecodeError::BadLength);
        }
        let schemes = code_list(r.vec16()?)?;
        let mut authorities = Reader::new(r.vec16()?);
        while !authorities.is_empty() {
            if authorities.vec16()?.is_empty() {
                return Err(DecodeError::BadLength);
            }
        }
        Ok(Self { schemes })
    }
}

/// The proof that the client holds its certificate's key.
pub(crate) struct CertificateVerify<'a> {
    /// Code point of the SignatureScheme.
    pub(crate) scheme: u16,
    pub(crate) signature: &'a [u8],
}

impl<'a> CertificateVerify<'a> {
    pub(crate) fn parse(r: &mut Reader<'a>) -> Result<Self, DecodeError> {
        Ok(Self { scheme: r.u16()?, signature: r.vec16()? })
    }
}

/// Lengths that a configuration cannot reach are cut to what the field can say; the peer then refuses the message.
fn length24(len: usize) -> [u8; 3] {
    let [_, l0, l1, l2] = u32::try_from(len).unwrap_or(u32::MAX).to_be_bytes();
    [l0, l1, l2]
}

fn length16(len: usize) -> [u8; 2] {
    u16::try_from(len).unwrap_or(u16::MAX).to_be_bytes()
}
