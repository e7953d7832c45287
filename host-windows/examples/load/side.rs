//! What all connections of one side share: its certificate, its root, and memory for connections.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use lsam_core::UnixTime;
use lsam_core::tls::{self, Buffers, limits};
use lsam_core::x509::{CertificateError, CertificateList, ExpectedName, TrustSet};
use lsam_host_windows::crypto::Provider;
use lsam_host_windows::identity::Identity;

/// Which certificates a side uses.
#[derive(clap::Args)]
pub(crate) struct Certificates {
    /// DER file with the root of the other side's certificates
    #[arg(long, value_name = "FILE")]
    root: PathBuf,
    /// PEM file with the certificate of this side
    #[arg(long, value_name = "FILE")]
    cert: PathBuf,
    /// PEM file with its private key
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
}

/// One side. It exists until the program ends, and so do the buffers that it lends.
pub(crate) struct Side {
    root: Vec<u8>,
    identity: Identity,
    /// The identity, as sessions take it.
    pub(crate) identities: Vec<tls::Identity<'static>>,
}

impl Side {
    /// Reads the files that the flags name.
    pub(crate) fn load(flags: &Certificates) -> Result<&'static Self, Box<dyn Error>> {
        let files: [&Path; 2] = [&flags.cert, &flags.key];
        let (identity, _) = Identity::from_files(&files)
            .map_err(|problems| problems.first().map(ToString::to_string).unwrap_or_default())?;
        // The first signature also seeds the library's random numbers, which takes some 30 ms.
        identity.prove()?;
        let lent: &'static Identity = Box::leak(Box::new(identity.clone()));
        let chain: Vec<&[u8]> = lent.chain.iter().map(Vec::as_slice).collect();
        let identities = vec![tls::Identity { chain: chain.leak(), schemes: lent.key.schemes() }];
        Ok(Box::leak(Box::new(Self { root: fs::read(&flags.root)?, identity, identities })))
    }

    pub(crate) fn sign(&self, request: &tls::SignRequest) -> Result<Vec<u8>, tls::SignerFailed> {
        self.identity.key.sign(request.scheme, &request.digest).map_err(|_| tls::SignerFailed)
    }

    /// Verifies the chain of a server with this name, or of a client.
    pub(crate) fn verify(
        &self,
        chain: CertificateList<'_>,
        server: Option<&str>,
    ) -> Result<(), CertificateError> {
        let roots = [self.root.as_slice()];
        let set = TrustSet::new(&roots, &[]);
        match server {
            Some(name) => set.verify_server::<Provider>(chain, ExpectedName::DnsName(name), now()),
            None => set.verify_client::<Provider>(chain, now()),
        }
        .map(drop)
    }
}

pub(crate) fn now() -> Option<UnixTime> {
    SystemTime::now().duration_since(UNIX_EPOCH).ok().map(|since| UnixTime(since.as_secs()))
}

/// Buffers of connections that have ended, for the next ones.
#[derive(Default)]
pub(crate) struct Pool(Vec<Buffers<'static>>);

impl Pool {
    pub(crate) fn take(&mut self) -> Buffers<'static> {
        let fresh = || vec![0; limits::RECV_BUFFER].leak();
        self.0.pop().unwrap_or_else(|| Buffers { recv: fresh(), send: fresh() })
    }

    pub(crate) fn put(&mut self, buffers: Buffers<'static>) {
        self.0.push(buffers);
    }
}
