//! Messages over both transports.
#![allow(clippy::unwrap_used, missing_docs)]

mod asynchronous;
mod in_place;

use lsam_core::agent::{CheckCrc, ErrorMessage, ErrorNumber, MachineStatusRequest, Message, MessageError};
use lsam_core::crypto::rustcrypto::RustCrypto;
use lsam_core::endpoint::{Endpoint, Error, Event, Plain, Transport};
use lsam_core::tls::{
    self, Client, ClientConfig, ClientSession, Context, Identity, Role, Server, ServerConfig, ServerSession,
};
use lsam_core::wire::BufferFull;

use lsam_testing::TestRng;
use lsam_testing::identity::{Authority, KeyKind};
use lsam_testing::pair::Memory;

type AgentEnd<'b> = Endpoint<'b, Server<'b, RustCrypto>, RustCrypto>;
type PeerEnd<'b> = Endpoint<'b, Client<'b, RustCrypto>, RustCrypto>;

/// What an end reports about a message that arrived.
#[derive(Debug, PartialEq, Eq)]
enum Heard {
    Connected,
    Request(u32),
    Refused(MessageError),
    ErrorReply(ErrorNumber),
    Closed,
    Failed(Error),
}

/// Runs one end until it wants to read: bytes for the other end, and what was received.
fn run<R: Role<RustCrypto>>(
    end: &mut Endpoint<'_, R, RustCrypto>,
    sign: impl Fn(&tls::SignRequest) -> Vec<u8>,
    heard: &mut Vec<Heard>,
) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rng = TestRng(heard.len() as u64 + 7);
    loop {
        let mut cx = Context { entropy: &mut rng, now: None };
        match end.process(&mut cx) {
            Ok(Event::NeedRead) => return out,
            Ok(Event::NeedWrite) => {
                out.extend_from_slice(end.send_buf());
                let n = end.send_buf().len();
                assert!(n > 0, "an end that writes must have something to write");
                end.send_done(n);
            }
            Ok(Event::Sign(request)) => end.sign_done(Ok(&sign(&request))).unwrap(),
            Ok(Event::VerifyPeer(_)) => end.verify_done(Ok(())).unwrap(),
            Ok(Event::Connected) => heard.push(Heard::Connected),
            Ok(Event::Message(received)) => match received.frame {
                Ok(frame) if frame.message_type == MachineStatusRequest::TYPE => {
                    heard.push(Heard::Request(frame.correlation));
                    received.reply.send(&ErrorMessage::from(MessageError::UnknownType)).unwrap();
                }
                Ok(frame) => {
                    heard.push(Heard::ErrorReply(frame.message::<ErrorMessage<'_>>().unwrap().number))
                }
                Err(error) => {
                    heard.push(Heard::Refused(error));
                    received.reply.send(&ErrorMessage::from(error)).unwrap();
                }
            },
            Ok(Event::PeerClosed) => {
                heard.push(Heard::Closed);
                return out;
            }
            Err(error) => {
                heard.push(Heard::Failed(error));
                out.extend_from_slice(end.send_buf());
                return out;
            }
        }
    }
}

fn bring<R: Role<RustCrypto>>(end: &mut Endpoint<'_, R, RustCrypto>, bytes: &[u8]) {
    let room = end.recv_buf();
    room[..bytes.len()].copy_from_slice(bytes);
    end.recv_done(bytes.len());
}

/// Two requests one after the other, with their answers.
fn converse(
    mut agent: AgentEnd<'_>,
    mut peer: PeerEnd<'_>,
    has_tls: bool,
    sign: impl Fn(&tls::SignRequest) -> Vec<u8>,
) {
    let (mut at_agent, mut at_peer) = (Vec::new(), Vec::new());
    let no_key = |_: &tls::SignRequest| unreachable!("the peer has no certificate");
    for _ in 0..4 {
        let up = run(&mut peer, no_key, &mut at_peer);
        bring(&mut agent, &up);
        let down = run(&mut agent, &sign, &mut at_agent);
        bring(&mut peer, &down);
    }
    assert_eq!((agent.negotiated().is_some(), peer.negotiated().is_some()), (has_tls, has_tls));
    for correlation in [40, 41] {
        peer.send(&MachineStatusRequest {}, correlation).unwrap();
        for _ in 0..2 {
            let up = run(&mut peer, no_key, &mut at_peer);
            bring(&mut agent, &up);
            let down = run(&mut agent, &sign, &mut at_agent);
            bring(&mut peer, &down);
        }
    }
    assert_eq!(at_agent, [Heard::Connected, Heard::Request(40), Heard::Request(41)]);
    let reply = || Heard::ErrorReply(ErrorNumber::UNKNOWN_TYPE);
    assert_eq!(at_peer, [Heard::Connected, reply(), reply()]);
}

#[test]
fn a_message_is_answered_over_tls() {
    let identity = Authority::default().issue("agent.example", KeyKind::EcdsaP256);
    let chain = [identity.leaf.as_slice()];
    let identities = [Identity { chain: &chain, schemes: identity.schemes }];
    let (server, client) = (ServerConfig::new(&identities), ClientConfig::new());
    let (mut a, mut b) = (Memory::full(), Memory::full());
    let (mut am, mut bm) = (Memory::new(4096, 4096), Memory::new(4096, 4096));
    let agent = Endpoint::new(
        Transport::Tls(ServerSession::new(&server, a.lend()).unwrap()),
        CheckCrc::On,
        am.recv.as_mut_slice(),
    );
    let peer = Endpoint::new(
        Transport::Tls(ClientSession::new(&client, b.lend()).unwrap()),
        CheckCrc::On,
        bm.recv.as_mut_slice(),
    );
    converse(agent, peer, true, |request| identity.sign(request));
}

fn plain(buffers: &mut [Vec<u8>; 3]) -> AgentEnd<'_> {
    let [a, b, c] = buffers;
    Endpoint::new(Transport::Plain(Plain::new(a, b)), CheckCrc::On, c.as_mut_slice())
}

