//! A peer that is another implementation, and what executors require of the futures.

use std::io::{Read as _, Write as _};
use std::sync::Arc;

use lsam_tls::UnixTime;
use lsam_tls::crypto::Entropy;
use lsam_tls::crypto::rustcrypto::RustCrypto;
use lsam_tls::io::{AsyncTlsStream, Error, Host};
use lsam_tls::x509::{CertificateError, CertificateList};
use lsam_tls::{
    self as tls, ClientConfig, ClientSession, Identity, ServerConfig, ServerSession, SignRequest,
    SignerFailed,
};

use super::{Scene, SlowHost, echo, text};
use lsam_testing::TestRng;
use lsam_testing::identity::{Authority, TestIdentity};
use lsam_testing::pair::Memory;
use lsam_testing::tasks::{End, Manner, Null, join, pause, pipe, run};

/// A host that answers immediately, for both adapters.
struct QuickHost<'k>(TestRng, &'k TestIdentity);

impl Host for QuickHost<'_> {
    fn entropy(&mut self) -> &mut dyn Entropy {
        &mut self.0
    }

    fn now(&mut self) -> Option<UnixTime> {
        None
    }

    fn sign(&mut self, request: &SignRequest, out: &mut [u8]) -> Result<usize, SignerFailed> {
        let signature = self.1.sign(request);
        out[..signature.len()].copy_from_slice(&signature);
        Ok(signature.len())
    }

    fn verify_peer(&mut self, _: CertificateList<'_>) -> Result<(), CertificateError> {
        unreachable!("no client is asked for a certificate")
    }
}

#[test]
fn rustls_talks_to_it() {
    let scene = Scene::new();
    let chain = [scene.server.leaf.as_slice()];
    let identities = [Identity { chain: &chain, schemes: scene.server.schemes }];
    let config = ServerConfig::new(&identities);
    let mut memory = Memory::full();
    let session = ServerSession::<RustCrypto>::new(&config, memory.lend()).unwrap();
    let manner = Manner { piece: 100, hesitates: true, ..Manner::WHOLE };
    let (near, far) = pipe([manner; 2]);
    let words = text(50_000);
    let server = async {
        let host = QuickHost(TestRng(5), &scene.server);
        let mut stream = AsyncTlsStream::handshake(session, far, host).await.unwrap();
        echo(&mut stream).await;
        stream.close().await.unwrap();
    };
    run(join(rustls_says(near, &scene.authority, &words), server));
}

/// Executors with threads require this; those in firmware require small futures, because a task is a static
/// there.
#[test]
fn its_futures_move_between_threads_and_are_small() {
    fn is_send<T: Send>(task: T) -> T {
        task
    }
    let (config, mut memory) = (ClientConfig::new(), Memory::full());
    let session = ClientSession::<RustCrypto>::new(&config, memory.lend()).unwrap();
    let session_size = size_of_val(&session);
    let handshake = is_send(AsyncTlsStream::handshake(session, Null, SlowHost::new(0)));
    let size = size_of_val(&handshake);
    println!("handshake: {size} bytes, of which the session has {session_size}");
    assert_eq!(run(handshake).err(), Some(Error::Tls(tls::Error::Truncated)));
    assert!(size < session_size + 1024, "{size}");
}

/// A rustls client that sends `words`, reads them back, closes and waits for the other end to close.
async fn rustls_says(end: End, authority: &Authority, words: &[u8]) {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(authority.der().to_vec().into()).unwrap();
    let config = rustls::ClientConfig::builder_with_protocol_versions(&[&rustls::version::TLS12])
        .with_root_certificates(roots)
        .with_no_client_auth();
    let mut tls =
        rustls::ClientConnection::new(Arc::new(config), "agent.example".try_into().unwrap()).unwrap();
    let (mut rest, mut heard) = (words, vec![0; words.len()]);
    let (mut so_far, mut closed) = (0, false);
    while !closed {
        rest = &rest[tls.writer().write(rest).unwrap()..];
        if so_far == words.len() {
            tls.send_close_notify();
        }
        let mut sent = Vec::new();
        while tls.wants_write() {
            tls.write_tls(&mut sent).unwrap();
        }
        end.out.borrow_mut().waiting.extend(sent);
        pause().await;
        let received = end.incoming.borrow_mut().waiting.split_off(0);
        tls.read_tls(&mut Vec::from(received).as_slice()).unwrap();
        closed = tls.process_new_packets().unwrap().peer_has_closed();
        while let Ok(n) = tls.reader().read(&mut heard[so_far..])
            && n > 0
        {
            so_far += n;
        }
    }
    assert_eq!(heard, words);
}
