//! The codecs of handshake messages: what is read and written again says the same.

use lsam_core::tls::Error;
use lsam_core::tls::fuzzing::{RoundTrip, round_trip};
use lsam_core::tls::limits::MAX_HANDSHAKE_MESSAGE;

use crate::records;

/// Target `handshake_message`: the type of a message, then its body.
pub fn handshake_message(input: &[u8]) {
    let [kind, body @ ..] = input else { return };
    let message = records::message(*kind, body);
    // What is written has at most the extensions in addition that this side always sends.
    let mut out = vec![0; MAX_HANDSHAKE_MESSAGE + 64];
    match round_trip(&message, &mut out) {
        Ok(RoundTrip::Differs) => panic!("what was written says something else"),
        Ok(RoundTrip::Same | RoundTrip::NotOurs) => {}
        Err(Error::Bug | Error::SendBufferTooSmall) => panic!("a message that was read cannot be written"),
        Err(error) => assert!(error.alert().is_some(), "nobody is told of {error}"),
    }
}
