//! Messages as other implementations write them, and as we write them and read them back.

use std::vec::Vec;

use super::*;
use crate::crypto::{PublicValue, SignatureScheme};
use crate::tls::codes::{ExtensionType, ProtocolVersion};
use crate::tls::error::{Error, Incompatible, Misbehaved, Structure};
use crate::tls::fragment::MaxFragmentLength;
use crate::tls::group::NamedGroup;
use crate::tls::suite::CipherSuite;
use crate::tls::supported::Supported;
use crate::wire::{BufferFull, DecodeError, Reader, Writer};

/// The ClientHello of `openssl s_client -tls1_2 -servername agent.example -alpn lsam/1`, OpenSSL 3.0.
const OPENSSL_CLIENT_HELLO: &str = "\
    03035a600177e6ec0b9a73c966a0a35fc09b9095ea03f21e32780fee37db74faeaa7000038c02cc030009fcca9cca8cc\
    aac02bc02f009ec024c028006bc023c0270067c00ac0140039c009c0130033009d009c003d003c0035002f00ff010000\
    7500000012001000000d6167656e742e6578616d706c65000b000403000102000a000c000a001d0017001e0019001800\
    230000001000090007066c73616d2f310016000000170000000d002a0028040305030603080708080809080a080b0804\
    08050806040105010601030303010302040205020602";

fn hex(text: &str) -> Vec<u8> {
    let digit = |c: u8| char::from(c).to_digit(16).unwrap() as u8;
    text.as_bytes().chunks(2).map(|pair| digit(pair[0]) << 4 | digit(pair[1])).collect()
}

fn emitted(emit: impl FnOnce(&mut Writer<'_>) -> Result<(), BufferFull>) -> Vec<u8> {
    let mut buffer = [0; 2048];
    let mut w = Writer::new(&mut buffer);
    emit(&mut w).unwrap();
    w.written().to_vec()
}

fn client_hello(bytes: &[u8]) -> Result<ClientExtensions<'_>, Error> {
    Reader::all(bytes, ClientHello::parse).unwrap().extensions()
}

#[test]
fn openssls_client_hello_is_read() {
    let bytes = hex(OPENSSL_CLIENT_HELLO);
    let hello = Reader::all(&bytes, ClientHello::parse).unwrap();
    assert_eq!(hello.version, ProtocolVersion::TLS12);
    assert_eq!(hello.random[..4], [0x5a, 0x60, 0x01, 0x77]);
    assert!(hello.session_id.is_empty());
    assert!(CipherSuite::ALL.iter().all(|suite| hello.offers(*suite)));
    let extensions = hello.extensions().unwrap();
    assert_eq!(extensions.server_name, Some(&b"agent.example"[..]));
    assert_eq!(extensions.alpn, Some(&b"\x06lsam/1"[..]));
    assert_eq!(extensions.session_ticket, Some(&[][..]));
    assert!(extensions.extended_master_secret && extensions.ec_point_formats);
    assert!(extensions.renegotiation_info, "by TLS_EMPTY_RENEGOTIATION_INFO_SCSV");
    let groups: Vec<u16> = extensions.supported_groups.unwrap().iter().collect();
    assert_eq!(groups, [0x1d, 0x17, 0x1e, 0x19, 0x18]);
    assert_eq!(extensions.signature_algorithms.unwrap().iter().next(), Some(0x0403));
}

#[test]
fn every_truncation_of_a_client_hello_is_an_error() {
    let bytes = hex(OPENSSL_CLIENT_HELLO);
    // The message is also complete without its extensions: RFC 3546 added them.
    let without_extensions = bytes.len() - 2 - 0x75;
    for len in 0..bytes.len() {
        let parsed = Reader::all(&bytes[..len], ClientHello::parse);
        assert_eq!(parsed.is_ok(), len == without_extensions, "{len}");
    }
    let longer = [bytes.as_slice(), &[0]].concat();
    assert_eq!(Reader::all(&longer, ClientHello::parse).err(), Some(DecodeError::TrailingBytes));
}

/// An offer of this side with every extension.
fn full_offer() -> Vec<u8> {
    let body = ClientHelloBody {
        random: &[7; RANDOM],
        server_name: Some("agent.example"),
        cipher_suites: Supported::all(CipherSuite::ALL),
        groups: Supported::all(NamedGroup::ALL),
        signature_schemes: Supported::all(SignatureScheme::ALL),
        alpn: &[b"lsam/1", b"lsam/2"],
        max_fragment_length: Some(MaxFragmentLength::Bytes512),
        record_size_limit: Some(1000),
        session_id: &[9; 32],
        session_ticket: Some(&[1, 2, 3]),
    };
    emitted(|w| body.emit(w))
}

