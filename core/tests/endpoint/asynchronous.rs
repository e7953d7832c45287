//! The adapter for asynchronous transports: whatever waits, and whatever is dropped while it waits, each
//! message arrives once.
//!
//! The cryptography is a toy, since only the waits are under test.

use std::cell::Cell;
use std::rc::Rc;

use embedded_io_async::ErrorKind;
use lsam_core::agent::{CheckCrc, ErrorMessage, ErrorNumber, FrameError, MachineStatusRequest, MessageError};
use lsam_core::endpoint::{AsyncConnection, ConnectionError, Endpoint, Error, Plain, Transport};
use lsam_core::tls::{
    self, Client, ClientConfig, ClientSession, Identity, MaxFragmentLength, Role, Server, ServerConfig,
    ServerSession,
};
use lsam_core::x509::CertificateError;
use lsam_testing::identity::{Authority, KeyKind};
use lsam_testing::pair::Memory;
use lsam_testing::slow_host::SlowHost;
use lsam_testing::tasks::{
    End, Manner, Null, WriteFails, impatient, join, pause, pipe, poll_often, run as run_task,
};
use lsam_testing::transparent::Checksummed;

type Connection<'b, R> = AsyncConnection<'b, R, Checksummed, &'b mut [u8], End, SlowHost>;
type AgentSide<'b> = Connection<'b, Server<'b, Checksummed>>;
type PeerSide<'b> = Connection<'b, Client<'b, Checksummed>>;
type Outcome<T> = Result<T, ConnectionError<ErrorKind>>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Over {
    /// With records of at most 512 bytes.
    Tls,
    Plain,
}

/// Connects both ends of a pipe, then runs the tasks of the peer and the agent. Both have a send buffer of 4
/// KiB.
async fn play<A, B>(
    over: Over,
    (near, far): (End, End),
    peer_host: SlowHost,
    peer: impl AsyncFnOnce(Outcome<PeerSide<'_>>) -> A,
    agent: impl AsyncFnOnce(Outcome<AgentSide<'_>>) -> B,
) -> (A, B) {
    let identity = Authority::default().issue("agent.example", KeyKind::EcdsaP256);
    let chain = [identity.leaf.as_slice()];
    let identities = [Identity { chain: &chain, schemes: identity.schemes }];
    let server = ServerConfig::new(&identities);
    let limit = MaxFragmentLength::from_bytes(512);
    let client = ClientConfig { max_fragment_length: limit, ..ClientConfig::new() };
    let [mut a, mut b] = [(); 2].map(|()| Memory { send: vec![0; 4096], ..Memory::full() });
    let [mut peer_inbox, mut agent_inbox] = [[0; 4096]; 2];
    let (peer_transport, agent_transport) = match over {
        Over::Tls => (
            Transport::Tls(ClientSession::new(&client, a.lend()).unwrap()),
            Transport::Tls(ServerSession::new(&server, b.lend()).unwrap()),
        ),
        Over::Plain => (
            Transport::Plain(Plain::new(&mut a.recv, &mut a.send)),
            Transport::Plain(Plain::new(&mut b.recv, &mut b.send)),
        ),
    };
    let peer_end = Endpoint::new(peer_transport, CheckCrc::On, peer_inbox.as_mut_slice());
    let agent_end = Endpoint::new(agent_transport, CheckCrc::On, agent_inbox.as_mut_slice());
    join(async { peer(AsyncConnection::open(peer_end, near, peer_host).await).await }, async {
        agent(AsyncConnection::open(agent_end, far, SlowHost::new(2)).await).await
    })
    .await
}

fn message(text: &str) -> ErrorMessage<'_> {
    ErrorMessage { number: ErrorNumber::BAD_CRC, text, field: None }
}

/// The text of the message with this number; all differ, some span records and some do not.
fn text(number: u32) -> String {
    format!("{number}, ").repeat(1 + number as usize * 97 % 600)
}

/// A future that is dropped and created again each time it waits, or one that is not.
async fn wait<T>(gives_up: bool, mut again: impl AsyncFnMut() -> T) -> T {
    if gives_up { impatient(again).await } else { again().await }
}

/// The next message, answered with the same text: its number and the text.
async fn receive<R: Role<Checksummed>>(
    connection: &mut Connection<'_, R>,
    answers: bool,
) -> Outcome<Option<(u32, String)>> {
    let Some(received) = connection.receive().await? else { return Ok(None) };
    let frame = received.frame.unwrap();
    let said = frame.message::<ErrorMessage<'_>>().unwrap();
    if answers {
        received.reply.send(&said)?;
    }
    Ok(Some((frame.correlation, said.text.to_owned())))
}

/// Answers each message with its own text, until the peer closes.
async fn echo(mut connection: AgentSide<'_>, gives_up: bool) -> Vec<u32> {
    let mut heard = Vec::new();
    while let Some((number, said)) =
        wait(gives_up, async || receive(&mut connection, true).await).await.unwrap()
    {
        assert_eq!(said, text(number));
        heard.push(number);
    }
    assert!(connection.receive().await.unwrap().is_none(), "the end stays the end");
    connection.close().await.unwrap();
    heard
}

/// Rounds of messages that are sent one after the other, and their answers.
fn each_message_arrives_once(gives_up: bool) {
    for over in [Over::Tls, Over::Plain] {
        for piece in [1, 7, 64, 509, usize::MAX] {
            for (hesitates, holds_back) in [(false, false), (true, false), (true, true)] {
                let manner = Manner { piece, hesitates, holds_back, ..Manner::WHOLE };
                let peer = async |connection: Outcome<PeerSide<'_>>| {
                    let mut connection = connection.unwrap();
                    assert_eq!(connection.negotiated().is_some(), over == Over::Tls);
                    for round in 0..4 {
                        let numbers = round * 4..round * 4 + 4;
                        for number in numbers.clone() {
                            let said = text(number);
                            wait(gives_up, async || connection.send(&message(&said), number).await)
                                .await
                                .unwrap();
                        }
                        if round == 3 {
                            wait(gives_up, async || connection.flush().await).await.unwrap();
                        }
                        for number in numbers {
                            let heard = wait(gives_up, async || receive(&mut connection, false).await).await;
                            assert_eq!(heard, Ok(Some((number, text(number)))), "{over:?} {manner:?}");
                        }
                    }
                    connection.close().await.unwrap();
                };
                let agent =
                    async |connection: Outcome<AgentSide<'_>>| echo(connection.unwrap(), gives_up).await;
                let ends = pipe([manner; 2]);
                let (_, heard) = run_task(play(over, ends, SlowHost::new(2), peer, agent));
                assert_eq!(heard, (0..16).collect::<Vec<_>>());
            }
        }
    }
}

