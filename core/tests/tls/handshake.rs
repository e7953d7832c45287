//! Whole handshakes between the two roles.

use lsam_core::tls::{CipherSuite, ClientConfig, Identity, NamedGroup, ServerConfig};

use crate::common::identity::{Authority, KeyKind};
use crate::common::pair::{Delivery, Memory, Pair};

#[test]
fn every_suite_and_group_connects_with_every_key() {
    let authority = Authority::new();
    for kind in [KeyKind::EcdsaP256, KeyKind::EcdsaP384, KeyKind::Rsa2048] {
        let identity = authority.issue("agent.example", kind);
        let chain = [identity.leaf.as_slice()];
        let identities = [Identity { chain: &chain, schemes: identity.schemes }];
        for group in NamedGroup::ALL {
            for suite in CipherSuite::ALL.iter().filter(|s| s.is_signed_with(identity.schemes[0].kind())) {
                let (suites, groups) = ([*suite], [*group]);
                let server = ServerConfig { groups: &groups, ..ServerConfig::new(&identities) };
                let client = ClientConfig { cipher_suites: &suites, ..ClientConfig::new() };
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

#[test]
fn an_ecdsa_certificate_is_served_only_on_a_curve_that_the_client_names() {
    use lsam_core::tls::{AlertDescription, Error, Incompatible};
    let authority = Authority::new();
    for (kind, curve) in
        [(KeyKind::EcdsaP256, NamedGroup::Secp256r1), (KeyKind::EcdsaP384, NamedGroup::Secp384r1)]
    {
        let identity = authority.issue("agent.example", kind);
        let chain = [identity.leaf.as_slice()];
        let identities = [Identity { chain: &chain, schemes: identity.schemes }];
        let server = ServerConfig::new(&identities);
        for (groups, expected) in [
            (&[NamedGroup::X25519][..], Some(Error::Incompatible(Incompatible::CipherSuite))),
            (&[NamedGroup::X25519, curve], None),
        ] {
            let client = ClientConfig { groups, ..ClientConfig::new() };
            let mut memory = [Memory::full(), Memory::full()];
            let mut pair = Pair::new(&client, &server, &identity, &mut memory);
            pair.settle(Delivery::Whole);
            assert_eq!(pair.server.seen.error, expected);
            let told = expected.map(|_| Error::AlertReceived(AlertDescription::HANDSHAKE_FAILURE));
            assert_eq!(pair.client.seen.error, told);
        }
    }
}