#[test]
fn our_client_hello_is_read_as_it_was_meant() {
    let bytes = full_offer();
    let hello = Reader::all(&bytes, ClientHello::parse).unwrap();
    assert_eq!((hello.random, hello.session_id), (&[7; RANDOM], &[9; 32][..]));
    assert!(CipherSuite::ALL.iter().all(|suite| hello.offers(*suite)));
    let extensions = hello.extensions().unwrap();
    assert_eq!(extensions.server_name, Some(&b"agent.example"[..]));
    assert_eq!(extensions.alpn, Some(&b"\x06lsam/1\x06lsam/2"[..]));
    assert_eq!(extensions.max_fragment_length, Some(MaxFragmentLength::Bytes512));
    assert_eq!(extensions.record_size_limit, Some(1000));
    assert_eq!(extensions.session_ticket, Some(&[1, 2, 3][..]));
    assert!(extensions.extended_master_secret && extensions.renegotiation_info);
    assert!(extensions.supported_groups.unwrap().iter().eq(NamedGroup::ALL.iter().map(|group| group.code())));
    assert!(
        extensions.signature_algorithms.unwrap().iter().eq(SignatureScheme::ALL.iter().map(|s| s.code()))
    );
}

/// A ClientHello with one extension.
fn with_extension(kind: ExtensionType, content: &[u8]) -> Vec<u8> {
    emitted(|w| {
        w.u16(0x0303)?;
        w.bytes(&[0; RANDOM])?;
        w.vec8(&[])?;
        w.vec16(&[0xc0, 0x2b])?;
        w.vec8(&[0])?;
        let extensions = w.open(2)?;
        w.u16(kind.0)?;
        w.vec16(content)?;
        w.close(extensions)
    })
}

#[test]
fn malformed_extensions_are_named() {
    let decode = |kind, reason| Some(Error::Decode(Structure::Extension(kind), reason));
    let cases: &[(ExtensionType, &[u8], Option<Error>)] = &[
        (ExtensionType::SERVER_NAME, b"\0\x04\0\0\x01a", None),
        (
            ExtensionType::SERVER_NAME,
            b"\0\x04\x01\0\x01a",
            decode(ExtensionType::SERVER_NAME, DecodeError::BadValue),
        ),
        (
            ExtensionType::SERVER_NAME,
            b"\0\x03\0\0\0",
            decode(ExtensionType::SERVER_NAME, DecodeError::BadLength),
        ),
        (ExtensionType::SERVER_NAME, b"", decode(ExtensionType::SERVER_NAME, DecodeError::Truncated)),
        (ExtensionType::SUPPORTED_GROUPS, b"\0\x02\0\x1d", None),
        (
            ExtensionType::SUPPORTED_GROUPS,
            b"\0\0",
            decode(ExtensionType::SUPPORTED_GROUPS, DecodeError::BadLength),
        ),
        (
            ExtensionType::SUPPORTED_GROUPS,
            b"\0\x03\0\x1d\0",
            decode(ExtensionType::SUPPORTED_GROUPS, DecodeError::BadLength),
        ),
        (ExtensionType::EC_POINT_FORMATS, b"\x02\x01\0", None),
        (ExtensionType::EC_POINT_FORMATS, b"\x01\x01", Some(Error::Incompatible(Incompatible::PointFormat))),
        (
            ExtensionType::EXTENDED_MASTER_SECRET,
            b"\0",
            decode(ExtensionType::EXTENDED_MASTER_SECRET, DecodeError::TrailingBytes),
        ),
        (ExtensionType::ALPN, b"\0\0", decode(ExtensionType::ALPN, DecodeError::BadLength)),
        (ExtensionType::ALPN, b"\0\x01\0", decode(ExtensionType::ALPN, DecodeError::BadLength)),
        (ExtensionType::MAX_FRAGMENT_LENGTH, b"\x04", None),
        (ExtensionType::MAX_FRAGMENT_LENGTH, b"\x05", Some(Error::Misbehaved(Misbehaved::FragmentLimit))),
        (ExtensionType::RECORD_SIZE_LIMIT, b"\0\x40", None),
        (ExtensionType::RECORD_SIZE_LIMIT, b"\0\x3f", Some(Error::Misbehaved(Misbehaved::FragmentLimit))),
        (ExtensionType::SUPPORTED_VERSIONS, b"\x04\x03\x04\x03\x03", None),
        (ExtensionType::RENEGOTIATION_INFO, b"\0", None),
        (
            ExtensionType::RENEGOTIATION_INFO,
            b"\x01\0",
            Some(Error::Misbehaved(Misbehaved::RenegotiationInfo)),
        ),
        (ExtensionType(0xabcd), b"anything", None),
    ];
    for (kind, content, expected) in cases {
        assert_eq!(client_hello(&with_extension(*kind, content)).err(), *expected, "{kind} {content:?}");
    }
}

