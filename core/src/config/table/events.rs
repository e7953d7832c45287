//! Events for the Windows Event Log: one section per event, with text and type.

use crate::config::kind::field;
use crate::config::{Case, EventType, Field, Kind, Section, Setting};
use crate::ini::Text;

const SERVICE_START: &Section = &Section { name: "Service Start", case: Case::Any };
const SERVICE_STOP: &Section = &Section { name: "Service Stop", case: Case::Any };
const JOB_START: &Section = &Section { name: "Job Start", case: Case::Any };
const JOB_FINISHED_OK: &Section = &Section { name: "Job Finished OK", case: Case::Any };
const JOB_PRERUN_FAILED: &Section = &Section { name: "Job Prerun Failed", case: Case::Any };
const JOB_INITIALIZATION_ERROR: &Section = &Section { name: "Job Initialization Error", case: Case::Any };
const JOB_ERRORED: &Section = &Section { name: "Job Errored", case: Case::Any };
const NO_ACCESS: &Section = &Section { name: "No Access To ECOF Directory", case: Case::Any };

pub(super) const SETTINGS: &[Setting] = &[
    message(
        SERVICE_START,
        field!(service_start.message),
        "$SERVICENAME started.",
        "The text of the event that says that the service has started; $SERVICENAME stands for its name.",
    ),
    event_type(SERVICE_START, field!(service_start.event_type)),
    message(
        SERVICE_STOP,
        field!(service_stop.message),
        "$SERVICENAME stopped.",
        "The text of the event that says that the service has stopped; $SERVICENAME stands for its name.",
    ),
    event_type(SERVICE_STOP, field!(service_stop.event_type)),
    message(
        JOB_START,
        field!(job_start.message),
        "NULL",
        "The text of the event that says that a job has started; $JOBNAME stands for its name.",
    ),
    event_type(JOB_START, field!(job_start.event_type)),
    message(
        JOB_FINISHED_OK,
        field!(job_finished_ok.message),
        "NULL",
        "The text of the event that says that a job has succeeded; $JOBNAME stands for its name.",
    ),
    event_type(JOB_FINISHED_OK, field!(job_finished_ok.event_type)),
    message(
        JOB_PRERUN_FAILED,
        field!(job_prerun_failed.message),
        "NULL",
        "The text of the event that says that the prerun of a job has failed; $JOBNAME stands for its name.",
    ),
    event_type(JOB_PRERUN_FAILED, field!(job_prerun_failed.event_type)),
    message(
        JOB_INITIALIZATION_ERROR,
        field!(job_initialization_error.message),
        "NULL",
        "The text of the event that says that a job could not be started; $JOBNAME stands for its name.",
    ),
    event_type(JOB_INITIALIZATION_ERROR, field!(job_initialization_error.event_type)),
    message(
        JOB_ERRORED,
        field!(job_errored.message),
        "NULL",
        "The text of the event that says that a job has ended with an error; $JOBNAME stands for its name.",
    ),
    event_type(JOB_ERRORED, field!(job_errored.event_type)),
    message(
        NO_ACCESS,
        field!(no_access_to_ecof_directory.message),
        "The DefaultECOFDirectory is not valid or this service lacks read/write access to it.",
        "The text of the event that says that the directory of exit code override files can't be used.",
    ),
    event_type(NO_ACCESS, field!(no_access_to_ecof_directory.event_type)),
];

const fn message(
    section: &'static Section,
    field: Field<Option<Text<'static>>>,
    default: &'static str,
    meaning: &'static str,
) -> Setting {
    let kind = Kind::EventMessage(field);
    Setting {
        section,
        key: "Msg",
        kind,
        default,
        dynamic: true,
        required: false,
        guards: false,
        in_effect: is_reported(section),
        meaning,
    }
}

const fn event_type(section: &'static Section, field: Field<EventType>) -> Setting {
    Setting {
        section,
        key: "Type",
        kind: Kind::EventType(field),
        default: "4",
        dynamic: true,
        required: false,
        guards: false,
        in_effect: is_reported(section),
        meaning: "The type of this event.",
    }
}

/// Whether the event is reported. Jobs are not started yet.
const fn is_reported(section: &Section) -> bool {
    !matches!(section.name.as_bytes(), [b'J', b'o', b'b', b' ', ..])
}
