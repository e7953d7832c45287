//! ServerHello (RFC 5246 section 7.4.1.3).

use super::RANDOM;
use super::client_hello::extension;
use super::extension::{ExtensionList, ExtensionType, decode};
use crate::tls::error::{Error, Incompatible, Misbehaved};
use crate::tls::record::VERSION;
use crate::tls::suite::CipherSuite;
use crate::wire::{BufferFull, DecodeError, Reader, Writer};

/// A server's choice.
///
/// ```text
/// struct {
///     ProtocolVersion server_version;
///     Random random;
///     SessionID session_id;
///     CipherSuite cipher_suite;
///     CompressionMethod compression_method;
///     Extension extensions<0..2^16-1>;                        // may be absent as a whole
/// } ServerHello;
/// ```
pub(crate) struct ServerHello<'a> {
    pub(crate) version: u16,
    pub(crate) random: &'a [u8; RANDOM],
    pub(crate) cipher_suite: u16,
    pub(crate) compression_method: u8,
    extensions: ExtensionList<'a>,
}

/// What the extensions of a ServerHello say to the engine.
#[derive(Default)]
pub(crate) struct ServerExtensions {
    pub(crate) extended_master_secret: bool,
    /// The server knows secure renegotiation.
    pub(crate) renegotiation_info: bool,
}

impl<'a> ServerHello<'a> {
    pub(crate) fn parse(r: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let version = r.u16()?;
        let random = r.bytes(RANDOM)?.first_chunk().ok_or(DecodeError::Truncated)?;
        if r.vec8()?.len() > 32 {
            return Err(DecodeError::BadLength);
        }
        Ok(Self {
            version,
            random,
            cipher_suite: r.u16()?,
            compression_method: r.u8()?,
            extensions: ExtensionList::parse(r)?,
        })
    }

    /// Reads the extensions; each must answer one that [`super::ClientHelloBody`] offers.
    pub(crate) fn extensions(&self, server_name_sent: bool) -> Result<ServerExtensions, Error> {
        self.extensions.check_unique()?;
        let mut known = ServerExtensions::default();
        for (kind, content) in self.extensions.iter() {
            match kind {
                ExtensionType::SERVER_NAME if server_name_sent => decode(kind, content, |_| Ok(()))?,
                ExtensionType::EC_POINT_FORMATS => {
                    if !decode(kind, content, Reader::vec8)?.contains(&0) {
                        return Err(Incompatible::PointFormat.into());
                    }
                }
                ExtensionType::EXTENDED_MASTER_SECRET => {
                    decode(kind, content, |_| Ok(()))?;
                    known.extended_master_secret = true;
                }
                ExtensionType::RENEGOTIATION_INFO => {
                    // RFC 5746 section 3.4: renegotiated_connection must be empty, or the handshake is aborted.
                    if !decode(kind, content, Reader::vec8)?.is_empty() {
                        return Err(Misbehaved::RenegotiationInfo.into());
                    }
                    known.renegotiation_info = true;
                }
                _ => return Err(Misbehaved::UnsolicitedExtension.into()),
            }
        }
        Ok(known)
    }
}

/// What this side chooses as a server.
pub(crate) struct ServerHelloBody<'c> {
    pub(crate) random: &'c [u8; RANDOM],
    pub(crate) cipher_suite: CipherSuite,
    pub(crate) extended_master_secret: bool,
    pub(crate) renegotiation_info: bool,
    pub(crate) ec_point_formats: bool,
}

impl ServerHelloBody<'_> {
    pub(crate) fn emit(&self, w: &mut Writer<'_>) -> Result<(), BufferFull> {
        w.u16(VERSION)?;
        w.bytes(self.random)?;
        // No session is resumed by its identifier, so that none is given.
        w.vec8(&[])?;
        w.u16(self.cipher_suite.code())?;
        w.u8(0)?;
        let extensions = w.open(2)?;
        if self.renegotiation_info {
            extension(w, ExtensionType::RENEGOTIATION_INFO, |w| w.vec8(&[]))?;
        }
        if self.ec_point_formats {
            extension(w, ExtensionType::EC_POINT_FORMATS, |w| w.vec8(&[0]))?;
        }
        if self.extended_master_secret {
            extension(w, ExtensionType::EXTENDED_MASTER_SECRET, |_| Ok(()))?;
        }
        w.close(extensions)
    }
}
