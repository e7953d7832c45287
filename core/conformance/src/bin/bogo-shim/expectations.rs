//! Compares the result of a handshake with what the flags expect.

use lsam_conformance::certificates;
use lsam_core::tls::Negotiated;

use crate::failure::Failure;
use crate::flags::Flags;

/// Checks every expectation in the flags.
pub(crate) fn check(flags: &Flags, negotiated: &Negotiated, peer_chain: &[Vec<u8>]) -> Result<(), Failure> {
    let expected = &flags.expected;
    compare("version", expected.version, 0x0303)?;
    compare("cipher suite", expected.cipher_suite, negotiated.cipher_suite.code())?;
    compare("group", expected.group, negotiated.group.code())?;
    let server_scheme = Some(negotiated.signature_scheme);
    let peer_scheme = if flags.server { negotiated.client_signature_scheme } else { server_scheme };
    compare(
        "signature scheme",
        expected.peer_signature_scheme,
        peer_scheme.map_or(0, |scheme| scheme.code()),
    )?;
    if negotiated.resumed != expected.resumed {
        let was = if negotiated.resumed { "was" } else { "was not" };
        return Err(Failure::Check(format!("the session {was} resumed")));
    }
    let alpn = negotiated.alpn.and_then(|index| flags.alpn.get(index));
    if alpn != expected.alpn.as_ref() {
        return Err(Failure::Check(format!("the protocol is {alpn:?}")));
    }
    if expected.extended_master_secret && !negotiated.extended_master_secret {
        return Err(Failure::Check("no extended master secret".into()));
    }
    if let Some(file) = &expected.peer_cert_file {
        let chain = certificates(file).map_err(Failure::Check)?;
        if !chain.iter().map(AsRef::as_ref).eq(peer_chain.iter().map(Vec::as_slice)) {
            return Err(Failure::Check("the peer's chain is another".into()));
        }
    }
    Ok(())
}

fn compare(what: &str, expected: Option<u16>, found: u16) -> Result<(), Failure> {
    match expected {
        Some(expected) if expected != found => {
            Err(Failure::Check(format!("{what}: expected {expected:#06x}, found {found:#06x}")))
        }
        _ => Ok(()),
    }
}
