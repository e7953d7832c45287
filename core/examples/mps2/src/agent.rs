//! What the agent answers.

use lsam_core::UnixTime;
use lsam_core::agent::{AcceptedAddress, CheckCrc, ErrorMessage, List, MachineStatus, MessageError, Request};
use lsam_core::endpoint::Received;
use lsam_core::wire::BufferFull;

/// The port that the scheduling server connects to.
pub const PORT: u16 = 3100;
/// The setting of the same name; the server must use the same value.
pub const CHECK_CRC: CheckCrc = CheckCrc::On;

/// Answers a message from a server that connected from the port `peer_port`.
///
/// # Errors
/// [`BufferFull`] if the answer does not fit into the send buffer; the connection is unusable afterwards.
pub fn answer(received: Received<'_>, now: Option<UnixTime>, peer_port: u16) -> Result<(), BufferFull> {
    match received.frame.and_then(|frame| Request::parse(&frame)) {
        Ok(Request::MachineStatus(_)) => received.reply.send(&MachineStatus {
            time: now.map_or(0, |now| now.0),
            time_zone: "UTC",
            utc_offset: 0,
            agent_version: env!("CARGO_PKG_VERSION"),
            os_type: "none",
            os_version: "",
            host_name: "mps2",
            agent_name: "LSAM",
            agent_socket: PORT,
            // There are no jobs here.
            jors_socket: 0,
            max_jobs: 0,
            jors: false,
            protocol: "TLS 1.2",
            check_crc: CHECK_CRC == CheckCrc::On,
            accepted_addresses: List::new(&[AcceptedAddress::Any]),
            smanetcom_socket: peer_port,
            cpu_type: "arm",
            cpu_model: "Cortex-M",
            cpu_count: 1,
        }),
        // A request that this agent does not support is refused like one of an unknown type.
        other => {
            let error = other.err().unwrap_or(MessageError::UnknownType);
            received.reply.send(&ErrorMessage::from(error))
        }
    }
}
