//! The agent's own certificate: finds it by its serial number, and verifies that it can be served.

use lsam_core::ini::Text;
use lsam_core::serial_number;
use lsam_core::x509::{self, CertificateError, Purpose, Revocation};

use super::renewal::{Obstacle, Renewal, renewal};
use super::{Journal, Refusal};
use crate::crypto::now;
use crate::identity::Identity;
use crate::key::KeyError;
use crate::log::Log;
use crate::store::{self, Certificate, CertificateStore, NotFound, StoredCertificate, Thumbprint};
use crate::trust::{Trusted, objections};

/// What the setting TLSCertificateSerial names.
pub(crate) struct Sought<'f> {
    /// Where the setting is: "[General Settings] TLSCertificateSerial in MSLSAM.ini, line 5".
    pub(crate) place: String,
    /// Its value, as typed.
    pub(crate) typed: Text<'f>,
}

/// The certificate that the agent serves, and how it was chosen.
pub(crate) struct Chosen<'s> {
    /// The certificate that is served.
    pub(crate) certificate: &'s StoredCertificate,
    /// The certificate that TLSCertificateSerial names, if the store has it.
    pub(crate) named: Option<&'s StoredCertificate>,
    /// Others with the same serial number, skipped because the store has no private key for them.
    pub(crate) without_key: Vec<&'s StoredCertificate>,
    /// Newer certificates with the same subject that are not renewals, each with the reason.
    pub(crate) passed_over: Vec<(&'s StoredCertificate, Obstacle)>,
}

