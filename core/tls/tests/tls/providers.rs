//! Providers from another crate that lack most primitives: what is left works, and nothing else is offered or
//! accepted.

use std::cell::Cell;

use lsam_testing::identity::leaf;
use lsam_testing::minimal::Minimal;
use lsam_testing::pair::Memory;
use lsam_testing::subject::Subject;
use lsam_testing::transparent::{Checksummed, Cipher, Exchange, Sum};
use lsam_tls::crypto::{
    Aead, HashAlgorithm, Inauthentic, InvalidSignature, KeyAlgorithm, NONCE_LEN, Provider, PublicKey, RsaKey,
    SealError, SignatureKind, SignatureScheme, TAG_LEN, Unsupported,
};
use lsam_tls::{
    CipherSuite, Client, ClientAuth, ClientConfig, ClientSession, Error, Identity, Misbehaved, Misuse,
    NamedGroup, Server, ServerConfig, ServerSession, StoredSession, TicketKey, Tickets,
};

const SCHEMES: &[SignatureScheme] =
    &[SignatureScheme::EcdsaSecp384r1Sha384, SignatureScheme::EcdsaSecp256r1Sha256];

/// Lets both sides run until neither has anything to send.
fn settle<A: Provider, B: Provider>(
    client: &mut Subject<'_, Client<'_, A>, A>,
    server: &mut Subject<'_, Server<'_, B>, B>,
) {
    loop {
        client.run();
        let up = std::mem::take(&mut client.sent);
        server.takes(&up);
        let down = std::mem::take(&mut server.sent);
        client.takes(&down);
        if up.is_empty() && down.is_empty() {
            return;
        }
    }
}

/// A handshake between a client over `A` and a server over `B`, and a second one that resumes it.
fn agree<A: Provider, B: Provider>() {
    let chain = [leaf()];
    let identities = [Identity { chain: &chain, schemes: SCHEMES }];
    let key = TicketKey::new([1; TicketKey::LEN]);
    let tickets = Tickets { current: &key, previous: None, lifetime: 100, epoch: 0 };
    let server = ServerConfig { tickets: Some(tickets), ..ServerConfig::new(&identities) };
    let client = ClientConfig { server_name: Some("agent.example"), ..ClientConfig::new() };
    let mut store = StoredSession::new();
    for resumed in [false, true] {
        let mut memory = [Memory::full(), Memory::full()];
        let [a, b] = &mut memory;
        let mut ours = Subject::new(ClientSession::<A>::with_store(&client, &mut store, a.lend()).unwrap());
        let mut theirs = Subject::new(ServerSession::<B>::new(&server, b.lend()).unwrap());
        settle(&mut ours, &mut theirs);
        assert_eq!((ours.error, theirs.error), (None, None));
        let negotiated = ours.session.negotiated().unwrap();
        assert_eq!(negotiated.cipher_suite, CipherSuite::EcdheEcdsaChaCha20Poly1305Sha256);
        assert_eq!(negotiated.group, NamedGroup::Secp256r1);
        assert_eq!(negotiated.signature_scheme, SignatureScheme::EcdsaSecp256r1Sha256);
        assert_eq!(negotiated.resumed, resumed);
        assert_eq!(ours.session.write(b"ping"), Ok(4));
        settle(&mut ours, &mut theirs);
        assert_eq!(theirs.data, b"ping");
    }
}

#[test]
fn what_both_have_is_agreed_on() {
    agree::<Minimal, Checksummed>();
    agree::<Checksummed, Minimal>();
    agree::<Minimal, Minimal>();
}

