//! `[JORS Settings]`: the service that shows the output of jobs.

use crate::config::kind::field;
use crate::config::{Case, Kind, Section, Setting};

const JORS: &Section = &Section { name: "JORS Settings", case: Case::Any };

pub(super) const SETTINGS: &[Setting] = &[
    Setting {
        section: JORS,
        key: "JORSSocket",
        kind: Kind::Port(field!(jors_socket)),
        default: "3110",
        dynamic: false,
        required: true,
        guards: false,
        in_effect: true,
        meaning: "The TCP port on which the job output service listens.",
    },
    Setting {
        section: JORS,
        key: "MaxJorsFileSize",
        kind: Kind::Number { field: field!(max_jors_file_size), min: 65_536, max: 52_428_800 },
        default: "65536",
        dynamic: false,
        required: false,
        guards: false,
        in_effect: false,
        meaning: "How many bytes of an output file are shown.",
    },
    Setting {
        section: JORS,
        key: "LogComposition",
        kind: Kind::LogComposition(field!(log_composition)),
        default: "MIX",
        dynamic: false,
        required: false,
        guards: false,
        in_effect: false,
        meaning: "Which part of a larger file is shown; MIX is half from each end.",
    },
];