impl Sought<'_> {
    /// Finds the certificate or its renewal in `store`, and gets its key. If the named certificate is gone, a
    /// running agent, which serves `serving`, looks for the renewal of `serving`.
    ///
    /// # Errors
    /// [`Refusal`] if none or several are found, or if the certificate can't be served, for example because
    /// it has been revoked (if `trusted` checks that).
    pub(super) fn identity(
        &self,
        store: &dyn CertificateStore,
        trusted: &Trusted,
        serving: Option<&Certificate>,
        log: &Log,
    ) -> Result<Identity, Refusal> {
        let chosen = self.choose(store, serving)?;
        for stored in &chosen.without_key {
            log.warning(format_args!("passed over, because the store holds no private key of it: {stored}"));
        }
        for (stored, obstacle) in &chosen.passed_over {
            log.information(format_args!(
                "not taken as the renewal of the agent's certificate, because {obstacle}: {stored}"
            ));
        }
        if let Some(named) = chosen.named
            && named != chosen.certificate
        {
            match self.take(store, chosen.certificate, trusted, log) {
                Ok(identity) => {
                    log.information(format_args!(
                        "it renews the one that TLSCertificateSerial names, {named}"
                    ));
                    return Ok(identity);
                }
                Err(refusal) => {
                    log.warning(format_args!(
                        "not taken as the renewal of the agent's certificate: {}",
                        refusal.problem()
                    ));
                    return self.take(store, named, trusted, log);
                }
            }
        }
        if chosen.named.is_none() {
            let serial = &chosen.certificate.certificate.serial;
            log.warning(format_args!(
                "{}, no longer leads to the agent's certificate; if it still has the value that the agent \
                 was started with, set it to {serial}, for the agent can't start again with it",
                self.place
            ));
        }
        self.take(store, chosen.certificate, trusted, log)
    }

    /// Gets the key of `stored`, and verifies that the certificate can be served.
    fn take(
        &self,
        store: &dyn CertificateStore,
        stored: &StoredCertificate,
        trusted: &Trusted,
        log: &Log,
    ) -> Result<Identity, Refusal> {
        let identity = Identity::new(store, stored).map_err(|error| {
            let reason = format!("{}, names {stored}, whose private key is {error}.", self.place);
            Refusal::new(reason, key_cure(&error)).with_store(store)
        })?;
        self.check_usage(stored)?;
        let unknown = self.check_revocation(stored, &identity.chain, trusted)?;
        log.information(format_args!("the agent's certificate is {stored}"));
        if let Some(unknown) = unknown {
            log.warning(format_args!(
                "whether the agent's certificate has been revoked is unknown: {unknown}; {KNOWN}"
            ));
        }
        Ok(identity)
    }

    /// Finds the named certificate, and the certificate to serve: its renewal, or the renewal of `serving` if
    /// the named one is gone.
    ///
    /// # Errors
    /// [`Refusal`] if there is none that can be served.
    pub(crate) fn choose<'s>(
        &self,
        store: &'s dyn CertificateStore,
        serving: Option<&Certificate>,
    ) -> Result<Chosen<'s>, Refusal> {
        match (self.find(store), serving) {
            (Ok(store::Found { certificate: named, without_key }), _) => {
                let Renewal { by, passed_over } = renewal(store, &named.certificate);
                Ok(Chosen { certificate: by.unwrap_or(named), named: Some(named), without_key, passed_over })
            }
            (Err(refusal), Some(serving)) => {
                let Renewal { by, passed_over } = renewal(store, serving);
                let same = || {
                    let mut certificates = store.certificates().iter();
                    certificates.find(|stored| stored.has_key && stored.certificate == *serving)
                };
                let certificate = by.or_else(same).ok_or(refusal)?;
                Ok(Chosen { certificate, named: None, without_key: Vec::new(), passed_over })
            }
            (Err(refusal), None) => Err(refusal),
        }
    }

    /// Finds the named certificate.
    ///
    /// # Errors
    /// [`Refusal`] if none or several are found.
    pub(crate) fn find<'s>(&self, store: &'s dyn CertificateStore) -> Result<store::Found<'s>, Refusal> {
        let Self { place, typed } = self;
        let digits: String = typed.chars().collect();
        let serial = serial_number::parse(&digits).map_err(|error| {
            let reason = format!("{place}, is \"{typed:.80}\": {error}.");
            Refusal::new(reason, CHOOSE).with_store(store)
        })?;
        store::find_by_serial(store, &serial).map_err(|not_found| {
            let cure = match not_found {
                NotFound::Unknown => CHOOSE,
                NotFound::WithoutKey(_) => IMPORT,
                NotFound::Several(_) => REMOVE,
            };
            let thumbprint = match not_found {
                NotFound::Unknown => store::find_by_thumbprint(store, &digits),
                NotFound::WithoutKey(_) | NotFound::Several(_) => None,
            };
            let meant = thumbprint.map(|stored| {
                let serial = stored.certificate.serial;
                format!("It is the thumbprint of {stored}. Write its serial number, {serial}.")
            });
            // Two authorities used the same serial number: show the issuer, which differs, and the
            // thumbprint, which consoles show too.
            let concerned = not_found.concerned().iter().map(|stored| {
                let issuer = &stored.certificate.issuer;
                format!("It is that of {stored}, issuer {issuer}, thumbprint {}.", Thumbprint(stored))
            });
            Refusal::new(format!("{place}, is \"{typed:.80}\", but {not_found}."), cure)
                .with_details(concerned.chain(meant))
                .with_store(store)
        })
    }

    /// Verifies that a TLS server can use `stored`.
    ///
    /// # Errors
    /// [`Refusal`] if it can't.
    pub(crate) fn check_usage(&self, stored: &StoredCertificate) -> Result<(), Refusal> {
        let Ok(certificate) = x509::Certificate::parse(&stored.certificate.der) else {
            return Err(self.refusal(stored, "this certificate is malformed", ISSUE));
        };
        certificate.check_usage(Purpose::Server).map_err(|_| {
            let problem = "its key usage does not allow it to be a TLS server's: it needs Digital Signature, \
                           and Server Authentication if it has an extended key usage";
            self.refusal(stored, problem, ISSUE)
        })
    }

    /// Looks up `stored`, the first of `chain`, in the revocation lists, if `trusted` checks revocation. If
    /// its status is unknown, returns why.
    ///
    /// # Errors
    /// [`Refusal`] if it has been revoked, or if its status is unknown but required.
    pub(crate) fn check_revocation(
        &self,
        stored: &StoredCertificate,
        chain: &[Vec<u8>],
        trusted: &Trusted,
    ) -> Result<Option<String>, Refusal> {
        if trusted.revocation() == Revocation::Off {
            return Ok(None);
        }
        let unknown = match trusted.verify_chain(chain, Purpose::Server) {
            Ok(verified) => match verified.unknown_revocation {
                Some(reason) => reason.to_string(),
                None => return Ok(None),
            },
            Err(rule @ CertificateError::Revoked) => {
                return Err(self.refusal(stored, &rule.to_string(), REVOKED));
            }
            Err(CertificateError::UnknownRevocation(reason)) => reason.to_string(),
            Err(rule) => rule.to_string(),
        };
        if trusted.revocation() == Revocation::RequireKnown {
            let problem = format!("whether it has been revoked is unknown: {unknown}");
            return Err(self.refusal(stored, &problem, UNKNOWN));
        }
        Ok(Some(unknown))
    }

    fn refusal(&self, stored: &StoredCertificate, problem: &str, cure: &str) -> Refusal {
        Refusal::new(format!("{}, names {stored}, but {problem}.", self.place), cure)
    }
}

