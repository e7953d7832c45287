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

/// What a service does: it says where it is, heeds the request to stop, and gives whether it ended as it should.
pub type Body = Box<dyn FnOnce(&State, &Stop) -> bool + Send>;

/// For how long the Service Control Manager waits for the next report, while certificates are loaded.
const LOADING: Duration = Duration::from_secs(30);
/// The same while connections end.
const STOPPING: Duration = Duration::from_secs(30);
/// What the service gives as its reason when it did not end as it should; its log says more.
const REFUSED: u32 = 1;

/// What the next service of this process is. The callback of Windows takes no context, and a process has one service.
static NEXT: Mutex<Option<(String, Body)>> = Mutex::new(None);

/// Runs `body` as the service `name`. Returns when it has stopped.
///
/// # Errors
/// When this process was not started by the Service Control Manager.
pub fn run(name: &str, body: Body) -> io::Result<()> {
    *NEXT.lock().unwrap_or_else(PoisonError::into_inner) = Some((name.to_owned(), body));
    service_dispatcher::start(name, service_main).map_err(super::control::io)
}

/// Where the service is between start and stop. The handler of requests and the service itself both report it.
#[derive(Clone, Default)]
pub struct State(Arc<Mutex<Progress>>);

#[derive(Default)]
struct Progress {
    handle: Option<ServiceStatusHandle>,
    checkpoint: u32,
    /// Once it stops, nothing that was under way may be reported any more.
    is_stopping: bool,
}

impl State {
    /// Starting, and one step further; the next follows within `hint` or half a minute.
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

    /// Listening.
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
            // A Service Control Manager that does not listen is shutting down.
            let _ = handle.set_service_status(status);
        }
    }
}

const STOPPABLE: ServiceControlAccept = ServiceControlAccept::STOP.union(ServiceControlAccept::SHUTDOWN);

/// What the Service Control Manager calls, on a thread of its own. The arguments are those of `sc start`, of which there
/// are none; those of the service stand in its command line.
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
    // Without it nobody could be told anything; the Service Control Manager gives up on the service by itself.
    let Ok(handle) = service_control_handler::register(&name, handler) else { return };
    state.progress().handle = Some(handle);
    state.starting(None);
    let as_it_should = body(&state, &stop);
    state.stopped(as_it_should);
}

/// A status in which nothing but the state is of interest.
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
