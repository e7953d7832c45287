//! The adapter for async transports: whatever waits, however long, and whatever is cancelled, both ends
//! receive the same.
//!
//! The cryptography is a toy except with rustls as the peer: the waits are under test.

use std::cell::Cell;
use std::io::{Read as _, Write as _};
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;

use embedded_io_async::{ErrorKind, ErrorType, Read, Write};
use lsam_tls::UnixTime;
use lsam_tls::crypto::Entropy;
use lsam_tls::crypto::rustcrypto::RustCrypto;
use lsam_tls::io::{AsyncHost, AsyncTlsStream, Error, Host};
use lsam_tls::limits::SEND_BUFFER_MIN;
use lsam_tls::x509::{CertificateError, CertificateList};
use lsam_tls::{
    self as tls, AlertDescription, Client, ClientAuth, ClientConfig, ClientSession, Identity, Misbehaved,
    Server, ServerConfig, ServerSession, SignRequest, SignerFailed,
};

use crate::tasks::{End, Manner, WriteFails, impatient, join, pause, pipe, run};
use lsam_testing::TestRng;
use lsam_testing::identity::{Authority, KeyKind, TestIdentity};
use lsam_testing::pair::Memory;
use lsam_testing::transparent::{Checksummed, signature_of};

/// A host that takes its time wherever it may.
struct SlowHost {
    rng: TestRng,
    /// The number of polls for each answer.
    polls: usize,
    signs: bool,
    verdict: Result<(), CertificateError>,
}

impl SlowHost {
    const fn new(polls: usize) -> Self {
        Self { rng: TestRng(11), polls, signs: true, verdict: Ok(()) }
    }

    async fn think(&self) {
        for _ in 0..self.polls {
            pause().await;
        }
    }
}

impl AsyncHost for SlowHost {
    fn entropy(&mut self) -> &mut dyn Entropy {
        &mut self.rng
    }

    fn now(&mut self) -> Option<UnixTime> {
        None
    }

    async fn sign(&mut self, request: &SignRequest, out: &mut [u8]) -> Result<usize, SignerFailed> {
        self.think().await;
        let signature = signature_of(request.digest.as_ref());
        out[..signature.len()].copy_from_slice(signature);
        if self.signs { Ok(signature.len()) } else { Err(SignerFailed) }
    }

    async fn verify_peer(&mut self, _: CertificateList<'_>) -> Result<(), CertificateError> {
        self.think().await;
        self.verdict
    }
}

type ClientStream<'b> = AsyncTlsStream<'b, Client<'b, Checksummed>, Checksummed, End, SlowHost>;
type ServerStream<'b> = AsyncTlsStream<'b, Server<'b, Checksummed>, Checksummed, End, SlowHost>;
type Outcome<T> = Result<T, Error<ErrorKind>>;

/// Certificates for both ends.
struct Scene {
    authority: Authority,
    server: TestIdentity,
    client: TestIdentity,
}

impl Scene {
    fn new() -> Self {
        let authority = Authority::default();
        Self {
            server: authority.issue("agent.example", KeyKind::EcdsaP256),
            client: authority.issue("server.example", KeyKind::EcdsaP256),
            authority,
        }
    }

