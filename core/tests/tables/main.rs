//! Tables: the settings, and pages that repeat a table of the code.
#![allow(clippy::unwrap_used)]

mod docs;
mod settings_table;