/// What this side offered, for reading an answer.
const ALL_OFFERED: Offered = Offered {
    server_name: true,
    alpn: true,
    max_fragment_length: true,
    record_size_limit: true,
    session_ticket: true,
};
const NONE_OFFERED: Offered = Offered {
    server_name: false,
    alpn: false,
    max_fragment_length: false,
    record_size_limit: false,
    session_ticket: false,
};

#[test]
fn our_server_hello_is_read_as_it_was_meant_and_only_by_who_asked() {
    let body = ServerHelloBody {
        random: &[8; RANDOM],
        cipher_suite: CipherSuite::ALL[0],
        extended_master_secret: true,
        renegotiation_info: true,
        ec_point_formats: true,
        alpn: Some(b"lsam/1"),
        max_fragment_length: Some(MaxFragmentLength::Bytes4096),
        record_size_limit: Some(16384),
        session_id: &[9; 32],
        session_ticket: true,
    };
    let bytes = emitted(|w| body.emit(w));
    let hello = Reader::all(&bytes, ServerHello::parse).unwrap();
    assert_eq!((hello.version, hello.compression_method), (ProtocolVersion::TLS12, 0));
    assert_eq!((hello.random, hello.session_id), (&[8; RANDOM], &[9; 32][..]));
    assert_eq!(hello.cipher_suite, CipherSuite::ALL[0].code());
    let extensions = hello.extensions(ALL_OFFERED).unwrap();
    assert!(extensions.extended_master_secret && extensions.renegotiation_info && extensions.session_ticket);
    assert_eq!(extensions.alpn, Some(&b"lsam/1"[..]));
    assert_eq!(extensions.max_fragment_length, Some(MaxFragmentLength::Bytes4096));
    assert_eq!(extensions.record_size_limit, Some(16384));
    assert_eq!(
        hello.extensions(NONE_OFFERED).err(),
        Some(Error::Misbehaved(Misbehaved::UnsolicitedExtension))
    );
}

#[test]
fn each_extension_of_a_server_hello_must_have_been_asked_for() {
    let cases: [(ExtensionType, &[u8]); 5] = [
        (ExtensionType::SERVER_NAME, b""),
        (ExtensionType::ALPN, b"\0\x02\x01a"),
        (ExtensionType::MAX_FRAGMENT_LENGTH, b"\x01"),
        (ExtensionType::RECORD_SIZE_LIMIT, b"\x40\0"),
        (ExtensionType::SESSION_TICKET, b""),
    ];
    for (kind, content) in cases {
        let bytes = emitted(|w| {
            w.u16(0x0303)?;
            w.bytes(&[0; RANDOM])?;
            w.vec8(&[])?;
            w.u16(0xc02b)?;
            w.u8(0)?;
            let extensions = w.open(2)?;
            w.u16(kind.0)?;
            w.vec16(content)?;
            w.close(extensions)
        });
        let hello = Reader::all(&bytes, ServerHello::parse).unwrap();
        assert_eq!(hello.extensions(ALL_OFFERED).err(), None, "{kind}");
        let unsolicited = Some(Error::Misbehaved(Misbehaved::UnsolicitedExtension));
        assert_eq!(hello.extensions(NONE_OFFERED).err(), unsolicited, "{kind}");
    }
}

#[test]
fn a_key_exchange_without_public_value_or_signature_is_malformed() {
    for (bytes, expected) in [
        (&[3, 0, 29, 1, 9, 4, 3, 0, 1, 9][..], None),
        (&[3, 0, 29, 0, 4, 3, 0, 1, 9], Some(DecodeError::BadLength)),
        (&[3, 0, 29, 1, 9, 4, 3, 0, 0], Some(DecodeError::BadLength)),
    ] {
        assert_eq!(Reader::all(bytes, ServerKeyExchange::parse).err(), expected, "{bytes:?}");
    }
}

