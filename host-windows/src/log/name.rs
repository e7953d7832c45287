//! The names of the logs.

use std::fmt;

/// One of the logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogName {
    /// For what the agent does.
    Agent,
    /// For the messages of the scheduling server.
    Trace,
    /// For what JORS does.
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
