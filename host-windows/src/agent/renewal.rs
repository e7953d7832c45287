//! Renewed certificates: served without a change to TLSCertificateSerial.
//!
//! The rules ensure that a peer that accepts the named certificate has no reason to refuse its renewal; see
//! docs/decisions.

use std::fmt;

use crate::crypto::now;
use crate::store::{Certificate, CertificateStore, Section, StoredCertificate, chain};
use crate::trust::objections;

/// The candidates for a renewal.
pub(crate) struct Renewal<'s> {
    /// The newest renewal.
    pub(crate) by: Option<&'s StoredCertificate>,
    /// Certificates that look like a renewal but are not, each with the reason.
    pub(crate) passed_over: Vec<(&'s StoredCertificate, Obstacle)>,
}

/// Why a newer certificate of the same subject is not a renewal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Obstacle {
    SelfSigned,
    NoName,
    /// It lacks this name, which a peer may expect.
    Name(String),
    /// Its chain ends at a different issuer: the name of that issuer, and that of the expected one.
    Issuer(String, String),
    /// Peers refuse it.
    Objection(String),
}

impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SelfSigned => f.write_str("a self-signed certificate is trusted as that very one"),
            Self::NoName => f.write_str("it has no name that tells whose it is"),
            Self::Name(name) => write!(f, "it lacks the name {name}"),
            Self::Issuer(own, other) => write!(f, "its chain ends at {own} here, and the other at {other}"),
            Self::Objection(objection) => f.write_str(objection),
        }
    }
}

/// Looks in My for renewals of `named`.
pub(crate) fn renewal<'s>(store: &'s dyn CertificateStore, named: &Certificate) -> Renewal<'s> {
    let newer = store.certificates().iter().filter(|stored| {
        let certificate = &stored.certificate;
        stored.section == Section::My
            && stored.has_key
            && certificate.has_subject_of(named)
            && newness(certificate) > newness(named)
    });
    let mut found = Renewal { by: None, passed_over: Vec::new() };
    for stored in newer {
        match obstacle(store, &stored.certificate, named) {
            Some(obstacle) => found.passed_over.push((stored, obstacle)),
            None if found.by.is_none_or(|by| newness(&by.certificate) < newness(&stored.certificate)) => {
                found.by = Some(stored);
            }
            None => {}
        }
    }
    found
}

/// Orders certificates by age: by the start of their validity, then by its end.
const fn newness(certificate: &Certificate) -> (i64, i64) {
    (certificate.not_before, certificate.not_after)
}

fn obstacle(store: &dyn CertificateStore, newer: &Certificate, named: &Certificate) -> Option<Obstacle> {
    if newer.is_self_issued() || named.is_self_issued() {
        return Some(Obstacle::SelfSigned);
    }
    let names = newer.expectable_names();
    if names.is_empty() {
        return Some(Obstacle::NoName);
    }
    if let Some(name) = named.expectable_names().into_iter().find(|name| !names.contains(name)) {
        return Some(Obstacle::Name(name));
    }
    let others = store.certificates().iter().map(|stored| &stored.certificate);
    let end = |certificate| chain(others.clone(), certificate).last().copied().unwrap_or(certificate);
    let (own, other) = (end(newer), end(named));
    if !own.has_issuer_of(other) {
        return Some(Obstacle::Issuer(own.issuer.clone(), other.issuer.clone()));
    }
    let objection = objections(newer, others, now()).into_iter().find(|objection| objection.is_refusal());
    objection.map(|objection| Obstacle::Objection(objection.to_string()))
}

#[cfg(test)]
mod tests;
