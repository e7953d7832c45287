//! Where messages are stored: in the buffers of records, and elsewhere only if they span records.

use lsam_core::agent::{CheckCrc, ErrorMessage, ErrorNumber, MachineStatusRequest, Message, emit};
use lsam_core::crypto::rustcrypto::RustCrypto;
use lsam_core::endpoint::{Endpoint, Event, Transport};
use lsam_core::tls::{
    Client, ClientConfig, ClientSession, Context, Identity, MaxFragmentLength, ServerConfig, ServerSession,
};
use lsam_core::wire::BufferFull;
use lsam_testing::TestRng;
use lsam_testing::identity::{Authority, KeyKind};
use lsam_testing::pair::{Memory, Side};

use crate::{AgentEnd, Heard, bring, plain, request, run};

/// A connected agent with an inbox of this length, and a session whose records the test splits as it likes.
fn over_tls(
    inbox_len: usize,
    max_fragment_length: Option<MaxFragmentLength>,
    talk: impl FnOnce(AgentEnd<'_>, Peer<'_>),
) {
    let identity = Authority::default().issue("agent.example", KeyKind::EcdsaP256);
    let chain = [identity.leaf.as_slice()];
    let identities = [Identity { chain: &chain, schemes: identity.schemes }];
    let server = ServerConfig::new(&identities);
    let client = ClientConfig { max_fragment_length, ..ClientConfig::new() };
    let (mut a, mut b, mut inbox) = (Memory::full(), Memory::full(), vec![0; inbox_len]);
    let session = ServerSession::new(&server, a.lend()).unwrap();
    let mut agent = Endpoint::new(Transport::Tls(session), CheckCrc::On, inbox.as_mut_slice());
    let mut peer = Side::new(ClientSession::new(&client, b.lend()).unwrap(), None, 3);
    let (mut heard, mut up) = (Vec::new(), Vec::new());
    peer.run(&mut up);
    while !peer.seen.connected {
        bring(&mut agent, &std::mem::take(&mut up));
        let down = run(&mut agent, |request| identity.sign(request), &mut heard);
        peer.receive(&down, &mut up);
    }
    assert_eq!(heard, [Heard::Connected]);
    talk(agent, peer);
}

/// Each of `pieces` in a separate record.
fn records(peer: &mut Peer<'_>, pieces: &[&[u8]]) -> Vec<u8> {
    let mut out = Vec::new();
    for piece in pieces {
        assert_eq!(peer.session.write(piece).unwrap(), piece.len());
        peer.run(&mut out);
    }
    out
}

type Peer<'b> = Side<'b, Client<'b, RustCrypto>>;

fn process<'a>(agent: &'a mut AgentEnd<'_>) -> Event<'a> {
    agent.process(&mut Context { entropy: &mut TestRng(1), now: None }).unwrap()
}

fn text(len: usize) -> String {
    "t".repeat(len)
}

/// An error message with a text of this length. As a request it is rejected by its type alone.
fn message(text: &str) -> ErrorMessage<'_> {
    ErrorMessage { number: ErrorNumber::BAD_CRC, text, field: None }
}

fn frame(text: &str) -> Vec<u8> {
    let mut frame = vec![0; text.len() + 64];
    let len = emit(&message(text), 7, CheckCrc::On, &mut frame).unwrap();
    frame.truncate(len);
    frame
}