#[test]
fn a_message_is_answered_without_tls() {
    let mut agent_memory = [(); 3].map(|()| vec![0; 4096]);
    let mut peer_memory = agent_memory.clone();
    let [a, b, c] = &mut peer_memory;
    let peer = Endpoint::new(Transport::Plain(Plain::new(a, b)), CheckCrc::On, c.as_mut_slice());
    converse(plain(&mut agent_memory), peer, false, |_| unreachable!("nothing is signed without TLS"));
}

/// A TX4 request with correlation 5 and its CRC, as on the wire.
fn request() -> Vec<u8> {
    let mut frame = vec![0; 64];
    let len = lsam_core::agent::emit(&MachineStatusRequest {}, 5, CheckCrc::On, &mut frame).unwrap();
    frame.truncate(len);
    frame
}

#[test]
fn a_message_with_a_bad_crc_is_answered_and_the_next_one_served() {
    let mut memory = [(); 3].map(|()| vec![0; 4096]);
    let mut agent = plain(&mut memory);
    let mut bad = request();
    *bad.last_mut().unwrap() ^= 1;
    let mut heard = Vec::new();
    bring(&mut agent, &[bad, request()].concat());
    run(&mut agent, |_| unreachable!(), &mut heard);
    assert_eq!(heard, [Heard::Connected, Heard::Refused(MessageError::BadCrc), Heard::Request(5)]);
}

#[test]
fn whether_the_crc_counts_may_change_on_an_open_connection() {
    let mut memory = [(); 3].map(|()| vec![0; 4096]);
    let mut agent = plain(&mut memory);
    let mut bad = request();
    *bad.last_mut().unwrap() ^= 1;
    let mut heard = Vec::new();
    for check in [CheckCrc::Off, CheckCrc::On] {
        agent.set_check_crc(check);
        bring(&mut agent, &bad);
        run(&mut agent, |_| unreachable!(), &mut heard);
    }
    assert_eq!(heard, [Heard::Connected, Heard::Request(5), Heard::Refused(MessageError::BadCrc)]);
}

#[test]
fn a_message_may_come_byte_by_byte() {
    let mut memory = [(); 3].map(|()| vec![0; 4096]);
    let mut agent = plain(&mut memory);
    let mut heard = Vec::new();
    for byte in request() {
        bring(&mut agent, &[byte]);
        run(&mut agent, |_| unreachable!(), &mut heard);
    }
    assert_eq!(heard, [Heard::Connected, Heard::Request(5)]);
}

#[test]
fn a_stream_that_cannot_be_followed_ends_the_connection() {
    let mut memory = [(); 3].map(|()| vec![0; 4096]);
    let mut agent = plain(&mut memory);
    let mut heard = Vec::new();
    bring(&mut agent, b"GET / HTTP/1.1\r\n");
    run(&mut agent, |_| unreachable!(), &mut heard);
    assert_eq!(heard[1], Heard::Failed(Error::Frame(lsam_core::agent::FrameError::BadMagic)));
}

#[test]
fn a_message_as_long_as_the_inbox_is_served() {
    let len = request().len();
    let mut memory = [vec![0; 4096], vec![0; 4096], vec![0; len]];
    let mut agent = plain(&mut memory);
    let mut heard = Vec::new();
    bring(&mut agent, &[request(), request()].concat());
    run(&mut agent, |_| unreachable!(), &mut heard);
    assert_eq!(heard, [Heard::Connected, Heard::Request(5), Heard::Request(5)]);
}

