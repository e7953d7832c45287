//! Frames: the header of each message, and how it divides the stream.

use core::fmt;

use crc::{CRC_32_ISO_HDLC, Crc};

use super::definition::{Message, MessageType};
use super::error::MessageError;
use crate::wire::{BufferFull, Reader, Writer};

/// The longest body, in bytes.
pub const MAX_BODY: usize = 65_536;

/// The longest message, header and body: a buffer for any message must be this large.
pub const MAX_MESSAGE: usize = FrameHeader::LEN + MAX_BODY;

/// The stream can't be parsed any further: the connection must be closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameError {
    /// The peer uses TLS on a connection without TLS.
    Tls,
    /// A message does not begin with the magic number.
    BadMagic,
    /// A message has another version of the protocol.
    BadVersion(u8),
    /// A message announces a body of more than [`MAX_BODY`] bytes.
    BodyTooLong(u32),
}

impl fmt::Display for FrameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tls => f.write_str(
                "the peer speaks TLS, and this connection is without: UseSecureSocket of the agent and Use TLS for \
                 Scheduling Communications of the machine must both be on or both be off",
            ),
            Self::BadMagic => f.write_str("the peer does not speak the scheduling protocol"),
            Self::BadVersion(version) => {
                write!(f, "the peer speaks version {version} of the scheduling protocol, not version 1")
            }
            Self::BodyTooLong(len) => {
                write!(f, "the peer announces a message body of {len} bytes; {MAX_BODY} are allowed")
            }
        }
    }
}

impl core::error::Error for FrameError {}

/// The setting `CheckCRC`; both sides must agree on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckCrc {
    /// Each message carries its CRC, and a message whose CRC does not match is rejected.
    On,
    /// The CRC field is written as 0 and ignored.
    Off,
}

/// The header of a message.
///
/// ```text
/// 0  u16  magic 0x4C53, "LS"
/// 2  u8   version, 1
/// 3  u8   message type
/// 4  u32  correlation number
/// 8  u32  length of the body
/// 12 u32  CRC-32 (IEEE 802.3) of bytes 0 to 11 and the body
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameHeader {
    message_type: MessageType,
    correlation: u32,
    body_len: usize,
    crc: u32,
}

impl FrameHeader {
    /// The length of a header, in bytes.
    pub const LEN: usize = 16;
    /// The offset of the CRC in it.
    const CRC: usize = 12;

    /// Reads the header at the start of `bytes`, which may be longer or shorter than a header; `None` means
    /// that more bytes are needed.
    ///
    /// # Errors
    /// [`FrameError`], as soon as `bytes` cannot become a header, so that a peer with another protocol is
    /// rejected immediately.
    pub fn parse(bytes: &[u8]) -> Result<Option<Self>, FrameError> {
        match bytes {
            [TLS_ALERT | TLS_HANDSHAKE, ..] => return Err(FrameError::Tls),
            [first, ..] if *first != MAGIC[0] => return Err(FrameError::BadMagic),
            [_, second, ..] if *second != MAGIC[1] => return Err(FrameError::BadMagic),
            [_, _, version, ..] if *version != VERSION => return Err(FrameError::BadVersion(*version)),
            _ => {}
        }
        let Some(([.., number], r)) = bytes.split_first_chunk::<4>() else { return Ok(None) };
        let mut r = Reader::new(r);
        let numbers = (r.u32(), r.u32(), r.u32());
        let (Ok(correlation), Ok(body_len), Ok(crc)) = numbers else { return Ok(None) };
        match usize::try_from(body_len) {
            Ok(body_len) if body_len <= MAX_BODY => {
                Ok(Some(Self { message_type: MessageType(*number), correlation, body_len, crc }))
            }
            _ => Err(FrameError::BodyTooLong(body_len)),
        }
    }

    /// The length of the whole frame, at most [`MAX_MESSAGE`]: where the next header begins.
    pub const fn frame_len(&self) -> usize {
        Self::LEN + self.body_len
    }

    /// The type of the message; the CRC has not been checked yet.
    pub const fn message_type(&self) -> MessageType {
        self.message_type
    }

    /// The correlation number, for the answer to a message that is rejected.
    pub const fn correlation(&self) -> u32 {
        self.correlation
    }

