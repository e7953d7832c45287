//! Bugs that TLS implementations have had, each with a test that would have found it.
//!
//! State confusion has its own file (`state_oracle`), and so do delivery (`delivery`) and resumption
//! (`extensions`); signatures and points of the wrong kind are in `wycheproof`.

use lsam_tls::limits::{MAX_EMPTY_RECORDS, MAX_HANDSHAKE_MESSAGE, MAX_WARNINGS};
use lsam_tls::{
    AlertDescription, Client, ClientAuth, ClientConfig, ClientSession, Error, FromPeer, HandshakeType,
    Identity, Incompatible, Misbehaved, Server, ServerConfig, ServerSession,
};

use lsam_testing::identity::{Authority, ECDSA_P256, KeyKind, leaf};
use lsam_testing::pair::Memory;
use lsam_testing::script::{self, FINISHED, PUBLIC, Writer, message};
use lsam_testing::subject::Subject;
use lsam_testing::transparent::Transparent;

type ServerSubject<'b> = Subject<'b, Server<'b, Transparent>>;
type ClientSubject<'b> = Subject<'b, Client<'b, Transparent>>;

/// Runs `test` on a server that requests no certificate.
fn with_server(test: impl FnOnce(&mut ServerSubject<'_>, &mut Writer)) {
    with_server_config(|config| config, test);
}

fn with_server_config(
    adapt: impl FnOnce(ServerConfig<'_>) -> ServerConfig<'_>,
    test: impl FnOnce(&mut ServerSubject<'_>, &mut Writer),
) {
    let identities = [Identity { chain: &[leaf()], schemes: ECDSA_P256 }];
    let config = adapt(ServerConfig::new(&identities));
    let mut memory = Memory::full();
    let mut subject = Subject::new(ServerSession::new(&config, memory.lend()).unwrap());
    test(&mut subject, &mut Writer::default());
}

/// Runs `test` on a client that has received a server's certificate.
fn with_client(test: impl FnOnce(&mut ClientSubject<'_>, &mut Writer)) {
    let leaf = Authority::default().issue("agent.example", KeyKind::EcdsaP256).leaf;
    let config = ClientConfig::new();
    let mut memory = Memory::full();
    let mut subject = Subject::new(ClientSession::new(&config, memory.lend()).unwrap());
    let mut w = Writer::default();
    assert!(subject.takes(&w.handshake(HandshakeType::SERVER_HELLO, &script::server_hello(&[], false))));
    assert!(subject.takes(&w.handshake(HandshakeType::CERTIFICATE, &script::certificate(&[&leaf]))));
    test(&mut subject, &mut w);
}

fn hello() -> Vec<u8> {
    message(HandshakeType::CLIENT_HELLO, &script::client_hello(None))
}

/// A client's messages up to, but excluding, ChangeCipherSpec.
fn to_key_exchange(subject: &mut ServerSubject<'_>, w: &mut Writer) {
    assert!(subject.takes(&w.record(22, &hello())));
    assert!(subject.takes(&w.handshake(HandshakeType::CLIENT_KEY_EXCHANGE, &script::client_key_exchange())));
}

fn to_traffic(subject: &mut ServerSubject<'_>, w: &mut Writer) {
    to_key_exchange(subject, w);
    assert!(subject.takes(&w.change_cipher_spec(&[1])));
    assert!(subject.takes(&w.handshake(HandshakeType::FINISHED, &FINISHED)));
    assert!(subject.session.negotiated().is_some());
}

#[test]
fn change_cipher_spec_is_taken_in_its_place_alone() {
    // Before the hello, and before the key exchange (CVE-2014-0224).
    with_server(|subject, w| assert!(!subject.takes(&w.change_cipher_spec(&[1]))));
    with_server(|subject, w| {
        assert!(subject.takes(&w.record(22, &hello())));
        assert!(!subject.takes(&w.change_cipher_spec(&[1])));
        assert_eq!(subject.alert_in_clear(), Some(AlertDescription::UNEXPECTED_MESSAGE.0));
    });
    // Twice, and once more in the middle of data.
    with_server(|subject, w| {
        to_key_exchange(subject, w);
        assert!(subject.takes(&w.change_cipher_spec(&[1])));
        assert!(!subject.takes(&w.record(20, &[1])));
    });
    with_server(|subject, w| {
        to_traffic(subject, w);
        assert!(!subject.takes(&w.record(20, &[1])));
    });
    with_client(|subject, w| assert!(!subject.takes(&w.change_cipher_spec(&[1]))));
}

#[test]
fn change_cipher_spec_is_exactly_one_byte_one() {
    for body in [&[0][..], &[2], &[1, 1], &[1, 0]] {
        with_server(|subject, w| {
            to_key_exchange(subject, w);
            assert!(!subject.takes(&w.change_cipher_spec(body)), "{body:?}");
            assert_eq!(subject.alert_in_clear(), Some(AlertDescription::DECODE_ERROR.0));
        });
    }
}

#[test]
fn no_message_stands_across_the_change_of_keys() {
    // The start of Finished in the clear, in the record of ClientKeyExchange or in its own.
    for head in [1, 4, 10] {
        with_server(|subject, w| {
            assert!(subject.takes(&w.record(22, &hello())));
            let exchange = message(HandshakeType::CLIENT_KEY_EXCHANGE, &script::client_key_exchange());
            let finished = message(HandshakeType::FINISHED, &FINISHED);
            assert!(subject.takes(&w.record(22, &[&exchange, &finished[..head]].concat())));
            assert!(!subject.takes(&w.change_cipher_spec(&[1])));
            let expected =
                Error::Unexpected { expected: FromPeer::RestOfMessage, got: FromPeer::ChangeCipherSpec };
            assert_eq!(subject.error, Some(expected));
        });
    }
    // A whole Finished in the clear before ChangeCipherSpec.
    with_server(|subject, w| {
        to_key_exchange(subject, w);
        assert!(!subject.takes(&w.handshake(HandshakeType::FINISHED, &FINISHED)));
    });
    // Another message after Finished, under the same keys.
    with_server(|subject, w| {
        to_key_exchange(subject, w);
        assert!(subject.takes(&w.change_cipher_spec(&[1])));
        let two = [message(HandshakeType::FINISHED, &FINISHED), message(HandshakeType::FINISHED, &FINISHED)];
        assert!(!subject.takes(&w.record(22, &two.concat())));
    });
}

#[test]
fn content_that_tls_12_does_not_have_is_refused() {
    for content_type in [0, 19, 24, 25, 255] {
        with_server(|subject, w| {
            assert!(!subject.takes(&w.record(content_type, &[1, 0x40, 0])));
            assert_eq!(subject.alert_in_clear(), Some(AlertDescription::UNEXPECTED_MESSAGE.0));
        });
        with_server(|subject, w| {
            to_traffic(subject, w);
            assert!(!subject.takes(&w.record(content_type, &[1, 0x40, 0])));
        });
    }
}

#[test]
fn renegotiation_is_refused_and_never_processed() {
    with_server(|subject, w| {
        to_traffic(subject, w);
        for n in 0..MAX_WARNINGS {
            let before = subject.sent.len();
            assert!(subject.takes(&w.record(22, &hello())), "{n}");
            // Sealed: header, nonce, warning and no_renegotiation, tag.
            assert_eq!(subject.sent.len() - before, 5 + 8 + 2 + 16);
            assert_eq!(subject.sent[before + 13..before + 15], [1, AlertDescription::NO_RENEGOTIATION.0]);
        }
        assert!(subject.takes(&w.record(23, b"still here")));
        assert_eq!(subject.data, b"still here");
        for _ in 0..MAX_WARNINGS {
            subject.takes(&w.record(22, &hello()));
        }
        assert!(!subject.takes(&w.record(22, &hello())), "patience has an end");
        assert_eq!(subject.error, Some(Misbehaved::TooManyWarnings.into()));
    });
    // A first hello that claims to be a renegotiation.
    with_server(|subject, w| {
        let mut renegotiation = script::client_hello(None);
        let at = renegotiation.len() - 3;
        assert_eq!(renegotiation[at..], [0, 1, 0]);
        renegotiation.splice(at.., [0, 13, 12].into_iter().chain([7; 12]));
        let extensions_len = renegotiation.len() - 43;
        renegotiation[41..43].copy_from_slice(&(extensions_len as u16).to_be_bytes());
        assert!(!subject.takes(&w.handshake(HandshakeType::CLIENT_HELLO, &renegotiation)));
        assert_eq!(subject.error, Some(Misbehaved::RenegotiationInfo.into()));
        assert_eq!(subject.alert_in_clear(), Some(AlertDescription::HANDSHAKE_FAILURE.0));
    });
}

/// A ClientHello whose extension of `kind` is renamed to an unknown one.
fn hello_without(kind: u16) -> Vec<u8> {
    let mut hello = script::client_hello(None);
    let mut at = 43;
    while hello[at..at + 2] != kind.to_be_bytes() {
        at += 4 + usize::from(u16::from_be_bytes([hello[at + 2], hello[at + 3]]));
    }
    hello[at..at + 2].copy_from_slice(&[0xab, 0xcd]);
    hello
}

#[test]
fn extended_master_secret_is_echoed_and_can_be_required() {
    with_server(|subject, w| {
        assert!(subject.takes(&w.handshake(HandshakeType::CLIENT_HELLO, &hello_without(23))));
        assert!(!subject.sent.windows(4).any(|bytes| bytes == [0, 23, 0, 0]));
    });
    with_server(|subject, w| {
        assert!(subject.takes(&w.record(22, &hello())));
        assert!(subject.sent.windows(4).any(|bytes| bytes == [0, 23, 0, 0]));
    });
    with_server_config(
        |config| ServerConfig { require_extended_master_secret: true, ..config },
        |subject, w| {
            assert!(!subject.takes(&w.handshake(HandshakeType::CLIENT_HELLO, &hello_without(23))));
            assert_eq!(subject.error, Some(Incompatible::ExtendedMasterSecret.into()));
        },
    );
}

#[test]
fn a_signature_must_be_of_a_scheme_that_was_offered_and_fits_the_key() {
    // SHA-1, MD5, a scheme of the profile that the client did not offer, RSA with an ECDSA key.
    let cases = [
        ([2, 3], Misbehaved::NotOffered),
        ([1, 3], Misbehaved::NotOffered),
        ([8, 7], Misbehaved::NotOffered),
        ([8, 4], Misbehaved::SchemeDoesNotFitKey),
        ([4, 1], Misbehaved::SchemeDoesNotFitKey),
    ];
    for (scheme, rule) in cases {
        with_client(|subject, w| {
            let mut exchange = script::server_key_exchange();
            exchange[36..38].copy_from_slice(&scheme);
            assert!(!subject.takes(&w.handshake(HandshakeType::SERVER_KEY_EXCHANGE, &exchange)));
            assert_eq!(subject.error, Some(rule.into()), "{scheme:?}");
            assert_eq!(subject.alert_in_clear(), Some(AlertDescription::ILLEGAL_PARAMETER.0));
        });
    }
}

#[test]
fn a_client_that_names_no_scheme_of_ours_is_not_served_with_sha_1() {
    with_server(|subject, w| {
        assert!(!subject.takes(&w.handshake(HandshakeType::CLIENT_HELLO, &hello_without(13))));
        assert_eq!(subject.error, Some(Incompatible::SignatureScheme.into()));
    });
}

#[test]
fn public_values_of_another_length_or_group_are_refused() {
    for len in [0_usize, 1, 31, 33, 64, 65, 97, 255] {
        with_server(|subject, w| {
            assert!(subject.takes(&w.record(22, &hello())));
            let exchange = [&[len as u8][..], &vec![PUBLIC; len]].concat();
            assert!(!subject.takes(&w.handshake(HandshakeType::CLIENT_KEY_EXCHANGE, &exchange)), "{len}");
        });
    }
    with_client(|subject, w| {
        let mut exchange = script::server_key_exchange();
        exchange[2] = 25;
        assert!(!subject.takes(&w.handshake(HandshakeType::SERVER_KEY_EXCHANGE, &exchange)));
        assert_eq!(subject.error, Some(Misbehaved::NotOffered.into()));
    });
}

#[test]
fn explicit_nonces_are_the_sequence_numbers() {
    with_server(|subject, w| {
        to_traffic(subject, w);
        let before = subject.sent.len();
        for _ in 0..3 {
            subject.session.write(b"x").unwrap();
            subject.run();
        }
        // Finished used sequence number 0.
        let nonces: Vec<&[u8]> =
            subject.sent[before..].chunks(5 + 8 + 1 + 16).map(|record| &record[5..13]).collect();
        let expected: Vec<[u8; 8]> = (1..=3_u64).map(u64::to_be_bytes).collect();
        assert_eq!(nonces, expected);
    });
}

#[test]
fn a_hello_may_come_in_records_of_any_size() {
    for size in 1..60 {
        with_server(|subject, w| {
            for fragment in hello().chunks(size) {
                assert!(subject.takes(&w.record(22, fragment)), "{size}");
            }
            assert!(!subject.sent.is_empty(), "{size}");
        });
    }
    for at in 1..hello().len() {
        with_server(|subject, w| {
            assert!(subject.takes(&w.record(22, &hello()[..at])));
            // An empty record and a warning in between change nothing.
            assert!(subject.takes(&w.record(22, &[])));
            assert!(subject.takes(&w.record(21, &[1, AlertDescription::USER_CANCELED.0])));
            assert!(subject.sent.is_empty());
            assert!(subject.takes(&w.record(22, &hello()[at..])));
            assert!(!subject.sent.is_empty(), "{at}");
        });
    }
}

#[test]
fn messages_longer_than_the_limit_or_the_buffer_are_refused_at_once() {
    let header = |len: usize| [&[1][..], &(len as u32).to_be_bytes()[1..]].concat();
    with_server(|subject, w| {
        assert!(!subject.takes(&w.record(22, &header(MAX_HANDSHAKE_MESSAGE + 1))));
        assert_eq!(subject.error, Some(Misbehaved::MessageTooLong.into()));
    });
    let identities = [Identity { chain: &[leaf()], schemes: ECDSA_P256 }];
    let config = ServerConfig::new(&identities);
    let mut memory = Memory::new(600, 1024);
    let mut subject = Subject::new(ServerSession::<Transparent>::new(&config, memory.lend()).unwrap());
    let mut w = Writer::default();
    let long = [header(2000), vec![0; 500]].concat();
    assert!(subject.takes(&w.record(22, &long)));
    assert!(!subject.takes(&w.record(22, &[0; 500])));
    assert_eq!(subject.error, Some(Error::RecvBufferTooSmall { needed: 2000 + 4 + 5 }));
    assert_eq!(subject.error.unwrap().alert(), Some(AlertDescription::RECORD_OVERFLOW));
}

#[test]
fn empty_records_and_warnings_have_a_limit() {
    with_server(|subject, w| {
        to_traffic(subject, w);
        let patient = (0..100).take_while(|_| subject.takes(&w.record(23, &[]))).count();
        assert_eq!(patient, usize::from(MAX_EMPTY_RECORDS));
        assert_eq!(subject.error, Some(Misbehaved::TooManyEmptyRecords.into()));
    });
    with_server(|subject, w| {
        to_traffic(subject, w);
        let patient = (0..100).take_while(|_| subject.takes(&w.record(21, &[1, 90]))).count();
        assert_eq!(patient, usize::from(MAX_WARNINGS));
    });
}

#[test]
fn close_notify_is_answered_and_a_cut_stream_is_truncation() {
    with_server(|subject, w| {
        to_traffic(subject, w);
        let before = subject.sent.len();
        assert!(subject.takes(&w.record(21, &[1, 0])));
        assert!(subject.peer_closed);
        assert_eq!(subject.sent[before + 13..before + 15], [1, 0]);
        subject.session.recv_end();
        subject.run();
        assert_eq!(subject.error, None);
    });
    with_server(|subject, w| {
        to_traffic(subject, w);
        subject.session.recv_end();
        subject.run();
        assert_eq!(subject.error, Some(Error::Truncated));
    });
    // No orderly close is possible in the middle of the handshake.
    with_server(|subject, w| {
        assert!(subject.takes(&w.record(22, &hello())));
        assert!(!subject.takes(&w.record(21, &[1, 0])));
        assert_eq!(subject.error, Some(Error::AlertReceived(AlertDescription::CLOSE_NOTIFY)));
    });
}

#[test]
fn a_required_certificate_cannot_be_left_out() {
    with_server_config(
        |config| ServerConfig { client_auth: ClientAuth::Required, ..config },
        |subject, w| {
            assert!(subject.takes(&w.record(22, &hello())));
            assert!(!subject.takes(&w.handshake(HandshakeType::CERTIFICATE, &script::certificate(&[]))));
            assert_eq!(subject.error, Some(Incompatible::NoCertificate.into()));
            assert_eq!(subject.alert_in_clear(), Some(AlertDescription::HANDSHAKE_FAILURE.0));
        },
    );
}

#[test]
fn records_beyond_the_limit_and_other_protocols_are_refused() {
    with_server(|subject, _| {
        assert!(!subject.takes(&[22, 3, 1, 0x40, 0x01]));
        assert_eq!(subject.error, Some(Misbehaved::RecordOverflow.into()));
        assert_eq!(subject.alert_in_clear(), Some(AlertDescription::RECORD_OVERFLOW.0));
    });
    // An SSL 2 hello, HTTP, SSH: an alert, then the end.
    for bytes in [&[0x80, 0x2e, 1, 0, 2][..], b"GET / HTTP/1.1\r\n", b"SSH-2.0-OpenSSH\r\n"] {
        with_server(|subject, _| {
            assert!(!subject.takes(bytes));
            assert!(subject.alert_in_clear().is_some(), "{bytes:?}");
        });
    }
}
