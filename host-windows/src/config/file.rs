//! Reads and checks MSLSAM.ini, for the agent and for the commands.

use std::io;
use std::path::{Path, PathBuf};

use lsam_core::config::{Configuration, Invalid, Origin, Setting};
use lsam_core::ini::{Encoding, Item, Reader, to_utf8, utf8_room};
use lsam_core::serial_number::{self, SerialNumberError};
use zeroize::Zeroizing;

use super::{Finding, effective};
use crate::files;

/// Size limit of MSLSAM.ini, in bytes. A file with every setting and many comments has a few thousand bytes.
const MAX: usize = 1 << 20;

/// An MSLSAM.ini as it was read, in any encoding that Windows uses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IniFile {
    path: PathBuf,
    content: Zeroizing<Vec<u8>>,
    /// The converted text of a UTF-16 file; other files are used as they are.
    utf8: Option<Vec<u8>>,
}

impl IniFile {
    /// Reads the file at `path`, of at most 1 MiB.
    ///
    /// # Errors
    /// The system's error, or an error if the file is too long, is not a regular file, or ends within a
    /// UTF-16 character.
    pub fn read(path: &Path) -> io::Result<Self> {
        Self::new(path, files::read(path, MAX)?)
    }

    /// A file at `path` with `content`.
    pub(super) fn new(path: &Path, content: Zeroizing<Vec<u8>>) -> io::Result<Self> {
        let utf8 = match Encoding::of(&content) {
            Encoding::Utf16(_) if !content.len().is_multiple_of(2) => {
                let text = "it is UTF-16 and ends within a character: it was cut off";
                return Err(io::Error::new(io::ErrorKind::InvalidData, text));
            }
            Encoding::Utf16(_) => {
                let mut text = vec![0; utf8_room(&content)];
                let len = to_utf8(&content, &mut text).map_err(io::Error::other)?.len();
                text.truncate(len);
                Some(text)
            }
            _ => None,
        };
        Ok(Self { path: path.to_owned(), content, utf8 })
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its bytes.
    pub fn content(&self) -> &[u8] {
        &self.content
    }

    /// Its text, in UTF-8 or Windows-1252.
    fn text(&self) -> &[u8] {
        self.utf8.as_deref().unwrap_or(&self.content)
    }

    /// Reads the settings, and checks them, also against this machine.
    pub fn check(&self) -> Checked<'_> {
        let mut findings = Vec::new();
        let parsed = Configuration::parse(self.text(), |diagnostic| findings.push(Finding::from(diagnostic)));
        let mut no_access_to_ecof_directory = false;
        let configuration = parsed.and_then(|configuration| {
            let directory = missing_directory(&configuration);
            no_access_to_ecof_directory = directory.is_some();
            let before = findings.len();
            findings.extend(bad_serial(&configuration).into_iter().chain(directory));
            match findings.len() - before {
                0 => Ok(configuration),
                errors => Err(Invalid { errors }),
            }
        });
        Checked { configuration, findings, no_access_to_ecof_directory }
    }

    /// The settings of a file that was checked before.
    ///
    /// # Errors
    /// [`Invalid`], as before.
    pub(crate) fn configuration(&self) -> Result<Configuration<'_>, Invalid> {
        Configuration::parse(self.text(), |_| {})
    }

    /// A file reduced to the lines of these keys of `section`. Errors elsewhere no longer count.
    pub(crate) fn alone(&self, section: &str, keys: &[&str]) -> String {
        let mut alone = format!("[{section}]\n");
        let (mut is_inside, mut is_past) = (false, false);
        for line in Reader::new(self.text()) {
            match line.item {
                // Of two sections with the same name, the first counts.
                Item::Section(name) => {
                    is_past |= is_inside;
                    is_inside = name.is(section) && !is_past;
                }
                Item::Property { key, value, .. } if is_inside && keys.iter().any(|known| key.is(known)) => {
                    alone.push_str(&format!("{key}=\"{}\"\n", value.text()));
                }
                _ => {}
            }
        }
        alone
    }

    /// Whether this may be an incomplete copy of `whole`, that is, a beginning that ends within a line.
    pub(crate) fn is_cut_from(&self, whole: &Self) -> bool {
        let is_end = |byte: &u8| matches!(byte, b'\n' | b'\r');
        let rest = whole.text().strip_prefix(self.text());
        rest.and_then(<[u8]>::first).is_some_and(|next| !is_end(next))
            && !self.text().last().is_none_or(is_end)
    }

    /// "[General Settings] TLSCertificateSerial in MSLSAM.ini, line 5"; `configuration` comes from
    /// [`check`](Self::check).
    pub(crate) fn place(&self, configuration: &Configuration<'_>, section: &str, key: &str) -> String {
        let path = self.path.display();
        match effective(configuration, section, key).map(|effective| effective.origin) {
            Some(Origin::File(at)) => format!("[{section}] {key} in {path}, line {}", at.line),
            Some(Origin::Default) | None => {
                format!("[{section}] {key}, by its default (it is not in {path})")
            }
        }
    }
}

/// The settings of a file, and what is wrong with it.
#[derive(Clone, Debug)]
pub struct Checked<'f> {
    /// The settings, unless one of the findings is an error.
    pub configuration: Result<Configuration<'f>, Invalid>,
    /// All findings: those about a line in the order of the lines, then those about several settings or the
    /// machine.
    pub findings: Vec<Finding>,
    /// Whether the only error is that the directory of DefaultECOFDirectory does not exist on this machine.
    pub no_access_to_ecof_directory: bool,
}

/// An error if TLSCertificateSerial is not a serial number, because no certificate could be found with it.
fn bad_serial(configuration: &Configuration<'_>) -> Option<Finding> {
    let typed = configuration.settings.tls_certificate_serial;
    if typed.is_empty() {
        return None;
    }
    let error = serial_number::parse(&typed.chars().collect::<String>()).err()?;
    let advice = match error {
        SerialNumberError::TooLong => "write it as the Details tab of the certificate shows it",
        _ => {
            "write the hexadecimal digits that the Details tab of the certificate shows as its serial \
             number, not its name"
        }
    };
    let setting = Setting::find("General Settings", "TLSCertificateSerial")?;
    Some(Finding::of(configuration, setting, format!("{setting}: \"{typed:.80}\": {error}; {advice}")))
}

/// An error if the directory of DefaultECOFDirectory does not exist on this machine, because jobs would not
/// find their files.
fn missing_directory(configuration: &Configuration<'_>) -> Option<Finding> {
    let directory = configuration.settings.default_ecof_directory;
    if directory.is_empty() {
        return None;
    }
    let reason = match Path::new(&directory.chars().collect::<String>()).metadata() {
        Ok(metadata) if metadata.is_dir() => return None,
        Ok(_) => "is no directory".to_owned(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => "does not exist".to_owned(),
        Err(error) => format!("can't be opened: {error}"),
    };
    let setting = Setting::find("General Settings", "DefaultECOFDirectory")?;
    let advice = "make the directory, write the path of one that is there, or leave the value blank";
    let message = format!("{setting}: \"{directory:.80}\" {reason}; {advice}");
    Some(Finding::of(configuration, setting, message))
}
