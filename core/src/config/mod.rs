//! MSLSAM.ini: every setting in one table, and what a file makes of them.
//!
//! [`SETTINGS`] says for each setting where it stands, what it accepts and what holds without it. A file becomes
//! typed [`Settings`]; whatever is wrong with it becomes a [`Diagnostic`] that names the place, the setting, what
//! is wrong and what is accepted. A file that was emptied, cut off or damaged is no configuration: it lacks a
//! [required](Setting::required) setting.
//!
//! A setting is added by one entry of the table and one field of [`Settings`]; the compiler asks for what the field holds
//! before a file is read, and a test for good and bad values.
//!
//! [`Configuration`] says besides where each value comes from, [`Settings::changes_to`] what another version of the file
//! changes and when that counts, and [`Template`] is a file to start from. What sets a value in a file is
//! [`Edit`](crate::ini::Edit).
//!
//! ```
//! use lsam_core::config::{Invalid, Settings};
//!
//! let file = b"[General Settings]\r\nUseSecureSocket=TRUE\r\nTLSCertificateSerial=4a 00 1d\r\n\
//!     [TCP/IP Parameters]\r\nSocketNumberToSAM=3200\r\n[JORS Settings]\r\nJORSSocket=3110\r\n";
//! let settings = Settings::parse(file, |diagnostic| println!("MSLSAM.ini: {diagnostic}"))?;
//!
//! assert!(settings.use_secure_socket);
//! assert_eq!(settings.tls_certificate_serial.as_str(), Some("4a 00 1d"));
//! assert_eq!(settings.maximum_number_of_jobs, 50);
//! # Ok::<(), Invalid>(())
//! ```

mod accept;
mod address;
mod change;
mod configuration;
mod diagnostic;
mod ip;
mod kind;
mod nearest;
mod parse;
mod rules;
mod setting;
mod settings;
mod table;
mod template;
#[cfg(test)]
mod tests;
mod value;

pub use accept::Fault;
pub use address::AllowedAddress;
pub use change::{Applies, Change};
pub use configuration::{Configuration, Effective, Origin};
pub use diagnostic::{Diagnostic, Problem, Severity};
pub use kind::{Field, Kind, MessageField, TextField};
pub use parse::Invalid;
pub use rules::Rule;
pub use setting::{Case, Section, Setting};
pub use settings::Settings;
pub use table::SETTINGS;
pub use template::Template;
pub use value::{Event, EventType, LogComposition, SettingValue, WindowState};
