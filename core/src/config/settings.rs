//! The settings of a file, typed.

use core::net::IpAddr;

use super::{AllowedAddress, Diagnostic, Invalid, SETTINGS, parse};
use crate::ini::Text;

/// What the agent runs with: the values of a file, and the documented defaults for what the file leaves out.
///
/// Texts borrow from the file. What each setting means, and what it accepts, stands in [`SETTINGS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings<'a> {
    /// `DisplayServiceName`.
    pub display_service_name: Text<'a>,
    /// `ShortServiceName`.
    pub short_service_name: Text<'a>,
    /// `UseSecureSocket`.
    pub use_secure_socket: bool,
    /// `TLSCertificateSerial`, as the administrator typed it; never blank when `use_secure_socket` is set.
    pub tls_certificate_serial: Text<'a>,
    /// `TLSClientValidation`.
    pub tls_client_validation: bool,
    /// `TLSCheckCertificateRevocation`.
    pub tls_check_certificate_revocation: bool,
    /// `TLSRequireRevocationStatus`.
    pub tls_require_revocation_status: bool,
    /// `SocketNumberToSAM`, never zero.
    pub socket_number_to_sam: u16,
    /// `AllowedIPAddress_1` to `AllowedIPAddress_4`; [`Self::allows`] answers for all of them.
    pub allowed_ip_addresses: [AllowedAddress; 4],
    /// `JORSSocket`, never zero and never `socket_number_to_sam`.
    pub jors_socket: u16,
}

impl<'a> Settings<'a> {
    /// Reads `file`, the whole of an MSLSAM.ini in UTF-8 or Windows-1252, and hands each problem to `report`: those
    /// of single lines in their order, those of settings that don't go together at the end.
    ///
    /// # Errors
    /// [`Invalid`] when at least one of the problems is an [error](super::Severity::Error); nothing of the file is
    /// to be used then.
    pub fn parse(file: &'a [u8], mut report: impl FnMut(Diagnostic<'a>)) -> Result<Self, Invalid> {
        parse::parse(file, &mut report)
    }

    /// Whether a peer at `address` may connect.
    pub fn allows(&self, address: IpAddr) -> bool {
        self.allowed_ip_addresses.iter().any(|allowed| allowed.allows(address))
    }
}

/// The documented defaults: those of an empty file.
impl Default for Settings<'_> {
    fn default() -> Self {
        let mut settings = Self {
            display_service_name: Text::default(),
            short_service_name: Text::default(),
            use_secure_socket: false,
            tls_certificate_serial: Text::default(),
            tls_client_validation: false,
            tls_check_certificate_revocation: false,
            tls_require_revocation_status: false,
            socket_number_to_sam: 0,
            allowed_ip_addresses: [AllowedAddress::None; 4],
            jors_socket: 0,
        };
        for setting in SETTINGS {
            let accepted = setting.store(setting.default.into(), &mut settings);
            debug_assert_eq!(accepted, Ok(()), "{setting:?}");
        }
        settings
    }
}
