//! The states against an independent table of legal sequences: every sequence of up to seven messages, legal
//! or not.
//!
//! The table contains what RFC 5246 section 7.3, RFC 5077 section 3.1 and the profile's rules for
//! renegotiation and warnings allow; it is independent of the engine. Sequences share prefixes, so the walk
//! continues from each accepted one with every symbol; a rejected one must stay rejected.

use std::fmt::Debug;

use lsam_tls::limits::MAX_WARNINGS;
use lsam_tls::{
    ClientAuth, ClientConfig, ClientSession, HandshakeType, Identity, ServerConfig, ServerSession,
    StoredSession, TicketKey, Tickets,
};

use lsam_testing::identity::{Authority, ECDSA_P256, KeyKind};
use lsam_testing::pair::Memory;
use lsam_testing::script::{self, FINISHED, Writer};
use lsam_testing::subject::Subject;
use lsam_testing::transparent::Transparent;

const DEPTH: usize = 7;

/// Walks all sequences that begin with `prefix`; returns how many were tried.
fn walk<S: Copy + Debug>(
    alphabet: &[S],
    prefix: &mut Vec<S>,
    engine: &dyn Fn(&[S]) -> bool,
    table: &dyn Fn(&[S]) -> bool,
) -> usize {
    let mut tried = 0;
    for symbol in alphabet {
        prefix.push(*symbol);
        tried += 1;
        let accepted = engine(prefix);
        assert_eq!(accepted, table(prefix), "{prefix:?}");
        if accepted && prefix.len() < DEPTH {
            tried += walk(alphabet, prefix, engine, table);
        }
        prefix.pop();
    }
    tried
}

