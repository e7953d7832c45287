//! Commands for the services: install, start, stop, and show their state.

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use windows_service::service::{
    Service, ServiceAccess, ServiceAction, ServiceActionType, ServiceDependency, ServiceErrorControl,
    ServiceExitCode, ServiceFailureActions, ServiceFailureResetPeriod, ServiceInfo, ServiceStartType,
    ServiceState, ServiceStatus, ServiceType,
};
use windows_service::service_manager::{ServiceManager, ServiceManagerAccess};

use super::{Names, Status};
use crate::event;
use crate::failed::Failed;

/// A command for a service.
#[derive(Clone, Debug)]
pub enum Command<'a> {
    /// Register it so that it is started with `executable` and `arguments`, or update a registered one.
    Install {
        /// The program.
        executable: &'a Path,
        /// The rest of the command line.
        arguments: Vec<OsString>,
    },
    /// Stop it and unregister it.
    Uninstall,
    /// Start it and wait until it runs.
    Start,
    /// Stop it and wait until it has stopped.
    Stop,
    /// Stop it if it runs, and start it.
    Restart,
    /// Report its state.
    Status,
}

/// The longest time that a service may take to start or stop: the network has two minutes to come up.
const PATIENCE: Duration = Duration::from_secs(160);

/// Executes `command` for the service with these names, and reports the result.
///
/// # Errors
/// [`Failed`], with what an administrator can do about it.
pub fn control(names: &Names, command: Command<'_>, out: &mut impl Write) -> Result<(), Failed> {
    let said = |what: &str| format!("{} ({}) {what}", names.display, names.short);
    match command {
        Command::Install { executable, arguments } => {
            let warnings = install(names, executable, arguments).map_err(failed(names))?;
            writeln!(out, "{}", said("is installed"))?;
            for warning in warnings {
                writeln!(out, "  warning: {warning}")?;
            }
        }
        Command::Uninstall => {
            let Some(service) = find(names, ServiceAccess::DELETE | STOPPING).map_err(failed(names))? else {
                // Another program may have left it behind.
                event::unregister(&names.short).map_err(failed(names))?;
                writeln!(out, "{}", said("is not installed"))?;
                return Ok(());
            };
            stop(names, &service)?;
            service.delete().map_err(io).map_err(failed(names))?;
            event::unregister(&names.short).map_err(failed(names))?;
            writeln!(out, "{}", said("is uninstalled"))?;
        }
        Command::Start => {
            start(names, &open(names, ServiceAccess::START | ServiceAccess::QUERY_STATUS)?)?;
            writeln!(out, "{}", said("is running"))?;
        }
        Command::Stop => {
            stop(names, &open(names, STOPPING)?)?;
            writeln!(out, "{}", said("is stopped"))?;
        }
        Command::Restart => {
            let service = open(names, ServiceAccess::START | STOPPING)?;
            stop(names, &service)?;
            start(names, &service)?;
            writeln!(out, "{}", said("is running again"))?;
        }
        Command::Status => {
            let service = open(names, ServiceAccess::QUERY_STATUS)?;
            let status = service.query_status().map_err(io).map_err(failed(names))?;
            writeln!(out, "{}", said(&in_words(&status)))?;
        }
    }
    Ok(())
}

/// The status of the service with these names; `None` if it is not installed.
///
/// # Errors
/// [`Failed`], with what an administrator can do about it.
pub fn status(names: &Names) -> Result<Option<Status>, Failed> {
    let access = ServiceAccess::QUERY_STATUS | ServiceAccess::QUERY_CONFIG;
    let Some(service) = find(names, access).map_err(failed(names))? else { return Ok(None) };
    let status = service.query_status().map_err(io).map_err(failed(names))?;
    let start_type = service.query_config().map_err(io).map_err(failed(names))?.start_type;
    Ok(Some(Status {
        state: in_words(&status),
        is_running: status.current_state == ServiceState::Running,
        has_refused: matches!(status.exit_code, ServiceExitCode::ServiceSpecific(_)),
        is_automatic: start_type == ServiceStartType::AutoStart,
        is_disabled: start_type == ServiceStartType::Disabled,
    }))
}

