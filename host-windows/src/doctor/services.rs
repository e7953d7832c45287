//! The two services at the Service Control Manager.

use super::case::{Case, settings};
use super::{Notes, Skipped};
use crate::agent::Role;
use crate::service::{Names, Status, status};

/// Both are installed, start with the machine, and run.
pub(super) fn run(case: &mut Case<'_>, notes: &mut Notes) -> Result<(), Skipped> {
    let file = case.file()?;
    let settings = settings(&file)?.settings;
    for role in Role::ALL {
        let names = Names::new(role, &settings);
        let said = |what: &str| format!("{} ({}) {what}", names.display, names.short);
        match status(&names) {
            Err(failed) => notes.warning(failed, "Start this console as administrator."),
            Ok(None) => notes.warning(said("is not installed"), INSTALL),
            Ok(Some(Status { is_disabled: true, state, .. })) => {
                notes.failure(said(&format!("is disabled; it is {state}")), ENABLE);
            }
            Ok(Some(Status { has_refused: true, state, .. })) => {
                notes.failure(said(&format!("is {state}")), REFUSED);
            }
            Ok(Some(Status { is_running: false, state, .. })) => {
                notes.warning(said(&format!("is {state}")), START)
            }
            Ok(Some(Status { is_automatic: false, state, .. })) => {
                notes.warning(said(&format!("is {state}, but does not start with the machine")), ENABLE);
            }
            Ok(Some(Status { state, .. })) => {
                notes.ok(said(&format!("is {state}, and starts with the machine")));
            }
        }
    }
    Ok(())
}

const INSTALL: &str = "Install both services with `lsam service install --config FILE`, and start them with `lsam service start --config FILE`.";
const START: &str = "Start it with `lsam service start --config FILE`, or in the console of services.";
const ENABLE: &str = "Set its start type to automatic in the console of services (services.msc), and start it with `lsam service start`.";
const REFUSED: &str = "Mend what the other lines of this report name; MSLSAM.log says what kept it from starting. Then start \
    it with `lsam service start --config FILE`.";
