//! A file to start from.

use core::fmt;

use super::table::SECTIONS;
use super::{Case, Setting};

/// An MSLSAM.ini with every setting at its default. Above each setting, comments state what it means, what it
/// accepts and when a change takes effect. [`Display`](fmt::Display) writes it with CR LF line ends.
///
/// ```
/// use lsam_core::config::{Invalid, Settings, Template};
///
/// let file = Template.to_string();
/// assert_eq!(Settings::parse(file.as_bytes(), |_| {})?, Settings::default());
/// # Ok::<(), Invalid>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Template;

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("; MSLSAM.ini: every setting of the agent, with its default.\r\n")?;
        f.write_str("; Lines that begin with a semicolon are comments. A line that is removed leaves the default.\r\n")?;
        for group in SECTIONS {
            write!(f, "\r\n{}\r\n", group.section)?;
            if group.section.case == Case::Upper {
                f.write_str("; Words such as TRUE are written in upper case here.\r\n")?;
            }
            for setting in group.settings {
                entry(setting, f)?;
            }
        }
        Ok(())
    }
}

fn entry(setting: &Setting, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let Setting { key, kind, default, meaning, .. } = setting;
    let applies = setting.applies();
    write!(f, "\r\n; {meaning}\r\n; Write {kind}. A change counts {applies}.\r\n{key}={default}\r\n")
}

#[cfg(test)]
mod tests {
    use std::{string::ToString, vec::Vec};

    use super::*;
    use crate::config::{Configuration, Origin, Settings};

    #[test]
    fn the_template_is_a_clean_file_of_the_defaults_with_every_setting() {
        let file = Template.to_string();
        let mut said = Vec::new();
        let configuration =
            Configuration::parse(file.as_bytes(), |diagnostic| said.push(diagnostic)).unwrap();
        assert_eq!(said, []);
        assert_eq!(configuration.settings, Settings::default());
        for effective in configuration.effective() {
            assert_ne!(effective.origin, Origin::Default, "{}", effective.setting);
        }
        assert!(file.lines().all(|line| line.len() <= 250 && line.is_ascii()));
        assert_eq!(file.matches('\n').count(), file.matches("\r\n").count());
    }

    #[test]
    fn the_case_of_words_is_said_where_it_matters() {
        let file = Template.to_string();
        for group in SECTIONS {
            let note = std::format!("\r\n{}\r\n; Words such as TRUE", group.section);
            assert_eq!(file.contains(&note), group.section.case == Case::Upper, "{}", group.section);
        }
    }
}
