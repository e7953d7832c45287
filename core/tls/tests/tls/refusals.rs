//! The errors reported for violations where several answers could be right; each choice cites its RFC.

use lsam_tls::wire::DecodeError;
use lsam_tls::x509::CertificateError;
use lsam_tls::{
    AlertDescription, Client, ClientAuth, ClientConfig, ClientSession, Error, FromPeer, HandshakeType,
    Identity, Incompatible, MaxFragmentLength, Misbehaved, Role, Server, ServerConfig, ServerSession,
    StoredSession, Structure,
};

use lsam_testing::identity::{Authority, ECDSA_P256, KeyKind, leaf};
use lsam_testing::pair::Memory;
use lsam_testing::script::{self, FINISHED, Writer, message};
use lsam_testing::subject::Subject;
use lsam_testing::transparent::Transparent;

const ALERT: u8 = 21;
const HANDSHAKE: u8 = 22;
const APPLICATION_DATA: u8 = 23;

/// Runs `test` on a server waiting for a ClientHello.
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

/// Brings a server to the point where it waits for the client's Finished.
fn to_finished(subject: &mut Subject<'_, Server<'_, Transparent>>, w: &mut Writer) {
    assert!(subject.takes(&w.handshake(HandshakeType::CLIENT_HELLO, &script::client_hello(None))));
    assert!(subject.takes(&w.handshake(HandshakeType::CLIENT_KEY_EXCHANGE, &script::client_key_exchange())));
    assert!(subject.takes(&w.change_cipher_spec(&[1])));
}

/// Asserts that the session ended with `error` and reported it in the clear.
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
        let got = FromPeer::Handshake(HandshakeType::CLIENT_KEY_EXCHANGE);
        let error = Error::Unexpected { expected: FromPeer::Nothing, got };
        refused(subject, error, AlertDescription::UNEXPECTED_MESSAGE);
    });
    // The first byte of Finished after ServerHelloDone.
    with_client(|subject, w| {
        let leaf = Authority::default().issue("agent.example", KeyKind::EcdsaP256).leaf;
        assert!(subject.takes(&w.handshake(HandshakeType::SERVER_HELLO, &script::server_hello(&[], false))));
        assert!(subject.takes(&w.handshake(HandshakeType::CERTIFICATE, &script::certificate(&[&leaf]))));
        let exchange = script::server_key_exchange();
        assert!(subject.takes(&w.handshake(HandshakeType::SERVER_KEY_EXCHANGE, &exchange)));
        assert!(!subject.takes(&w.record(HANDSHAKE, &[14, 0, 0, 0, 20])));
        let got = FromPeer::Handshake(HandshakeType::FINISHED);
        let error = Error::Unexpected { expected: FromPeer::Nothing, got };
        refused(subject, error, AlertDescription::UNEXPECTED_MESSAGE);
    });
}

#[test]
fn empty_application_data_is_unexpected_before_the_handshake_is_complete() {
    let error = Error::Unexpected { expected: FromPeer::Nothing, got: FromPeer::ApplicationData };
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

/// A record, with the message expected at that point.
type Due<'a> = (FromPeer, &'a dyn Fn(&mut Writer) -> Vec<u8>);

