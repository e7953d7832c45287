//! The revocation lists that the agent's settings require.

use lsam_core::UnixTime;
use lsam_core::x509::{self, CertificateError, Purpose, Revocation, RevocationList, UnknownRevocation};

use super::case::{Case, ders, settings, sought};
use super::{Notes, Skipped};
use crate::agent::{KNOWN, client_trust};
use crate::crypto::now;
use crate::store::{Certificate, CertificateStore, Day, RevocationListSummary, Section, StoredCertificate};
use crate::store::{StoredCrl, chain};
use crate::trust::{Trusted, advice};

/// How many client roots are checked one by one; Windows has hundreds, hardly any of which issued a client's
/// certificate.
const ROOTS: usize = 8;

/// With TLSCheckCertificateRevocation, each issuer has a current list, and no certificate that is needed is
/// on one.
pub(super) fn lists_are_current(case: &mut Case<'_>, notes: &mut Notes) -> Result<(), Skipped> {
    let (store, file) = (case.store()?, case.file()?);
    let configuration = settings(&file)?;
    let trusted = client_trust(&configuration.settings, &*store);
    if trusted.revocation() == Revocation::Off {
        notes.ok("TLSCheckCertificateRevocation is FALSE: no certificate is looked up in revocation lists");
        return Ok(());
    }
    let own = case.own()?;
    let own_chain = case.chain()?;
    let lists = Lists::of(&*store);
    let issued: Vec<&Certificate> =
        own_chain.iter().filter(|certificate| !certificate.is_self_issued()).collect();
    let mut told = Vec::new();
    for certificate in &issued {
        let Some(parsed) = parse(certificate) else { continue };
        let verdict = match lists.of_issuer(&parsed.issuer()) {
            Ok(text) => {
                notes.ok(text);
                true
            }
            Err(text) => {
                notes.warning(text, LIST);
                false
            }
        };
        told.push((parsed.issuer(), verdict));
    }
    match sought(&file, &configuration).check_revocation(&own, &ders(&own_chain), &trusted) {
        Err(refusal) => notes.refusal(&refusal),
        // The lines above state the reason.
        Ok(Some(_)) if told.iter().any(|(_, is_current)| !is_current) => {}
        Ok(Some(unknown)) => notes.warning(
            format_args!("whether the agent's certificate has been revoked is unknown: {unknown}"),
            sentence(KNOWN),
        ),
        Ok(None) => notes.ok("the agent's certificate is on no revocation list"),
    }
    if configuration.settings.tls_client_validation {
        let is_told = |root: &x509::Certificate<'_>| told.iter().any(|(name, _)| *name == root.subject());
        let roots: Vec<&StoredCertificate> = store
            .certificates()
            .iter()
            .filter(|stored| stored.section == Section::Root && stored.certificate.is_self_issued())
            .filter(|stored| {
                parse(&stored.certificate).is_some_and(|root| root.is_authority() && !is_told(&root))
            })
            .collect();
        clients_roots(&roots, &lists, trusted.revocation(), notes);
        revoked_clients(&*store, &own, &trusted, notes);
    }
    Ok(())
}

/// The lists of the roots that may have issued client certificates.
fn clients_roots(roots: &[&StoredCertificate], lists: &Lists<'_>, revocation: Revocation, notes: &mut Notes) {
    let found: Vec<_> =
        roots.iter().filter_map(|root| Some(lists.of_issuer(&parse(&root.certificate)?.subject()))).collect();
    if roots.len() > ROOTS {
        let current = found.iter().filter(|found| found.is_ok()).count();
        notes.ok(format_args!(
            "of {} roots that clients may have, {current} have a current list",
            roots.len()
        ));
        return;
    }
    for found in found {
        match (found, revocation) {
            (Ok(text), _) => notes.ok(text),
            (Err(text), Revocation::RequireKnown) => {
                let rule = CertificateError::UnknownRevocation(UnknownRevocation::NoList);
                let text = format!("{text}, so that a client of this issuer is refused");
                notes.failure(text, advice::client_certificate(rule));
            }
            (Err(text), _) => notes.warning(text, LIST),
        }
    }
}

/// Revoked certificates in the store that a scheduling server may present.
fn revoked_clients(
    store: &dyn CertificateStore,
    own: &StoredCertificate,
    trusted: &Trusted,
    notes: &mut Notes,
) {
    let others = || store.certificates().iter().map(|stored| &stored.certificate);
    for stored in store.certificates() {
        if stored.certificate == own.certificate || stored.certificate.is_self_issued() {
            continue;
        }
        let chain: Vec<Certificate> = chain(others(), &stored.certificate).into_iter().cloned().collect();
        if let Err(rule @ CertificateError::Revoked) = trusted.verify_chain(&ders(&chain), Purpose::Client) {
            notes.failure(
                format_args!(
                    "a scheduling server that presents this certificate is refused, {rule}: {stored}"
                ),
                advice::client_certificate(rule),
            );
        }
    }
}

/// The readable revocation lists of a store.
struct Lists<'s>(Vec<(&'s StoredCrl, RevocationList<'s>)>);

impl<'s> Lists<'s> {
    fn of(store: &'s dyn CertificateStore) -> Self {
        let lists = store.crls().iter();
        Self(lists.filter_map(|list| Some((list, RevocationList::parse(&list.der).ok()?))).collect())
    }

    /// The current list of `issuer`, or that there is none.
    fn of_issuer(&self, issuer: &x509::Name<'_>) -> Result<String, String> {
        let mut stale = None;
        for (stored, list) in self.0.iter().filter(|(_, list)| list.issuer() == *issuer) {
            let day = |time: UnixTime| Day(time.0.cast_signed());
            let from = day(list.this_update());
            let place = &stored.place;
            match (now(), list.next_update()) {
                (Some(now), Some(until)) if (list.this_update().0..=until.0).contains(&now.0) => {
                    let revoked =
                        RevocationListSummary::from_der(&stored.der).map_or(0, |summary| summary.revoked);
                    return Ok(format!(
                        "the revocation list of {issuer} ({place}) is current, from {from} until {}; \
                         certificates on it: {revoked}",
                        day(until)
                    ));
                }
                (_, Some(until)) => {
                    stale = Some(format!(
                        "the revocation list of {issuer} ({place}) is not current: it counts from {from} \
                         until {}",
                        day(until)
                    ));
                }
                (_, None) => {
                    stale = Some(format!(
                        "the revocation list of {issuer} ({place}) is of no use: it does not say until when \
                         it counts"
                    ));
                }
            }
        }
        Err(stale.unwrap_or_else(|| format!("there is no revocation list of {issuer} in the store")))
    }
}

fn parse(certificate: &Certificate) -> Option<x509::Certificate<'_>> {
    x509::Certificate::parse(&certificate.der).ok()
}

/// "to know it, ..." as a sentence.
fn sentence(clause: &str) -> String {
    let mut characters = clause.chars();
    let first = characters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(characters).chain(['.']).collect()
}

const LIST: &str = "Put a current revocation list of this issuer into the agent's store (`lsam cert trust`). \
    Only if certificates need not be looked up in revocation lists, set TLSCheckCertificateRevocation to \
    FALSE.";
