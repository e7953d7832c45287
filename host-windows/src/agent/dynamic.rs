//! Settings that can change at run time.

use std::net::IpAddr;
use std::sync::{PoisonError, RwLock};

use lsam_core::agent::CheckCrc;
use lsam_core::config::{AllowedAddress, Settings};

/// The dynamic settings that the agent applies. Threads read them again for each decision.
pub(super) struct Dynamic(RwLock<Values>);

#[derive(Clone, Copy)]
struct Values {
    allowed: [AllowedAddress; 4],
    check_crc: CheckCrc,
}

impl Dynamic {
    pub(super) fn new(settings: &Settings<'_>) -> Self {
        Self(RwLock::new(Values::of(settings)))
    }

    /// Applies `settings` from now on.
    pub(super) fn apply(&self, settings: &Settings<'_>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Values::of(settings);
    }

    /// Restricts connections to `allowed`.
    pub(super) fn allow(&mut self, allowed: [AllowedAddress; 4]) {
        self.0.get_mut().unwrap_or_else(PoisonError::into_inner).allowed = allowed;
    }

    /// Whether a peer with `address` may connect.
    pub(super) fn allows(&self, address: IpAddr) -> bool {
        self.allowed().iter().any(|allowed| allowed.allows(address))
    }

    /// AllowedIPAddress_1 to _4.
    pub(super) fn allowed(&self) -> [AllowedAddress; 4] {
        self.values().allowed
    }

    /// CheckCRC.
    pub(super) fn check_crc(&self) -> CheckCrc {
        self.values().check_crc
    }

    fn values(&self) -> Values {
        *self.0.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Values {
    const fn of(settings: &Settings<'_>) -> Self {
        Self {
            allowed: settings.allowed_ip_addresses,
            check_crc: if settings.check_crc { CheckCrc::On } else { CheckCrc::Off },
        }
    }
}
