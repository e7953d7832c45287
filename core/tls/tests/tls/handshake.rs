//! Complete handshakes between the two roles.

use lsam_tls::crypto::SignatureScheme;
use lsam_tls::crypto::rustcrypto::RustCrypto;
use lsam_tls::{
    AlertDescription, CipherSuite, ClientAuth, ClientConfig, ClientSession, Error, Identity, Incompatible,
    Misuse, NamedGroup, ServerConfig, ServerSession,
};

use lsam_testing::identity::{Authority, KeyKind};
use lsam_testing::pair::{Delivery, Memory, Pair};

#[test]
fn every_suite_and_group_connects_with_every_key() {
    let authority = Authority::default();
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
    let authority = Authority::default();
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

#[test]
fn the_identity_that_was_chosen_serves() {
    // A P-384 key that also signs with SHA-256 comes first; a client without P-384 gets the certificate after
    // it.
    let authority = Authority::default();
    let p384 = authority.issue("agent.example", KeyKind::EcdsaP384);
    let p256 = authority.issue("agent.example", KeyKind::EcdsaP256);
    let (first, second) = ([p384.leaf.as_slice()], [p256.leaf.as_slice()]);
    let schemes = [SignatureScheme::EcdsaSecp384r1Sha384, SignatureScheme::EcdsaSecp256r1Sha256];
    let identities =
        [Identity { chain: &first, schemes: &schemes }, Identity { chain: &second, schemes: &schemes[1..] }];
    let server = ServerConfig::new(&identities);
    for (groups, leaf) in [(&[NamedGroup::Secp256r1][..], &p256.leaf), (NamedGroup::ALL, &p384.leaf)] {
        let client = ClientConfig { groups, ..ClientConfig::new() };
        let mut memory = [Memory::full(), Memory::full()];
        let signer = if *leaf == p256.leaf { &p256 } else { &p384 };
        let mut pair = Pair::new(&client, &server, signer, &mut memory);
        pair.settle(Delivery::Whole);
        assert!(pair.client.seen.connected, "{:?}", pair.client.seen);
        assert!(pair.to_client.windows(leaf.len()).any(|window| window == leaf), "another certificate");
    }
}

#[test]
fn a_client_may_prove_its_key_with_another_hash_than_that_of_the_suite() {
    let authority = Authority::default();
    let server = authority.issue("agent.example", KeyKind::EcdsaP256);
    let client = authority.issue("server.example", KeyKind::EcdsaP384);
    let (server_chain, client_chain) = ([server.leaf.as_slice()], [client.leaf.as_slice()]);
    let server_identities = [Identity { chain: &server_chain, schemes: server.schemes }];
    let client_identities = [Identity { chain: &client_chain, schemes: client.schemes }];
    let server_config = ServerConfig {
        client_auth: ClientAuth::Required,
        client_schemes: client.schemes,
        ..ServerConfig::new(&server_identities)
    };
    for suite in [CipherSuite::EcdheEcdsaAes128GcmSha256, CipherSuite::EcdheEcdsaAes256GcmSha384] {
        let suites = [suite];
        let config =
            ClientConfig { cipher_suites: &suites, identities: &client_identities, ..ClientConfig::new() };
        let mut memory = [Memory::full(), Memory::full()];
        let mut pair = Pair::new(&config, &server_config, &server, &mut memory);
        pair.client.signer = Some(&client);
        pair.settle(Delivery::Whole);
        assert_eq!((pair.client.seen.error, pair.server.seen.error), (None, None), "{suite}");
        assert!(pair.negotiated().1.client_authenticated());
    }
}

#[test]
fn a_configuration_that_cannot_be_right_is_refused_at_once() {
    let authority = Authority::default();
    let (p256, rsa) = (
        authority.issue("agent.example", KeyKind::EcdsaP256),
        authority.issue("a.example", KeyKind::Rsa2048),
    );
    let (p256, rsa) = ([p256.leaf.as_slice()], [rsa.leaf.as_slice()]);
    let (ecdsa, pss) =
        (&[SignatureScheme::EcdsaSecp256r1Sha256][..], &[SignatureScheme::RsaPssRsaeSha256][..]);
    let mixed = &[ecdsa[0], pss[0]];
    let identities: [(Identity<'_>, Option<Misuse>); 8] = [
        (Identity { chain: &p256, schemes: ecdsa }, None),
        (Identity { chain: &rsa, schemes: pss }, None),
        (Identity { chain: &[], schemes: ecdsa }, Some(Misuse::EmptyIdentity)),
        (Identity { chain: &p256, schemes: &[] }, Some(Misuse::EmptyIdentity)),
        (Identity { chain: &[b"leaf"], schemes: ecdsa }, Some(Misuse::UnfitIdentity)),
        (Identity { chain: &p256, schemes: pss }, Some(Misuse::UnfitIdentity)),
        (Identity { chain: &rsa, schemes: ecdsa }, Some(Misuse::UnfitIdentity)),
        (Identity { chain: &p256, schemes: mixed }, Some(Misuse::UnfitIdentity)),
    ];
    for (identity, misuse) in identities {
        let identities = [identity];
        let client = ClientConfig { identities: &identities, ..ClientConfig::new() };
        assert_eq!(
            (client_misuse(&client), server_misuse(&ServerConfig::new(&identities))),
            (misuse, misuse)
        );
    }
    let (longest, too_long) = ([b'x'; 255], [b'x'; 256]);
    let names: [(&[&[u8]], Option<Misuse>); 5] = [
        (&[b"h2", b"\0\xff"], None),
        (&[&longest], None),
        (&[b""], Some(Misuse::ProtocolName)),
        (&[b"h2", b""], Some(Misuse::ProtocolName)),
        (&[&too_long], Some(Misuse::ProtocolName)),
    ];
    for (alpn, misuse) in names {
        let client = ClientConfig { alpn, ..ClientConfig::new() };
        assert_eq!(
            (client_misuse(&client), server_misuse(&ServerConfig { alpn, ..ServerConfig::new(&[]) })),
            (misuse, misuse)
        );
    }
}

#[test]
fn only_dns_names_are_sent_as_server_name() {
    let label = "a".repeat(63);
    let longest = [label.as_str(); 4].join(".")[2..].to_owned();
    for name in [
        "localhost",
        "agent.example",
        "xn--mnchen-3ya.example",
        "_sip.example",
        "1.2.3.4.example",
        "a-1",
        &longest,
    ] {
        let config = ClientConfig { server_name: Some(name), ..ClientConfig::new() };
        assert_eq!(client_misuse(&config), None, "{name}");
    }
    let (long_label, too_long) = ("a".repeat(64), format!("b.{longest}"));
    let names = [
        "",
        ".",
        "agent.example.",
        ".example",
        "a..b",
        "192.0.2.1",
        "1",
        "2001:db8::1",
        "[2001:db8::1]",
        "m\u{fc}nchen.example",
        "a\0b",
        "a b",
        "*.example",
        "agent.example:443",
        &long_label,
        &too_long,
    ];
    for name in names {
        let config = ClientConfig { server_name: Some(name), ..ClientConfig::new() };
        assert_eq!(client_misuse(&config), Some(Misuse::ServerName), "{name}");
    }
}

fn client_misuse(config: &ClientConfig<'_>) -> Option<Misuse> {
    let mut memory = Memory::full();
    misuse(ClientSession::<RustCrypto>::new(config, memory.lend()).err())
}

fn server_misuse(config: &ServerConfig<'_>) -> Option<Misuse> {
    let mut memory = Memory::full();
    misuse(ServerSession::<RustCrypto>::new(config, memory.lend()).err())
}

fn misuse(error: Option<Error>) -> Option<Misuse> {
    error.map(|error| match error {
        Error::Misuse(misuse) => misuse,
        other => panic!("{other}"),
    })
}
