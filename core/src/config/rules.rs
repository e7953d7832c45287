//! Rules across settings.

use core::fmt;

use super::Setting;

/// How settings contradict each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// TLS is on without a certificate.
    SerialMissing,
    /// Client validation is on, but TLS is off.
    ValidationWithoutTls,
    /// Revocation status is required, but revocation lists are not checked.
    StatusWithoutRevocation,
    /// No address may connect.
    NobodyAllowed,
    /// Every address may connect, although this setting names one.
    AnybodyAllowed(&'static Setting),
    /// Another service of this instance, with this setting, uses the same port.
    SamePort(&'static Setting),
}

/// Written after the name of the setting to change.
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