#[test]
fn messages_and_answers_with_a_wait_at_every_step() {
    each_message_arrives_once(false);
}

#[test]
fn no_message_is_lost_or_doubled_when_every_wait_is_given_up() {
    each_message_arrives_once(true);
}

/// A send that is dropped has sent no part of its message, and both ends continue by receiving.
#[test]
fn two_ends_that_have_filled_the_pipe_go_on_by_receiving() {
    async fn fill_then_receive<R: Role<Checksummed>>(
        connection: Outcome<Connection<'_, R>>,
        [sent, sent_there]: [&Cell<Option<u32>>; 2],
    ) {
        let mut connection = connection.unwrap();
        let mut number = 0;
        // If it is not ready after this many polls, it will not be until the other end receives.
        while let Some(done) = poll_often(connection.send(&message(&text(number)), number)).await {
            done.unwrap();
            number += 1;
        }
        sent.set(Some(number));
        let there = loop {
            match sent_there.get() {
                Some(there) => break there,
                None => pause().await,
            }
        };
        assert!(there > 3, "{there}");
        for number in 0..there {
            assert_eq!(receive(&mut connection, false).await, Ok(Some((number, text(number)))));
        }
        // The other end still waits for what is in the buffer here.
        connection.flush().await.unwrap();
        sent.set(None);
        while sent_there.get().is_some() {
            pause().await;
        }
    }
    for over in [Over::Tls, Over::Plain] {
        for (piece, hesitates) in [(usize::MAX, false), (300, true), (1, false)] {
            let manner = Manner { piece, hesitates, room: 3_000, ..Manner::WHOLE };
            let (here, there) = (Cell::new(None), Cell::new(None));
            let peer = async |connection: Outcome<PeerSide<'_>>| {
                fill_then_receive(connection, [&here, &there]).await
            };
            let agent = async |connection: Outcome<AgentSide<'_>>| {
                fill_then_receive(connection, [&there, &here]).await
            };
            run_task(play(over, pipe([manner; 2]), SlowHost::new(0), peer, agent));
        }
    }
}

