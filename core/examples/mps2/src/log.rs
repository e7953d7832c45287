//! The log of the firmware: with the feature `text`, lines of text on the serial line; with `defmt`, numbers
//! that a program on the host turns into text, so no text is in flash; with neither, nothing.

use lsam_core::endpoint::Error;
use lsam_core::tls::{self, Negotiated};

/// The events.
pub enum Event<'a> {
    /// Waiting for connections.
    Listening {
        /// On this TCP port.
        port: u16,
        /// At most this many at a time.
        connections: usize,
        /// Bytes per connection: the buffers of TLS and messages, and the state.
        memory: usize,
    },
    /// A handshake is complete.
    Connected {
        /// Number of the connection in the pool.
        connection: usize,
        /// What was negotiated.
        negotiated: Negotiated,
    },
    /// A connection has ended, and its slot in the pool is free.
    Ended {
        /// Number of the connection in the pool.
        connection: usize,
        /// Why.
        why: End,
        /// The largest amount of stack used since the start, in bytes.
        stack: usize,
    },
    /// The server answered the client.
    Answered {
        /// The length of the answer.
        bytes: usize,
    },
    /// The board has no seed, and without randomness there are no keys.
    NoSeed,
    /// The private key in flash is not a scalar of secp256r1.
    BadKey,
    /// The private key does not belong to the certificate stored with it, so no peer would accept its
    /// signatures.
    KeyOfAnother,
    /// No session can be created from the configuration, for example because a certificate can't be read.
    BadConfig(tls::Error),
    /// The network was connected or disconnected; connecting is only reported after disconnecting.
    Link {
        /// Whether it is connected now.
        up: bool,
    },
    /// The program reached a point where it can't continue, and restarts.
    Panic {
        /// The source file. The text of a panic is left out, because it would put every possible text into
        /// flash.
        file: &'a str,
        /// The line number.
        line: u32,
    },
    /// The processor could not execute an instruction, and restarts.
    Fault {
        /// The address of the instruction.
        address: u32,
    },
}

/// Why a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Closed cleanly.
    Closed,
    /// An error of the session or of its messages.
    Failed(Error),
    /// The send buffer is too small for our answer.
    AnswerTooLong,
    /// The peer was silent for too long.
    Silent,
    /// The TCP connection broke.
    Reset,
}

/// Logs the event.
#[cfg_attr(
    not(any(feature = "text", feature = "defmt")),
    expect(unused_variables, reason = "there is nobody to tell")
)]
pub fn log(event: &Event<'_>) {
    #[cfg(feature = "text")]
    text::log(event);
    #[cfg(feature = "defmt")]
    numbers::log(event);
}

#[cfg(feature = "text")]
mod text {
    use core::fmt::Write as _;

    use super::{End, Event};
    use crate::board::Uart;

    pub(super) fn log(event: &Event<'_>) {
        // The serial line accepts everything.
        let _ = match event {
            Event::Listening { port, connections, memory } => {
                writeln!(Uart, "listening on port {port}, for {connections} connections of {memory} bytes")
            }
            Event::Connected { connection, negotiated } => writeln!(Uart, "{connection}: {negotiated}"),
            Event::Ended { connection, why, stack } => {
                let _ = write!(Uart, "{connection}: ended, ");
                let _ = match why {
                    End::Closed => write!(Uart, "closed"),
                    End::Failed(error) => write!(Uart, "{error}"),
                    End::AnswerTooLong => write!(Uart, "the send buffer is too small for the answer"),
                    End::Silent => write!(Uart, "the peer was silent for too long"),
                    End::Reset => write!(Uart, "the TCP connection broke"),
                };
                writeln!(Uart, "; stack {stack}")
            }
            Event::Answered { bytes } => writeln!(Uart, "answered with {bytes} bytes"),
            Event::NoSeed => writeln!(Uart, "not started: no seed"),
            Event::BadKey => writeln!(Uart, "not started: the private key is no scalar of secp256r1"),
            Event::KeyOfAnother => {
                writeln!(Uart, "not started: the private key is not that of the certificate")
            }
            Event::BadConfig(error) => writeln!(Uart, "not started: {error}"),
            Event::Link { up: true } => writeln!(Uart, "the network is back"),
            Event::Link { up: false } => writeln!(Uart, "no network: the link is down"),
            Event::Panic { file, line } => writeln!(Uart, "panicked at {file}:{line}"),
            Event::Fault { address } => writeln!(Uart, "hard fault at {address:#010x}"),
        };
    }
}

