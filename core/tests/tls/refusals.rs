//! What peers are told that break a rule for which several answers could be right; each choice has its RFC.

use lsam_core::tls::{
    AlertDescription, Client, ClientConfig, ClientSession, Error, HandshakeType, Identity, Incoming,
    Incompatible, Misbehaved, Place, Role, Server, ServerConfig, ServerSession,
};
use lsam_core::wire::DecodeError;
use lsam_core::x509::CertificateError;

use crate::common::identity::{Authority, ECDSA_P256, KeyKind, leaf};
use crate::common::pair::Memory;
use crate::common::script::{self, FINISHED, Writer, message};
use crate::common::subject::Subject;
use crate::common::transparent::Transparent;

const ALERT: u8 = 21;
const HANDSHAKE: u8 = 22;
const APPLICATION_DATA: u8 = 23;

/// Runs `test` on a server that waits for a ClientHello.
fn with_server(test: impl FnOnce(&mut Subject<'_, Server<'_, Transparent>>, &mut Writer)) {
    let identities = [Identity { chain: &[leaf()], schemes: ECDSA_P256 }];
    let config = ServerConfig::new(&identities);
    let mut memory = Memory::full();
    let mut subject = Subject::new(ServerSession::new(&config, memory.lend()).unwrap());
    test(&mut subject, &mut Writer::default());
}

/// Runs `test` on a client that has sent its ClientHello.
fn with_client(test: impl FnOnce(&mut Subject<'_, Client<'_, Transparent>>, &mut Writer)) {
    let config = ClientConfig::new();
    let mut memory = Memory::full();
    let mut subject = Subject::new(ClientSession::new(&config, memory.lend()).unwrap());
    test(&mut subject, &mut Writer::default());
}

/// Brings a server to where it waits for the client's Finished.
fn to_finished(subject: &mut Subject<'_, Server<'_, Transparent>>, w: &mut Writer) {
    assert!(subject.takes(&w.handshake(HandshakeType::CLIENT_HELLO, &script::client_hello(None))));
    assert!(subject.takes(&w.handshake(HandshakeType::CLIENT_KEY_EXCHANGE, &script::client_key_exchange())));
    assert!(subject.takes(&w.change_cipher_spec(&[1])));
}

/// Asserts that the session has ended with `error`, and has told the peer so in the clear.
fn refused<R: Role<Transparent>>(subject: &Subject<'_, R>, error: impl Into<Error>, alert: AlertDescription) {
    assert_eq!(subject.error, Some(error.into()));
    assert_eq!(subject.alert_in_clear(), Some(alert.0));
}

#[test]
fn a_message_behind_the_end_of_a_flight_is_unexpected() {
    // Half a ClientKeyExchange in the record of the ClientHello.
    with_server(|subject, w| {
        let hello = message(HandshakeType::CLIENT_HELLO, &script::client_hello(None));
        assert!(!subject.takes(&w.record(HANDSHAKE, &[&hello[..], &[16, 0]].concat())));
        let got = Incoming::Handshake(HandshakeType::CLIENT_KEY_EXCHANGE);
        let error = Error::Unexpected { expected: Incoming::Nothing, got };
        refused(subject, error, AlertDescription::UNEXPECTED_MESSAGE);
    });
    // The first byte of Finished behind ServerHelloDone.
    with_client(|subject, w| {
        let leaf = Authority::new().issue("agent.example", KeyKind::EcdsaP256).leaf;
        assert!(subject.takes(&w.handshake(HandshakeType::SERVER_HELLO, &script::server_hello(&[], false))));
        assert!(subject.takes(&w.handshake(HandshakeType::CERTIFICATE, &script::certificate(&[&leaf]))));
        let exchange = script::server_key_exchange();
        assert!(subject.takes(&w.handshake(HandshakeType::SERVER_KEY_EXCHANGE, &exchange)));
        assert!(!subject.takes(&w.record(HANDSHAKE, &[14, 0, 0, 0, 20])));
        let got = Incoming::Handshake(HandshakeType::FINISHED);
        let error = Error::Unexpected { expected: Incoming::Nothing, got };
        refused(subject, error, AlertDescription::UNEXPECTED_MESSAGE);
    });
}

