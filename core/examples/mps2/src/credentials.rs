//! Certificates and keys in flash, from the folder that the build script found.

use lsam_core::crypto::SignatureScheme;
use lsam_core::tls::Identity;

/// The root that peers are verified against.
pub const ROOT: &[u8] = include_bytes!(concat!(env!("CREDENTIALS"), "/root.der"));

/// The server's certificate.
pub static SERVER: Identity<'_> = Identity {
    chain: &[include_bytes!(concat!(env!("CREDENTIALS"), "/server.der"))],
    schemes: &[SignatureScheme::EcdsaSecp256r1Sha256],
};

/// The private scalar of the server's key.
pub static SERVER_KEY: &[u8] = include_bytes!(concat!(env!("CREDENTIALS"), "/server.scalar"));

/// The client's certificate.
pub static CLIENT: Identity<'_> = Identity {
    chain: &[include_bytes!(concat!(env!("CREDENTIALS"), "/client.der"))],
    schemes: &[SignatureScheme::EcdsaSecp256r1Sha256],
};

/// The private scalar of the client's key.
pub static CLIENT_KEY: &[u8] = include_bytes!(concat!(env!("CREDENTIALS"), "/client.scalar"));
