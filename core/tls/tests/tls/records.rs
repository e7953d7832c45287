//! Sealed records that an attacker between the two ends changed, repeated, omitted or swapped.

use lsam_tls::{ClientConfig, Error, Identity, Misbehaved, ServerConfig};

use lsam_testing::identity::{Authority, KeyKind};
use lsam_testing::pair::{Delivery, Memory, Pair};

const TEXTS: [&[u8]; 3] = [b"first", b"second", b"third"];

/// Connects a pair, lets the client seal each of [`TEXTS`], and delivers to the server the records that
/// `interfere` returns.
fn server_given(interfere: impl FnOnce(Vec<Vec<u8>>) -> Vec<Vec<u8>>) -> (Vec<u8>, Option<Error>) {
    let identity = Authority::default().issue("agent.example", KeyKind::EcdsaP256);
    let chain = [identity.leaf.as_slice()];
    let identities = [Identity { chain: &chain, schemes: identity.schemes }];
    let (client, server) = (ClientConfig::new(), ServerConfig::new(&identities));
    let mut memory = [Memory::full(), Memory::full()];
    let mut pair = Pair::new(&client, &server, &identity, &mut memory);
    pair.settle(Delivery::Whole);
    assert!(pair.client.seen.connected && pair.server.seen.connected);
    let records = TEXTS.iter().map(|text| {
        pair.client.session.write(text).unwrap();
        let mut record = Vec::new();
        pair.client.run(&mut record);
        record
    });
    let records = interfere(records.collect());
    records.iter().for_each(|record| pair.server.receive(record, &mut Vec::new()));
    (pair.server.seen.data, pair.server.seen.error)
}

#[test]
fn a_record_that_was_changed_repeated_left_out_or_swapped_ends_the_session() {
    assert_eq!(server_given(|records| records), (TEXTS.concat(), None));
    let repeated = |records: Vec<Vec<u8>>| vec![records[0].clone(), records[0].clone(), records[1].clone()];
    let left_out = |records: Vec<Vec<u8>>| vec![records[0].clone(), records[2].clone()];
    let swapped = |records: Vec<Vec<u8>>| vec![records[0].clone(), records[2].clone(), records[1].clone()];
    for (data, error) in [server_given(repeated), server_given(left_out), server_given(swapped)] {
        assert_eq!((data.as_slice(), error), (TEXTS[0], Some(Misbehaved::BadRecordMac.into())));
    }
}

/// Each byte of a record: type, version, length, explicit nonce, ciphertext and tag.
#[test]
fn nothing_of_a_changed_record_is_lent_out() {
    let len = 5 + 8 + TEXTS[0].len() + 16;
    for at in 0..len {
        let (data, error) = server_given(|mut records| {
            assert_eq!(records[0].len(), len);
            records[0][at] ^= 1;
            records
        });
        assert_eq!(data, b"", "byte {at}");
        // A length that is greater by 256 makes the server wait for the rest of the record.
        assert!(error.is_some() || at == 3, "byte {at}");
    }
}