    /// The frame that consists of this header and its `body`.
    ///
    /// # Errors
    /// [`MessageError::Truncated`] when `body` does not have the announced length, [`MessageError::BadCrc`]
    /// when the CRC is to be checked and does not match.
    pub fn frame(self, body: &[u8], check: CheckCrc) -> Result<Frame<'_>, MessageError> {
        if body.len() != self.body_len {
            return Err(MessageError::Truncated);
        }
        if check == CheckCrc::On && self.crc != crc_of(&self.start(), body) {
            return Err(MessageError::BadCrc);
        }
        Ok(Frame { message_type: self.message_type, correlation: self.correlation, body })
    }

    /// The bytes that the CRC covers.
    fn start(&self) -> [u8; 12] {
        let [a, b, c, d] = self.correlation.to_be_bytes();
        // A body is at most MAX_BODY bytes long.
        let [e, f, g, h] = u32::try_from(self.body_len).unwrap_or(u32::MAX).to_be_bytes();
        [MAGIC[0], MAGIC[1], VERSION, self.message_type.0, a, b, c, d, e, f, g, h]
    }
}

/// A message whose header has been checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    /// The type of the message.
    pub message_type: MessageType,
    /// The number that the sender assigned; the answer carries the same one.
    pub correlation: u32,
    /// The fields.
    pub body: &'a [u8],
}

impl<'a> Frame<'a> {
    /// Reads the fields as those of the message `M`.
    ///
    /// # Errors
    /// [`MessageError::UnknownType`] when the frame holds a different message; otherwise what is wrong with a
    /// field.
    pub fn message<M: Message<'a>>(&self) -> Result<M, MessageError> {
        if self.message_type == M::TYPE { M::parse(self.body) } else { Err(MessageError::UnknownType) }
    }
}

/// Writes `message` with its header to the start of `buffer`, and returns the length of the frame.
///
/// # Errors
/// [`BufferFull`] when `buffer` is too small for the message, or the message is longer than [`MAX_MESSAGE`];
/// the contents of `buffer` are then unspecified.
pub fn emit<'a, M: Message<'a>>(
    message: &M,
    correlation: u32,
    check: CheckCrc,
    buffer: &mut [u8],
) -> Result<usize, BufferFull> {
    let mut w = Writer::new(buffer);
    write(message, correlation, check, &mut w)?;
    Ok(w.len())
}

/// Writes `message` with its header to `w`, in which nothing has been written yet.
///
/// # Errors
/// Same as [`emit`].
pub(crate) fn write<'a, M: Message<'a>>(
    message: &M,
    correlation: u32,
    check: CheckCrc,
    w: &mut Writer<'_>,
) -> Result<(), BufferFull> {
    w.reserve(FrameHeader::LEN)?;
    message.emit(w)?;
    write_header(M::TYPE, correlation, check, w.written_mut())
}

/// Writes the header to the front of `frame`, which already contains the body.
fn write_header(
    message_type: MessageType,
    correlation: u32,
    check: CheckCrc,
    frame: &mut [u8],
) -> Result<(), BufferFull> {
    let (header, body) = frame.split_first_chunk_mut::<{ FrameHeader::LEN }>().ok_or(BufferFull)?;
    if body.len() > MAX_BODY {
        return Err(BufferFull);
    }
    let fields = FrameHeader { message_type, correlation, body_len: body.len(), crc: 0 };
    let (start, crc) = header.split_at_mut_checked(FrameHeader::CRC).ok_or(BufferFull)?;
    start.copy_from_slice(&fields.start());
    let value = if check == CheckCrc::On { crc_of(start, body) } else { 0 };
    crc.copy_from_slice(&value.to_be_bytes());
    Ok(())
}

const MAGIC: [u8; 2] = *b"LS";
const VERSION: u8 = 1;
/// The first byte from a TLS client: the content type of a handshake record (RFC 5246 section 6.2.1).
const TLS_HANDSHAKE: u8 = 22;
/// The first byte from a TLS server that received something other than TLS.
const TLS_ALERT: u8 = 21;

/// One byte or one bit per step.
#[cfg(feature = "crc-table")]
type Steps = crc::Table<1>;
#[cfg(not(feature = "crc-table"))]
type Steps = crc::NoTable;

/// CRC-32 of IEEE 802.3.
const CRC: Crc<u32, Steps> = Crc::<u32, Steps>::new(&CRC_32_ISO_HDLC);

fn crc_of(start: &[u8], body: &[u8]) -> u32 {
    let mut digest = CRC.digest();
    digest.update(start);
    digest.update(body);
    digest.finalize()
}
