//! What callgrind writes: functions, calls, and their costs in instructions.

use std::collections::{HashMap, HashSet};

use crate::Failure;

/// A profile.
#[derive(Debug, Default)]
pub(crate) struct Profile {
    /// All instructions that were counted.
    pub(crate) total: u64,
    names: HashMap<String, String>,
    /// Caller, callee and inclusive cost.
    calls: Vec<(String, String, u64)>,
}

impl Profile {
    /// Parses a file (valgrind's manual, "Callgrind Format Specification").
    ///
    /// # Errors
    /// When a line is not as the format has it, or nothing was counted.
    pub(crate) fn parse(text: &str) -> Result<Self, Failure> {
        let mut profile = Self::default();
        let (mut function, mut callee) = (String::new(), String::new());
        let mut lines = text.lines();
        while let Some(line) = lines.next() {
            if let Some(name) = line.strip_prefix("fn=") {
                function = profile.function(name);
            } else if let Some(name) = line.strip_prefix("cfn=") {
                callee = profile.function(name);
            } else if line.starts_with("calls=") {
                let cost =
                    lines.next().and_then(|line| line.split(' ').nth(1)).ok_or("a call without cost")?;
                profile.calls.push((function.clone(), callee.clone(), cost.parse()?));
            } else if let Some(total) = line.strip_prefix("totals: ") {
                profile.total = total.trim().parse()?;
            }
        }
        if profile.total == 0 { Err("nothing was counted".into()) } else { Ok(profile) }
    }

    /// The key of `(1) name`, which later is only `(1)`.
    fn function(&mut self, text: &str) -> String {
        let (key, name) = text.split_once(' ').unwrap_or((text, ""));
        if !name.is_empty() {
            self.names.insert(key.to_owned(), name.to_owned());
        }
        key.to_owned()
    }

    /// The instructions of a library, with all that it calls. `is_exported` knows the functions that others
    /// call by their names; a function that only the library calls belongs to it too.
    pub(crate) fn inside(&self, is_exported: impl Fn(&str) -> bool) -> u64 {
        let exported = self.names.iter().filter(|(_, name)| is_exported(name)).map(|(key, _)| key.as_str());
        let mut library: HashSet<&str> = exported.collect();
        loop {
            let called_from_outside: HashSet<&str> = self
                .calls
                .iter()
                .filter(|(caller, _, _)| !library.contains(caller.as_str()))
                .map(|(_, callee, _)| callee.as_str())
                .collect();
            let more: Vec<&str> = self
                .calls
                .iter()
                .filter(|(caller, callee, _)| {
                    library.contains(caller.as_str())
                        && !library.contains(callee.as_str())
                        && !called_from_outside.contains(callee.as_str())
                })
                .map(|(_, callee, _)| callee.as_str())
                .collect();
            if more.is_empty() {
                break;
            }
            library.extend(more);
        }
        let entries = self.calls.iter().filter(|(caller, callee, _)| {
            !library.contains(caller.as_str()) && library.contains(callee.as_str())
        });
        entries.map(|(_, _, cost)| cost).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cost_of_a_library_is_that_of_the_calls_into_it() {
        let text = "events: Ir\n\nfn=(1) main\n10 100\ncfn=(2) lib_open\ncalls=2 0\n11 50\ncfn=(3) memcpy\ncalls=1 0\n12 7\n\n\
                    fn=(2)\n1 30\ncfn=(4) internal\ncalls=1 0\n2 15\ncfn=(3)\ncalls=1 0\n3 5\n\nfn=(3)\n1 12\n\n\
                    fn=(4)\n1 9\ncfn=(5) lib_add\ncalls=1 0\n2 6\n\nfn=(5)\n1 6\n\ntotals: 157\n";
        let profile = Profile::parse(text).unwrap();
        assert_eq!((profile.total, profile.inside(|name| name.starts_with("lib_"))), (157, 50));
        assert!(Profile::parse("totals: 0").is_err());
    }
}
