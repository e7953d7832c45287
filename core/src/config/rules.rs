//! Rules across settings: what single values cannot show.

use core::fmt;

use super::{AllowedAddress, Diagnostic, Problem, SETTINGS, Setting, Settings, Severity};
use crate::ini::Position;

/// Settings that do not go together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// TLS is on, and no certificate is named.
    SerialMissing,
    /// Clients are to be validated, and TLS is off.
    ValidationWithoutTls,
    /// The status in revocation lists is required, and they are not looked at.
    StatusWithoutRevocation,
    /// No address may connect.
    NobodyAllowed,
    /// Every address may connect, although this setting names one.
    AnybodyAllowed(&'static Setting),
    /// The port of another service of this instance, which has this setting.
    SamePort(&'static Setting),
}

impl Rule {
    pub(super) const fn severity(self) -> Severity {
        match self {
            Self::SerialMissing | Self::SamePort(_) => Severity::Error,
            Self::ValidationWithoutTls
            | Self::StatusWithoutRevocation
            | Self::NobodyAllowed
            | Self::AnybodyAllowed(_) => Severity::Warning,
        }
    }
}

/// To follow the setting that is to be changed.
impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SamePort(other) => {
                return write!(f, "it is the port of {} as well; write another port", other.key);
            }
            Self::AnybodyAllowed(other) => {
                return write!(
                    f,
                    "it is ANY, so that every address may connect, whatever {} says; write an address or nothing behind \
                     the =",
                    other.key
                );
            }
            Self::SerialMissing => {
                "it is blank, but UseSecureSocket is TRUE; write the serial number that the Details tab of the \
                 agent's certificate shows"
            }
            Self::ValidationWithoutTls => {
                "no client is validated while UseSecureSocket is FALSE; set UseSecureSocket to TRUE"
            }
            Self::StatusWithoutRevocation => {
                "no revocation list is looked at while TLSCheckCertificateRevocation is FALSE; set it to TRUE"
            }
            Self::NobodyAllowed => {
                "this and all other allowed addresses are blank, so that nobody may connect; write ANY or the \
                 address of the scheduling server"
            }
        })
    }
}

/// Where the settings stand in the file, in the order of [`SETTINGS`].
pub(super) type Places = [Option<Place>; SETTINGS.len()];

/// Where a value stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) at: Position,
    /// Whether it was taken; if not, the default stands in the settings, and to judge that would mislead.
    pub(super) accepted: bool,
}

/// Reports what in `settings` does not go together.
///
/// File transfers may have the port of JORS: that is what both have by default.
/// The defaults break no rule, so that at least one setting of a broken rule stands in the file.
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

/// The place of a setting in the table; a name that the table lacks does not compile.
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
