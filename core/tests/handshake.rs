//! Whole handshakes between the two roles.
#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use common::identity::{Authority, KeyKind};
use common::pair::{Delivery, Memory, Pair};
use lsam_core::tls::{CipherSuite, ClientConfig, Identity, NamedGroup, ServerConfig};

#[test]
fn every_suite_and_group_connects_with_every_key() {
    let authority = Authority::new();
    for kind in [KeyKind::EcdsaP256, KeyKind::EcdsaP384, KeyKind::Rsa2048] {
        let identity = authority.issue("agent.example", kind);
        let chain = [identity.leaf.as_slice()];
        let identities = [Identity { chain: &chain, schemes: identity.schemes }];
        let server = ServerConfig::new(&identities);
        for group in NamedGroup::ALL {
            for suite in CipherSuite::ALL.iter().filter(|s| s.is_signed_with(identity.schemes[0].kind())) {
                let (suites, groups) = ([*suite], [*group]);
                let client = ClientConfig { cipher_suites: &suites, groups: &groups, ..ClientConfig::new() };
                let mut memory = [Memory::full(), Memory::full()];
                let mut pair = Pair::new(&client, &server, &identity, &mut memory);
                pair.settle(Delivery::Whole);
                assert!(
                    pair.client.seen.connected && pair.server.seen.connected,
                    "{:?} {:?}",
                    pair.client.seen,
                    pair.server.seen
                );
                let (a, b) = pair.negotiated();
                assert_eq!(a, b);
                assert_eq!((a.cipher_suite, a.group), (*suite, *group));
                assert!(a.extended_master_secret);
            }
        }
    }
}
