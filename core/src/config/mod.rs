//! MSLSAM.ini: one table of all settings, and parsing a file into typed values.
//!
//! [`SETTINGS`] lists for each setting its section and key, what it accepts and its default. A file is parsed
//! into [`Settings`]; each problem becomes a [`Diagnostic`] with the position, the setting, what is wrong and
//! what is accepted. A file that was emptied, cut off or damaged is rejected, because it lacks a
//! [required](Setting::required) setting.
//!
//! [`Configuration`] also says where each value comes from, [`Settings::changes_to`] compares two versions of
//! a file, and [`Template`] is a file to start from. [`Edit`](crate::ini::Edit) sets a value in a file.
//!
//! To add a setting, add a row to the table and a field to [`Settings`], with its entry in `BLANK`. The
//! compiler and the tests of the table report what is missing.
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
mod check;
mod configuration;
mod diagnostic;
mod ip;
mod kind;
mod nearest;
mod parse;
mod rules;
mod section;
mod setting;
mod settings;
mod table;
mod template;
#[cfg(test)]
mod tests;
mod text_rule;
mod value;

pub use accept::Fault;
pub use address::AllowedAddress;
pub use change::Change;
pub use configuration::{Configuration, Effective, Origin};
pub use diagnostic::{Diagnostic, Problem, Severity};
pub use kind::{Field, FieldType, Kind};
pub use parse::Invalid;
pub use rules::Rule;
pub use section::{Case, Section};
pub use setting::{Applies, Setting};
pub use settings::Settings;
pub use table::SETTINGS;
pub use template::Template;
pub use text_rule::TextRule;
pub use value::{EventSetting, EventType, LogComposition, SettingValue, WindowState};