/// Warns of everything that peers object to in the chain of `identity`; `store` may have more of this chain.
pub(super) fn warn_of_objections(
    identity: &Identity,
    store: Option<&dyn CertificateStore>,
    journal: &Journal,
) {
    let presented: Vec<Certificate> =
        identity.chain.iter().filter_map(|der| Certificate::from_der(der).ok()).collect();
    let Some((own, links)) = presented.split_first() else { return };
    let stored = store.map(CertificateStore::certificates).unwrap_or_default();
    let others = links.iter().chain(stored.iter().map(|stored| &stored.certificate));
    for objection in objections(own, others, now()) {
        let advice = objection.advice();
        journal.alarm(&match objection.certificate() {
            None => format!("{objection}. {advice}"),
            Some(certificate) if certificate == own => {
                let place = stored.iter().find(|stored| stored.certificate == *own);
                let place = place.map(|stored| format!("{}: ", stored.place)).unwrap_or_default();
                format!("the agent's certificate: {objection}: {place}{own}. {advice}")
            }
            Some(certificate) => {
                format!(
                    "a certificate that is presented with the agent's: {objection}: {certificate}. {advice}"
                )
            }
        });
    }
}

const CHOOSE: &str = "Set TLSCertificateSerial to the serial number of a certificate with a private key, or \
                      put the agent's certificate with its private key (a .pfx file) into My, and start the \
                      agent again.";
/// What to do about a private key that can't be used.
pub(crate) const fn key_cure(error: &KeyError) -> &'static str {
    match error {
        KeyError::Withheld(_) => WITHHELD,
        _ => IMPORT,
    }
}

const WITHHELD: &str = "In a console, start it as administrator. Give the account of the service the right \
                        to read the private key (certificates console, Personal, the certificate, All Tasks, \
                        Manage Private Keys).";
const IMPORT: &str =
    "Put the certificate together with its private key (a .pfx file) into My, and start the agent again.";
const REMOVE: &str = "Remove from the store those that are not meant, and start the agent again.";
const ISSUE: &str = "Have a certificate for server authentication issued, put it into My, set \
                     TLSCertificateSerial to its serial number, and start the agent again.";
const REVOKED: &str = "Have another certificate issued, put it into My and set TLSCertificateSerial to its \
                       serial number; only if certificates need not be looked up in revocation lists, set \
                       TLSCheckCertificateRevocation to FALSE. Then start the agent again.";
pub(crate) const KNOWN: &str = "to know it, put its root certificate and a current revocation list of each \
                                issuer into the store (`lsam cert trust`)";
const UNKNOWN: &str = "Put the root certificate of the agent's certificate and a current revocation list of \
                       each issuer into the store (`lsam cert trust`), or set TLSRequireRevocationStatus to \
                       FALSE, and start the agent again.";

#[cfg(test)]
mod tests;
