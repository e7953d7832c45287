//! Settings, and where each of them comes from.

use core::fmt;

use super::{SETTINGS, Setting, SettingValue, Settings};
use crate::ini::Position;

/// The settings of a file, and for each whether it comes from the file or is the default.
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
    /// Every setting with its value and origin, in the order of [`SETTINGS`].
    pub fn effective(&self) -> impl Iterator<Item = Effective<'a>> {
        SETTINGS.iter().zip(&self.places).map(|(setting, place)| Effective {
            setting,
            value: self.settings.value(setting),
            origin: place.map_or(Origin::Default, |place| Origin::File(place.at)),
        })
    }
}

/// Where the values are in the file, in the order of [`SETTINGS`].
pub(super) type Places = [Option<Place>; SETTINGS.len()];

/// Where a value is in the file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) at: Position,
    /// Whether the value was accepted. If not, the settings contain the default, which must not be checked in
    /// its place.
    pub(super) accepted: bool,
}

/// A setting as the agent uses it.
///
/// [`Display`](fmt::Display) writes it on one line: `[JORS Settings] JORSSocket=3111 (line 2)`.
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
    /// The default, because the file does not contain the setting.
    Default,
    /// The file, at this position.
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
