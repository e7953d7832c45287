//! What Linux reports about the machine in files: os-release(5), and the files of /proc in proc(5).

use std::fs;

pub(super) struct System {
    host_name: Option<String>,
    kernel_version: Option<String>,
    release: String,
    processors: String,
}

impl System {
    pub(super) fn open() -> Self {
        let read = |path: &str| fs::read_to_string(path).ok();
        Self {
            host_name: read("/proc/sys/kernel/hostname"),
            kernel_version: read("/proc/sys/kernel/osrelease"),
            release: read("/etc/os-release").or_else(|| read("/usr/lib/os-release")).unwrap_or_default(),
            processors: read("/proc/cpuinfo").unwrap_or_default(),
        }
    }

    pub(super) fn host_name(&self) -> Option<String> {
        self.host_name.clone()
    }

    pub(super) fn name(&self) -> Option<String> {
        self.release("NAME").or_else(|| Some(std::env::consts::OS.to_owned()))
    }

    /// For a distribution without versions, the version of its kernel.
    pub(super) fn version(&self) -> Option<String> {
        self.release("VERSION_ID").or_else(|| self.kernel_version.clone())
    }

    pub(super) fn cpu_model(&self) -> Option<String> {
        self.processors("model name").next().map(str::to_owned)
    }

    /// Includes processors that this process may not run on.
    pub(super) fn cpu_count(&self) -> usize {
        match self.processors("processor").count() {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            count => count,
        }
    }

    /// A value of os-release, which follows shell syntax: quoted if it contains blanks.
    fn release(&self, name: &str) -> Option<String> {
        let mut fields = self.release.lines().filter_map(|line| line.split_once('='));
        let (_, value) = fields.find(|(key, _)| *key == name)?;
        Some(value.trim_matches(['"', '\'']).to_owned())
    }

    /// The values of a field of cpuinfo, one for each processor.
    fn processors(&self, name: &str) -> impl Iterator<Item = &str> {
        let fields = self.processors.lines().filter_map(|line| line.split_once(':'));
        fields.filter(move |(key, _)| key.trim_end() == name).map(|(_, value)| value.trim_start())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROCESSORS: &str = "processor\t: 0\nvendor_id\t: GenuineIntel\n\
                              model name\t: Intel(R) Xeon(R) @ 2.10GHz\n\nprocessor\t: 1\n\
                              model name\t: Intel(R) Xeon(R) @ 2.10GHz\n\n";

    fn system(release: &str, processors: &str) -> System {
        System {
            host_name: Some("agent\n".to_owned()),
            kernel_version: Some("6.1.0-18-amd64\n".to_owned()),
            release: release.to_owned(),
            processors: processors.to_owned(),
        }
    }

    #[test]
    fn a_distribution_and_its_processors_are_read() {
        let release = "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nNAME=\"Debian GNU/Linux\"\n\
                       VERSION_ID='12'\nID=debian\n";
        let system = system(release, PROCESSORS);
        assert_eq!(system.name().unwrap(), "Debian GNU/Linux");
        assert_eq!(system.version().unwrap(), "12");
        assert_eq!(system.cpu_model().unwrap(), "Intel(R) Xeon(R) @ 2.10GHz");
        assert_eq!(system.cpu_count(), 2);
    }

    #[test]
    fn what_the_files_do_not_say_is_taken_from_elsewhere_or_unknown() {
        let system = system("NAME=Arch\n", "");
        assert_eq!(system.name().unwrap(), "Arch");
        assert_eq!(system.version().unwrap(), "6.1.0-18-amd64\n");
        assert_eq!(system.cpu_model(), None);
        assert!(system.cpu_count() >= 1);
        assert_eq!(System { release: String::new(), ..system }.name().unwrap(), std::env::consts::OS);
    }
}
