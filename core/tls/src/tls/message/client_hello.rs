//! ClientHello (RFC 5246 section 7.4.1.2).

use super::extension::{ExtensionList, decode, emit};
use super::{CodeList, MAX_SESSION_ID, RANDOM};
use crate::crypto::SignatureScheme;
use crate::tls::codes::{ExtensionType, ProtocolVersion};
use crate::tls::error::{Error, Incompatible, Misbehaved};
use crate::tls::fragment::{MaxFragmentLength, emit_record_size_limit, record_size_limit};
use crate::tls::group::NamedGroup;
use crate::tls::suite::CipherSuite;
use crate::tls::supported::Supported;
use crate::wire::{BufferFull, DecodeError, Reader, Writer};

/// TLS_EMPTY_RENEGOTIATION_INFO_SCSV (RFC 5746 section 3.3).
const EMPTY_RENEGOTIATION_INFO_SCSV: u16 = 0x00ff;

/// A client's offer.
///
/// ```text
/// struct {
///     ProtocolVersion client_version;
///     Random random;
///     SessionID session_id;                                   // opaque<0..32>
///     CipherSuite cipher_suites<2..2^16-2>;
///     CompressionMethod compression_methods<1..2^8-1>;
///     Extension extensions<0..2^16-1>;                        // may be absent as a whole
/// } ClientHello;
/// ```
pub(crate) struct ClientHello<'a> {
    pub(crate) version: ProtocolVersion,
    pub(crate) random: &'a [u8; RANDOM],
    pub(crate) session_id: &'a [u8],
    cipher_suites: CodeList<'a>,
    compression_methods: &'a [u8],
    extensions: ExtensionList<'a>,
}

/// What the engine reads from the extensions of a ClientHello.
#[derive(Default)]
pub(crate) struct ClientExtensions<'a> {
    pub(crate) server_name: Option<&'a [u8]>,
    /// Code points of NamedGroup.
    pub(crate) supported_groups: Option<CodeList<'a>>,
    pub(crate) ec_point_formats: bool,
    /// Code points of SignatureScheme.
    pub(crate) signature_algorithms: Option<CodeList<'a>>,
    pub(crate) extended_master_secret: bool,
    /// The client supports secure renegotiation, by extension or by SCSV.
    pub(crate) renegotiation_info: bool,
    /// The names that the client offers, each preceded by its length.
    pub(crate) alpn: Option<&'a [u8]>,
    pub(crate) max_fragment_length: Option<MaxFragmentLength>,
    pub(crate) record_size_limit: Option<usize>,
    /// Empty when the client wants a ticket but has none.
    pub(crate) session_ticket: Option<&'a [u8]>,
    /// Code points of ProtocolVersion.
    pub(crate) supported_versions: Option<CodeList<'a>>,
}

impl<'a> ClientHello<'a> {
    pub(crate) fn parse(r: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let version = ProtocolVersion(r.u16()?);
        let random = r.bytes(RANDOM)?.first_chunk().ok_or(DecodeError::Truncated)?;
        let session_id = session_id(r)?;
        let cipher_suites = CodeList::parse(r.vec16()?)?;
        let compression_methods = r.vec8()?;
        if compression_methods.is_empty() {
            return Err(DecodeError::BadLength);
        }
        let extensions = ExtensionList::parse(r)?;
        Ok(Self { version, random, session_id, cipher_suites, compression_methods, extensions })
    }

    /// Whether the client offers `suite`.
    pub(crate) fn offers(&self, suite: CipherSuite) -> bool {
        self.names_suite(suite.code())
    }

    /// Whether `code` is among the cipher suites, which may be a signaling value (SCSV).
    pub(crate) fn names_suite(&self, code: u16) -> bool {
        self.cipher_suites.contains(code)
    }

    /// Whether the client can work without compression.
    pub(crate) fn offers_null_compression(&self) -> bool {
        self.compression_methods.contains(&0)
    }

    /// Reads the extensions.
    pub(crate) fn extensions(&self) -> Result<ClientExtensions<'a>, Error> {
        self.extensions.check_unique()?;
        let mut known = ClientExtensions::default();
        for (kind, content) in self.extensions.iter() {
            known.read(kind, content)?;
        }
        if self.names_suite(EMPTY_RENEGOTIATION_INFO_SCSV) {
            known.renegotiation_info = true;
        }
        Ok(known)
    }
}

impl<'a> ClientExtensions<'a> {
    fn read(&mut self, kind: ExtensionType, content: &'a [u8]) -> Result<(), Error> {
        match kind {
            ExtensionType::SERVER_NAME => self.server_name = decode(kind, content, host_name)?,
            ExtensionType::SUPPORTED_GROUPS => {
                self.supported_groups = Some(decode(kind, content, |r| CodeList::parse(r.vec16()?))?);
            }
            ExtensionType::EC_POINT_FORMATS => {
                let formats = decode(kind, content, Reader::vec8)?;
                // RFC 8422 section 5.1.2: the list MUST contain uncompressed (0).
                if !formats.contains(&0) {
                    return Err(Incompatible::PointFormat.into());
                }
                self.ec_point_formats = true;
            }
            ExtensionType::SIGNATURE_ALGORITHMS => {
                self.signature_algorithms = Some(decode(kind, content, |r| CodeList::parse(r.vec16()?))?);
            }
            ExtensionType::EXTENDED_MASTER_SECRET => {
                decode(kind, content, |_| Ok(()))?;
                self.extended_master_secret = true;
            }
            ExtensionType::SUPPORTED_VERSIONS => {
                self.supported_versions = Some(decode(kind, content, |r| CodeList::parse(r.vec8()?))?);
            }
            ExtensionType::RENEGOTIATION_INFO => {
                // RFC 5746 section 3.6: in an initial handshake renegotiated_connection is empty.
                if !decode(kind, content, Reader::vec8)?.is_empty() {
                    return Err(Misbehaved::RenegotiationInfo.into());
                }
                self.renegotiation_info = true;
            }
            ExtensionType::ALPN => self.alpn = Some(decode(kind, content, alpn_names)?),
            ExtensionType::MAX_FRAGMENT_LENGTH => {
                let code = decode(kind, content, Reader::u8)?;
                self.max_fragment_length =
                    Some(MaxFragmentLength::from_code(code).ok_or(Misbehaved::FragmentLimit)?);
            }
            ExtensionType::RECORD_SIZE_LIMIT => {
                self.record_size_limit = Some(record_size_limit(decode(kind, content, Reader::u16)?)?);
            }
            ExtensionType::SESSION_TICKET => self.session_ticket = Some(content),
            _ => {}
        }
        Ok(())
    }
}

