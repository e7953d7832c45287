//! What a peer must not choose, and the proof of its key that it must provide.

use lsam_tls::crypto::SignatureScheme;
use lsam_tls::{
    AlertDescription, CipherSuite, ClientAuth, ClientConfig, ClientSession, Error, HandshakeType, Identity,
    Incompatible, Misbehaved, NamedGroup, NotOffered, ServerConfig, ServerSession, StoredSession, TicketKey,
    Tickets,
};

use lsam_testing::identity::{Authority, ECDSA_P256, KeyKind, leaf};
use lsam_testing::pair::Memory;
use lsam_testing::script::{self, FINISHED, PUBLIC, Writer};
use lsam_testing::subject::Subject;
use lsam_testing::transparent::{BAD_SIGNATURE, Transparent};

const AES128: CipherSuite = CipherSuite::EcdheEcdsaAes128GcmSha256;
const AES256: CipherSuite = CipherSuite::EcdheEcdsaAes256GcmSha384;

/// How a client with this configuration reacts to these messages of a server: its error, and what it sent.
fn client(config: &ClientConfig<'_>, messages: &[(HandshakeType, Vec<u8>)]) -> (Option<Error>, Vec<u8>) {
    let mut memory = Memory::full();
    let mut subject = Subject::<_, Transparent>::new(ClientSession::new(config, memory.lend()).unwrap());
    let mut w = Writer::default();
    for (kind, body) in messages {
        subject.takes(&w.handshake(*kind, body));
    }
    (subject.error, subject.sent)
}

/// A ServerKeyExchange on x25519 with this scheme and a signature that begins with `first`.
fn server_key_exchange(scheme: SignatureScheme, first: u8) -> (HandshakeType, Vec<u8>) {
    let point = [&[3, 0, 29, 32][..], &[PUBLIC; 32]].concat();
    let signature = [0, 8, first, 0, 0, 0, 0, 0, 0, 0];
    (HandshakeType::SERVER_KEY_EXCHANGE, [&point, &scheme.code().to_be_bytes()[..], &signature].concat())
}

/// The error of a client that receives this key exchange from a server with the certificate `leaf`.
fn exchange(config: &ClientConfig<'_>, leaf: &[u8], exchange: (HandshakeType, Vec<u8>)) -> Option<Error> {
    let hello = (HandshakeType::SERVER_HELLO, script::server_hello(&[], false));
    client(config, &[hello, (HandshakeType::CERTIFICATE, script::certificate(&[leaf])), exchange]).0
}

#[test]
fn a_key_exchange_is_signed_with_the_key_and_a_scheme_that_both_fit() {
    let ecdsa = SignatureScheme::EcdsaSecp256r1Sha256;
    let rsa = Authority::default().issue("agent.example", KeyKind::Rsa2048).leaf;
    let config = ClientConfig::new();
    let pss = SignatureScheme::RsaPssRsaeSha256;
    assert_eq!(exchange(&config, leaf(), server_key_exchange(ecdsa, 0)), None);
    for (error, leaf, message) in [
        (Misbehaved::Signature.into(), leaf(), server_key_exchange(ecdsa, BAD_SIGNATURE)),
        (Misbehaved::SchemeDoesNotFitKey.into(), &rsa, server_key_exchange(ecdsa, 0)),
        // The suite is for ECDSA (RFC 8422 section 2).
        (Misbehaved::SchemeDoesNotFitKey.into(), &rsa, server_key_exchange(pss, 0)),
    ] {
        assert_eq!(exchange(&config, leaf, message), Some(error));
    }
    let others = [SignatureScheme::EcdsaSecp384r1Sha384];
    let config = ClientConfig { signature_schemes: &others, ..ClientConfig::new() };
    let not_offered = Some(Misbehaved::NotOffered.into());
    assert_eq!(exchange(&config, leaf(), server_key_exchange(ecdsa, 0)), not_offered);
    let config = ClientConfig { groups: &[NamedGroup::Secp256r1], ..ClientConfig::new() };
    assert_eq!(exchange(&config, leaf(), server_key_exchange(ecdsa, 0)), not_offered);
}

