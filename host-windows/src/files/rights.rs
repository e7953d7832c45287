//! The rights that accounts other than the owner and administrators have to a file or folder.

use std::io;
use std::path::Path;

/// What others may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Right {
    /// Read a file.
    Read,
    /// Change a file, or add files to a folder or remove them.
    Write,
}

/// Who has this right to the file or folder at `path`, except for its owner, the system, administrators, and
/// accounts that were granted the right individually: "Users", or "others (mode 0644)". As with ssh and its
/// keys, the folders above are not checked.
///
/// # Errors
/// If there is nothing at `path`, or if its rights can't be read.
pub(crate) fn others_with(right: Right, path: &Path) -> io::Result<Option<String>> {
    system::others_with(right, path)
}

/// Restricts the file or folder at `path`, and its future contents, to its owner, the system and
/// administrators, whatever the parent folder grants. On Unix, its mode has done this since it was created.
///
/// # Errors
/// The system's error.
#[cfg(windows)]
pub(crate) fn make_private(path: &Path) -> io::Result<()> {
    Ok(crate::windows::make_private(path)?)
}

#[cfg(unix)]
mod system {
    use std::os::unix::fs::MetadataExt;

    use super::{Path, Right, io};

    pub(super) fn others_with(right: Right, path: &Path) -> io::Result<Option<String>> {
        let metadata = path.metadata()?;
        let mode = metadata.mode() & 0o7777;
        let bit = match right {
            Right::Read => 0o4,
            Right::Write => 0o2,
        };
        // A private group, which many systems create for each account, has no other member, and neither has
        // the system's group.
        let has_group = metadata.gid() != 0 && metadata.gid() != metadata.uid();
        let who = if mode & bit != 0 {
            "others"
        } else if has_group && mode & (bit << 3) != 0 {
            "its group"
        } else {
            return Ok(None);
        };
        Ok(Some(format!("{who} (mode {mode:04o})")))
    }
}

#[cfg(windows)]
mod system {
    use super::{Path, Right, io};
    use crate::windows::{READ, WRITE, groups_with};

    pub(super) fn others_with(right: Right, path: &Path) -> io::Result<Option<String>> {
        let mask = match right {
            Right::Read => READ,
            Right::Write => WRITE,
        };
        let groups = groups_with(path, mask)?;
        Ok(if groups.is_empty() { None } else { Some(groups.join(" and ")) })
    }
}

/// What to do about a secret in a file that others can read.
pub(crate) const PRIVATE_FILE: &str = if cfg!(windows) {
    "Leave it to the system, administrators and the account of the services: `icacls FILE /inheritance:r \
     /grant:r *S-1-5-18:F *S-1-5-32-544:F`. If somebody may have read it, have a new certificate issued."
} else {
    "Leave it to its owner: `chmod 600 FILE`. If somebody may have read it, have a new certificate issued."
};

/// What to do about what others can change.
pub(crate) const PRIVATE_FOLDER: &str = if cfg!(windows) {
    "Leave changes to the system and administrators: `icacls PATH /inheritance:r /grant:r \
     *S-1-5-18:(OI)(CI)F *S-1-5-32-544:(OI)(CI)F`."
} else {
    "Leave changes to its owner: `chmod go-w PATH`."
};

#[cfg(all(test, unix))]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn the_bits_of_others_count() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, b"").unwrap();
        for (mode, read, write) in [
            (0o600, None, None),
            (0o644, Some("others (mode 0644)"), None),
            (0o602, None, Some("others (mode 0602)")),
            (0o666, Some("others (mode 0666)"), Some("others (mode 0666)")),
        ] {
            fs::set_permissions(&path, PermissionsExt::from_mode(mode)).unwrap();
            assert_eq!(others_with(Right::Read, &path).unwrap().as_deref(), read);
            assert_eq!(others_with(Right::Write, &path).unwrap().as_deref(), write);
        }
        assert!(others_with(Right::Read, &folder.path().join("none")).is_err());
    }
}

#[cfg(all(test, windows))]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn what_was_made_private_is_the_owners() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, b"secret").unwrap();
        make_private(&path).unwrap();
        for right in [Right::Read, Right::Write] {
            assert_eq!(others_with(right, &path).unwrap(), None);
        }
        assert_eq!(fs::read(&path).unwrap(), b"secret", "its owner can");
        assert!(others_with(Right::Read, &folder.path().join("none")).is_err());
    }

    #[test]
    fn what_everybody_may_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, b"").unwrap();
        crate::windows::set_access(&path, "D:P(A;;FR;;;WD)(A;;FA;;;BA)(A;;FA;;;SY)").unwrap();
        assert_eq!(others_with(Right::Read, &path).unwrap().as_deref(), Some("Everyone"));
        assert_eq!(others_with(Right::Write, &path).unwrap(), None);
    }
}
