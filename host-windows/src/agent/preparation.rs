//! From MSLSAM.ini and the certificate store to what the agent runs with, or to the refusal to start.

use std::io;
use std::net::IpAddr;
use std::path::Path;

use lsam_core::config::{AllowedAddress, Problem, Rule, Settings};
use lsam_core::ini::{Item, Reader, Text};
use lsam_core::x509::{CertificateError, Revocation};

use super::Refusal;
use super::certificate::Sought;
use crate::files;
use crate::identity::Identity;
use crate::log::Log;
use crate::store::CertificateStore;
use crate::trust::{Trusted, advice};

/// Size limit of MSLSAM.ini, in bytes. One with every setting and much comment has some thousand.
const MAX_INI: usize = 1 << 20;
const GENERAL: &str = "General Settings";

/// What the agent runs with.
pub struct Preparation {
    /// Name of the agent in messages and in the Service Control Manager.
    pub service_name: String,
    /// Port for the scheduling server.
    pub socket: u16,
    /// Where that port is set, for a message.
    pub(super) socket_place: String,
    /// Port of the JORS service.
    pub jors_socket: u16,
    /// What the connections are secured with, none when they are plain.
    pub secured: Option<Secured>,
    pub(super) allowed: [AllowedAddress; 4],
}

/// What connections with TLS are secured with.
pub struct Secured {
    /// The agent's certificate and key.
    pub identity: Identity,
    /// Whom clients must have a certificate of, none when they need none.
    pub clients: Option<Trusted>,
    /// The names that clients are asked by.
    pub(super) authorities: Vec<Vec<u8>>,
}

impl Preparation {
    /// Reads the file at `path`. When it asks for TLS, opens the store and finds the agent's certificate in it.
    /// Warnings go to `log`.
    ///
    /// # Errors
    /// [`Refusal`] when the file can't be used or the agent can't do what it asks for. A setting that asks for
    /// protection is never passed over.
    pub fn new(
        path: &Path,
        open_store: impl Fn() -> io::Result<Box<dyn CertificateStore>>,
        log: &Log,
    ) -> Result<Self, Refusal> {
        let content = files::read(path, MAX_INI).map_err(|error| {
            let reason = format!("The configuration file {} can't be read: {error}.", path.display());
            Refusal::new(reason, "Give the path of an MSLSAM.ini that the agent's account may read.")
        })?;
        let file = File { path, content: &content };
        let settings = file.settings(&open_store, log)?;
        let secured = match settings.use_secure_socket {
            true => Some(file.secured(&settings, &*file.open(&open_store)?, log)?),
            false => None,
        };
        Ok(Self {
            service_name: settings.display_service_name.to_string(),
            socket: settings.socket_number_to_sam,
            socket_place: file.place("TCP/IP Parameters", "SocketNumberToSAM"),
            jors_socket: settings.jors_socket,
            secured,
            allowed: settings.allowed_ip_addresses,
        })
    }

    /// Whether a peer at `address` may connect.
    pub fn allows(&self, address: IpAddr) -> bool {
        self.allowed.iter().any(|allowed| allowed.allows(address))
    }
}

/// The configuration file, to say where in it something stands.
struct File<'f> {
    path: &'f Path,
    content: &'f [u8],
}

impl<'f> File<'f> {
    fn settings(
        &self,
        open_store: &impl Fn() -> io::Result<Box<dyn CertificateStore>>,
        log: &Log,
    ) -> Result<Settings<'f>, Refusal> {
        let mut problems = Vec::new();
        let settings = Settings::parse(self.content, |diagnostic| problems.push(diagnostic));
        let line = |problem| format!("{}: {problem}", self.path.display());
        settings
            .map_err(|invalid| {
                let serial_missing = |problem: &Problem<'_>| {
                    matches!(problem, Problem::Rule { rule: Rule::SerialMissing, .. })
                };
                let reason = format!("{}: {invalid}.", self.path.display());
                let refusal = Refusal::new(reason, "Correct the file and start the agent again.")
                    .with_details(problems.iter().map(|problem| line(problem.to_string())));
                match open_store() {
                    Ok(store) if problems.iter().any(|found| serial_missing(&found.problem)) => {
                        refusal.with_store(&*store)
                    }
                    _ => refusal,
                }
            })
            .inspect(|_| problems.iter().for_each(|problem| log.warning(line(problem.to_string()))))
    }

    fn open(
        &self,
        open_store: &impl Fn() -> io::Result<Box<dyn CertificateStore>>,
    ) -> Result<Box<dyn CertificateStore>, Refusal> {
        open_store().map_err(|error| {
            Refusal::new(
                format!(
                    "{}, is TRUE, but the certificate store can't be read: {error}.",
                    self.place(GENERAL, "UseSecureSocket")
                ),
                "Name the folder of the store with --store, and see that the agent's account may read it.",
            )
        })
    }

    fn secured(
        &self,
        settings: &Settings<'_>,
        store: &dyn CertificateStore,
        log: &Log,
    ) -> Result<Secured, Refusal> {
        for problem in store.problems() {
            log.warning(format_args!("{}: {problem}", store.location()));
        }
        let revocation =
            match (settings.tls_check_certificate_revocation, settings.tls_require_revocation_status) {
                (false, _) => Revocation::Off,
                (true, false) => Revocation::AllowUnknown,
                (true, true) => Revocation::RequireKnown,
            };
        if revocation != Revocation::Off && store.crls().is_empty() {
            let place = self.place(GENERAL, "TLSCheckCertificateRevocation");
            log.warning(format_args!("{place}, is TRUE, but {} has no revocation list", store.location()));
        }
        let mut trusted = Trusted::new();
        trusted.set_revocation(revocation);
        trusted.add_store(store);
        let place = self.place(GENERAL, "TLSCertificateSerial");
        let sought = Sought { place, typed: settings.tls_certificate_serial };
        let identity = sought.identity(store, &trusted, log)?;
        if settings.tls_client_validation && trusted.is_empty() {
            log.warning(format_args!(
                "{}, is TRUE, but there is no root in Root of {}, so that every client is refused. {}",
                self.place(GENERAL, "TLSClientValidation"),
                store.location(),
                advice::client_certificate(CertificateError::UnknownIssuer)
            ));
        }
        let clients = settings.tls_client_validation.then_some(trusted);
        let authorities = clients.as_ref().map(Trusted::authorities).unwrap_or_default();
        Ok(Secured { identity, clients, authorities })
    }

    /// "[General Settings] TLSCertificateSerial in MSLSAM.ini, line 5".
    fn place(&self, section: &str, key: &str) -> String {
        let path = self.path.display();
        match line_of(self.content, section, key) {
            Some(line) => format!("[{section}] {key} in {path}, line {line}"),
            None => format!("[{section}] {key}, by its default (it is not in {path})"),
        }
    }
}

/// The line of the first `key` in the first `section`, which is the one that counts.
fn line_of(content: &[u8], section: &str, key: &str) -> Option<usize> {
    let is_section = |item: &Item<'_>| matches!(item, Item::Section(_));
    Reader::new(content)
        .skip_while(|event| !matches!(event.item, Item::Section(name) if name.is(section)))
        .skip(1)
        .take_while(|event| !is_section(&event.item))
        .find(|event| matches!(event.item, Item::Property { key: name, .. } if Text::is(&name, key)))
        .map(|event| event.at.line)
}

#[cfg(test)]
mod tests;
