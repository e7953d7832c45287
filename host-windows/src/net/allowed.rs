//! Which addresses may connect (AllowedIPAddress_1 to _4).

use std::net::IpAddr;

/// The peers that a listener serves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AllowedPeers {
    /// Any address.
    Any,
    /// These addresses alone.
    Only(Vec<IpAddr>),
}

impl AllowedPeers {
    /// Whether `peer` is served. An IPv4 address that arrives on an IPv6 socket (`::ffff:192.0.2.1`) is the IPv4
    /// address.
    pub fn contains(&self, peer: IpAddr) -> bool {
        match self {
            Self::Any => true,
            Self::Only(addresses) => {
                addresses.iter().any(|address| address.to_canonical() == peer.to_canonical())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_compared_in_their_canonical_form() {
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        let only = AllowedPeers::Only(vec![ip("192.0.2.1"), ip("2001:db8::1")]);
        for (peer, allowed) in [
            ("192.0.2.1", true),
            ("::ffff:192.0.2.1", true),
            ("2001:db8:0::1", true),
            ("192.0.2.2", false),
            ("::1", false),
        ] {
            assert_eq!(only.contains(ip(peer)), allowed, "{peer}");
            assert!(AllowedPeers::Any.contains(ip(peer)));
        }
    }
}