    /// Connects both ends of a pipe with mutual authentication, then runs what the client and the server do.
    async fn play<A, B>(
        &self,
        (near, far): (End, End),
        hosts: [SlowHost; 2],
        client: impl AsyncFnOnce(Outcome<ClientStream<'_>>) -> A,
        server: impl AsyncFnOnce(Outcome<ServerStream<'_>>) -> B,
    ) -> (A, B) {
        let (server_chain, client_chain) = ([self.server.leaf.as_slice()], [self.client.leaf.as_slice()]);
        let server_ids = [Identity { chain: &server_chain, schemes: self.server.schemes }];
        let client_ids = [Identity { chain: &client_chain, schemes: self.client.schemes }];
        let server_config =
            ServerConfig { client_auth: ClientAuth::Required, ..ServerConfig::new(&server_ids) };
        let client_config = ClientConfig { identities: &client_ids, ..ClientConfig::new() };
        let (mut a, mut b) = (Memory::full(), Memory::new(4096, SEND_BUFFER_MIN));
        let [client_host, server_host] = hosts;
        join(
            async {
                let session = ClientSession::new(&client_config, a.lend()).unwrap();
                client(AsyncTlsStream::handshake(session, near, client_host).await).await
            },
            async {
                let session = ServerSession::new(&server_config, b.lend()).unwrap();
                server(AsyncTlsStream::handshake(session, far, server_host).await).await
            },
        )
        .await
    }
}

const fn hosts() -> [SlowHost; 2] {
    [SlowHost::new(0), SlowHost::new(0)]
}

fn text(len: usize) -> Vec<u8> {
    (0..len).map(|n| n as u8).collect()
}

/// Echoes until the peer closes.
async fn echo(stream: &mut (impl Read<Error = Error<ErrorKind>> + Write)) {
    let mut piece = [0; 700];
    loop {
        let n = stream.read(&mut piece).await.unwrap();
        if n == 0 {
            return;
        }
        stream.write_all(&piece[..n]).await.unwrap();
        stream.flush().await.unwrap();
    }
}

async fn serve_echo(stream: Outcome<ServerStream<'_>>) {
    let mut stream = stream.unwrap();
    echo(&mut stream).await;
    assert_eq!(stream.read(&mut [0; 9]).await, Ok(0), "the end stays the end");
    stream.close().await.unwrap();
}

/// Sends `words` and reads them back.
async fn converse(stream: &mut (impl Read + Write), words: &[u8]) {
    for words in words.chunks(500) {
        stream.write_all(words).await.unwrap();
        stream.flush().await.unwrap();
        let mut heard = vec![0; words.len()];
        stream.read_exact(&mut heard).await.unwrap();
        assert_eq!(heard, words);
    }
}

#[test]
fn bytes_in_pieces_of_any_size_with_a_wait_at_every_step() {
    let (scene, words) = (Scene::new(), text(5_000));
    for piece in [1, 2, 3, 7, 64, 509, usize::MAX] {
        for hesitates in [false, true] {
            let manner = Manner { piece, hesitates, ..Manner::WHOLE };
            let client = async |stream: Outcome<ClientStream<'_>>| {
                let mut stream = stream.unwrap();
                assert!(stream.negotiated().unwrap().client_authenticated());
                converse(&mut stream, &words).await;
                stream.close().await.unwrap();
            };
            run(scene.play(pipe([manner; 2]), hosts(), client, serve_echo));
        }
    }
}

#[test]
fn every_split_point_of_what_either_end_reads() {
    let (scene, words) = (Scene::new(), text(300));
    let (longest, mut cut) = (Cell::new(usize::MAX), 1);
    while cut < longest.get() {
        let manner = Manner { cut: Some(cut), ..Manner::WHOLE };
        let client = async |stream: Outcome<ClientStream<'_>>| {
            let mut stream = stream.unwrap();
            converse(&mut stream, &words).await;
            let end = stream.close().await.unwrap();
            longest.set(end.out.borrow().all.len().max(end.incoming.borrow().all.len()));
        };
        run(scene.play(pipe([manner; 2]), hosts(), client, serve_echo));
        cut += 1;
    }
    assert!(cut > 800, "a mutual handshake is longer than {cut}");
}

/// Every future of the client that is not ready at once is dropped and created anew.
#[test]
fn nothing_is_lost_or_doubled_when_every_wait_is_given_up() {
    let (scene, words) = (Scene::new(), text(5_000));
    for piece in [1, 5, 333, usize::MAX] {
        let manner = Manner { piece, hesitates: true, ..Manner::WHOLE };
        let client = async |stream: Outcome<ClientStream<'_>>| {
            let (mut stream, mut sent, mut heard) = (stream.unwrap(), 0, Vec::new());
            while heard.len() < words.len() {
                let ahead = words.len().min(heard.len() + 1_000);
                while sent < ahead {
                    sent += impatient(async || stream.write(&words[sent..ahead]).await).await.unwrap();
                }
                impatient(async || stream.flush().await).await.unwrap();
                let mut piece = [0; 77];
                let n = impatient(async || stream.read(&mut piece).await).await.unwrap();
                heard.extend_from_slice(&piece[..n]);
            }
            assert_eq!(heard, words, "{manner:?}");
            stream.close().await.unwrap();
        };
        run(scene.play(pipe([manner; 2]), hosts(), client, serve_echo));
    }
}