#[test]
fn empty_application_data_is_unexpected_before_the_handshake_is_complete() {
    let error = Error::Unexpected { expected: Incoming::Nothing, got: Incoming::ApplicationData };
    with_server(|subject, w| {
        assert!(!subject.takes(&w.record(APPLICATION_DATA, &[])));
        refused(subject, error, AlertDescription::UNEXPECTED_MESSAGE);
    });
    with_server(|subject, w| {
        to_finished(subject, w);
        assert!(!subject.takes(&w.record(APPLICATION_DATA, &[])));
        refused(subject, error, AlertDescription::UNEXPECTED_MESSAGE);
    });
    with_server(|subject, w| {
        to_finished(subject, w);
        assert!(subject.takes(&w.handshake(HandshakeType::FINISHED, &FINISHED)));
        assert!(subject.takes(&w.record(APPLICATION_DATA, &[])));
    });
}

#[test]
fn an_empty_alert_is_malformed() {
    with_server(|subject, w| {
        assert!(!subject.takes(&w.record(ALERT, &[])));
        assert_eq!(subject.alert_in_clear(), Some(AlertDescription::DECODE_ERROR.0));
    });
}

#[test]
fn an_alert_of_unknown_level_is_an_illegal_parameter() {
    with_server(|subject, w| {
        assert!(!subject.takes(&w.record(ALERT, &[0x42, AlertDescription::USER_CANCELED.0])));
        refused(subject, Misbehaved::AlertLevel, AlertDescription::ILLEGAL_PARAMETER);
    });
}

#[test]
fn an_extension_that_stands_twice_is_a_decode_error() {
    with_server(|subject, w| {
        let hello = script::client_hello_with(&[(0xabcd, b"x"), (0xabcd, b"y")]);
        assert!(!subject.takes(&w.handshake(HandshakeType::CLIENT_HELLO, &hello)));
        refused(subject, Misbehaved::DuplicateExtension, AlertDescription::DECODE_ERROR);
    });
}

#[test]
fn a_finished_of_another_length_does_not_verify() {
    for len in [0, 11, 13] {
        with_server(|subject, w| {
            to_finished(subject, w);
            assert!(!subject.takes(&w.handshake(HandshakeType::FINISHED, &vec![0; len])));
            refused(subject, Misbehaved::Finished, AlertDescription::DECRYPT_ERROR);
        });
    }
}

#[test]
fn a_fallback_that_was_not_needed_is_inappropriate() {
    let offer = |version: u8, suite: [u8; 2]| {
        let mut hello = script::client_hello(None);
        hello[1] = version;
        hello.splice(35..39, [0, 4, 0xc0, 0x2b, suite[0], suite[1]]);
        hello
    };
    with_server(|subject, w| {
        assert!(!subject.takes(&w.handshake(HandshakeType::CLIENT_HELLO, &offer(2, [0x56, 0]))));
        refused(subject, Incompatible::Fallback, AlertDescription::INAPPROPRIATE_FALLBACK);
    });
    with_server(|subject, w| {
        assert!(!subject.takes(&w.handshake(HandshakeType::CLIENT_HELLO, &offer(2, [0, 0xff]))));
        refused(subject, Incompatible::Version, AlertDescription::PROTOCOL_VERSION);
    });
    with_server(|subject, w| {
        assert!(subject.takes(&w.handshake(HandshakeType::CLIENT_HELLO, &offer(3, [0x56, 0]))));
    });
}

