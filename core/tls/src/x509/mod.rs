//! Certificates (RFC 5280): reading them, verifying a peer's chain, and checking its name.
//!
//! A [`Certificate`] is a view of borrowed DER. A [`TrustSet`] verifies the chain that a peer presented,
//! including its revocation, and an [`ExpectedName`] checks the name in it. All of it works without an
//! allocator, in bounded time and stack.

mod algorithm_identifier;
mod budget;
mod certificate;
mod constraints;
mod distinguished_name;
mod distribution_point;
mod error;
mod extensions;
mod list;
mod list_memory;
mod malformed;
mod name;
mod path;
mod proof;
mod public_key;
mod revocation;
mod revocation_list;
mod rules;
mod serial;
mod signature_algorithm;
mod signed;
mod time;
mod trust;
mod usage;

pub use crate::der::DerError;
pub use certificate::Certificate;
pub use distinguished_name::{Attribute, AttributeValue, Name};
pub use error::{CertificateError, UnknownRevocation};
pub use extensions::SubjectAltName;
pub use list::{CertificateList, Certificates};
pub use list_memory::{ListAnswer, ListMemory, ListQuestion};
pub use malformed::MalformedPart;
pub use name::{ExpectedName, matches_dns_name};
pub use revocation::{Revocation, Verified};
pub use revocation_list::RevocationList;
pub use serial::SerialNumber;
pub use trust::{TrustSet, VerifiedPeer};
pub use usage::Purpose;
