//! The names in the agent's certificate, and those of this machine.

use lsam_core::peer_name::PeerName;
use lsam_core::x509::{self, CertificateError};

use super::case::Case;
use super::{Notes, Skipped};
use crate::agent::Machine;
use crate::store::Certificate;
use crate::trust::advice;

/// The names of this machine: its host name, then its fully qualified name, if the system knows it.
pub fn machine_names() -> Vec<String> {
    let own = Machine::read().host_name;
    let full = domain().map(|domain| format!("{own}.{domain}"));
    std::iter::once(own).chain(full).collect()
}

/// The machine's DNS suffix.
#[cfg(windows)]
fn domain() -> Option<String> {
    const PARAMETERS: &str = r"SYSTEM\CurrentControlSet\Services\Tcpip\Parameters";
    let domain = windows_registry::LOCAL_MACHINE.open(PARAMETERS).ok()?.get_string("Domain").ok()?;
    (!domain.is_empty()).then_some(domain)
}

/// Here the host name includes the domain, if any.
#[cfg(not(windows))]
const fn domain() -> Option<String> {
    None
}

/// The certificate has the name by which the scheduling server knows this machine.
pub(super) fn fit(case: &mut Case<'_>, notes: &mut Notes) -> Result<(), Skipped> {
    let own = case.own()?.certificate;
    let parsed = parsed(&own)?;
    let values = fitting_values(&own, &parsed);
    if let Some(name) = case.asked.distinguished_name {
        match PeerName::DistinguishedName(name).check(&parsed) {
            Ok(()) => notes
                .ok(format_args!("\"{name}\", TLS Certificate Distinguished Name, is in the certificate")),
            Err(rule) => notes.failure(
                format_args!(
                    "\"{name}\", TLS Certificate Distinguished Name, is not in the certificate: {rule}"
                ),
                cure(&values),
            ),
        }
        return Ok(());
    }
    let names = &case.asked.machine_names;
    if let Some(name) = names.iter().find(|name| PeerName::Host(name).check(&parsed).is_ok()) {
        notes.ok(format_args!("the certificate has the name of this machine, {name}"));
        return Ok(());
    }
    // If the system does not know its domain, the name may be the fully qualified one.
    let begins_alike = |value: &&String| {
        let label = value.split_once('.').map(|(label, _)| label);
        label.is_some_and(|label| names.iter().any(|name| name.eq_ignore_ascii_case(label)))
    };
    if let Some(full) = values.iter().find(begins_alike) {
        notes.ok(format_args!(
            "the certificate has the name {full}; the scheduling server must know this machine by it, from \
             Fully Qualified Domain Name or from DNS"
        ));
        return Ok(());
    }
    notes.warning(
        format_args!(
            "the certificate has not the name of this machine, {}; the scheduling server refuses it, unless \
             it knows the machine by a name in it",
            names.join(" or ")
        ),
        cure(&values),
    );
    Ok(())
}

/// What to do if the name is not in a certificate with these `values`.
pub(super) fn cure(values: &[String]) -> String {
    let advice = advice::server_certificate(CertificateError::NameMismatch);
    if values.is_empty() {
        return format!("{advice} This one has no name that fits.");
    }
    let values: Vec<String> = values.iter().map(|value| format!("\"{value}\"")).collect();
    format!("{advice} With this certificate these values fit: {}.", values.join(", "))
}

/// All values of TLS Certificate Distinguished Name that match: its names and addresses, and its whole
/// subject.
pub(super) fn fitting_values(own: &Certificate, parsed: &x509::Certificate<'_>) -> Vec<String> {
    let mut values = own.alternative_names();
    let common_name = parsed.subject_common_name().and_then(|name| Some(name.chars()?.collect::<String>()));
    values.extend(common_name.into_iter().chain([own.subject.clone()]));
    values.retain(|value| PeerName::DistinguishedName(value).check(parsed).is_ok());
    let mut first = Vec::new();
    values.retain(|value| {
        let is_new = !first.contains(value);
        first.push(value.clone());
        is_new
    });
    values
}

pub(super) fn parsed(own: &Certificate) -> Result<x509::Certificate<'_>, Skipped> {
    x509::Certificate::parse(&own.der).map_err(|_| Skipped::because("the certificate is malformed"))
}
