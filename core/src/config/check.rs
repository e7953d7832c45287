//! Checks across settings, for problems that single values can't show.

use super::configuration::Places;
use super::{AllowedAddress, Diagnostic, Problem, Rule, SETTINGS, Settings};

/// Reports which settings contradict each other.
///
/// File transfers may share the port of JORS, as they do by default. The defaults break no rule, so at least
/// one setting of a broken rule is in the file.
pub(super) fn check<'a>(settings: &Settings<'a>, places: &Places, report: &mut dyn FnMut(Diagnostic<'a>)) {
    let mut broken = |rule, change: usize, other: usize| {
        let mut involved = [change, other].into_iter().filter_map(|n| places.get(n).copied().flatten());
        if involved.clone().all(|place| place.accepted)
            && let (Some(place), Some(setting)) = (involved.next(), SETTINGS.get(change))
        {
            report(Diagnostic { at: place.at, problem: Problem::Rule { setting, rule } });
        }
    };
    if settings.use_secure_socket && settings.tls_certificate_serial.is_empty() {
        broken(Rule::SerialMissing, SERIAL, SECURE_SOCKET);
    }
    if settings.tls_client_validation && !settings.use_secure_socket {
        broken(Rule::ValidationWithoutTls, CLIENT_VALIDATION, SECURE_SOCKET);
    }
    if settings.tls_require_revocation_status && !settings.tls_check_certificate_revocation {
        broken(Rule::StatusWithoutRevocation, REVOCATION_STATUS, REVOCATION);
    }
    if settings.allowed_ip_addresses == [AllowedAddress::None; 4] {
        broken(Rule::NobodyAllowed, FIRST_ADDRESS, FIRST_ADDRESS);
    }
    let allowed = || (FIRST_ADDRESS..).zip(settings.allowed_ip_addresses);
    let any = allowed().find(|(_, address)| *address == AllowedAddress::Any);
    let only = allowed().find(|(_, address)| matches!(address, AllowedAddress::Only(_)));
    if let (Some((any, _)), Some((only, _))) = (any, only)
        && let Some(setting) = SETTINGS.get(only)
    {
        broken(Rule::AnybodyAllowed(setting), any, only);
    }
    let ports = [
        (SAM_SOCKET, Some(settings.socket_number_to_sam)),
        (JORS_SOCKET, Some(settings.jors_socket)),
        (SMAFT_SOCKET, settings.smaft_server_socket),
        (TLS_SMAFT_SOCKET, settings.tls_smaft_server_socket),
    ];
    for (n, (change, port)) in ports.iter().enumerate() {
        let same = ports.iter().take(n).find(|(_, other)| port.is_some() && other == port);
        if let Some((other, _)) = same
            && !(*change == SMAFT_SOCKET && settings.smaft_server_socket == Some(settings.jors_socket))
            && let Some(setting) = SETTINGS.get(*other)
        {
            broken(Rule::SamePort(setting), *change, *other);
        }
    }
}

const SECURE_SOCKET: usize = index_of("General Settings", "UseSecureSocket");
const SERIAL: usize = index_of("General Settings", "TLSCertificateSerial");
const CLIENT_VALIDATION: usize = index_of("General Settings", "TLSClientValidation");
const REVOCATION: usize = index_of("General Settings", "TLSCheckCertificateRevocation");
const REVOCATION_STATUS: usize = index_of("General Settings", "TLSRequireRevocationStatus");
const SAM_SOCKET: usize = index_of("TCP/IP Parameters", "SocketNumberToSAM");
const FIRST_ADDRESS: usize = index_of("TCP/IP Parameters", "AllowedIPAddress_1");
const JORS_SOCKET: usize = index_of("JORS Settings", "JORSSocket");
const SMAFT_SOCKET: usize = index_of("SMAFT Settings", "SmaftServerSocket");
const TLS_SMAFT_SOCKET: usize = index_of("SMAFT Settings", "TlsSmaftServerSocket");

/// The index of a setting in the table; a name that is not in the table does not compile.
const fn index_of(section: &str, key: &str) -> usize {
    let mut rest = SETTINGS;
    while let [setting, after @ ..] = rest {
        if setting.is(section, key) {
            break;
        }
        rest = after;
    }
    assert!(!rest.is_empty(), "a rule names a setting that is not in the table");
    SETTINGS.len() - rest.len()
}
