//! What the hello messages can settle beside suite and group.

use lsam_core::tls::limits::{RECV_BUFFER, RECV_BUFFER_MIN, SEND_BUFFER_MIN};
use lsam_core::tls::{
    AlertDescription, ClientAuth, ClientConfig, Error, Identity, Incompatible, MaxFragmentLength, Negotiated,
    ServerConfig, StoredSession, TicketKey, Tickets,
};

use crate::common::identity::{Authority, KeyKind, TestIdentity};
use crate::common::pair::{Delivery, Memory, Pair};

fn identity() -> TestIdentity {
    Authority::new().issue("agent.example", KeyKind::EcdsaP256)
}

/// The longest body of the records in a stream.
fn longest_record(mut stream: &[u8]) -> usize {
    let mut longest = 0;
    while let [_, _, _, a, b, rest @ ..] = stream {
        let len = usize::from(u16::from_be_bytes([*a, *b]));
        longest = longest.max(len);
        stream = &rest[len..];
    }
    longest
}

#[test]
fn alpn_takes_the_servers_preference_and_refuses_strangers() {
    let identity = identity();
    let chain = [identity.leaf.as_slice()];
    let identities = [Identity { chain: &chain, schemes: identity.schemes }];
    let server = ServerConfig { alpn: &[b"lsam/2", b"lsam/1"], ..ServerConfig::new(&identities) };
    let run = |names: &[&[u8]]| {
        let client = ClientConfig { alpn: names, ..ClientConfig::new() };
        let mut memory = [Memory::full(), Memory::full()];
        let mut pair = Pair::new(&client, &server, &identity, &mut memory);
        pair.settle(Delivery::Whole);
        let chosen = |n: Option<Negotiated>| n.map(|n| n.alpn);
        (
            chosen(pair.client.session.negotiated()),
            chosen(pair.server.session.negotiated()),
            pair.server.seen.error,
            pair.client.seen.error,
        )
    };
    assert_eq!(run(&[b"lsam/1", b"lsam/2"]), (Some(Some(1)), Some(Some(0)), None, None));
    assert_eq!(run(&[]), (Some(None), Some(None), None, None));
    let refusal = Error::Incompatible(Incompatible::ApplicationProtocol);
    let told = Error::AlertReceived(AlertDescription::NO_APPLICATION_PROTOCOL);
    assert_eq!(run(&[b"h2"]), (None, None, Some(refusal), Some(told)));
}

#[test]
fn max_fragment_length_holds_for_all_records_of_both_sides() {
    let authority = Authority::new();
    // An RSA signature makes ServerKeyExchange one of the longer messages; the chain is longer still.
    let identity = authority.issue("agent.example", KeyKind::Rsa2048);
    let chain = [identity.leaf.as_slice(), authority.der()];
    let identities = [Identity { chain: &chain, schemes: identity.schemes }];
    let server = ServerConfig::new(&identities);
    for len in [512, 1024, 2048, 4096] {
        let limit = MaxFragmentLength::from_bytes(len);
        let client = ClientConfig { max_fragment_length: limit, ..ClientConfig::new() };
        let mut memory = [Memory::full(), Memory::full()];
        let mut pair = Pair::new(&client, &server, &identity, &mut memory);
        pair.settle(Delivery::Whole);
        assert!(pair.client.seen.connected, "{:?}", pair.client.seen);
        let data = vec![7; 10_000];
        assert_eq!(pair.client.session.write(&data).unwrap(), data.len());
        assert_eq!(pair.server.session.write(&data).unwrap(), data.len());
        pair.settle(Delivery::Whole);
        assert_eq!((pair.client.seen.data.len(), pair.server.seen.data.len()), (10_000, 10_000));
        assert!(longest_record(&pair.to_client) <= len + 24 && longest_record(&pair.to_server) <= len + 24);
        assert_eq!(longest_record(&pair.to_client), len + 24);
    }
}

#[test]
fn a_small_receive_buffer_is_announced_and_kept_to() {
    let identity = identity();
    let chain = [identity.leaf.as_slice()];
    let identities = [Identity { chain: &chain, schemes: identity.schemes }];
    let server = ServerConfig::new(&identities);
    let client = ClientConfig::new();
    for (client_recv, server_recv) in [(1024, RECV_BUFFER), (RECV_BUFFER, RECV_BUFFER_MIN), (1024, 700)] {
        let mut memory = [Memory::new(client_recv, RECV_BUFFER), Memory::new(server_recv, RECV_BUFFER)];
        let mut pair = Pair::new(&client, &server, &identity, &mut memory);
        pair.settle(Delivery::Whole);
        // A client with a full buffer offers no limit, so that this server hears of none.
        let data = vec![7; 5000];
        pair.server.session.write(&data).unwrap();
        if client_recv < RECV_BUFFER {
            pair.client.session.write(&data).unwrap();
        }
        pair.settle(Delivery::Whole);
        assert_eq!(pair.client.seen.data.len(), 5000);
        assert!(longest_record(&pair.to_client) <= client_recv - 5);
        if client_recv < RECV_BUFFER {
            assert_eq!(pair.server.seen.data.len(), 5000);
            assert!(longest_record(&pair.to_server) <= server_recv - 5);
        }
    }
}