#[test]
fn input_is_partial_between_the_first_byte_of_a_message_and_its_delivery() {
    let mut memory = [(); 3].map(|()| vec![0; 4096]);
    let mut agent = plain(&mut memory);
    let mut heard = Vec::new();
    run(&mut agent, |_| unreachable!(), &mut heard);
    assert!(!agent.has_partial_input());
    let request = request();
    for (piece, partial) in [(&request[..1], true), (&request[1..14], true), (&request[14..], false)] {
        bring(&mut agent, piece);
        run(&mut agent, |_| unreachable!(), &mut heard);
        assert_eq!(agent.has_partial_input(), partial);
    }
    assert_eq!(heard, [Heard::Connected, Heard::Request(5)]);
}

#[test]
fn the_end_of_the_transport_closes_a_connection_without_tls_and_truncates_one_with() {
    let mut memory = [(); 3].map(|()| vec![0; 4096]);
    let mut agent = plain(&mut memory);
    let mut heard = Vec::new();
    bring(&mut agent, &request());
    agent.recv_end();
    assert!(agent.recv_buf().is_empty());
    run(&mut agent, |_| unreachable!(), &mut heard);
    assert_eq!(heard, [Heard::Connected, Heard::Request(5), Heard::Closed]);

    let config = ClientConfig::new();
    let (mut memory, mut messages) = (Memory::full(), Memory::new(4096, 4096));
    let mut peer: PeerEnd<'_> = Endpoint::new(
        Transport::Tls(ClientSession::new(&config, memory.lend()).unwrap()),
        CheckCrc::On,
        messages.recv.as_mut_slice(),
    );
    let mut heard = Vec::new();
    run(&mut peer, |_| unreachable!(), &mut heard);
    peer.recv_end();
    assert!(peer.recv_buf().is_empty());
    run(&mut peer, |_| unreachable!(), &mut heard);
    assert_eq!(heard, [Heard::Failed(Error::Tls(tls::Error::Truncated))]);
}

#[test]
fn a_message_larger_than_the_inbox_ends_the_connection() {
    let mut memory = [vec![0; 4096], vec![0; 64], vec![0; 64]];
    let mut agent = plain(&mut memory);
    let mut heard = Vec::new();
    let mut header = request();
    header[8..12].copy_from_slice(&49_u32.to_be_bytes());
    bring(&mut agent, &header);
    run(&mut agent, |_| unreachable!(), &mut heard);
    assert_eq!(heard, [Heard::Connected, Heard::Failed(Error::InboxTooSmall)]);
}

/// Found by the fuzz target `endpoint`: the endpoint ended itself with an error of misuse.
#[test]
fn messages_after_the_host_has_closed_go_nowhere_without_an_error() {
    let mut memory = [(); 3].map(|()| vec![0; 4096]);
    let mut agent = plain(&mut memory);
    let mut heard = Vec::new();
    run(&mut agent, |_| unreachable!(), &mut heard);
    agent.close();
    agent.send(&MachineStatusRequest {}, 1).unwrap();
    let sent = run(&mut agent, |_| unreachable!(), &mut heard);
    assert_eq!((heard.len(), sent.len()), (1, 0));
    // What the peer has sent before it learns of the close is still delivered.
    bring(&mut agent, &request());
    let sent = run(&mut agent, |_| unreachable!(), &mut heard);
    assert_eq!((heard, sent.len()), (vec![Heard::Connected, Heard::Request(5)], 0));
}

/// Found by the fuzz target `endpoint`, for the same reason.
#[test]
fn messages_before_the_connection_find_no_room() {
    let config = ClientConfig::new();
    let mut memory = Memory::full();
    let mut inbox = [0; 64];
    let mut peer: PeerEnd<'_> = Endpoint::new(
        Transport::Tls(ClientSession::new(&config, memory.lend()).unwrap()),
        CheckCrc::On,
        inbox.as_mut_slice(),
    );
    assert_eq!(peer.send(&MachineStatusRequest {}, 1), Err(BufferFull));
    let mut heard = Vec::new();
    let sent = run(&mut peer, |_| unreachable!(), &mut heard);
    assert_eq!((heard, sent.first()), (vec![], Some(&22)), "a ClientHello, and no message before it");

    let mut memory = [(); 3].map(|()| vec![0; 4096]);
    assert_eq!(plain(&mut memory).send(&MachineStatusRequest {}, 1), Err(BufferFull));
}

#[test]
fn the_memory_of_a_connection_serves_the_next_one() {
    let mut memory = [(); 3].map(|()| vec![0; 4096]);
    let mut agent = plain(&mut memory);
    for correlation in [1, 2] {
        let mut heard = Vec::new();
        bring(&mut agent, &request());
        // Half a message is left over.
        bring(&mut agent, &request()[..7]);
        run(&mut agent, |_| unreachable!(), &mut heard);
        assert_eq!(heard.len(), 2, "connection {correlation}: {heard:?}");
        let (buffers, inbox) = agent.into_buffers();
        assert_eq!((buffers.recv.len(), buffers.send.len(), inbox.len()), (4096, 4096, 4096));
        let transport = Transport::Plain(Plain::new(buffers.recv, buffers.send));
        agent = Endpoint::new(transport, CheckCrc::On, inbox);
    }
}
