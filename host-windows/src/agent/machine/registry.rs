//! What Windows reports about the machine in its registry.

use windows_registry::{Key, LOCAL_MACHINE};

/// The values that the network settings, `winver` and the Task Manager show.
pub(super) struct System;

/// The first build called Windows 11; the registry still says 10.
const WINDOWS_11: u32 = 22_000;

const NETWORK: &str = r"SYSTEM\CurrentControlSet\Services\Tcpip\Parameters";
const WINDOWS: &str = r"SOFTWARE\Microsoft\Windows NT\CurrentVersion";
const PROCESSORS: &str = r"HARDWARE\DESCRIPTION\System\CentralProcessor";

impl System {
    pub(super) const fn open() -> Self {
        Self
    }

    pub(super) fn host_name(&self) -> Option<String> {
        text(NETWORK, "Hostname")
    }

    #[expect(clippy::unnecessary_wraps, reason = "on Linux it may be unknown")]
    pub(super) fn name(&self) -> Option<String> {
        Some("Windows".to_owned())
    }

    /// Version and build: `10 (17763)`, or `6.1 (7601)` before Windows 10, which introduced a value for the
    /// major version.
    pub(super) fn version(&self) -> Option<String> {
        let build = text(WINDOWS, "CurrentBuildNumber")?;
        let version = match build.parse() {
            Ok(WINDOWS_11..) => "11".to_owned(),
            _ => match key(WINDOWS)?.get_u32("CurrentMajorVersionNumber") {
                Ok(major) => major.to_string(),
                Err(_) => text(WINDOWS, "CurrentVersion")?,
            },
        };
        Some(format!("{version} ({build})"))
    }

    pub(super) fn cpu_model(&self) -> Option<String> {
        text(&format!(r"{PROCESSORS}\0"), "ProcessorNameString")
    }

    pub(super) fn cpu_count(&self) -> usize {
        let listed = key(PROCESSORS).and_then(|key| Some(key.keys().ok()?.count()));
        listed.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from))
    }
}

fn key(path: &str) -> Option<Key> {
    LOCAL_MACHINE.open(path).ok()
}

fn text(path: &str, name: &str) -> Option<String> {
    key(path)?.get_string(name).ok()
}