/// Whether `sequence` is the beginning of one of `flights`, followed by what is allowed on a connection.
/// Warnings may occur anywhere, `ignored` before the end of the flight; both, and renegotiations, count
/// towards the limit until data arrives.
fn is_legal<S: Copy + PartialEq>(
    sequence: &[S],
    flights: &[&[S]],
    warning: S,
    ignored: Option<S>,
    renegotiation: S,
    data: S,
) -> bool {
    flights.iter().any(|flight| {
        let (mut at, mut warnings) = (0, 0);
        sequence.iter().all(|symbol| {
            if at == flight.len() && *symbol == data {
                warnings = 0;
                return true;
            }
            if *symbol == warning
                || (at == flight.len() && *symbol == renegotiation)
                || (at < flight.len() && Some(*symbol) == ignored)
            {
                warnings += 1;
                return warnings <= MAX_WARNINGS;
            }
            let legal = flight.get(at) == Some(symbol);
            at += 1;
            legal
        })
    })
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FromClient {
    Hello,
    HelloWithTicket,
    Certificate,
    NoCertificate,
    KeyExchange,
    Verify,
    ChangeCipherSpec,
    TwoChangeCipherSpecs,
    Finished,
    Data,
    Warning,
    HelloRequest,
    ServerHello,
    Unknown,
    Heartbeat,
}

const FROM_CLIENT: &[FromClient] = {
    use FromClient::*;
    &[
        Hello,
        HelloWithTicket,
        Certificate,
        NoCertificate,
        KeyExchange,
        Verify,
        ChangeCipherSpec,
        TwoChangeCipherSpecs,
        Finished,
        Data,
        Warning,
        HelloRequest,
        ServerHello,
        Unknown,
        Heartbeat,
    ]
};

fn client_bytes(symbol: FromClient, w: &mut Writer, leaf: &[u8], ticket: &[u8]) -> Vec<u8> {
    match symbol {
        FromClient::Hello => w.handshake(HandshakeType::CLIENT_HELLO, &script::client_hello(None)),
        FromClient::HelloWithTicket => {
            w.handshake(HandshakeType::CLIENT_HELLO, &script::client_hello(Some(ticket)))
        }
        FromClient::Certificate => w.handshake(HandshakeType::CERTIFICATE, &script::certificate(&[leaf])),
        FromClient::NoCertificate => w.handshake(HandshakeType::CERTIFICATE, &script::certificate(&[])),
        FromClient::KeyExchange => {
            w.handshake(HandshakeType::CLIENT_KEY_EXCHANGE, &script::client_key_exchange())
        }
        FromClient::Verify => w.handshake(HandshakeType::CERTIFICATE_VERIFY, &script::certificate_verify()),
        FromClient::ChangeCipherSpec => w.change_cipher_spec(&[1]),
        FromClient::TwoChangeCipherSpecs => w.change_cipher_spec(&[1, 1]),
        FromClient::Finished => w.handshake(HandshakeType::FINISHED, &FINISHED),
        FromClient::Data => w.record(23, b"data"),
        FromClient::Warning => w.record(21, &[1, 90]),
        FromClient::HelloRequest => w.handshake(HandshakeType::HELLO_REQUEST, &[]),
        FromClient::ServerHello => {
            w.handshake(HandshakeType::SERVER_HELLO, &script::server_hello(&[], false))
        }
        FromClient::Unknown => w.handshake(HandshakeType(99), &[]),
        FromClient::Heartbeat => w.record(24, &[1, 0, 1, 0]),
    }
}

#[test]
fn the_server_accepts_exactly_the_legal_sequences() {
    use FromClient::*;
    let leaf = Authority::default().issue("server.example", KeyKind::EcdsaP256).leaf;
    let chain = [leaf.as_slice()];
    let identities = [Identity { chain: &chain, schemes: ECDSA_P256 }];
    let key = TicketKey::new([5; TicketKey::LEN]);
    let tickets = Tickets { current: &key, previous: None, lifetime: 100, epoch: 0 };
    let policies: [(ClientAuth, &[&[FromClient]]); 3] = [
        (ClientAuth::None, &[&[Hello, KeyExchange, ChangeCipherSpec, Finished]]),
        (
            ClientAuth::Optional,
            &[
                &[Hello, NoCertificate, KeyExchange, ChangeCipherSpec, Finished],
                &[Hello, Certificate, KeyExchange, Verify, ChangeCipherSpec, Finished],
            ],
        ),
        (ClientAuth::Required, &[&[Hello, Certificate, KeyExchange, Verify, ChangeCipherSpec, Finished]]),
    ];
    let mut tried = 0;
    for (client_auth, flights) in policies {
        let config = ServerConfig { client_auth, tickets: Some(tickets), ..ServerConfig::new(&identities) };
        let run = |sequence: &[FromClient], ticket: &[u8]| {
            let mut memory = Memory::new(4096, 4096);
            let mut subject =
                Subject::new(ServerSession::<Transparent>::new(&config, memory.lend()).unwrap());
            let mut w = Writer::default();
            // All of them, to check that what was rejected stays rejected.
            let accepted = sequence.iter().all(|s| subject.takes(&client_bytes(*s, &mut w, &leaf, ticket)));
            (accepted, subject.sent)
        };
        let ticket = ticket_of(&run(&[&[HelloWithTicket], &flights[flights.len() - 1][1..]].concat(), &[]).1);
        // A hello with the extension but without a ticket is an ordinary hello; with one, the session
        // continues.
        let mut legal: Vec<&[FromClient]> = flights.to_vec();
        legal.push(&[HelloWithTicket, ChangeCipherSpec, Finished]);
        // A renegotiation in either form.
        let normal = |sequence: &[FromClient]| -> Vec<FromClient> {
            let connected = |n: usize| sequence[..n].contains(&Finished);
            let plain = |(n, s): (usize, &FromClient)| match s {
                HelloWithTicket if connected(n) => Hello,
                s => *s,
            };
            sequence.iter().enumerate().map(plain).collect()
        };
        let table = |sequence: &[FromClient]| is_legal(&normal(sequence), &legal, Warning, None, Hello, Data);
        tried += walk(FROM_CLIENT, &mut Vec::new(), &|sequence| run(sequence, &ticket).0, &table);
    }
    println!("{tried} sequences from clients");
    assert!(tried > 10_000);
}

/// The ticket in the NewSessionTicket of a server's flight.
fn ticket_of(mut stream: &[u8]) -> Vec<u8> {
    while let [22, _, _, a, b, rest @ ..] = stream {
        let len = usize::from(u16::from_be_bytes([*a, *b]));
        if rest[0] == HandshakeType::NEW_SESSION_TICKET.0 {
            return rest[10..len].to_vec();
        }
        stream = &rest[len..];
    }
    panic!("no ticket in the flight")
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FromServer {
    Hello,
    HelloWithTicket,
    Resume,
    ResumeWithTicket,
    Certificate,
    NoCertificate,
    KeyExchange,
    CertificateRequest,
    Done,
    NewTicket,
    ChangeCipherSpec,
    Finished,
    Data,
    Warning,
    HelloRequest,
    ClientHello,
    Unknown,
    Heartbeat,
}

const FROM_SERVER: &[FromServer] = {
    use FromServer::*;
    &[
        Hello,
        HelloWithTicket,
        Resume,
        ResumeWithTicket,
        Certificate,
        NoCertificate,
        KeyExchange,
        CertificateRequest,
        Done,
        NewTicket,
        ChangeCipherSpec,
        Finished,
        Data,
        Warning,
        HelloRequest,
        ClientHello,
        Unknown,
        Heartbeat,
    ]
};

fn server_bytes(symbol: FromServer, w: &mut Writer, leaf: &[u8], session_id: &[u8]) -> Vec<u8> {
    let hello = |id: &[u8], ticket| script::server_hello(id, ticket);
    match symbol {
        FromServer::Hello => w.handshake(HandshakeType::SERVER_HELLO, &hello(&[], false)),
        FromServer::HelloWithTicket => w.handshake(HandshakeType::SERVER_HELLO, &hello(&[], true)),
        FromServer::Resume => w.handshake(HandshakeType::SERVER_HELLO, &hello(session_id, false)),
        FromServer::ResumeWithTicket => w.handshake(HandshakeType::SERVER_HELLO, &hello(session_id, true)),
        FromServer::Certificate => w.handshake(HandshakeType::CERTIFICATE, &script::certificate(&[leaf])),
        FromServer::NoCertificate => w.handshake(HandshakeType::CERTIFICATE, &script::certificate(&[])),
        FromServer::KeyExchange => {
            w.handshake(HandshakeType::SERVER_KEY_EXCHANGE, &script::server_key_exchange())
        }
        FromServer::CertificateRequest => {
            w.handshake(HandshakeType::CERTIFICATE_REQUEST, &script::certificate_request())
        }
        FromServer::Done => w.handshake(HandshakeType::SERVER_HELLO_DONE, &[]),
        FromServer::NewTicket => w.handshake(HandshakeType::NEW_SESSION_TICKET, &[0, 0, 0, 9, 0, 1, 7]),
        FromServer::ChangeCipherSpec => w.change_cipher_spec(&[1]),
        FromServer::Finished => w.handshake(HandshakeType::FINISHED, &FINISHED),
        FromServer::Data => w.record(23, b"data"),
        FromServer::Warning => w.record(21, &[1, 90]),
        FromServer::HelloRequest => w.handshake(HandshakeType::HELLO_REQUEST, &[]),
        FromServer::ClientHello => w.handshake(HandshakeType::CLIENT_HELLO, &script::client_hello(None)),
        FromServer::Unknown => w.handshake(HandshakeType(99), &[]),
        FromServer::Heartbeat => w.record(24, &[1, 0, 1, 0]),
    }
}

#[test]
fn the_client_accepts_exactly_the_legal_sequences() {
    use FromServer::*;
    let leaf = Authority::default().issue("agent.example", KeyKind::EcdsaP256).leaf;
    let chain = [leaf.as_slice()];
    let identities = [Identity { chain: &chain, schemes: ECDSA_P256 }];
    let plain = ClientConfig { server_name: Some("agent.example"), ..ClientConfig::new() };
    let with_identity = ClientConfig { identities: &identities, ..plain };
    let flights: &[&[FromServer]] = &[
        &[Hello, Certificate, KeyExchange, Done, ChangeCipherSpec, Finished],
        &[Hello, Certificate, KeyExchange, CertificateRequest, Done, ChangeCipherSpec, Finished],
        &[HelloWithTicket, Certificate, KeyExchange, Done, NewTicket, ChangeCipherSpec, Finished],
        &[
            HelloWithTicket,
            Certificate,
            KeyExchange,
            CertificateRequest,
            Done,
            NewTicket,
            ChangeCipherSpec,
            Finished,
        ],
    ];
    let resumptions: &[&[FromServer]] =
        &[&[Resume, ChangeCipherSpec, Finished], &[ResumeWithTicket, NewTicket, ChangeCipherSpec, Finished]];
    let mut tried = 0;
    for (config, resumes) in [(plain, false), (with_identity, false), (plain, true)] {
        let run = |sequence: &[FromServer], store: &mut StoredSession| {
            let mut memory = Memory::new(4096, 4096);
            let mut subject = Subject::new(
                ClientSession::<Transparent>::with_store(&config, store, memory.lend()).unwrap(),
            );
            // session_id is after record header, message header, version and random.
            let id_len = usize::from(subject.sent[43]);
            let id = if id_len == 0 { vec![3; 32] } else { subject.sent[44..44 + id_len].to_vec() };
            let mut w = Writer::default();
            sequence.iter().all(|s| subject.takes(&server_bytes(*s, &mut w, &leaf, &id)))
        };
        let engine = |sequence: &[FromServer]| {
            let mut store = StoredSession::new();
            if resumes {
                assert!(run(flights[2], &mut store) && !store.is_empty());
            }
            run(sequence, &mut store)
        };
        let mut legal = flights.to_vec();
        if resumes {
            legal.extend(resumptions);
        }
        // To a client that offered no session, an identifier in the answer only names the new one.
        let normal = |sequence: &[FromServer]| -> Vec<FromServer> {
            let plain = |s: &FromServer| match s {
                Resume if !resumes => Hello,
                ResumeWithTicket if !resumes => HelloWithTicket,
                s => *s,
            };
            sequence.iter().map(plain).collect()
        };
        let table = |sequence: &[FromServer]| {
            is_legal(&normal(sequence), &legal, Warning, Some(HelloRequest), HelloRequest, Data)
        };
        tried += walk(FROM_SERVER, &mut Vec::new(), &engine, &table);
    }
    println!("{tried} sequences from servers");
    assert!(tried > 10_000);
}
