//! What `lsam cert` does with a directory store: list it, find a certificate in it, put certificates into it.

mod import;
mod list;
#[cfg(windows)]
mod machine;
mod new;

pub use import::import;
pub use list::{find, list};
#[cfg(windows)]
pub use machine::import_into_machine;
pub use new::new_self_signed;

pub use crate::failed::Failed;

#[cfg(test)]
mod tests;