/// Each provider opens the tickets of the other.
#[test]
fn a_session_with_a_suite_that_is_not_there_is_not_resumed() {
    let chain = [leaf()];
    let identities = [Identity { chain: &chain, schemes: &SCHEMES[1..] }];
    let key = TicketKey::new([1; TicketKey::LEN]);
    let tickets = Tickets { current: &key, previous: None, lifetime: 100, epoch: 0 };
    let server = ServerConfig { tickets: Some(tickets), ..ServerConfig::new(&identities) };
    let client = ClientConfig { server_name: Some("agent.example"), ..ClientConfig::new() };
    let mut store = StoredSession::new();
    let mut memory = [Memory::full(), Memory::full(), Memory::full(), Memory::full()];
    let [a, b, c, d] = &mut memory;
    let first = ClientSession::<Checksummed>::with_store(&client, &mut store, a.lend()).unwrap();
    let (mut ours, mut theirs) =
        (Subject::new(first), Subject::new(ServerSession::<Checksummed>::new(&server, b.lend()).unwrap()));
    settle(&mut ours, &mut theirs);
    let negotiated = ours.session.negotiated().unwrap();
    assert_eq!(negotiated.cipher_suite, CipherSuite::EcdheEcdsaAes128GcmSha256);
    drop(ours);
    let second = ClientSession::<Checksummed>::with_store(&client, &mut store, c.lend()).unwrap();
    let (mut ours, mut theirs) =
        (Subject::new(second), Subject::new(ServerSession::<Minimal>::new(&server, d.lend()).unwrap()));
    settle(&mut ours, &mut theirs);
    assert_eq!((ours.error, theirs.error), (None, None));
    let negotiated = ours.session.negotiated().unwrap();
    assert_eq!(negotiated.cipher_suite, CipherSuite::EcdheEcdsaChaCha20Poly1305Sha256);
    assert!(!negotiated.resumed);
}

/// The server answers a hello that offers everything, with the random of the client's own hello, which offers
/// less.
#[test]
fn a_server_that_chooses_what_the_provider_lacks_is_refused() {
    let chain = [leaf()];
    let (suite, group) = ([CipherSuite::EcdheEcdsaChaCha20Poly1305Sha256], [NamedGroup::Secp256r1]);
    let choices = [
        (CipherSuite::ALL, &group[..], &SCHEMES[1..]),
        (&suite, &[NamedGroup::X25519], &SCHEMES[1..]),
        (&suite, &group, &SCHEMES[..1]),
    ];
    for (suites, groups, schemes) in choices {
        let identities = [Identity { chain: &chain, schemes }];
        let server = ServerConfig { cipher_suites: suites, groups, ..ServerConfig::new(&identities) };
        let client = ClientConfig::new();
        let mut memory = [Memory::full(), Memory::full(), Memory::full()];
        let [a, b, c] = &mut memory;
        let full = Subject::new(ClientSession::<Checksummed>::new(&client, a.lend()).unwrap());
        let mut theirs = Subject::new(ServerSession::<Checksummed>::new(&server, b.lend()).unwrap());
        assert!(theirs.takes(&full.sent));
        let mut ours = Subject::new(ClientSession::<Minimal>::new(&client, c.lend()).unwrap());
        ours.takes(&theirs.sent);
        assert_eq!(
            ours.error,
            Some(Error::Misbehaved(Misbehaved::NotOffered)),
            "{suites:?} {groups:?} {schemes:?}"
        );
    }
}

