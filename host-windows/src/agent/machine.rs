//! The machine that the agent runs on.

use std::env::consts::ARCH;

use sysinfo::{CpuRefreshKind, RefreshKind, System};

/// What is known of the machine; it does not change while the agent runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Machine {
    /// Its name in the network.
    pub host_name: String,
    /// The kind of operating system: `Windows`, `Debian GNU/Linux`.
    pub os_type: String,
    /// The version of the operating system.
    pub os_version: String,
    /// The architecture of the processors.
    pub cpu_type: String,
    /// The model of the processors.
    pub cpu_model: String,
    /// How many processors there are, each thread of a core counted.
    pub cpu_count: u32,
}

impl Machine {
    /// Asks the operating system. What it does not tell is "unknown".
    pub fn read() -> Self {
        let unknown = || "unknown".to_owned();
        let processors = RefreshKind::nothing().with_cpu(CpuRefreshKind::nothing());
        let system = System::new_with_specifics(processors);
        let cpus = system.as_ref().map(System::cpus).unwrap_or_default();
        let model = cpus.first().map(|cpu| cpu.brand().trim().to_owned());
        Self {
            host_name: System::host_name().unwrap_or_else(|_| unknown()),
            os_type: System::name().unwrap_or_else(|_| unknown()),
            os_version: System::os_version()
                .or_else(|_| System::kernel_version())
                .unwrap_or_else(|_| unknown()),
            cpu_type: ARCH.to_owned(),
            cpu_model: model.filter(|model| !model.is_empty()).unwrap_or_else(unknown),
            cpu_count: u32::try_from(cpus.len()).unwrap_or(u32::MAX),
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
        assert_ne!(machine.host_name, "unknown");
    }
}
