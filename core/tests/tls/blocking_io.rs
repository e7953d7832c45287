//! The adapter for transports that block, in both roles and with the default cryptography.

use std::thread;

use embedded_io::{ErrorKind, Read, Write};
use lsam_core::UnixTime;
use lsam_core::crypto::Entropy;
use lsam_core::crypto::rustcrypto::RustCrypto;
use lsam_core::io::{Error, Host, TlsStream};
use lsam_core::tls::limits::SEND_BUFFER_MIN;
use lsam_core::tls::{
    ClientAuth, ClientConfig, ClientSession, Identity, ServerConfig, ServerSession, SignRequest, SignerFailed,
};
use lsam_core::x509::{CertificateError, CertificateList};

use crate::common::TestRng;
use crate::common::identity::{Authority, KeyKind, TestIdentity};
use crate::common::pair::Memory;
use crate::common::threads::{End, pipe};

/// It trusts the one certificate that it knows.
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

/// Gives back what it hears until the client closes. It never flushes.
fn serve(key: &TestIdentity, peer: &TestIdentity, end: End) -> Result<(), Error<ErrorKind>> {
    let chain = [key.leaf.as_slice()];
    let identities = [Identity { chain: &chain, schemes: key.schemes }];
    let config = ServerConfig { client_auth: ClientAuth::Required, ..ServerConfig::new(&identities) };
    let mut memory = Memory::new(4096, SEND_BUFFER_MIN);
    let session = ServerSession::<RustCrypto>::new(&config, memory.lend())?;
    let mut stream = TlsStream::handshake(session, end, TestHost { rng: TestRng(5), key, peer })?;
    let mut piece = [0; 700];
    loop {
        match stream.read(&mut piece)? {
            0 => return stream.close().map(drop),
            n => stream.write_all(&piece[..n])?,
        }
    }
}

/// Says something four times and hears it again, then closes and waits for the server to do so. It never flushes.
fn converse(key: &TestIdentity, peer: &TestIdentity, end: End) -> Result<(), Error<ErrorKind>> {
    let chain = [key.leaf.as_slice()];
    let identities = [Identity { chain: &chain, schemes: key.schemes }];
    let config = ClientConfig { identities: &identities, ..ClientConfig::new() };
    let mut memory = Memory::full();
    let session = ClientSession::<RustCrypto>::new(&config, memory.lend())?;
    let mut stream = TlsStream::handshake(session, end, TestHost { rng: TestRng(7), key, peer })?;
    assert!(stream.negotiated().unwrap().client_authenticated());
    for word in 0..4 {
        stream.write_all(&[word; 500])?;
        let mut heard = [9; 500];
        stream.read_exact(&mut heard).unwrap();
        assert_eq!(heard, [word; 500]);
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
    let authority = Authority::new();
    let server = authority.issue("agent.example", KeyKind::EcdsaP256);
    let client = authority.issue("server.example", KeyKind::EcdsaP256);
    for holds_back in [false, true] {
        let (near, far) = pipe(holds_back);
        let (told_client, told_server) = thread::scope(|scope| {
            let serving = scope.spawn(|| serve(&server, &client, far));
            (converse(&client, &server, near), serving.join().unwrap())
        });
        assert_eq!((told_client, told_server), (Ok(()), Ok(())), "holds back: {holds_back}");
    }
}