#[test]
fn an_error_comes_again_after_its_future_was_dropped_and_the_alert_goes_out_whole() {
    let scene = Scene::new();
    let (near, far) = pipe([Manner { piece: 1, hesitates: true, ..Manner::WHOLE }; 2]);
    let (to_server, to_client) = (Rc::clone(&near.out), Rc::clone(&near.incoming));
    let failed = Err(Error::Tls(tls::Error::Misbehaved(Misbehaved::NotTls)));
    let client = async |stream: Outcome<ClientStream<'_>>| {
        to_server.borrow_mut().waiting.extend(b"no record");
        let told = stream.unwrap().read(&mut [0; 9]).await;
        assert_eq!(told, Err(Error::Tls(tls::Error::AlertReceived(AlertDescription::PROTOCOL_VERSION))));
    };
    let server = async |stream: Outcome<ServerStream<'_>>| {
        let mut stream = stream.unwrap();
        let before = to_client.borrow().all.len();
        assert_eq!(impatient(async || stream.read(&mut [0; 9]).await).await, failed);
        assert_eq!(to_client.borrow().all.len() - before, 5 + 8 + 2 + 16, "one sealed alert");
        assert_eq!(stream.read(&mut [0; 9]).await, failed);
        assert_eq!(stream.write(b"more").await, failed);
    };
    run(scene.play((near, far), hosts(), client, server));
}

#[test]
fn a_handshake_is_over_when_its_last_flight_is_out() {
    let scene = Scene::new();
    let connected = Cell::new(false);
    let client = async |stream: Outcome<ClientStream<'_>>| connected.set(stream.is_ok());
    let server = async |stream: Outcome<ServerStream<'_>>| {
        while !connected.get() {
            pause().await;
        }
        // The client is gone without notice.
        assert_eq!(stream.unwrap().read(&mut [0; 9]).await, Err(Error::Tls(tls::Error::Truncated)));
    };
    run(scene.play(pipe([Manner::WHOLE; 2]), hosts(), client, server));
}

#[test]
fn what_is_written_goes_out_with_a_flush_a_read_or_a_full_buffer() {
    let scene = Scene::new();
    let (near, far) = pipe([Manner::WHOLE; 2]);
    let to_client = Rc::clone(&near.incoming);
    let sent = || to_client.borrow().all.len();
    let client = async |stream: Outcome<ClientStream<'_>>| {
        let mut stream = stream.unwrap();
        stream.write_all(b"go").await.unwrap();
        stream.flush().await.unwrap();
        let mut heard = [0; 5 + 2000 + 6];
        stream.read_exact(&mut heard).await.unwrap();
        assert!(heard.starts_with(b"first") && heard.ends_with(b"second"));
        stream.close().await.unwrap();
    };
    let server = async |stream: Outcome<ServerStream<'_>>| {
        let mut stream = stream.unwrap();
        stream.read_exact(&mut [0; 2]).await.unwrap();
        let (before, flushes) = (sent(), to_client.borrow().flushes);
        stream.write_all(b"first").await.unwrap();
        assert_eq!(sent(), before, "it waits for more");
        stream.flush().await.unwrap();
        let flushed = sent();
        assert!(flushed > before && to_client.borrow().flushes == flushes + 1);
        stream.write_all(&text(2000)).await.unwrap();
        assert!(sent() > flushed + 2000 - SEND_BUFFER_MIN, "what the buffer does not hold is sent");
        stream.write_all(b"second").await.unwrap();
        assert_eq!(stream.read(&mut [0; 9]).await, Ok(0));
        assert!(sent() > flushed + 2000, "nobody waits for an answer to what was not sent");
    };
    run(scene.play((near, far), hosts(), client, server));
}