#[test]
fn a_configuration_of_which_nothing_is_left_is_refused() {
    let chain = [leaf()];
    let schemes = [SignatureScheme::EcdsaSecp384r1Sha384];
    let unsupported = [Identity { chain: &chain, schemes: &schemes }];
    let aes = [CipherSuite::EcdheEcdsaAes128GcmSha256, CipherSuite::EcdheEcdsaAes256GcmSha384];
    let rsa = [CipherSuite::EcdheRsaChaCha20Poly1305Sha256];
    let x25519 = [NamedGroup::X25519];
    let client = ClientConfig::new();
    let clients = [
        (ClientConfig { cipher_suites: &aes, ..client }, Misuse::NoCipherSuite),
        (ClientConfig { cipher_suites: &rsa, ..client }, Misuse::NothingVerifiable),
        (ClientConfig { groups: &x25519, ..client }, Misuse::NoGroup),
        (ClientConfig { signature_schemes: &schemes, ..client }, Misuse::NothingVerifiable),
        (ClientConfig { identities: &unsupported, ..client }, Misuse::UnsupportedIdentity),
    ];
    for (config, misuse) in clients {
        let refused = ClientSession::<Minimal>::new(&config, Memory::full().lend()).err();
        assert_eq!(refused, Some(Error::Misuse(misuse)));
        assert!(ClientSession::<Checksummed>::new(&config, Memory::full().lend()).is_ok(), "{misuse}");
    }
    let server = ServerConfig::new(&[]);
    let servers = [
        (ServerConfig { cipher_suites: &aes, ..server }, Misuse::NoCipherSuite),
        (ServerConfig { groups: &x25519, ..server }, Misuse::NoGroup),
        (ServerConfig { identities: &unsupported, ..server }, Misuse::UnsupportedIdentity),
        (ServerConfig { client_auth: ClientAuth::Optional, ..server }, Misuse::ClientAuth),
        (ServerConfig { client_auth: ClientAuth::Required, ..server }, Misuse::ClientAuth),
    ];
    for (config, misuse) in servers {
        let refused = ServerSession::<Minimal>::new(&config, Memory::full().lend()).err();
        assert_eq!(refused, Some(Error::Misuse(misuse)));
        assert!(ServerSession::<Checksummed>::new(&config, Memory::full().lend()).is_ok(), "{misuse}");
    }
}

/// Supports hashes, and only what the parameters add.
struct Verifies<const SECP256R1: bool, const SECP384R1: bool, R>(R);

impl<const SECP256R1: bool, const SECP384R1: bool, R: lsam_tls::crypto::RsaKeyRoom + 'static> Provider
    for Verifies<SECP256R1, SECP384R1, R>
{
    type Sha256 = Sum<32, true>;
    type Sha384 = Sum<48, true>;
    type Sha512 = Unsupported;
    type HmacSha256 = Unsupported;
    type HmacSha384 = Unsupported;
    type Aes128Gcm = Unsupported;
    type Aes256Gcm = Unsupported;
    type ChaCha20Poly1305 = Unsupported;
    type X25519 = Unsupported;
    type Secp256r1 = Unsupported;
    type Secp384r1 = Unsupported;
    type RsaKey = R;

    fn can_verify(key: KeyAlgorithm) -> bool {
        match key {
            KeyAlgorithm::Secp256r1 => SECP256R1,
            KeyAlgorithm::Secp384r1 => SECP384R1,
            _ => R::SUPPORTED,
        }
    }

    fn verify(
        _: SignatureKind,
        _: &PublicKey<'_>,
        _: HashAlgorithm,
        _: &[u8],
        _: &[u8],
    ) -> Result<(), InvalidSignature> {
        Err(InvalidSignature)
    }
}

fn verifiable<P: Provider>() -> Vec<SignatureScheme> {
    SignatureScheme::ALL.iter().copied().filter(|scheme| scheme.is_verifiable::<P>()).collect()
}

#[test]
fn one_algorithm_of_those_that_a_scheme_is_for_makes_it_verifiable_if_its_hash_is_there() {
    let ecdsa = [SignatureScheme::EcdsaSecp256r1Sha256, SignatureScheme::EcdsaSecp384r1Sha384];
    let rsa = [
        SignatureScheme::RsaPssRsaeSha256,
        SignatureScheme::RsaPssRsaeSha384,
        SignatureScheme::RsaPkcs1Sha256,
        SignatureScheme::RsaPkcs1Sha384,
    ];
    assert_eq!(verifiable::<Verifies<true, false, Unsupported>>(), ecdsa);
    assert_eq!(verifiable::<Verifies<false, true, Unsupported>>(), ecdsa);
    assert_eq!(verifiable::<Verifies<false, false, RsaKey>>(), rsa);
    assert_eq!(verifiable::<Verifies<false, false, Unsupported>>(), []);
    assert_eq!(verifiable::<Verifies<true, true, RsaKey>>(), [&ecdsa[..], &rsa].concat());
    assert_eq!(verifiable::<Checksummed>(), SignatureScheme::ALL);
}

