//! What a measurement negotiates.

use std::fmt;

use lsam_core::tls::{CipherSuite, NamedGroup};

use crate::Failure;
use crate::identity::{Authority, Identity, KeyKind};

/// What is negotiated, with the certificates required.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// The server's key.
    pub key: KeyKind,
    /// The group of the key exchange.
    pub group: NamedGroup,
    /// The only suite.
    pub suite: CipherSuite,
    /// The client presents a certificate, ECDSA on P-256, and the server verifies its chain.
    pub mutual: bool,
    /// The session is resumed by ticket.
    pub resumed: bool,
    /// The root that both sides trust.
    pub root: Vec<u8>,
    /// The server's certificate.
    pub server: Identity,
    /// The client's certificate.
    pub client: Identity,
}

impl Scenario {
    /// A full handshake with X25519, AES-128-GCM and ECDSA on P-256.
    ///
    /// # Errors
    /// The error of the certificate library.
    pub fn plain() -> Result<Self, Failure> {
        let authority = Authority::new()?;
        Ok(Self {
            key: KeyKind::EcdsaP256,
            group: NamedGroup::X25519,
            suite: CipherSuite::EcdheEcdsaAes128GcmSha256,
            mutual: false,
            resumed: false,
            root: authority.der().to_vec(),
            server: authority.issue(KeyKind::EcdsaP256)?,
            client: authority.issue(KeyKind::EcdsaP256)?,
        })
    }

    /// The groups that both sides offer: the one to use, then secp256r1, without which OpenSSL accepts no
    /// certificate on that curve (RFC 8422 section 5.1.1).
    pub fn groups(&self) -> Vec<NamedGroup> {
        let mut groups = vec![self.group, NamedGroup::Secp256r1];
        groups.dedup();
        groups
    }

    /// Every handshake to measure.
    ///
    /// # Errors
    /// The error of the certificate library.
    pub fn handshakes() -> Result<impl Iterator<Item = Self>, Failure> {
        let ecdsa = Self::plain()?;
        let authority = Authority::new()?;
        let rsa = Self {
            key: KeyKind::Rsa2048,
            suite: CipherSuite::EcdheRsaAes128GcmSha256,
            root: authority.der().to_vec(),
            server: authority.issue(KeyKind::Rsa2048)?,
            client: authority.issue(KeyKind::EcdsaP256)?,
            ..ecdsa.clone()
        };
        let group = NamedGroup::Secp256r1;
        Ok([
            ecdsa.clone(),
            Self { group, ..ecdsa.clone() },
            rsa.clone(),
            Self { group, ..rsa },
            Self { mutual: true, ..ecdsa.clone() },
            Self { mutual: true, group, ..ecdsa.clone() },
            Self { resumed: true, ..ecdsa },
        ]
        .into_iter())
    }
}

impl fmt::Display for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.resumed {
            return f.write_str("resumed by ticket");
        }
        let key = match self.key {
            KeyKind::EcdsaP256 => "ECDSA P-256",
            KeyKind::Rsa2048 => "RSA-2048",
        };
        let kind = if self.mutual { "mutual" } else { "full" };
        write!(f, "{kind}, {key}, {}", self.group)
    }
}
