//! Nothing is lost or duplicated, however bytes arrive and whichever wait is abandoned.

use std::cell::Cell;
use std::rc::Rc;

use embedded_io_async::{Read, Write};
use lsam_tls::io::Error;
use lsam_tls::{self as tls, AlertDescription, Misbehaved};

use super::{ClientStream, Outcome, Scene, ServerStream, converse, hosts, serve_echo, text};
use lsam_testing::tasks::{Manner, impatient, pipe, run};

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

/// Every future of the client that is not ready immediately is dropped and created again.
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
