//! The codecs of agent messages and their frames.

use lsam_core::agent::{
    CheckCrc, ErrorMessage, FrameHeader, MAX_BODY, MAX_MESSAGE, MachineStatus, MachineStatusRequest, Message,
    MessageError, Request, emit,
};
use lsam_core::wire::Writer;

use crate::script::Script;

/// Parses a body as a message and checks the frame around it with one bit flipped. This is a macro because a
/// message borrows from its body, and there are two bodies.
macro_rules! body {
    ($message:ident, $script:expr) => {{
        let (bit, body) = (usize::from($script.u16()), $script.rest());
        match $message::parse(body) {
            Err(error) => {
                let field = |code: u16| $message::DEFINITION.fields.iter().any(|field| field.code == code);
                assert!(error.field().is_none_or(field), "{error} is about no field of the message");
            }
            Ok(message) => {
                // Unknown fields are not written, so the result is never longer than the input.
                let mut written = vec![0; body.len()];
                let mut w = Writer::new(&mut written);
                message.emit(&mut w).expect("what was read fits where it came from");
                let written = w.written();
                let again = $message::parse(written).expect("what is written can be read");
                assert!(again == message, "what was written says something else");
                let mut frame = vec![0; FrameHeader::LEN + written.len()];
                match emit(&message, 7, CheckCrc::On, &mut frame) {
                    Err(_) => assert!(written.len() > MAX_BODY),
                    Ok(len) => {
                        assert_eq!((len, &frame[FrameHeader::LEN..]), (frame.len(), written));
                        damage(&mut frame, bit);
                    }
                }
            }
        }
    }};
}

/// Target `agent_message`: a message number and a body, or 0 and the bytes of a frame.
pub fn agent_message(input: &[u8]) {
    let mut script = Script::new(input);
    match script.u8() % 4 {
        0 => frame(script.rest()),
        1 => body!(MachineStatusRequest, script),
        2 => body!(MachineStatus, script),
        _ => body!(ErrorMessage, script),
    }
}

/// A stream that begins with a frame, cut at every byte of the header: a verdict, once reached, never
/// changes.
fn frame(stream: &[u8]) {
    let whole = FrameHeader::parse(stream);
    for len in 0..stream.len().min(FrameHeader::LEN + 1) {
        match FrameHeader::parse(&stream[..len]) {
            Ok(None) => {}
            early => assert_eq!(early, whole, "after {len} bytes"),
        }
    }
    let Ok(Some(header)) = whole else { return };
    assert!(header.frame_len() <= MAX_MESSAGE);
    let Some(body) = stream.get(FrameHeader::LEN..header.frame_len()) else { return };
    let unchecked = header.frame(body, CheckCrc::Off).expect("a frame of the right length");
    assert_eq!(
        (unchecked.message_type, unchecked.correlation),
        (header.message_type(), header.correlation())
    );
    let request = Request::parse(&unchecked);
    if unchecked.message_type == MachineStatusRequest::TYPE {
        assert_eq!(request, unchecked.message().map(Request::MachineStatus));
    }
    // A message is unknown exactly if it is not a request in the table.
    let is_request = unchecked.message_type.is_answered() && unchecked.message_type.definition().is_some();
    assert_eq!(request == Err(MessageError::UnknownType), !is_request);
    match header.frame(body, CheckCrc::On) {
        Ok(checked) => assert_eq!(checked, unchecked),
        Err(error) => assert_eq!(error, MessageError::BadCrc),
    }
    assert_eq!(header.frame(&stream[..header.frame_len()], CheckCrc::Off), Err(MessageError::Truncated));
}

/// A frame is accepted as it is, and rejected with any single bit flipped, because a CRC detects all of
/// these.
fn damage(frame: &mut [u8], bit: usize) {
    let is_accepted = |frame: &[u8]| match FrameHeader::parse(frame) {
        Ok(Some(header)) => header.frame(&frame[FrameHeader::LEN..], CheckCrc::On).is_ok(),
        _ => false,
    };
    assert!(is_accepted(frame));
    let bit = bit % (8 * frame.len());
    frame[bit / 8] ^= 1 << (bit % 8);
    assert!(!is_accepted(frame));
}
