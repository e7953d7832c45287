//! smoltcp on its loopback device, which receives what it sends.

use std::time::Instant;

use smoltcp::iface::{Config, Interface, SocketHandle, SocketSet};
use smoltcp::phy::{Loopback, Medium};
use smoltcp::socket::tcp;
use smoltcp::wire::{HardwareAddress, IpAddress, IpCidr};

use crate::{Outcome, PORT};

const ADDRESS: IpAddress = IpAddress::v4(127, 0, 0, 1);

/// A whole network: the device, the IP address on it and the TCP sockets.
pub(crate) struct Network {
    device: Loopback,
    interface: Interface,
    sockets: SocketSet<'static>,
    started: Instant,
}

impl Network {
    pub(crate) fn new() -> Outcome<Self> {
        let mut device = Loopback::new(Medium::Ip);
        let mut config = Config::new(HardwareAddress::Ip);
        config.random_seed = getrandom::u64()?;
        let mut interface = Interface::new(config, &mut device, smoltcp::time::Instant::ZERO);
        let mut added = Ok(());
        interface.update_ip_addrs(|addresses| added = addresses.push(IpCidr::new(ADDRESS, 8)));
        added.map_err(|_| "no room for an address")?;
        Ok(Self { device, interface, sockets: SocketSet::new(Vec::new()), started: Instant::now() })
    }

    /// Moves everything that can be moved.
    pub(crate) fn poll(&mut self) {
        let now = i64::try_from(self.started.elapsed().as_micros()).unwrap_or(i64::MAX);
        let now = smoltcp::time::Instant::from_micros(now);
        self.interface.poll(now, &mut self.device, &mut self.sockets);
    }

    fn add_socket(&mut self) -> SocketHandle {
        let buffer = || tcp::SocketBuffer::new(vec![0; 2048]);
        let mut socket = tcp::Socket::new(buffer(), buffer());
        // TLS writes whole flights; delaying them only costs time.
        socket.set_nagle_enabled(false);
        self.sockets.add(socket)
    }

    /// A listening socket for one connection.
    pub(crate) fn listen(&mut self) -> Outcome<SocketHandle> {
        let handle = self.add_socket();
        self.socket(handle).listen(PORT)?;
        Ok(handle)
    }

    /// A socket that connects to it.
    pub(crate) fn connect(&mut self, local_port: u16) -> Outcome<SocketHandle> {
        let handle = self.add_socket();
        let socket = self.sockets.get_mut::<tcp::Socket<'_>>(handle);
        socket.connect(self.interface.context(), (ADDRESS, PORT), local_port)?;
        Ok(handle)
    }

    pub(crate) fn socket(&mut self, handle: SocketHandle) -> &mut tcp::Socket<'static> {
        self.sockets.get_mut(handle)
    }

    /// TLS has been closed already; the TCP connections may still be open.
    pub(crate) fn hang_up(&mut self) {
        self.sockets = SocketSet::new(Vec::new());
    }
}
