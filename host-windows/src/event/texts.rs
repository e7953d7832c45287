//! The texts of events, from MSLSAM.ini.

use lsam_core::config::{EventSetting, EventType, Settings};

use super::Occurrence;

/// The settings for events.
pub(super) struct Texts {
    service_start: Template,
    service_stop: Template,
    job_start: Template,
    job_finished_ok: Template,
    job_prerun_failed: Template,
    job_initialization_error: Template,
    job_errored: Template,
    no_access_to_ecof_directory: Template,
    /// LogCriticalErrorsAsEvents.
    pub(super) critical_errors: bool,
}

impl Texts {
    pub(super) fn of(settings: &Settings<'_>) -> Self {
        Self {
            service_start: Template::of(&settings.service_start),
            service_stop: Template::of(&settings.service_stop),
            job_start: Template::of(&settings.job_start),
            job_finished_ok: Template::of(&settings.job_finished_ok),
            job_prerun_failed: Template::of(&settings.job_prerun_failed),
            job_initialization_error: Template::of(&settings.job_initialization_error),
            job_errored: Template::of(&settings.job_errored),
            no_access_to_ecof_directory: Template::of(&settings.no_access_to_ecof_directory),
            critical_errors: settings.log_critical_errors_as_events,
        }
    }

    /// The event for `occurrence`, unless it is disabled.
    pub(super) fn event(&self, occurrence: Occurrence<'_>) -> Option<(EventType, String)> {
        const SERVICE: &str = "$SERVICENAME";
        const JOB: &str = "$JOBNAME";
        let (template, token, name) = match occurrence {
            Occurrence::ServiceStart(name) => (&self.service_start, SERVICE, name),
            Occurrence::ServiceStop(name) => (&self.service_stop, SERVICE, name),
            Occurrence::JobStart(name) => (&self.job_start, JOB, name),
            Occurrence::JobFinishedOk(name) => (&self.job_finished_ok, JOB, name),
            Occurrence::JobPrerunFailed(name) => (&self.job_prerun_failed, JOB, name),
            Occurrence::JobInitializationError(name) => (&self.job_initialization_error, JOB, name),
            Occurrence::JobErrored(name) => (&self.job_errored, JOB, name),
            Occurrence::NoAccessToEcofDirectory => {
                let template = &self.no_access_to_ecof_directory;
                return Some((template.event_type, template.message.clone()?));
            }
        };
        Some((template.event_type, template.message.as_ref()?.replace(token, name)))
    }
}

/// A text that still contains its token.
struct Template {
    message: Option<String>,
    event_type: EventType,
}

impl Template {
    fn of(event: &EventSetting<'_>) -> Self {
        Self { message: event.message.map(|text| text.to_string()), event_type: event.event_type }
    }
}
