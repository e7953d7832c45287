//! The client's steps from Certificate to Finished.

pub(crate) mod finish;
pub(crate) mod flight;
pub(crate) mod proof;
pub(crate) mod request;
