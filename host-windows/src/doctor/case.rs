//! What the checks have found so far, for later checks.

use std::rc::Rc;

use lsam_core::config::Configuration;

use super::{Doctor, Skipped};
use crate::agent::Sought;
use crate::config::{GENERAL, IniFile};
use crate::identity::Identity;
use crate::store::{Certificate, CertificateStore, StoredCertificate, chain};
use crate::trust::Objection;

/// Facts about a machine, as far as known.
pub(super) struct Case<'d> {
    pub(super) asked: &'d Doctor<'d>,
    /// MSLSAM.ini, if its settings can be read.
    pub(super) file: Option<Rc<IniFile>>,
    pub(super) store: Option<Rc<dyn CertificateStore>>,
    /// The agent's certificate.
    pub(super) own: Option<StoredCertificate>,
    /// What peers object to in it and in the certificates between it and its root.
    pub(super) objections: Vec<Objection>,
    /// Whether peers object to nothing.
    pub(super) own_is_sound: bool,
    /// The certificate with its chain, if its key can sign.
    pub(super) identity: Option<Rc<Identity>>,
    /// What a scheduling server must trust: the root, or the self-signed certificate itself.
    pub(super) anchor: Option<StoredCertificate>,
    /// The port on which the agent already answers.
    pub(super) running: Option<u16>,
    /// Whether an earlier check found a failure.
    pub(super) has_failed: bool,
}

impl<'d> Case<'d> {
    pub(super) const fn new(asked: &'d Doctor<'d>) -> Self {
        Self {
            asked,
            file: None,
            store: None,
            own: None,
            objections: Vec::new(),
            own_is_sound: false,
            identity: None,
            anchor: None,
            running: None,
            has_failed: false,
        }
    }

    pub(super) fn file(&self) -> Result<Rc<IniFile>, Skipped> {
        self.file.clone().ok_or_else(|| Skipped::because("MSLSAM.ini can't be used"))
    }

    pub(super) fn store(&self) -> Result<Rc<dyn CertificateStore>, Skipped> {
        let file = self.file()?;
        if !settings(&file)?.settings.use_secure_socket {
            return Err(Skipped::because("UseSecureSocket is FALSE"));
        }
        self.store.clone().ok_or_else(|| Skipped::because("the certificate store can't be read"))
    }

    pub(super) fn own(&self) -> Result<StoredCertificate, Skipped> {
        self.store()?;
        self.own.clone().ok_or_else(|| Skipped::because("the agent's certificate was not found"))
    }

    /// All certificates of the store.
    pub(super) fn others(&self) -> Result<Vec<Certificate>, Skipped> {
        Ok(self.store()?.certificates().iter().map(|stored| stored.certificate.clone()).collect())
    }

    /// What the agent presents: its certificate and the intermediates.
    pub(super) fn chain(&self) -> Result<Vec<Certificate>, Skipped> {
        let (others, own) = (self.others()?, self.own()?);
        Ok(chain(others.iter(), &own.certificate).into_iter().cloned().collect())
    }

    pub(super) fn identity(&self) -> Result<Rc<Identity>, Skipped> {
        self.own()?;
        self.identity.clone().ok_or_else(|| Skipped::because("the private key can't be used"))
    }

    pub(super) fn anchor(&self) -> Result<StoredCertificate, Skipped> {
        self.own()?;
        self.anchor
            .clone()
            .ok_or_else(|| Skipped::because("the root of the agent's certificate is not in the store"))
    }
}

/// The settings of `file`.
pub(super) fn settings(file: &IniFile) -> Result<Configuration<'_>, Skipped> {
    file.configuration().map_err(Skipped::because)
}

/// What TLSCertificateSerial in `file` names.
pub(super) fn sought<'f>(file: &IniFile, configuration: &Configuration<'f>) -> Sought<'f> {
    Sought {
        place: file.place(configuration, GENERAL, "TLSCertificateSerial"),
        typed: configuration.settings.tls_certificate_serial,
    }
}

/// The certificates in DER.
pub(super) fn ders(chain: &[Certificate]) -> Vec<Vec<u8>> {
    chain.iter().map(|certificate| certificate.der.clone()).collect()
}
