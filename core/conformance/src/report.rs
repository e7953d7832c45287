//! What was negotiated, in lines of `name: value` for scripts to compare.

use std::fmt;

use lsam_core::tls::Negotiated;

/// The lines about a connection.
pub struct Report<'a> {
    /// The result of the handshake.
    pub negotiated: Negotiated,
    /// The configured protocol names.
    pub alpn: &'a [&'a [u8]],
}

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let negotiated = &self.negotiated;
        let alpn = negotiated.alpn.and_then(|index| self.alpn.get(index));
        writeln!(f, "version: {}", negotiated.version)?;
        writeln!(f, "cipher suite: {}", negotiated.cipher_suite)?;
        writeln!(f, "group: {}", negotiated.group)?;
        writeln!(f, "signature scheme: {}", negotiated.signature_scheme)?;
        writeln!(f, "extended master secret: {}", yes_or_no(negotiated.extended_master_secret))?;
        writeln!(f, "client certificate: {}", yes_or_no(negotiated.client_authenticated()))?;
        writeln!(f, "protocol: {}", alpn.map_or("none".into(), |name| String::from_utf8_lossy(name)))?;
        writeln!(f, "resumed: {}", yes_or_no(negotiated.resumed))
    }
}

const fn yes_or_no(what: bool) -> &'static str {
    if what { "yes" } else { "no" }
}
