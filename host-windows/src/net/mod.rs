//! Sockets with deadlines: a listener with one thread a connection, streams whose every read and write ends in time,
//! and the request to stop that reaches them all.
//!
//! A connection is in the lobby until its first byte, arrives until it has shown what it is, and is established from then
//! on. Each of the three has places of its own, of which one origin gets half, so that a flood displaces itself.
//!
//! Sockets don't block. A thread that has to wait does so in [`mio`], which ends the wait at the deadline or when
//! [`Stop`] is requested. (A blocking socket with a timeout can't be woken, and on Windows a timed-out receive may lose
//! data.)

mod limits;
mod listener;
mod lobby;
mod patience;
mod places;
mod stop;
mod stream;

pub use limits::Limits;
pub use listener::Listener;
pub use patience::Patience;
pub use places::Place;
pub use stop::Stop;
pub use stream::{Interrupted, Stream};