/// A missing hash function returns no digest, so nothing is compared with one.
#[test]
fn what_is_not_there_gives_nothing() {
    type Bare = Verifies<false, false, Unsupported>;
    assert_eq!(HashAlgorithm::Sha512.digest::<Bare>(&[b"abc"]), None);
    assert!(<Unsupported as Aead>::new(&[1; 32]).is_none());
    assert!(CipherSuite::ALL.iter().all(|suite| !suite.is_supported::<Bare>()));
    assert!(NamedGroup::ALL.iter().all(|group| !group.is_supported::<Bare>()));
    let refused = ServerSession::<Bare>::new(&ServerConfig::new(&[]), Memory::full().lend()).err();
    assert_eq!(refused, Some(Error::Misuse(Misuse::NoCipherSuite)));
}

thread_local! {
    static FAILS: Cell<bool> = const { Cell::new(false) };
}

/// A cipher whose library fails when the test requests it.
struct Failing(Cipher<32, true>);

impl Aead for Failing {
    fn new(key: &[u8]) -> Option<Self> {
        Cipher::new(key).map(Self)
    }

    fn seal(&self, nonce: &[u8; NONCE_LEN], aad: &[u8], text: &mut [u8]) -> Result<[u8; TAG_LEN], SealError> {
        if FAILS.get() { Err(SealError) } else { self.0.seal(nonce, aad, text) }
    }

    fn open(
        &self,
        nonce: &[u8; NONCE_LEN],
        aad: &[u8],
        text: &mut [u8],
        tag: &[u8; TAG_LEN],
    ) -> Result<(), Inauthentic> {
        self.0.open(nonce, aad, text, tag)
    }
}

enum Unreliable {}

impl Provider for Unreliable {
    type Sha256 = Sum<32, true>;
    type Sha384 = Unsupported;
    type Sha512 = Unsupported;
    type HmacSha256 = Sum<32, true>;
    type HmacSha384 = Unsupported;
    type Aes128Gcm = Unsupported;
    type Aes256Gcm = Unsupported;
    type ChaCha20Poly1305 = Failing;
    type X25519 = Unsupported;
    type Secp256r1 = Exchange<65>;
    type Secp384r1 = Unsupported;
    type RsaKey = Unsupported;

    fn verify(
        kind: SignatureKind,
        key: &PublicKey<'_>,
        hash: HashAlgorithm,
        digest: &[u8],
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        Checksummed::verify(kind, key, hash, digest, signature)
    }
}

#[test]
fn what_cannot_be_sealed_is_not_sent() {
    let chain = [leaf()];
    let identities = [Identity { chain: &chain, schemes: &SCHEMES[1..] }];
    let (server, client) = (ServerConfig::new(&identities), ClientConfig::new());
    let mut memory = [Memory::full(), Memory::full()];
    let [a, b] = &mut memory;
    let mut ours = Subject::new(ClientSession::<Unreliable>::new(&client, a.lend()).unwrap());
    let mut theirs = Subject::new(ServerSession::<Unreliable>::new(&server, b.lend()).unwrap());
    settle(&mut ours, &mut theirs);
    FAILS.set(true);
    assert_eq!(ours.session.write(b"in the clear"), Err(Error::SealFailed));
    assert_eq!(ours.session.send_buf(), b"");
    FAILS.set(false);
    // The session has ended, and its keys are gone.
    assert_eq!(ours.session.write(b"later"), Err(Error::SealFailed));
    assert_eq!(ours.session.send_buf(), b"");
}
