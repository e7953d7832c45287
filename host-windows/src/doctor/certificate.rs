//! The agent's certificate: can be found by its serial number, is valid, and has a key that can sign.

use std::rc::Rc;

use super::case::{Case, settings, sought};
use super::{Notes, Skipped};
use crate::agent::{STORE, key_cure};
use crate::config::GENERAL;
use crate::crypto::now;
use crate::files::PRIVATE_FILE;
use crate::identity::Identity;
use crate::store;
use crate::trust::{Objection, objections};

/// The certificate store and all its contents can be read.
pub(super) fn store_opens(case: &mut Case<'_>, notes: &mut Notes) -> Result<(), Skipped> {
    let file = case.file()?;
    let configuration = settings(&file)?;
    if !configuration.settings.use_secure_socket {
        return Err(Skipped::because("UseSecureSocket is FALSE"));
    }
    let store = match store::open(case.asked.store) {
        Ok(store) => store,
        Err(error) => {
            let place = file.place(&configuration, GENERAL, "UseSecureSocket");
            notes.failure(
                format_args!("{place}, is TRUE, but the certificate store can't be read: {error}"),
                STORE,
            );
            return Ok(());
        }
    };
    for problem in store.problems() {
        notes.warning(
            format_args!("{}: {problem}", store.location()),
            "Mend it, or remove it from the store if it is not needed; nothing else in the store suffers.",
        );
    }
    for exposed in store.exposed() {
        notes.warning(format_args!("{}: {exposed}", store.location()), PRIVATE_FILE);
    }
    let (certificates, lists) = (store.certificates(), store.crls());
    let keys = certificates.iter().filter(|stored| stored.has_key).count();
    notes.ok(format_args!(
        "{} can be read: certificates: {}, with private keys: {keys}, revocation lists: {}",
        store.location(),
        certificates.len(),
        lists.len()
    ));
    case.store = Some(Rc::from(store));
    Ok(())
}

/// TLSCertificateSerial names exactly one certificate.
pub(super) fn is_found(case: &mut Case<'_>, notes: &mut Notes) -> Result<(), Skipped> {
    let (store, file) = (case.store()?, case.file()?);
    let configuration = settings(&file)?;
    match sought(&file, &configuration).choose(&*store, None) {
        Ok(chosen) => {
            for stored in chosen.without_key {
                notes.warning(
                    format_args!("passed over, because the store holds no private key of it: {stored}"),
                    "Remove it from there, or put it there together with its private key.",
                );
            }
            match chosen.named {
                Some(named) if named != chosen.certificate => notes.ok(format_args!(
                    "TLSCertificateSerial names {named}, which is renewed by {}",
                    chosen.certificate
                )),
                _ => notes.ok(format_args!("TLSCertificateSerial names {}", chosen.certificate)),
            }
            for (stored, obstacle) in chosen.passed_over {
                notes.ok(format_args!("not taken as its renewal, because {obstacle}: {stored}"));
            }
            case.own = Some(chosen.certificate.clone());
        }
        Err(refusal) => notes.refusal(&refusal),
    }
    Ok(())
}

/// It is valid and will remain so for some time, and peers can accept it.
pub(super) fn is_valid(case: &mut Case<'_>, notes: &mut Notes) -> Result<(), Skipped> {
    let (own, file) = (case.own()?, case.file()?);
    let configuration = settings(&file)?;
    case.objections = objections(&own.certificate, case.others()?.iter(), now());
    match sought(&file, &configuration).check_usage(&own) {
        // Worded like the agent's refusal to start.
        Err(refusal) => notes.refusal(&refusal),
        Ok(()) => {
            let of_own =
                |objection: &&Objection| objection.certificate().is_none_or(|it| *it == own.certificate);
            for objection in case.objections.iter().filter(of_own) {
                notes.objection(objection);
            }
        }
    }
    if notes.is_empty() {
        let validity = own.certificate.validity();
        notes.ok(format_args!("the certificate is {validity} and may be a TLS server's"));
    }
    case.own_is_sound = !notes.has_failure();
    Ok(())
}

/// Its private key makes signatures that verify.
pub(super) fn key_signs(case: &mut Case<'_>, notes: &mut Notes) -> Result<(), Skipped> {
    let (store, own) = (case.store()?, case.own()?);
    let identity = Identity::new(&*store, &own).and_then(|identity| identity.prove().map(|()| identity));
    match identity {
        Ok(identity) => {
            let schemes: Vec<String> = identity.key.schemes().iter().map(ToString::to_string).collect();
            notes.ok(format_args!("the private key signs for this account: {}", schemes.join(", ")));
            case.identity = Some(Rc::new(identity));
        }
        Err(error) => {
            notes.failure(format_args!("{}: the private key is {error}", own.place), key_cure(&error));
        }
    }
    Ok(())
}
