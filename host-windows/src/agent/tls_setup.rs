//! The TLS setup of connections: the agent's certificate and key, and the trust anchors for clients.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use lsam_core::config::{Configuration, Settings};
use lsam_core::x509::{CertificateError, Revocation};

use super::certificate::{Sought, warn_of_objections};
use super::refusal::STORE;
use super::{Journal, Refusal};
use crate::config::{GENERAL, IniFile};
use crate::crypto;
use crate::files::PRIVATE_FILE;
use crate::identity::Identity;
use crate::store::{self, Certificate, CertificateStore, Fingerprint, Inventory, fingerprint};
use crate::trust::{Trusted, advice};

/// The TLS setup of connections.
pub struct TlsSetup {
    /// The agent's certificate and key.
    pub identity: Identity,
    /// Trust anchors for client certificates; `None` if not required.
    pub clients: Option<Trusted>,
    /// The names of acceptable issuers for the CertificateRequest.
    pub(super) authorities: Vec<Vec<u8>>,
}

/// The current [`TlsSetup`]. A connection keeps the one that was current when it began.
pub struct CurrentTls {
    setup: RwLock<Arc<TlsSetup>>,
    /// The folder of the store; `None` for the machine's store.
    pub(super) store: Option<PathBuf>,
    /// The state of the store just before it was first read, and what it contained.
    pub(super) fingerprint: Option<Fingerprint>,
    pub(super) inventory: Inventory,
}

impl CurrentTls {
    /// Opens the store for the first time, and prepares for the first connection.
    ///
    /// # Errors
    /// [`Refusal`] if it can't be read, or the agent's certificate in it can't be used.
    pub(super) fn new(
        file: &IniFile,
        configuration: &Configuration<'_>,
        store: Option<&Path>,
        journal: &Journal,
    ) -> Result<Self, Refusal> {
        let fingerprint = fingerprint(store).ok();
        let opened = store::open(store).map_err(|error| {
            let place = file.place(configuration, GENERAL, "UseSecureSocket");
            Refusal::new(
                format!("{place}, is TRUE, but the certificate store can't be read: {error}."),
                STORE,
            )
        })?;
        let setup = TlsSetup::new(file, configuration, &*opened, None, journal)?;
        crypto::seed();
        Ok(Self {
            setup: RwLock::new(Arc::new(setup)),
            store: store.map(Path::to_owned),
            fingerprint,
            inventory: Inventory::of(&*opened),
        })
    }

    /// The setup for a new connection.
    pub fn get(&self) -> Arc<TlsSetup> {
        Arc::clone(&self.setup.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Sets up new connections with `setup` from now on.
    pub(super) fn put(&self, setup: TlsSetup) {
        *self.setup.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(setup);
    }
}

impl TlsSetup {
    /// The setup from `store` for the settings of `file`. A running agent passes its current setup as
    /// `before`, so that it keeps its certificate if the new one can't be used, and revocation lists that are
    /// gone.
    ///
    /// # Errors
    /// [`Refusal`] if the agent's certificate can't be used, and there was none before.
    pub(super) fn new(
        file: &IniFile,
        configuration: &Configuration<'_>,
        store: &dyn CertificateStore,
        before: Option<&Self>,
        journal: &Journal,
    ) -> Result<Self, Refusal> {
        let (settings, log) = (&configuration.settings, journal.log());
        let place = |key| file.place(configuration, GENERAL, key);
        for problem in store.problems() {
            log.warning(format_args!("{}: {problem}", store.location()));
        }
        for exposed in store.exposed() {
            log.warning(format_args!("{}: {exposed}. {PRIVATE_FILE}", store.location()));
        }
        let mut trusted = client_trust(settings, store);
        if trusted.revocation() != Revocation::Off && store.crls().is_empty() {
            log.warning(format_args!(
                "{}, is TRUE, but {} has no revocation list",
                place("TLSCheckCertificateRevocation"),
                store.location()
            ));
        }
        if let Some(before) = before.and_then(|before| before.clients.as_ref()) {
            for issuer in trusted.keep_lists_of(before) {
                journal.alarm(&format!(
                    "{} no longer has the revocation lists of {issuer}, or older ones than before: until it \
                     has newer ones, or the agent is started again, those that were there before count",
                    store.location()
                ));
            }
        }
        let sought = Sought { place: place("TLSCertificateSerial"), typed: settings.tls_certificate_serial };
        let serving = before.and_then(Self::own_certificate);
        let identity = match (sought.identity(store, &trusted, serving.as_ref(), log), before) {
            (Ok(identity), _) => identity,
            (Err(refusal), None) => return Err(refusal),
            (Err(refusal), Some(before)) => {
                journal.alarm(&format!(
                    "the agent goes on with the certificate that it had: {} {}",
                    refusal.lines().next().unwrap_or_default(),
                    refusal.cure()
                ));
                before.identity.clone()
            }
        };
        warn_of_objections(&identity, Some(store), journal);
        if settings.tls_client_validation && trusted.is_empty() {
            log.warning(format_args!(
                "{}, is TRUE, but there is no root in Root of {}, so that every client is refused. {}",
                place("TLSClientValidation"),
                store.location(),
                advice::client_certificate(CertificateError::UnknownIssuer)
            ));
        }
        let clients = settings.tls_client_validation.then_some(trusted);
        let authorities = clients.as_ref().map(Trusted::authorities).unwrap_or_default();
        Ok(Self { identity, clients, authorities })
    }

    /// The agent's certificate.
    pub(super) fn own_certificate(&self) -> Option<Certificate> {
        Certificate::from_der(self.identity.chain.first()?).ok()
    }
}

/// The trust anchors for clients, and how revocation is checked, with these settings and this store.
pub(crate) fn client_trust(settings: &Settings<'_>, store: &dyn CertificateStore) -> Trusted {
    let mut trusted = Trusted::new();
    trusted.set_revocation(
        match (settings.tls_check_certificate_revocation, settings.tls_require_revocation_status) {
            (false, _) => Revocation::Off,
            (true, false) => Revocation::AllowUnknown,
            (true, true) => Revocation::RequireKnown,
        },
    );
    trusted.add_store(store);
    trusted
}
