//! A lock for changing a file: programs read, change and write it one at a time.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

/// How long another program may take to change the file.
const PATIENCE: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(10);

/// The right to change a file, until dropped. Programs that don't use the lock are not prevented from
/// changing it.
///
/// The lock is on a file next to it, with `.lock` appended to the name, because the file itself is replaced,
/// and because on Windows others could not read a locked file. The system releases the lock of a program that
/// is killed; the lock file left behind has no effect.
pub(crate) struct Lock {
    #[cfg(unix)]
    path: std::path::PathBuf,
    /// On Windows, closing this handle removes the name.
    _file: File,
}

impl Lock {
    /// Waits until no other program holds the lock of the file at `path`. All links to a file share one lock.
    ///
    /// # Errors
    /// [`io::ErrorKind::TimedOut`] after ten seconds; otherwise the system's error.
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

    /// Locks the lock file at `path`, unless another program holds it.
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
        // The previous holder may have removed the name since this was opened, and another program may have
        // locked a new file of that name.
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

    /// Opens the lock file at `path` exclusively, to be removed when it is closed, unless another program
    /// holds it (CreateFileW: dwShareMode, FILE_FLAG_DELETE_ON_CLOSE).
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
        // The name is removed before the lock is released, so that nobody locks a file that has lost its
        // name.
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
