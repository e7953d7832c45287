//! Every message of the protocol, with its fields: the only table, which the page `protocol` of the
//! documentation repeats.

use core::fmt;

use super::definition::{Definition, Message, MessageType, message};
use super::error::{ErrorNumber, MessageError, show};
use super::field::{AcceptedAddress, List};
use super::frame::Frame;

/// Every message of the protocol.
pub const MESSAGES: &[Definition] =
    &[MachineStatusRequest::DEFINITION, MachineStatus::DEFINITION, ErrorMessage::DEFINITION];

impl MessageType {
    /// Its definition in the table, if it is there.
    pub fn definition(self) -> Option<&'static Definition> {
        MESSAGES.iter().find(|definition| definition.message_type == self)
    }
}

/// For a log: the number, and the name if there is one.
impl fmt::Display for MessageType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.definition() {
            Some(definition) => write!(f, "{} (0x{:02X})", definition.name, self.0),
            None => write!(f, "message 0x{:02X}", self.0),
        }
    }
}

/// What the scheduling server can request. A host that serves requests must match each of these, so that none
/// is forgotten.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    /// TX4: what machine the agent runs on.
    MachineStatus(MachineStatusRequest),
}

impl Request {
    /// Reads the request in `frame`.
    ///
    /// # Errors
    /// [`MessageError::UnknownType`] when the frame holds no request; otherwise what is wrong with a field.
    pub fn parse(frame: &Frame<'_>) -> Result<Self, MessageError> {
        match frame.message_type {
            MachineStatusRequest::TYPE => frame.message().map(Self::MachineStatus),
            _ => Err(MessageError::UnknownType),
        }
    }
}

message! {
    "TX4" = 0x04, 'a,
    /// Requests the machine status.
    pub struct MachineStatusRequest {}
}

message! {
    "TX4 reply" = 0x84, 'a,
    /// The agent, and the machine that it runs on.
    pub struct MachineStatus<'a> {
        /// The time of the machine, in seconds since 1970-01-01T00:00:00Z.
        0x0100 = time: u64,
        /// The name of its time zone.
        0x0101 = time_zone: &'a str,
        /// The offset of its local time from UTC, in minutes.
        0x0102 = utc_offset: i16,
        /// The version of the agent.
        0x0103 = agent_version: &'a str,
        /// The operating system, such as `Windows`.
        0x0104 = os_type: &'a str,
        /// The version of the operating system.
        0x0105 = os_version: &'a str,
        /// The name of the machine.
        0x0106 = host_name: &'a str,
        /// The name of the agent's service.
        0x0107 = agent_name: &'a str,
        /// The port on which the agent listens for the server.
        0x0108 = agent_socket: u16,
        /// The port on which the job output service listens.
        0x0109 = jors_socket: u16,
        /// How many jobs may run at the same time.
        0x010A = max_jobs: u32,
        /// What carries the messages: `TCP/IP`, or `TLS 1.2`.
        0x010B = protocol: &'a str,
        /// Whether the agent checks the CRC of messages.
        0x010C = check_crc: bool,
        /// The addresses from which the agent accepts connections; if empty, it accepts none.
        0x010D = accepted_addresses: List<'a, AcceptedAddress>,
        /// The port of the server's end of this connection.
        0x010E = smanetcom_socket: u16,
        /// The architecture of the processors, such as `x86_64`.
        0x010F = cpu_type: &'a str,
        /// The model of the processors.
        0x0110 = cpu_model: &'a str,
        /// How many processors the machine has.
        0x0111 = cpu_count: u32,
        /// Whether the job output service is available.
        0x0112 = jors: bool,
    }
}

message! {
    "error" = 0x7F, 'a,
    /// Reports that a message could not be served, and why. It is never answered.
    pub struct ErrorMessage<'a> {
        /// What was wrong.
        0x0001 = number: ErrorNumber,
        /// The same in words.
        0x0002 = text: &'a str,
        /// The code of the field that was wrong.
        0x0003 = field: Option<u16>,
    }
}

/// The answer to a message that could not be served.
impl From<MessageError> for ErrorMessage<'static> {
    fn from(error: MessageError) -> Self {
        let number = error.number();
        Self { number, text: number.meaning(), field: error.field() }
    }
}

/// For a log: the peer's text is truncated at 200 characters, and its control characters are escaped.
impl fmt::Display for ErrorMessage<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        show(f, self.number, self.text, self.field)
    }
}
