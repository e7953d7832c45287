//! The errors that end a session, grouped by who is at fault, and the alert for the peer.

use core::fmt;

use super::codes::{AlertDescription, ContentType, ExtensionType, HandshakeType};
use crate::crypto::{
    EntropyError, Inauthentic, InvalidPublicValue, InvalidSignature, KeyExchangeError, SealError,
};
use crate::wire::{BufferFull, DecodeError};
use crate::x509::CertificateError;

/// Why a session ended, or why a call was rejected. At most 8 bytes, with no secrets and no text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The peer sent bytes that do not match the RFC's definition of that structure.
    Decode(Structure, DecodeError),
    /// The peer sent something out of turn.
    Unexpected {
        /// What the state was waiting for.
        expected: FromPeer,
        /// What arrived.
        got: FromPeer,
    },
    /// The peer offers nothing that this side accepts.
    Incompatible(Incompatible),
    /// The peer broke a rule of the protocol.
    Misbehaved(Misbehaved),
    /// The peer's certificate was rejected.
    Certificate(CertificateError),
    /// The peer ended the session with this alert.
    AlertReceived(AlertDescription),
    /// The stream ended without close_notify: the peer is gone, or the connection was cut (RFC 5246 7.2.1).
    Truncated,
    /// The host closed the session before the handshake was complete.
    Closed,
    /// The receive buffer is too small for a record or message that the peer was allowed to send.
    RecvBufferTooSmall {
        /// The number of bytes that this record or message needs; [`u16::MAX`] means that many or more.
        needed: u16,
    },
    /// The send buffer is too small for a message that must be written in one piece.
    SendBufferTooSmall,
    /// The host could not sign with its private key.
    SignerFailed,
    /// The host's random number generator failed.
    EntropyFailed,
    /// The provider's cipher could not seal a record or a ticket.
    SealFailed,
    /// The host called a method that the state of the session does not allow. The session itself continues.
    Misuse(Misuse),
    /// An invariant of the engine was violated: a bug in the engine.
    Bug,
}

/// A structure of the protocol that could not be decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Structure {
    /// An alert.
    Alert,
    /// A ChangeCipherSpec.
    ChangeCipherSpec,
    /// A handshake message.
    Handshake(HandshakeType),
    /// An extension of a hello message.
    Extension(ExtensionType),
}

/// What is expected from the peer, or what arrived instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FromPeer {
    /// A handshake message.
    Handshake(HandshakeType),
    /// A ChangeCipherSpec.
    ChangeCipherSpec,
    /// Application data.
    ApplicationData,
    /// A record of a type that TLS 1.2 does not have.
    Record(ContentType),
    /// The rest of a handshake message that has partly arrived.
    RestOfMessage,
    /// Nothing from the peer: this side has to act first.
    Nothing,
}

/// Why two peers cannot communicate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Incompatible {
    /// The peer does not support TLS 1.2.
    Version,
    /// The client fell back to an older version although both sides support a newer one (RFC 7507).
    Fallback,
    /// No cipher suite in common that this side's certificate supports.
    CipherSuite,
    /// No key exchange group in common.
    Group,
    /// No signature scheme in common that this side's key can use.
    SignatureScheme,
    /// The peer does not accept uncompressed points (RFC 8422 section 5.1.2).
    PointFormat,
    /// No protocol name in common (RFC 7301 section 3.2).
    ApplicationProtocol,
    /// The peer does not support extended master secret, which this side requires (RFC 7627).
    ExtendedMasterSecret,
    /// The server requests only kinds of certificates that this side does not have.
    CertificateRequest,
    /// The client has no certificate, which this side requires.
    NoCertificate,
}

