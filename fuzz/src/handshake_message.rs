//! The codecs of handshake messages: they parse exactly what the RFCs allow, and re-encoding preserves it.

use lsam_core::tls::fuzzing::{RoundTrip, round_trip};
use lsam_core::tls::limits::MAX_HANDSHAKE_MESSAGE;
use lsam_core::tls::{Error, Structure};

use crate::{presentation, records};

/// Target `handshake_message`: the type of a message, then its body.
pub fn handshake_message(input: &[u8]) {
    let [kind, body @ ..] = input else { return };
    let message = records::message(*kind, body);
    // The output adds at most the extensions that this side always sends.
    let mut out = vec![0; MAX_HANDSHAKE_MESSAGE + 64];
    let result = round_trip(&message, &mut out);
    if result.is_ok() && presentation::is_well_formed(*kind, body) == Some(false) {
        panic!("a message was read that the RFCs do not allow");
    }
    if let Err(Error::Decode(Structure::Handshake(_), _)) = result {
        let is_hello = matches!(kind, 1 | 2) && presentation::is_hello(*kind, body);
        assert!(!is_hello, "a hello that the RFCs allow was taken for a malformed one");
    }
    match result {
        Ok(RoundTrip::Differs) => panic!("what was written says something else"),
        Ok(RoundTrip::Same | RoundTrip::NotOurs) => {}
        Err(Error::Bug | Error::SendBufferTooSmall) => panic!("a message that was read cannot be written"),
        Err(error) => assert!(error.alert().is_some(), "nobody is told of {error}"),
    }
}
