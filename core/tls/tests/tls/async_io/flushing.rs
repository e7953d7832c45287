//! When written data is transmitted, and that two ends which have filled the pipe make progress.

use std::cell::Cell;
use std::rc::Rc;

use embedded_io_async::{ErrorKind, Read, Write};
use lsam_tls as tls;
use lsam_tls::io::Error;
use lsam_tls::limits::SEND_BUFFER_MIN;

use super::{ClientStream, Outcome, Scene, ServerStream, hosts, text};
use lsam_testing::tasks::{Manner, impatient, pause, pipe, poll_often, run};

#[test]
fn a_handshake_is_over_when_its_last_flight_is_out() {
    let scene = Scene::new();
    let connected = Cell::new(false);
    let client = async |stream: Outcome<ClientStream<'_>>| connected.set(stream.is_ok());
    let server = async |stream: Outcome<ServerStream<'_>>| {
        while !connected.get() {
            pause().await;
        }
        // The client has disappeared without notice.
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
    // A write that is not complete after this many polls will not be until the other end reads.
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
