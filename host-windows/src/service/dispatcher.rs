//! A process that the Service Control Manager started.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use windows_service::service::{
    ServiceControl, ServiceControlAccept, ServiceExitCode, ServiceState, ServiceStatus, ServiceType,
};
use windows_service::service_control_handler::{self, ServiceControlHandlerResult, ServiceStatusHandle};
use windows_service::service_dispatcher;

use crate::net::Stop;

/// The work of a service: it reports its state, obeys the request to stop, and returns whether it ended
/// properly.
pub type Body = Box<dyn FnOnce(&State, &Stop) -> bool + Send>;

/// How long the Service Control Manager waits for the next report while certificates are loaded.
const LOADING: Duration = Duration::from_secs(30);
/// How long it waits while connections end.
const STOPPING: Duration = Duration::from_secs(30);
/// The exit code of a service that did not end properly; its log says more.
const REFUSED: u32 = 1;

/// The next service of this process. The Windows callback takes no context, and a process has one service.
static NEXT: Mutex<Option<(String, Body)>> = Mutex::new(None);

/// Runs `body` as the service `name`. Returns when it has stopped.
///
/// # Errors
/// If this process was not started by the Service Control Manager.
pub fn run(name: &str, body: Body) -> io::Result<()> {
    *NEXT.lock().unwrap_or_else(PoisonError::into_inner) = Some((name.to_owned(), body));
    service_dispatcher::start(name, service_main).map_err(super::control::io)
}

/// The progress of the service between start and stop, reported by the handler of requests and by the service
/// itself.
#[derive(Clone, Default)]
pub struct State(Arc<Mutex<Progress>>);

#[derive(Default)]
struct Progress {
    handle: Option<ServiceStatusHandle>,
    checkpoint: u32,
    /// Once the service is stopping, it must no longer report an earlier state.
    is_stopping: bool,
}

impl State {
    /// Reports progress in starting; the next step follows within `hint`, by default half a minute.
    pub fn starting(&self, hint: Option<Duration>) {
        let mut progress = self.progress();
        progress.checkpoint += 1;
        let status = ServiceStatus {
            checkpoint: progress.checkpoint,
            wait_hint: hint.unwrap_or(LOADING),
            // It can be stopped while it waits for the network.
            controls_accepted: STOPPABLE,
            ..status(ServiceState::StartPending)
        };
        progress.report_unless_stopping(status);
    }

    /// Reports that the service is listening.
    pub fn running(&self) {
        let status = ServiceStatus { controls_accepted: STOPPABLE, ..status(ServiceState::Running) };
        self.progress().report_unless_stopping(status);
    }

    fn stopping(&self) {
        let mut progress = self.progress();
        progress.is_stopping = true;
        progress.report(ServiceStatus { wait_hint: STOPPING, ..status(ServiceState::StopPending) });
    }

    fn stopped(&self, as_it_should: bool) {
        let exit_code =
            if as_it_should { ServiceExitCode::NO_ERROR } else { ServiceExitCode::ServiceSpecific(REFUSED) };
        self.progress().report(ServiceStatus { exit_code, ..status(ServiceState::Stopped) });
    }

    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Progress {
    fn report_unless_stopping(&self, status: ServiceStatus) {
        if !self.is_stopping {
            self.report(status);
        }
    }

    fn report(&self, status: ServiceStatus) {
        if let Some(handle) = self.handle {
            // If the Service Control Manager does not listen, it is shutting down.
            let _ = handle.set_service_status(status);
        }
    }
}

const STOPPABLE: ServiceControlAccept = ServiceControlAccept::STOP.union(ServiceControlAccept::SHUTDOWN);

/// Called by the Service Control Manager, on its own thread. Its arguments are those of `sc start`, which are
/// ignored; the service has its own arguments on its command line.
extern "system" fn service_main(_: u32, _: *mut *mut u16) {
    let Some((name, body)) = NEXT.lock().unwrap_or_else(PoisonError::into_inner).take() else { return };
    let (stop, state) = (Stop::new(), State::default());
    let (requested, stopping) = (stop.clone(), state.clone());
    let handler = move |control| match control {
        ServiceControl::Stop | ServiceControl::Shutdown => {
            stopping.stopping();
            requested.request();
            ServiceControlHandlerResult::NoError
        }
        ServiceControl::Interrogate => ServiceControlHandlerResult::NoError,
        _ => ServiceControlHandlerResult::NotImplemented,
    };
    // Without it, nothing can be reported; the Service Control Manager then gives up on the service.
    let Ok(handle) = service_control_handler::register(&name, handler) else { return };
    state.progress().handle = Some(handle);
    state.starting(None);
    let as_it_should = body(&state, &stop);
    state.stopped(as_it_should);
}

/// A status that contains only the state.
const fn status(current_state: ServiceState) -> ServiceStatus {
    ServiceStatus {
        service_type: ServiceType::OWN_PROCESS,
        current_state,
        controls_accepted: ServiceControlAccept::empty(),
        exit_code: ServiceExitCode::NO_ERROR,
        checkpoint: 0,
        wait_hint: Duration::ZERO,
        process_id: None,
    }
}
