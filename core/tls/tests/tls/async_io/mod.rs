//! The adapter for async transports: whatever waits, however long, and whatever is cancelled, both ends
//! receive the same.
//!
//! The cryptography is a toy except with rustls as the peer, since only the waits are under test.

mod delivery;
mod endings;
mod executors;
mod flushing;

use embedded_io_async::{ErrorKind, Read, Write};
use lsam_testing::identity::{Authority, KeyKind, TestIdentity};
use lsam_testing::pair::Memory;
use lsam_testing::slow_host::SlowHost;
use lsam_testing::tasks::{End, join};
use lsam_testing::transparent::Checksummed;
use lsam_tls::io::{AsyncTlsStream, Error};
use lsam_tls::limits::SEND_BUFFER_MIN;
use lsam_tls::{
    Client, ClientAuth, ClientConfig, ClientSession, Identity, Server, ServerConfig, ServerSession,
};

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
