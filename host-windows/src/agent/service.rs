//! The agent at its port.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::thread;

use super::connection::Service;
use super::watch::Watch;
use super::{Machine, Preparation, Refusal, Secured};
use crate::link::Deadlines;
use crate::log::Log;
use crate::net::{Limits, Listener, Stop};

/// An agent that listens.
pub struct Agent {
    listener: Listener,
    preparation: Preparation,
    log: Log,
}

impl Agent {
    /// Listens on `address` with the port of SocketNumberToSAM.
    ///
    /// # Errors
    /// [`Refusal`] when it can't.
    pub fn bind(preparation: Preparation, address: IpAddr, log: Log) -> Result<Self, Refusal> {
        let address = SocketAddr::new(address, preparation.socket);
        match Listener::bind(address) {
            Ok(listener) => Ok(Self { listener, preparation, log }),
            Err(error) => {
                let cure = match error.kind() {
                    io::ErrorKind::AddrInUse => {
                        "Stop the program that holds the port (another instance of the agent?), or set \
                         SocketNumberToSAM to a free port here and at the scheduling server."
                    }
                    io::ErrorKind::PermissionDenied => {
                        "Set SocketNumberToSAM to a port from 1024 on, or give the agent's account the right to it."
                    }
                    _ => "See that this machine has the address, and start the agent again.",
                };
                let reason =
                    format!("{}: the agent can't listen on {address}: {error}.", preparation.socket_place);
                Err(Refusal::new(reason, cure))
            }
        }
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.listener.address()
    }

    /// Serves connections until `stop` is requested.
    ///
    /// # Errors
    /// When the system can't wait for connections at all.
    pub fn run(self, deadlines: Deadlines, limits: Limits, stop: &Stop) -> io::Result<()> {
        let Self { listener, preparation, log } = self;
        let watch = Watch::new(preparation.file.clone(), &log);
        let protocol = match &preparation.secured {
            None => "no TLS (UseSecureSocket is FALSE)",
            Some(Secured { clients: None, .. }) => "TLS 1.2",
            Some(Secured { clients: Some(_), .. }) => "TLS 1.2 and client validation",
        };
        log.information(format_args!(
            "{} listens on {} with {protocol}",
            preparation.service_name,
            listener.address()
        ));
        let service =
            Arc::new(Service { preparation, machine: Machine::read(), deadlines, log: log.clone() });
        let (watched, requested) = (Arc::downgrade(&service), stop.clone());
        let watching = thread::Builder::new().name("configuration".to_owned());
        if let Err(error) = watching.spawn(move || watch.run(&watched, &requested)) {
            log.warning(format_args!("changes of the configuration will not be noticed: {error}"));
        }
        let served = Arc::clone(&service);
        let name = service.preparation.service_name.clone();
        let result = listener.run(
            |address| service.preparation.dynamic.allows(address),
            limits,
            stop,
            &log,
            move |stream, peer| served.serve(stream, peer),
        );
        log.information(format_args!("{name} has stopped"));
        result
    }
}
