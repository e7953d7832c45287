//! A settings file and a message of the scheduling protocol.

use core::hint::black_box;

use lsam_core::agent::{AcceptedAddress, CheckCrc, FrameHeader, List, MachineStatus, emit};
use lsam_core::config::Settings;
use lsam_core::ini::{Edit, to_utf8};

const FILE: &[u8] = b"[General Settings]\r\nUseSecureSocket=TRUE\r\nTLSCertificateSerial=1a 2b 3c\r\n\
    [TCP/IP Parameters]\r\nSocketNumberToSAM=3200\r\n[JORS Settings]\r\nJORSSocket=3110\r\n";

/// Reads the settings file.
pub fn settings() -> Option<()> {
    let settings = Settings::parse(black_box(FILE), |diagnostic| {
        black_box(&diagnostic);
    })
    .ok()?;
    (settings.use_secure_socket && settings.socket_number_to_sam == 3200).then_some(())
}

/// Sets a value in a file in UTF-16, and reads it back.
pub fn edit() -> Option<()> {
    const FILE: &[u8] = b"\xff\xfe[\0J\0O\0R\0S\0 \0S\0e\0t\0t\0i\0n\0g\0s\0]\0";
    let edit = Edit { section: "JORS Settings", key: "JORSSocket", value: "3111" };
    let (mut buffer, mut text) = ([0; 128], [0; 128]);
    let edited = edit.apply(black_box(FILE), &mut buffer).ok()?;
    let settings = Settings::parse_part(to_utf8(edited, &mut text).ok()?, |_| {}).ok()?;
    (settings.jors_socket == 3111).then_some(())
}

/// Emits a machine status, parses it and compares the fields with distinctive values.
pub fn message() -> Option<()> {
    let allowed = [AcceptedAddress::Any];
    let status = MachineStatus {
        time: 1_893_456_000,
        time_zone: "UTC",
        utc_offset: 0,
        agent_version: env!("CARGO_PKG_VERSION"),
        os_type: "none",
        os_version: "0",
        host_name: "board",
        agent_name: "agent",
        agent_socket: 3100,
        jors_socket: 3110,
        max_jobs: 1,
        protocol: "TLS 1.2",
        check_crc: true,
        accepted_addresses: List::new(&allowed),
        smanetcom_socket: 40_000,
        cpu_type: "any",
        cpu_model: "any",
        cpu_count: 1,
        jors: false,
    };
    let mut buffer = [0; 512];
    let len = emit(black_box(&status), 7, CheckCrc::On, &mut buffer).ok()?;
    let header = FrameHeader::parse(&buffer).ok()??;
    let body = buffer.get(FrameHeader::LEN..len)?;
    let frame = header.frame(body, CheckCrc::On).ok()?;
    let back: MachineStatus<'_> = frame.message().ok()?;
    (back.host_name == "board" && back.agent_socket == 3100 && back.accepted_addresses.iter().count() == 1)
        .then_some(())
}