/// The host_name of a ServerNameList (RFC 6066 section 3): one entry, since no other type was ever defined.
fn host_name<'a>(r: &mut Reader<'a>) -> Result<Option<&'a [u8]>, DecodeError> {
    Reader::all(r.vec16()?, |list| {
        if list.u8()? != 0 {
            return Err(DecodeError::BadValue);
        }
        let name = list.vec16()?;
        if name.is_empty() { Err(DecodeError::BadLength) } else { Ok(Some(name)) }
    })
}

/// A ProtocolNameList (RFC 7301 section 3.1): neither the list nor any name in it is empty.
pub(super) fn alpn_names<'a>(r: &mut Reader<'a>) -> Result<&'a [u8], DecodeError> {
    let list = r.vec16()?;
    let mut names = Reader::new(list);
    if names.is_empty() {
        return Err(DecodeError::BadLength);
    }
    while !names.is_empty() {
        if names.vec8()?.is_empty() {
            return Err(DecodeError::BadLength);
        }
    }
    Ok(list)
}

/// A SessionID: `opaque SessionID<0..32>`.
pub(super) fn session_id<'a>(r: &mut Reader<'a>) -> Result<&'a [u8], DecodeError> {
    let id = r.vec8()?;
    if id.len() > MAX_SESSION_ID { Err(DecodeError::BadLength) } else { Ok(id) }
}

/// What this side offers as a client.
pub(crate) struct ClientHelloBody<'c> {
    pub(crate) random: &'c [u8; RANDOM],
    pub(crate) server_name: Option<&'c str>,
    /// Only the suites that fit one of the schemes are offered.
    pub(crate) cipher_suites: Supported<'c, CipherSuite>,
    pub(crate) groups: Supported<'c, NamedGroup>,
    pub(crate) signature_schemes: Supported<'c, SignatureScheme>,
    pub(crate) alpn: &'c [&'c [u8]],
    pub(crate) max_fragment_length: Option<MaxFragmentLength>,
    pub(crate) record_size_limit: Option<usize>,
    /// Offered with a ticket, so that the answer shows whether it was accepted (RFC 5077 section 3.4).
    pub(crate) session_id: &'c [u8],
    /// `None` if no ticket is wanted.
    pub(crate) session_ticket: Option<&'c [u8]>,
}

impl ClientHelloBody<'_> {
    pub(crate) fn emit(&self, w: &mut Writer<'_>) -> Result<(), BufferFull> {
        w.u16(ProtocolVersion::TLS12.0)?;
        w.bytes(self.random)?;
        w.vec8(self.session_id)?;
        let suites = w.open(2)?;
        for suite in self.cipher_suites.signed_with(self.signature_schemes) {
            w.u16(suite.code())?;
        }
        w.close(suites)?;
        w.vec8(&[0])?;
        let extensions = w.open(2)?;
        if let Some(name) = self.server_name {
            emit(w, ExtensionType::SERVER_NAME, &|w| {
                let list = w.open(2)?;
                w.u8(0)?;
                w.vec16(name.as_bytes())?;
                w.close(list)
            })?;
        }
        emit(w, ExtensionType::SUPPORTED_GROUPS, &|w| {
            let list = w.open(2)?;
            self.groups.iter().try_for_each(|group| w.u16(group.code()))?;
            w.close(list)
        })?;
        emit(w, ExtensionType::EC_POINT_FORMATS, &|w| w.vec8(&[0]))?;
        emit(w, ExtensionType::SIGNATURE_ALGORITHMS, &|w| {
            let list = w.open(2)?;
            self.signature_schemes.iter().try_for_each(|scheme| w.u16(scheme.code()))?;
            w.close(list)
        })?;
        if !self.alpn.is_empty() {
            emit(w, ExtensionType::ALPN, &|w| {
                let list = w.open(2)?;
                self.alpn.iter().try_for_each(|name| w.vec8(name))?;
                w.close(list)
            })?;
        }
        if let Some(length) = self.max_fragment_length {
            emit(w, ExtensionType::MAX_FRAGMENT_LENGTH, &|w| w.u8(length.code()))?;
        }
        if let Some(limit) = self.record_size_limit {
            emit(w, ExtensionType::RECORD_SIZE_LIMIT, &|w| emit_record_size_limit(limit, w))?;
        }
        if let Some(ticket) = self.session_ticket {
            emit(w, ExtensionType::SESSION_TICKET, &|w| w.bytes(ticket))?;
        }
        emit(w, ExtensionType::EXTENDED_MASTER_SECRET, &|_| Ok(()))?;
        emit(w, ExtensionType::RENEGOTIATION_INFO, &|w| w.vec8(&[]))?;
        w.close(extensions)
    }
}
