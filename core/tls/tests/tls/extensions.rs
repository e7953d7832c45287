//! What hello messages negotiate besides suite and group.

use lsam_tls::limits::{RECV_BUFFER, RECV_BUFFER_MIN, SEND_BUFFER_MIN};
use lsam_tls::{
    AlertDescription, ClientConfig, Error, Identity, Incompatible, MaxFragmentLength, Misuse, Negotiated,
    ServerConfig,
};

use lsam_testing::identity::{Authority, KeyKind, TestIdentity};
use lsam_testing::pair::{Delivery, Memory, Pair};

fn identity() -> TestIdentity {
    Authority::default().issue("agent.example", KeyKind::EcdsaP256)
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
    let authority = Authority::default();
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
fn data_written_in_place_goes_out_whole_or_not_at_all() {
    let identity = identity();
    let chain = [identity.leaf.as_slice()];
    let identities = [Identity { chain: &chain, schemes: identity.schemes }];
    let server = ServerConfig::new(&identities);
    let limit = MaxFragmentLength::from_bytes(512);
    let client = ClientConfig { max_fragment_length: limit, ..ClientConfig::new() };
    let mut memory = [Memory::full(), Memory::full()];
    let mut pair = Pair::new(&client, &server, &identity, &mut memory);
    let early = pair.server.session.split().1.write(&mut |w| w.bytes(b"early"));
    assert_eq!(early, Err(Error::Misuse(Misuse::NotConnected)));
    pair.settle(Delivery::Whole);
    let data: Vec<u8> = (0..=255).cycle().take(20_000).collect();
    for (len, fits) in [(20_000, false), (1300, true), (15_000, false)] {
        let before = pair.server.session.send_buf().len();
        let written = pair.server.session.split().1.write(&mut |w| w.bytes(&data[..len]));
        assert_eq!(written, if fits { Ok(()) } else { Err(Error::SendBufferTooSmall) }, "{len}");
        assert_eq!(pair.server.session.send_buf().len() > before, fits, "{len}");
    }
    pair.settle(Delivery::Whole);
    assert_eq!(pair.client.seen.data, data[..1300]);
    assert_eq!(longest_record(&pair.to_client), 512 + 24);
    pair.server.session.close();
    let late = pair.server.session.split().1.write(&mut |w| w.bytes(b"late"));
    assert_eq!(late, Err(Error::Misuse(Misuse::AlreadyClosed)));
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
        // A client with a full buffer offers no limit, so this server does not receive one.
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
