//! Reads files of a bounded size, and writes complete files: new ones, and new versions of existing ones.

mod lock;
mod replacement;
mod rights;

use std::fs::{DirBuilder, File};
use std::io::{self, Read, Write};
use std::path::Path;

use zeroize::Zeroizing;

pub(crate) use lock::Lock;
pub(crate) use replacement::Replacement;
pub(crate) use rights::{PRIVATE_FILE, PRIVATE_FOLDER, Right, others_with};

/// Reads the regular file at `path`, of at most `limit` bytes. The buffer is wiped when dropped, because it
/// may hold a private key or a password.
///
/// # Errors
/// The system's error; [`io::ErrorKind::FileTooLarge`] beyond the limit; [`io::ErrorKind::InvalidInput`] if
/// it is not a regular file (reading a pipe could wait forever).
pub(crate) fn read(path: &Path, limit: usize) -> io::Result<Zeroizing<Vec<u8>>> {
    if !path.metadata()?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file"));
    }
    let file = File::open(path)?;
    // Allocated at full size: a growing buffer leaves copies behind.
    let length = usize::try_from(file.metadata()?.len()).unwrap_or(usize::MAX).min(limit);
    let mut content = Zeroizing::new(Vec::with_capacity(length + 1));
    let mut file = file.take(u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1));
    file.read_to_end(&mut content)?;
    if content.len() > limit {
        let text = format!("it is longer than {limit} bytes");
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, text));
    }
    Ok(content)
}

/// Who may read a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Only its owner, for keys and passwords; on Windows, also the system and administrators.
    Owner,
    /// Everyone, to the extent that the folder's rights permit.
    Everyone,
}

/// Writes a new file at `path`, completely or not at all: it gets its name once its content is on the disk.
///
/// # Errors
/// The system's error; [`io::ErrorKind::AlreadyExists`] if the name is taken.
pub(crate) fn write_new(path: &Path, content: &[u8], access: Access) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    // The name begins with a dot, so that a store ignores it. On Unix, tempfile makes it readable by its
    // owner only.
    let mut file = tempfile::Builder::new().prefix(".new-").tempfile_in(folder)?;
    #[cfg(windows)]
    if access == Access::Owner {
        // Done while there is nothing in it to read yet.
        rights::make_private(file.path())?;
    }
    file.write_all(content)?;
    if access == Access::Everyone {
        allow_everyone(file.as_file())?;
    }
    file.as_file().sync_all()?;
    file.persist_noclobber(path)?;
    Ok(())
}

/// Creates the folder at `path` if it does not exist, accessible only to its owner; on Windows, also to the
/// system and administrators.
///
/// # Errors
/// The system's error.
pub(crate) fn create_private_folder(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    #[cfg(windows)]
    let is_new = !path.exists();
    builder.recursive(true).create(path)?;
    #[cfg(windows)]
    if is_new {
        rights::make_private(path)?;
    }
    Ok(())
}

#[cfg(unix)]
fn allow_everyone(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;

    file.set_permissions(PermissionsExt::from_mode(0o644))
}

#[cfg(not(unix))]
fn allow_everyone(_: &File) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_file_is_there_as_a_whole_and_replaces_none() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new");
        write_new(&path, b"content", Access::Owner).unwrap();
        let again = write_new(&path, b"other", Access::Everyone).unwrap_err();
        assert_eq!(again.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(read(&path, 100).unwrap().as_slice(), b"content");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is left");
    }

    #[cfg(unix)]
    #[test]
    fn a_file_with_a_secret_is_its_owners_alone() {
        use std::os::unix::fs::PermissionsExt;

        let folder = tempfile::tempdir().unwrap();
        let private = folder.path().join("private");
        create_private_folder(&private).unwrap();
        create_private_folder(&private).unwrap();
        let (secret, open) = (private.join("secret"), private.join("open"));
        write_new(&secret, b"", Access::Owner).unwrap();
        write_new(&open, b"", Access::Everyone).unwrap();
        let modes = [private, secret, open].map(|path| path.metadata().unwrap().permissions().mode() & 0o777);
        assert_eq!(modes, [0o700, 0o600, 0o644]);
    }

    #[test]
    fn others_can_not_read_a_file_with_a_secret() {
        let folder = tempfile::tempdir().unwrap();
        let private = folder.path().join("private");
        create_private_folder(&private).unwrap();
        let secret = private.join("secret");
        write_new(&secret, b"secret", Access::Owner).unwrap();
        for path in [&private, &secret] {
            for right in [Right::Read, Right::Write] {
                assert_eq!(others_with(right, path).unwrap(), None, "{}", path.display());
            }
        }
        assert_eq!(read(&secret, 100).unwrap().as_slice(), b"secret", "its owner can");
    }

    #[test]
    fn the_limit_is_a_limit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, [7; 100]).unwrap();
        assert_eq!(read(&path, 100).unwrap().as_slice(), [7; 100]);
        assert_eq!(read(&path, 99).unwrap_err().kind(), io::ErrorKind::FileTooLarge);
        assert_eq!(read(folder.path(), 99).unwrap_err().kind(), io::ErrorKind::InvalidInput);
        assert_eq!(read(&folder.path().join("none"), 99).unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
