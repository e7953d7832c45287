//! The services of an agent on their ports.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::thread;
use std::time::Instant;

use super::beside::Beside;
use super::connection;
use super::service::Service;
use super::shared::Shared;
use super::store_watch::StoreWatch;
use super::watch::Watch;
use super::{AgentSetup, Journal, Machine, Refusal, Role};
use crate::event::Occurrence;
use crate::link::Deadlines;
use crate::net::{Limits, Listener, Patience, Stop};

/// The listening services of an agent: one or both.
pub struct Agent {
    listeners: Vec<(Role, Listener)>,
    setup: AgentSetup,
    journal: Arc<Journal>,
}

impl Agent {
    /// Binds the services `roles` to `address`, each to its own port, and retries as `patience` permits.
    /// Returns `None` if `stop` is requested first.
    ///
    /// # Errors
    /// [`Refusal`] if one of them can't listen.
    pub fn bind(
        setup: AgentSetup,
        roles: &[Role],
        address: IpAddr,
        patience: Patience,
        journal: Arc<Journal>,
        stop: &Stop,
    ) -> Result<Option<Self>, Refusal> {
        let mut listeners = Vec::new();
        for role in roles {
            match listen(&setup, *role, address, patience, &journal, stop)? {
                Some(listener) => listeners.push((*role, listener)),
                None => return Ok(None),
            }
        }
        Ok(Some(Self { listeners, setup, journal }))
    }

    /// The address of a service, if it is one of this agent's.
    pub fn address(&self, role: Role) -> Option<SocketAddr> {
        let mut listeners = self.listeners.iter();
        listeners.find(|listener| listener.0 == role).map(|(_, listener)| listener.address())
    }

    /// Serves connections until `stop` is requested.
    ///
    /// # Errors
    /// If the system can't wait for connections at all; a stop is then requested, so that neither service
    /// runs without the other.
    pub fn run(self, deadlines: Deadlines, limits: Limits, stop: &Stop) -> io::Result<()> {
        let Self { listeners, setup, journal } = self;
        let watch = Watch::new(setup.file.clone(), journal.log());
        let now = Instant::now();
        let file = setup.file.clone();
        let store_watch = setup.tls.as_ref().map(|current| StoreWatch::new(file, current, now));
        let protocol = match setup.tls.as_ref().map(|current| current.get().clients.is_some()) {
            None => "no TLS (UseSecureSocket is FALSE)",
            Some(false) => "TLS 1.2",
            Some(true) => "TLS 1.2 and client validation",
        };
        let shared = Arc::new(Shared { setup, machine: Machine::read(), deadlines, journal });
        for (role, listener) in &listeners {
            let name = shared.setup.name(*role);
            shared
                .journal
                .log_of(*role)
                .information(format_args!("{name} listens on {} with {protocol}", listener.address()));
            shared.journal.events().report(Occurrence::ServiceStart(&name));
        }
        let beside = look_after(&shared, watch, store_watch, stop);
        let roles: Vec<_> = listeners.iter().map(|(role, _)| *role).collect();
        let result = thread::scope(|scope| {
            let services: Vec<_> = listeners
                .into_iter()
                .map(|(role, listener)| {
                    let service = Service::new(&shared, role);
                    let thread = thread::Builder::new().name(role.to_string());
                    let spawned = thread.spawn_scoped(scope, move || serve(service, listener, limits, stop));
                    spawned.inspect_err(|_| stop.request())
                })
                .collect();
            let ended = services.into_iter().map(|service| {
                service?.join().unwrap_or_else(|_| Err(io::Error::other("an error in the agent itself")))
            });
            // Waits for every service, even if an earlier one failed.
            ended.fold(Ok(()), Result::and)
        });
        stop.request();
        let deadline = stop.requested_at().unwrap_or(now) + limits.drain;
        for beside in beside.iter().filter(|beside| !beside.has_ended_by(deadline)) {
            let log = shared.journal.log();
            log.warning(format_args!("reading the {} did not end in time and is left alone", beside.name()));
        }
        // Flushed after everything else has written its last line, because this may archive a full log.
        shared.journal.flush();
        for role in roles {
            let name = shared.setup.name(role);
            shared.journal.log_of(role).information(format_args!("{name} has stopped"));
            shared.journal.events().report(Occurrence::ServiceStop(&name));
        }
        result
    }
}

