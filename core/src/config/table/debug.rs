//! `[Debug Options]`: logs and traces.

use crate::config::kind::field;
use crate::config::{Case, Kind, Section, Setting};

const DEBUG: &Section = &Section { name: "Debug Options", case: Case::Upper };

pub(super) const SETTINGS: &[Setting] = &[
    Setting {
        section: DEBUG,
        key: "ArchiveDaysToKeep",
        kind: Kind::Number { field: field!(archive_days_to_keep), min: 0, max: 36_500 },
        default: "10",
        dynamic: true,
        required: false,
        guards: false,
        in_effect: true,
        meaning: "For how many days archived logs and the output of jobs are kept.",
    },
    Setting {
        section: DEBUG,
        key: "MaximumLogFileSize",
        kind: Kind::Number { field: field!(maximum_log_file_size), min: 1, max: 2_147_483_647 },
        default: "150000",
        dynamic: true,
        required: false,
        guards: false,
        in_effect: true,
        meaning: "The size in bytes at which a log is archived and a new one begins.",
    },
    Setting {
        section: DEBUG,
        key: "TraceLevel",
        kind: Kind::Number { field: field!(trace_level), min: 0, max: 1 },
        default: "0",
        dynamic: true,
        required: false,
        guards: false,
        in_effect: true,
        meaning: "How detailed MSLSAM.log is: 1 is more detailed than 0.",
    },
    Setting {
        section: DEBUG,
        key: "TraceSAMMessages",
        kind: Kind::Switch(field!(trace_sam_messages)),
        default: "ON",
        dynamic: true,
        required: false,
        guards: false,
        in_effect: true,
        meaning: "Whether the messages of the scheduling server are traced in MSLSAMTrace.log.",
    },
    Setting {
        section: DEBUG,
        key: "DumpJobDetails",
        kind: Kind::Switch(field!(dump_job_details)),
        default: "OFF",
        dynamic: true,
        required: false,
        guards: false,
        in_effect: false,
        meaning: "Whether the log shows the details of a job each time its status changes.",
    },
    Setting {
        section: DEBUG,
        key: "LogCriticalErrorsAsEvents",
        kind: Kind::Switch(field!(log_critical_errors_as_events)),
        default: "OFF",
        dynamic: true,
        required: false,
        guards: false,
        in_effect: true,
        meaning: "Whether critical errors go to the Windows Event Log too.",
    },
];