/// Like a buffered writer. The client cancels every wait, so flushes are cancelled as well.
#[test]
fn a_transport_that_holds_bytes_back_is_flushed_before_the_stream_waits_for_the_peer() {
    let (scene, words) = (Scene::new(), text(2_000));
    for hesitates in [false, true] {
        let manner = Manner { piece: 64, hesitates, holds_back: true, ..Manner::WHOLE };
        let client = async |stream: Outcome<ClientStream<'_>>| {
            let mut stream = stream.unwrap();
            for words in words.chunks(500) {
                stream.write_all(words).await.unwrap();
                let mut heard = Vec::new();
                while heard.len() < words.len() {
                    let mut piece = [0; 77];
                    let n = impatient(async || stream.read(&mut piece).await).await.unwrap();
                    heard.extend_from_slice(&piece[..n]);
                }
                assert_eq!(heard, words);
            }
            let end = stream.close().await.unwrap();
            // Two flights and the end of the handshake, four questions, close_notify; nothing is flushed
            // twice.
            assert_eq!(end.out.borrow().flushes, 3 + 4 + 1);
            while end.incoming.borrow().waiting.is_empty() {
                pause().await;
            }
        };
        let server = async |stream: Outcome<ServerStream<'_>>| {
            let (mut stream, mut piece) = (stream.unwrap(), [0; 700]);
            loop {
                match stream.read(&mut piece).await.unwrap() {
                    0 => break stream.close().await.map(drop).unwrap(),
                    n => stream.write_all(&piece[..n]).await.unwrap(),
                }
            }
        };
        run(scene.play(pipe([manner; 2]), hosts(), client, server));
    }
}

/// Both ends write until the pipe and their buffers are full, then only read. A write that waits for the
/// other end to read must be cancelled to read what that end sent.
#[test]
fn two_ends_that_have_filled_the_pipe_go_on_by_reading() {
    let scene = Scene::new();
    for (piece, hesitates) in [(usize::MAX, false), (300, true), (1, false)] {
        let manner = Manner { piece, hesitates, room: 3_000, ..Manner::WHOLE };
        let full = Cell::new(0);
        let client = async |stream: Outcome<ClientStream<'_>>| fill_then_read(stream.unwrap(), &full).await;
        let server = async |stream: Outcome<ServerStream<'_>>| fill_then_read(stream.unwrap(), &full).await;
        run(scene.play(pipe([manner; 2]), hosts(), client, server));
    }
}

async fn fill_then_read<T: Read<Error = Error<ErrorKind>> + Write>(mut stream: T, full: &Cell<usize>) {
    // A write that fails after this many polls fails until the other end reads.
    let mut written = 0;
    while let Some(n) = poll_often(stream.write(&[7; 400])).await {
        written += n.unwrap();
    }
    assert!(written > 3_000 - 400, "{written}");
    full.set(full.get() + 1);
    while full.get() < 2 {
        pause().await;
    }
    let (mut heard, mut piece) = (0, [0; 400]);
    // The last records are still in the buffer of the end that wrote them.
    while heard < 2_000 {
        heard += stream.read(&mut piece).await.unwrap();
    }
}

/// The result of a future within some polls.
async fn poll_often<F: Future>(future: F) -> Option<F::Output> {
    let mut future = std::pin::pin!(future);
    let mut polls = 0;
    std::future::poll_fn(|cx| match future.as_mut().poll(cx) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending if polls == 8_000 => Poll::Ready(None),
        Poll::Pending => {
            polls += 1;
            Poll::Pending
        }
    })
    .await
}

#[test]
fn close_sends_what_was_written_and_gives_the_transport_back() {
    let scene = Scene::new();
    let client = async |stream: Outcome<ClientStream<'_>>| {
        let mut stream = stream.unwrap();
        stream.write_all(b"last words").await.unwrap();
        let end = stream.close().await.unwrap();
        assert!(end.out.borrow().flushes > 0);
        // Kept until the other end has received them, because the end of the transport does not end its
        // stream.
        while end.incoming.borrow().waiting.is_empty() {
            pause().await;
        }
    };
    let server = async |stream: Outcome<ServerStream<'_>>| {
        let (mut stream, mut heard) = (stream.unwrap(), [0; 10]);
        stream.read_exact(&mut heard).await.unwrap();
        assert_eq!((&heard, stream.read(&mut heard.clone()).await), (b"last words", Ok(0)));
        stream.close().await.unwrap();
    };
    run(scene.play(pipe([Manner::WHOLE; 2]), hosts(), client, server));
}

