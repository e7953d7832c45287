//! Sockets with deadlines: a listener with one thread a connection, streams whose every read and write ends in time,
//! and the request to stop that reaches them all.
//!
//! Sockets don't block. A thread that has to wait does so in [`mio`], which ends the wait at the deadline or when
//! [`Stop`] is requested. (A blocking socket with a timeout can't be woken, and on Windows a timed-out receive may lose
//! data.)

mod listener;
mod patience;
mod stop;
mod stream;

pub use listener::{Limits, Listener};
pub use patience::Patience;
pub use stop::Stop;
pub use stream::{Interrupted, Stream};
