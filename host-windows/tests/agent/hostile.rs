//! Hostile and broken clients. Each connection ends with the right alert and one line in the log, and the
//! agent keeps serving.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use lsam_core::agent::{
    CheckCrc, ErrorMessage, ErrorNumber, FrameHeader, MachineStatusRequest, Message, emit,
};
use lsam_host_windows::link::Deadlines;
use rustls::{ClientConnection, StreamOwned};

use crate::common::{Options, Running, host_name, session};

/// A fatal TLS 1.2 alert record with this description (RFC 5246 section 7.2).
const fn fatal(description: u8) -> [u8; 7] {
    [21, 3, 3, 0, 2, 2, description]
}
const UNEXPECTED_MESSAGE: u8 = 10;
const RECORD_OVERFLOW: u8 = 22;
const PROTOCOL_VERSION: u8 = 70;

/// Sends `bytes`; returns what the agent answered until it closed the connection, and the client's address.
fn send(agent: &Running, bytes: &[u8]) -> (Vec<u8>, SocketAddr) {
    let mut socket = agent.connect();
    let address = socket.local_addr().unwrap();
    socket.write_all(bytes).unwrap();
    (rest(&mut socket), address)
}

fn rest(socket: &mut TcpStream) -> Vec<u8> {
    let mut answer = Vec::new();
    // The agent may reset the connection after its answer, because the client continues sending.
    let _ = socket.read_to_end(&mut answer);
    answer
}

/// A pseudorandom sequence, the same in every run (xorshift64).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next()).unwrap() % bound
    }

    fn byte(&mut self) -> u8 {
        self.next().to_be_bytes()[0]
    }
}

#[test]
fn what_is_no_tls_is_told_so_and_logged_once() {
    let agent = Running::tls();
    let request = request();
    let ssl2 = [0x80, 0x2e, 1, 3, 3, 0, 21, 0, 0, 0, 16, 0, 0, 0x2f, 0, 0, 0x0a];
    let tls10 = [22, 3, 1, 0, 45, 1, 0, 0, 41, 3, 1];
    let mut tls10 = tls10.to_vec();
    tls10.extend([[7; 32].as_slice(), &[0, 0, 2, 0xc0, 0x09, 1, 0]].concat());
    let cases: [(&str, &[u8], u8); 6] = [
        ("a plain request", &request, PROTOCOL_VERSION),
        ("a web browser", b"GET / HTTP/1.1\r\nHost: agent\r\n\r\n", PROTOCOL_VERSION),
        ("an SSL 2 hello", &ssl2, PROTOCOL_VERSION),
        ("a hello of TLS 1.0 alone", &tls10, PROTOCOL_VERSION),
        ("application data first", &[23, 3, 3, 0, 1, 0], UNEXPECTED_MESSAGE),
        ("a record that is too long", &[22, 3, 3, 0xff, 0xff], RECORD_OVERFLOW),
    ];
    for (case, bytes, alert) in cases {
        let (answer, address) = send(&agent, bytes);
        assert_eq!(answer, fatal(alert), "{case}");
        let lines = agent.lines_about(address, 1);
        assert_eq!(lines.len(), 1, "{case}: {lines:?}");
        println!("{case}: {}", lines[0]);
    }
    agent.serves_a_good_client();
}

#[test]
fn ten_thousand_random_bytes_end_their_own_connection_alone() {
    let agent = Running::tls();
    for seed in 1..=20 {
        let mut numbers = Numbers(seed);
        let mut bytes: Vec<u8> = (0..10_000).map(|_| numbers.byte()).collect();
        if seed % 2 == 0 {
            // A valid record header, so that the handshake layer sees the bytes too.
            bytes[..9].copy_from_slice(&[22, 3, 3, 0x20, 0, 1, 0, 0x1f, 0xf0]);
        }
        let (answer, address) = send(&agent, &bytes);
        assert!(matches!(answer.as_slice(), [21, 3, 3, 0, 2, 2, _] | []), "{answer:?}");
        assert_eq!(agent.lines_about(address, 1).len(), 1);
    }
    agent.serves_a_good_client();
}

