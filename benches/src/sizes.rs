//! The memory that a session needs.

use std::fmt::Write as _;

use lsam_core::crypto::rustcrypto::RustCrypto;
use lsam_core::tls::limits::{RECV_BUFFER, RECV_BUFFER_MIN, SEND_BUFFER_MIN, SERVER_RECV_BUFFER_MIN};
use lsam_core::tls::{ClientConfig, ClientSession, Error, ServerConfig, ServerSession, StoredSession};

/// A table of sizes in Markdown.
pub fn table() -> String {
    let mut table =
        String::from("### Memory of a session with the default provider\n\n| bytes | |\n|---|---:|\n");
    for (name, size) in [
        ("server session", size_of::<ServerSession<'_, RustCrypto>>()),
        ("client session", size_of::<ClientSession<'_, RustCrypto>>()),
        ("server configuration", size_of::<ServerConfig<'_>>()),
        ("client configuration", size_of::<ClientConfig<'_>>()),
        ("a client's stored session", size_of::<StoredSession>()),
        ("error", size_of::<Error>()),
        ("receive buffer for any record", RECV_BUFFER),
        ("smallest receive buffer of a client", RECV_BUFFER_MIN),
        ("smallest receive buffer of a server", SERVER_RECV_BUFFER_MIN),
        ("smallest send buffer", SEND_BUFFER_MIN),
    ] {
        // Writing to a String never fails.
        let _ = writeln!(table, "| {name} | {size} |");
    }
    table
}
