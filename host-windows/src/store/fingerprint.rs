//! Whether a store has changed since it was read, without reading it again.

use std::fs::{self, Metadata};
use std::io;
use std::path::Path;

use aws_lc_rs::digest::{Context, SHA256};

use super::Section;
use super::directory::names;

/// Identifies a state of a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fingerprint([u8; 32]);

/// The fingerprint of the store in the folder `path`, by default of the machine's store, if the system has
/// one.
///
/// # Errors
/// If the folder, or an existing section of it, can't be read.
pub(crate) fn fingerprint(path: Option<&Path>) -> io::Result<Fingerprint> {
    let mut parts = Parts(Context::new(&SHA256));
    match path {
        Some(path) => parts.add_folder(path)?,
        #[cfg(windows)]
        None => super::MachineStore::look(|part| parts.add(part))?,
        #[cfg(not(windows))]
        None => return Err(super::no_machine_store()),
    }
    let mut fingerprint = [0; 32];
    fingerprint.copy_from_slice(parts.0.finish().as_ref());
    Ok(Fingerprint(fingerprint))
}

/// The parts of a fingerprint.
struct Parts(Context);

impl Parts {
    /// Adds one part with its length, so that different sequences of parts never have the same bytes.
    fn add(&mut self, part: &[u8]) {
        self.0.update(&part.len().to_le_bytes());
        self.0.update(part);
    }

    /// The names in the sections, and the metadata of their files. The contents are not read: this could mean
    /// reading a list of ten megabytes every other second.
    fn add_folder(&mut self, path: &Path) -> io::Result<()> {
        path.read_dir()?;
        for section in Section::ALL {
            let folder = path.join(section.name());
            let names = match names(&folder) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                names => names?,
            };
            self.add(section.name().as_bytes());
            for name in names {
                self.add(name.as_bytes());
                // A file that has vanished in the meantime counts as removed.
                if let Ok(metadata) = fs::metadata(folder.join(name)) {
                    self.add_metadata(&metadata);
                }
            }
        }
        Ok(())
    }

    fn add_metadata(&mut self, metadata: &Metadata) {
        self.add(&metadata.len().to_le_bytes());
        for time in [metadata.modified(), metadata.created()] {
            self.add(format!("{:?}", time.ok()).as_bytes());
        }
        // Copy tools that preserve times don't preserve these two.
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt;

            self.add(&metadata.ino().to_le_bytes());
            self.add(&metadata.ctime().to_le_bytes());
            self.add(&metadata.ctime_nsec().to_le_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_change_of_a_folder_shows() {
        let folder = tempfile::tempdir().unwrap();
        let store = folder.path();
        let mut seen = vec![fingerprint(Some(store)).unwrap()];
        let mut changed = |what: &str| {
            let now = fingerprint(Some(store)).unwrap();
            assert!(!seen.contains(&now), "{what}");
            assert_eq!(fingerprint(Some(store)).unwrap(), now, "{what}: looking changes nothing");
            seen.push(now);
        };
        fs::create_dir(store.join("My")).unwrap();
        changed("a folder");
        fs::write(store.join("My/a.pem"), b"one").unwrap();
        changed("a file");
        fs::write(store.join("My/a.pem"), b"longer").unwrap();
        changed("its content");
        fs::rename(store.join("My/a.pem"), store.join("My/b.pem")).unwrap();
        changed("its name");
        fs::write(store.join("My/b.password"), b"secret").unwrap();
        changed("a password");
        // On Windows, this is the only trace of a file that was replaced by renaming another.
        #[cfg(unix)]
        {
            let time = store.join("My/b.pem").metadata().unwrap().modified().unwrap();
            fs::write(store.join("My/new"), b"LONGER").unwrap();
            fs::File::options().write(true).open(store.join("My/new")).unwrap().set_modified(time).unwrap();
            fs::rename(store.join("My/new"), store.join("My/b.pem")).unwrap();
            changed("a file of the same length and time");
        }
        fs::create_dir(store.join("CRL")).unwrap();
        fs::rename(store.join("My/b.pem"), store.join("CRL/b.pem")).unwrap();
        changed("its section");
        fs::remove_file(store.join("CRL/b.pem")).unwrap();
        changed("that it is gone");
    }

    #[test]
    fn what_can_not_be_read_has_none() {
        let folder = tempfile::tempdir().unwrap();
        assert!(fingerprint(Some(&folder.path().join("none"))).is_err());
        fs::write(folder.path().join("Root"), b"no folder").unwrap();
        assert!(fingerprint(Some(folder.path())).is_err());
    }
}
