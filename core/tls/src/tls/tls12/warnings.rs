//! What a TLS 1.2 peer sends besides handshake messages and data: alerts, and requests for another handshake
//! (RFC 5246 sections 7.2 and 7.4.1).

use crate::tls::alert::AlertLevel;
use crate::tls::codes::{AlertDescription, HandshakeType};
use crate::tls::error::{Error, Misbehaved};
use crate::tls::limits::MAX_WARNINGS;
use crate::tls::message::Handshake;

/// How many warnings have arrived in a row. They cost the peer nothing, so they are counted.
#[derive(Default)]
pub(crate) struct Warnings(u8);

/// How the session reacts.
pub(crate) enum Reaction {
    /// Nothing.
    Ignore,
    /// The peer will send nothing more; close_notify is answered.
    Close,
    /// Send this alert as a warning.
    Warn(AlertDescription),
}

impl Warnings {
    /// Handles an alert.
    pub(crate) fn on_alert(
        &mut self,
        level: AlertLevel,
        description: AlertDescription,
        is_connected: bool,
    ) -> Result<Reaction, Error> {
        match (level, description) {
            // RFC 5246 section 7.2.1: the other party MUST respond with a close_notify of its own.
            (_, AlertDescription::CLOSE_NOTIFY) if is_connected => Ok(Reaction::Close),
            (AlertLevel::Fatal, _) | (_, AlertDescription::CLOSE_NOTIFY) => {
                Err(Error::AlertReceived(description))
            }
            (AlertLevel::Warning, _) => self.count().map(|()| Reaction::Ignore),
        }
    }

    /// Handles a message if it is the `request` for another handshake; no message of the handshake in
    /// progress is one.
    pub(crate) fn on_message(
        &mut self,
        message: &Handshake<'_>,
        request: HandshakeType,
        is_connected: bool,
    ) -> Result<Option<Reaction>, Error> {
        let reaction = if is_connected {
            // Renegotiation, which neither role supports: a new handshake on top of an authenticated session,
            // at the peer's request, has a history of attacks (RFC 5746 section 1).
            message.check_kind(request)?;
            Reaction::Warn(AlertDescription::NO_RENEGOTIATION)
        } else if message.kind == HandshakeType::HELLO_REQUEST && message.kind == request {
            // RFC 5246 section 7.4.1.1: ignored while a session is being negotiated, and not part of the
            // transcript.
            message.decode(|_| Ok(()))?;
            Reaction::Ignore
        } else {
            return Ok(None);
        };
        self.count().map(|()| Some(reaction))
    }

    /// Resets the count, because data has arrived.
    pub(crate) const fn reset(&mut self) {
        self.0 = 0;
    }

    fn count(&mut self) -> Result<(), Error> {
        self.0 += 1;
        if self.0 > MAX_WARNINGS { Err(Misbehaved::TooManyWarnings.into()) } else { Ok(()) }
    }
}
