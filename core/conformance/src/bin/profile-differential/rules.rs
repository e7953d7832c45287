//! Where core deliberately reads files differently from Windows. Any other difference fails the check.
//!
//! The configuration page contains them as a table; a test here compares the two.

use std::fmt;

/// A difference, named by its cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Rule {
    NoMark,
    NotUtf8,
    HalfOfPair,
    Zero,
    NamelessSection,
    UnclosedSection,
    NoKey,
    NoEquals,
}

impl Rule {
    /// All rules.
    pub(crate) const ALL: [Self; 8] = [
        Self::NoMark,
        Self::NotUtf8,
        Self::HalfOfPair,
        Self::Zero,
        Self::NamelessSection,
        Self::UnclosedSection,
        Self::NoKey,
        Self::NoEquals,
    ];

    /// What is in a file, what Windows does with it, and what the agent does and why.
    const fn text(self) -> [&'static str; 3] {
        match self {
            Self::NoMark => [
                "UTF-8 without a byte order mark",
                "read in the ANSI code page: `ü` becomes `Ã¼`",
                "read as UTF-8, as editors write it today; text that is not UTF-8 is Windows-1252",
            ],
            Self::NotUtf8 => [
                "bytes that are not UTF-8, after a UTF-8 byte order mark",
                "read as U+FFFD, the replacement character",
                "the name or value is read as Windows-1252, the usual origin of such bytes",
            ],
            Self::HalfOfPair => [
                "half of a surrogate pair in UTF-16",
                "kept",
                "read as U+FFFD: it is not a character and can't be written to a log",
            ],
            Self::Zero => [
                "a NUL in a name or a value",
                "dropped, with everything after it",
                "read, but a file with a NUL is damaged and is rejected",
            ],
            Self::NamelessSection => [
                "`[]`, a section without a name",
                "not listed, and its keys are not found",
                "read as an unknown section, with a warning",
            ],
            Self::UnclosedSection => [
                "`[` without `]`",
                "ignored, or read as a key if there is a `=`; the keys that follow belong to the section \
                 above",
                "an error; the keys that follow belong to no section",
            ],
            Self::NoKey => [
                "`=` without a key before it",
                "read as a key without a name; a section that begins with it has an empty list of keys",
                "a warning; the other lines are read",
            ],
            Self::NoEquals => [
                "a line without `=`",
                "read as a key without a value; a later `key=value` of that name is ignored",
                "a warning, and the later value is read; an error if it is the last line and has no line end",
            ],
        }
    }
}

impl fmt::Display for Rule {
    /// A row of the table.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "| {} |", self.text().join(" | "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_has_a_row_for_each_rule_and_no_other() {
        let page = include_str!("../../../../../docs/src/configuration.md");
        let (_, table) = page.split_once("| in the file | Windows | the agent |\n|---|---|---|\n").unwrap();
        let rows: Vec<&str> = table.lines().take_while(|line| line.starts_with('|')).collect();
        assert_eq!(rows, Rule::ALL.map(|rule| rule.to_string()));
    }
}