/// Asserts that a ChangeCipherSpec before each record of `flight` except its own is reported with the
/// expected message. `run` returns the error of a session that receives these records.
fn change_cipher_spec_instead(run: &dyn Fn(&[Vec<u8>]) -> Option<Error>, flight: &[Due<'_>]) {
    for (n, (expected, _)) in flight.iter().enumerate() {
        if *expected == FromPeer::ChangeCipherSpec {
            continue;
        }
        let mut w = Writer::default();
        let mut records: Vec<_> = flight[..n].iter().map(|(_, record)| record(&mut w)).collect();
        assert_eq!(run(&records), None, "before {expected:?}");
        records.push(w.record(20, &[1]));
        let error = Error::Unexpected { expected: *expected, got: FromPeer::ChangeCipherSpec };
        assert_eq!(run(&records), Some(error));
    }
}

#[test]
fn a_change_cipher_spec_out_of_turn_is_reported_with_what_was_due() {
    use HandshakeType as H;
    let due = FromPeer::Handshake;
    let leaf = leaf();
    let client = |records: &[Vec<u8>]| {
        let config = ClientConfig { server_name: Some("agent.example"), ..ClientConfig::new() };
        let (mut memory, mut store) = (Memory::full(), StoredSession::new());
        let session = ClientSession::with_store(&config, &mut store, memory.lend()).unwrap();
        let mut subject = Subject::<_, Transparent>::new(session);
        for record in records {
            subject.takes(record);
        }
        subject.error
    };
    let request = || message(H::CERTIFICATE_REQUEST, &script::certificate_request());
    change_cipher_spec_instead(
        &client,
        &[
            (due(H::SERVER_HELLO), &|w| w.handshake(H::SERVER_HELLO, &script::server_hello(&[], true))),
            (due(H::CERTIFICATE), &|w| w.handshake(H::CERTIFICATE, &script::certificate(&[leaf]))),
            (due(H::SERVER_KEY_EXCHANGE), &|w| {
                w.handshake(H::SERVER_KEY_EXCHANGE, &script::server_key_exchange())
            }),
            // Part of the message that is handled in pieces, and the rest of it.
            (due(H::SERVER_HELLO_DONE), &|w| w.record(HANDSHAKE, &request()[..6])),
            (FromPeer::RestOfMessage, &|w| w.record(HANDSHAKE, &request()[6..])),
            (due(H::SERVER_HELLO_DONE), &|w| w.handshake(H::SERVER_HELLO_DONE, &[])),
            (due(H::NEW_SESSION_TICKET), &|w| w.handshake(H::NEW_SESSION_TICKET, &[0, 0, 0, 9, 0, 1, 7])),
            (FromPeer::ChangeCipherSpec, &|w| w.change_cipher_spec(&[1])),
            (due(H::FINISHED), &|w| w.handshake(H::FINISHED, &FINISHED)),
            (FromPeer::ApplicationData, &|w| w.record(APPLICATION_DATA, b"data")),
        ],
    );
    let server = |records: &[Vec<u8>]| {
        let identities = [Identity { chain: &[leaf], schemes: ECDSA_P256 }];
        let config = ServerConfig { client_auth: ClientAuth::Required, ..ServerConfig::new(&identities) };
        let mut memory = Memory::full();
        let session = ServerSession::new(&config, memory.lend()).unwrap();
        let mut subject = Subject::<_, Transparent>::new(session);
        for record in records {
            subject.takes(record);
        }
        subject.error
    };
    change_cipher_spec_instead(
        &server,
        &[
            (due(H::CLIENT_HELLO), &|w| w.handshake(H::CLIENT_HELLO, &script::client_hello(None))),
            (due(H::CERTIFICATE), &|w| w.handshake(H::CERTIFICATE, &script::certificate(&[leaf]))),
            (due(H::CLIENT_KEY_EXCHANGE), &|w| {
                w.handshake(H::CLIENT_KEY_EXCHANGE, &script::client_key_exchange())
            }),
            (due(H::CERTIFICATE_VERIFY), &|w| {
                w.handshake(H::CERTIFICATE_VERIFY, &script::certificate_verify())
            }),
            (FromPeer::ChangeCipherSpec, &|w| w.change_cipher_spec(&[1])),
            (due(H::FINISHED), &|w| w.handshake(H::FINISHED, &FINISHED)),
            (FromPeer::ApplicationData, &|w| w.record(APPLICATION_DATA, b"data")),
        ],
    );
}

#[test]
fn a_finished_before_change_cipher_spec_is_unexpected() {
    let error = Error::Unexpected {
        expected: FromPeer::ChangeCipherSpec,
        got: FromPeer::Handshake(HandshakeType::FINISHED),
    };
    with_server(|subject, w| {
        let exchange = script::client_key_exchange();
        assert!(subject.takes(&w.handshake(HandshakeType::CLIENT_HELLO, &script::client_hello(None))));
        assert!(subject.takes(&w.handshake(HandshakeType::CLIENT_KEY_EXCHANGE, &exchange)));
        assert!(!subject.takes(&w.handshake(HandshakeType::FINISHED, &FINISHED)));
        refused(subject, error, AlertDescription::UNEXPECTED_MESSAGE);
    });
    with_client(|subject, w| {
        let exchange = script::server_key_exchange();
        assert!(subject.takes(&w.handshake(HandshakeType::SERVER_HELLO, &script::server_hello(&[], false))));
        assert!(subject.takes(&w.handshake(HandshakeType::CERTIFICATE, &script::certificate(&[leaf()]))));
        assert!(subject.takes(&w.handshake(HandshakeType::SERVER_KEY_EXCHANGE, &exchange)));
        assert!(subject.takes(&w.handshake(HandshakeType::SERVER_HELLO_DONE, &[])));
        assert!(!subject.takes(&w.handshake(HandshakeType::FINISHED, &FINISHED)));
        // Sealed: this side has sent its own ChangeCipherSpec.
        assert_eq!(subject.error, Some(error));
    });
}

#[test]
fn a_server_without_extended_master_secret_is_refused_by_clients_that_require_it_alone() {
    for (required, present) in [(false, false), (false, true), (true, false), (true, true)] {
        let config = ClientConfig { require_extended_master_secret: required, ..ClientConfig::new() };
        let mut memory = Memory::full();
        let mut subject = Subject::<_, Transparent>::new(ClientSession::new(&config, memory.lend()).unwrap());
        let mut hello = script::server_hello(&[], false);
        if !present {
            // The extension is the first in the list of 9 bytes.
            hello.splice(38..44, [0, 5]);
        }
        let accepted = subject.takes(&Writer::default().handshake(HandshakeType::SERVER_HELLO, &hello));
        assert_eq!(accepted, present || !required, "{required} {present}");
        if !accepted {
            refused(&subject, Incompatible::ExtendedMasterSecret, AlertDescription::HANDSHAKE_FAILURE);
        }
    }
}

#[test]
fn a_fragment_limit_is_the_one_that_was_asked_for_and_not_two_at_once() {
    let config =
        ClientConfig { max_fragment_length: MaxFragmentLength::from_bytes(512), ..ClientConfig::new() };
    let [fragment, record]: [(u16, &[u8]); 2] = [(1, &[1]), (28, &[2, 0])];
    for (answer, fits) in [
        (&[][..], true),
        (&[fragment], true),
        (&[record], true),
        (&[(1, &[2][..])], false),
        (&[fragment, record], false),
    ] {
        // Small enough for record_size_limit to be offered.
        let mut memory = Memory::new(1024, 1024);
        let mut subject = Subject::<_, Transparent>::new(ClientSession::new(&config, memory.lend()).unwrap());
        let hello = script::server_hello_with(answer);
        let accepted = subject.takes(&Writer::default().handshake(HandshakeType::SERVER_HELLO, &hello));
        assert_eq!(accepted, fits, "{answer:?}");
        if !fits {
            refused(&subject, Misbehaved::FragmentLimit, AlertDescription::ILLEGAL_PARAMETER);
        }
    }
}

/// RFC 8422 section 4: the server may choose any group; all clients support secp256r1.
#[test]
fn a_client_that_names_no_groups_is_served_on_secp256r1() {
    with_server(|subject, w| {
        let hello = script::client_hello_of(&[(13, &[0, 2, 4, 3])]);
        assert!(subject.takes(&w.handshake(HandshakeType::CLIENT_HELLO, &hello)));
        assert!(subject.sent.windows(5).any(|bytes| bytes == [3, 0, 23, 65, 4]));
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
    // Before that, the minor version is ignored.
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
        let error = |message| Error::Decode(Structure::Handshake(message), DecodeError::BadLength);
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
