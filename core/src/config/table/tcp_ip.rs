//! `[TCP/IP Parameters]`: the scheduling port, and who may connect to it.

use crate::config::{Case, Kind, Section, Setting};

const TCP_IP: &Section = &Section { name: "TCP/IP Parameters", case: Case::Upper };

pub(super) const SETTINGS: &[Setting] = &[
    Setting {
        section: TCP_IP,
        key: "SocketNumberToSAM",
        kind: Kind::Port(|settings| &mut settings.socket_number_to_sam),
        default: "3100",
        dynamic: false,
        required: true,
        meaning: "The TCP port on which the agent waits for the scheduling server.",
    },
    Setting {
        section: TCP_IP,
        key: "AllowedIPAddress_1",
        kind: Kind::Address(|settings| &mut settings.allowed_ip_addresses[0]),
        default: "ANY",
        dynamic: true,
        required: false,
        meaning: "ANY, or an address that may connect.",
    },
    Setting {
        section: TCP_IP,
        key: "AllowedIPAddress_2",
        kind: Kind::Address(|settings| &mut settings.allowed_ip_addresses[1]),
        default: "",
        dynamic: true,
        required: false,
        meaning: "A further address that may connect.",
    },
    Setting {
        section: TCP_IP,
        key: "AllowedIPAddress_3",
        kind: Kind::Address(|settings| &mut settings.allowed_ip_addresses[2]),
        default: "",
        dynamic: true,
        required: false,
        meaning: "A further address that may connect.",
    },
    Setting {
        section: TCP_IP,
        key: "AllowedIPAddress_4",
        kind: Kind::Address(|settings| &mut settings.allowed_ip_addresses[3]),
        default: "",
        dynamic: true,
        required: false,
        meaning: "A further address that may connect.",
    },
    Setting {
        section: TCP_IP,
        key: "CheckCRC",
        kind: Kind::Boolean(|settings| &mut settings.check_crc),
        default: "TRUE",
        dynamic: true,
        required: false,
        meaning: "Whether a message whose CRC is wrong is discarded, with a line in the log.",
    },
    Setting {
        section: TCP_IP,
        key: "InboundBufferCount",
        kind: Kind::Number { field: |settings| &mut settings.inbound_buffer_count, min: 1, max: 65_535 },
        default: "250",
        dynamic: true,
        required: false,
        meaning: "How many buffers of 8192 bytes hold what comes in; counts from the next opening of the port.",
    },
];
