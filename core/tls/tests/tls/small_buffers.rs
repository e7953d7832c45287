//! Servers with little memory: which ClientHellos they accept, and what they report if one is too long.

use std::sync::Arc;

use lsam_tls::crypto::rustcrypto::RustCrypto;
use lsam_tls::limits::{RECV_BUFFER_MIN, SEND_BUFFER_MIN, SERVER_RECV_BUFFER_MIN};
use lsam_tls::{
    AlertDescription, ClientConfig, Error, HandshakeType, Identity, ServerConfig, ServerSession,
    StoredSession, TicketKey, Tickets,
};
use rustls::crypto::aws_lc_rs::{default_provider, kx_group};

use lsam_testing::identity::{Authority, KeyKind, TestIdentity};
use lsam_testing::pair::{Delivery, Memory, Pair, Side};
use lsam_testing::script::{Writer, client_hello_with};
use lsam_testing::subject::Subject;
use lsam_testing::transparent::Transparent;

/// A name as long as is common for machines in a cloud.
fn long_name() -> String {
    format!("{0}.{0}.{0}.{0}.{0}.example", "a-long-label-of-some-cloud-provider")
}

fn identity() -> TestIdentity {
    Authority::default().issue(&long_name(), KeyKind::EcdsaP256)
}

/// The first flight of a client that offers TLS 1.3 with a share of X25519MLKEM768, and TLS 1.2.
fn post_quantum_hello() -> Vec<u8> {
    let mut provider = default_provider();
    provider.kx_groups =
        vec![kx_group::X25519MLKEM768, kx_group::X25519, kx_group::SECP256R1, kx_group::SECP384R1];
    let mut config = rustls::ClientConfig::builder_with_provider(Arc::new(provider))
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
        .unwrap()
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let mut client =
        rustls::ClientConnection::new(Arc::new(config), long_name().try_into().unwrap()).unwrap();
    let mut hello = Vec::new();
    client.write_tls(&mut hello).unwrap();
    hello
}

#[test]
fn the_smallest_buffer_of_a_server_takes_a_post_quantum_hello() {
    let identity = identity();
    let chain = [identity.leaf.as_slice()];
    let identities = [Identity { chain: &chain, schemes: identity.schemes }];
    let config = ServerConfig::new(&identities);
    let hello = post_quantum_hello();
    assert!(hello.len() > 1_216, "{} bytes", hello.len());
    let mut memory = Memory::new(SERVER_RECV_BUFFER_MIN, SEND_BUFFER_MIN);
    let session = ServerSession::<RustCrypto>::new(&config, memory.lend()).unwrap();
    let (mut side, mut answer) = (Side::new(session, Some(&identity), 3), Vec::new());
    side.receive(&hello, &mut answer);
    assert_eq!(side.seen.error, None);
    // ServerHello in its own record.
    assert_eq!((answer[0], answer[5]), (22, HandshakeType::SERVER_HELLO.0));
}

/// In one record, and in records of 512 bytes that are joined.
#[test]
fn a_hello_that_is_too_long_is_a_record_overflow_and_the_error_says_what_it_needs() {
    let identity = identity();
    let chain = [identity.leaf.as_slice()];
    let identities = [Identity { chain: &chain, schemes: identity.schemes }];
    let config = ServerConfig::new(&identities);
    let hello = |padding: usize| client_hello_with(&[(21, &vec![0; padding])]);
    let around = hello(0).len() + 4;
    for fragment in [512, usize::MAX] {
        for (buffer, padding) in [
            (RECV_BUFFER_MIN, 1_000),
            (RECV_BUFFER_MIN, 2_000),
            (SERVER_RECV_BUFFER_MIN, 3_000),
            (600, 16_000),
        ] {
            let needed = around + padding + 5;
            let answer = |buffer: usize| {
                let mut memory = Memory::new(buffer, SEND_BUFFER_MIN);
                let session = ServerSession::<Transparent>::new(&config, memory.lend()).unwrap();
                let mut subject = Subject::new(session);
                let mut w = Writer::default();
                let message = lsam_testing::script::message(HandshakeType::CLIENT_HELLO, &hello(padding));
                message.chunks(fragment.min(16_384)).all(|part| subject.takes(&w.record(22, part)));
                (subject.error, subject.alert_in_clear())
            };
            let refusal = Some(Error::RecvBufferTooSmall { needed: needed as u16 });
            assert_eq!(
                answer(buffer),
                (refusal, Some(AlertDescription::RECORD_OVERFLOW.0)),
                "{buffer} {padding}"
            );
            assert_eq!(answer(needed - 1).0, refusal, "{padding}");
            assert_eq!(answer(needed), (None, None), "{padding}");
        }
    }
}

