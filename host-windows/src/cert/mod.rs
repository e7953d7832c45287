//! `lsam cert`: lists a store, finds a certificate in it, adds certificates and revocation lists.

mod import;
mod list;
#[cfg(windows)]
mod machine;
mod new;
mod remove;
mod trust;

pub use import::import;
pub use list::{find, list};
#[cfg(windows)]
pub use machine::{import_into_machine, remove_from_machine};
pub use new::new_self_signed;
pub use remove::remove;
#[cfg(windows)]
pub use trust::into_machine;
pub use trust::{into_folder, trust};

pub use crate::failed::Failed;

#[cfg(test)]
mod tests;
