//! The server's steps from Certificate to Finished.

pub(crate) mod finish;
pub(crate) mod flight;
