//! `[SMAFT Settings]`: the transfer of files.

use crate::config::{Case, Field, Kind, Section, Setting};

const SMAFT: &Section = &Section { name: "SMAFT Settings", case: Case::Any };

pub(super) const SETTINGS: &[Setting] = &[
    Setting {
        section: SMAFT,
        key: "TlsSmaftServerSocket",
        kind: Kind::OptionalPort(|settings| &mut settings.tls_smaft_server_socket),
        default: "0",
        dynamic: false,
        required: false,
        guards: false,
        in_effect: false,
        meaning: "The TCP port of file transfers with TLS; 0 turns them off.",
    },
    Setting {
        section: SMAFT,
        key: "SmaftServerSocket",
        kind: Kind::OptionalPort(|settings| &mut settings.smaft_server_socket),
        default: "3110",
        dynamic: false,
        required: false,
        guards: false,
        in_effect: false,
        meaning: "The TCP port of file transfers without TLS, which may be that of JORS; 0 turns them off.",
    },
    Setting {
        section: SMAFT,
        key: "TemporaryFolderName",
        kind: Kind::FolderName(|settings| &mut settings.temporary_folder_name),
        default: "OpConTemp",
        dynamic: false,
        required: false,
        guards: false,
        in_effect: false,
        meaning: "The folder in the root of a drive that holds files while they are transferred to it.",
    },
    Setting {
        section: SMAFT,
        key: "PacketSize",
        kind: Kind::Number { field: |settings| &mut settings.packet_size, min: 65_536, max: 999_999 },
        default: "65536",
        dynamic: false,
        required: false,
        guards: false,
        in_effect: false,
        meaning: "How many bytes of a file are sent at a time.",
    },
    Setting {
        section: SMAFT,
        key: "MaskGTBandwidth",
        kind: Kind::Boolean(|settings| &mut settings.mask_gt_bandwidth),
        default: "FALSE",
        dynamic: false,
        required: false,
        guards: false,
        in_effect: false,
        meaning: "Whether the > of a transfer's bandwidth is left out of what the server is sent.",
    },
    support("ZipSupport", |settings| &mut settings.zip_support, "Whether files may be compressed as zip."),
    support(
        "CompressSupport",
        |settings| &mut settings.compress_support,
        "Whether files may be compressed with gzip.",
    ),
    support("AesSupport", |settings| &mut settings.aes_support, "Whether files may be encrypted with AES."),
    support("DesSupport", |settings| &mut settings.des_support, "Whether files may be encrypted with DES."),
    support(
        "TripleDesSupport",
        |settings| &mut settings.triple_des_support,
        "Whether files may be encrypted with Triple DES.",
    ),
];

/// What a transfer may use.
const fn support(key: &'static str, field: Field<bool>, meaning: &'static str) -> Setting {
    Setting {
        section: SMAFT,
        key,
        kind: Kind::YesNo(field),
        default: "YES",
        dynamic: false,
        required: false,
        guards: false,
        in_effect: false,
        meaning,
    }
}
