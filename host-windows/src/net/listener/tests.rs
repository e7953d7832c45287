use std::io::{Read, Write};
use std::net::TcpStream as Client;

use super::*;
use crate::log::Memory;

/// An echo server that reads with a long deadline, and the means to watch and stop it.
struct Echo {
    address: SocketAddr,
    stop: Stop,
    lines: Memory,
    thread: thread::JoinHandle<io::Result<()>>,
}

fn echo(allowed: fn(IpAddr) -> bool, connections: usize) -> Echo {
    echo_with(allowed, Limits { connections, drain: MINUTE, ..Limits::default() }, MINUTE)
}

const MINUTE: Duration = Duration::from_secs(60);

fn echo_with(allowed: fn(IpAddr) -> bool, limits: Limits, first_byte: Duration) -> Echo {
    let listener = Listener::bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let (address, stop, lines) = (listener.address(), Stop::new(), Memory::default());
    let (log, requested) = (Log::new(vec![Box::new(lines.clone())]), stop.clone());
    let thread = thread::spawn(move || {
        listener.run(allowed, limits, first_byte, &requested, &log, |mut stream, _, place| {
            let mut buffer = [0; 64];
            while let Ok(n @ 1..) = stream.read(&mut buffer, Instant::now() + MINUTE) {
                assert_ne!(&buffer[..n], b"panic", "asked for");
                if &buffer[..n] != b"knock" {
                    place.served();
                }
                stream.write(&buffer[..n], Instant::now() + MINUTE).unwrap();
            }
            stream.close();
        })
    });
    Echo { address, stop, lines, thread }
}

impl Echo {
    fn client(&self) -> Client {
        let client = Client::connect(self.address).unwrap();
        client.set_read_timeout(Some(MINUTE)).unwrap();
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
    assert!(before.elapsed() < MINUTE / 2, "{:?}", before.elapsed());
    for client in &mut clients {
        assert_eq!(client.read(&mut [0; 8]).unwrap(), 0);
    }
}

#[test]
fn beyond_the_limit_the_connection_that_has_done_least_gives_way() {
    let echo = echo(|_| true, 4);
    let (mut first, mut second) = (echo.client(), echo.client());
    assert!(echoes(&mut first, b"1") && echoes(&mut first, b"1") && echoes(&mut second, b"2"));
    for _ in 0..20 {
        // All from one address, which gets two: half of the places.
        let mut next = echo.client();
        assert!(echoes(&mut next, b"3") && !echoes(&mut second, b"2"));
        second = next;
    }
    assert!(echoes(&mut first, b"1"));
    echo.finish();
}

#[test]
fn silent_connections_and_those_without_a_request_keep_nobody_out() {
    let echo = echo(|_| true, 8);
    let mut established = echo.client();
    assert!(echoes(&mut established, b"hello"));
    let silent: Vec<_> = (0..300).map(|_| echo.client()).collect();
    let mut knocking: Vec<_> = (0..100).map(|_| echo.client()).collect();
    for client in &mut knocking {
        let _ = client.write_all(b"knock");
    }
    let before = Instant::now();
    assert!(echoes(&mut echo.client(), b"hello"));
    assert!(before.elapsed() < MINUTE / 2, "{:?}", before.elapsed());
    assert!(echoes(&mut established, b"hello"));
    let lines = echo.finish();
    let told = |line: &&String| line.ends_with("dropped: it had sent nothing, and others wait");
    assert!(lines.iter().filter(told).count() >= 300 - Limits::default().silent, "{lines:?}");
    drop(silent);
}

#[test]
fn who_never_sends_a_byte_is_dropped_in_time_and_a_health_check_is_no_warning() {
    let echo = echo_with(|_| true, Limits::default(), Duration::from_millis(100));
    drop(echo.client());
    let mut silent = echo.client();
    assert_eq!(silent.read(&mut [0; 8]).unwrap(), 0);
    let address = silent.local_addr().unwrap();
    assert_eq!(echo.finish(), [format!("{address}: sent nothing for 0.1 s")]);
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
