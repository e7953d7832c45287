//! How a client handles a CertificateRequest, however long its list of authorities is, and whichever of
//! several certificates the server accepts.

use lsam_tls::crypto::SignatureScheme;
use lsam_tls::limits::{RECV_BUFFER, SEND_BUFFER_MIN};
use lsam_tls::x509::Certificate;
use lsam_tls::{ClientAuth, ClientConfig, Identity, ServerConfig};

use lsam_testing::identity::{Authority, KeyKind, RSA, TestIdentity};
use lsam_testing::pair::{Delivery, Memory, Pair};

/// Whether a client with the identities `ours` connects to a server that requests `schemes` and
/// `authorities`, and presents `expected`. Its receive buffer is 1,024 bytes.
fn presents(
    ours: &[&TestIdentity],
    expected: Option<&TestIdentity>,
    schemes: &[SignatureScheme],
    authorities: &[&[u8]],
    delivery: Delivery,
) -> bool {
    let server = Authority::default().issue("agent.example", KeyKind::EcdsaP256);
    let chain = [server.leaf.as_slice()];
    let identities = [Identity { chain: &chain, schemes: server.schemes }];
    let server_config = ServerConfig {
        client_auth: ClientAuth::Optional,
        client_authorities: authorities,
        client_schemes: schemes,
        ..ServerConfig::new(&identities)
    };
    let chains: Vec<[&[u8]; 1]> = ours.iter().map(|identity| [identity.leaf.as_slice()]).collect();
    let identities: Vec<Identity<'_>> = ours
        .iter()
        .zip(&chains)
        .map(|(identity, chain)| Identity { chain, schemes: identity.schemes })
        .collect();
    let client_config = ClientConfig { identities: &identities, ..ClientConfig::new() };
    // The server's send buffer keeps its records short.
    let mut memory = [Memory::new(1024, SEND_BUFFER_MIN), Memory::new(RECV_BUFFER, SEND_BUFFER_MIN)];
    let mut pair = Pair::new(&client_config, &server_config, &server, &mut memory);
    // With the key of a certificate other than the one presented, the server rejects the signature.
    pair.client.signer = expected;
    pair.settle(delivery);
    let connected = pair.client.seen.connected && pair.server.seen.connected;
    connected && pair.negotiated().1.client_authenticated() == expected.is_some()
}

fn name_of(authority: &Authority) -> Vec<u8> {
    Certificate::parse(authority.der()).unwrap().subject().der().to_vec()
}

/// Names of all lengths with this total size, which no certificate has.
fn other_names(len: usize) -> Vec<Vec<u8>> {
    let mut names = Vec::new();
    let mut left = len;
    while left > 2 {
        let name = (1 + names.len() * 37 % 900).min(left - 2);
        names.push(vec![names.len() as u8; name]);
        left -= 2 + name;
    }
    names
}

#[test]
fn a_request_of_64_kib_is_read_in_a_buffer_of_one() {
    let (first, second) = (Authority::named("First"), Authority::named("Second"));
    let (a, b) =
        (first.issue("a.example", KeyKind::EcdsaP256), second.issue("b.example", KeyKind::EcdsaP256));
    let (others, wanted) = (other_names(0xfff0 - 200), name_of(&second));
    for at in [0, others.len() / 2, others.len()] {
        let mut names: Vec<&[u8]> = others.iter().map(Vec::as_slice).collect();
        names.insert(at, &wanted);
        for delivery in [Delivery::Whole, Delivery::Pieces(101)] {
            assert!(presents(&[&a, &b], Some(&b), SignatureScheme::ALL, &names, delivery), "{at}");
        }
    }
}

#[test]
fn the_authorities_choose_among_the_certificates_that_fit() {
    let (first, second) = (Authority::named("First"), Authority::named("Second"));
    let (a, b) =
        (first.issue("a.example", KeyKind::EcdsaP256), second.issue("b.example", KeyKind::EcdsaP256));
    let (one, two) = (name_of(&first), name_of(&second));
    let longer = [two.as_slice(), &[0]].concat();
    let other = [&two[..two.len() - 1], b"?"].concat();
    let cases: [(&[&[u8]], &TestIdentity); 7] = [
        (&[], &a),
        (&[&one], &a),
        (&[&two], &b),
        (&[&other, &two], &b),
        // Both match: the first is preferred.
        (&[&two, &one], &a),
        // Neither issuer is named, but either may be below one that is: the first is tried.
        (&[&longer, &other, &two[..two.len() - 1]], &a),
        (&[&two[1..]], &a),
    ];
    for (authorities, expected) in cases {
        assert!(presents(&[&a, &b], Some(expected), SignatureScheme::ALL, authorities, Delivery::Whole));
    }
}

#[test]
fn an_authority_is_found_however_its_name_is_written() {
    let (first, second) = (Authority::named("First"), Authority::named("Second"));
    let (a, b) =
        (first.issue("a.example", KeyKind::EcdsaP256), second.issue("b.example", KeyKind::EcdsaP256));
    let mut named = name_of(&second);
    let value = named.len() - "Second".len();
    assert_eq!(named[value - 2], 0x0c, "UTF8String");
    named[value - 2] = 0x13; // PrintableString
    named[value..].make_ascii_uppercase();
    assert!(presents(&[&a, &b], Some(&b), SignatureScheme::ALL, &[&named], Delivery::Whole));
}

#[test]
fn the_types_and_schemes_come_before_the_authorities() {
    let (first, second) = (Authority::named("First"), Authority::named("Second"));
    let ecdsa = first.issue("a.example", KeyKind::EcdsaP256);
    let rsa = second.issue("b.example", KeyKind::Rsa2048);
    let names = [name_of(&first), name_of(&second)];
    let ecdsa_scheme = [SignatureScheme::EcdsaSecp256r1Sha256];
    for name in &names {
        assert!(presents(&[&rsa, &ecdsa], Some(&ecdsa), &ecdsa_scheme, &[name], Delivery::Whole));
        assert!(presents(&[&ecdsa, &rsa], Some(&rsa), RSA, &[name], Delivery::Whole));
    }
    assert!(presents(&[&rsa], None, &ecdsa_scheme, &[], Delivery::Whole));
    assert!(presents(&[], None, SignatureScheme::ALL, &[], Delivery::Whole));
}