/// A rule of the protocol that the peer broke.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Misbehaved {
    /// Bytes that are not a TLS record: SSL 2, another protocol, or noise.
    NotTls,
    /// A sealed record with a version other than TLS 1.2.
    RecordVersion,
    /// A record longer than allowed.
    RecordOverflow,
    /// A record whose tag does not match its content.
    BadRecordMac,
    /// A sealed record before there are keys, or no sequence numbers left.
    RecordSequence,
    /// Too many empty records in a row.
    TooManyEmptyRecords,
    /// Too many warning alerts or renegotiations in a row.
    TooManyWarnings,
    /// An alert that is neither a warning nor fatal (RFC 5246 section 7.2).
    AlertLevel,
    /// A handshake message longer than [`super::limits::MAX_HANDSHAKE_MESSAGE`].
    MessageTooLong,
    /// Null compression was not offered, or another method was chosen (RFC 5246 section 7.4.1.2).
    Compression,
    /// The same extension twice in one message (RFC 5246 section 7.4.1.4).
    DuplicateExtension,
    /// An answer to an extension that was not sent (RFC 5246 section 7.4.1.4).
    UnsolicitedExtension,
    /// renegotiation_info is not empty in a first handshake (RFC 5746 sections 3.4 and 3.6).
    RenegotiationInfo,
    /// The server chose something that was not offered: a cipher suite, group, signature scheme or protocol
    /// name.
    NotOffered,
    /// A fragment limit that is not allowed, or two of them together (RFC 6066 section 4, RFC 8449 section
    /// 4).
    FragmentLimit,
    /// An attempt to resume a session without the extended master secret that it was created with (RFC 7627
    /// section 5.3).
    ResumedWithoutExtendedMasterSecret,
    /// The signature scheme does not fit the certificate's key.
    SchemeDoesNotFitKey,
    /// A public value that is not an element of its group (RFC 8422 section 5.11).
    PublicValue,
    /// A signature of the handshake does not verify.
    Signature,
    /// The verify_data of a Finished message is wrong (RFC 5246 section 7.4.9).
    Finished,
}

/// A call that the current state does not allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Misuse {
    /// Application data written before the handshake is complete.
    NotConnected,
    /// Application data written after close.
    AlreadyClosed,
    /// An answer to a request that the session did not make.
    NotAsked,
    /// A signature longer than [`super::limits::MAX_SIGNATURE`].
    SignatureTooLong,
    /// An identity without certificates or without signature schemes.
    EmptyIdentity,
    /// An identity whose first certificate cannot be read, or whose schemes do not all fit that certificate's
    /// key.
    UnfitIdentity,
    /// An identity whose signature schemes all need hash functions that the provider lacks.
    UnsupportedIdentity,
    /// A server_name that is not a DNS name (RFC 6066 section 3): see
    /// [`super::ClientConfig::is_server_name`].
    ServerName,
    /// A protocol name that is empty or longer than 255 bytes (RFC 7301 section 3.1).
    ProtocolName,
    /// A configuration with no signature scheme that the provider can verify, or none that suits one of its
    /// cipher suites.
    NothingVerifiable,
    /// A configuration with no cipher suite that the provider supports.
    NoCipherSuite,
    /// A configuration with no key exchange group that the provider supports.
    NoGroup,
    /// A configuration that requests certificates from clients, which the provider does not support
    /// ([`Provider::CLIENT_AUTH`]).
    ///
    /// [`Provider::CLIENT_AUTH`]: crate::crypto::Provider::CLIENT_AUTH
    ClientAuth,
}

impl Error {
    /// The alert to send to the peer, which depends only on the error. `None` if no alert is sent.
    pub const fn alert(&self) -> Option<AlertDescription> {
        Some(match self {
            Self::Decode(..) => AlertDescription::DECODE_ERROR,
            Self::Unexpected { .. } => AlertDescription::UNEXPECTED_MESSAGE,
            Self::Incompatible(Incompatible::Version) => AlertDescription::PROTOCOL_VERSION,
            Self::Incompatible(Incompatible::Fallback) => AlertDescription::INAPPROPRIATE_FALLBACK,
            Self::Incompatible(Incompatible::PointFormat) => AlertDescription::ILLEGAL_PARAMETER,
            Self::Incompatible(Incompatible::ApplicationProtocol) => {
                AlertDescription::NO_APPLICATION_PROTOCOL
            }
            Self::Incompatible(_) => AlertDescription::HANDSHAKE_FAILURE,
            Self::Misbehaved(rule) => rule.alert(),
            Self::Certificate(error) => certificate_alert(*error),
            // The peer may be allowed to send it, but should be notified that this side rejects the length.
            Self::RecvBufferTooSmall { .. } => AlertDescription::RECORD_OVERFLOW,
            Self::SendBufferTooSmall
            | Self::SignerFailed
            | Self::EntropyFailed
            | Self::SealFailed
            | Self::Bug => AlertDescription::INTERNAL_ERROR,
            Self::AlertReceived(_) | Self::Truncated | Self::Closed | Self::Misuse(_) => return None,
        })
    }
}

