//! What both sides of a handshake over a toy provider must have computed, derived again from the bytes on the
//! wire.
//!
//! The private keys of the toy exchange are visible in its public values, so a witness knows every secret.
//! This independent reading of RFC 5246 sections 5, 7.4.9 and 8.1, RFC 7627 section 4 and RFC 5077 section
//! 3.1 shares nothing with the engine.

/// A side of the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speaker {
    /// The client.
    Client,
    /// The server.
    Server,
}

impl Speaker {
    /// The other side.
    pub const fn other(self) -> Self {
        match self {
            Self::Client => Self::Server,
            Self::Server => Self::Client,
        }
    }
}

/// The messages of a handshake with their headers, each side's up to its Finished, as one side saw them.
pub struct Witness {
    client: Vec<Vec<u8>>,
    server: Vec<Vec<u8>>,
}

const SERVER_HELLO: u8 = 2;
const NEW_SESSION_TICKET: u8 = 4;
const SERVER_KEY_EXCHANGE: u8 = 12;
const CLIENT_KEY_EXCHANGE: u8 = 16;
const FINISHED: u8 = 20;
const EXTENDED_MASTER_SECRET: u16 = 23;
const SESSION_TICKET: u16 = 35;

impl Witness {
    /// Reads both streams of records; `None` without a ServerHello.
    pub fn new(client: &[u8], server: &[u8]) -> Option<Self> {
        let in_clear = messages(server, 0);
        let hello = in_clear.iter().find(|message| message[0] == SERVER_HELLO)?;
        // AES-GCM sends part of its nonce before the ciphertext, ChaCha20-Poly1305 does not.
        let prefix = if matches!(suite(hello)?, 0xcca8 | 0xcca9) { 0 } else { 8 };
        Some(Self { client: messages(client, prefix), server: messages(server, prefix) })
    }

    /// Whether the handshake resumes an earlier session.
    pub fn is_resumed(&self) -> bool {
        find(&self.server, SERVER_KEY_EXCHANGE).is_none()
    }

    /// The verify_data that `speaker` sent.
    pub fn finished(&self, speaker: Speaker) -> Option<&[u8]> {
        Some(&find(self.said_by(speaker), FINISHED)?[4..])
    }

    /// The correct verify_data of `speaker`, for the master secret of the session.
    pub fn verify_data(&self, speaker: Speaker, master_secret: &[u8]) -> Option<Vec<u8>> {
        self.verify_data_as(speaker, &self.transcript(speaker), master_secret)
    }

    /// The correct verify_data over other messages.
    pub fn verify_data_as(
        &self,
        speaker: Speaker,
        transcript: &[&[u8]],
        master_secret: &[u8],
    ) -> Option<Vec<u8>> {
        let label: &[u8] = match speaker {
            Speaker::Client => b"client finished",
            Speaker::Server => b"server finished",
        };
        Some(prf(self.hash_len()?, master_secret, &[label, &self.hash(transcript)?], 12))
    }

    /// The master secret that a full handshake agrees on.
    pub fn master_secret(&self) -> Option<Vec<u8>> {
        let exchange = find(&self.server, SERVER_KEY_EXCHANGE)?.get(7..)?;
        let (len, exchange) = exchange.split_first()?;
        let answer = find(&self.client, CLIENT_KEY_EXCHANGE)?.get(5..)?;
        let mut shared = vec![0; 32];
        let (a, b) = (private_key(exchange.get(..usize::from(*len))?)?, private_key(answer)?);
        shared.iter_mut().zip(a.iter().zip(b)).for_each(|(to, (a, b))| *to = a ^ b);
        let (client_hello, server_hello) = (self.client.first()?, find(&self.server, SERVER_HELLO)?);
        if extension(extensions_of_server(server_hello)?, EXTENDED_MASTER_SECRET).is_some() {
            let last = self.client.iter().position(|message| message[0] == CLIENT_KEY_EXCHANGE)?;
            let mut messages = vec![client_hello.as_slice()];
            messages.extend(self.first_flight());
            messages.extend(self.client[1..=last].iter().map(Vec::as_slice));
            let hash = self.hash(&messages)?;
            return Some(prf(self.hash_len()?, &shared, &[b"extended master secret", &hash], 48));
        }
        let (client_random, server_random) = (client_hello.get(6..38)?, server_hello.get(6..38)?);
        Some(prf(self.hash_len()?, &shared, &[b"master secret", client_random, server_random], 48))
    }

    /// The ticket that the client offered.
    pub fn offered_ticket(&self) -> Option<&[u8]> {
        extension(extensions_of_client(self.client.first()?)?, SESSION_TICKET)
    }

    /// The ticket that the server issued.
    pub fn new_ticket(&self) -> Option<&[u8]> {
        find(&self.server, NEW_SESSION_TICKET)?.get(10..)
    }

    const fn said_by(&self, speaker: Speaker) -> &Vec<Vec<u8>> {
        match speaker {
            Speaker::Client => &self.client,
            Speaker::Server => &self.server,
        }
    }

    /// The server's messages up to ServerHelloDone or, in a resumed session, up to ServerHello.
    fn first_flight(&self) -> impl Iterator<Item = &[u8]> {
        let last = |message: &&[u8]| !matches!(message[0], NEW_SESSION_TICKET | FINISHED);
        self.server.iter().map(Vec::as_slice).take_while(last)
    }