#[test]
fn a_transport_that_fails_or_ends_is_told_from_a_peer_that_closes() {
    let scene = Scene::new();
    let cut_off = async |stream: Outcome<ClientStream<'_>>| drop(stream.unwrap());
    let server = async |stream: Outcome<ServerStream<'_>>| stream.unwrap().read(&mut [0; 9]).await;
    let (_, told) = run(scene.play(pipe([Manner::WHOLE; 2]), hosts(), cut_off, server));
    assert_eq!(told, Err(Error::Tls(tls::Error::Truncated)));

    for (fails, expected) in
        [(WriteFails::Error, Error::Transport(ErrorKind::BrokenPipe)), (WriteFails::Zero, Error::WriteZero)]
    {
        // In the first write of the handshake, in a later one, and in that of the data.
        for works in 0.. {
            let manner = Manner { writes: Some((works, fails)), ..Manner::WHOLE };
            let client = async |stream: Outcome<ClientStream<'_>>| {
                let mut stream = stream?;
                stream.write_all(b"hello").await?;
                stream.flush().await?;
                stream.read(&mut [0; 9]).await
            };
            let server = async |stream: Outcome<ServerStream<'_>>| {
                let mut stream = stream.ok()?;
                stream.read(&mut [0; 9]).await.ok()?;
                stream.close().await.ok()
            };
            let (told, _) = run(scene.play(pipe([manner, Manner::WHOLE]), hosts(), client, server));
            if told.is_ok() {
                assert!(works > 2);
                break;
            }
            assert_eq!(told, Err(expected), "{fails:?} after {works} writes");
        }
    }
}

#[test]
fn what_the_host_refuses_ends_both_ends() {
    let scene = Scene::new();
    let client = async |stream: Outcome<ClientStream<'_>>| stream.err();
    let server = async |stream: Outcome<ServerStream<'_>>| stream.err();
    let told = |alert| Some(Error::Tls(tls::Error::AlertReceived(alert)));

    let no_key = [SlowHost::new(3), SlowHost { signs: false, ..SlowHost::new(3) }];
    let ends = run(scene.play(pipe([Manner::WHOLE; 2]), no_key, client, server));
    assert_eq!(ends, (told(AlertDescription::INTERNAL_ERROR), Some(Error::Tls(tls::Error::SignerFailed))));

    let refused = CertificateError::Revoked;
    let strict = [SlowHost { verdict: Err(refused), ..SlowHost::new(3) }, SlowHost::new(3)];
    let ends = run(scene.play(pipe([Manner::WHOLE; 2]), strict, client, server));
    let expected = Some(Error::Tls(tls::Error::Certificate(refused)));
    assert_eq!(ends, (expected, told(AlertDescription::CERTIFICATE_REVOKED)));
}

#[test]
fn other_tasks_go_on_while_the_host_thinks() {
    let scene = Scene::new();
    let thinkers = [SlowHost::new(100), SlowHost::new(100)];
    let (turns, at_handshake) = (Cell::new(0), Cell::new(None));
    let client = async |stream: Outcome<ClientStream<'_>>| {
        at_handshake.set(Some(turns.get()));
        converse(&mut stream.unwrap(), b"hello").await;
    };
    let server = async |stream: Outcome<ServerStream<'_>>| {
        let mut stream = stream.unwrap();
        stream.read_exact(&mut [0; 5]).await.unwrap();
        stream.write_all(b"hello").await.unwrap();
        stream.flush().await.unwrap();
    };
    let other = async {
        while at_handshake.get().is_none() {
            turns.set(turns.get() + 1);
            pause().await;
        }
    };
    run(join(scene.play(pipe([Manner::WHOLE; 2]), thinkers, client, server), other));
    assert!(
        at_handshake.get() > Some(300),
        "of two signatures and two verdicts two overlap: {at_handshake:?}"
    );
}

/// A host that answers at once, for both adapters.
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

/// A transport that moves between threads and yields nothing.
struct Null;

impl ErrorType for Null {
    type Error = ErrorKind;
}

impl Read for Null {
    async fn read(&mut self, _: &mut [u8]) -> Result<usize, ErrorKind> {
        Ok(0)
    }
}

impl Write for Null {
    async fn write(&mut self, data: &[u8]) -> Result<usize, ErrorKind> {
        Ok(data.len())
    }

    async fn flush(&mut self) -> Result<(), ErrorKind> {
        Ok(())
    }
}

/// Executors with threads require it; those of firmware require small futures, because a task is a static
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