#[test]
fn supported_groups_in_a_server_hello_are_passed_over() {
    with_client(|subject, w| {
        let hello = script::server_hello_with(&[(10, &[0, 2, 0, 29])]);
        assert!(subject.takes(&w.handshake(HandshakeType::SERVER_HELLO, &hello)));
    });
    with_client(|subject, w| {
        let hello = script::server_hello_with(&[(0xabcd, &[])]);
        assert!(!subject.takes(&w.handshake(HandshakeType::SERVER_HELLO, &hello)));
        refused(subject, Misbehaved::UnsolicitedExtension, AlertDescription::UNSUPPORTED_EXTENSION);
    });
}

#[test]
fn a_server_hello_without_extensions_has_no_field_for_them() {
    with_server(|subject, w| {
        let hello = script::client_hello_of(&[(10, &[0, 4, 0, 29, 0, 23]), (13, &[0, 2, 4, 3])]);
        assert!(subject.takes(&w.handshake(HandshakeType::CLIENT_HELLO, &hello)));
        // Header, version, random, empty session identifier, suite, compression method.
        assert_eq!(subject.sent[5..9], [2, 0, 0, 2 + 32 + 1 + 2 + 1]);
    });
}

#[test]
fn sealed_records_are_of_version_tls_12() {
    with_server(|subject, w| {
        to_finished(subject, w);
        let mut finished = w.handshake(HandshakeType::FINISHED, &FINISHED);
        finished[2] = 4;
        assert!(!subject.takes(&finished));
        refused(subject, Misbehaved::RecordVersion, AlertDescription::PROTOCOL_VERSION);
    });
    // Before that, the minor version is not looked at.
    with_server(|subject, w| {
        let mut hello = w.handshake(HandshakeType::CLIENT_HELLO, &script::client_hello(None));
        hello[2] = 1;
        assert!(subject.takes(&hello));
    });
}

#[test]
fn a_server_without_certificate_sends_a_malformed_message() {
    with_client(|subject, w| {
        assert!(subject.takes(&w.handshake(HandshakeType::SERVER_HELLO, &script::server_hello(&[], false))));
        assert!(!subject.takes(&w.handshake(HandshakeType::CERTIFICATE, &script::certificate(&[]))));
        assert_eq!(subject.alert_in_clear(), Some(AlertDescription::DECODE_ERROR.0));
    });
}

#[test]
fn a_key_without_parameters_is_unsupported_and_not_malformed() {
    let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_ED25519).unwrap();
    let leaf = rcgen::CertificateParams::new(vec![]).unwrap().self_signed(&key).unwrap();
    with_client(|subject, w| {
        assert!(subject.takes(&w.handshake(HandshakeType::SERVER_HELLO, &script::server_hello(&[], false))));
        assert!(
            !subject.takes(&w.handshake(HandshakeType::CERTIFICATE, &script::certificate(&[leaf.der()])))
        );
        refused(subject, CertificateError::UnsupportedKey, AlertDescription::UNSUPPORTED_CERTIFICATE);
    });
}

#[test]
fn a_session_identifier_has_at_most_32_bytes() {
    // RFC 5246 section 7.4.1.2: opaque SessionID<0..32>.
    for (len, fits) in [(0, true), (31, true), (32, true), (33, false), (255, false)] {
        let id = vec![7; usize::from(len)];
        let error = |message| Error::Decode(Place::Handshake(message), DecodeError::BadLength);
        with_server(|subject, w| {
            let mut hello = script::client_hello(None);
            hello.splice(34..35, [&[len][..], &id].concat());
            assert_eq!(subject.takes(&w.handshake(HandshakeType::CLIENT_HELLO, &hello)), fits, "{len}");
            if !fits {
                refused(subject, error(HandshakeType::CLIENT_HELLO), AlertDescription::DECODE_ERROR);
            }
        });
        with_client(|subject, w| {
            let hello = script::server_hello(&id, false);
            assert_eq!(subject.takes(&w.handshake(HandshakeType::SERVER_HELLO, &hello)), fits, "{len}");
            if !fits {
                refused(subject, error(HandshakeType::SERVER_HELLO), AlertDescription::DECODE_ERROR);
            }
        });
    }
}
