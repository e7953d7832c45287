//! The adapter for blocking transports, in both roles and with the default cryptography.

use std::sync::Barrier;
use std::thread;

use embedded_io::{ErrorKind, Read, ReadExactError, Write};
use lsam_tls::UnixTime;
use lsam_tls::crypto::Entropy;
use lsam_tls::crypto::rustcrypto::RustCrypto;
use lsam_tls::io::{Error, Host, TlsStream};
use lsam_tls::limits::SEND_BUFFER_MIN;
use lsam_tls::x509::{CertificateError, CertificateList};
use lsam_tls::{
    ClientAuth, ClientConfig, ClientSession, Identity, Role, ServerConfig, ServerSession, Session,
    SignRequest, SignerFailed,
};

use crate::threads::{End, pipe};
use lsam_testing::TestRng;
use lsam_testing::identity::{Authority, KeyKind, TestIdentity};
use lsam_testing::pair::Memory;

/// It trusts the only certificate that it knows.
struct TestHost<'k> {
    rng: TestRng,
    key: &'k TestIdentity,
    peer: &'k TestIdentity,
}

impl Host for TestHost<'_> {
    fn entropy(&mut self) -> &mut dyn Entropy {
        &mut self.rng
    }

    fn now(&mut self) -> Option<UnixTime> {
        None
    }

    fn sign(&mut self, request: &SignRequest, out: &mut [u8]) -> Result<usize, SignerFailed> {
        let signature = self.key.sign(request);
        out[..signature.len()].copy_from_slice(&signature);
        Ok(signature.len())
    }

    fn verify_peer(&mut self, chain: CertificateList<'_>) -> Result<(), CertificateError> {
        if chain.leaf() == Some(&self.peer.leaf) { Ok(()) } else { Err(CertificateError::UnknownIssuer) }
    }
}

/// Echoes until the client closes. It never flushes.
fn serve(key: &TestIdentity, peer: &TestIdentity, end: End) -> Result<(), Error<ErrorKind>> {
    let chain = [key.leaf.as_slice()];
    let identities = [Identity { chain: &chain, schemes: key.schemes }];
    let config = ServerConfig { client_auth: ClientAuth::Required, ..ServerConfig::new(&identities) };
    let mut memory = Memory::new(4096, SEND_BUFFER_MIN);
    let session = ServerSession::<RustCrypto>::new(&config, memory.lend())?;
    let mut stream = TlsStream::handshake(session, end, TestHost { rng: TestRng(5), key, peer })?;
    // More than fits into its send buffer.
    let mut piece = [0; 1000];
    loop {
        match stream.read(&mut piece)? {
            0 => return stream.close().map(drop),
            n => stream.write_all(&piece[..n])?,
        }
    }
}

/// Sends something four times and reads it back, then closes and waits for the server to close. It never
/// flushes.
fn converse(key: &TestIdentity, peer: &TestIdentity, end: End) -> Result<(), Error<ErrorKind>> {
    let chain = [key.leaf.as_slice()];
    let identities = [Identity { chain: &chain, schemes: key.schemes }];
    let config = ClientConfig { identities: &identities, ..ClientConfig::new() };
    let mut memory = Memory::full();
    let session = ClientSession::<RustCrypto>::new(&config, memory.lend())?;
    let mut stream = TlsStream::handshake(session, end, TestHost { rng: TestRng(7), key, peer })?;
    assert!(stream.negotiated().unwrap().client_authenticated());
    for word in 0..4 {
        stream.write_all(&[word; 3000])?;
        let mut heard = [9; 3000];
        stream.read_exact(&mut heard).unwrap();
        assert_eq!(heard, [word; 3000]);
    }
    let mut end = stream.close()?;
    let mut rest = Vec::new();
    let mut piece = [0; 64];
    while let n @ 1.. = end.read(&mut piece).map_err(Error::Transport)? {
        rest.extend_from_slice(&piece[..n]);
    }
    assert_eq!((rest.first(), rest.len()), (Some(&21), 5 + 8 + 2 + 16), "close_notify, sealed");
    Ok(())
}

#[test]
fn both_roles_talk_over_a_transport_whether_or_not_it_holds_bytes_back_until_a_flush() {
    let authority = Authority::default();
    let server = authority.issue("agent.example", KeyKind::EcdsaP256);
    let client = authority.issue("server.example", KeyKind::EcdsaP256);
    for holds_back in [false, true] {
        let (near, far) = pipe(holds_back, 1000);
        let (told_client, told_server) = thread::scope(|scope| {
            let serving = scope.spawn(|| serve(&server, &client, far));
            (converse(&client, &server, near), serving.join().unwrap())
        });
        assert_eq!((told_client, told_server), (Ok(()), Ok(())), "holds back: {holds_back}");
    }
}

/// Fills its direction of the pipe and the session's own buffer, then reads once the other end has done the
/// same.
fn fill_then_read<R: Role<RustCrypto>>(
    session: Session<'_, R, RustCrypto>,
    (key, peer): (&TestIdentity, &TestIdentity),
    end: End,
    full: &Barrier,
) -> Result<(), Error<ErrorKind>> {
    let host = TestHost { rng: TestRng(5), key, peer };
    let mut stream = TlsStream::handshake(session, end, host)?.input_first();
    // Reads whatever the handshake left in the pipe.
    full.wait();
    for _ in 0..ROOM {
        stream.write_all(&[7; 100])?;
        stream.flush()?;
    }
    stream.write_all(&[8; 100])?;
    full.wait();
    let mut heard = [0; 100 * ROOM + 100];
    stream.read_exact(&mut heard).map_err(|error| match error {
        ReadExactError::Other(error) => error,
        ReadExactError::UnexpectedEof => Error::WriteZero,
    })?;
    assert!(heard.ends_with(&[8; 100]));
    stream.close().map(drop)
}

/// The number of writes that the pipe accepts before the other end reads.
const ROOM: usize = 8;

#[test]
fn two_ends_that_have_filled_the_pipe_go_on_by_reading() {
    let authority = Authority::default();
    let server = authority.issue("agent.example", KeyKind::EcdsaP256);
    let client = authority.issue("server.example", KeyKind::EcdsaP256);
    let chain = [server.leaf.as_slice()];
    let identities = [Identity { chain: &chain, schemes: server.schemes }];
    let (server_config, client_config) = (ServerConfig::new(&identities), ClientConfig::new());
    let (mut a, mut b) = (Memory::full(), Memory::full());
    let (near, far) = pipe(false, ROOM);
    let full = Barrier::new(2);
    thread::scope(|scope| {
        let session = ServerSession::<RustCrypto>::new(&server_config, a.lend()).unwrap();
        let serving = scope.spawn(|| fill_then_read(session, (&server, &client), far, &full));
        let session = ClientSession::<RustCrypto>::new(&client_config, b.lend()).unwrap();
        assert_eq!(fill_then_read(session, (&client, &server), near, &full), Ok(()));
        assert_eq!(serving.join().unwrap(), Ok(()));
    });
}
