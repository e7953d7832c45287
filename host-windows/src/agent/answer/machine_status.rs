//! TX4: the machine that the agent runs on.

use jiff::ZonedDateTime;
use lsam_core::agent::{AcceptedAddress, CheckCrc, List, MachineStatus, MachineStatusRequest};
use lsam_core::config::AllowedAddress;
use lsam_core::wire::BufferFull;

use super::Answer;
use crate::agent::shared::Shared;

pub(super) fn serve(
    MachineStatusRequest {}: MachineStatusRequest,
    answer: Answer<'_, '_>,
) -> Result<(), BufferFull> {
    let Shared { setup, machine, .. } = &*answer.service.shared;
    let now = ZonedDateTime::now();
    let accepted: Vec<AcceptedAddress> = setup
        .dynamic
        .allowed()
        .iter()
        .filter_map(|allowed| match *allowed {
            AllowedAddress::None => None,
            AllowedAddress::Any => Some(AcceptedAddress::Any),
            AllowedAddress::Only(address) => Some(AcceptedAddress::Only(address)),
        })
        .collect();
    let status = MachineStatus {
        time: u64::try_from(now.timestamp().as_second()).unwrap_or_default(),
        time_zone: now.time_zone().iana_name().unwrap_or("unknown"),
        utc_offset: i16::try_from(now.offset().seconds() / 60).unwrap_or_default(),
        agent_version: env!("CARGO_PKG_VERSION"),
        os_type: &machine.os_type,
        os_version: &machine.os_version,
        host_name: &machine.host_name,
        agent_name: &setup.service_name,
        agent_socket: setup.socket,
        jors_socket: setup.jors_socket,
        // This version starts no jobs, so JORS has no output to show.
        max_jobs: 0,
        jors: false,
        protocol: answer.version.map_or("TCP/IP", |version| version.name().unwrap_or("TLS")),
        check_crc: setup.dynamic.check_crc() == CheckCrc::On,
        accepted_addresses: List::new(&accepted),
        smanetcom_socket: answer.peer.port(),
        cpu_type: &machine.cpu_type,
        cpu_model: &machine.cpu_model,
        cpu_count: machine.cpu_count,
    };
    answer.send(&status)
}
