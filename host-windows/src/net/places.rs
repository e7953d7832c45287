//! The places of served connections, and which connection is displaced if no place is left.
//!
//! ```text
//!   arriving ──admit, served──▶ established ──▶ (dropped)
//!      └───────── displaced ────────┴─────▶ leaving ──▶ (dropped)
//! ```
//! A new connection always gets a place, if necessary that of another connection at the same stage. So an
//! unproven connection, which may be one of a hundred from the same address, never displaces a proven one.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::Limits;
use super::limits::per_origin;
use super::stream::Cut;
use crate::origin::Origin;

/// How many displaced connections may still be closing, and how long a new one waits for this number to drop.
/// This bounds the threads at any rate of connections.
const MOST_LEAVING: usize = 16;
const LONGEST_LEAVING: Duration = Duration::from_secs(1);

/// The places of one listener.
#[derive(Clone)]
pub(super) struct Places {
    shared: Arc<Shared>,
}

struct Shared {
    limits: Limits,
    table: Mutex<Table>,
    left: Condvar,
}

#[derive(Default)]
struct Table {
    entries: BTreeMap<u64, Entry>,
    /// Increases with every event, and so orders them.
    clock: u64,
}

struct Entry {
    origin: Origin,
    cut: Cut,
    stage: Stage,
    /// The record of the connection: 1 for a handshake, and 1 for each message served.
    merit: u64,
    /// When that last increased.
    active: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Arriving,
    Established,
    Leaving,
}

impl Places {
    pub(super) fn new(limits: Limits) -> Self {
        Self { shared: Arc::new(Shared { limits, table: Mutex::default(), left: Condvar::new() }) }
    }

    /// Takes a place for a connection from `address`; `cut` ends the connection if another one needs the
    /// place more.
    pub(super) fn arrive(&self, address: IpAddr, cut: Cut) -> Place {
        let deadline = Instant::now() + LONGEST_LEAVING;
        let mut table = self.table();
        while table.count(Stage::Leaving) >= MOST_LEAVING
            && let Some(left) = deadline.checked_duration_since(Instant::now())
        {
            (table, _) = self.shared.left.wait_timeout(table, left).unwrap_or_else(PoisonError::into_inner);
        }
        let id = table.tick();
        let entry = Entry { origin: address.into(), cut, stage: Stage::Arriving, merit: 0, active: id };
        table.entries.insert(id, entry);
        table.make_room(id, Stage::Arriving, self.shared.limits.arriving);
        Place { places: self.clone(), id }
    }