#[test]
fn sessions_with_512_byte_fragments_run_in_small_buffers() {
    let identity = identity();
    let chain = [identity.leaf.as_slice()];
    let identities = [Identity { chain: &chain, schemes: identity.schemes }];
    let server = ServerConfig::new(&identities);
    let client =
        ClientConfig { max_fragment_length: MaxFragmentLength::from_bytes(512), ..ClientConfig::new() };
    let mut memory = [Memory::new(1024, SEND_BUFFER_MIN), Memory::new(541, SEND_BUFFER_MIN)];
    let mut pair = Pair::new(&client, &server, &identity, &mut memory);
    pair.settle(Delivery::Whole);
    assert!(pair.client.seen.connected && pair.server.seen.connected);
    for _ in 0..10 {
        assert_eq!(pair.client.session.write(&[1; 512]).unwrap(), 512);
        assert_eq!(pair.server.session.write(&[2; 512]).unwrap(), 512);
        pair.settle(Delivery::Pieces(100));
    }
    assert_eq!((pair.client.seen.data.len(), pair.server.seen.data.len()), (5120, 5120));
}

/// What a resumption test may vary.
#[derive(Clone, Copy)]
struct Visit<'a> {
    key: &'a TicketKey,
    previous: Option<&'a TicketKey>,
    epoch: u64,
    server_name: &'static str,
    client_auth: ClientAuth,
    alpn: &'static [&'static [u8]],
}

/// One connection; whether it was resumed, which both sides must agree on.
fn visit(
    identity: &TestIdentity,
    client_identity: &TestIdentity,
    store: &mut StoredSession,
    v: Visit<'_>,
) -> bool {
    let (chain, client_chain) = ([identity.leaf.as_slice()], [client_identity.leaf.as_slice()]);
    let identities = [Identity { chain: &chain, schemes: identity.schemes }];
    let client_identities = [Identity { chain: &client_chain, schemes: client_identity.schemes }];
    let tickets = Tickets { current: v.key, previous: v.previous, lifetime: 3600, epoch: v.epoch };
    let server = ServerConfig {
        tickets: Some(tickets),
        client_auth: v.client_auth,
        alpn: &[b"a", b"b"],
        ..ServerConfig::new(&identities)
    };
    let client = ClientConfig {
        server_name: Some(v.server_name),
        alpn: v.alpn,
        identities: &client_identities,
        ..ClientConfig::new()
    };
    let mut memory = [Memory::full(), Memory::full()];
    let mut pair = Pair::with_store(&client, &server, identity, store, &mut memory);
    pair.client.signer = Some(client_identity);
    pair.settle(Delivery::Whole);
    assert!(pair.client.seen.connected && pair.server.seen.connected, "{:?}", pair.server.seen);
    pair.client.session.write(b"data").unwrap();
    pair.settle(Delivery::Whole);
    assert_eq!(pair.server.seen.data, b"data");
    let (a, b) = pair.negotiated();
    // Each side's index is one into its own list of protocol names.
    assert_eq!(Negotiated { alpn: None, ..a }, Negotiated { alpn: None, ..b });
    assert_eq!(a.client_authenticated(), v.client_auth != ClientAuth::None);
    assert_eq!(a.client_signature_scheme.is_some(), a.client_authenticated());
    a.resumed
}

#[test]
fn tickets_resume_and_every_binding_holds() {
    let authority = Authority::new();
    let identity = authority.issue("agent.example", KeyKind::EcdsaP256);
    let peer = authority.issue("server.example", KeyKind::EcdsaP256);
    let (key, other) = (TicketKey::new([1; TicketKey::LEN]), TicketKey::new([2; TicketKey::LEN]));
    let base = Visit {
        key: &key,
        previous: None,
        epoch: 1,
        server_name: "agent.example",
        client_auth: ClientAuth::Required,
        alpn: &[b"b"],
    };
    let visit = |store: &mut StoredSession, v: Visit<'_>| visit(&identity, &peer, store, v);
    let fresh = || {
        let mut store = StoredSession::new();
        assert!(!visit(&mut store, base), "the first visit has nothing to resume");
        assert!(!store.is_empty());
        store
    };
    assert!(visit(&mut fresh(), base));
    assert!(
        visit(&mut fresh(), Visit { key: &other, previous: Some(&key), ..base }),
        "the previous key still opens"
    );
    assert!(!visit(&mut fresh(), Visit { key: &other, ..base }), "an unknown key");
    assert!(!visit(&mut fresh(), Visit { epoch: 2, ..base }), "a changed state of trust");
    assert!(!visit(&mut fresh(), Visit { client_auth: ClientAuth::Optional, ..base }), "another policy");
    assert!(!visit(&mut fresh(), Visit { alpn: &[b"a"], ..base }), "another protocol");
    assert!(!visit(&mut fresh(), Visit { server_name: "other.example", ..base }), "another name");

    // A ticket that the previous key sealed is replaced, so that it outlives that key.
    let mut store = fresh();
    assert!(visit(&mut store, Visit { key: &other, previous: Some(&key), ..base }));
    assert!(visit(&mut store, Visit { key: &other, ..base }));
    // And what was resumed can be resumed again.
    assert!(visit(&mut store, Visit { key: &other, ..base }));
}
