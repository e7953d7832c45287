//! embedded-tls only supports TLS 1.3: it is rejected with protocol_version, over an in-memory pipe.

use lsam_tls::UnixTime;
use lsam_tls::crypto::Entropy;
use lsam_tls::crypto::rustcrypto::RustCrypto;
use lsam_tls::io::{Error, Host, TlsStream};
use lsam_tls::x509::{CertificateError, CertificateList};
use lsam_tls::{self as tls, Identity, Incompatible, ServerConfig, ServerSession, SignRequest, SignerFailed};

use crate::threads::pipe;
use lsam_testing::TestRng;
use lsam_testing::identity::{Authority, KeyKind};
use lsam_testing::pair::Memory;

struct NoKey(TestRng);

impl Host for NoKey {
    fn entropy(&mut self) -> &mut dyn Entropy {
        &mut self.0
    }

    fn now(&mut self) -> Option<UnixTime> {
        None
    }

    fn sign(&mut self, _: &SignRequest, _: &mut [u8]) -> Result<usize, SignerFailed> {
        unreachable!("the handshake does not get so far")
    }

    fn verify_peer(&mut self, _: CertificateList<'_>) -> Result<(), CertificateError> {
        unreachable!("the handshake does not get so far")
    }
}

/// Random numbers for embedded-tls, which uses another generation of the trait.
struct OldRng(TestRng);

impl rand_core_06::RngCore for OldRng {
    fn next_u32(&mut self) -> u32 {
        self.0.number() as u32
    }

    fn next_u64(&mut self) -> u64 {
        self.0.number()
    }

    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        bytes.fill_with(|| self.0.number() as u8);
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), rand_core_06::Error> {
        self.fill_bytes(bytes);
        Ok(())
    }
}

impl rand_core_06::CryptoRng for OldRng {}

#[test]
fn a_client_of_tls_13_alone_is_told_protocol_version() {
    use embedded_tls::alert::{AlertDescription, AlertLevel};
    use embedded_tls::blocking::TlsConnection;
    use embedded_tls::{Aes128GcmSha256, TlsConfig, TlsContext, TlsError, UnsecureProvider};

    let (ours, theirs) = pipe(false, 1000);
    let client = std::thread::spawn(move || {
        let (mut read, mut write) = (vec![0; 16640], vec![0; 16640]);
        let config = TlsConfig::new().with_server_name("agent.example");
        let mut connection = TlsConnection::new(theirs, &mut read, &mut write);
        let provider = UnsecureProvider::new::<Aes128GcmSha256>(OldRng(TestRng(3)));
        connection.open(TlsContext::new(&config, provider)).unwrap_err()
    });

    let identity = Authority::default().issue("agent.example", KeyKind::EcdsaP256);
    let chain = [identity.leaf.as_slice()];
    let identities = [Identity { chain: &chain, schemes: identity.schemes }];
    let config = ServerConfig::new(&identities);
    let mut memory = Memory::full();
    let session = ServerSession::<RustCrypto>::new(&config, memory.lend()).unwrap();
    let Err(refusal) = TlsStream::handshake(session, ours, NoKey(TestRng(4))) else {
        panic!("there is no version in common")
    };
    assert_eq!(refusal, Error::Tls(tls::Error::Incompatible(Incompatible::Version)));
    let told = client.join().unwrap();
    let expected = TlsError::HandshakeAborted(AlertLevel::Fatal, AlertDescription::ProtocolVersion);
    assert_eq!(format!("{told:?}"), format!("{expected:?}"));
}
