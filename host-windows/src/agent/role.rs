//! The services of an agent.

use std::fmt;

use crate::log::LogName;

/// One of the two services. Both run the same program with the same certificate and settings, each on its own
/// port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The agent, which takes the scheduling server's commands. Port: SocketNumberToSAM.
    Agent,
    /// The job output retrieval system, which shows the output of jobs. Port: JORSSocket. So far, it only
    /// answers requests for the machine status.
    Jors,
}

impl Role {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Agent, Self::Jors];

    /// The display name of the service, if DisplayServiceName is `agent`: for "SMA OpCon Agent for Microsoft"
    /// also "SMA OpCon JORS for Microsoft", so that the two services of each instance have different names.
    pub fn display_name(self, agent: &str) -> String {
        match self {
            Self::Agent => agent.to_owned(),
            Self::Jors if agent.split(' ').any(|word| word == "Agent") => {
                let words = agent.split(' ').map(|word| if word == "Agent" { "JORS" } else { word });
                words.collect::<Vec<_>>().join(" ")
            }
            Self::Jors => format!("{agent} JORS"),
        }
    }

    /// Its log.
    pub const fn log_name(self) -> LogName {
        match self {
            Self::Agent => LogName::Agent,
            Self::Jors => LogName::Jors,
        }
    }

    /// Section and key of its port setting.
    pub(crate) const fn port_setting(self) -> (&'static str, &'static str) {
        match self {
            Self::Agent => ("TCP/IP Parameters", "SocketNumberToSAM"),
            Self::Jors => ("JORS Settings", "JORSSocket"),
        }
    }
}

/// For use in a sentence.
impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Agent => "the agent",
            Self::Jors => "JORS",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_services_of_an_instance_have_two_names() {
        for (agent, jors) in [
            ("SMA OpCon Agent for Microsoft", "SMA OpCon JORS for Microsoft"),
            ("SMA OpCon Agent for Microsoft 2", "SMA OpCon JORS for Microsoft 2"),
            ("Nightly Agents", "Nightly Agents JORS"),
        ] {
            assert_eq!(Role::Agent.display_name(agent), agent);
            assert_eq!(Role::Jors.display_name(agent), jors);
        }
    }
}
