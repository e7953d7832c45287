//! How to use this crate, by example.
//!
//! | your program | chapter |
//! |---|---|
//! | connects to a server, blocking or with an executor | [`client`] |
//! | accepts connections, on threads or one at a time | [`server`] |
//! | has a main loop that serves several sockets and never blocks | [`sans_io`] |

#[doc = include_str!("../guide/client.md")]
pub mod client {}
#[doc = include_str!("../guide/sans-io.md")]
pub mod sans_io {}
#[doc = include_str!("../guide/server.md")]
pub mod server {}
