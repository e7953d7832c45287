//! Which clients the agent accepts as a scheduling server.

use std::path::Path;

use lsam_core::x509::{self, CertificateError, Purpose};

use super::case::{Case, ders, settings};
use super::{Notes, Skipped};
use crate::agent::client_trust;
use crate::store::{self, Certificate, CertificateStore, Item, Section, StoredCertificate, read_items};
use crate::trust::{Trusted, advice};

/// How many trusted certificates are named.
const NAMED: usize = 5;

/// With TLSClientValidation, the agent can trust at least one client, and the one that was named, if any.
pub(super) fn can_be_validated(case: &mut Case<'_>, notes: &mut Notes) -> Result<(), Skipped> {
    // Naming a file requests this check, so it is a failure if the check can't be made.
    let client = case.asked.client.and_then(|path| presented(path, notes));
    let (store, file) = (case.store()?, case.file()?);
    let configuration = settings(&file)?;
    if !configuration.settings.tls_client_validation {
        notes.ok("TLSClientValidation is FALSE: a scheduling server needs no certificate");
        return Ok(());
    }
    let trusted = client_trust(&configuration.settings, &*store);
    let anchors: Vec<&StoredCertificate> =
        store.certificates().iter().filter(|stored| is_anchor(stored)).collect();
    let cure = advice::client_certificate(CertificateError::UnknownIssuer);
    let none = format!(
        "TLSClientValidation is TRUE, but {} has no certificate of a scheduling server and no root of one",
        store.location()
    );
    if trusted.is_empty() {
        let text = format!("{none}, so that every scheduling server is refused{}", misplaced(&*store));
        notes.failure(text, cure);
    } else if anchors.is_empty() {
        notes
            .warning(format_args!("{none}: it is refused unless it has a certificate of this machine"), cure);
    } else {
        let asked = match trusted.authorities().len() {
            0 => "any certificate, because the names together are too long".to_owned(),
            names => format!("a certificate by names: {names}"),
        };
        let text = format!("TLSClientValidation is TRUE: a scheduling server is asked for {asked}.");
        match (store.system_path(), case.asked.client) {
            (None, _) => notes.ok(format_args!("{text} Trusted: {}", named(&anchors))),
            (Some(_), Some(_)) => notes.ok(format_args!("{text} Roots that are trusted: {}", anchors.len())),
            // A system store has too many roots for anyone to see whether the right one is among them.
            (Some(_), None) => notes.warning(
                format_args!(
                    "{text} Roots that are trusted: {}; whether that of the scheduling server is among them \
                     can't be told without its certificate",
                    anchors.len()
                ),
                format!(
                    "Name a file with the certificate of the scheduling server with --client. If it is \
                     refused: {cure}"
                ),
            ),
        }
    }
    if let Some(chain) = client {
        verify(&chain, &trusted, notes);
    }
    Ok(())
}

/// Whether it can make another machine trusted: a certificate in My with its private key identifies only this
/// machine.
fn is_anchor(stored: &StoredCertificate) -> bool {
    stored.certificate.is_self_issued()
        && match stored.section {
            Section::Root => true,
            Section::My => !stored.has_key,
            Section::Ca | Section::Crl => false,
        }
}

/// The self-signed certificates that would be trusted in another section; those of a system store are where
/// they belong.
fn misplaced(store: &dyn CertificateStore) -> String {
    if store.system_path().is_some() {
        return String::new();
    }
    let lost = store
        .certificates()
        .iter()
        .filter(|stored| stored.section == Section::Ca && stored.certificate.is_self_issued());
    lost.map(|stored| format!("\nIn CA it is not trusted: {stored}")).collect()
}

fn named(anchors: &[&StoredCertificate]) -> String {
    let mut names: Vec<&str> =
        anchors.iter().take(NAMED).map(|stored| stored.certificate.subject.as_str()).collect();
    let more = anchors.len().saturating_sub(NAMED);
    let more = (more > 0).then(|| format!("and {more} more"));
    names.extend(more.as_deref());
    names.join("; ")
}

/// What a client with the file at `path` presents: its certificate first, then the rest of its chain, if any.
fn presented(path: &Path, notes: &mut Notes) -> Option<Vec<Certificate>> {
    let place = path.display();
    let contents = read_items(path, |_| store::password(path));
    let certificates: Vec<Certificate> = contents
        .items
        .into_iter()
        .filter_map(|item| match item {
            Item::Certificate(certificate) => Some(certificate),
            Item::Key(_) | Item::Crl(_) => None,
        })
        .collect();
    let is_empty = certificates.is_empty();
    // The private key is not needed here, so it does not matter if no password opens it.
    for left in contents.left.iter().filter(|left| is_empty || !left.error.is_about_a_key()) {
        let text = format!("{place} can't be used: {left}");
        if is_empty { notes.failure(text, NAME) } else { notes.warning(text, NAME) }
    }
    if is_empty && !contents.left.is_empty() {
        return None;
    }
    let is_authority =
        |own: &&Certificate| x509::Certificate::parse(&own.der).is_ok_and(|own| own.is_authority());
    let Some(own) = certificates.iter().find(|own| !is_authority(own)).or(certificates.first()) else {
        notes.failure(format_args!("there is no certificate in {place}"), NAME);
        return None;
    };
    Some(store::chain(certificates.iter(), own).into_iter().cloned().collect())
}

/// Verifies the certificates of a client as the agent does.
fn verify(chain: &[Certificate], trusted: &Trusted, notes: &mut Notes) {
    let Some(own) = chain.first() else { return };
    match trusted.verify_chain(&ders(chain), Purpose::Client) {
        Ok(verified) => match verified.unknown_revocation {
            None => notes.ok(format_args!("the agent takes {own}")),
            Some(unknown) => {
                let rule = CertificateError::UnknownRevocation(unknown);
                notes.warning(
                    format_args!("the agent takes {own}, but {rule}"),
                    advice::client_certificate(rule),
                );
            }
        },
        Err(rule) => {
            notes.failure(format_args!("the agent refuses {own}: {rule}"), advice::client_certificate(rule));
        }
    }
}

const NAME: &str = "Name with --client a file with the certificate of the scheduling server.";
