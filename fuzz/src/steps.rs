//! What an input does to a session, step by step. Inputs and seeds of sessions are written in this language.

use crate::script::Script;

/// One step: a number, and its arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step<'a> {
    /// The transport delivers these bytes.
    Bytes(&'a [u8]),
    /// It delivers a record of this type around these bytes, sealed if the peer has sent ChangeCipherSpec.
    Record(u8, &'a [u8]),
    /// It delivers a record with a handshake message of this type and body.
    Message(u8, &'a [u8]),
    /// It delivers ChangeCipherSpec.
    ChangeCipherSpec,
    /// It delivers a valid Finished.
    Finished,
    /// The host answers, whether asked or not: with a signature of this many bytes, or, for 0, a failure to
    /// sign.
    Sign(u16),
    /// The host answers, whether asked or not: 0 trusts the peer, anything else is a reason for rejection.
    Verify(u8),
    /// The host writes this many bytes.
    Write(u16),
    /// The host closes its side.
    Close,
    /// The transport ends.
    End,
    /// The transport accepts this many bytes.
    Drain(u16),
    /// What the host does automatically from now on; see [`Habits`].
    Habits(u8),
    /// Bytes are delivered and data is taken in pieces of this size; 0 means as they arrive.
    Pieces(u8),
    /// The session is over, and another one begins with the state that the host keeps between sessions.
    Again,
}

/// The habits of a host, as bits of [`Step::Habits`]. With none set, the host does everything without
/// explicit steps.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Habits(u8);

impl Habits {
    pub(crate) const WAITS_TO_ANSWER: u8 = 1;
    pub(crate) const WAITS_TO_DRAIN: u8 = 2;
    pub(crate) const HAS_NO_CLOCK: u8 = 4;
    pub(crate) const HAS_NO_ENTROPY: u8 = 8;
    pub(crate) const WAITS_TO_TAKE: u8 = 16;
    pub(crate) const LATER: u8 = 32;

    pub(crate) const fn new(bits: u8) -> Self {
        Self(bits)
    }

    pub(crate) const fn has(self, bit: u8) -> bool {
        self.0 & bit != 0
    }
}

impl<'a> Step<'a> {
    /// The next step of `script`; `None` at its end. Numbers past the last step wrap around to the first
    /// ones.
    pub(crate) fn next(script: &mut Script<'a>) -> Option<Self> {
        if script.is_empty() {
            return None;
        }
        Some(match script.u8() % 14 {
            0 => Self::Bytes(script.vec16()),
            1 => Self::Record(script.u8(), script.vec16()),
            2 => Self::Message(script.u8(), script.vec16()),
            3 => Self::ChangeCipherSpec,
            4 => Self::Finished,
            5 => Self::Sign(script.u16()),
            6 => Self::Verify(script.u8()),
            7 => Self::Write(script.u16()),
            8 => Self::Close,
            9 => Self::End,
            10 => Self::Drain(script.u16()),
            11 => Self::Habits(script.u8()),
            12 => Self::Pieces(script.u8()),
            _ => Self::Again,
        })
    }

    /// Appends the step to a script.
    pub(crate) fn emit(&self, script: &mut Vec<u8>) {
        let vec16 = |bytes: &[u8]| {
            let len = u16::try_from(bytes.len()).expect("a step is shorter than 64 KiB");
            [&len.to_be_bytes(), bytes].concat()
        };
        match *self {
            Self::Bytes(bytes) => script.extend([vec![0], vec16(bytes)].concat()),
            Self::Record(content_type, text) => script.extend([vec![1, content_type], vec16(text)].concat()),
            Self::Message(kind, body) => script.extend([vec![2, kind], vec16(body)].concat()),
            Self::ChangeCipherSpec => script.push(3),
            Self::Finished => script.push(4),
            Self::Sign(len) => script.extend([[5].as_slice(), &len.to_be_bytes()].concat()),
            Self::Verify(answer) => script.extend([6, answer]),
            Self::Write(len) => script.extend([[7].as_slice(), &len.to_be_bytes()].concat()),
            Self::Close => script.push(8),
            Self::End => script.push(9),
            Self::Drain(len) => script.extend([[10].as_slice(), &len.to_be_bytes()].concat()),
            Self::Habits(bits) => script.extend([11, bits]),
            Self::Pieces(len) => script.extend([12, len]),
            Self::Again => script.push(13),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let steps = [
            Step::Bytes(b"ab"),
            Step::Record(21, &[1, 0]),
            Step::Message(20, &[0; 12]),
            Step::ChangeCipherSpec,
            Step::Finished,
            Step::Sign(513),
            Step::Verify(3),
            Step::Write(300),
            Step::Close,
            Step::End,
            Step::Drain(5),
            Step::Habits(31),
            Step::Pieces(1),
            Step::Again,
        ];
        let mut bytes = Vec::new();
        steps.iter().for_each(|step| step.emit(&mut bytes));
        let mut script = Script::new(&bytes);
        let read: Vec<Step<'_>> = std::iter::from_fn(|| Step::next(&mut script)).collect();
        assert_eq!(read, steps);
    }
}