#[test]
fn half_a_handshake_ends_at_the_deadline_of_the_handshake_however_the_bytes_trickle() {
    let deadlines = Deadlines { handshake: Duration::from_secs(3), ..Options::default().deadlines };
    let agent = Running::start(Options { deadlines, ..Options::default() });
    let mut hello = Vec::new();
    agent.session().write_tls(&mut hello).unwrap();

    let mut silent = agent.connect();
    silent.write_all(&hello).unwrap();
    let mut trickling = agent.connect();
    let before = Instant::now();
    for byte in &hello {
        if trickling.write_all(&[*byte]).is_err() || before.elapsed() > Duration::from_secs(120) {
            break;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(before.elapsed() < Duration::from_secs(120), "{:?}", before.elapsed());
    for socket in [silent, trickling] {
        let lines = agent.lines_about(socket.local_addr().unwrap(), 1);
        assert_eq!(lines, ["the TLS handshake was not complete within 3 s"]);
    }
    agent.serves_a_good_client();
}

#[test]
fn half_a_message_ends_at_the_deadline_of_the_message_and_silence_at_that_of_idling() {
    let deadlines = Deadlines {
        message: Duration::from_millis(200),
        idle: Duration::from_secs(3),
        ..Options::default().deadlines
    };
    let agent = Running::start(Options { key: None, deadlines, ..Options::default() });
    let (mut half, mut silent, mut idle) = (agent.connect(), agent.connect(), agent.connect());
    half.write_all(b"LS\x01\x04").unwrap();
    host_name(&mut idle);
    for socket in [&mut half, &mut silent, &mut idle] {
        assert_eq!(rest(socket), b"");
    }
    let lines = |socket: &TcpStream, count| agent.lines_about(socket.local_addr().unwrap(), count);
    assert_eq!(lines(&half, 2), ["connected without TLS", "a message was not complete within 0.2 s"]);
    assert_eq!(lines(&silent, 1), ["sent nothing for 3 s"]);
    assert_eq!(lines(&idle, 2), ["connected without TLS", "no message came for 3 s"]);
}

/// The beginning of a message or a record, in the same segment as the end of a complete one.
#[test]
fn half_a_message_behind_a_whole_one_ends_at_the_deadline_of_the_message() {
    let deadlines = Deadlines { message: Duration::from_millis(200), ..Options::default().deadlines };
    let request = request();
    let overdue = "a message was not complete within 0.2 s";

    let agent = Running::start(Options { key: None, deadlines, ..Options::default() });
    let mut socket = agent.connect();
    socket.write_all(&[request.as_slice(), &request[..4]].concat()).unwrap();
    let before = Instant::now();
    assert_ne!(rest(&mut socket), b"", "the whole one is answered");
    assert!(before.elapsed() < deadlines.idle - Duration::from_secs(1), "{:?}", before.elapsed());
    assert_eq!(agent.lines_about(socket.local_addr().unwrap(), 2)[1], overdue);

    let agent = Running::start(Options { deadlines, ..Options::default() });
    for part_of_record in [false, true] {
        let mut stream = StreamOwned::new(agent.session(), agent.connect());
        host_name(&mut stream);
        let half = if part_of_record { &request[..0] } else { &request[..4] };
        stream.conn.writer().write_all(&[request.as_slice(), half].concat()).unwrap();
        let mut flight = Vec::new();
        stream.conn.write_tls(&mut flight).unwrap();
        flight.extend(if part_of_record { &[23, 3, 3][..] } else { &[] });
        stream.sock.write_all(&flight).unwrap();
        rest(&mut stream.sock);
        assert_eq!(agent.lines_about(stream.sock.local_addr().unwrap(), 2)[1], overdue);
    }
}

#[test]
fn a_connection_whose_messages_are_refused_is_closed_after_a_few_with_each_answered() {
    let agent = Running::start(Options { key: None, ..Options::default() });
    let mut socket = agent.connect();
    let mut wrong = request();
    wrong[3] = 0x55;
    socket.write_all(&wrong.repeat(100)).unwrap();
    let mut answers = rest(&mut socket);
    let mut refusals = 0;
    while let Some(header) = FrameHeader::parse(&answers).unwrap() {
        assert_eq!(header.message_type(), ErrorMessage::TYPE);
        answers.drain(..header.frame_len());
        refusals += 1;
    }
    let lines = agent.lines_about(socket.local_addr().unwrap(), 23);
    assert_eq!((refusals, lines.len()), (20, 23), "{lines:?}");
    assert!(lines[1..21].iter().all(|line| line.contains(" refused: ")), "{lines:?}");
    assert_eq!(lines[21..], ["disconnected, 20 messages in a row were refused", "closed by this side"]);
    host_name(&mut agent.connect());
}

/// Two ends that answer each other's errors would never stop.
#[test]
fn replies_and_errors_are_refused_without_an_answer() {
    let agent = Running::start(Options { key: None, ..Options::default() });
    let mut bad_crc = request();
    bad_crc[3] = 0x84;
    let mut buffer = [0; 256];
    let error = ErrorMessage { number: ErrorNumber::BAD_CRC, text: "no", field: None };
    let len = emit(&error, 1, CheckCrc::On, &mut buffer).unwrap();
    for message in [&bad_crc, &buffer[..len]] {
        let mut socket = agent.connect();
        socket.write_all(&message.repeat(30)).unwrap();
        assert_eq!(rest(&mut socket), b"");
        let lines = agent.lines_about(socket.local_addr().unwrap(), 23);
        assert!(lines[1].ends_with("; replies and errors are not answered"), "{lines:?}");
        assert_eq!(lines[21..], ["disconnected, 20 messages in a row were refused", "closed by this side"]);
    }
}

/// The machine status request.
fn request() -> Vec<u8> {
    let mut request = [0; 64];
    let len = emit(&MachineStatusRequest {}, 7, CheckCrc::On, &mut request).unwrap();
    request[..len].to_vec()
}

#[test]
fn a_tls_client_on_a_port_without_tls_is_told_apart() {
    let agent = Running::start(Options { key: None, ..Options::default() });
    let mut hello = Vec::new();
    session(&agent.root).write_tls(&mut hello).unwrap();
    let (answer, address) = send(&agent, &hello);
    assert_eq!(answer, b"");
    let lines = agent.lines_about(address, 2);
    assert!(lines[1].contains("the peer speaks TLS"), "{lines:?}");
    host_name(&mut agent.connect());
}

const PATIENT: Duration = Duration::from_secs(120);
const IMPATIENT: Duration = Duration::from_millis(25);

/// Runs a handshake and a request. `change` sees every piece that the client sends, with the number of bytes
/// sent before; it may alter the piece, or end the connection. Returns the client's address and the number of
/// bytes sent. A client that gets no answer gives up after `patience`.
fn interfere(
    agent: &Running,
    session: &mut ClientConnection,
    patience: Duration,
    mut change: impl FnMut(usize, &mut Vec<u8>) -> bool,
) -> (SocketAddr, usize) {
    let mut socket = agent.connect();
    socket.set_read_timeout(Some(patience)).unwrap();
    let address = socket.local_addr().unwrap();
    let request = request();
    let (mut sent, mut asked, mut answered) = (0, false, false);
    while !answered {
        if !session.is_handshaking() && !asked {
            asked = true;
            session.writer().write_all(&request).unwrap();
        }
        while session.wants_write() {
            let mut flight = Vec::new();
            session.write_tls(&mut flight).unwrap();
            let go_on = change(sent, &mut flight);
            sent += flight.len();
            if socket.write_all(&flight).is_err() || !go_on {
                let _ = socket.shutdown(Shutdown::Write);
                let _ = rest(&mut socket);
                return (address, sent);
            }
        }
        match session.read_tls(&mut socket) {
            Ok(0) | Err(_) => break,
            Ok(_) => match session.process_new_packets() {
                Ok(state) => answered = state.plaintext_bytes_to_read() > 0,
                Err(_) => break,
            },
        }
    }
    let _ = socket.shutdown(Shutdown::Write);
    let _ = rest(&mut socket);
    (address, sent)
}

#[test]
fn a_client_that_disappears_after_any_byte_harms_nobody() {
    let agent = Running::tls();
    let (_, whole) = interfere(&agent, &mut agent.session(), PATIENT, |_, _| true);
    assert!(whole > 300, "{whole}");
    // A connection that sends no bytes counts as a health check.
    for cut in 1..whole {
        let (address, _) = interfere(&agent, &mut agent.session(), PATIENT, |before, flight| {
            let left = cut - before;
            let last = flight.len() > left;
            flight.truncate(left);
            !last
        });
        let lines = agent.lines_about(address, 1);
        let failures: Vec<_> = lines.iter().filter(|line| !line.starts_with("connected, ")).collect();
        assert!(failures.len() <= 1, "cut after {cut} bytes: {lines:?}");
    }
    agent.serves_a_good_client();
    let lines = agent.stop();
    let ends =
        lines.iter().filter(|line| line.ends_with("the connection ended without close_notify")).count();
    assert_eq!(ends, whole, "each connection has one line");
}

#[test]
fn a_thousand_damaged_flights_harm_nobody() {
    let agent = Running::tls();
    let mut numbers = Numbers(0x1234_5678);
    let mut survivors = 0;
    for _ in 0..1000 {
        // The hello has most of the bytes, but the other flights should be damaged just as often.
        let flight_to_damage = numbers.below(3);
        let mut number = 0;
        let (address, _) = interfere(&agent, &mut agent.session(), IMPATIENT, |_, flight| {
            if number == flight_to_damage {
                damage(flight, &mut numbers);
            }
            number += 1;
            true
        });
        // A change may be harmless: to the random, or to a suite that is not selected.
        let lines = agent.lines_about(address, 1);
        survivors += usize::from(lines[0].starts_with("connected, "));
    }
    println!("{survivors} of 1000 handshakes survived the damage");
    agent.serves_a_good_client();
    assert!(survivors < 900);
    let lines = agent.stop();
    assert!(!lines.iter().any(|line| line.contains("error in the agent itself")));
}

/// Changes, drops, duplicates or inserts bytes in one to three places.
fn damage(flight: &mut Vec<u8>, numbers: &mut Numbers) {
    for _ in 0..=numbers.below(3) {
        if flight.is_empty() {
            break;
        }
        let at = numbers.below(flight.len());
        match numbers.below(6) {
            0 => flight[at] ^= 1 << numbers.below(8),
            1 => flight[at] = numbers.byte(),
            2 => drop(flight.drain(at..flight.len().min(at + 1 + numbers.below(16)))),
            3 => flight.insert(at, numbers.byte()),
            4 => {
                let piece = flight[at..flight.len().min(at + 1 + numbers.below(64))].to_vec();
                flight.splice(at..at, piece);
            }
            _ => flight.truncate(at),
        }
    }
    // A client that sends no bytes counts as a health check.
    if flight.is_empty() {
        flight.push(numbers.byte());
    }
}
