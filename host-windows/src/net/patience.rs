//! Repeated attempts to listen, because the network may not be up yet when the machine starts.

use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use super::{Listener, Stop};

/// How long attempts to listen are repeated: after 1, 2, 4, 8, 16 seconds, then every 30 seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// The total time; zero for one attempt.
    pub total: Duration,
    /// The first pause; each is twice the previous one.
    first: Duration,
}

impl Patience {
    /// One attempt, because somebody is waiting for the answer.
    pub const NONE: Self = Self::of(Duration::ZERO);
    /// The patience of a service: the network may come up, or a previous process may end.
    pub const SERVICE: Self = Self::of(Duration::from_secs(120));

    const LONGEST: Duration = Duration::from_secs(30);

    /// Repeats attempts for `total`.
    pub const fn of(total: Duration) -> Self {
        Self { total, first: Duration::from_secs(1) }
    }

    /// The pauses between attempts; the last one ends with the total time.
    fn pauses(self) -> impl Iterator<Item = Duration> {
        let mut left = self.total;
        let doubled = |pause: &Duration| Some(pause.saturating_mul(2).min(Self::LONGEST));
        std::iter::successors(Some(self.first), doubled).map_while(move |pause| {
            let pause = pause.min(left);
            left -= pause;
            (!pause.is_zero()).then_some(pause)
        })
    }

    /// Repeats `attempt` until it succeeds, time is up, it fails with a lasting error, or `stop` is
    /// requested, which returns `None`. `waiting` is called for each failure before a pause.
    fn attempt<T>(
        self,
        stop: &Stop,
        mut waiting: impl FnMut(&io::Error, Duration),
        mut attempt: impl FnMut() -> io::Result<T>,
    ) -> io::Result<Option<T>> {
        let begun = Instant::now();
        if stop.requested_at().is_some() {
            return Ok(None);
        }
        for pause in self.pauses() {
            match attempt() {
                Ok(done) => return Ok(Some(done)),
                Err(error) if is_lasting(&error) => return Err(error),
                Err(error) => waiting(&error, self.total.saturating_sub(begun.elapsed())),
            }
            if stop.wait(pause) {
                return Ok(None);
            }
        }
        attempt().map(Some)
    }
}

impl Listener {
    /// Like [`bind`](Self::bind), repeated as `patience` permits; `None` if `stop` was requested. `waiting`
    /// is called for each failure before another attempt, with the time left.
    ///
    /// # Errors
    /// The system's last error. A lasting one is returned immediately.
    pub fn bind_with(
        address: SocketAddr,
        patience: Patience,
        stop: &Stop,
        waiting: impl FnMut(&io::Error, Duration),
    ) -> io::Result<Option<Self>> {
        patience.attempt(stop, waiting, || Self::bind(address))
    }
}

/// Whether an error would probably still occur in two minutes. A port in use may be free by then, and an
/// address may exist. On Windows, permission is denied while another program holds the port exclusively.
fn is_lasting(error: &io::Error) -> bool {
    match error.kind() {
        io::ErrorKind::PermissionDenied => !cfg!(windows),
        kind => matches!(kind, io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported),
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    fn in_use() -> io::Error {
        io::ErrorKind::AddrInUse.into()
    }

    const QUICK: Patience = Patience { total: Duration::from_millis(50), first: Duration::from_millis(1) };

    #[test]
    fn the_pauses_grow_to_a_bound_and_end_with_the_time() {
        for (total, pauses) in
            [(0, &[] as &[u64]), (1, &[1]), (10, &[1, 2, 4, 3]), (120, &[1, 2, 4, 8, 16, 30, 30, 29])]
        {
            let seconds: Vec<_> =
                Patience::of(Duration::from_secs(total)).pauses().map(|pause| pause.as_secs()).collect();
            assert_eq!(seconds, pauses);
        }
        assert_eq!(Patience::SERVICE.pauses().sum::<Duration>(), Duration::from_secs(120));
    }

    #[test]
    fn it_is_tried_until_it_succeeds() {
        let (mut tries, mut told) = (0, 0);
        let result = QUICK.attempt(
            &Stop::new(),
            |_, _| told += 1,
            || {
                tries += 1;
                if tries < 3 { Err(in_use()) } else { Ok(tries) }
            },
        );
        assert_eq!((result.unwrap(), told), (Some(3), 2));
    }

    #[test]
    fn the_time_ends_it_with_the_last_error() {
        let mut told = Vec::new();
        let result = QUICK.attempt::<()>(&Stop::new(), |error, _| told.push(error.kind()), || Err(in_use()));
        assert_eq!(result.unwrap_err().kind(), io::ErrorKind::AddrInUse);
        assert_eq!(told.len(), 6, "1, 2, 4, 8, 16 and 19 milliseconds");
        let mut told = 0;
        assert!(Patience::NONE.attempt::<()>(&Stop::new(), |_, _| told += 1, || Err(in_use())).is_err());
        assert_eq!(told, 0);
    }

    #[test]
    fn what_waiting_cant_mend_ends_it_at_once() {
        for kind in [io::ErrorKind::Unsupported, io::ErrorKind::InvalidInput] {
            let before = Instant::now();
            let result =
                Patience::SERVICE.attempt::<()>(&Stop::new(), |_, _| panic!("told"), || Err(kind.into()));
            assert_eq!(result.unwrap_err().kind(), kind);
            assert!(before.elapsed() < Patience::SERVICE.total / 2);
        }
    }

    #[test]
    fn a_request_to_stop_ends_the_waiting_at_once() {
        let other = TcpListener::bind("127.0.0.1:0").unwrap();
        let (stop, before) = (Stop::new(), Instant::now());
        let address = other.local_addr().unwrap();
        let long = Duration::from_secs(600);
        let patience = Patience { total: long, first: long };
        let result = Listener::bind_with(address, patience, &stop, |error, left| {
            assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
            assert!(left > long / 2);
            let requested = stop.clone();
            std::thread::spawn(move || {
                std::thread::sleep(Duration::from_millis(50));
                requested.request();
            });
        });
        assert!(result.unwrap().is_none());
        assert!(before.elapsed() < long / 2, "{:?}", before.elapsed());
    }

    #[test]
    fn a_port_that_becomes_free_is_listened_on() {
        let other = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = other.local_addr().unwrap();
        let mut other = Some(other);
        let result =
            Listener::bind_with(address, QUICK, &Stop::new(), |_, _| drop(other.take())).unwrap().unwrap();
        assert_eq!(result.address(), address);
    }
}
