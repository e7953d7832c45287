//! Reads, writes and rereads handshake messages. Only for the fuzz targets, since the codecs are not public.

use heapless::Vec;

use super::certificate::Streamed;
use super::{
    Asked, CertificateBody, CertificateRequestBody, CertificateRequestReader, CertificateVerify, ClientHello,
    ClientHelloBody, ClientKeyExchange, CodeList, HEADER, Handshake, NewSessionTicket, Offered,
    ServerEcdhParams, ServerHello, ServerHelloBody, ServerKeyExchange,
};
use crate::crypto::{MAX_PUBLIC_VALUE, PublicValue, SignatureScheme};
use crate::tls::codes::{HandshakeType, ProtocolVersion};
use crate::tls::error::{Error, Structure};
use crate::tls::group::NamedGroup;
use crate::tls::suite::CipherSuite;
use crate::tls::supported::Supported;
use crate::wire::{BufferFull, Reader, Writer};
use crate::x509::CertificateList;

/// The result of a round trip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoundTrip {
    /// What was written means the same as what was read.
    Same,
    /// It means something else.
    Differs,
    /// It was read, but no configuration of this side would produce it.
    NotOurs,
}

/// Reads the message at the front of `bytes`, header included, writes it to `out` and reads that back.
///
/// # Errors
/// What is wrong with the message; [`Error::SendBufferTooSmall`] when the output does not fit into `out`.
pub fn round_trip(bytes: &[u8], out: &mut [u8]) -> Result<RoundTrip, Error> {
    let Some(message) = Handshake::first_of(bytes)? else { return Ok(RoundTrip::NotOurs) };
    match message.kind {
        HandshakeType::CLIENT_HELLO => client_hello(&message, out),
        HandshakeType::SERVER_HELLO => server_hello(&message, out),
        HandshakeType::NEW_SESSION_TICKET => {
            let ticket = message.decode(NewSessionTicket::parse)?;
            exact(&message, out, |w| ticket.emit(w))
        }
        HandshakeType::CERTIFICATE => {
            let list = message.certificates()?;
            let chain: Vec<&[u8], { CertificateList::MAX }> = list.iter().collect();
            streamed(&CertificateBody(&chain), message.raw, out)
        }
        HandshakeType::SERVER_KEY_EXCHANGE => server_key_exchange(&message, out),
        HandshakeType::CERTIFICATE_REQUEST => certificate_request(&message, out),
        HandshakeType::CERTIFICATE_VERIFY => {
            let proof = message.decode(CertificateVerify::parse)?;
            exact(&message, out, |w| {
                w.u16(proof.scheme)?;
                w.vec16(proof.signature)
            })
        }
        HandshakeType::CLIENT_KEY_EXCHANGE => {
            let exchange = message.decode(ClientKeyExchange::parse)?;
            exact(&message, out, |w| exchange.emit(w))
        }
        _ => Ok(RoundTrip::NotOurs),
    }
}

fn client_hello(message: &Handshake<'_>, out: &mut [u8]) -> Result<RoundTrip, Error> {
    let read = message.decode(ClientHello::parse)?;
    let extensions = read.extensions()?;
    let offered = |list: Option<CodeList<'_>>, code| list.unwrap_or_default().contains(code);
    let groups: Vec<NamedGroup, 4> = NamedGroup::ALL
        .iter()
        .copied()
        .filter(|group| offered(extensions.supported_groups, group.code()))
        .collect();
    let schemes: Vec<SignatureScheme, 8> = SignatureScheme::ALL
        .iter()
        .copied()
        .filter(|scheme| offered(extensions.signature_algorithms, scheme.code()))
        .collect();
    // This side offers only suites that fit one of its schemes.
    let is_ours = |suite: &CipherSuite| {
        read.offers(*suite) && schemes.iter().any(|scheme| suite.is_signed_with(scheme.kind()))
    };
    let suites: Vec<CipherSuite, 8> = CipherSuite::ALL.iter().copied().filter(is_ours).collect();
    let mut alpn = Vec::<&[u8], 16>::new();
    let mut names = Reader::new(extensions.alpn.unwrap_or_default());
    while let Ok(name) = names.vec8() {
        if alpn.push(name).is_err() {
            return Ok(RoundTrip::NotOurs);
        }
    }
    let server_name = match extensions.server_name.map(core::str::from_utf8) {
        None => None,
        Some(Ok(name)) => Some(name),
        Some(Err(_)) => return Ok(RoundTrip::NotOurs),
    };
    // This side offers only one version and one compression method.
    let is_ours = read.version == ProtocolVersion::TLS12 && read.offers_null_compression();
    if !is_ours || suites.is_empty() || groups.is_empty() || schemes.is_empty() {
        return Ok(RoundTrip::NotOurs);
    }
    let body = ClientHelloBody {
        random: read.random,
        server_name,
        cipher_suites: Supported::all(&suites),
        groups: Supported::all(&groups),
        signature_schemes: Supported::all(&schemes),
        alpn: &alpn,
        max_fragment_length: extensions.max_fragment_length,
        record_size_limit: extensions.record_size_limit,
        session_id: read.session_id,
        session_ticket: extensions.session_ticket,
    };
    let mut w = Writer::new(out);
    body.emit(&mut w)?;
    let (again, extensions_again) = {
        let hello = Reader::all(w.written(), ClientHello::parse).map_err(|_| Error::Bug)?;
        let extensions = hello.extensions()?;
        (hello, extensions)
    };
    let same_codes = |list: Option<CodeList<'_>>, expected: &mut dyn Iterator<Item = u16>| {
        list.unwrap_or_default().iter().eq(expected)
    };
    let same = again.version == ProtocolVersion::TLS12
        && again.random == read.random
        && again.session_id == read.session_id
        && CipherSuite::ALL.iter().all(|suite| again.offers(*suite) == suites.contains(suite))
        && same_codes(extensions_again.supported_groups, &mut groups.iter().map(|group| group.code()))
        && same_codes(extensions_again.signature_algorithms, &mut schemes.iter().map(|scheme| scheme.code()))
        && extensions_again.server_name == extensions.server_name
        && extensions_again.alpn == extensions.alpn
        && extensions_again.max_fragment_length == extensions.max_fragment_length
        && extensions_again.record_size_limit == extensions.record_size_limit
        && extensions_again.session_ticket == extensions.session_ticket
        && extensions_again.extended_master_secret
        && extensions_again.renegotiation_info
        && extensions_again.ec_point_formats;
    Ok(verdict(same))
}

