//! A well-behaved client and server, over a network that may damage data.

use std::collections::HashMap;

use lsam_core::crypto::Provider;
use lsam_core::tls::limits::MAX_FRAGMENT;
use lsam_core::tls::{
    Buffers, Client, ClientSession, Error, Negotiated, Role, Server, ServerSession, StoredSession,
};

use crate::peer::Peer;
use crate::records;
use crate::script::Script;
use crate::setup::{ClientSetUp, ServerSetUp};
use lsam_testing::transparent::{Checksummed, Unsealed};
use lsam_testing::witness::{Speaker, Witness};

/// Target `pair`: six bytes of setup, then what happens in transit.
pub fn pair(input: &[u8]) {
    let mut script = Script::new(input);
    let (server, client) = (ServerSetUp::read(&mut script), ClientSetUp::read(&mut script));
    if server.identity & ServerSetUp::UNSEALED == 0 {
        visits::<Checksummed>(server, client, true, &mut script);
    } else {
        visits::<Unsealed>(server, client, false, &mut script);
    }
}

fn visits<P: Provider>(server: ServerSetUp, client: ClientSetUp, is_sealed: bool, script: &mut Script<'_>) {
    let mut store = StoredSession::new();
    let mut secrets = [Secrets::new(), Secrets::new()];
    for _ in 0..super::MAX_SESSIONS {
        visit::<P>(server, client, is_sealed, &mut store, &mut secrets, script);
        if script.is_empty() {
            break;
        }
    }
}

/// The master secrets of the sessions in which one side saw these tickets.
type Secrets = HashMap<Vec<u8>, Vec<u8>>;

/// One direction of the network.
#[derive(Default)]
struct Way {
    /// Everything that was sent, as it arrives.
    sent: Vec<u8>,
    /// The damaged bytes, as they were sent.
    damaged: HashMap<usize, u8>,
    /// How many bytes of it have arrived.
    carried: usize,
    is_cut: bool,
}

/// Events that neither side intended.
#[derive(Clone, Copy, Default)]
struct Damage {
    bytes: bool,
    ends: bool,
}

struct Visit<'b, P: Provider> {
    client: Peer<'b, Client<'b, P>, P>,
    server: Peer<'b, Server<'b, P>, P>,
    up: Way,
    down: Way,
    from_client: Vec<u8>,
    from_server: Vec<u8>,
    damage: Damage,
}

fn visit<P: Provider>(
    server: ServerSetUp,
    client: ClientSetUp,
    is_sealed: bool,
    store: &mut StoredSession,
    secrets: &mut [Secrets; 2],
    script: &mut Script<'_>,
) {
    let (server_config, client_config) = (server.config(), client.config());
    let [mut recv, mut send] = server.buffers.memory();
    let buffers = Buffers { recv: &mut recv, send: &mut send };
    let server_session = ServerSession::<P>::new(&server_config, buffers).expect("a valid configuration");
    let [mut recv, mut send] = client.buffers.memory();
    let buffers = Buffers { recv: &mut recv, send: &mut send };
    let client_session = match client.has_store() {
        true => ClientSession::with_store(&client_config, store, buffers),
        false => ClientSession::new(&client_config, buffers),
    };
    let mut visit = Visit {
        client: Peer::new(client_session.expect("a valid configuration"), 1),
        server: Peer::new(server_session, 101),
        up: Way::default(),
        down: Way::default(),
        from_client: Vec::new(),
        from_server: Vec::new(),
        damage: Damage::default(),
    };
    while !script.is_empty() {
        match script.u8() % 12 {
            0 => carry(&mut visit.client, &mut visit.up, &mut visit.server, &mut visit.down, script.u8(), 1),
            1 => carry(&mut visit.server, &mut visit.down, &mut visit.client, &mut visit.up, script.u8(), 1),
            2 => write(&mut visit.client, &mut visit.from_client, script.u16()),
            3 => write(&mut visit.server, &mut visit.from_server, script.u16()),
            4 => visit.close_client(),
            5 => visit.close_server(),
            6 => visit.damage.bytes |= visit.up.damage(script.u16(), script.u8()),
            7 => visit.damage.bytes |= visit.down.damage(script.u16(), script.u8()),
            8 => visit.cut(script.u8()),
            9 => visit.client.waits_to_drain = !visit.client.waits_to_drain,
            10 => visit.server.waits_to_drain = !visit.server.waits_to_drain,
            _ => break,
        }
    }
    visit.settle();
    visit.check_finished(secrets);
    // Where damage goes unnoticed, only the connected sides can be checked.
    if is_sealed || !visit.damage.bytes {
        visit.check(server, client);
    }
}

