//! ServerHello (RFC 5246 section 7.4.1.3).

use super::RANDOM;
use super::client_hello::{alpn_names, session_id};
use super::extension::{ExtensionList, decode, emit};
use crate::tls::codes::{ExtensionType, ProtocolVersion};
use crate::tls::error::{Error, Incompatible, Misbehaved};
use crate::tls::fragment::{MaxFragmentLength, emit_record_size_limit, record_size_limit};
use crate::tls::suite::CipherSuite;
use crate::wire::{BufferFull, DecodeError, Reader, Writer};

/// A server's choices.
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
    pub(crate) version: ProtocolVersion,
    pub(crate) random: &'a [u8; RANDOM],
    pub(crate) session_id: &'a [u8],
    pub(crate) cipher_suite: u16,
    pub(crate) compression_method: u8,
    extensions: ExtensionList<'a>,
}

/// Which extensions a ServerHello may contain because this side sent them. It always sends the others.
#[derive(Clone, Copy)]
pub(crate) struct Offered {
    pub(crate) server_name: bool,
    pub(crate) alpn: bool,
    pub(crate) max_fragment_length: bool,
    pub(crate) record_size_limit: bool,
    pub(crate) session_ticket: bool,
}

/// What the engine reads from the extensions of a ServerHello.
#[derive(Default, PartialEq)]
pub(crate) struct ServerExtensions<'a> {
    pub(crate) extended_master_secret: bool,
    /// The server supports secure renegotiation.
    pub(crate) renegotiation_info: bool,
    /// The name that the server chose.
    pub(crate) alpn: Option<&'a [u8]>,
    pub(crate) max_fragment_length: Option<MaxFragmentLength>,
    pub(crate) record_size_limit: Option<usize>,
    /// The server will send a ticket.
    pub(crate) session_ticket: bool,
}

impl<'a> ServerHello<'a> {
    pub(crate) fn parse(r: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let version = ProtocolVersion(r.u16()?);
        let random = r.bytes(RANDOM)?.first_chunk().ok_or(DecodeError::Truncated)?;
        Ok(Self {
            version,
            random,
            session_id: session_id(r)?,
            cipher_suite: r.u16()?,
            compression_method: r.u8()?,
            extensions: ExtensionList::parse(r)?,
        })
    }

    /// Reads the extensions; each must answer one that [`super::ClientHelloBody`] offers.
    pub(crate) fn extensions(&self, offered: Offered) -> Result<ServerExtensions<'a>, Error> {
        self.extensions.check_unique()?;
        let mut known = ServerExtensions::default();
        for (kind, content) in self.extensions.iter() {
            match kind {
                ExtensionType::SERVER_NAME if offered.server_name => decode(kind, content, |_| Ok(()))?,
                // A server must not send it (RFC 8422 section 5.2), but some do, and it has no meaning in TLS
                // 1.2.
                ExtensionType::SUPPORTED_GROUPS => {}
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
                    // RFC 5746 section 3.4: renegotiated_connection must be empty, or the handshake is
                    // aborted.
                    if !decode(kind, content, Reader::vec8)?.is_empty() {
                        return Err(Misbehaved::RenegotiationInfo.into());
                    }
                    known.renegotiation_info = true;
                }
                ExtensionType::ALPN if offered.alpn => {
                    // RFC 7301 section 3.1: exactly one name.
                    let list = decode(kind, content, alpn_names)?;
                    known.alpn = Some(decode(kind, list, Reader::vec8)?);
                }
                ExtensionType::MAX_FRAGMENT_LENGTH if offered.max_fragment_length => {
                    let code = decode(kind, content, Reader::u8)?;
                    known.max_fragment_length =
                        Some(MaxFragmentLength::from_code(code).ok_or(Misbehaved::FragmentLimit)?);
                }
                ExtensionType::RECORD_SIZE_LIMIT if offered.record_size_limit => {
                    known.record_size_limit = Some(record_size_limit(decode(kind, content, Reader::u16)?)?);
                }
                ExtensionType::SESSION_TICKET if offered.session_ticket => {
                    decode(kind, content, |_| Ok(()))?;
                    known.session_ticket = true;
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
    pub(crate) alpn: Option<&'c [u8]>,
    pub(crate) max_fragment_length: Option<MaxFragmentLength>,
    pub(crate) record_size_limit: Option<usize>,
    /// The client's own if its ticket is accepted (RFC 5077 section 3.4); otherwise empty, since no session
    /// is resumed by its identifier.
    pub(crate) session_id: &'c [u8],
    pub(crate) session_ticket: bool,
}

impl ServerHelloBody<'_> {
    pub(crate) fn emit(&self, w: &mut Writer<'_>) -> Result<(), BufferFull> {
        w.u16(ProtocolVersion::TLS12.0)?;
        w.bytes(self.random)?;
        w.vec8(self.session_id)?;
        w.u16(self.cipher_suite.code())?;
        w.u8(0)?;
        let extensions = w.open(2)?;
        if self.renegotiation_info {
            emit(w, ExtensionType::RENEGOTIATION_INFO, &|w| w.vec8(&[]))?;
        }
        if self.ec_point_formats {
            emit(w, ExtensionType::EC_POINT_FORMATS, &|w| w.vec8(&[0]))?;
        }
        if self.extended_master_secret {
            emit(w, ExtensionType::EXTENDED_MASTER_SECRET, &|_| Ok(()))?;
        }
        if let Some(name) = self.alpn {
            emit(w, ExtensionType::ALPN, &|w| {
                let list = w.open(2)?;
                w.vec8(name)?;
                w.close(list)
            })?;
        }
        if let Some(length) = self.max_fragment_length {
            emit(w, ExtensionType::MAX_FRAGMENT_LENGTH, &|w| w.u8(length.code()))?;
        }
        if let Some(limit) = self.record_size_limit {
            emit(w, ExtensionType::RECORD_SIZE_LIMIT, &|w| emit_record_size_limit(limit, w))?;
        }
        if self.session_ticket {
            emit(w, ExtensionType::SESSION_TICKET, &|_| Ok(()))?;
        }
        // RFC 5246 section 7.4.1.3: without extensions the field is omitted, for clients that do not support
        // extensions.
        w.close_unless_empty(extensions)
    }
}
