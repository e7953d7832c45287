//! The agent's own certificate: finding it by its serial number, and seeing that it can serve.

use lsam_core::ini::Text;
use lsam_core::x509::{self, CertificateError, Purpose, Revocation, SerialNumber, SerialNumberError};

use super::{Journal, Refusal};
use crate::crypto::now;
use crate::identity::Identity;
use crate::key::KeyError;
use crate::store::{self, CertificateStore, NotFound, StoredCertificate};
use crate::trust::{Trusted, objections};

/// What the setting TLSCertificateSerial asks for.
pub(crate) struct Sought<'f> {
    /// Where the setting stands: "[General Settings] TLSCertificateSerial in MSLSAM.ini, line 5".
    pub(crate) place: String,
    /// Its value as the administrator typed it.
    pub(crate) typed: Text<'f>,
}

impl Sought<'_> {
    /// Finds the certificate in `store` and takes its key.
    ///
    /// # Errors
    /// [`Refusal`] when none or several are found, or the one can't serve: it has been revoked, for one, as far as
    /// `trusted` looks into revocation lists. What else peers object to in it gives a warning only, because the clock may
    /// be wrong, time passes, and some peers accept more than others.
    pub(super) fn identity(
        &self,
        store: &dyn CertificateStore,
        trusted: &Trusted,
        journal: &Journal,
    ) -> Result<Identity, Refusal> {
        let log = journal.log();
        let found = self.find(store)?;
        for stored in &found.without_key {
            log.warning(format_args!("passed over, because the store holds no private key of it: {stored}"));
        }
        let identity = Identity::new(store, found.certificate).map_err(|error| {
            let reason =
                format!("{}, names {}, whose private key is {error}.", self.place, found.certificate);
            Refusal::new(reason, key_cure(&error)).with_store(store)
        })?;
        log.information(format_args!("the agent's certificate is {}", found.certificate));
        self.check_usage(found.certificate)?;
        warn_of_objections(store, found.certificate, journal);
        if let Some(unknown) = self.check_revocation(found.certificate, &identity.chain, trusted)? {
            log.warning(format_args!(
                "whether the agent's certificate has been revoked is unknown: {unknown}; {KNOWN}"
            ));
        }
        Ok(identity)
    }

    /// Finds the certificate.
    ///
    /// # Errors
    /// [`Refusal`] when none or several are found.
    pub(crate) fn find<'s>(&self, store: &'s dyn CertificateStore) -> Result<store::Found<'s>, Refusal> {
        let Self { place, typed } = self;
        let serial: SerialNumber =
            typed.chars().collect::<String>().parse().map_err(|error: SerialNumberError| {
                let reason = format!("{place}, is \"{typed:.80}\": {error}.");
                Refusal::new(reason, CHOOSE).with_store(store)
            })?;
        store::find_by_serial(store, &serial).map_err(|not_found| {
            let cure = match not_found {
                NotFound::Unknown => CHOOSE,
                NotFound::WithoutKey(_) => IMPORT,
                NotFound::Several(_) => REMOVE,
            };
            Refusal::new(format!("{place}, is \"{typed:.80}\", but {not_found}."), cure)
                .with_details(not_found.concerned().iter().map(|stored| format!("It is that of {stored}.")))
                .with_store(store)
        })
    }

    /// Sees that `stored` can be a TLS server's.
    ///
    /// # Errors
    /// [`Refusal`] when it can't.
    pub(crate) fn check_usage(&self, stored: &StoredCertificate) -> Result<(), Refusal> {
        let Ok(certificate) = x509::Certificate::parse(&stored.certificate.der) else {
            return Err(self.refusal(stored, "this certificate is malformed", ISSUE));
        };
        certificate.check_usage(Purpose::Server).map_err(|_| {
            let problem = "its key usage does not allow it to be a TLS server's: it needs Digital Signature, and \
                Server Authentication if it has an extended key usage";
            self.refusal(stored, problem, ISSUE)
        })
    }

    /// Looks `stored`, the first of `chain`, up in the revocation lists as far as `trusted` does that. Gives why its
    /// status is unknown, if it is.
    ///
    /// # Errors
    /// [`Refusal`] when it has been revoked, or its status has to be known and is not.
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

/// Warns of what peers object to in `own`, the agent's certificate, and those between it and its root.
pub(super) fn warn_of_objections(store: &dyn CertificateStore, own: &StoredCertificate, journal: &Journal) {
    let others = store.certificates().iter().map(|stored| &stored.certificate);
    for objection in objections(&own.certificate, others, now()) {
        let advice = objection.advice();
        journal.alarm(&match objection.certificate() {
            None => format!("{objection}. {advice}"),
            Some(certificate) if *certificate == own.certificate => {
                format!("the agent's certificate: {objection}: {own}. {advice}")
            }
            Some(certificate) => {
                format!(
                    "a certificate that is presented with the agent's: {objection}: {certificate}. {advice}"
                )
            }
        });
    }
}

const CHOOSE: &str = "Set TLSCertificateSerial to the serial number of a certificate with a private key, or put the \
    agent's certificate with its private key (a .pfx file) into My, and start the agent again.";
/// What to do about a private key that can't be used.
pub(crate) const fn key_cure(error: &KeyError) -> &'static str {
    match error {
        KeyError::Withheld(_) => WITHHELD,
        _ => IMPORT,
    }
}

const WITHHELD: &str = "In a console, start it as administrator. Give the account of the service the right to read the private \
    key (certificates console, Personal, the certificate, All Tasks, Manage Private Keys).";
const IMPORT: &str =
    "Put the certificate together with its private key (a .pfx file) into My, and start the agent again.";
const REMOVE: &str = "Remove from the store those that are not meant, and start the agent again.";
const ISSUE: &str = "Have a certificate for server authentication issued, put it into My, set TLSCertificateSerial to \
    its serial number, and start the agent again.";
const REVOKED: &str = "Have another certificate issued, put it into My and set TLSCertificateSerial to its serial \
    number; only if certificates need not be looked up in revocation lists, set TLSCheckCertificateRevocation to \
    FALSE. Then start the agent again.";
pub(crate) const KNOWN: &str = "to know it, put its root certificate and a current revocation list of each issuer into the \
    store (`lsam cert trust`)";
const UNKNOWN: &str = "Put the root certificate of the agent's certificate and a current revocation list of each issuer \
    into the store (`lsam cert trust`), or set TLSRequireRevocationStatus to FALSE, and start the agent again.";

#[cfg(test)]
mod tests;
