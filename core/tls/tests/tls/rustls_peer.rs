//! Handshakes with rustls in both roles.

use std::io::{Read, Write};
use std::sync::Arc;

use lsam_tls::crypto::rustcrypto::RustCrypto;
use lsam_tls::{
    CipherSuite, ClientAuth, ClientConfig, ClientSession, Identity, NamedGroup, Role, ServerConfig,
    ServerSession,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;

use lsam_testing::identity::{Authority, KeyKind, TestIdentity};
use lsam_testing::pair::{Memory, Side};

const NAME: &str = "agent.example";

/// Lets our session and one of rustls run until both are idle.
fn settle<R: Role<RustCrypto>>(ours: &mut Side<'_, R>, theirs: &mut rustls::Connection) {
    let mut out = Vec::new();
    loop {
        ours.run(&mut out);
        let mut rest = out.as_slice();
        while !rest.is_empty() {
            theirs.read_tls(&mut rest).unwrap();
            theirs.process_new_packets().unwrap();
        }
        let mut back = Vec::new();
        while theirs.wants_write() {
            theirs.write_tls(&mut back).unwrap();
        }
        if out.is_empty() && back.is_empty() {
            return;
        }
        out.clear();
        ours.receive(&back, &mut out);
        assert_eq!(ours.seen.error, None);
    }
}

/// The rustls provider with one suite.
fn provider(suite: CipherSuite) -> Arc<rustls::crypto::CryptoProvider> {
    let mut provider = rustls::crypto::aws_lc_rs::default_provider();
    provider.cipher_suites.retain(|s| u16::from(s.suite()) == suite.code());
    assert_eq!(provider.cipher_suites.len(), 1);
    Arc::new(provider)
}

fn roots(authority: &Authority) -> Arc<rustls::RootCertStore> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from(authority.der().to_vec())).unwrap();
    Arc::new(roots)
}

fn chain_and_key(identity: &TestIdentity) -> (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>) {
    let key = PrivateKeyDer::try_from(identity.key_pkcs8.clone()).unwrap();
    (vec![CertificateDer::from(identity.leaf.clone())], key)
}

/// Sends a megabyte each way and closes.
fn exchange<R: Role<RustCrypto>>(ours: &mut Side<'_, R>, theirs: &mut rustls::Connection) {
    let data: Vec<u8> = (0..100_000_u32).map(|n| n as u8).collect();
    let mut rest = data.as_slice();
    let mut heard = Vec::new();
    while !rest.is_empty() {
        let n = ours.session.write(rest).unwrap();
        rest = &rest[n..];
        settle(ours, theirs);
        let mut buffer = [0; 65536];
        while let Ok(n) = theirs.reader().read(&mut buffer) {
            heard.extend_from_slice(&buffer[..n]);
        }
    }
    assert_eq!(heard, data);
    for chunk in data.chunks(30_000) {
        theirs.writer().write_all(chunk).unwrap();
        settle(ours, theirs);
    }
    assert_eq!(ours.seen.data, data);
    theirs.send_close_notify();
    settle(ours, theirs);
    assert!(ours.seen.peer_closed);
}

/// Every suite for the identity's key with every group.
fn combinations(identity: &TestIdentity) -> impl Iterator<Item = (CipherSuite, NamedGroup)> + '_ {
    let suits = |suite: &&CipherSuite| suite.is_signed_with(identity.schemes[0].kind());
    CipherSuite::ALL.iter().filter(suits).flat_map(|s| NamedGroup::ALL.iter().map(move |g| (*s, *g)))
}

#[test]
fn rustls_as_client_connects_to_our_server() {
    let authority = Authority::default();
    for kind in [KeyKind::EcdsaP256, KeyKind::Rsa2048, KeyKind::EcdsaP384] {
        let identity = authority.issue(NAME, kind);
        let chain = [identity.leaf.as_slice()];
        let identities = [Identity { chain: &chain, schemes: identity.schemes }];
        for (suite, group) in combinations(&identity) {
            let groups = [group];
            let config = ServerConfig { groups: &groups, ..ServerConfig::new(&identities) };
            let client = rustls::ClientConfig::builder_with_provider(provider(suite))
                .with_protocol_versions(&[&rustls::version::TLS12])
                .unwrap()
                .with_root_certificates(roots(&authority))
                .with_no_client_auth();
            let client = rustls::ClientConnection::new(Arc::new(client), NAME.try_into().unwrap()).unwrap();
            let mut theirs = rustls::Connection::Client(client);
            let mut memory = Memory::full();
            let session = ServerSession::<RustCrypto>::new(&config, memory.lend()).unwrap();
            let mut ours = Side::new(session, Some(&identity), 3);
            settle(&mut ours, &mut theirs);
            assert!(ours.seen.connected && !theirs.is_handshaking());
            let negotiated = ours.session.negotiated().unwrap();
            assert_eq!((negotiated.cipher_suite, negotiated.group), (suite, group));
            exchange(&mut ours, &mut theirs);
        }
    }
}

