//! A provider that does not verify RSA: nothing that requires it is offered or requested, and the errors
//! report why certificates are rejected.

use lsam_tls::UnixTime;
use lsam_tls::crypto::rustcrypto::RustCrypto;
use lsam_tls::crypto::{HashAlgorithm, InvalidSignature, Provider, PublicKey, SignatureKind, Unsupported};
use lsam_tls::x509::{CertificateError, TrustSet};
use lsam_tls::{
    CipherSuite, ClientAuth, ClientConfig, ClientSession, Error, HandshakeType, Identity, Misuse,
    ServerConfig, ServerSession,
};
use rcgen::{CertificateParams, KeyPair};

use lsam_testing::identity::{Authority, KeyKind, RSA};
use lsam_testing::pair::{Memory, Side};
use lsam_testing::script::{Writer, certificate};

const NAME: &str = "agent.example";

struct WithoutRsa;

impl Provider for WithoutRsa {
    type Sha256 = <RustCrypto as Provider>::Sha256;
    type Sha384 = <RustCrypto as Provider>::Sha384;
    type Sha512 = <RustCrypto as Provider>::Sha512;
    type HmacSha256 = <RustCrypto as Provider>::HmacSha256;
    type HmacSha384 = <RustCrypto as Provider>::HmacSha384;
    type Aes128Gcm = <RustCrypto as Provider>::Aes128Gcm;
    type Aes256Gcm = <RustCrypto as Provider>::Aes256Gcm;
    type ChaCha20Poly1305 = <RustCrypto as Provider>::ChaCha20Poly1305;
    type X25519 = <RustCrypto as Provider>::X25519;
    type Secp256r1 = <RustCrypto as Provider>::Secp256r1;
    type Secp384r1 = <RustCrypto as Provider>::Secp384r1;
    type RsaKey = Unsupported;

    fn verify(
        kind: SignatureKind,
        key: &PublicKey<'_>,
        hash: HashAlgorithm,
        digest: &[u8],
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        assert!(Self::can_verify(key.algorithm()), "asked for what it does not do");
        RustCrypto::verify(kind, key, hash, digest, signature)
    }
}

/// The 16-bit values of the vector at the start of `bytes`.
fn codes(bytes: &[u8]) -> Vec<u16> {
    let len = usize::from(u16::from_be_bytes([bytes[0], bytes[1]]));
    bytes[2..2 + len].chunks(2).map(|code| u16::from_be_bytes([code[0], code[1]])).collect()
}

#[test]
fn a_client_offers_what_it_can_verify() {
    let config = ClientConfig::new();
    let mut memory = Memory::full();
    let mut hello = Vec::new();
    Side::new(ClientSession::<WithoutRsa>::new(&config, memory.lend()).unwrap(), None, 1).run(&mut hello);
    // After the headers of record and message: version, random, an empty session_id.
    let suites = codes(&hello[5 + 4 + 2 + 32 + 1..]);
    let of_ecdsa = CipherSuite::ALL.iter().filter(|suite| suite.is_signed_with(SignatureKind::Ecdsa));
    assert!(suites.into_iter().eq(of_ecdsa.map(|suite| suite.code())));
    let schemes = hello.windows(2).position(|kind| kind == [0, 13]).unwrap();
    assert_eq!(codes(&hello[schemes + 4..]), [0x0403, 0x0503]);

    let only_rsa = ClientConfig { signature_schemes: RSA, ..config };
    let refused = ClientSession::<WithoutRsa>::new(&only_rsa, memory.lend()).err();
    assert_eq!(refused, Some(Error::Misuse(Misuse::NothingVerifiable)));
    assert!(ClientSession::<RustCrypto>::new(&only_rsa, memory.lend()).is_ok());
}