const STOPPING: ServiceAccess = ServiceAccess::STOP.union(ServiceAccess::QUERY_STATUS);

fn install(names: &Names, executable: &Path, launch_arguments: Vec<OsString>) -> io::Result<Vec<String>> {
    let manager = ServiceManager::local_computer(
        None::<&str>,
        ServiceManagerAccess::CONNECT | ServiceManagerAccess::CREATE_SERVICE,
    )
    .map_err(io)?;
    let info = ServiceInfo {
        name: names.short.clone().into(),
        display_name: names.display.clone().into(),
        service_type: ServiceType::OWN_PROCESS,
        start_type: ServiceStartType::AutoStart,
        error_control: ServiceErrorControl::Normal,
        executable_path: executable.to_owned(),
        launch_arguments,
        dependencies: vec![ServiceDependency::Service("Tcpip".into())],
        // LocalSystem, which may use the machine's private keys.
        account_name: None,
        account_password: None,
    };
    let access = ServiceAccess::CHANGE_CONFIG | ServiceAccess::START | ServiceAccess::QUERY_STATUS;
    let service = match manager.create_service(&info, access).map_err(io) {
        Err(error) if error.raw_os_error() == Some(ERROR_SERVICE_EXISTS) => {
            let service = manager.open_service(&names.short, access).map_err(io)?;
            service.change_config(&info).map_err(io)?;
            service
        }
        created => created?,
    };
    event::register(&names.short, executable)?;

    // A crash is followed by a restart. A refusal to start is not, because an administrator must act first.
    let restart = ServiceAction { action_type: ServiceActionType::Restart, delay: Duration::from_secs(60) };
    let recovery = ServiceFailureActions {
        reset_period: ServiceFailureResetPeriod::After(Duration::from_secs(24 * 60 * 60)),
        reboot_msg: None,
        command: None,
        actions: Some(vec![restart; 3]),
    };
    // The service works without these, but less conveniently.
    let comforts = [
        ("a description", service.set_description(names.description())),
        ("a delayed start after that of the machine", service.set_delayed_auto_start(true)),
        ("a restart after a crash", service.update_failure_actions(recovery)),
    ];
    let refused = comforts.into_iter().filter_map(|(what, set)| Some((what, io(set.err()?))));
    Ok(refused.map(|(what, error)| format!("this Windows does not give it {what}: {error}")).collect())
}

/// The service, if it is installed.
fn find(names: &Names, access: ServiceAccess) -> io::Result<Option<Service>> {
    let manager = ServiceManager::local_computer(None::<&str>, ServiceManagerAccess::CONNECT);
    match manager.and_then(|manager| manager.open_service(&names.short, access)).map_err(io) {
        Err(error) if error.raw_os_error() == Some(ERROR_SERVICE_DOES_NOT_EXIST) => Ok(None),
        service => service.map(Some),
    }
}

fn open(names: &Names, access: ServiceAccess) -> Result<Service, Failed> {
    let missing = || io::Error::from_raw_os_error(ERROR_SERVICE_DOES_NOT_EXIST);
    find(names, access).and_then(|service| service.ok_or_else(missing)).map_err(failed(names))
}

fn start(names: &Names, service: &Service) -> Result<(), Failed> {
    match service.start::<&str>(&[]).map_err(io) {
        Err(error) if error.raw_os_error() == Some(ERROR_SERVICE_ALREADY_RUNNING) => {}
        started => started.map_err(failed(names))?,
    }
    let status = wait_for(names, service, ServiceState::StartPending)?;
    if status.current_state == ServiceState::Running {
        return Ok(());
    }
    Err(Failed(format!(
        "{} did not start: it is {}. Its log file says why (in the folder Log beside MSLSAM.ini, or that of \
         --log-dir), and so does the Application log of Windows if LogCriticalErrorsAsEvents is ON.",
        names.display,
        in_words(&status)
    )))
}