impl<P: Provider> Visit<'_, P> {
    fn close_client(&mut self) {
        self.damage.ends |= !self.client.connected;
        self.client.session.close();
    }

    fn close_server(&mut self) {
        self.damage.ends |= !self.server.connected;
        self.server.session.close();
    }

    /// The transport ends: for 0 in one direction, otherwise in both.
    fn cut(&mut self, side: u8) {
        self.damage.ends = true;
        self.up.is_cut = true;
        self.server.session.recv_end();
        if side != 0 {
            self.down.is_cut = true;
            self.client.session.recv_end();
        }
    }

    /// Everything in transit arrives, until neither side has anything to send.
    fn settle(&mut self) {
        self.client.waits_to_drain = false;
        self.server.waits_to_drain = false;
        loop {
            let before = (self.up.sent.len(), self.up.carried, self.down.sent.len(), self.down.carried);
            carry(&mut self.client, &mut self.up, &mut self.server, &mut self.down, 0, usize::MAX);
            carry(&mut self.server, &mut self.down, &mut self.client, &mut self.up, 0, usize::MAX);
            if before == (self.up.sent.len(), self.up.carried, self.down.sent.len(), self.down.carried) {
                return;
            }
        }
    }

    /// A side is connected only if the Finished it received matches the messages it saw.
    fn check_finished(&self, [client, server]: &mut [Secrets; 2]) {
        let (up, down) = (&self.up, &self.down);
        check_finished(self.client.connected, Speaker::Server, &up.as_sent(), down.as_carried(), client);
        check_finished(self.server.connected, Speaker::Client, up.as_carried(), &down.as_sent(), server);
    }

    fn check(&self, server: ServerSetUp, client: ClientSetUp) {
        assert!(self.from_client.starts_with(&self.server.data), "data that the client did not send");
        assert!(self.from_server.starts_with(&self.client.data), "data that the server did not send");
        let negotiated = (self.client.session.negotiated(), self.server.session.negotiated());
        if let (Some(a), Some(b)) = negotiated {
            // Each side's index refers to its own list of protocol names.
            assert_eq!(Negotiated { alpn: None, ..a }, Negotiated { alpn: None, ..b });
            let (a, b) = (a.alpn.map(|n| client.config().alpn[n]), b.alpn.map(|n| server.config().alpn[n]));
            assert_eq!(a, b);
        }
        if self.damage.bytes || self.damage.ends {
            return;
        }
        self.check_limits(server, client);
        // A side that has closed does not have to learn why the other fails, or to read what it sends.
        if self.client.closed || self.server.closed {
            return;
        }
        self.check_errors();
        let goes_on = (self.client.is_open(), self.server.is_open());
        assert_eq!(goes_on.0, goes_on.1, "one side is left alone");
        if goes_on.0 {
            assert!(self.server.data == self.from_client, "data from the client that did not arrive");
            assert!(self.client.data == self.from_server, "data from the server that did not arrive");
        }
    }

    /// Two incompatible sides fail for a reason that one of them finds and reports to the other.
    fn check_errors(&self) {
        let (a, b) = match (self.client.error, self.server.error) {
            (None, None) => return,
            (Some(Error::AlertReceived(alert)), Some(error))
            | (Some(error), Some(Error::AlertReceived(alert))) => (error, alert),
            other => panic!("{other:?}"),
        };
        assert_eq!(a.alert(), Some(b));
        assert!(matches!(a, Error::Incompatible(_) | Error::RecvBufferTooSmall { .. }), "{a:?}");
    }

    /// No record is longer than the other side requested.
    fn check_limits(&self, server: ServerSetUp, client: ClientSetUp) {
        let capacity = |recv: usize| recv.saturating_sub(5 + 24).min(MAX_FRAGMENT);
        let (client_limit, server_limit) = (capacity(client.buffers.recv()), capacity(server.buffers.recv()));
        let announces = client_limit < MAX_FRAGMENT;
        let asked = client.config().max_fragment_length.map(|length| length.bytes()).filter(|_| !announces);
        let (up, down) = (records::records(&self.up.sent).0, records::records(&self.down.sent).0);
        let prefix = records::nonce_prefix(&down);
        let longest = |records: &[records::Record<'_>], sealed: bool| {
            let records = records.iter().filter(|record| record.sealed == sealed);
            records.filter_map(|record| record.text(prefix)).map(<[u8]>::len).max().unwrap_or(0)
        };
        assert!(longest(&down, true) <= client_limit.min(asked.unwrap_or(MAX_FRAGMENT)));
        assert!(!announces || longest(&up, true) <= server_limit);
        if let Some(limit) = asked {
            assert!(
                longest(&down, false) <= limit
                    && longest(up.get(1..).unwrap_or_default(), false) <= limit
                    && longest(&up, true) <= limit
            );
        }
    }
}

