//! The two services in the Service Control Manager.

use super::Verdict;
#[cfg(windows)]
use super::case::{Case, settings};
#[cfg(windows)]
use super::{Notes, Skipped};
use crate::failed::Failed;
use crate::service::{Names, Status};

/// Both are installed, start with the machine, and run.
#[cfg(windows)]
pub(super) fn run(case: &mut Case<'_>, notes: &mut Notes) -> Result<(), Skipped> {
    let file = case.file()?;
    let settings = settings(&file)?.settings;
    for role in crate::agent::Role::ALL {
        let names = Names::new(role, &settings);
        match finding(&names, crate::service::status(&names)) {
            (Verdict::Failure, text, cure) => notes.failure(text, cure),
            (Verdict::Warning, text, cure) => notes.warning(text, cure),
            (Verdict::Ok | Verdict::Skipped, text, _) => notes.ok(text),
        }
    }
    Ok(())
}

/// The finding about a service, and its cure.
fn finding(names: &Names, status: Result<Option<Status>, Failed>) -> (Verdict, String, &'static str) {
    let said = |what: &str| format!("{} ({}) {what}", names.display, names.short);
    let status = match status {
        Err(failed) => return (Verdict::Warning, failed.to_string(), RIGHTS),
        Ok(None) => return (Verdict::Warning, said("is not installed"), INSTALL),
        Ok(Some(status)) => status,
    };
    let is = said(&format!("is {}", status.state));
    if status.is_disabled {
        (Verdict::Failure, said(&format!("is disabled; it is {}", status.state)), ENABLE)
    } else if status.has_refused {
        (Verdict::Failure, is, REFUSED)
    } else if !status.is_running {
        (Verdict::Warning, is, START)
    } else if !status.is_automatic {
        (Verdict::Warning, format!("{is}, but does not start with the machine"), ENABLE)
    } else {
        (Verdict::Ok, format!("{is}, and starts with the machine"), "")
    }
}

const RIGHTS: &str = "Start this console as administrator.";
const INSTALL: &str = "Install both services with `lsam service install --config FILE`, and start them with \
                       `lsam service start --config FILE`.";
const START: &str = "Start it with `lsam service start --config FILE`, or in the console of services.";
const ENABLE: &str = "Set its start type to automatic in the console of services (services.msc), and start \
                      it with `lsam service start`.";
const REFUSED: &str = "Mend what the other lines of this report name; MSLSAM.log says what kept it from \
                       starting. Then start it with `lsam service start --config FILE`.";

#[cfg(test)]
mod tests {
    use lsam_core::config::Settings;

    use super::*;
    use crate::agent::Role;

    #[test]
    fn each_state_of_a_service_has_its_verdict_and_its_cure() {
        let names = Names::new(Role::Jors, &Settings::default());
        let well = Status {
            state: "running, process 7".to_owned(),
            is_running: true,
            has_refused: false,
            is_automatic: true,
            is_disabled: false,
        };
        let stopped = Status { state: "stopped".to_owned(), is_running: false, ..well.clone() };
        let refused = Status {
            state: "stopped, because it refused to start or to go on".to_owned(),
            has_refused: true,
            ..stopped.clone()
        };
        let name = "SMA OpCon JORS for Microsoft (SMA_MSJORSNET)";
        for (status, verdict, text, cure) in [
            (Ok(Some(well.clone())), Verdict::Ok, "is running, process 7, and starts with the machine", ""),
            (
                Ok(Some(Status { is_automatic: false, ..well.clone() })),
                Verdict::Warning,
                "is running, process 7, but does not start with the machine",
                ENABLE,
            ),
            (Ok(Some(stopped.clone())), Verdict::Warning, "is stopped", START),
            (
                Ok(Some(refused.clone())),
                Verdict::Failure,
                "is stopped, because it refused to start or to go on",
                REFUSED,
            ),
            (
                Ok(Some(Status { is_disabled: true, is_automatic: false, ..stopped })),
                Verdict::Failure,
                "is disabled; it is stopped",
                ENABLE,
            ),
            (Ok(None), Verdict::Warning, "is not installed", INSTALL),
        ] {
            assert_eq!(finding(&names, status), (verdict, format!("{name} {text}"), cure));
        }
        let denied = finding(&names, Err(Failed("denied".to_owned())));
        assert_eq!(denied, (Verdict::Warning, "denied".to_owned(), RIGHTS));
    }
}
