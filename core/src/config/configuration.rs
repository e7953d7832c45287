//! Settings together with where each of them comes from.

use core::fmt;

use super::parse::{self, Extent};
use super::rules::Places;
use super::{Diagnostic, Invalid, SETTINGS, Setting, SettingValue, Settings};
use crate::ini::Position;

/// The settings of a file, and for each of them whether the file or the documentation says it.
///
/// ```
/// use lsam_core::config::{Configuration, Invalid};
///
/// let file = b"[General Settings]\nUseSecureSocket = FALSE\n\
///     [TCP/IP Parameters]\nSocketNumberToSAM = 3100\n[JORS Settings]\nJORSSocket = 3111\n";
/// let configuration = Configuration::parse(file, |diagnostic| println!("{diagnostic}"))?;
///
/// let lines: Vec<String> = configuration.effective().map(|effective| effective.to_string()).collect();
/// assert!(lines.contains(&"[JORS Settings] JORSSocket=3111 (line 6)".to_owned()));
/// assert!(lines.contains(&"[TCP/IP Parameters] CheckCRC=TRUE (default)".to_owned()));
/// # Ok::<(), Invalid>(())
/// ```
#[derive(Clone, Debug)]
pub struct Configuration<'a> {
    /// The settings.
    pub settings: Settings<'a>,
    pub(super) places: Places,
}

impl<'a> Configuration<'a> {
    /// Reads `file` as [`Settings::parse`] does.
    ///
    /// # Errors
    /// As there.
    pub fn parse(file: &'a [u8], mut report: impl FnMut(Diagnostic<'a>)) -> Result<Self, Invalid> {
        parse::parse(file, Extent::Whole, &mut report)
    }

    /// Every setting with its value and origin, in the order of [`SETTINGS`].
    pub fn effective(&self) -> impl Iterator<Item = Effective<'a>> {
        SETTINGS.iter().zip(&self.places).map(|(setting, place)| Effective {
            setting,
            value: self.settings.value(setting),
            origin: place.map_or(Origin::Default, |place| Origin::File(place.at)),
        })
    }
}

/// A setting as it holds.
///
/// [`Display`](fmt::Display) says all of it in one line: `[JORS Settings] JORSSocket=3111 (line 2)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effective<'a> {
    /// The setting.
    pub setting: &'static Setting,
    /// Its value.
    pub value: SettingValue<'a>,
    /// Where the value comes from.
    pub origin: Origin,
}

impl fmt::Display for Effective<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={} ({})", self.setting, self.value, self.origin)
    }
}

/// Where a value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The file does not name the setting, so that its default holds.
    Default,
    /// The file, where the value stands.
    File(Position),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(at) => write!(f, "line {}", at.line),
        }
    }
}