#[test]
fn what_was_sent_goes_out_with_a_receive_a_flush_or_the_close() {
    for over in [Over::Tls, Over::Plain] {
        let (near, far) = pipe([Manner::WHOLE; 2]);
        let to_agent = Rc::clone(&near.out);
        let peer = async |connection: Outcome<PeerSide<'_>>| {
            let mut connection = connection.unwrap();
            let sent = || (to_agent.borrow().all.len(), to_agent.borrow().flushes);
            let before = sent();
            connection.send(&message("one"), 1).await.unwrap();
            assert_eq!(sent(), before, "it waits for more");
            connection.flush().await.unwrap();
            let flushed = sent();
            assert!(flushed.0 > before.0 && flushed.1 == before.1 + 1);
            connection.send(&message("two"), 2).await.unwrap();
            assert_eq!(receive(&mut connection, false).await, Ok(Some((1, "one".to_owned()))));
            let received = sent();
            assert!(received.0 > flushed.0 && received.1 == flushed.1 + 1);
            assert_eq!(receive(&mut connection, false).await, Ok(Some((2, "two".to_owned()))));
            connection.send(&message("three"), 3).await.unwrap();
            connection.close().await.unwrap();
            assert!(sent().0 > received.0);
        };
        let agent = async |connection: Outcome<AgentSide<'_>>| {
            let mut connection = connection.unwrap();
            for number in 1..=3 {
                let (heard, _) = receive(&mut connection, number < 3).await.unwrap().unwrap();
                assert_eq!(heard, number);
            }
            assert_eq!(receive(&mut connection, true).await, Ok(None));
            // After the peer has closed, a message is discarded; this is not an error.
            connection.send(&message("four"), 4).await.unwrap();
            connection.close().await.unwrap();
        };
        run_task(play(over, (near, far), SlowHost::new(0), peer, agent));
    }
}

#[test]
fn a_transport_that_fails_or_ends_is_told_from_a_peer_that_closes() {
    for (over, expected) in [
        (Over::Tls, Err(ConnectionError::Endpoint(Error::Tls(tls::Error::Truncated)))),
        (Over::Plain, Ok(None)),
    ] {
        let cut_off = async |connection: Outcome<PeerSide<'_>>| drop(connection.unwrap());
        let agent = async |connection: Outcome<AgentSide<'_>>| {
            let mut connection = connection.unwrap();
            assert_eq!(receive(&mut connection, true).await, expected);
            assert_eq!(receive(&mut connection, true).await, expected, "an end comes again");
        };
        run_task(play(over, pipe([Manner::WHOLE; 2]), SlowHost::new(0), cut_off, agent));
    }
    for (fails, expected) in [
        (WriteFails::Error, ConnectionError::Transport(ErrorKind::BrokenPipe)),
        (WriteFails::Zero, ConnectionError::WriteZero),
    ] {
        for (over, flights) in [(Over::Tls, 2), (Over::Plain, 0)] {
            // Fails in each write of the handshake, in that of the message, and in that of close_notify.
            for works in 0.. {
                let manner = Manner { writes: Some((works, fails)), ..Manner::WHOLE };
                let peer = async |connection: Outcome<PeerSide<'_>>| {
                    let mut connection = connection?;
                    connection.send(&message("hello"), 1).await?;
                    assert!(receive(&mut connection, false).await?.is_some());
                    connection.close().await.map(drop)
                };
                let agent = async |connection: Outcome<AgentSide<'_>>| {
                    let mut connection = connection.ok()?;
                    while receive(&mut connection, true).await.ok()?.is_some() {}
                    connection.close().await.ok()
                };
                let ends = pipe([manner, Manner::WHOLE]);
                let (told, _) = run_task(play(over, ends, SlowHost::new(0), peer, agent));
                if told.is_ok() {
                    assert!(works > flights, "{over:?}: {works}");
                    break;
                }
                assert_eq!(told, Err(expected), "{over:?}: {fails:?} after {works} writes");
            }
        }
    }
}

#[test]
fn a_refused_certificate_ends_both_ends() {
    let refused = CertificateError::Revoked;
    let strict = SlowHost { verdict: Err(refused), ..SlowHost::new(3) };
    let peer = async |connection: Outcome<PeerSide<'_>>| connection.err();
    let agent = async |connection: Outcome<AgentSide<'_>>| connection.err();
    let ends = run_task(play(Over::Tls, pipe([Manner::WHOLE; 2]), strict, peer, agent));
    let told = |error| Some(ConnectionError::Endpoint(Error::Tls(error)));
    let alert = tls::AlertDescription::CERTIFICATE_REVOKED;
    assert_eq!(ends, (told(tls::Error::Certificate(refused)), told(tls::Error::AlertReceived(alert))));
}