#[test]
fn a_server_asks_for_what_it_can_verify() {
    let identity = Authority::default().issue(NAME, KeyKind::EcdsaP256);
    let chain = [identity.leaf.as_slice()];
    let identities = [Identity { chain: &chain, schemes: identity.schemes }];
    let server = ServerConfig { client_auth: ClientAuth::Required, ..ServerConfig::new(&identities) };
    let client = ClientConfig::new();
    let mut memory = [Memory::full(), Memory::full()];
    let [a, b] = &mut memory;
    let mut ours =
        Side::new(ServerSession::<WithoutRsa>::new(&server, b.lend()).unwrap(), Some(&identity), 2);
    let mut theirs = Side::new(ClientSession::<RustCrypto>::new(&client, a.lend()).unwrap(), None, 1);
    let (mut hello, mut flight) = (Vec::new(), Vec::new());
    theirs.run(&mut hello);
    ours.receive(&hello, &mut flight);
    // One type of certificate, two schemes, no authority.
    let request = [13, 0, 0, 10, 1, 64, 0, 4, 4, 3, 5, 3, 0, 0];
    assert!(flight.windows(request.len()).any(|part| part == request));

    let only_rsa = ServerConfig { client_schemes: RSA, ..server };
    let refused = ServerSession::<WithoutRsa>::new(&only_rsa, b.lend()).err();
    assert_eq!(refused, Some(Error::Misuse(Misuse::NothingVerifiable)));
    let asks_nobody = ServerConfig { client_auth: ClientAuth::None, ..only_rsa };
    assert!(ServerSession::<WithoutRsa>::new(&asks_nobody, b.lend()).is_ok());
}

/// This is not reported as an invalid signature, since it was never verified.
#[test]
fn a_certificate_that_an_rsa_key_has_signed_is_unsupported() {
    let key = KeyPair::generate_for(&rcgen::PKCS_RSA_SHA256).unwrap();
    let mut params = CertificateParams::default();
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let root = params.self_signed(&key).unwrap();
    let leaf = CertificateParams::new(["a.example".to_owned()])
        .unwrap()
        .signed_by(&KeyPair::generate().unwrap(), &rcgen::Issuer::from_params(&params, &key))
        .unwrap();
    let (chain, roots) = ([leaf.der().as_ref()], [root.der().as_ref()]);
    let (trust, now) = (TrustSet::new(&roots, &[]), Some(UnixTime(1_800_000_000)));
    assert!(trust.verify_server::<RustCrypto>(chain, "a.example", now).is_ok());
    let refused = trust.verify_server::<WithoutRsa>(chain, "a.example", now).err();
    assert_eq!(refused, Some(CertificateError::UnsupportedAlgorithm));
}

/// Its certificate replaces the one the server would present.
#[test]
fn a_server_that_shows_an_rsa_key_all_the_same_is_told_so() {
    let authority = Authority::default();
    let (ecdsa, rsa) = (authority.issue(NAME, KeyKind::EcdsaP256), authority.issue(NAME, KeyKind::Rsa2048));
    let chain = [ecdsa.leaf.as_slice()];
    let identities = [Identity { chain: &chain, schemes: ecdsa.schemes }];
    let (server, client) = (ServerConfig::new(&identities), ClientConfig::new());
    let mut memory = [Memory::full(), Memory::full()];
    let [a, b] = &mut memory;
    let mut theirs = Side::new(ServerSession::<RustCrypto>::new(&server, b.lend()).unwrap(), Some(&ecdsa), 2);
    let mut ours = Side::new(ClientSession::<WithoutRsa>::new(&client, a.lend()).unwrap(), None, 1);
    let (mut hello, mut flight, mut answer) = (Vec::new(), Vec::new(), Vec::new());
    ours.run(&mut hello);
    theirs.receive(&hello, &mut flight);
    let server_hello = 5 + usize::from(u16::from_be_bytes([flight[3], flight[4]]));
    ours.receive(&flight[..server_hello], &mut answer);
    let shown = Writer::default().handshake(HandshakeType::CERTIFICATE, &certificate(&[&rsa.leaf]));
    ours.receive(&shown, &mut answer);
    assert_eq!(ours.seen.error, Some(Error::Certificate(CertificateError::UnsupportedKey)));
}
