//! The names of the logs.

use std::fmt;

/// Which of the logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogName {
    /// What the agent does.
    Agent,
    /// The messages of the scheduling server.
    Trace,
    /// What JORS does.
    Jors,
}

impl LogName {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Agent, Self::Trace, Self::Jors];

    /// The name of its file, without `.log`.
    pub const fn file_stem(self) -> &'static str {
        match self {
            Self::Agent => "MSLSAM",
            Self::Trace => "MSLSAMTrace",
            Self::Jors => "MSJORS",
        }
    }
}

impl fmt::Display for LogName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.file_stem())
    }
}