fn server_hello(message: &Handshake<'_>, out: &mut [u8]) -> Result<RoundTrip, Error> {
    const ALL: Offered = Offered {
        server_name: true,
        alpn: true,
        max_fragment_length: true,
        record_size_limit: true,
        session_ticket: true,
    };
    let read = message.decode(ServerHello::parse)?;
    let extensions = read.extensions(ALL)?;
    let (Some(cipher_suite), ProtocolVersion::TLS12, 0) =
        (CipherSuite::from_code(read.cipher_suite), read.version, read.compression_method)
    else {
        return Ok(RoundTrip::NotOurs);
    };
    let body = ServerHelloBody {
        random: read.random,
        cipher_suite,
        extended_master_secret: extensions.extended_master_secret,
        renegotiation_info: extensions.renegotiation_info,
        ec_point_formats: true,
        alpn: extensions.alpn,
        max_fragment_length: extensions.max_fragment_length,
        record_size_limit: extensions.record_size_limit,
        session_id: read.session_id,
        session_ticket: extensions.session_ticket,
    };
    let mut w = Writer::new(out);
    body.emit(&mut w)?;
    let again = Reader::all(w.written(), ServerHello::parse).map_err(|_| Error::Bug)?;
    let extensions_again = again.extensions(ALL)?;
    Ok(verdict(
        again.version == ProtocolVersion::TLS12
            && again.random == read.random
            && again.session_id == read.session_id
            && again.cipher_suite == read.cipher_suite
            && again.compression_method == 0
            && extensions_again == extensions,
    ))
}

fn server_key_exchange(message: &Handshake<'_>, out: &mut [u8]) -> Result<RoundTrip, Error> {
    let read = message.decode(ServerKeyExchange::parse)?;
    let Some(group) = NamedGroup::from_code(read.group) else { return Ok(RoundTrip::NotOurs) };
    if read.public_value.len() > MAX_PUBLIC_VALUE {
        return Ok(RoundTrip::NotOurs);
    }
    let Ok(public_value) = PublicValue::try_from(read.public_value) else { return Ok(RoundTrip::NotOurs) };
    let params = ServerEcdhParams { group, public_value };
    exact(message, out, |w| {
        params.emit(w)?;
        w.u16(read.scheme)?;
        w.vec16(read.signature)
    })
}

fn certificate_request(message: &Handshake<'_>, out: &mut [u8]) -> Result<RoundTrip, Error> {
    let mut schemes = Vec::<SignatureScheme, 16>::new();
    let mut authorities = Vec::<&[u8], 32>::new();
    let mut types = Vec::<u8, 8>::new();
    let mut is_ours = true;
    let mut reader = CertificateRequestReader::new();
    // Read whole, so that each name is reported in one part.
    let read = reader.read(message.raw, &mut |asked| {
        is_ours &= match asked {
            Asked::Type(kind) => types.push(kind.0).is_ok(),
            Asked::Scheme(code) => {
                SignatureScheme::from_code(code).is_some_and(|scheme| schemes.push(scheme).is_ok())
            }
            Asked::Name(_) => true,
            Asked::NamePart(name) => authorities.push(name).is_ok(),
        }
    });
    read.map_err(|reason| Error::Decode(Structure::Handshake(message.kind), reason))?;
    if !is_ours {
        return Ok(RoundTrip::NotOurs);
    }
    let body = CertificateRequestBody { schemes: Supported::all(&schemes), authorities: &authorities };
    let written = streamed(&body, message.raw, out)?;
    // This side requests the types that its schemes need.
    let own_types = body.types().map(|kind| kind.0).eq(types);
    Ok(if written == RoundTrip::Differs && !own_types { RoundTrip::NotOurs } else { written })
}

/// A message whose bytes must all be unchanged.
fn exact(
    message: &Handshake<'_>,
    out: &mut [u8],
    emit: impl FnOnce(&mut Writer<'_>) -> Result<(), BufferFull>,
) -> Result<RoundTrip, Error> {
    let mut w = Writer::new(out);
    emit(&mut w)?;
    Ok(verdict(w.written() == message.body))
}

/// The same for a message that is written in pieces, whose length is not the size of any field.
fn streamed(message: &impl Streamed, raw: &[u8], out: &mut [u8]) -> Result<RoundTrip, Error> {
    const PIECE: usize = 61;
    let mut offset = 0;
    while offset < message.total_len() {
        let rest = out.get_mut(offset..).ok_or(Error::SendBufferTooSmall)?;
        let piece = rest.len().min(PIECE);
        let copied = message.copy_from(offset, rest.get_mut(..piece).unwrap_or_default());
        if copied == 0 {
            return Err(Error::SendBufferTooSmall);
        }
        offset += copied;
    }
    Ok(verdict(out.get(..offset) == Some(raw) && offset >= HEADER))
}

const fn verdict(same: bool) -> RoundTrip {
    if same { RoundTrip::Same } else { RoundTrip::Differs }
}
