//! Certificate and CertificateVerify (RFC 5246 sections 7.4.2 and 7.4.8).
//!
//! A chain may be longer than the send buffer: it is written as a [`Streamed`] body, of which any part can be
//! copied out.

use super::{HEADER, Handshake};
use crate::tls::codes::HandshakeType;
use crate::tls::error::{Error, Structure};
use crate::wire::{DecodeError, Reader, copy_front};
use crate::x509::CertificateList;

/// A handshake message that is written in pieces.
pub(crate) trait Streamed {
    fn kind(&self) -> HandshakeType;

    /// Passes the body to `sink`, part by part in order.
    fn parts(&self, sink: &mut dyn FnMut(&[u8]));

    /// Length of the body in bytes.
    fn len(&self) -> usize {
        let mut len = 0;
        self.parts(&mut |part| len += part.len());
        len
    }

    /// Copies as much of the header and body as fits into `out`, starting at `offset`, and returns how much
    /// was copied.
    fn copy_from(&self, offset: usize, out: &mut [u8]) -> usize {
        let mut skip = offset;
        let mut copied = 0;
        let mut copy = |part: &[u8]| {
            let rest = part.get(skip..).unwrap_or_default();
            skip = skip.saturating_sub(part.len());
            copied += copy_front(out.get_mut(copied..).unwrap_or_default(), rest);
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

impl<'a> Handshake<'a> {
    /// The chain in a Certificate message.
    pub(crate) fn certificates(&self) -> Result<CertificateList<'a>, Error> {
        let list = self.decode(Reader::vec24)?;
        CertificateList::parse(list).map_err(|reason| Error::Decode(Structure::Handshake(self.kind), reason))
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

/// Lengths that no configuration reaches are capped at what the field can hold; the peer then rejects the
/// message.
fn length24(len: usize) -> [u8; 3] {
    let [_, l0, l1, l2] = u32::try_from(len).unwrap_or(u32::MAX).to_be_bytes();
    [l0, l1, l2]
}

pub(super) fn length16(len: usize) -> [u8; 2] {
    u16::try_from(len).unwrap_or(u16::MAX).to_be_bytes()
}
