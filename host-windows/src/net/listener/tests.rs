use std::io::{Read, Write};
use std::net::TcpStream as Client;

use super::*;
use crate::log::Memory;

/// An echo server that reads with a long deadline, and what is needed to watch and stop it.
struct Echo {
    address: SocketAddr,
    stop: Stop,
    lines: Memory,
    thread: thread::JoinHandle<io::Result<()>>,
}

fn echo(allowed: fn(IpAddr) -> bool, connections: usize) -> Echo {
    let listener = Listener::bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let (address, stop, lines) = (listener.address(), Stop::new(), Memory::default());
    let (log, requested) = (Log::new(vec![Box::new(lines.clone())]), stop.clone());
    let limits = Limits { connections, drain: Duration::from_secs(5) };
    let thread = thread::spawn(move || {
        listener.run(allowed, limits, &requested, &log, |mut stream, _| {
            let mut buffer = [0; 64];
            while let Ok(n @ 1..) = stream.read(&mut buffer, Instant::now() + Duration::from_secs(60)) {
                assert_ne!(&buffer[..n], b"panic", "asked for");
                stream.write(&buffer[..n], Instant::now() + Duration::from_secs(5)).unwrap();
            }
            stream.close();
        })
    });
    Echo { address, stop, lines, thread }
}

impl Echo {
    fn client(&self) -> Client {
        let client = Client::connect(self.address).unwrap();
        client.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        client
    }

    fn finish(self) -> Vec<String> {
        self.stop.request();
        self.thread.join().unwrap().unwrap();
        self.lines.texts()
    }
}

fn echoes(client: &mut Client, text: &[u8]) -> bool {
    let mut answer = vec![0; text.len()];
    client.write_all(text).is_ok() && client.read_exact(&mut answer).is_ok() && answer == text
}

#[test]
fn each_connection_has_its_own_thread_and_a_stop_ends_all_in_time() {
    let echo = echo(|_| true, 8);
    let mut clients = [echo.client(), echo.client(), echo.client()];
    for client in clients.iter_mut().rev() {
        assert!(echoes(client, b"hello"));
    }
    let before = Instant::now();
    assert_eq!(echo.finish(), [] as [&str; 0]);
    assert!(before.elapsed() < Duration::from_secs(4), "{:?}", before.elapsed());
    for client in &mut clients {
        assert_eq!(client.read(&mut [0; 8]).unwrap(), 0);
    }
}

#[test]
fn beyond_the_limit_a_connection_is_closed_and_the_place_is_free_again_afterwards() {
    let echo = echo(|_| true, 2);
    let (mut first, mut second) = (echo.client(), echo.client());
    assert!(echoes(&mut first, b"1") && echoes(&mut second, b"2"));
    let mut third = echo.client();
    assert!(!echoes(&mut third, b"3"));
    drop(first);
    // The place is free when the server has seen the end of the first connection.
    let served = (0..100).any(|_| {
        thread::sleep(Duration::from_millis(20));
        echoes(&mut echo.client(), b"4")
    });
    assert!(served);
    assert!(echoes(&mut second, b"5"));
    let address = third.local_addr().unwrap();
    assert!(echo.finish().contains(&format!("{address}: refused, 2 connections are open already")));
}

#[test]
fn an_address_that_is_not_allowed_is_closed_and_logged_once() {
    let echo = echo(|peer| !peer.is_loopback(), 2);
    let mut client = echo.client();
    assert!(!echoes(&mut client, b"hello"));
    let address = client.local_addr().unwrap();
    assert_eq!(
        echo.finish(),
        [format!("{address}: refused, its address is not in AllowedIPAddress_1 to _4")]
    );
}

#[test]
fn a_panic_ends_its_own_connection_alone() {
    let echo = echo(|_| true, 2);
    let mut client = echo.client();
    assert!(!echoes(&mut client, b"panic"));
    assert!(echoes(&mut echo.client(), b"hello"));
    let address = client.local_addr().unwrap();
    assert_eq!(
        echo.finish(),
        [format!("{address}: an error in the agent itself ended the connection; please report it")]
    );
}

#[test]
fn a_port_in_use_is_an_error_of_bind() {
    let echo = echo(|_| true, 2);
    let error = Listener::bind(echo.address).err().map(|error| error.kind());
    assert_eq!(error, Some(io::ErrorKind::AddrInUse));
    echo.finish();
}
