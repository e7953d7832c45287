//! A process that the Service Control Manager started.

use std::io;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
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

/// Where the service is between start and stop.
pub struct State {
    handle: Arc<OnceLock<ServiceStatusHandle>>,
    checkpoint: Mutex<u32>,
}

impl State {
    /// Starting, and one step further; the next follows within `hint` or half a minute.
    pub fn starting(&self, hint: Option<Duration>) {
        let mut checkpoint = self.checkpoint.lock().unwrap_or_else(PoisonError::into_inner);
        *checkpoint += 1;
        let status = ServiceStatus {
            checkpoint: *checkpoint,
            wait_hint: hint.unwrap_or(LOADING),
            // It can be stopped while it waits for the network.
            controls_accepted: ServiceControlAccept::STOP | ServiceControlAccept::SHUTDOWN,
            ..status(ServiceState::StartPending)
        };
        report(&self.handle, status);
    }

    /// Listening.
    pub fn running(&self) {
        let status = ServiceStatus {
            controls_accepted: ServiceControlAccept::STOP | ServiceControlAccept::SHUTDOWN,
            ..status(ServiceState::Running)
        };
        report(&self.handle, status);
    }

    fn stopped(&self, as_it_should: bool) {
        let exit_code =
            if as_it_should { ServiceExitCode::NO_ERROR } else { ServiceExitCode::ServiceSpecific(REFUSED) };
        report(&self.handle, ServiceStatus { exit_code, ..status(ServiceState::Stopped) });
    }
}

/// What the Service Control Manager calls, on a thread of its own. The arguments are those of `sc start`, of which there
/// are none; those of the service stand in its command line.
extern "system" fn service_main(_: u32, _: *mut *mut u16) {
    let Some((name, body)) = NEXT.lock().unwrap_or_else(PoisonError::into_inner).take() else { return };
    let (stop, handle) = (Stop::new(), Arc::new(OnceLock::new()));
    let (requested, reports) = (stop.clone(), Arc::clone(&handle));
    let handler = move |control| match control {
        ServiceControl::Stop | ServiceControl::Shutdown => {
            report(&reports, ServiceStatus { wait_hint: STOPPING, ..status(ServiceState::StopPending) });
            requested.request();
            ServiceControlHandlerResult::NoError
        }
        ServiceControl::Interrogate => ServiceControlHandlerResult::NoError,
        _ => ServiceControlHandlerResult::NotImplemented,
    };
    // Without it nobody could be told anything; the Service Control Manager gives up on the service by itself.
    let Ok(registered) = service_control_handler::register(&name, handler) else { return };
    let registered = *handle.get_or_init(|| registered);
    let state = State { handle: Arc::new(OnceLock::from(registered)), checkpoint: Mutex::new(0) };
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

fn report(handle: &OnceLock<ServiceStatusHandle>, status: ServiceStatus) {
    if let Some(handle) = handle.get() {
        // A Service Control Manager that does not listen is shutting down.
        let _ = handle.set_service_status(status);
    }
}
