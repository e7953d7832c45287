//! Where logs are written: regular files in real folders.
//!
//! Links are not followed. Users who may write to the folder of the logs, or to the folder that contains it,
//! usually have fewer rights than the agent; by replacing a log with a link, they could make it write to, or
//! truncate, any file.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::Path;

/// Opens the log at `path` for appending, and creates it if it does not exist.
///
/// # Errors
/// The system's error, or an error if it is a link or not a regular file.
pub(super) fn append(path: &Path) -> io::Result<File> {
    // A newly created file is never reached through a link (O_EXCL in open(2); CREATE_NEW without following
    // reparse points).
    match unlinked().append(true).create_new(true).open(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => existing(path, unlinked().append(true)),
        made => made,
    }
}

/// Opens the log at `path` for reading.
///
/// # Errors
/// As for [`append`], and if it does not exist.
pub(super) fn read(path: &Path) -> io::Result<File> {
    existing(path, unlinked().read(true))
}

/// Truncates the log at `path` to `length` bytes.
///
/// # Errors
/// As for [`read`].
pub(super) fn cut(path: &Path, length: u64) -> io::Result<()> {
    existing(path, unlinked().write(true))?.set_len(length)
}

/// Creates the folder at `path` if it does not exist.
///
/// # Errors
/// The system's error, or an error if it is a link or not a folder.
pub(super) fn folder(path: &Path) -> io::Result<()> {
    fs::create_dir_all(path)?;
    is_folder(path)
}

/// Verifies that there is a folder at `path`, and not a link to one.
///
/// # Errors
/// The system's error, or an error if it is a link or not a folder.
pub(super) fn is_folder(path: &Path) -> io::Result<()> {
    let metadata = path.symlink_metadata()?;
    if metadata.is_dir() {
        return Ok(());
    }
    let reason = if metadata.is_symlink() { "a link, which is not followed" } else { "not a folder" };
    Err(refusal(&format!("{} is {reason}", path.display())))
}

fn existing(path: &Path, options: &OpenOptions) -> io::Result<File> {
    let found = path.symlink_metadata()?;
    if found.is_symlink() {
        return Err(linked());
    }
    // Opening a pipe could wait forever.
    if !found.is_file() {
        return Err(refusal("it is not a regular file"));
    }
    let file = options.open(path)?;
    // It may have been replaced by a link in the meantime.
    if is_same(&file, &found)? { Ok(file) } else { Err(linked()) }
}

fn linked() -> io::Error {
    refusal("it is a link, which is not followed")
}

fn refusal(reason: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, reason)
}

#[cfg(unix)]
fn unlinked() -> OpenOptions {
    OpenOptions::new()
}

#[cfg(unix)]
fn is_same(file: &File, found: &fs::Metadata) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;

    let opened = file.metadata()?;
    Ok((opened.dev(), opened.ino()) == (found.dev(), found.ino()))
}

#[cfg(windows)]
fn unlinked() -> OpenOptions {
    use std::os::windows::fs::OpenOptionsExt;

    use windows_sys::Win32::Storage::FileSystem::FILE_FLAG_OPEN_REPARSE_POINT;

    let mut options = OpenOptions::new();
    options.custom_flags(FILE_FLAG_OPEN_REPARSE_POINT);
    options
}

/// Reparse points themselves are opened, not their targets.
#[cfg(windows)]
fn is_same(file: &File, _: &fs::Metadata) -> io::Result<bool> {
    use std::os::windows::fs::MetadataExt;

    use windows_sys::Win32::Storage::FileSystem::FILE_ATTRIBUTE_REPARSE_POINT;

    Ok(file.metadata()?.file_attributes() & FILE_ATTRIBUTE_REPARSE_POINT == 0)
}

#[cfg(all(test, unix))]
mod tests {
    use std::io::Write;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_log_that_is_a_link_is_neither_written_nor_read_nor_cut() {
        let folder = tempfile::tempdir().unwrap();
        let (log, target, nothing) =
            (folder.path().join("MSLSAM.log"), folder.path().join("target"), folder.path().join("nothing"));
        fs::write(&target, "of somebody else").unwrap();
        for target in [&target, &nothing] {
            symlink(target, &log).unwrap();
            for result in [append(&log).map(drop), read(&log).map(drop), cut(&log, 0)] {
                assert_eq!(result.unwrap_err().to_string(), "it is a link, which is not followed");
            }
            fs::remove_file(&log).unwrap();
        }
        assert_eq!(fs::read_to_string(&target).unwrap(), "of somebody else");
        assert!(!nothing.exists(), "nor is the target made");

        append(&log).unwrap().write_all(b"one").unwrap();
        append(&log).unwrap().write_all(b"two").unwrap();
        cut(&log, 4).unwrap();
        assert_eq!(fs::read_to_string(&log).unwrap(), "onet");
    }

    #[test]
    fn a_file_that_a_link_has_replaced_is_found_out() {
        let folder = tempfile::tempdir().unwrap();
        let (log, target) = (folder.path().join("MSLSAM.log"), folder.path().join("target"));
        fs::write(&log, "").unwrap();
        fs::write(&target, "").unwrap();
        let found = log.symlink_metadata().unwrap();
        assert!(is_same(&File::open(&log).unwrap(), &found).unwrap());
        fs::remove_file(&log).unwrap();
        symlink(&target, &log).unwrap();
        assert!(!is_same(&File::open(&log).unwrap(), &found).unwrap());
    }

    #[test]
    fn a_folder_that_is_a_link_is_refused() {
        let site = tempfile::tempdir().unwrap();
        let link = site.path().join("Log");
        symlink(site.path(), &link).unwrap();
        let error = folder(&link).unwrap_err().to_string();
        assert!(error.ends_with("Log is a link, which is not followed"), "{error}");
        assert!(folder(&site.path().join("a/b")).is_ok() && folder(&site.path().join("a/b")).is_ok());
    }
}
