//! A lock for changing a file: one program after the other reads it, changes it and writes it.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

/// How long another program may take for its change.
const PATIENCE: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(10);

/// The right to change a file, until it is dropped. Programs that ask for no lock are not kept off.
///
/// What is locked is a file beside it with `.lock` behind the name, because the file itself is replaced, and because on
/// Windows others could not read a locked file. The system takes the lock back from a program that is killed; the lock
/// file that such a program may leave means nothing.
pub(crate) struct Lock {
    #[cfg(unix)]
    path: std::path::PathBuf,
    /// On Windows the name goes with this handle.
    _file: File,
}

impl Lock {
    /// Waits until no other program has the lock of the file at `path`. All links to a file have one lock.
    ///
    /// # Errors
    /// [`io::ErrorKind::TimedOut`] after ten seconds, and what the system answers otherwise.
    pub(crate) fn of(path: &Path) -> io::Result<Self> {
        Self::within(PATIENCE, path)
    }

    fn within(patience: Duration, path: &Path) -> io::Result<Self> {
        let path = path.canonicalize()?.with_added_extension("lock");
        let begin = Instant::now();
        loop {
            if let Some(lock) = Self::try_at(&path)? {
                return Ok(lock);
            }
            if begin.elapsed() >= patience {
                let text =
                    "another program has been changing it for ten seconds; try again when it has ended";
                return Err(io::Error::new(io::ErrorKind::TimedOut, text));
            }
            thread::sleep(PAUSE);
        }
    }

    /// Locks the lock file at `path`, if no other program has it.
    #[cfg(unix)]
    fn try_at(path: &Path) -> io::Result<Option<Self>> {
        use std::fs::TryLockError;
        use std::os::unix::fs::MetadataExt;

        let file = OpenOptions::new().write(true).create(true).truncate(false).open(path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(error),
        }
        // Whoever had the lock before may have removed the name since this was opened, and another one locked a new file
        // of that name.
        let own = file.metadata()?;
        Ok(match path.metadata() {
            Ok(named) if (named.dev(), named.ino()) == (own.dev(), own.ino()) => {
                Some(Self { path: path.to_owned(), _file: file })
            }
            Ok(_) => None,
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        })
    }

    /// Opens the lock file at `path` for this program alone, to be removed when it is closed, if no other program has it
    /// (CreateFileW: dwShareMode, FILE_FLAG_DELETE_ON_CLOSE).
    #[cfg(windows)]
    fn try_at(path: &Path) -> io::Result<Option<Self>> {
        use std::os::windows::fs::OpenOptionsExt;

        use windows_sys::Win32::Foundation::{ERROR_SHARING_VIOLATION, GENERIC_WRITE};

        const DELETE: u32 = 0x0001_0000;
        const FILE_FLAG_DELETE_ON_CLOSE: u32 = 0x0400_0000;
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false);
        options.access_mode(GENERIC_WRITE | DELETE).share_mode(0).custom_flags(FILE_FLAG_DELETE_ON_CLOSE);
        match options.open(path) {
            Ok(file) => Ok(Some(Self { _file: file })),
            Err(error) if error.raw_os_error().map(i32::cast_unsigned) == Some(ERROR_SHARING_VIOLATION) => {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}

#[cfg(unix)]
impl Drop for Lock {
    fn drop(&mut self) {
        // The name goes before the lock does, so that nobody takes a lock file that has lost its name for the current one.
        let _ = std::fs::remove_file(&self.path);
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    #[test]
    fn one_has_it_at_a_time_and_nothing_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("MSLSAM.ini");
        fs::write(&path, b"").unwrap();
        let busy = AtomicBool::new(false);
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..50 {
                        let lock = Lock::of(&path).unwrap();
                        assert!(!busy.swap(true, Ordering::SeqCst), "two have it");
                        thread::yield_now();
                        busy.store(false, Ordering::SeqCst);
                        drop(lock);
                    }
                });
            }
        });
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn who_waits_for_too_long_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("MSLSAM.ini");
        fs::write(&path, b"").unwrap();
        let held = Lock::of(&path).unwrap();
        let refused = Lock::within(Duration::from_millis(30), &path).err().unwrap();
        assert_eq!(refused.kind(), io::ErrorKind::TimedOut);
        drop(held);
        assert!(Lock::within(Duration::ZERO, &path).is_ok());
    }

    #[test]
    fn a_lock_file_that_was_left_means_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("MSLSAM.ini");
        fs::write(&path, b"").unwrap();
        fs::write(folder.path().join("MSLSAM.ini.lock"), b"").unwrap();
        assert!(Lock::within(Duration::ZERO, &path).is_ok());
    }
}