#[test]
fn an_error_comes_again_and_a_message_without_room_is_none() {
    let (near, far) = pipe([Manner { piece: 5, hesitates: true, ..Manner::WHOLE }; 2]);
    let to_agent = Rc::clone(&near.out);
    let peer = async |connection: Outcome<PeerSide<'_>>| {
        let mut connection = connection.unwrap();
        let long = "long".repeat(1_100);
        assert_eq!(connection.send(&message(&long), 1).await, Err(ConnectionError::MessageTooLong));
        connection.send(&MachineStatusRequest {}, 2).await.unwrap();
        let received = connection.receive().await.unwrap().unwrap();
        let frame = received.frame.unwrap();
        assert_eq!(frame.correlation, 2);
        let answer = frame.message::<ErrorMessage<'_>>().unwrap();
        assert_eq!(answer.number, ErrorNumber::UNKNOWN_TYPE);
        to_agent.borrow_mut().waiting.extend(b"GET / HTTP/1.1\r\n");
    };
    let agent = async |connection: Outcome<AgentSide<'_>>| {
        let mut connection = connection.unwrap();
        let received = connection.receive().await.unwrap().unwrap();
        received.reply.send(&ErrorMessage::from(MessageError::UnknownType)).unwrap();
        let failed = ConnectionError::Endpoint(Error::Frame(FrameError::BadMagic));
        let told = impatient(async || receive(&mut connection, true).await).await;
        assert_eq!(told, Err(failed));
        assert_eq!(receive(&mut connection, true).await, Err(failed));
        assert_eq!(connection.send(&MachineStatusRequest {}, 3).await, Err(failed));
    };
    run_task(play(Over::Plain, (near, far), SlowHost::new(0), peer, agent));
}

#[test]
fn whether_the_crc_counts_may_change_between_two_messages() {
    let peer = async |connection: Outcome<PeerSide<'_>>| {
        let mut connection = connection.unwrap();
        for check in [CheckCrc::Off, CheckCrc::On] {
            connection.set_check_crc(check);
            connection.send(&MachineStatusRequest {}, 1).await.unwrap();
        }
        connection.close().await.unwrap();
    };
    let agent = async |connection: Outcome<AgentSide<'_>>| {
        let (mut connection, mut refused) = (connection.unwrap(), Vec::new());
        while let Some(received) = connection.receive().await.unwrap() {
            refused.push(received.frame.is_err());
        }
        refused
    };
    let (_, refused) = run_task(play(Over::Plain, pipe([Manner::WHOLE; 2]), SlowHost::new(0), peer, agent));
    assert_eq!(refused, [true, false]);
}

/// Executors with threads require this; those in firmware require small futures, because a task is a static
/// there.
#[test]
fn its_futures_move_between_threads_and_are_small() {
    fn is_send<T: Send>(task: T) -> T {
        task
    }
    let (config, mut memory, mut inbox) = (ClientConfig::new(), Memory::full(), [0; 64]);
    let session = ClientSession::<Checksummed>::new(&config, memory.lend()).unwrap();
    let endpoint = Endpoint::new(Transport::Tls(session), CheckCrc::On, inbox.as_mut_slice());
    let endpoint_size = size_of_val(&endpoint);
    let open = is_send(AsyncConnection::open(endpoint, Null, SlowHost::new(0)));
    let size = size_of_val(&open);
    println!("open: {size} bytes, of which the endpoint has {endpoint_size}");
    let truncated = ConnectionError::Endpoint(Error::Tls(tls::Error::Truncated));
    assert_eq!(run_task(open).err(), Some(truncated));
    assert!(size < endpoint_size + 1024, "{size}");
}

#[test]
fn what_ends_a_connection_is_named() {
    for (error, part) in [
        (Error::InboxTooSmall.into(), "longer than the buffer for messages"),
        (ConnectionError::Transport(ErrorKind::BrokenPipe), "transport failed: BrokenPipe"),
        (ConnectionError::WriteZero, "takes no more bytes"),
        (ConnectionError::MessageTooLong, "longer than the buffer for it"),
    ] {
        assert!(error.to_string().contains(part), "{error}");
    }
}
