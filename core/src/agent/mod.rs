//! The messages between the agent and the scheduling server: version 1 of the scheduling protocol.
//!
//! A message travels in a frame: a header of 16 bytes and a body of fields, each `code · length · value`. The
//! page `protocol` of the documentation describes the whole format; a test checks that it matches
//! [`MESSAGES`].
//!
//! There are two kinds of errors. A [`FrameError`] means that the stream can't be parsed any further: the
//! connection must be closed. A [`MessageError`] concerns one message: it is answered with an
//! [`ErrorMessage`], and the connection continues.
//!
//! ```
//! use lsam_core::agent::{CheckCrc, FrameHeader, MachineStatusRequest, Request, emit};
//!
//! let mut buffer = [0; 64];
//! let len = emit(&MachineStatusRequest {}, 7, CheckCrc::On, &mut buffer)?;
//!
//! // The other side, with what has arrived so far:
//! let arrived = &buffer[..len];
//! let header = FrameHeader::parse(arrived)?.ok_or("the header is not complete yet")?;
//! let body = arrived.get(FrameHeader::LEN..header.frame_len()).ok_or("the body is not complete yet")?;
//! let frame = header.frame(body, CheckCrc::On)?;
//! assert_eq!(Request::parse(&frame), Ok(Request::MachineStatus(MachineStatusRequest {})));
//! assert_eq!(frame.correlation, 7);
//! # Ok::<(), Box<dyn core::error::Error>>(())
//! ```

mod definition;
mod error;
mod field;
mod frame;
mod messages;
#[cfg(test)]
mod tests;

pub use definition::{Definition, FieldDefinition, Message, MessageType};
pub use error::{ErrorNumber, MessageError};
pub use field::{AcceptedAddress, FieldValue, List, ListIter, Presence};
pub(crate) use frame::write;
pub use frame::{CheckCrc, Frame, FrameError, FrameHeader, MAX_BODY, MAX_MESSAGE, emit};
pub use messages::*;