impl Misbehaved {
    const fn alert(self) -> AlertDescription {
        match self {
            Self::NotTls | Self::RecordVersion => AlertDescription::PROTOCOL_VERSION,
            Self::RecordOverflow => AlertDescription::RECORD_OVERFLOW,
            Self::BadRecordMac => AlertDescription::BAD_RECORD_MAC,
            Self::RecordSequence | Self::TooManyEmptyRecords | Self::TooManyWarnings => {
                AlertDescription::UNEXPECTED_MESSAGE
            }
            Self::DuplicateExtension => AlertDescription::DECODE_ERROR,
            Self::UnsolicitedExtension => AlertDescription::UNSUPPORTED_EXTENSION,
            // RFC 5746 sections 3.4 to 3.7 require a fatal handshake_failure.
            // So does RFC 7627 section 5.3.
            Self::RenegotiationInfo | Self::ResumedWithoutExtendedMasterSecret => {
                AlertDescription::HANDSHAKE_FAILURE
            }
            Self::Signature | Self::Finished => AlertDescription::DECRYPT_ERROR,
            // RFC 8446 section 6 distinguishes a meaningless value from bytes that cannot be parsed.
            Self::AlertLevel
            | Self::MessageTooLong
            | Self::Compression
            | Self::NotOffered
            | Self::FragmentLimit
            | Self::SchemeDoesNotFitKey
            | Self::PublicValue => AlertDescription::ILLEGAL_PARAMETER,
        }
    }
}

impl Error {
    /// [`Self::RecvBufferTooSmall`] for something that needs a buffer of `needed` bytes.
    pub(crate) fn recv_buffer_too_small(needed: usize) -> Self {
        Self::RecvBufferTooSmall { needed: u16::try_from(needed).unwrap_or(u16::MAX) }
    }
}

impl From<Misbehaved> for Error {
    fn from(rule: Misbehaved) -> Self {
        Self::Misbehaved(rule)
    }
}

impl From<Incompatible> for Error {
    fn from(what: Incompatible) -> Self {
        Self::Incompatible(what)
    }
}

impl From<CertificateError> for Error {
    fn from(error: CertificateError) -> Self {
        Self::Certificate(error)
    }
}

impl From<BufferFull> for Error {
    fn from(_: BufferFull) -> Self {
        Self::SendBufferTooSmall
    }
}

impl From<EntropyError> for Error {
    fn from(_: EntropyError) -> Self {
        Self::EntropyFailed
    }
}

impl From<Inauthentic> for Error {
    fn from(_: Inauthentic) -> Self {
        Self::Misbehaved(Misbehaved::BadRecordMac)
    }
}

impl From<SealError> for Error {
    fn from(_: SealError) -> Self {
        Self::SealFailed
    }
}

impl From<KeyExchangeError> for Error {
    fn from(error: KeyExchangeError) -> Self {
        match error {
            KeyExchangeError::Entropy => EntropyError.into(),
            KeyExchangeError::PublicValue => InvalidPublicValue.into(),
        }
    }
}

impl From<InvalidPublicValue> for Error {
    fn from(_: InvalidPublicValue) -> Self {
        Self::Misbehaved(Misbehaved::PublicValue)
    }
}

impl From<InvalidSignature> for Error {
    fn from(_: InvalidSignature) -> Self {
        Self::Misbehaved(Misbehaved::Signature)
    }
}

