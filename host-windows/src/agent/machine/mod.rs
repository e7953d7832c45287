//! The machine that the agent runs on.

#[cfg(not(windows))]
mod files;
#[cfg(windows)]
mod registry;

use std::env::consts::ARCH;

#[cfg(not(windows))]
use files::System;
#[cfg(windows)]
use registry::System;

/// Facts about the machine, which do not change while the agent runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Machine {
    /// Its network name.
    pub host_name: String,
    /// The kind of operating system: `Windows`, `Debian GNU/Linux`.
    pub os_type: String,
    /// The version of the operating system.
    pub os_version: String,
    /// The architecture of the processors.
    pub cpu_type: String,
    /// The model of the processors.
    pub cpu_model: String,
    /// The number of processors; each thread of a core counts.
    pub cpu_count: u32,
}

impl Machine {
    /// Queries the operating system. Anything that it does not report is "unknown".
    pub fn read() -> Self {
        let known = |text: Option<String>| {
            let text = text.map(|text| text.trim().to_owned());
            text.filter(|text| !text.is_empty()).unwrap_or_else(|| "unknown".to_owned())
        };
        let system = System::open();
        Self {
            host_name: known(system.host_name()),
            os_type: known(system.name()),
            os_version: known(system.version()),
            cpu_type: ARCH.to_owned(),
            cpu_model: known(system.cpu_model()),
            cpu_count: u32::try_from(system.cpu_count()).unwrap_or(u32::MAX),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_is_known() {
        let machine = Machine::read();
        assert_eq!(machine.cpu_type, ARCH);
        assert!(machine.cpu_count >= 1);
        assert_ne!(machine.os_type, "unknown");
        assert_ne!(machine.os_version, "unknown");
        assert_ne!(machine.host_name, "unknown");
    }
}
