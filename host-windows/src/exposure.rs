//! Whether others could change what the agent runs with: its program, MSLSAM.ini, certificate store and logs.

use std::env;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use crate::files::{PRIVATE_FOLDER, Right, others_with};

/// Where what an agent runs with lies.
#[derive(Clone, Copy, Debug)]
pub struct Places<'p> {
    /// MSLSAM.ini.
    pub config: &'p Path,
    /// The folder of the certificate store, none if it is that of the machine.
    pub store: Option<&'p Path>,
    /// The folder of the log files.
    pub log_folder: &'p Path,
}

/// Something that others could change, or may be able to.
#[derive(Debug)]
pub struct Exposed {
    what: &'static str,
    path: PathBuf,
    /// Who could, or why that is not known.
    who: io::Result<String>,
}

impl Exposed {
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
    /// What others than its owner, the system and administrators can change, or of which that is not known; what is not there
    /// can't be changed.
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
        places.extend(self.store.map(|store| ("the certificate store", store.to_owned())));
        places.push(("the folder of the logs", self.log_folder.to_owned()));
        let exposed = |(what, path): (&'static str, PathBuf)| {
            let who = match others_with(Right::Write, &path).transpose()? {
                Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
                who => who,
            };
            Some(Exposed { what, path, who })
        };
        places.into_iter().filter_map(exposed).collect()
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
        for name in ["data", "data/store", "data/Log"] {
            fs::create_dir(path(name)).unwrap();
        }
        let (config, store, logs) = (path("data/MSLSAM.ini"), path("data/store"), path("data/Log"));
        fs::write(&config, b"").unwrap();
        let places = Places { config: &config, store: Some(&store), log_folder: &logs };
        let set = |path: &Path, mode| fs::set_permissions(path, PermissionsExt::from_mode(mode)).unwrap();
        for path in [&config, &store, &logs, &path("data")] {
            set(path, 0o700);
        }
        assert!(places.exposed().is_empty());
        for (path, what) in [
            (&config, "the configuration"),
            (&store, "the certificate store"),
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
        // Of a path through a file nothing can be read.
        let beyond = config.join("beyond");
        let [exposed] = Places { store: Some(&beyond), ..places }.exposed().try_into().unwrap();
        let text = format!("who can change the certificate store, {}, can't be read: ", beyond.display());
        assert!(exposed.to_string().starts_with(&text), "{exposed}");
    }
}