    /// Waits for all places to be free, for at most `bound`; returns how many are not.
    pub(super) fn drain(&self, bound: Duration) -> usize {
        let deadline = Instant::now() + bound;
        let mut table = self.table();
        while !table.entries.is_empty()
            && let Some(left) = deadline.checked_duration_since(Instant::now())
        {
            (table, _) = self.shared.left.wait_timeout(table, left).unwrap_or_else(PoisonError::into_inner);
        }
        table.entries.len()
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.shared.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table {
    fn tick(&mut self) -> u64 {
        self.clock += 1;
        self.clock
    }

    fn at(&self, stage: Stage) -> impl Iterator<Item = (u64, &Entry)> {
        self.entries.iter().filter(move |(_, entry)| entry.stage == stage).map(|(id, entry)| (*id, entry))
    }

    fn count(&self, stage: Stage) -> usize {
        self.at(stage).count()
    }

    /// Displaces a connection if `newcomer` exceeds the `limit` at `stage`, or half of that for one origin.
    fn make_room(&mut self, newcomer: u64, stage: Stage, limit: usize) {
        let mut held = BTreeMap::<Origin, usize>::new();
        for (_, entry) in self.at(stage) {
            *held.entry(entry.origin).or_default() += 1;
        }
        let Some(own) = self.entries.get(&newcomer).map(|entry| entry.origin) else { return };
        let full = self.count(stage) > limit;
        if !full && held.get(&own).is_none_or(|held| *held <= per_origin(limit)) {
            return;
        }
        // The origin with the most connections loses the connection with the lowest merit; if several have
        // the same, the one that has been idle longest.
        let victim = self
            .at(stage)
            .filter(|(id, entry)| *id != newcomer && (full || entry.origin == own))
            .min_by_key(|(_, entry)| (Reverse(held.get(&entry.origin)), entry.merit, entry.active))
            .map(|(id, _)| id);
        if let Some(victim) = victim.and_then(|id| self.entries.get_mut(&id)) {
            victim.stage = Stage::Leaving;
            victim.cut.request();
        }
    }
}

/// A place, free again when dropped.
pub struct Place {
    places: Places,
    id: u64,
}

impl Place {
    /// The handshake is complete, but the peer is not authenticated: it is still arriving.
    pub fn connected(&self) {
        self.advance(false);
    }

    /// The peer is authenticated.
    pub fn admit(&self) {
        self.advance(true);
    }

    /// A message from the peer was served, which is the best proof without a certificate.
    pub fn served(&self) {
        self.advance(true);
    }

    fn advance(&self, established: bool) {
        let mut table = self.places.table();
        let now = table.tick();
        let Some(entry) = table.entries.get_mut(&self.id) else { return };
        entry.merit += 1;
        entry.active = now;
        if established && entry.stage == Stage::Arriving {
            entry.stage = Stage::Established;
            table.make_room(self.id, Stage::Established, self.places.shared.limits.connections);
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.places.table().entries.remove(&self.id);
        self.places.shared.left.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Places for `arriving` and `connections`.
    fn places(arriving: usize, connections: usize) -> Places {
        Places::new(Limits { arriving, connections, ..Limits::default() })
    }

    /// A connection, and whether it was displaced.
    struct Peer(Place, Cut);

    impl Peer {
        fn displaced(&self) -> bool {
            self.1.is_requested()
        }
    }

    fn peer(places: &Places, host: u8) -> Peer {
        let cut = Cut::of_no_stream();
        Peer(places.arrive([192, 0, 2, host].into(), cut.clone()), cut)
    }

    fn displaced(peers: &[Peer]) -> Vec<usize> {
        (0..peers.len()).filter(|n| peers[*n].displaced()).collect()
    }

    #[test]
    fn of_connections_that_arrive_the_oldest_of_the_address_with_most_gives_way() {
        let places = places(6, 2);
        let quiet = peer(&places, 1);
        let loud: Vec<_> = (0..3).map(|_| peer(&places, 2)).collect();
        assert!(displaced(&loud).is_empty());
        let more: Vec<_> = (0..2).map(|_| peer(&places, 2)).collect();
        assert_eq!(displaced(&loud), [0, 1], "half of the places, for one address");
        let others: Vec<_> = (3..7).map(|host| peer(&places, host)).collect();
        assert_eq!((displaced(&loud), displaced(&more)), (vec![0, 1, 2], vec![0]));
        assert!(!quiet.displaced() && displaced(&others).is_empty());
        let last = peer(&places, 8);
        assert!(quiet.displaced() && !last.displaced(), "one each: the oldest of all");
    }

    #[test]
    fn a_connection_with_a_handshake_outlives_those_without() {
        let places = places(4, 2);
        let client = peer(&places, 1);
        client.0.connected();
        let attack: Vec<_> = (0..10).map(|_| peer(&places, 1)).collect();
        assert!(!client.displaced());
        assert_eq!(displaced(&attack), (0..9).collect::<Vec<_>>());
    }

    #[test]
    fn what_arrives_takes_no_place_of_an_established_connection() {
        let places = places(4, 2);
        let established: Vec<_> = (1..3).map(|host| peer(&places, host)).collect();
        established.iter().for_each(|peer| peer.0.admit());
        let mut attack = Vec::new();
        for host in 0..100 {
            let peer = peer(&places, host);
            peer.0.connected();
            attack.push(peer);
            attack.retain(|peer| !peer.displaced());
        }
        assert!(displaced(&established).is_empty());
    }

    #[test]
    fn who_is_authenticated_always_gets_in() {
        let places = places(8, 4);
        let mut established = Vec::new();
        for host in [1, 1, 2, 3] {
            let peer = peer(&places, host);
            peer.0.admit();
            established.push(peer);
        }
        let server = peer(&places, 4);
        server.0.admit();
        assert!(!server.displaced());
        assert_eq!(displaced(&established), [0], "the address with most, the one silent longest");
        established[1].0.served();
        let next = peer(&places, 5);
        next.0.admit();
        assert_eq!(displaced(&established), [0, 2], "one each: who has done least, and longest ago");
        assert!(!server.displaced() && !next.displaced());
    }

    #[test]
    fn one_address_displaces_its_own_connections_alone() {
        let places = places(8, 4);
        let (server, attacker) = (peer(&places, 1), peer(&places, 2));
        server.0.served();
        (0..3).for_each(|_| attacker.0.served());
        let more: Vec<_> = (0..20)
            .map(|_| {
                let peer = peer(&places, 2);
                peer.0.served();
                peer
            })
            .collect();
        assert!(!server.displaced() && !attacker.displaced());
        assert_eq!(displaced(&more).len(), 19);
    }

    #[test]
    fn a_place_is_free_when_its_connection_has_ended() {
        let places = places(8, 2);
        let (first, second) = (peer(&places, 1), peer(&places, 2));
        first.0.admit();
        second.0.admit();
        drop(first);
        let third = peer(&places, 3);
        third.0.admit();
        assert!(!second.displaced());
        assert_eq!(places.drain(Duration::ZERO), 2);
        drop((second, third));
        assert_eq!(places.drain(Duration::from_secs(60)), 0);
    }

    #[test]
    fn the_threads_of_displaced_connections_are_bounded() {
        let wait = || {
            let places = places(1, 1);
            let mut peers: Vec<_> = (0..=MOST_LEAVING).map(|_| peer(&places, 1)).collect();
            let before = Instant::now();
            let ending = std::thread::spawn(move || {
                std::thread::sleep(Duration::from_millis(50));
                peers.remove(0);
                peers
            });
            let last = peer(&places, 1);
            assert!(!last.displaced());
            drop(ending.join());
            before.elapsed()
        };
        let waits: Vec<_> = (0..10).map(|_| wait()).collect();
        assert!(waits.iter().all(|wait| *wait >= Duration::from_millis(50)), "{waits:?}");
        // On a busy machine a thread may end late, but not every time.
        assert!(waits.iter().any(|wait| *wait < LONGEST_LEAVING), "{waits:?}");
    }
}
