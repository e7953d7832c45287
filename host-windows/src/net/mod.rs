//! Sockets with deadlines: a listener with a thread for each connection, streams on which every read and
//! write ends in time, and a request to stop that reaches all of them.
//!
//! A connection is in the lobby until its first byte, then arriving until its peer has authenticated, then
//! established. Each of the three stages has its own limit, and one origin gets at most half of it, so that a
//! flood only displaces itself.
//!
//! Sockets don't block. A thread that must wait does so in [`mio`], which ends the wait at the deadline or
//! when [`Stop`] is requested. (A blocking socket with a timeout can't be woken, and on Windows a receive
//! that times out may lose data.)

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