/// A ticket replaces the client's own, with a session identifier of 32 bytes.
#[test]
fn a_ticket_is_promised_if_the_hello_that_will_bring_it_fits_exactly() {
    const TICKET: usize = 181;
    let identity = identity();
    let chain = [identity.leaf.as_slice()];
    let identities = [Identity { chain: &chain, schemes: identity.schemes }];
    let key = TicketKey::new([1; TicketKey::LEN]);
    let tickets = Tickets { current: &key, previous: None, lifetime: 3600, epoch: 0 };
    let config = ServerConfig { tickets: Some(tickets), ..ServerConfig::new(&identities) };
    for (id, ticket) in [(0, 0), (32, TICKET), (0, 100), (32, 0)] {
        let mut hello = client_hello_with(&[(21, &[0; 500]), (35, &vec![9; ticket])]);
        hello.splice(34..35, [&[id as u8][..], &vec![8; id]].concat());
        let next = 4 + hello.len() - id - ticket + 32 + TICKET;
        for (capacity, promised) in [(next, true), (next - 1, false)] {
            let mut memory = Memory::new(5 + capacity + 24, SEND_BUFFER_MIN);
            let session = ServerSession::<Transparent>::new(&config, memory.lend()).unwrap();
            let mut subject = Subject::new(session);
            assert!(subject.takes(&Writer::default().handshake(HandshakeType::CLIENT_HELLO, &hello)));
            let server_hello = &subject.sent[..5 + usize::from(subject.sent[4])];
            assert_eq!(server_hello.windows(4).any(|part| part == [0, 35, 0, 0]), promised, "{id} {ticket}");
        }
    }
}

#[test]
fn no_ticket_is_given_that_would_make_the_next_hello_too_long() {
    let identity = identity();
    let chain = [identity.leaf.as_slice()];
    let identities = [Identity { chain: &chain, schemes: identity.schemes }];
    let key = TicketKey::new([1; TicketKey::LEN]);
    let tickets = Tickets { current: &key, previous: None, lifetime: 3600, epoch: 0 };
    let server = ServerConfig { tickets: Some(tickets), ..ServerConfig::new(&identities) };
    let alpn: [&[u8]; 3] = [b"http/1.1", b"mqtt", b"x-amzn-mqtt-ca"];
    let name = long_name();
    let client = ClientConfig { server_name: Some(&name), alpn: &alpn, ..ClientConfig::new() };
    let (mut resumed, mut refused) = (0, 0);
    for recv in (RECV_BUFFER_MIN..700).step_by(3).chain([SERVER_RECV_BUFFER_MIN]) {
        let mut store = StoredSession::new();
        for visit in 0..3 {
            let offers = !store.is_empty();
            let mut memory = [Memory::full(), Memory::new(recv, SEND_BUFFER_MIN)];
            let mut pair = Pair::with_store(&client, &server, &identity, &mut store, &mut memory);
            pair.settle(Delivery::Whole);
            assert!(
                pair.client.seen.connected && pair.server.seen.connected,
                "{recv}: {:?}",
                pair.server.seen
            );
            assert_eq!(pair.negotiated().0.resumed, offers, "{recv}, visit {visit}");
        }
        if store.is_empty() { refused += 1 } else { resumed += 1 }
    }
    assert!(resumed > 1 && refused > 1, "{resumed} and {refused}");
}
