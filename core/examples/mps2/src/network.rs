//! The network of the emulator: the addresses that QEMU's user network gives its guest. A real board uses
//! DHCP, for which smoltcp has a socket.

use core::time::Duration;

use lsam_core::crypto::Entropy;
use smoltcp::iface::{Config, Interface};
use smoltcp::time::Instant;
use smoltcp::wire::{HardwareAddress, IpCidr, Ipv4Address};

use crate::board::Board;
use crate::platform::Clock as _;

/// This machine.
pub const ADDRESS: Ipv4Address = Ipv4Address::new(10, 0, 2, 15);
/// The emulator's host.
pub const HOST: Ipv4Address = Ipv4Address::new(10, 0, 2, 2);
const PREFIX: u8 = 24;

/// The interface on the board's Ethernet.
pub fn interface(board: &mut Board, entropy: &mut dyn Entropy) -> Interface {
    let mut config = Config::new(HardwareAddress::Ethernet(board.ethernet.address()));
    // TCP sequence numbers must begin unpredictably (RFC 6528).
    let mut seed = [0; 8];
    if entropy.fill(&mut seed).is_ok() {
        config.random_seed = u64::from_le_bytes(seed);
    }
    let now = instant(board.clock.uptime());
    let mut interface = Interface::new(config, &mut board.ethernet, now);
    interface.update_ip_addrs(|addresses| {
        // There is room for one address.
        let _ = addresses.push(IpCidr::new(ADDRESS.into(), PREFIX));
    });
    let _ = interface.routes_mut().add_default_ipv4_route(HOST);
    interface
}

/// The time for smoltcp.
pub fn instant(uptime: Duration) -> Instant {
    // Enough for 292,000 years.
    Instant::from_micros(i64::try_from(uptime.as_micros()).unwrap_or(i64::MAX))
}
