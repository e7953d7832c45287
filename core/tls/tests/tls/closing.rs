//! What a session does after its host has closed it.

use lsam_tls::{AlertDescription, ClientConfig, Error, Identity, ServerConfig};

use lsam_testing::identity::{Authority, KeyKind};
use lsam_testing::pair::{Delivery, Memory, Pair};

/// Found by the fuzz targets `server` and `client`: the handshake continued after close_notify.
#[test]
fn nothing_follows_the_close_notify_of_a_handshake() {
    let identity = Authority::default().issue("agent.example", KeyKind::EcdsaP256);
    let chain = [identity.leaf.as_slice()];
    let identities = [Identity { chain: &chain, schemes: identity.schemes }];
    let (server, client) = (ServerConfig::new(&identities), ClientConfig::new());
    let mut memory = [Memory::full(), Memory::full()];
    let mut pair = Pair::new(&client, &server, &identity, &mut memory);

    let (mut hello, mut flight) = (Vec::new(), Vec::new());
    pair.client.run(&mut hello);
    pair.server.receive(&hello, &mut flight);
    pair.client.session.close();
    let mut rest = Vec::new();
    pair.client.receive(&flight, &mut rest);

    assert_eq!(rest, [21, 3, 3, 0, 2, 1, 0], "a warning close_notify and no more");
    assert_eq!(pair.client.seen.error, Some(Error::Closed));
    pair.server.receive(&rest, &mut Vec::new());
    assert_eq!(pair.server.seen.error, Some(Error::AlertReceived(AlertDescription::CLOSE_NOTIFY)));
}

#[test]
fn close_notify_goes_out_behind_data_that_fills_the_send_buffer() {
    let identity = Authority::default().issue("agent.example", KeyKind::EcdsaP256);
    let chain = [identity.leaf.as_slice()];
    let identities = [Identity { chain: &chain, schemes: identity.schemes }];
    let (server, client) = (ServerConfig::new(&identities), ClientConfig::new());
    let mut memory = [Memory::full(), Memory::full()];
    let mut pair = Pair::new(&client, &server, &identity, &mut memory);
    pair.settle(Delivery::Whole);

    let data = vec![7; 20_000];
    let written = pair.client.session.write(&data).unwrap();
    assert!(written < data.len() && pair.client.session.write_room() == 0, "{written}");
    pair.client.session.close();
    pair.settle(Delivery::Whole);
    assert_eq!(pair.server.seen.data.len(), written);
    assert!(pair.server.seen.peer_closed);
}