#[test]
fn a_client_certificate_is_proven_by_its_signature() {
    let identities = [Identity { chain: &[leaf()], schemes: ECDSA_P256 }];
    let config = ServerConfig { client_auth: ClientAuth::Required, ..ServerConfig::new(&identities) };
    for (first, error) in [(0, None), (BAD_SIGNATURE, Some(Misbehaved::Signature.into()))] {
        let mut memory = Memory::full();
        let mut subject = Subject::<_, Transparent>::new(ServerSession::new(&config, memory.lend()).unwrap());
        let mut verify = script::certificate_verify();
        verify[4] = first;
        let mut w = Writer::default();
        for (kind, body) in [
            (HandshakeType::CLIENT_HELLO, script::client_hello(None)),
            (HandshakeType::CERTIFICATE, script::certificate(&[leaf()])),
            (HandshakeType::CLIENT_KEY_EXCHANGE, script::client_key_exchange()),
            (HandshakeType::CERTIFICATE_VERIFY, verify),
        ] {
            subject.takes(&w.handshake(kind, &body));
        }
        assert_eq!(subject.error, error);
    }
}

#[test]
fn a_server_keeps_to_the_version_and_takes_no_compression() {
    for (at, value, error, alert) in [
        (1, 2, Incompatible::Version.into(), AlertDescription::PROTOCOL_VERSION),
        (1, 4, Incompatible::Version.into(), AlertDescription::PROTOCOL_VERSION),
        (37, 1, Misbehaved::Compression.into(), AlertDescription::ILLEGAL_PARAMETER),
    ] {
        let mut hello = script::server_hello(&[], false);
        hello[at] = value;
        let (refused, sent): (Option<Error>, _) =
            client(&ClientConfig::new(), &[(HandshakeType::SERVER_HELLO, hello)]);
        assert_eq!(refused, Some(error));
        assert!(sent.ends_with(&[2, alert.0]));
    }
}

/// The ServerHello without extended master secret, its first extension.
fn without_extended_master_secret(mut hello: Vec<u8>) -> Vec<u8> {
    let extensions = 38 + usize::from(hello[34]);
    hello.splice(extensions..extensions + 6, [0, 5]);
    hello
}

#[test]
fn extended_master_secret_can_be_required_of_a_server() {
    for required in [false, true] {
        let config = ClientConfig { require_extended_master_secret: required, ..ClientConfig::new() };
        let hello = without_extended_master_secret(script::server_hello(&[], false));
        let error = required.then(|| Incompatible::ExtendedMasterSecret.into());
        assert_eq!(client(&config, &[(HandshakeType::SERVER_HELLO, hello)]).0, error);
    }
}

/// A slot with the session of a handshake with [`AES128`].
fn stored() -> StoredSession {
    let mut store = StoredSession::new();
    let mut w = Writer::default();
    let mut flight = Vec::new();
    for (kind, body) in [
        (HandshakeType::SERVER_HELLO, script::server_hello(&[], true)),
        (HandshakeType::CERTIFICATE, script::certificate(&[leaf()])),
        (HandshakeType::SERVER_KEY_EXCHANGE, script::server_key_exchange()),
        (HandshakeType::SERVER_HELLO_DONE, Vec::new()),
        (HandshakeType::NEW_SESSION_TICKET, vec![0, 0, 14, 16, 0, 1, 7]),
    ] {
        flight.extend(w.handshake(kind, &body));
    }
    flight.extend(w.change_cipher_spec(&[1]));
    flight.extend(w.handshake(HandshakeType::FINISHED, &FINISHED));
    returning(&mut store, CipherSuite::ALL, |_| flight);
    assert_eq!(store.kept(), Ok(()));
    store
}

/// The error of a client with this slot that receives what `answer` returns for the session identifier in its
/// hello.
fn returning(
    store: &mut StoredSession,
    cipher_suites: &[CipherSuite],
    answer: impl FnOnce(&[u8]) -> Vec<u8>,
) -> Option<Error> {
    let config = ClientConfig { server_name: Some("agent.example"), cipher_suites, ..ClientConfig::new() };
    let mut memory = Memory::full();
    let session = ClientSession::with_store(&config, store, memory.lend()).unwrap();
    let mut subject = Subject::<_, Transparent>::new(session);
    // After the headers of record and message, the version and the random.
    let id = &subject.sent[9 + 34..];
    let bytes = answer(&id[1..1 + usize::from(id[0])]);
    subject.takes(&bytes);
    subject.error
}

