//! The memory of a session in addition to its buffers. The limits are close to the measured sizes, so growth
//! is noticed. The figures are printed: `cargo test -p lsam-tls --test tls sizes -- --nocapture`.

use std::mem::size_of;

use lsam_tls::crypto::rustcrypto::RustCrypto;
use lsam_tls::{ClientConfig, ClientSession, Error, ServerConfig, ServerSession};

#[test]
fn sizes_stay_within_their_bounds() {
    let sizes = [
        ("ServerSession", size_of::<ServerSession<'_, RustCrypto>>(), 2944),
        ("ClientSession", size_of::<ClientSession<'_, RustCrypto>>(), 2816),
        ("ServerConfig", size_of::<ServerConfig<'_>>(), 152),
        ("ClientConfig", size_of::<ClientConfig<'_>>(), 120),
        // Returned through every step of a handshake: it fits into a register.
        ("tls::Error", size_of::<Error>(), 8),
    ];
    for (name, size, bound) in sizes {
        println!("{name}: {size} bytes of at most {bound}");
    }
    for (name, size, bound) in sizes {
        assert!(size <= bound, "{name} has grown to {size} bytes; the bound is {bound}");
    }
}
