//! `--config`: the path of MSLSAM.ini.

use std::env;
use std::path::{Path, PathBuf};

use lsam_host_windows::config::default_path;

/// The environment variable that names the file in the absence of `--config`.
const VARIABLE: &str = "LSAM_CONFIG";

#[derive(clap::Args)]
pub(super) struct ConfigFile {
    /// The agent's MSLSAM.ini. If it is not given, the environment variable LSAM_CONFIG names the file, and
    /// otherwise it is MSLSAM.ini in C:\ProgramData\LSAM, on other systems in /etc/lsam.
    #[arg(long, value_name = "FILE", global = true)]
    config: Option<PathBuf>,
}

impl ConfigFile {
    /// The file that the command works on.
    pub(super) fn path(&self) -> PathBuf {
        let variable = || env::var_os(VARIABLE).filter(|path| !path.is_empty()).map(PathBuf::from);
        self.config.clone().or_else(variable).unwrap_or_else(default_path)
    }

    /// The file that was named on the command line.
    pub(super) fn named(&self) -> Option<&Path> {
        self.config.as_deref()
    }
}
