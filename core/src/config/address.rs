//! Which addresses may connect.

use core::net::IpAddr;

/// One of the `AllowedIPAddress` settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AllowedAddress {
    /// Blank: no address.
    None,
    /// `ANY`: every address.
    Any,
    /// One address.
    Only(IpAddr),
}

impl AllowedAddress {
    /// Whether this setting allows a peer at `address`.
    ///
    /// A dual-stack listener sees an IPv4 peer as `::ffff:a.b.c.d`, which is treated as the IPv4 address.
    pub fn allows(&self, address: IpAddr) -> bool {
        match self {
            Self::None => false,
            Self::Any => true,
            Self::Only(only) => only.to_canonical() == address.to_canonical(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_lets_in_itself_alone() {
        let only = AllowedAddress::Only("192.0.2.7".parse().unwrap());
        assert!(only.allows("192.0.2.7".parse().unwrap()));
        assert!(only.allows("::ffff:192.0.2.7".parse().unwrap()));
        assert!(!only.allows("192.0.2.8".parse().unwrap()));
        assert!(!only.allows("::192.0.2.7".parse().unwrap()));
    }

    #[test]
    fn any_is_everybody_and_blank_nobody() {
        for address in ["192.0.2.7", "2001:db8::1"] {
            assert!(AllowedAddress::Any.allows(address.parse().unwrap()));
            assert!(!AllowedAddress::None.allows(address.parse().unwrap()));
        }
    }
}
