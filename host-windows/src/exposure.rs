//! Whether others could change the files that the agent runs with: its program, MSLSAM.ini, certificate store
//! and logs.

use std::env;
use std::fmt;
use std::fs::DirEntry;
use std::io;
use std::path::{Path, PathBuf};

use crate::files::{PRIVATE_FOLDER, Right, others_with};
use crate::store::Section;

/// The paths of the files that an agent runs with.
#[derive(Clone, Copy, Debug)]
pub struct Places<'p> {
    /// MSLSAM.ini.
    pub config: &'p Path,
    /// The folder of the certificate store; `None` if it is the machine's.
    pub store: Option<&'p Path>,
    /// The folder of the log files.
    pub log_folder: &'p Path,
}

/// Something that others can change, or may be able to.
#[derive(Debug)]
pub struct Exposed {
    what: &'static str,
    path: PathBuf,
    /// Who can, or why this is unknown.
    who: io::Result<String>,
}

impl Exposed {
    fn find(what: &'static str, path: PathBuf) -> Option<Self> {
        let who = match others_with(Right::Write, &path).transpose()? {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
            who => who,
        };
        Some(Self { what, path, who })
    }

    /// The store's folder if it is exposed, otherwise its exposed sections, otherwise the exposed files in a
    /// section. The contents of an exposed folder are not reported in addition: they usually inherit its
    /// rights.
    fn find_in_store(store: &Path) -> Vec<Self> {
        let find = |path| Self::find("the certificate store", path);
        if let Some(whole) = find(store.to_owned()) {
            return vec![whole];
        }
        let in_section = |section: Section| {
            let folder = store.join(section.name());
            if let Some(whole) = find(folder.clone()) {
                return vec![whole];
            }
            let mut files: Vec<_> = folder.read_dir().into_iter().flatten().flatten().collect();
            files.sort_by_key(DirEntry::file_name);
            files.iter().filter_map(|file| find(file.path())).collect()
        };
        Section::ALL.into_iter().flat_map(in_section).collect()
    }

    /// What an administrator can do about it.
    pub const fn advice(&self) -> &'static str {
        PRIVATE_FOLDER
    }
}

impl fmt::Display for Exposed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, path, who } = self;
        match who {
            Ok(who) => write!(f, "{who} can change {what}, {}", path.display()),
            Err(error) => write!(f, "who can change {what}, {}, can't be read: {error}", path.display()),
        }
    }
}

impl Places<'_> {
    /// Everything that accounts other than its owner, the system and administrators can change, or for which
    /// this is unknown. Files that do not exist can't be changed.
    pub fn exposed(&self) -> Vec<Exposed> {
        let program = env::current_exe().ok();
        let folder = |path: &Path| match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
            _ => PathBuf::from("."),
        };
        let mut places = Vec::new();
        if let Some(program) = &program {
            places.extend([("the program", program.clone()), ("the folder of the program", folder(program))]);
        }
        places.push(("the configuration", self.config.to_owned()));
        places.push(("the folder of the configuration", folder(self.config)));
        places.push(("the folder of the logs", self.log_folder.to_owned()));
        let mut exposed: Vec<_> =
            places.into_iter().filter_map(|(what, path)| Exposed::find(what, path)).collect();
        exposed.extend(self.store.map(Exposed::find_in_store).into_iter().flatten());
        exposed
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn whatever_others_can_change_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        for name in ["data", "data/store", "data/store/Root", "data/Log"] {
            fs::create_dir(path(name)).unwrap();
        }
        let (config, store, logs) = (path("data/MSLSAM.ini"), path("data/store"), path("data/Log"));
        fs::write(&config, b"").unwrap();
        let places = Places { config: &config, store: Some(&store), log_folder: &logs };
        let set = |path: &Path, mode| fs::set_permissions(path, PermissionsExt::from_mode(mode)).unwrap();
        let (section, file) = (path("data/store/Root"), path("data/store/Root/root.cer"));
        fs::write(&file, b"").unwrap();
        for path in [&config, &store, &section, &file, &logs, &path("data")] {
            set(path, 0o700);
        }
        assert!(places.exposed().is_empty());
        for (path, what) in [
            (&config, "the configuration"),
            (&store, "the certificate store"),
            (&section, "the certificate store"),
            (&file, "the certificate store"),
            (&logs, "the folder of the logs"),
            (&path("data"), "the folder of the configuration"),
        ] {
            set(path, 0o702);
            let [exposed] = places.exposed().try_into().unwrap();
            assert_eq!(
                exposed.to_string(),
                format!("others (mode 0702) can change {what}, {}", path.display())
            );
            set(path, 0o700);
        }
        let none = path("none");
        assert!(Places { store: Some(&none), log_folder: &none, ..places }.exposed().is_empty());
        // A path that leads through a file can't be read.
        let beyond = config.join("beyond");
        let [exposed] = Places { store: Some(&beyond), ..places }.exposed().try_into().unwrap();
        let text = format!("who can change the certificate store, {}, can't be read: ", beyond.display());
        assert!(exposed.to_string().starts_with(&text), "{exposed}");
    }
}
