//! A TCP connection with a deadline for every operation.

use std::fmt;
use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token, Waker};

use super::Stop;
use super::stop::Subscription;

const SOCKET: Token = Token(0);
const STOP: Token = Token(1);

/// How long a connection may still send after a request to stop: long enough for an alert or a close_notify.
const FAREWELL: Duration = Duration::from_secs(2);
/// How much a closing connection still reads from the peer, and for how long.
const LINGER_BYTES: usize = 256 * 1024;
const LINGER: Duration = Duration::from_secs(1);

/// A connected TCP socket.
pub struct Stream {
    socket: TcpStream,
    poll: Poll,
    events: Events,
    stop: Stop,
    cut: Cut,
    _subscription: Subscription,
}

/// A request to end a stream, because another connection needs its place.
#[derive(Clone)]
pub(super) struct Cut {
    requested: Arc<AtomicBool>,
    waker: Option<Arc<Waker>>,
}

impl Cut {
    /// Ends the stream's waiting.
    pub(super) fn request(&self) {
        self.requested.store(true, Ordering::Release);
        if let Some(waker) = &self.waker {
            // A thread that can't be woken sees the request at its own deadline.
            let _ = waker.wake();
        }
    }

    pub(super) fn is_requested(&self) -> bool {
        self.requested.load(Ordering::Acquire)
    }

    /// A request that ends no stream.
    #[cfg(test)]
    pub(super) fn of_no_stream() -> Self {
        Self { requested: Arc::default(), waker: None }
    }
}

impl Stream {
    /// Connects to `address`.
    ///
    /// # Errors
    /// [`Interrupted`] if there is no connection by `deadline`.
    pub fn connect(address: SocketAddr, deadline: Instant, stop: &Stop) -> Result<Self, Interrupted> {
        let mut stream = Self::new(TcpStream::connect(address)?, stop)?;
        loop {
            // A connection in progress has no peer yet; a failed one has an error pending.
            if let Some(error) = stream.socket.take_error()? {
                return Err(Interrupted::Io(error));
            }
            if stream.socket.peer_addr().is_ok() {
                return Ok(stream);
            }
            stream.wait(deadline)?;
            if stream.stop.requested_at().is_some() {
                return Err(Interrupted::Stopped);
            }
        }
    }

    /// Takes over a connection that a listener accepted.
    pub(super) fn new(mut socket: TcpStream, stop: &Stop) -> io::Result<Self> {
        let poll = Poll::new()?;
        poll.registry().register(&mut socket, SOCKET, Interest::READABLE | Interest::WRITABLE)?;
        let waker = Arc::new(Waker::new(poll.registry(), STOP)?);
        let subscription = stop.subscribe(Arc::clone(&waker));
        // Complete flights are written, so waiting for more data would only delay them. A socket that refuses
        // this still works.
        let _ = socket.set_nodelay(true);
        Ok(Self {
            socket,
            poll,
            events: Events::with_capacity(4),
            stop: stop.clone(),
            cut: Cut { requested: Arc::default(), waker: Some(waker) },
            _subscription: subscription,
        })
    }

    /// Ends this stream from another thread.
    pub(super) fn cut(&self) -> Cut {
        self.cut.clone()
    }

    /// Reads into `buffer`: at least one byte, or 0 at the end of the stream.
    ///
    /// # Errors
    /// [`Interrupted`] if nothing arrived by `deadline`, a stop was requested, another connection needs the
    /// place, or the connection broke.
    pub fn read(&mut self, buffer: &mut [u8], deadline: Instant) -> Result<usize, Interrupted> {
        loop {
            if self.stop.requested_at().is_some() {
                return Err(Interrupted::Stopped);
            }
            if self.cut.is_requested() {
                return Err(Interrupted::Displaced);
            }
            if let Some(n) = self.read_now(buffer)? {
                return Ok(n);
            }
            self.wait(deadline)?;
        }
    }

    /// Like [`Self::read`], but returns `None` instead of waiting.
    ///
    /// # Errors
    /// [`Interrupted::Io`] if the connection broke.
    pub fn read_now(&mut self, buffer: &mut [u8]) -> Result<Option<usize>, Interrupted> {
        unless_blocked(|| self.socket.read(buffer))
    }

    /// Writes at least one byte of `data`, which must not be empty, and returns how many. It still writes for
    /// up to `FAREWELL` after a request to stop, so that a connection can end properly.
    ///
    /// # Errors
    /// [`Interrupted`] if nothing could be written by `deadline`, or if the connection broke.
    pub fn write(&mut self, data: &[u8], deadline: Instant) -> Result<usize, Interrupted> {
        loop {
            if let Some(n) = self.write_now(data)? {
                return Ok(n);
            }
            self.wait(deadline)?;
        }
    }

    /// Like [`Self::write`], but returns `None` instead of waiting.
    ///
    /// # Errors
    /// [`Interrupted::Io`] if the connection broke.
    pub fn write_now(&mut self, data: &[u8]) -> Result<Option<usize>, Interrupted> {
        match unless_blocked(|| self.socket.write(data))? {
            Some(0) => Err(Interrupted::Io(io::ErrorKind::WriteZero.into())),
            written => Ok(written),
        }
    }

