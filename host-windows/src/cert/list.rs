//! Shows the contents of a store.

use std::io::Write;

use lsam_core::serial_number;
use lsam_core::x509::{self, Purpose};

use super::Failed;
use crate::store::{self, CertificateStore, RevocationListSummary, Section, StoredCertificate};

/// Shows the contents of `store`: a block of lines for each certificate, the revocation lists, and what can't
/// be used.
///
/// # Errors
/// [`Failed`] if the output can't be written.
pub fn list(store: &dyn CertificateStore, out: &mut impl Write) -> Result<(), Failed> {
    if store.certificates().is_empty() {
        writeln!(out, "There is no certificate in {}.", store.location())?;
    }
    for stored in store.certificates() {
        show(stored, out)?;
    }
    for list in store.crls() {
        writeln!(out, "{}", list.place)?;
        match RevocationListSummary::from_der(&list.der) {
            Ok(summary) => {
                writeln!(out, "  issuer    {}", summary.issuer)?;
                writeln!(out, "  current   {}", summary.validity())?;
                writeln!(out, "  revoked   {}", summary.revoked)?;
            }
            Err(malformed) => writeln!(out, "  problem   {malformed}")?,
        }
    }
    for problem in store.problems() {
        writeln!(out, "{}\n  problem   {}", problem.place, problem.reason)?;
    }
    Ok(())
}

/// Shows the certificates with the serial number `typed`, in any section, and which of them the agent uses.
///
/// # Errors
/// [`Failed`] if the agent would use none of them: `typed` is not a serial number, or not exactly one
/// certificate with a private key in My or Root has it.
pub fn find(store: &dyn CertificateStore, typed: &str, out: &mut impl Write) -> Result<(), Failed> {
    let serial = serial_number::parse(typed).map_err(|error| Failed(format!("{typed}: {error}")))?;
    for stored in store.certificates().iter().filter(|stored| stored.certificate.serial == serial) {
        show(stored, out)?;
    }
    match store::find_by_serial(store, &serial) {
        Ok(found) => {
            writeln!(out, "The agent takes {}.", found.certificate.place)?;
            Ok(())
        }
        Err(not_found) => {
            let meant = store::find_by_thumbprint(store, typed).map(|stored| {
                let serial = stored.certificate.serial;
                format!("; it is the thumbprint of {stored}; write its serial number, {serial}")
            });
            Err(Failed(format!("the agent can't take {serial}: {not_found}{}", meant.unwrap_or_default())))
        }
    }
}

fn show(stored: &StoredCertificate, out: &mut impl Write) -> Result<(), Failed> {
    let certificate = &stored.certificate;
    writeln!(out, "{}", stored.place)?;
    writeln!(out, "  subject   {}", certificate.subject)?;
    let names = certificate.alternative_names();
    if !names.is_empty() {
        writeln!(out, "  names     {}", names.join(", "))?;
    }
    writeln!(out, "  issuer    {}", certificate.issuer)?;
    writeln!(out, "  serial    {}", certificate.serial)?;
    let validity = certificate.validity();
    writeln!(out, "  validity  {}", validity.strip_prefix("valid ").unwrap_or(&validity))?;
    writeln!(out, "  key       {}", if stored.has_key { "yes" } else { "no" })?;
    for problem in problems(stored) {
        writeln!(out, "  problem   {problem}")?;
    }
    Ok(())
}

/// Why a certificate can't serve the purpose of its section.
fn problems(stored: &StoredCertificate) -> Vec<&'static str> {
    let mut problems = Vec::new();
    if !stored.certificate.is_valid_now() {
        problems.push("it is not valid now, so that no peer accepts it");
    }
    if stored.section == Section::My && !stored.has_key && !stored.certificate.is_self_issued() {
        problems.push("it is of no use in My without its private key");
    }
    if stored.section == Section::Root && !stored.certificate.is_self_issued() && !stored.has_key {
        problems.push("it is not self-signed, so that it is no root and makes nobody trusted");
    }
    match x509::Certificate::parse(&stored.certificate.der) {
        Err(_) => problems.push("it is malformed"),
        Ok(parsed) => {
            if stored.has_key && parsed.check_usage(Purpose::Server).is_err() {
                problems.push("its key usage does not allow it to be the agent's");
            }
            if parsed.public_key().is_err() {
                problems.push("its public key is of a kind or size that is not accepted");
            }
        }
    }
    problems
}
