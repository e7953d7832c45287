//! However the bytes of a flight arrive, the result of the handshake is the same.

use lsam_tls::limits::{RECV_BUFFER, SEND_BUFFER_MIN};
use lsam_tls::{ClientAuth, ClientConfig, Identity, ServerConfig};

use lsam_testing::identity::{Authority, KeyKind, TestIdentity};
use lsam_testing::pair::{Delivery, Memory, Pair};

struct Scene {
    server: TestIdentity,
    client: TestIdentity,
}

impl Scene {
    fn new() -> Self {
        let authority = Authority::default();
        Self {
            server: authority.issue("agent.example", KeyKind::EcdsaP256),
            client: authority.issue("server.example", KeyKind::EcdsaP256),
        }
    }

    /// Runs a mutual handshake and one exchange of data; returns what went in each direction.
    fn run(&self, delivery: Delivery, memory: [Memory; 2]) -> (Vec<u8>, Vec<u8>) {
        let (server_chain, client_chain) = ([self.server.leaf.as_slice()], [self.client.leaf.as_slice()]);
        let server_ids = [Identity { chain: &server_chain, schemes: self.server.schemes }];
        let client_ids = [Identity { chain: &client_chain, schemes: self.client.schemes }];
        let server = ServerConfig { client_auth: ClientAuth::Required, ..ServerConfig::new(&server_ids) };
        let client = ClientConfig { identities: &client_ids, ..ClientConfig::new() };
        let mut memory = memory;
        let mut pair = Pair::new(&client, &server, &self.server, &mut memory);
        pair.client.signer = Some(&self.client);
        pair.settle(delivery);
        assert!(pair.client.seen.connected && pair.server.seen.connected, "{delivery:?}");
        assert!(pair.negotiated().1.client_authenticated());
        assert_eq!(pair.client.session.write(b"ping").unwrap(), 4);
        assert_eq!(pair.server.session.write(b"pong!").unwrap(), 5);
        pair.settle(delivery);
        pair.client.session.close();
        pair.settle(delivery);
        assert_eq!(pair.server.seen.data, b"ping", "{delivery:?}");
        assert_eq!(pair.client.seen.data, b"pong!", "{delivery:?}");
        assert!(pair.server.seen.peer_closed && pair.client.seen.peer_closed, "{delivery:?}");
        (pair.to_server.clone(), pair.to_client.clone())
    }
}

#[test]
fn every_split_point_of_every_flight_gives_the_same() {
    let scene = Scene::new();
    let full = || [Memory::full(), Memory::full()];
    let (to_server, to_client) = scene.run(Delivery::Whole, full());
    // ECDSA signatures vary in length by a byte or two.
    for at in 1..to_server.len().max(to_client.len()) {
        scene.run(Delivery::SplitAt(at), full());
    }
}

#[test]
fn pieces_of_any_size_give_the_same() {
    let scene = Scene::new();
    for n in [1, 2, 3, 5, 7, 64, 509] {
        scene.run(Delivery::Pieces(n), [Memory::full(), Memory::full()]);
    }
}

#[test]
fn the_smallest_send_buffers_are_enough_for_a_chain_of_any_length() {
    let authority = Authority::default();
    let mut scene = Scene::new();
    scene.server = authority.issue("agent.example", KeyKind::Rsa2048);
    let small = || Memory::new(RECV_BUFFER, SEND_BUFFER_MIN);
    let long: Vec<&[u8]> = std::iter::once(scene.server.leaf.as_slice())
        .chain(std::iter::repeat_n(authority.der(), 8))
        .collect();
    let identities = [Identity { chain: &long, schemes: scene.server.schemes }];
    let server = ServerConfig::new(&identities);
    let client = ClientConfig::new();
    let mut memory = [small(), small()];
    let mut pair = Pair::new(&client, &server, &scene.server, &mut memory);
    pair.settle(Delivery::Whole);
    assert!(pair.client.seen.connected && pair.server.seen.connected);
    assert!(
        pair.to_client.len() > 4 * SEND_BUFFER_MIN,
        "the chain must not fit the buffer: {}",
        pair.to_client.len()
    );
}

#[test]
fn a_receive_buffer_that_holds_the_messages_but_not_a_flight_is_enough() {
    let scene = Scene::new();
    scene.run(Delivery::Whole, [Memory::new(1024, 1024), Memory::new(1024, 1024)]);
    scene.run(Delivery::Pieces(1), [Memory::new(1024, 1024), Memory::new(1024, 1024)]);
}
