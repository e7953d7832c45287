//! The system's OpenSSL, over a transport in memory.

use std::io::{self, Read, Write};

use lsam_core::tls::{CipherSuite, NamedGroup};
use openssl::pkey::PKey;
use openssl::ssl::{
    ErrorCode, ShutdownState, Ssl, SslContext, SslContextBuilder, SslMethod, SslOptions, SslSession,
    SslSessionCacheMode, SslStream, SslVerifyMode, SslVersion,
};
use openssl::x509::X509;

use super::{Endpoint, Library, Scenario};
use crate::Failure;
use crate::identity::{Identity, NAME};

/// The contexts of both roles.
pub struct OpenSsl {
    server: SslContext,
    client: SslContext,
    session: Option<SslSession>,
    keeps_sessions: bool,
    last: Option<SslSession>,
}

impl OpenSsl {
    /// For a scenario.
    ///
    /// # Errors
    /// OpenSSL's own error.
    pub fn new(scenario: &Scenario) -> Result<Self, Failure> {
        let mut server = context(SslMethod::tls_server(), scenario)?;
        present(&mut server, &scenario.server)?;
        if scenario.mutual {
            server.set_verify(SslVerifyMode::PEER | SslVerifyMode::FAIL_IF_NO_PEER_CERT);
        }
        server.set_session_id_context(b"lsam")?;
        server.set_session_cache_mode(SslSessionCacheMode::OFF);
        let mut client = context(SslMethod::tls_client(), scenario)?;
        client.set_verify(SslVerifyMode::PEER);
        if scenario.mutual {
            present(&mut client, &scenario.client)?;
        }
        Ok(Self {
            server: server.build(),
            client: client.build(),
            session: None,
            keeps_sessions: scenario.resumed,
            last: None,
        })
    }
}

fn context(method: SslMethod, scenario: &Scenario) -> Result<SslContextBuilder, Failure> {
    let mut context = SslContext::builder(method)?;
    context.set_min_proto_version(Some(SslVersion::TLS1_2))?;
    context.set_max_proto_version(Some(SslVersion::TLS1_2))?;
    context.set_cipher_list(match scenario.suite {
        CipherSuite::EcdheEcdsaAes128GcmSha256 => "ECDHE-ECDSA-AES128-GCM-SHA256",
        CipherSuite::EcdheEcdsaAes256GcmSha384 => "ECDHE-ECDSA-AES256-GCM-SHA384",
        CipherSuite::EcdheEcdsaChaCha20Poly1305Sha256 => "ECDHE-ECDSA-CHACHA20-POLY1305",
        CipherSuite::EcdheRsaAes128GcmSha256 => "ECDHE-RSA-AES128-GCM-SHA256",
        other => return Err(format!("{other} is not measured").into()),
    })?;
    let groups: Vec<_> = scenario
        .groups()
        .iter()
        .map(|group| match group {
            NamedGroup::X25519 => Ok("X25519"),
            NamedGroup::Secp256r1 => Ok("P-256"),
            NamedGroup::Secp384r1 => Ok("P-384"),
            other => Err(format!("{other} is not measured")),
        })
        .collect::<Result<_, _>>()?;
    context.set_groups_list(&groups.join(":"))?;
    context.cert_store_mut().add_cert(X509::from_der(&scenario.root)?)?;
    if !scenario.resumed {
        context.set_options(SslOptions::NO_TICKET);
    }
    Ok(context)
}

fn present(context: &mut SslContextBuilder, identity: &Identity) -> Result<(), Failure> {
    context.set_certificate(&*X509::from_der(&identity.leaf)?)?;
    context.set_private_key(&*PKey::private_key_from_der(&identity.key)?)?;
    Ok(())
}

impl Library for OpenSsl {
    fn server(&mut self) -> Result<Box<dyn Endpoint + '_>, Failure> {
        let mut ssl = Ssl::new(&self.server)?;
        ssl.set_accept_state();
        Ok(Box::new(Side { stream: SslStream::new(ssl, Memory::default())?, last: None }))
    }

    fn client(&mut self) -> Result<Box<dyn Endpoint + '_>, Failure> {
        let mut ssl = Ssl::new(&self.client)?;
        ssl.set_connect_state();
        ssl.set_hostname(NAME)?;
        ssl.param_mut().set_host(NAME)?;
        if let Some(session) = &self.session {
            // SAFETY: the session comes from a connection of the same context, in keep_session.
            unsafe { ssl.set_session(session)? };
        }
        let last = self.keeps_sessions.then_some(&mut self.last);
        Ok(Box::new(Side { stream: SslStream::new(ssl, Memory::default())?, last }))
    }

    fn keep_session(&mut self) {
        if let Some(session) = self.last.take() {
            self.session = Some(session);
        }
    }
}

struct Side<'s> {
    stream: SslStream<Memory>,
    /// Where a client stores its session.
    last: Option<&'s mut Option<SslSession>>,
}

/// The transport: bytes waiting to be read, and bytes waiting to be fetched.
#[derive(Default)]
struct Memory {
    incoming: Vec<u8>,
    read: usize,
    outgoing: Vec<u8>,
}

impl Memory {
    fn bring(&mut self, input: &[u8]) {
        self.incoming.drain(..self.read);
        self.read = 0;
        self.incoming.extend_from_slice(input);
    }

    fn fetch(&mut self, transport: &mut dyn FnMut(&[u8])) {
        transport(&self.outgoing);
        self.outgoing.clear();
    }
}

impl Read for Memory {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let waiting = self.incoming.get(self.read..).unwrap_or_default();
        if waiting.is_empty() {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let n = waiting.len().min(buffer.len());
        buffer[..n].copy_from_slice(&waiting[..n]);
        self.read += n;
        Ok(n)
    }
}

impl Write for Memory {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.outgoing.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Endpoint for Side<'_> {
    fn exchange(&mut self, input: &[u8], output: &mut Vec<u8>) -> Result<(), Failure> {
        self.stream.get_mut().bring(input);
        match self.stream.do_handshake() {
            Ok(()) => {
                if let Some(last) = &mut self.last {
                    **last = self.stream.ssl().session().map(ToOwned::to_owned);
                    // Otherwise a dropped connection would drop its session.
                    self.stream.set_shutdown(ShutdownState::SENT | ShutdownState::RECEIVED);
                }
            }
            Err(error) if error.code() == ErrorCode::WANT_READ => {}
            Err(error) => return Err(error.into()),
        }
        self.stream.get_mut().fetch(&mut |bytes| output.extend_from_slice(bytes));
        Ok(())
    }

    fn resumed(&self) -> Option<bool> {
        let ssl = self.stream.ssl();
        ssl.is_init_finished().then(|| ssl.session_reused())
    }

    fn seal(&mut self, data: &[u8], transport: &mut dyn FnMut(&[u8])) -> Result<(), Failure> {
        self.stream.write_all(data)?;
        self.stream.get_mut().fetch(transport);
        Ok(())
    }

    fn open(&mut self, record: &[u8]) -> Result<usize, Failure> {
        self.stream.get_mut().bring(record);
        let mut buffer = [0; 1 << 14];
        Ok(self.stream.read(&mut buffer)?)
    }
}
