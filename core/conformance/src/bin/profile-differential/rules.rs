//! Where core reads otherwise than Windows on purpose. What is in none of these rules fails the check.
//!
//! The page about the configuration holds them as a table; a test here compares the two.

use std::fmt;

/// A rule, by what it is about.
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
    /// All of them.
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

    /// What there is in a file, what Windows makes of it, and what the agent does and why.
    const fn text(self) -> [&'static str; 3] {
        match self {
            Self::NoMark => [
                "UTF-8 without a byte order mark",
                "reads it in the ANSI code page: `ü` is `Ã¼`",
                "reads UTF-8, as editors write it today; what is not UTF-8 is Windows-1252",
            ],
            Self::NotUtf8 => [
                "bytes that are not UTF-8, behind its byte order mark",
                "reads a replacement character, U+FFFD",
                "reads the text that they stand in as Windows-1252, which is what wrote them as a rule",
            ],
            Self::HalfOfPair => [
                "half of a surrogate pair in UTF-16",
                "keeps it",
                "reads U+FFFD: it is no character, and can't be written in a log",
            ],
            Self::Zero => [
                "a zero in a name or a value",
                "drops it and what follows it",
                "reads all of it; a file with a zero is damaged, and is no configuration",
            ],
            Self::NamelessSection => [
                "`[]`, a section without a name",
                "does not list it, and finds none of its keys",
                "reads it as a section that it does not know, and warns",
            ],
            Self::UnclosedSection => [
                "`[` without `]`",
                "passes over it, or takes it for a key when there is a `=`; the keys that follow count for the section above",
                "says that it is an error, and counts those keys for no section",
            ],
            Self::NoKey => [
                "`=` without a key before it",
                "takes it for a key without a name; a section that begins with it has an empty list of keys",
                "warns of the line, and reads the others",
            ],
            Self::NoEquals => [
                "a line without `=`",
                "takes it for a key without a value; a later `key=value` of that name does not count",
                "warns of the line, and reads the value; as the last line without a line end it is an error",
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