    /// Closes the connection in such a way that the last data written still arrives. Closing a socket with
    /// unread input resets the connection, and the reset overtakes the alert in the peer's system. So the
    /// peer's input is read for a short while.
    pub fn close(mut self) {
        if self.socket.shutdown(Shutdown::Write).is_err() {
            return;
        }
        let deadline = Instant::now() + LINGER;
        let mut swallowed = 0;
        let mut buffer = [0; 4096];
        while swallowed < LINGER_BYTES {
            match self.read(&mut buffer, deadline) {
                Ok(0) | Err(_) => return,
                Ok(n) => swallowed += n,
            }
        }
    }

    /// Waits until the socket may be ready in either direction. Readiness is reported only when it changes,
    /// so the operation must be tried before each wait. After a request to stop, it waits for at most
    /// `FAREWELL`.
    ///
    /// # Errors
    /// [`Interrupted::Deadline`] at `deadline`, [`Interrupted::Displaced`] if another connection needs the
    /// place.
    pub fn wait(&mut self, deadline: Instant) -> Result<(), Interrupted> {
        if self.cut.is_requested() {
            return Err(Interrupted::Displaced);
        }
        let deadline = self.stop.requested_at().map_or(deadline, |at| deadline.min(at + FAREWELL));
        let Some(left) = deadline.checked_duration_since(Instant::now()).filter(|left| !left.is_zero())
        else {
            return Err(Interrupted::Deadline);
        };
        match self.poll.poll(&mut self.events, Some(left)) {
            Err(error) if error.kind() != io::ErrorKind::Interrupted => Err(Interrupted::Io(error)),
            _ => Ok(()),
        }
    }
}

/// The result of `operation`; `None` if it would have to wait.
fn unless_blocked(mut operation: impl FnMut() -> io::Result<usize>) -> Result<Option<usize>, Interrupted> {
    loop {
        match operation() {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(None),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return Ok(Some(result?)),
        }
    }
}

/// Why an operation on a stream was not completed.
#[derive(Debug)]
pub enum Interrupted {
    /// Its deadline has passed.
    Deadline,
    /// A stop of the agent was requested.
    Stopped,
    /// Another connection needs the place of this one.
    Displaced,
    /// The connection broke.
    Io(io::Error),
}

impl fmt::Display for Interrupted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Deadline => f.write_str("the peer did not answer in time"),
            Self::Stopped => f.write_str("the agent is stopping"),
            Self::Displaced => f.write_str("another connection needs its place"),
            Self::Io(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Interrupted {}

impl From<io::Error> for Interrupted {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    fn pair(stop: &Stop) -> (Stream, std::net::TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let stream = Stream::connect(address, far(), stop).unwrap();
        (stream, listener.accept().unwrap().0)
    }

    fn far() -> Instant {
        Instant::now() + Duration::from_secs(120)
    }

    fn soon() -> Instant {
        Instant::now() + Duration::from_millis(50)
    }

    #[test]
    fn a_silent_peer_ends_a_read_at_its_deadline() {
        let (mut stream, mut peer) = pair(&Stop::new());
        let before = Instant::now();
        assert!(matches!(stream.read(&mut [0; 8], soon()), Err(Interrupted::Deadline)));
        assert!(before.elapsed() < Duration::from_secs(60));
        peer.write_all(b"late").unwrap();
        let mut buffer = [0; 8];
        assert_eq!(stream.read(&mut buffer, far()).unwrap(), 4);
        drop(peer);
        assert_eq!(stream.read(&mut buffer, far()).unwrap(), 0);
    }

    #[test]
    fn a_peer_that_does_not_read_ends_a_write_at_its_deadline() {
        let (mut stream, _peer) = pair(&Stop::new());
        let block = vec![0; 1 << 20];
        let end = loop {
            if let Err(end) = stream.write(&block, soon()) {
                break end;
            }
        };
        assert!(matches!(end, Interrupted::Deadline), "{end}");
    }

    #[test]
    fn a_request_to_stop_ends_a_read_but_not_a_last_write() {
        let stop = Stop::new();
        let (mut stream, mut peer) = pair(&stop);
        let other = stop.clone();
        let thread = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(20));
            other.request();
        });
        assert!(matches!(stream.read(&mut [0; 8], far()), Err(Interrupted::Stopped)));
        thread.join().unwrap();
        assert_eq!(stream.write(b"bye", far()).unwrap(), 3);
        stream.close();
        let mut rest = String::new();
        peer.read_to_string(&mut rest).unwrap();
        assert_eq!(rest, "bye");
    }

    #[test]
    fn what_was_written_last_arrives_although_input_was_left_unread() {
        let (mut stream, mut peer) = pair(&Stop::new());
        peer.write_all(&[0x55; 10_000]).unwrap();
        stream.write(b"alert", far()).unwrap();
        let reader = std::thread::spawn(move || {
            let mut rest = Vec::new();
            peer.read_to_end(&mut rest).map(|_| rest)
        });
        stream.close();
        assert_eq!(reader.join().unwrap().unwrap(), b"alert");
    }

    #[test]
    fn a_refused_connection_says_so() {
        let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let end = Stream::connect(free, far(), &Stop::new()).err();
        assert!(
            matches!(&end, Some(Interrupted::Io(error)) if error.kind() == io::ErrorKind::ConnectionRefused),
            "{end:?}"
        );
    }
}