#[cfg(feature = "defmt")]
mod numbers {
    use defmt_semihosting as _;
    use lsam_core::endpoint::Error;
    use lsam_core::tls;

    use super::{End, Event};

    pub(super) fn log(event: &Event<'_>) {
        match event {
            Event::Listening { port, connections, memory } => {
                defmt::info!(
                    "listening on port {}, for {} connections of {} bytes",
                    port,
                    connections,
                    memory
                );
            }
            Event::Connected { connection, negotiated } => defmt::info!(
                "{}: {=str}, suite {:04x}, group {}{}{}",
                connection,
                negotiated.version.name().unwrap_or("unknown version"),
                negotiated.cipher_suite.code(),
                negotiated.group.code(),
                if negotiated.client_authenticated() { ", client certificate" } else { "" },
                if negotiated.resumed { ", resumed" } else { "" },
            ),
            Event::Ended { connection, why, stack } => match why {
                End::Closed => defmt::info!("{}: ended, closed; stack {}", connection, stack),
                End::Failed(Error::Tls(error)) => {
                    let (what, rule) = describe(*error);
                    // 255 means no alert: none was sent, or there was no peer to send it to.
                    let alert = error.alert().map_or(u8::MAX, |alert| alert.0);
                    defmt::warn!(
                        "{}: ended, {=istr} ({}), alert {}; stack {}",
                        connection,
                        what,
                        rule,
                        alert,
                        stack
                    );
                }
                End::Failed(_) => {
                    defmt::warn!("{}: ended, no frame of the agent; stack {}", connection, stack)
                }
                End::AnswerTooLong => {
                    defmt::error!("{}: ended, the send buffer is too small; stack {}", connection, stack);
                }
                End::Silent => defmt::warn!("{}: ended, silent; stack {}", connection, stack),
                End::Reset => defmt::warn!("{}: ended, reset; stack {}", connection, stack),
            },
            Event::Answered { bytes } => defmt::info!("answered with {} bytes", bytes),
            Event::NoSeed => defmt::error!("not started: no seed"),
            Event::BadKey => defmt::error!("not started: the private key is no scalar of secp256r1"),
            Event::KeyOfAnother => {
                defmt::error!("not started: the private key is not that of the certificate");
            }
            Event::BadConfig(error) => {
                let (what, _) = describe(*error);
                defmt::error!("not started: {=istr}", what);
            }
            Event::Link { up: true } => defmt::info!("the network is back"),
            Event::Link { up: false } => defmt::warn!("no network: the link is down"),
            Event::Panic { file, line } => defmt::error!("panicked at {=str}:{=u32}", file, line),
            Event::Fault { address } => defmt::error!("hard fault at {=u32:x}", address),
        }
    }

    /// The kind of an error, as text that is only on the host, and a number within the kind: the position in
    /// core's list of errors, from 0, or the alert received.
    fn describe(error: tls::Error) -> (defmt::Str, u8) {
        match error {
            tls::Error::Decode(..) => (defmt::intern!("a message cannot be read"), 0),
            tls::Error::Unexpected { .. } => (defmt::intern!("a message out of turn"), 0),
            tls::Error::Incompatible(what) => (defmt::intern!("nothing in common"), what as u8),
            tls::Error::Misbehaved(rule) => (defmt::intern!("a rule was broken"), rule as u8),
            tls::Error::Certificate(_) => (defmt::intern!("the certificate was refused"), 0),
            tls::Error::AlertReceived(alert) => (defmt::intern!("the peer sent an alert"), alert.0),
            tls::Error::Truncated => (defmt::intern!("no close_notify"), 0),
            _ => (defmt::intern!("a fault on this side"), 0),
        }
    }
}
