//! A new version of a file, which replaces the old one.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use tempfile::NamedTempFile;

/// A new version of a file, prepared to replace the existing one.
///
/// If the program is killed before or during [`commit`](Self::commit), the file is either the complete old
/// version or the complete new one; a file whose name begins with `.new-`, which nothing reads, may remain
/// next to it.
pub(crate) struct Replacement {
    target: PathBuf,
    new: NamedTempFile,
}

impl Replacement {
    /// Writes `content` to the disk, next to the file at `path`, which is not changed. The new version gets
    /// the owner and mode of the old one on Unix, and its access control list on Windows.
    ///
    /// # Errors
    /// The system's error.
    pub(crate) fn prepare(path: &Path, content: &[u8]) -> io::Result<Self> {
        // A link stays a link: its target is replaced.
        let linked = path.symlink_metadata()?.is_symlink();
        let target = if linked { path.canonicalize()? } else { path.to_owned() };
        let new = write_beside(&target, content)?;
        Ok(Self { target, new })
    }

    /// Keeps `previous`, the current content, with `.bak` appended to the file name, and returns that name.
    ///
    /// # Errors
    /// The system's error.
    pub(crate) fn back_up(&self, previous: &[u8]) -> io::Result<PathBuf> {
        let backup = self.target.with_added_extension("bak");
        put(write_beside(&self.target, previous)?, &backup)?;
        Ok(backup)
    }

    /// Replaces the old version.
    ///
    /// # Errors
    /// The system's error. In this case the old version stays.
    pub(crate) fn commit(self) -> io::Result<()> {
        put(self.new, &self.target)
    }
}

/// Writes `content` to the disk under a temporary name, next to `model` and with its rights.
fn write_beside(model: &Path, content: &[u8]) -> io::Result<NamedTempFile> {
    let mut file = tempfile::Builder::new().prefix(".new-").tempfile_in(folder_of(model))?;
    file.write_all(content)?;
    give_rights_of(model, &file)?;
    file.as_file().sync_all()?;
    Ok(file)
}

/// Renames `file` to `path`, replacing any file there.
fn put(mut file: NamedTempFile, path: &Path) -> io::Result<()> {
    // Windows does not replace a file that another program is reading, as an agent or a virus scanner does
    // briefly.
    const ATTEMPTS: u32 = 5;
    const PAUSE: Duration = Duration::from_millis(50);
    let mut attempt = 1;
    loop {
        match file.persist(path) {
            Ok(_) => return sync_folder(path),
            Err(refused) if refused.error.kind() == io::ErrorKind::PermissionDenied && attempt < ATTEMPTS => {
                thread::sleep(PAUSE);
                attempt += 1;
                file = refused.file;
            }
            Err(refused) => return Err(refused.error),
        }
    }
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Writes the names in the folder of `path` to the disk.
#[cfg(unix)]
fn sync_folder(path: &Path) -> io::Result<()> {
    std::fs::File::open(folder_of(path))?.sync_all()
}

/// Windows keeps a journal of names.
#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
fn give_rights_of(model: &Path, file: &NamedTempFile) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, fchown};

    let file = file.as_file();
    let (model, own) = (model.metadata()?, file.metadata()?);
    if (model.uid(), model.gid()) != (own.uid(), own.gid()) {
        fchown(file, Some(model.uid()), Some(model.gid()))?;
    }
    file.set_permissions(model.permissions())
}

#[cfg(windows)]
fn give_rights_of(model: &Path, file: &NamedTempFile) -> io::Result<()> {
    Ok(crate::windows::copy_access(model, file.path())?)
}

#[cfg(all(test, windows))]
mod tests {
    use std::fs;

    use super::*;
    use crate::files::rights::{Right, others_with};
    use crate::windows::set_access;

