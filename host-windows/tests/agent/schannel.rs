//! Schannel, the TLS of Windows, as the scheduling server's end.

use std::io;
use std::net::TcpStream;

use lsam_host_windows::authority::{Credential, KeyKind};
use schannel::cert_context::CertContext;
use schannel::cert_store::{CertAdd, CertStore, Memory, PfxImportOptions};
use schannel::schannel_cred::{Direction, Protocol, SchannelCred};
use schannel::tls_stream::{Builder, HandshakeError, TlsStream};

use crate::common::{NAME, Options, Running, host_name, this_host};

const CERT_E_REVOCATION_FAILURE: i32 = 0x800b_010e_u32.cast_signed();

/// A connection to the agent that trusts its root, with the certificate `client`, if given.
fn connect(agent: &Running, client: Option<CertContext>) -> io::Result<TlsStream<TcpStream>> {
    let mut roots = Memory::new()?.into_store();
    roots.add_cert(&CertContext::new(agent.root.der())?, CertAdd::Always)?;
    let mut credentials = SchannelCred::builder();
    credentials.enabled_protocols(&[Protocol::Tls12]);
    if let Some(client) = client {
        credentials.cert(client);
    }
    let credentials = credentials.acquire(Direction::Outbound)?;
    let mut builder = Builder::new();
    // The tests' authorities have no revocation lists. Every other objection of Windows counts.
    builder.domain(NAME).cert_store(roots).verify_callback(|validation| match validation.result() {
        Err(error) if error.raw_os_error() == Some(CERT_E_REVOCATION_FAILURE) => Ok(()),
        result => result,
    });
    builder.connect(credentials, agent.connect()).map_err(|error| match error {
        HandshakeError::Failure(error) => error,
        HandshakeError::Interrupted(_) => io::ErrorKind::WouldBlock.into(),
    })
}

/// `client` in the form that Schannel needs: with its private key in a container of this account.
fn with_key(client: &Credential) -> CertContext {
    let store: CertStore =
        PfxImportOptions::new().password("secret").import(&client.pfx("secret", true).unwrap()).unwrap();
    store.certs().find(|certificate| certificate.to_der() == client.der()).unwrap()
}

/// An agent whose chain Wine always verifies: Wine rejects an ECDSA signature if DER omits a zero before r or
/// s, which happens in one of 128.
fn options() -> Options {
    Options { authorities: KeyKind::Rsa, ..Options::default() }
}

#[test]
fn schannel_gets_the_machine_status_with_each_kind_of_key() {
    for kind in [KeyKind::Rsa, KeyKind::EcdsaP256] {
        let agent = Running::start(Options { key: Some(kind), ..options() });
        let mut stream = connect(&agent, None).unwrap();
        assert_eq!(host_name(&mut stream), this_host());
        assert_eq!(host_name(&mut stream), this_host(), "a second time on the same connection");
        let lines = agent.lines_about(stream.get_ref().local_addr().unwrap(), 1);
        assert!(lines[0].starts_with("connected, TLS 1.2, TLS_ECDHE_"), "{lines:?}");
    }
}

#[test]
fn schannel_proves_its_certificate_to_an_agent_with_client_validation() {
    let agent = Running::start(Options { client_validation: true, ..options() });
    let trusted = agent.root.issue(KeyKind::Rsa, &["scheduling.example"]).unwrap();
    let mut stream = connect(&agent, Some(with_key(&trusted))).unwrap();
    assert_eq!(host_name(&mut stream), this_host());
    let lines = agent.lines_about(stream.get_ref().local_addr().unwrap(), 1);
    assert!(lines[0].contains(", client certificate: subject CN=scheduling.example"), "{lines:?}");

    let stranger =
        Credential::root("Stranger").unwrap().issue(KeyKind::Rsa, &["scheduling.example"]).unwrap();
    for refused in [None, Some(with_key(&stranger))] {
        assert!(connect(&agent, refused).is_err());
    }
    // Schannel presents no certificate whose issuer the agent did not name.
    let log = agent.stop();
    let without = "the client presented no certificate, which is required here";
    assert_eq!(log.iter().filter(|line| line.contains(without)).count(), 2, "{log:#?}");
}