impl core::error::Error for Error {}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Decode(place, reason) => write!(f, "the peer sent a malformed {place}: {reason}"),
            Self::Unexpected { expected: FromPeer::Nothing, got } => {
                write!(f, "the peer sent {got} before it was its turn")
            }
            Self::Unexpected { expected, got } => write!(f, "the peer sent {got} where {expected} was due"),
            Self::Incompatible(what) => what.fmt(f),
            Self::Misbehaved(rule) => rule.fmt(f),
            Self::Certificate(error) => write!(f, "the peer's certificate was refused: {error}"),
            Self::AlertReceived(alert) => write!(f, "the peer ended the session with the alert {alert}"),
            Self::Truncated => f.write_str("the connection ended without close_notify"),
            Self::Closed => f.write_str("the session was closed here before the handshake was complete"),
            Self::RecvBufferTooSmall { needed } => {
                write!(
                    f,
                    "the receive buffer is too small for what the peer sends: {needed} bytes are needed"
                )
            }
            Self::SendBufferTooSmall => f.write_str("the send buffer is too small for a handshake message"),
            Self::SignerFailed => f.write_str("the private key could not be used to sign"),
            Self::EntropyFailed => f.write_str("the random number generator failed"),
            Self::SealFailed => f.write_str("the cipher could not seal what was to be sent"),
            Self::Misuse(misuse) => misuse.fmt(f),
            Self::Bug => f.write_str("an internal rule of the TLS engine was broken"),
        }
    }
}

impl fmt::Display for Structure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Alert => f.write_str("alert"),
            Self::ChangeCipherSpec => f.write_str("ChangeCipherSpec"),
            Self::Handshake(message) => write!(f, "{message}"),
            Self::Extension(extension) => write!(f, "{extension} extension"),
        }
    }
}

impl fmt::Display for FromPeer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Handshake(message) => write!(f, "{message}"),
            Self::ChangeCipherSpec => f.write_str("ChangeCipherSpec"),
            Self::ApplicationData => f.write_str("application data"),
            Self::Record(content_type) => write!(f, "a record of {content_type}"),
            Self::RestOfMessage => f.write_str("the rest of a handshake message"),
            Self::Nothing => f.write_str("nothing"),
        }
    }
}

impl fmt::Display for Incompatible {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Version => "the peer does not speak TLS 1.2",
            Self::Fallback => "the client fell back to an older version of TLS, which was not needed",
            Self::CipherSuite => "no cipher suite in common that suits the certificate",
            Self::Group => "no key exchange group in common",
            Self::SignatureScheme => "no signature scheme in common that the certificate's key can make",
            Self::PointFormat => "the peer takes no uncompressed points",
            Self::ApplicationProtocol => "no application protocol in common",
            Self::ExtendedMasterSecret => "the peer lacks the extended master secret that is required here",
            Self::CertificateRequest => "the server asks for a kind of certificate that is not there",
            Self::NoCertificate => "the client presented no certificate, which is required here",
        })
    }
}

impl fmt::Display for Misbehaved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotTls => "the peer does not speak TLS: both sides must have TLS on, or both off",
            Self::RecordVersion => "the peer changed the version in the middle of the session",
            Self::RecordOverflow => "the peer sent a record longer than TLS allows",
            Self::BadRecordMac => "a record was damaged or forged on its way",
            Self::RecordSequence => "the sequence numbers of the records are used up",
            Self::TooManyEmptyRecords => "the peer sent too many empty records",
            Self::TooManyWarnings => "the peer sent too many warnings or renegotiations",
            Self::AlertLevel => "the peer sent an alert that is neither a warning nor fatal",
            Self::MessageTooLong => "the peer sent a handshake message longer than is taken here",
            Self::Compression => "the peer insists on compression",
            Self::DuplicateExtension => "the peer sent an extension twice",
            Self::UnsolicitedExtension => "the server answered an extension that was not asked for",
            Self::RenegotiationInfo => "the peer takes this first handshake for a renegotiation",
            Self::NotOffered => "the server chose what was not offered",
            Self::FragmentLimit => "the peer sets a fragment limit that TLS does not allow",
            Self::ResumedWithoutExtendedMasterSecret => {
                "a session is to be resumed without its extended master secret"
            }
            Self::SchemeDoesNotFitKey => "the signature scheme does not fit the certificate's key",
            Self::PublicValue => "the peer's public value is not valid in its group",
            Self::Signature => "the peer's handshake signature does not verify",
            Self::Finished => "the peer's Finished does not fit the handshake",
        })
    }
}