#[test]
fn a_session_goes_on_with_its_suite_and_extended_master_secret() {
    type Change = fn(Vec<u8>) -> Vec<u8>;
    let other_suite: Change = |mut hello| {
        let suite = 36 + usize::from(hello[34]);
        hello[suite] = 0x2c;
        hello
    };
    for (change, error) in [
        ((|hello| hello) as Change, None),
        (other_suite, Some(Misbehaved::NotOffered.into())),
        (without_extended_master_secret, Some(Misbehaved::ResumedWithoutExtendedMasterSecret.into())),
    ] {
        let refused = returning(&mut stored(), CipherSuite::ALL, |id| {
            assert!(!id.is_empty(), "the session is offered");
            let hello = change(script::server_hello(id, false));
            Writer::default().handshake(HandshakeType::SERVER_HELLO, &hello)
        });
        assert_eq!(refused, error);
    }
    let mut store = stored();
    returning(&mut store, &[AES256], |_| Vec::new());
    assert_eq!(store.offered(), Err(NotOffered::CipherSuite));
}

/// The reaction to these messages of a server that has these suites: its error, and what it sends.
fn server(suites: &[CipherSuite], messages: &[(HandshakeType, Vec<u8>)]) -> (Option<Error>, Vec<u8>) {
    let key = TicketKey::new([1; TicketKey::LEN]);
    let identities = [Identity { chain: &[leaf()], schemes: ECDSA_P256 }];
    let tickets = Some(Tickets { current: &key, previous: None, lifetime: 3600, epoch: 0 });
    let config = ServerConfig { tickets, cipher_suites: suites, ..ServerConfig::new(&identities) };
    let mut memory = Memory::full();
    let mut subject = Subject::<_, Transparent>::new(ServerSession::new(&config, memory.lend()).unwrap());
    let mut w = Writer::default();
    for (kind, body) in messages {
        if *kind == HandshakeType::FINISHED {
            subject.takes(&w.change_cipher_spec(&[1]));
        }
        subject.takes(&w.handshake(*kind, body));
    }
    (subject.error, subject.sent)
}

#[test]
fn a_ticket_is_taken_for_a_suite_of_both_and_with_extended_master_secret() {
    let exchange = (HandshakeType::CLIENT_KEY_EXCHANGE, script::client_key_exchange());
    let hello = (HandshakeType::CLIENT_HELLO, script::client_hello(Some(&[])));
    let (error, sent) =
        server(CipherSuite::ALL, &[hello, exchange, (HandshakeType::FINISHED, FINISHED.to_vec())]);
    assert_eq!(error, None);
    // NewSessionTicket: the headers of record and message, the lifetime, the length.
    let at = sent.windows(7).position(|bytes| matches!(bytes, [22, 3, 3, _, _, 4, 0])).unwrap() + 13;
    let ticket = &sent[at + 2..][..usize::from(u16::from_be_bytes([sent[at], sent[at + 1]]))];

    let own: [(u16, &[u8]); 3] = [(10, &[0, 4, 0, 29, 0, 23]), (13, &[0, 2, 4, 3]), (35, ticket)];
    let with_secret = script::client_hello_of(&[&own[..], &[(23, &[])]].concat());
    // The handshake is a full one if the server presents its certificate.
    let visit = |ours: &[CipherSuite], suites: &[u8], hello: &[u8]| {
        let mut hello = hello.to_vec();
        hello.splice(35..39, suites.iter().copied());
        let (error, sent) = server(ours, &[(HandshakeType::CLIENT_HELLO, hello)]);
        (error, sent.windows(leaf().len()).any(|bytes| bytes == leaf()))
    };
    let (first, second, both) = ([0, 2, 0xc0, 0x2b], [0, 2, 0xc0, 0x2c], [0, 4, 0xc0, 0x2b, 0xc0, 0x2c]);
    assert_eq!(visit(CipherSuite::ALL, &both, &with_secret), (None, false));
    assert_eq!(visit(&[AES128], &first, &with_secret), (None, false));
    assert_eq!(visit(CipherSuite::ALL, &second, &with_secret), (None, true));
    assert_eq!(visit(&[AES256], &both, &with_secret), (None, true));
    let refused = Some(Misbehaved::ResumedWithoutExtendedMasterSecret.into());
    assert_eq!(visit(CipherSuite::ALL, &both, &script::client_hello_of(&own)), (refused, false));
}