    /// The messages that the Finished of `speaker` covers, in order.
    pub fn transcript(&self, speaker: Speaker) -> Vec<&[u8]> {
        let finished = |speaker: Speaker| find(self.said_by(speaker), FINISHED);
        let ticket = find(&self.server, NEW_SESSION_TICKET);
        let hello = self.client.iter().take(1).map(Vec::as_slice);
        let mut transcript: Vec<&[u8]> = hello.chain(self.first_flight()).collect();
        if self.is_resumed() {
            transcript.extend(ticket);
            if speaker == Speaker::Client {
                transcript.extend(finished(Speaker::Server));
            }
        } else {
            let client = self.client.iter().skip(1).map(Vec::as_slice);
            transcript.extend(client.filter(|message| message[0] != FINISHED));
            if speaker == Speaker::Server {
                transcript.extend(finished(Speaker::Client).into_iter().chain(ticket));
            }
        }
        transcript
    }

    fn hash_len(&self) -> Option<usize> {
        let suite = suite(find(&self.server, SERVER_HELLO)?)?;
        Some(if matches!(suite, 0xc02c | 0xc030) { 48 } else { 32 })
    }

    /// The checksum that replaces the suite's hash in the toys.
    fn hash(&self, messages: &[&[u8]]) -> Option<Vec<u8>> {
        Some(padded(checksum(messages), self.hash_len()?))
    }
}

/// The handshake messages of one side up to its Finished, which is sealed; without HelloRequest, which is
/// never in a transcript.
fn messages(mut stream: &[u8], prefix: usize) -> Vec<Vec<u8>> {
    let (mut joined, mut is_sealed) = (Vec::new(), false);
    while let [content_type, _, _, l0, l1, rest @ ..] = stream {
        let len = usize::from(u16::from_be_bytes([*l0, *l1]));
        let Some((body, rest)) = rest.split_at_checked(len) else { break };
        match content_type {
            20 => is_sealed = true,
            22 if is_sealed => {
                joined.extend_from_slice(body.get(prefix..len.saturating_sub(16)).unwrap_or_default())
            }
            22 => joined.extend_from_slice(body),
            _ => {}
        }
        stream = rest;
    }
    let (mut messages, mut rest) = (Vec::new(), &joined[..]);
    while let [kind, l0, l1, l2, ..] = *rest {
        let len = 4 + u32::from_be_bytes([0, l0, l1, l2]) as usize;
        let Some((message, behind)) = rest.split_at_checked(len) else { break };
        if kind != 0 {
            messages.push(message.to_vec());
        }
        if kind == FINISHED {
            break;
        }
        rest = behind;
    }
    messages
}

fn find(messages: &[Vec<u8>], kind: u8) -> Option<&[u8]> {
    messages.iter().find(|message| message[0] == kind).map(Vec::as_slice)
}

/// The suite of a ServerHello, after header, version, random and session identifier.
fn suite(server_hello: &[u8]) -> Option<u16> {
    let at = 39 + usize::from(*server_hello.get(38)?);
    server_hello.get(at..)?.first_chunk().map(|suite| u16::from_be_bytes(*suite))
}

/// The extensions of a ServerHello, after suite and compression method.
fn extensions_of_server(hello: &[u8]) -> Option<&[u8]> {
    hello.get(39 + usize::from(*hello.get(38)?) + 3 + 2..)
}

/// The extensions of a ClientHello, after suites and compression methods.
fn extensions_of_client(hello: &[u8]) -> Option<&[u8]> {
    let suites = 39 + usize::from(*hello.get(38)?);
    let suites_len = u16::from_be_bytes(*hello.get(suites..)?.first_chunk()?);
    let compression = suites + 2 + usize::from(suites_len);
    hello.get(compression + 1 + usize::from(*hello.get(compression)?) + 2..)
}

fn extension(mut list: &[u8], kind: u16) -> Option<&[u8]> {
    while let [k0, k1, l0, l1, rest @ ..] = list {
        let (content, behind) = rest.split_at_checked(usize::from(u16::from_be_bytes([*l0, *l1])))?;
        if u16::from_be_bytes([*k0, *k1]) == kind {
            return Some(content);
        }
        list = behind;
    }
    None
}

/// The key in a public value, which repeats it; on the longer groups after the 4 of a point.
fn private_key(public_value: &[u8]) -> Option<[u8; 8]> {
    public_value.get(usize::from(public_value.len() != 32)..)?.first_chunk().copied()
}

/// `PRF(secret, label, seed)`, label and seed as parts (RFC 5246 section 5).
fn prf(hash_len: usize, secret: &[u8], label_and_seed: &[&[u8]], len: usize) -> Vec<u8> {
    let seed = label_and_seed.concat();
    let hmac = |text: &[u8]| padded(checksum(&[secret, text]), hash_len);
    let (mut a, mut out) = (hmac(&seed), Vec::new());
    while out.len() < len {
        out.extend(hmac(&[&a[..], &seed].concat()));
        a = hmac(&a);
    }
    out.truncate(len);
    out
}

/// FNV-1a.
fn checksum(parts: &[&[u8]]) -> [u8; 8] {
    let step = |sum: u64, byte: &u8| (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    parts.iter().copied().flatten().fold(0xcbf2_9ce4_8422_2325, step).to_be_bytes()
}

fn padded(checksum: [u8; 8], len: usize) -> Vec<u8> {
    [&checksum[..], &vec![0; len - 8]].concat()
}
