//! What was negotiated, in lines of `name: value` that scripts compare.

use std::fmt;

use lsam_core::tls::Negotiated;

/// The lines about a connection.
pub struct Report(pub Negotiated);

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let negotiated = &self.0;
        writeln!(f, "version: TLS 1.2")?;
        writeln!(f, "cipher suite: {}", negotiated.cipher_suite)?;
        writeln!(f, "group: {}", negotiated.group)?;
        writeln!(f, "signature scheme: {}", negotiated.signature_scheme)?;
        writeln!(f, "extended master secret: {}", yes_or_no(negotiated.extended_master_secret))?;
        writeln!(f, "client certificate: {}", yes_or_no(negotiated.client_authenticated()))?;
        writeln!(f, "resumed: {}", yes_or_no(negotiated.resumed))
    }
}

const fn yes_or_no(what: bool) -> &'static str {
    if what { "yes" } else { "no" }
}