/// Checks one side, to which `peer` must authenticate, using both sides' streams as it saw them.
fn check_finished(is_connected: bool, peer: Speaker, client: &[u8], server: &[u8], secrets: &mut Secrets) {
    let Some(witness) = Witness::new(client, server) else {
        return assert!(!is_connected, "connected without a ServerHello");
    };
    let master_secret = if witness.is_resumed() {
        witness.offered_ticket().and_then(|ticket| secrets.get(ticket).cloned())
    } else {
        witness.master_secret()
    };
    let Some(master_secret) = master_secret else {
        // Only a ticket that was damaged without being noticed yields a secret unknown here.
        return assert!(!is_connected || witness.is_resumed(), "connected without a secret");
    };
    if is_connected {
        let right = witness.verify_data(peer, &master_secret);
        assert_eq!(witness.finished(peer), right.as_deref(), "connected without the right Finished");
    }
    if let Some(ticket) = witness.new_ticket() {
        secrets.insert(ticket.to_vec(), master_secret);
    }
}

impl Way {
    /// What the sender sent.
    fn as_sent(&self) -> Vec<u8> {
        let mut sent = self.sent.clone();
        self.damaged.iter().for_each(|(at, byte)| sent[*at] = *byte);
        sent
    }

    /// What the receiver received.
    fn as_carried(&self) -> &[u8] {
        &self.sent[..self.carried]
    }

    /// Flips bits of a byte in transit, if there is one, and returns whether it did.
    fn damage(&mut self, at: u16, bits: u8) -> bool {
        let at = self.carried + usize::from(at);
        let Some(byte) = self.sent.get_mut(at) else { return false };
        self.damaged.entry(at).or_insert(*byte);
        *byte ^= bits;
        bits != 0
    }
}

/// Carries bytes from `from` to `to`, in pieces: the given number, or all of them (0).
fn carry<A: Role<P>, B: Role<P>, P: Provider>(
    from: &mut Peer<'_, A, P>,
    way: &mut Way,
    to: &mut Peer<'_, B, P>,
    back: &mut Way,
    most: u8,
    piece: usize,
) {
    from.run(&mut way.sent);
    if from.waits_to_drain {
        from.drain(usize::from(most), &mut way.sent);
    }
    let waiting = way.sent.len() - way.carried;
    let n = if most == 0 { waiting } else { waiting.min(usize::from(most)) };
    let bytes = way.sent[way.carried..way.carried + n].to_vec();
    way.carried +=
        if way.is_cut { n } else { to.receive(&bytes, piece.max(usize::from(most)), &mut back.sent) };
    to.run(&mut back.sent);
}

fn write<R: Role<P>, P: Provider>(side: &mut Peer<'_, R, P>, written: &mut Vec<u8>, len: u16) {
    let start = written.len();
    let data: Vec<u8> = (start..start + usize::from(len)).map(|n| n as u8).collect();
    if let Ok(n) = side.session.write(&data) {
        written.extend_from_slice(&data[..n]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Damages every third byte of what either side sends, in a resumed handshake and in the full one before
    /// it.
    #[test]
    fn no_damage_to_a_handshake_without_seals_goes_unnoticed() {
        const SET_UP: [u8; 6] = [
            ServerSetUp::TICKETS,
            0,
            ServerSetUp::UNSEALED,
            ClientSetUp::HAS_STORE | ClientSetUp::NAMES_SERVER,
            0,
            0,
        ];
        const FULL: [u8; 9] = [0, 0, 1, 0, 0, 0, 1, 0, 11];
        for before in [&[][..], &FULL] {
            // Stops before carrying each of the four flights, if there are that many.
            for (flight, step) in [6, 7, 6, 7].into_iter().enumerate() {
                for at in (0..800_u16).step_by(3) {
                    let [a, b] = at.to_be_bytes();
                    let mut input = [&SET_UP[..], before].concat();
                    (0..flight).for_each(|n| input.extend([n as u8 % 2, 0]));
                    input.extend([step, a, b, 1]);
                    pair(&input);
                }
            }
        }
    }
}
