//! Test servers, test clients and runners of public suites for lsam-core.
//!
//! The binaries `tls-server` and `tls-client` share the code for flags, certificates and keys, the host, and
//! the report. They speak HTTP as `openssl s_server -www` does, so that any TLS program can be their peer.
//! The differential tests share the random number generator.

mod credentials;
mod flags;
mod host;
mod provider;
mod random;
mod report;
mod trust;

pub use credentials::{Credentials, certificates, revocation_lists};
pub use flags::{CredentialFlags, ProtocolFlags, RevocationFlags};
pub use host::{FileHost, VerifyPeer};
pub use provider::ProviderName;
pub use random::Random;
pub use report::Report;
pub use trust::Trust;