#[test]
fn our_client_connects_to_rustls_as_server() {
    let authority = Authority::default();
    for kind in [KeyKind::EcdsaP256, KeyKind::Rsa2048, KeyKind::EcdsaP384] {
        let identity = authority.issue(NAME, kind);
        for (suite, group) in combinations(&identity) {
            let (chain, key) = chain_and_key(&identity);
            let server = rustls::ServerConfig::builder_with_provider(provider(suite))
                .with_protocol_versions(&[&rustls::version::TLS12])
                .unwrap()
                .with_no_client_auth()
                .with_single_cert(chain, key)
                .unwrap();
            let mut theirs =
                rustls::Connection::Server(rustls::ServerConnection::new(Arc::new(server)).unwrap());
            let groups = [group];
            let config = ClientConfig { server_name: Some(NAME), groups: &groups, ..ClientConfig::new() };
            let mut memory = Memory::full();
            let session = ClientSession::<RustCrypto>::new(&config, memory.lend()).unwrap();
            let mut ours = Side::new(session, None, 3);
            settle(&mut ours, &mut theirs);
            assert!(ours.seen.connected && !theirs.is_handshaking());
            let negotiated = ours.session.negotiated().unwrap();
            assert_eq!((negotiated.cipher_suite, negotiated.group), (suite, group));
            exchange(&mut ours, &mut theirs);
        }
    }
}

#[test]
fn rustls_and_we_authenticate_each_other() {
    let authority = Authority::default();
    let server_identity = authority.issue(NAME, KeyKind::EcdsaP256);
    for kind in [KeyKind::EcdsaP256, KeyKind::Rsa2048, KeyKind::EcdsaP384] {
        let client_identity = authority.issue("server.example", kind);
        let rustls_provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());

        // rustls presents a certificate to our server.
        let chain = [server_identity.leaf.as_slice()];
        let identities = [Identity { chain: &chain, schemes: server_identity.schemes }];
        let config = ServerConfig { client_auth: ClientAuth::Required, ..ServerConfig::new(&identities) };
        let (their_chain, their_key) = chain_and_key(&client_identity);
        let client = rustls::ClientConfig::builder_with_provider(rustls_provider.clone())
            .with_protocol_versions(&[&rustls::version::TLS12])
            .unwrap()
            .with_root_certificates(roots(&authority))
            .with_client_auth_cert(their_chain, their_key)
            .unwrap();
        let client = rustls::ClientConnection::new(Arc::new(client), NAME.try_into().unwrap()).unwrap();
        let mut theirs = rustls::Connection::Client(client);
        let mut memory = Memory::full();
        let session = ServerSession::<RustCrypto>::new(&config, memory.lend()).unwrap();
        let mut ours = Side::new(session, Some(&server_identity), 3);
        settle(&mut ours, &mut theirs);
        assert!(ours.session.negotiated().unwrap().client_authenticated(), "{kind:?}");
        exchange(&mut ours, &mut theirs);

        // Our client presents one to rustls.
        let (their_chain, their_key) = chain_and_key(&server_identity);
        let verifier =
            WebPkiClientVerifier::builder_with_provider(roots(&authority), rustls_provider.clone());
        let server = rustls::ServerConfig::builder_with_provider(rustls_provider)
            .with_protocol_versions(&[&rustls::version::TLS12])
            .unwrap()
            .with_client_cert_verifier(verifier.build().unwrap())
            .with_single_cert(their_chain, their_key)
            .unwrap();
        let mut theirs = rustls::Connection::Server(rustls::ServerConnection::new(Arc::new(server)).unwrap());
        let chain = [client_identity.leaf.as_slice()];
        let identities = [Identity { chain: &chain, schemes: client_identity.schemes }];
        let config = ClientConfig { identities: &identities, ..ClientConfig::new() };
        let mut memory = Memory::full();
        let session = ClientSession::<RustCrypto>::new(&config, memory.lend()).unwrap();
        let mut ours = Side::new(session, Some(&client_identity), 3);
        settle(&mut ours, &mut theirs);
        assert!(ours.session.negotiated().unwrap().client_authenticated(), "{kind:?}");
        let rustls::Connection::Server(server) = &theirs else { unreachable!() };
        assert_eq!(server.peer_certificates().unwrap()[0].as_ref(), client_identity.leaf);
        exchange(&mut ours, &mut theirs);
    }
}