#[test]
fn server_key_exchange_keeps_the_bytes_that_were_signed() {
    let params = ServerEcdhParams { group: NamedGroup::ALL[0], public_value: PublicValue::new(&[5; 32]) };
    let signed = emitted(|w| params.emit(w));
    let bytes = emitted(|w| {
        params.emit(w)?;
        w.u16(0x0403)?;
        w.vec16(&[1, 2, 3])
    });
    let exchange = Reader::all(&bytes, ServerKeyExchange::parse).unwrap();
    assert_eq!(exchange.params, signed);
    assert_eq!((exchange.group, exchange.public_value), (NamedGroup::ALL[0].code(), &[5; 32][..]));
    assert_eq!((exchange.scheme, exchange.signature), (0x0403, &[1, 2, 3][..]));
    // explicit_prime and explicit_char2 curves (RFC 8422 section 5.4).
    for curve_type in [1, 2] {
        let explicit = [&[curve_type], &bytes[1..]].concat();
        assert_eq!(Reader::all(&explicit, ServerKeyExchange::parse).err(), Some(DecodeError::BadValue));
    }
}

#[test]
fn streamed_messages_come_out_the_same_in_any_pieces() {
    let certificate = CertificateBody(&[&[1; 300], &[2; 5], &[3; 70]]);
    let request = CertificateRequestBody {
        schemes: Supported::all(SignatureScheme::ALL),
        authorities: &[&[4; 50], &[5; 3]],
    };
    fn whole(message: &impl Streamed) -> Vec<u8> {
        let mut out = std::vec![0; message.total_len()];
        assert_eq!(message.copy_from(0, &mut out), out.len());
        for n in [1, 2, 7, 64, 299] {
            let mut pieces = Vec::new();
            while pieces.len() < out.len() {
                let mut piece = std::vec![0; n];
                let copied = message.copy_from(pieces.len(), &mut piece);
                pieces.extend_from_slice(&piece[..copied]);
            }
            assert_eq!(pieces, out, "{n}");
        }
        out
    }
    let bytes = whole(&certificate);
    assert_eq!(bytes[..10], [11, 0, 1, 131, 0, 1, 128, 0, 1, 44], "383 bytes of list, 300 of the first");
    let bytes = whole(&request);
    assert_eq!(bytes.len(), 4 + 3 + 2 + 2 * SignatureScheme::ALL.len() + 2 + 52 + 5);
}

#[test]
fn tickets_and_proofs_are_read_back() {
    let ticket = NewSessionTicket { lifetime_hint: 7200, ticket: &[1, 2, 3] };
    let bytes = emitted(|w| ticket.emit(w));
    assert_eq!(bytes, [0, 0, 0x1c, 0x20, 0, 3, 1, 2, 3]);
    let parsed = Reader::all(&bytes, NewSessionTicket::parse).unwrap();
    assert_eq!((parsed.lifetime_hint, parsed.ticket), (7200, &[1, 2, 3][..]));

    let bytes = emitted(|w| ClientKeyExchange { public_value: &[6; 32] }.emit(w));
    assert_eq!(Reader::all(&bytes, ClientKeyExchange::parse).unwrap().public_value, [6; 32]);
    assert_eq!(Reader::all(&[0], ClientKeyExchange::parse).err(), Some(DecodeError::BadLength));

    let proof = Reader::all(&[4, 3, 0, 2, 0xaa, 0xbb], CertificateVerify::parse).unwrap();
    assert_eq!((proof.scheme, proof.signature), (0x0403, &[0xaa, 0xbb][..]));
}

#[test]
fn a_message_is_whole_or_waited_for_or_too_long() {
    let finished = [&[20, 0, 0, 12][..], &[0; 12]].concat();
    for len in 0..finished.len() {
        assert!(Handshake::first_of(&finished[..len]).unwrap().is_none(), "{len}");
    }
    let message = Handshake::first_of(&finished).unwrap().unwrap();
    assert_eq!((message.kind, message.body.len(), message.raw.len()), (HandshakeType::FINISHED, 12, 16));
    let too_long = [11, 0, 0x40, 0x01];
    assert_eq!(Handshake::first_of(&too_long).err(), Some(Error::Misbehaved(Misbehaved::MessageTooLong)));
    let longest = [11, 0, 0x40, 0x00];
    assert!(Handshake::first_of(&longest).unwrap().is_none());
}
