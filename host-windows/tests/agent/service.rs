//! The agent under normal conditions: with TLS and each kind of key, without TLS, limits and stopping.

use std::fs;
use std::io::{Read, Write};
use std::time::{Duration, Instant};

use lsam_core::agent::{
    CheckCrc, ErrorMessage, ErrorNumber, FrameHeader, MachineStatus, MachineStatusRequest, emit,
};
use lsam_host_windows::authority::KeyKind;
use rustls::StreamOwned;

use crate::common::{NAME, Options, Running, host_name, this_host};

#[test]
fn rustls_gets_the_machine_status_with_each_kind_of_key() {
    for (kind, suite, scheme) in [
        (KeyKind::EcdsaP256, "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "ecdsa_secp256r1_sha256"),
        (KeyKind::EcdsaP384, "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "ecdsa_secp384r1_sha384"),
        (KeyKind::Rsa, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "rsa_pss_rsae_sha256"),
    ] {
        let agent = Running::start(Options { key: Some(kind), ..Options::default() });
        let mut stream = StreamOwned::new(agent.session(), agent.connect());
        assert_eq!(host_name(&mut stream), this_host());
        assert_eq!(host_name(&mut stream), this_host(), "a second time on the same connection");
        stream.conn.send_close_notify();
        stream.flush().unwrap();
        assert_eq!(stream.read(&mut [0; 8]).unwrap(), 0, "close_notify is answered");
        let lines = agent.lines_about(stream.sock.local_addr().unwrap(), 2);
        assert_eq!(
            lines,
            [
                format!("connected, TLS 1.2, {suite}, x25519, {scheme}, extended master secret"),
                "closed by the peer".to_owned()
            ]
        );
    }
}

#[test]
fn the_chain_is_sent_up_to_the_root() {
    let agent = Running::tls();
    let mut stream = StreamOwned::new(agent.session(), agent.connect());
    host_name(&mut stream);
    assert_eq!(stream.conn.peer_certificates().unwrap().len(), 2, "{NAME} and the authority that issued it");
}

#[test]
fn without_tls_the_same_is_said_in_the_clear() {
    let agent = Running::start(Options { key: None, ..Options::default() });
    let mut socket = agent.connect();
    let address = socket.local_addr().unwrap();
    assert_eq!(host_name(&mut socket), this_host());
    drop(socket);
    assert_eq!(agent.lines_about(address, 2), ["connected without TLS", "closed by the peer"]);
}

#[test]
fn a_message_that_cant_be_served_is_answered_and_the_connection_goes_on() {
    let agent = Running::start(Options { key: None, ..Options::default() });
    let mut socket = agent.connect();
    let mut buffer = [0; 512];
    let len = emit(&MachineStatusRequest {}, 9, CheckCrc::On, &mut buffer).unwrap();
    buffer[15] ^= 1;
    socket.write_all(&buffer[..len]).unwrap();
    let n = socket.read(&mut buffer).unwrap();
    let frame = FrameHeader::parse(&buffer[..n]).unwrap().unwrap();
    let frame = frame.frame(&buffer[FrameHeader::LEN..n], CheckCrc::On).unwrap();
    assert_eq!(frame.correlation, 9);
    assert_eq!(frame.message::<ErrorMessage<'_>>().unwrap().number, ErrorNumber::BAD_CRC);
    assert_eq!(host_name(&mut socket), this_host());
    let lines = agent.lines_about(socket.local_addr().unwrap(), 2);
    assert!(lines[1].ends_with("refused: error 1: the CRC of the message does not match"), "{lines:?}");
}

#[test]
fn a_change_of_the_file_counts_on_a_connection_that_is_open() {
    let agent = Running::start(Options { key: None, ..Options::default() });
    let mut socket = agent.connect();
    assert_eq!(host_name(&mut socket), this_host());
    let path = agent.folder.path().join("MSLSAM.ini");
    let file = fs::read_to_string(&path).unwrap();
    let write = |lines: &str| {
        let section = "[TCP/IP Parameters]\n";
        fs::write(&path, file.replace(section, &format!("{section}{lines}\n"))).unwrap();
    };

    write("CheckCRC=FALSE");
    let deadline = Instant::now() + Duration::from_secs(120);
    let mut buffer = [0; 2048];
    loop {
        assert!(Instant::now() < deadline, "the CRC is still checked");
        std::thread::sleep(Duration::from_millis(200));
        let len = emit(&MachineStatusRequest {}, 9, CheckCrc::Off, &mut buffer).unwrap();
        socket.write_all(&buffer[..len]).unwrap();
        let n = socket.read(&mut buffer).unwrap();
        let frame = FrameHeader::parse(&buffer[..n]).unwrap().unwrap();
        let frame = frame.frame(&buffer[FrameHeader::LEN..n], CheckCrc::Off).unwrap();
        if let Ok(status) = frame.message::<MachineStatus<'_>>() {
            assert!(!status.check_crc);
            break;
        }
    }

    write("CheckCRC=FALSE\nAllowedIPAddress_1=192.0.2.1");
    while Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(200));
        let len = emit(&MachineStatusRequest {}, 10, CheckCrc::Off, &mut buffer).unwrap();
        if socket.write_all(&buffer[..len]).is_err() || socket.read(&mut buffer).unwrap_or(0) == 0 {
            let lines = agent.lines_about(socket.local_addr().unwrap(), 2);
            let expected = "disconnected, its address is no longer in AllowedIPAddress_1 to _4";
            assert!(lines.iter().any(|line| line == expected), "{lines:?}");
            return;
        }
    }
    panic!("the peer is still connected");
}

#[test]
fn an_address_that_is_not_allowed_is_turned_away() {
    let agent = Running::start(Options { parameters: "AllowedIPAddress_1=192.0.2.1", ..Options::default() });
    let mut socket = agent.connect();
    assert_eq!(socket.read(&mut [0; 8]).unwrap_or(0), 0);
    let lines = agent.lines_about(socket.local_addr().unwrap(), 1);
    assert_eq!(lines, ["refused, its address is not in AllowedIPAddress_1 to _4"]);
}

#[test]
fn a_stop_ends_connections_with_close_notify_and_in_time() {
    let agent = Running::tls();
    let mut stream = StreamOwned::new(agent.session(), agent.connect());
    host_name(&mut stream);
    let before = Instant::now();
    let address = stream.sock.local_addr().unwrap();
    let lines = agent.stop();
    assert!(before.elapsed() < Duration::from_secs(30), "{:?}", before.elapsed());
    // rustls reports an end without close_notify as an error.
    assert_eq!(stream.read(&mut [0; 8]).unwrap(), 0);
    assert_eq!(lines[lines.len() - 2], format!("{address}: closed because the agent is stopping"));
    assert!(lines[lines.len() - 1].ends_with(" has stopped"), "{lines:?}");
}