#[test]
fn a_message_that_came_whole_is_lent_where_it_came() {
    let mut memory = [vec![0; 512], vec![0; 512], vec![]];
    let recv = memory[0].as_ptr_range();
    let mut agent = plain(&mut memory);
    assert!(matches!(process(&mut agent), Event::Connected));
    bring(&mut agent, &[frame("one"), frame("two")].concat());
    for expected in ["one", "two"] {
        let Event::Message(received) = process(&mut agent) else { panic!("no message") };
        let frame = received.frame.unwrap();
        assert!(recv.contains(&frame.body.as_ptr()));
        assert_eq!(frame.message::<ErrorMessage<'_>>().unwrap().text, expected);
    }
    assert!(matches!(process(&mut agent), Event::NeedRead));
}

#[test]
fn messages_that_lie_whole_in_a_record_need_no_inbox() {
    over_tls(0, None, |mut agent, mut peer| {
        let three = [request(), frame(&text(5_000)), request()].concat();
        bring(&mut agent, &records(&mut peer, &[&three]));
        let mut heard = Vec::new();
        let down = run(&mut agent, |_| unreachable!(), &mut heard);
        assert_eq!(heard, [Heard::Request(5), Heard::ErrorReply(ErrorNumber::BAD_CRC), Heard::Request(5)]);
        peer.receive(&down, &mut Vec::new());
        assert!(peer.seen.data.starts_with(b"LS"));
    });
}

#[test]
fn a_message_may_be_cut_anywhere_into_records_and_others_lie_around_it() {
    let spanning = frame("a text over records");
    for cut in 1..spanning.len() {
        over_tls(spanning.len(), None, |mut agent, mut peer| {
            let (head, tail) = spanning.split_at(cut);
            let first = [&request(), head].concat();
            let (middle, last) = tail.split_at(tail.len() / 2);
            let mut pieces = vec![first.as_slice(), middle, last];
            let behind = [last, &request(), &request()[..3]].concat();
            pieces[2] = &behind;
            pieces.retain(|piece| !piece.is_empty());
            let bytes = records(&mut peer, &pieces);
            bring(&mut agent, &bytes);
            let mut heard = Vec::new();
            run(&mut agent, |_| unreachable!(), &mut heard);
            let reply = Heard::ErrorReply(ErrorNumber::BAD_CRC);
            assert_eq!(heard, [Heard::Request(5), reply, Heard::Request(5)], "cut at {cut}");
            assert!(agent.has_partial_input());
        });
    }
}

#[test]
fn an_answer_goes_out_in_as_many_records_as_the_peer_requires() {
    let limit = MaxFragmentLength::from_bytes(512);
    for (limit, len) in [(None, 3_000), (limit, 400), (limit, 3_000)] {
        over_tls(64, limit, |mut agent, mut peer| {
            bring(&mut agent, &records(&mut peer, &[&request()]));
            let text = text(len);
            let Event::Message(received) = process(&mut agent) else { panic!("no message") };
            received.reply.send(&message(&text)).unwrap();
            assert!(agent.send_buf().len() > len, "it is sealed already");
            let down = run(&mut agent, |_| unreachable!(), &mut Vec::new());
            peer.receive(&down, &mut Vec::new());
            let mut expected = frame(&text);
            // The correlation number, and the CRC over it.
            expected[4..8].copy_from_slice(&5_u32.to_be_bytes());
            assert_eq!(peer.seen.data.len(), expected.len());
            assert_eq!((&peer.seen.data[..12], &peer.seen.data[16..]), (&expected[..12], &expected[16..]));
        });
    }
}

#[test]
fn a_request_is_served_when_the_answer_before_it_has_been_taken() {
    over_tls(64, None, |mut agent, mut peer| {
        bring(&mut agent, &records(&mut peer, &[&request(), &request()]));
        let Event::Message(received) = process(&mut agent) else { panic!("no message") };
        received.reply.send(&message("first")).unwrap();
        assert!(matches!(process(&mut agent), Event::NeedWrite));
        agent.send_done(agent.send_buf().len() - 1);
        assert!(matches!(process(&mut agent), Event::NeedWrite));
        agent.send_done(1);
        let Event::Message(received) = process(&mut agent) else { panic!("no message") };
        assert_eq!(received.message_type, MachineStatusRequest::TYPE);
    });
}

#[test]
fn an_answer_longer_than_the_send_buffer_finds_no_room_and_the_connection_goes_on() {
    let text = text(20_000);
    over_tls(64, None, |mut agent, mut peer| {
        bring(&mut agent, &records(&mut peer, &[&request(), &request()]));
        for _ in 0..2 {
            let Event::Message(received) = process(&mut agent) else { panic!("no message") };
            assert_eq!(received.reply.send(&message(&text)), Err(BufferFull));
            assert!(agent.send_buf().is_empty());
        }
    });
    let mut memory = [vec![0; 512], vec![0; 512], vec![]];
    let mut agent = plain(&mut memory);
    assert!(matches!(process(&mut agent), Event::Connected));
    assert_eq!(agent.send(&message(&text), 1), Err(BufferFull));
    // A message that fits does not block the next one, which has no room until the first is taken.
    agent.send(&message(&text[..300]), 1).unwrap();
    assert_eq!(agent.send(&message(&text[..300]), 2), Err(BufferFull));
    agent.send_done(agent.send_buf().len());
    agent.send(&message(&text[..300]), 2).unwrap();
}