    #[test]
    fn a_replacement_keeps_the_access_control_list() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("MSLSAM.ini");
        fs::write(&path, b"old").unwrap();
        let everyone = Some("Everyone".to_owned());
        for (list, reads, writes) in [
            ("D:P(A;;FA;;;SY)(A;;FA;;;BA)(A;;FA;;;S-1-3-4)", None, None),
            ("D:P(A;;FR;;;WD)(A;;FA;;;BA)(A;;FA;;;SY)", everyone.clone(), None),
            ("D:P(A;;FA;;;WD)(A;;FA;;;SY)", everyone.clone(), everyone),
        ] {
            set_access(&path, list).unwrap();
            let replacement = Replacement::prepare(&path, b"new").unwrap();
            let backup = replacement.back_up(b"old").unwrap();
            replacement.commit().unwrap();
            for path in [&path, &backup] {
                assert_eq!(others_with(Right::Read, path).unwrap(), reads, "{list}");
                assert_eq!(others_with(Right::Write, path).unwrap(), writes, "{list}");
            }
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;
    use std::os::unix::fs::MetadataExt;

    use super::*;

    #[test]
    fn a_replaced_file_keeps_its_rights_and_its_link_and_leaves_a_copy() {
        use std::os::unix::fs::{PermissionsExt, symlink};

        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("real.ini"), folder.path().join("link.ini"));
        fs::write(&path, b"old").unwrap();
        fs::set_permissions(&path, PermissionsExt::from_mode(0o640)).unwrap();
        symlink(&path, &link).unwrap();
        for (old, new) in [(b"old", b"mid"), (b"mid", b"new")] {
            let replacement = Replacement::prepare(&link, new).unwrap();
            assert_eq!(fs::read(&path).unwrap(), old);
            let backup = replacement.back_up(old).unwrap();
            replacement.commit().unwrap();
            assert_eq!((fs::read(&path).unwrap(), fs::read(&backup).unwrap()), (new.to_vec(), old.to_vec()));
            for file in [&path, &backup] {
                assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o640);
            }
        }
        assert!(link.symlink_metadata().unwrap().is_symlink());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3, "nothing else is left");
    }

    #[test]
    fn a_replaced_file_keeps_its_owner() {
        use std::os::unix::fs::chown;

        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("MSLSAM.ini");
        fs::write(&path, b"old").unwrap();
        // Only root can change a file's owner; all others replace their own files.
        let _ = chown(&path, Some(4_321), Some(4_322));
        let owner = |path: &Path| path.metadata().map(|file| (file.uid(), file.gid())).unwrap();
        let before = owner(&path);
        let replacement = Replacement::prepare(&path, b"new").unwrap();
        let backup = replacement.back_up(b"old").unwrap();
        replacement.commit().unwrap();
        assert_eq!((owner(&path), owner(&backup)), (before, before));
    }

    /// Takes the steps of a replacement in a separate process, which is killed (SIGKILL) before step `end`.
    fn replace_and_be_killed(path: &Path, end: usize) {
        let kill_before = |step| {
            if step == end {
                let own = std::process::id().to_string();
                std::process::Command::new("kill").args(["-KILL", &own]).status().unwrap();
            }
        };
        kill_before(0);
        let replacement = Replacement::prepare(path, b"new").unwrap();
        kill_before(1);
        replacement.back_up(b"old").unwrap();
        kill_before(2);
        replacement.commit().unwrap();
        kill_before(3);
    }

    /// Does nothing by itself; the test below runs it in a separate process.
    #[test]
    #[ignore = "the test below runs it"]
    fn killed() {
        let argument = |name| std::env::var(name).ok();
        if let (Some(path), Some(end)) = (argument("KILLED_PATH"), argument("KILLED_END")) {
            replace_and_be_killed(Path::new(&path), end.parse().unwrap());
        }
    }

    #[test]
    fn a_kill_at_any_step_leaves_the_old_file_or_the_new_one() {
        for (end, left) in [(0, b"old"), (1, b"old"), (2, b"old"), (3, b"new")] {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("MSLSAM.ini");
            fs::write(&path, b"old").unwrap();
            let status = std::process::Command::new(std::env::current_exe().unwrap())
                .args(["--exact", "files::replacement::tests::killed", "--ignored"])
                .env("KILLED_PATH", &path)
                .env("KILLED_END", end.to_string())
                .stdout(std::process::Stdio::null())
                .status()
                .unwrap();
            assert_eq!(std::os::unix::process::ExitStatusExt::signal(&status), Some(9), "{end}");
            assert_eq!(fs::read(&path).unwrap(), left, "{end}");
            let backup = fs::read(folder.path().join("MSLSAM.ini.bak")).ok();
            assert_eq!(backup, (end >= 2).then(|| b"old".to_vec()), "{end}");
        }
    }
}