impl fmt::Display for Misuse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotConnected => "data was written before the handshake was complete",
            Self::AlreadyClosed => "data was written after the session was closed",
            Self::NotAsked => "an answer was given that the session does not wait for",
            Self::SignatureTooLong => "the signature is longer than any of the profile",
            Self::EmptyIdentity => "an identity lacks certificates or signature schemes",
            Self::UnfitIdentity => {
                "the first certificate of an identity cannot be read, or its key does not fit a signature scheme"
            }
            Self::UnsupportedIdentity => {
                "no signature scheme of an identity is supported by this build: \
                 it lacks the hash function, such as the feature sha384"
            }
            Self::ServerName => {
                "the server_name is not a DNS name in ASCII; addresses and names with a dot at the end are not sent"
            }
            Self::ProtocolName => "a protocol name is empty or longer than 255 bytes",
            Self::NothingVerifiable => {
                "no cipher suite and signature scheme of the configuration is supported by this build: \
                 it lacks what verifies them, such as the feature rsa"
            }
            Self::NoCipherSuite => {
                "no cipher suite of the configuration is supported by this build: \
                 it lacks a cipher or a hash function, such as the feature aes128-gcm or sha384"
            }
            Self::NoGroup => {
                "no key exchange group of the configuration is supported by this build: \
                 it lacks a feature such as x25519 or secp256r1"
            }
            Self::ClientAuth => {
                "the configuration asks clients for a certificate, which this build cannot: \
                 it lacks the feature client-auth"
            }
        })
    }
}

/// RFC 5246 section 7.2.2.
const fn certificate_alert(error: CertificateError) -> AlertDescription {
    match error {
        CertificateError::UnknownIssuer => AlertDescription::UNKNOWN_CA,
        CertificateError::BadEncoding
        | CertificateError::BadSignature
        | CertificateError::NotAnAuthority
        | CertificateError::NameConstraint
        | CertificateError::NameMismatch => AlertDescription::BAD_CERTIFICATE,
        CertificateError::UnsupportedExtension
        | CertificateError::UnsupportedVersion
        | CertificateError::UnsupportedAlgorithm
        | CertificateError::UnsupportedKey
        | CertificateError::WrongUsage => AlertDescription::UNSUPPORTED_CERTIFICATE,
        CertificateError::NotYetValid | CertificateError::Expired => AlertDescription::CERTIFICATE_EXPIRED,
        CertificateError::Revoked => AlertDescription::CERTIFICATE_REVOKED,
        CertificateError::UnknownRevocation(_) | CertificateError::TooComplex => {
            AlertDescription::CERTIFICATE_UNKNOWN
        }
        CertificateError::NoCertificate => AlertDescription::HANDSHAKE_FAILURE,
        // A problem on this side, not the peer's.
        CertificateError::NoTime => AlertDescription::INTERNAL_ERROR,
    }
}

#[cfg(test)]
mod tests {
    use std::string::ToString;

    use super::*;

    #[test]
    fn what_ends_a_session_is_named() {
        let unexpected = |expected, got| Error::Unexpected { expected, got };
        let decode = |place| Error::Decode(place, DecodeError::Truncated);
        let cases = [
            (
                decode(Structure::Handshake(HandshakeType::SERVER_HELLO)),
                "the peer sent a malformed ServerHello: it ends inside a field",
            ),
            (decode(Structure::Alert), "the peer sent a malformed alert: it ends inside a field"),
            (
                decode(Structure::Extension(ExtensionType::SERVER_NAME)),
                "the peer sent a malformed server_name extension: it ends inside a field",
            ),
            (
                decode(Structure::Extension(ExtensionType(1234))),
                "the peer sent a malformed unknown (1234) extension: it ends inside a field",
            ),
            (
                unexpected(FromPeer::ChangeCipherSpec, FromPeer::Handshake(HandshakeType(99))),
                "the peer sent handshake message of unknown type 99 where ChangeCipherSpec was due",
            ),
            (
                unexpected(FromPeer::Nothing, FromPeer::Record(ContentType(24))),
                "the peer sent a record of unknown type 24 before it was its turn",
            ),
            (
                Error::AlertReceived(AlertDescription::UNKNOWN_CA),
                "the peer ended the session with the alert unknown_ca",
            ),
            (
                Error::AlertReceived(AlertDescription(200)),
                "the peer ended the session with the alert unknown (200)",
            ),
            (Incompatible::Group.into(), "no key exchange group in common"),
            (Misbehaved::BadRecordMac.into(), "a record was damaged or forged on its way"),
            (Error::Misuse(Misuse::ProtocolName), "a protocol name is empty or longer than 255 bytes"),
        ];
        for (error, text) in cases {
            assert_eq!(error.to_string(), text);
        }
    }
}
