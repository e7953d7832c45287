//! What a session wants its host to do next.

use core::fmt;

use super::codes::ProtocolVersion;
use super::data::AppData;
use super::group::NamedGroup;
use super::suite::CipherSuite;
use crate::crypto::{Digest, SignatureScheme};
use crate::x509::CertificateList;

/// What the host does next. It need not do it immediately: the session returns the same event until it is
/// done.
pub enum Event<'s> {
    /// Read bytes from the transport: [`super::Session::recv_buf`], then `recv_done` or `recv_end`.
    NeedRead,
    /// Write bytes to the transport: [`super::Session::send_buf`], then `send_done`. While the transport
    /// accepts none, read bytes as for [`Self::NeedRead`], if `recv_buf` has room: the peer may be waiting
    /// for this side to read.
    NeedWrite,
    /// Sign with the private key, then [`super::Session::sign_done`].
    Sign(SignRequest),
    /// Verify the peer's certificates, then [`super::Session::verify_done`]: a client with
    /// [`TrustSet::verify_server`](crate::x509::TrustSet::verify_server), which checks the name too, a server
    /// with [`TrustSet::verify_client`](crate::x509::TrustSet::verify_client).
    VerifyPeer(CertificateList<'s>),
    /// The handshake is complete; returned once.
    Connected,
    /// Application data has arrived.
    Data(AppData<'s>),
    /// The peer has closed its side cleanly; everything queued before that has been sent.
    PeerClosed,
}

/// What to sign, and with which key.
#[derive(Clone, Copy, Debug)]
pub struct SignRequest {
    /// Index of the identity in the configuration.
    pub identity: usize,
    /// How to sign. ECDSA signatures are returned as DER `Ecdsa-Sig-Value`.
    pub scheme: SignatureScheme,
    /// The hash of the data to sign, made with the scheme's hash function.
    pub digest: Digest,
}

impl fmt::Debug for Event<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NeedRead => "NeedRead",
            Self::NeedWrite => "NeedWrite",
            Self::Sign(_) => "Sign",
            Self::VerifyPeer(_) => "VerifyPeer",
            Self::Connected => "Connected",
            Self::Data(_) => "Data",
            Self::PeerClosed => "PeerClosed",
        })
    }
}

/// The host could not make the signature that [`Event::Sign`] requested.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignerFailed;

/// What a completed handshake negotiated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Negotiated {
    /// The version of the protocol.
    pub version: ProtocolVersion,
    /// The cipher suite.
    pub cipher_suite: CipherSuite,
    /// The group of the key exchange.
    pub group: NamedGroup,
    /// How the server proved possession of its key.
    pub signature_scheme: SignatureScheme,
    /// Whether the master secret is bound to the handshake (RFC 7627).
    pub extended_master_secret: bool,
    /// SHA-256 of the certificate with which the client authenticated, in this session or in the one it
    /// resumes.
    pub client_certificate: Option<[u8; 32]>,
    /// How the client proved possession of that certificate's key.
    pub client_signature_scheme: Option<SignatureScheme>,
    /// Index of the protocol name in the configuration's list.
    pub alpn: Option<usize>,
    /// Whether an earlier session was resumed. If so, the group and the scheme are those of that session.
    pub resumed: bool,
}

impl Negotiated {
    /// Whether the client authenticated with a certificate.
    pub const fn client_authenticated(&self) -> bool {
        self.client_certificate.is_some()
    }
}

impl fmt::Display for Negotiated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}, {}, {}", self.version, self.cipher_suite, self.group, self.signature_scheme)?;
        if self.extended_master_secret {
            f.write_str(", extended master secret")?;
        }
        if self.client_authenticated() {
            f.write_str(", client certificate")?;
        }
        if self.resumed {
            f.write_str(", resumed")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::string::ToString;

    use super::*;

    #[test]
    fn what_was_agreed_on_is_named() {
        let full = Negotiated {
            version: ProtocolVersion::TLS12,
            cipher_suite: CipherSuite::EcdheEcdsaAes128GcmSha256,
            group: NamedGroup::X25519,
            signature_scheme: SignatureScheme::EcdsaSecp256r1Sha256,
            extended_master_secret: true,
            client_certificate: Some([7; 32]),
            client_signature_scheme: Some(SignatureScheme::RsaPssRsaeSha256),
            alpn: None,
            resumed: true,
        };
        let least = Negotiated {
            extended_master_secret: false,
            client_certificate: None,
            client_signature_scheme: None,
            resumed: false,
            ..full
        };
        let base = "TLS 1.2, TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, x25519, ecdsa_secp256r1_sha256";
        assert_eq!(least.to_string(), base);
        let more = ", extended master secret, client certificate, resumed";
        assert_eq!(full.to_string(), [base, more].concat());
    }
}
