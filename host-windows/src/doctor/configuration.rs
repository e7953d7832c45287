//! MSLSAM.ini, and whether it requires TLS.

use std::rc::Rc;

use lsam_core::config::Severity;

use super::case::{Case, settings};
use super::{Notes, Skipped};
use crate::agent::{CORRECT, READABLE};
use crate::config::{GENERAL, IniFile};

/// The file can be read, and has no errors or warnings.
pub(super) fn is_clean(case: &mut Case<'_>, notes: &mut Notes) -> Result<(), Skipped> {
    let path = case.asked.config.display();
    let file = match IniFile::read(case.asked.config) {
        Ok(file) => file,
        Err(error) => {
            notes.failure(format_args!("{path} can't be read: {error}"), READABLE);
            return Ok(());
        }
    };
    let findings = file.check().findings;
    for finding in &findings {
        let is_about_serial =
            finding.setting.is_some_and(|setting| setting.is(GENERAL, "TLSCertificateSerial"));
        let at = finding.at.map(|at| format!("{at}: ")).unwrap_or_default();
        let text = format!("{path}: {at}{}", finding.message);
        match finding.severity {
            Severity::Error if is_about_serial => notes.failure(text, format!("{CORRECT} {LIST}")),
            Severity::Error => notes.failure(text, CORRECT),
            Severity::Warning => notes.warning(text, REMOVE),
        }
    }
    if findings.is_empty() {
        notes.ok(format_args!("{path} has no errors and no warnings"));
    }
    // A missing directory prevents the agent from starting, but the other checks can still read the settings.
    if file.configuration().is_ok() {
        case.file = Some(Rc::new(file));
    }
    Ok(())
}

/// The setting for TLS, which must match the scheduling server's setting for this machine.
pub(super) fn asks_for_tls(case: &mut Case<'_>, notes: &mut Notes) -> Result<(), Skipped> {
    let file = case.file()?;
    let configuration = settings(&file)?;
    let place = file.place(&configuration, GENERAL, "UseSecureSocket");
    let serial = configuration.settings.tls_certificate_serial;
    if configuration.settings.use_secure_socket {
        notes.ok(format_args!(
            "{place}, is TRUE: connections are TLS 1.2. The scheduling server needs Use TLS for Scheduling \
             Communications set to True for this machine"
        ));
    } else if serial.is_empty() {
        notes.ok(format_args!(
            "{place}, is FALSE: connections are not encrypted. The scheduling server needs Use TLS for \
             Scheduling Communications set to False for this machine"
        ));
    } else {
        notes.warning(
            format_args!(
                "{place}, is FALSE: TLSCertificateSerial has no effect, and connections are not encrypted"
            ),
            "If the scheduling server has Use TLS for Scheduling Communications set to True for this \
             machine, set UseSecureSocket to TRUE and restart both services.",
        );
    }
    Ok(())
}

const LIST: &str = "`lsam cert list` shows the certificates of the store with their serial numbers.";
const REMOVE: &str = "Correct the line, or remove it if it is not needed; the agent works without it.";
