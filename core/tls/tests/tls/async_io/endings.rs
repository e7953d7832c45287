//! Transports that fail, and hosts that reject or are slow.

use std::cell::Cell;

use embedded_io_async::{ErrorKind, Read, Write};
use lsam_tls::io::Error;
use lsam_tls::x509::CertificateError;
use lsam_tls::{self as tls, AlertDescription};

use super::{ClientStream, Outcome, Scene, ServerStream, SlowHost, converse, hosts};
use lsam_testing::tasks::{Manner, WriteFails, join, pause, pipe, run};

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
        // Fails in the first write of the handshake, in a later one, and in that of the data.
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