/// Starts the threads that watch the configuration and the certificate store while the services run.
fn look_after(
    shared: &Arc<Shared>,
    watch: Watch,
    store_watch: Option<StoreWatch>,
    stop: &Stop,
) -> Vec<Beside> {
    let log = shared.journal.log();
    let mut beside = Vec::new();
    let (watched, requested) = (Arc::downgrade(shared), stop.clone());
    match Beside::start("configuration", move || watch.run(&watched, &requested)) {
        Ok(started) => beside.push(started),
        Err(error) => log.warning(format_args!(
            "changes of the configuration will not be noticed, and logs not be archived at midnight: {error}"
        )),
    }
    if let Some(store_watch) = store_watch {
        let (watched, requested) = (Arc::downgrade(shared), stop.clone());
        match Beside::start("certificate store", move || store_watch.run(&watched, &requested)) {
            Ok(started) => beside.push(started),
            Err(error) => {
                log.warning(format_args!("changes of the certificate store will not be noticed: {error}"))
            }
        }
    }
    beside
}

/// Runs one service until it ends.
fn serve(service: Service, listener: Listener, limits: Limits, stop: &Stop) -> io::Result<()> {
    let (shared, role) = (Arc::clone(&service.shared), service.role);
    let log = shared.journal.log_of(role);
    // Without TLS, a client has nothing to send before its first request.
    let Deadlines { handshake, idle, .. } = shared.deadlines;
    let first_byte = if shared.setup.tls.is_some() { handshake } else { idle };
    let result = listener.run(
        |address| shared.setup.dynamic.allows(address),
        limits,
        first_byte,
        stop,
        log,
        move |stream, peer, place| connection::serve(&service, stream, peer, place),
    );
    if result.is_err() {
        stop.request();
    }
    result
}

fn listen(
    setup: &AgentSetup,
    role: Role,
    address: IpAddr,
    patience: Patience,
    journal: &Journal,
    stop: &Stop,
) -> Result<Option<Listener>, Refusal> {
    let (port, place) = setup.port(role);
    let address = SocketAddr::new(address, port);
    let (_, key) = role.port_setting();
    let log = journal.log_of(role);
    let mut told = false;
    let bound = Listener::bind_with(address, patience, stop, |error, left| {
        let text = format!(
            "{place}: {role} can't listen on {address} yet: {error}; it tries for {} s more",
            left.as_secs()
        );
        if told {
            log.detail(text);
        } else {
            log.warning(text);
        }
        told = true;
    });
    bound.map_err(|error| {
        Refusal::new(format!("{place}: {role} can't listen on {address}: {error}."), listen_cure(&error, key))
    })
}

/// What to do if the agent can't listen on the port in the setting `key`.
pub(crate) fn listen_cure(error: &io::Error, key: &str) -> String {
    match error.kind() {
        io::ErrorKind::AddrInUse => format!(
            "Stop the program that holds the port (another instance of the agent?), or set {key} to a free \
             port here and at the scheduling server."
        ),
        io::ErrorKind::PermissionDenied if cfg!(windows) => format!(
            "Another program holds the port for itself alone, or Windows keeps it (`netsh int ipv4 show \
             excludedportrange tcp` shows which): stop that program, or set {key} to another port here and \
             at the scheduling server."
        ),
        io::ErrorKind::PermissionDenied => {
            format!("Set {key} to a port from 1024 on, or give the agent's account the right to it.")
        }
        _ => "See that this machine has the address, and start the agent again.".to_owned(),
    }
}