fn stop(names: &Names, service: &Service) -> Result<(), Failed> {
    match service.stop().map_err(io) {
        Err(error) if error.raw_os_error() == Some(ERROR_SERVICE_NOT_ACTIVE) => return Ok(()),
        // It had already been asked to stop.
        Err(error) if error.raw_os_error() == Some(ERROR_SERVICE_CANNOT_ACCEPT_CTRL) => {}
        requested => {
            requested.map_err(failed(names))?;
        }
    }
    let status = wait_for(names, service, ServiceState::StopPending)?;
    if status.current_state == ServiceState::Stopped {
        return Ok(());
    }
    Err(Failed(format!("{} did not stop: it is {}", names.display, in_words(&status))))
}

/// Waits as long as the service is in the state `pending`.
fn wait_for(names: &Names, service: &Service, pending: ServiceState) -> Result<ServiceStatus, Failed> {
    let begun = Instant::now();
    // After a request to stop, a service may still report for a moment that it runs or starts.
    let asked_to_stop = pending == ServiceState::StopPending;
    let before = [ServiceState::Running, ServiceState::StartPending];
    loop {
        let status = service.query_status().map_err(io).map_err(failed(names))?;
        let waits =
            status.current_state == pending || (asked_to_stop && before.contains(&status.current_state));
        if !waits || begun.elapsed() > PATIENCE {
            return Ok(status);
        }
        thread::sleep(Duration::from_millis(100));
    }
}

fn in_words(status: &ServiceStatus) -> String {
    let state = match status.current_state {
        ServiceState::Stopped => "stopped",
        ServiceState::StartPending => "starting",
        ServiceState::StopPending => "stopping",
        ServiceState::Running => "running",
        ServiceState::ContinuePending | ServiceState::PausePending | ServiceState::Paused => "paused",
    };
    match (status.exit_code, status.process_id) {
        (ServiceExitCode::ServiceSpecific(_), _) => {
            format!("{state}, because it refused to start or to go on")
        }
        (ServiceExitCode::Win32(0 | ERROR_SERVICE_NEVER_STARTED), None) => state.to_owned(),
        (ServiceExitCode::Win32(0), Some(process)) => format!("{state}, process {process}"),
        (ServiceExitCode::Win32(code), _) => {
            format!("{state}, error {code}: {}", io::Error::from_raw_os_error(code.cast_signed()))
        }
    }
}

/// An error of the Service Control Manager as a system error.
pub(super) fn io(error: windows_service::Error) -> io::Error {
    match error {
        windows_service::Error::Winapi(error) => error,
        other => io::Error::new(io::ErrorKind::InvalidInput, other),
    }
}

const ERROR_SERVICE_ALREADY_RUNNING: i32 = 1056;
const ERROR_SERVICE_DOES_NOT_EXIST: i32 = 1060;
const ERROR_SERVICE_CANNOT_ACCEPT_CTRL: i32 = 1061;
const ERROR_SERVICE_NOT_ACTIVE: i32 = 1062;
const ERROR_SERVICE_EXISTS: i32 = 1073;
const ERROR_SERVICE_NEVER_STARTED: u32 = 1077;

/// An error worded so that it says what to do (Microsoft: System Error Codes).
fn failed(names: &Names) -> impl Fn(io::Error) -> Failed {
    move |error| {
        let cure = match error.raw_os_error() {
            Some(5) => "; start this console as administrator",
            Some(1053) => "; its process did not answer: is another lsam.exe in its place?",
            Some(1058) => "; it is disabled: set its start type to automatic or manual",
            Some(ERROR_SERVICE_DOES_NOT_EXIST) => "; install it with `lsam service install`",
            Some(1072) => "; it is being removed: close the consoles that show services, and try again",
            Some(1078) => "; another service has the same DisplayServiceName",
            _ => "",
        };
        Failed(format!("{} ({}): {error}{cure}", names.display, names.short))
    }
}
