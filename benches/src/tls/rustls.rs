//! rustls, over either of its crypto libraries.

use std::io::{BufRead, Write};
use std::sync::Arc;

use lsam_core::tls::NamedGroup;
use rustls::client::Resumption;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::server::{NoServerSessionStorage, WebPkiClientVerifier};
use rustls::{
    ClientConfig, ClientConnection, Connection, HandshakeKind, RootCertStore, ServerConfig, ServerConnection,
};

use super::{Endpoint, Library, Scenario};
use crate::Failure;
use crate::identity::{Identity, NAME};

/// The crypto library below rustls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Crypto {
    /// ring
    Ring,
    /// aws-lc-rs
    AwsLc,
}

/// The configurations of both roles.
pub struct Rustls {
    server: Arc<ServerConfig>,
    client: Arc<ClientConfig>,
    name: ServerName<'static>,
    group: NamedGroup,
}

impl Rustls {
    /// For a scenario.
    ///
    /// # Errors
    /// rustls's own error.
    pub fn new(scenario: &Scenario, crypto: Crypto) -> Result<Self, Failure> {
        let (mut provider, ticketer) = match crypto {
            Crypto::Ring => {
                (rustls::crypto::ring::default_provider(), rustls::crypto::ring::Ticketer::new()?)
            }
            Crypto::AwsLc => {
                (rustls::crypto::aws_lc_rs::default_provider(), rustls::crypto::aws_lc_rs::Ticketer::new()?)
            }
        };
        provider.cipher_suites.retain(|suite| u16::from(suite.suite()) == scenario.suite.code());
        let known = std::mem::take(&mut provider.kx_groups);
        let group = |wanted: &NamedGroup| known.iter().find(|group| u16::from(group.name()) == wanted.code());
        provider.kx_groups = scenario.groups().iter().filter_map(group).copied().collect();
        let provider = Arc::new(provider);
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from(scenario.root.clone()))?;
        let roots = Arc::new(roots);

        let server = server_builder(&provider)?;
        let server = if scenario.mutual {
            let verifier = WebPkiClientVerifier::builder_with_provider(roots.clone(), provider.clone());
            server.with_client_cert_verifier(verifier.build()?)
        } else {
            server.with_no_client_auth()
        };
        let (chain, key) = presented(&scenario.server)?;
        let mut server = server.with_single_cert(chain, key)?;
        server.session_storage = Arc::new(NoServerSessionStorage {});
        let client = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS12])?
            .with_root_certificates(roots);
        let mut client = if scenario.mutual {
            let (chain, key) = presented(&scenario.client)?;
            client.with_client_auth_cert(chain, key)?
        } else {
            client.with_no_client_auth()
        };
        if scenario.resumed {
            server.ticketer = ticketer;
        } else {
            client.resumption = Resumption::disabled();
        }
        let (server, client) = (Arc::new(server), Arc::new(client));
        Ok(Self { server, client, name: NAME.try_into()?, group: scenario.group })
    }
}

type ServerBuilder = rustls::ConfigBuilder<ServerConfig, rustls::WantsVerifier>;

fn server_builder(provider: &Arc<CryptoProvider>) -> Result<ServerBuilder, Failure> {
    let builder = ServerConfig::builder_with_provider(provider.clone());
    Ok(builder.with_protocol_versions(&[&rustls::version::TLS12])?)
}

fn presented(identity: &Identity) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), Failure> {
    Ok((vec![identity.leaf.clone().into()], PrivateKeyDer::try_from(identity.key.clone())?))
}

impl Library for Rustls {
    fn server(&mut self) -> Result<Box<dyn Endpoint + '_>, Failure> {
        let connection = ServerConnection::new(self.server.clone())?.into();
        Ok(Box::new(Side { connection, group: self.group }))
    }

    fn client(&mut self) -> Result<Box<dyn Endpoint + '_>, Failure> {
        let connection = ClientConnection::new(self.client.clone(), self.name.clone())?.into();
        Ok(Box::new(Side { connection, group: self.group }))
    }
}

struct Side {
    connection: Connection,
    group: NamedGroup,
}

impl Endpoint for Side {
    fn exchange(&mut self, mut input: &[u8], output: &mut Vec<u8>) -> Result<(), Failure> {
        while !input.is_empty() {
            self.connection.read_tls(&mut input)?;
            self.connection.process_new_packets()?;
        }
        while self.connection.wants_write() {
            self.connection.write_tls(output)?;
        }
        match self.connection.negotiated_key_exchange_group() {
            Some(group) if u16::from(group.name()) != self.group.code() => {
                Err(format!("{:?} instead of {}", group.name(), self.group).into())
            }
            _ => Ok(()),
        }
    }

    fn resumed(&self) -> Option<bool> {
        if self.connection.is_handshaking() {
            return None;
        }
        self.connection.handshake_kind().map(|kind| kind == HandshakeKind::Resumed)
    }

    fn seal(&mut self, data: &[u8], transport: &mut dyn FnMut(&[u8])) -> Result<(), Failure> {
        self.connection.writer().write_all(data)?;
        while self.connection.wants_write() {
            self.connection.write_tls(&mut Transport(transport))?;
        }
        Ok(())
    }

    fn open(&mut self, mut record: &[u8]) -> Result<usize, Failure> {
        let mut len = 0;
        while !record.is_empty() {
            self.connection.read_tls(&mut record)?;
            let ready = self.connection.process_new_packets()?.plaintext_bytes_to_read();
            // The way to the data with the fewest copies.
            let mut left = ready;
            while left > 0 {
                let n = self.connection.reader().fill_buf()?.len();
                self.connection.reader().consume(n);
                left -= n;
            }
            len += ready;
        }
        Ok(len)
    }
}

struct Transport<'a>(&'a mut dyn FnMut(&[u8]));

impl Write for Transport<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        (self.0)(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
