//! The flags that both binaries accept.

use std::path::PathBuf;

use clap::Args;
use lsam_core::tls::{CipherSuite, NamedGroup, limits};

use crate::ProviderName;

/// What to negotiate.
#[derive(Args, Debug)]
pub struct ProtocolFlags {
    /// Cipher suites by their IANA names, the preferred first
    #[arg(long, value_delimiter = ',', value_parser = suite, value_name = "NAME,..")]
    suites: Vec<CipherSuite>,
    /// Groups (x25519, secp256r1, secp384r1), the preferred first
    #[arg(long, value_delimiter = ',', value_parser = group, value_name = "NAME,..")]
    groups: Vec<NamedGroup>,
    /// Protocol names (ALPN), the preferred first
    #[arg(long, value_delimiter = ',', value_name = "NAME,..")]
    alpn: Vec<String>,
    /// Refuse peers without extended master secret
    #[arg(long)]
    pub require_ems: bool,
    /// The library for cryptography
    #[arg(long, value_enum, default_value_t)]
    pub provider: ProviderName,
    /// Size of the receive buffer; a peer is told when it does not hold full records (record_size_limit)
    #[arg(long, value_name = "BYTES", default_value_t = limits::RECV_BUFFER)]
    pub recv_buffer: usize,
    /// Size of the send buffer; a message that does not fit is split into several records, and a ticket is
    /// left out
    #[arg(long, value_name = "BYTES", default_value_t = limits::RECV_BUFFER)]
    pub send_buffer: usize,
}

impl ProtocolFlags {
    /// The suites to use: those of the flag, or all in the build.
    pub fn suites(&self) -> &[CipherSuite] {
        if self.suites.is_empty() { CipherSuite::ALL } else { &self.suites }
    }

    /// The groups to use: those of the flag, or all in the build.
    pub fn groups(&self) -> &[NamedGroup] {
        if self.groups.is_empty() { NamedGroup::ALL } else { &self.groups }
    }

    /// The protocol names to negotiate, indexed by [`lsam_core::tls::Negotiated::alpn`].
    pub fn alpn(&self) -> Vec<&[u8]> {
        self.alpn.iter().map(String::as_bytes).collect()
    }
}

/// Which revocation lists to check.
#[derive(Args, Debug, Default)]
pub struct RevocationFlags {
    /// File with certificate revocation lists (PEM, or one in DER); may be given several times. A peer whose
    /// certificate is on one is refused
    #[arg(long, value_name = "FILE")]
    pub crl: Vec<PathBuf>,
    /// Also refuse a chain if no list shows whether one of its certificates was revoked
    #[arg(long, requires = "crl")]
    pub require_crl: bool,
}

/// The identity to use. Given again, the flags add a second identity with another kind of key.
#[derive(Args, Debug, Default)]
pub struct CredentialFlags {
    /// PEM file with a certificate chain, leaf first
    #[arg(long, value_name = "CHAIN.pem")]
    pub cert: Vec<PathBuf>,
    /// PEM file with the private key for the chain in the same position
    #[arg(long, value_name = "KEY.pem")]
    pub key: Vec<PathBuf>,
}

fn suite(name: &str) -> Result<CipherSuite, String> {
    let known = CipherSuite::ALL.iter();
    known.clone().copied().find(|suite| suite.name() == name).ok_or_else(|| {
        let names: Vec<_> = known.map(|suite| suite.name()).collect();
        format!("the suites are {}", names.join(", "))
    })
}

fn group(name: &str) -> Result<NamedGroup, String> {
    let known = NamedGroup::ALL.iter();
    known.clone().copied().find(|group| group.to_string() == name).ok_or_else(|| {
        let names: Vec<_> = known.map(ToString::to_string).collect();
        format!("the groups are {}", names.join(", "))
    })
}
