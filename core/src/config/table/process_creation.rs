//! `[Process Creation Parameters]`: how jobs are started.

use crate::config::kind::field;
use crate::config::{Case, Kind, Section, Setting};

const PROCESS_CREATION: &Section = &Section { name: "Process Creation Parameters", case: Case::Upper };

pub(super) const SETTINGS: &[Setting] = &[
    Setting {
        section: PROCESS_CREATION,
        key: "WindowState",
        kind: Kind::WindowState(field!(window_state)),
        default: "HIDE",
        dynamic: true,
        required: false,
        guards: false,
        in_effect: false,
        meaning: "How the windows of jobs appear.",
    },
    Setting {
        section: PROCESS_CREATION,
        key: "FailJobWithMissingECOF",
        kind: Kind::Boolean(field!(fail_job_with_missing_ecof)),
        default: "FALSE",
        dynamic: true,
        required: false,
        guards: false,
        in_effect: false,
        meaning: "Whether a job fails when its exit code override file is missing.",
    },
    Setting {
        section: PROCESS_CREATION,
        key: "CaptureJobOutput",
        kind: Kind::Boolean(field!(capture_job_output)),
        default: "TRUE",
        dynamic: true,
        required: false,
        guards: false,
        in_effect: false,
        meaning: "Whether the output of each job is kept, so that JORS can show it.",
    },
];
