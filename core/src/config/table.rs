//! The table of settings: the one place where a setting is described.

use super::{Case, Kind, Section, Setting};

const GENERAL: &Section = &Section { name: "General Settings", case: Case::Any };
const TCP_IP: &Section = &Section { name: "TCP/IP Parameters", case: Case::Upper };
const JORS: &Section = &Section { name: "JORS Settings", case: Case::Any };

/// Every setting, in the order of the file.
pub const SETTINGS: &[Setting] = &[
    Setting {
        section: GENERAL,
        key: "DisplayServiceName",
        kind: Kind::DisplayName(|settings| &mut settings.display_service_name),
        default: "SMA OpCon Agent for Microsoft",
        dynamic: false,
        required: true,
        meaning: "The service's name as the Service Control Manager shows it; each instance needs its own.",
    },
    Setting {
        section: GENERAL,
        key: "ShortServiceName",
        kind: Kind::ServiceName(|settings| &mut settings.short_service_name),
        default: "SMA_MSLSAMNET",
        dynamic: false,
        required: true,
        meaning: "The service's internal name; each instance needs its own.",
    },
    Setting {
        section: GENERAL,
        key: "UseSecureSocket",
        kind: Kind::Boolean(|settings| &mut settings.use_secure_socket),
        default: "FALSE",
        dynamic: false,
        required: true,
        meaning: "Whether the scheduling and the JORS port speak TLS.",
    },
    Setting {
        section: GENERAL,
        key: "TLSCertificateSerial",
        kind: Kind::Text(|settings| &mut settings.tls_certificate_serial),
        default: "",
        dynamic: false,
        required: true,
        meaning: "The serial number of the agent's certificate in the machine's certificate store.",
    },
    Setting {
        section: GENERAL,
        key: "TLSClientValidation",
        kind: Kind::Boolean(|settings| &mut settings.tls_client_validation),
        default: "FALSE",
        dynamic: false,
        required: true,
        meaning: "Whether a connection needs a certificate of the scheduling server that the agent trusts.",
    },
    Setting {
        section: GENERAL,
        key: "TLSCheckCertificateRevocation",
        kind: Kind::Boolean(|settings| &mut settings.tls_check_certificate_revocation),
        default: "FALSE",
        dynamic: false,
        required: true,
        meaning: "Whether a certificate on a revocation list of the machine ends the connection.",
    },
    Setting {
        section: GENERAL,
        key: "TLSRequireRevocationStatus",
        kind: Kind::Boolean(|settings| &mut settings.tls_require_revocation_status),
        default: "FALSE",
        dynamic: false,
        required: false,
        meaning: "Whether a certificate of which no revocation list tells anything ends the connection too; an \
            extension of this agent.",
    },
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
        section: JORS,
        key: "JORSSocket",
        kind: Kind::Port(|settings| &mut settings.jors_socket),
        default: "3110",
        dynamic: false,
        required: true,
        meaning: "The TCP port on which the job output service waits.",
    },
];
