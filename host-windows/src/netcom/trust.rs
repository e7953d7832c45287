//! Whom the scheduling server trusts, and by which name it knows an agent.

use std::fmt;
use std::path::{Path, PathBuf};

use lsam_core::x509::{CertificateError, CertificateList};

use crate::store::{Item, ItemError, read_items};
