//! `[SMAFT Settings]`: file transfers.

use crate::config::kind::field;
use crate::config::{Case, Field, Kind, Section, Setting, TextRule};

const SMAFT: &Section = &Section { name: "SMAFT Settings", case: Case::Any };

pub(super) const SETTINGS: &[Setting] = &[
    Setting {
        section: SMAFT,
        key: "TlsSmaftServerSocket",
        kind: Kind::OptionalPort(field!(tls_smaft_server_socket)),
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
        kind: Kind::OptionalPort(field!(smaft_server_socket)),
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
        kind: Kind::Text(TextRule::FolderName, field!(temporary_folder_name)),
        default: "OpConTemp",
        dynamic: false,
        required: false,
        guards: false,
        in_effect: false,
        meaning: "The folder in the root of a drive for files that are being transferred to it.",
    },
    Setting {
        section: SMAFT,
        key: "PacketSize",
        kind: Kind::Number { field: field!(packet_size), min: 65_536, max: 999_999 },
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
        kind: Kind::Boolean(field!(mask_gt_bandwidth)),
        default: "FALSE",
        dynamic: false,
        required: false,
        guards: false,
        in_effect: false,
        meaning: "Whether the > of a transfer's bandwidth is left out of what is sent to the server.",
    },
    support("ZipSupport", field!(zip_support), "Whether files may be compressed as zip."),
    support("CompressSupport", field!(compress_support), "Whether files may be compressed with gzip."),
    support("AesSupport", field!(aes_support), "Whether files may be encrypted with AES."),
    support("DesSupport", field!(des_support), "Whether files may be encrypted with DES."),
    support(
        "TripleDesSupport",
        field!(triple_des_support),
        "Whether files may be encrypted with Triple DES.",
    ),
];

/// A compression or encryption that transfers may use.
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
