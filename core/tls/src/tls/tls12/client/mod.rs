//! The client's steps from ServerKeyExchange to Finished.

pub(crate) mod finish;
pub(crate) mod key_exchange;
pub(crate) mod request;
