//! From the lines of a file to settings.

use core::fmt;

use super::rules::{self, Place, Places};
use super::table::{Group, SECTIONS};
use super::{Configuration, Diagnostic, Problem, SETTINGS, Settings, Severity};
use crate::ini::{Item, Malformed, Position, Reader, Text, Value};

/// A file has errors, so that nothing of it is to be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Invalid {
    /// How many diagnostics were errors, at least one.
    pub errors: usize,
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.errors {
            1 => f.write_str("the file has an error and is not used"),
            errors => write!(f, "the file has {errors} errors and is not used"),
        }
    }
}

impl core::error::Error for Invalid {}

pub(super) fn parse<'a>(
    file: &'a [u8],
    report: &mut dyn FnMut(Diagnostic<'a>),
) -> Result<Configuration<'a>, Invalid> {
    let mut errors = 0;
    let mut report = |diagnostic: Diagnostic<'a>| {
        errors += usize::from(diagnostic.severity() == Severity::Error);
        report(diagnostic);
    };
    if matches!(file, [0xff, 0xfe, ..] | [0xfe, 0xff, ..]) {
        report(Diagnostic { at: Position { line: 1, column: 1 }, problem: Problem::Utf16 });
        return Err(Invalid { errors });
    }
    let mut parser = Parser {
        settings: Settings::BLANK,
        places: [None; SETTINGS.len()],
        sections: [None; SECTIONS.len()],
        current: Current::Outside,
        report: &mut report,
    };
    for event in Reader::new(file) {
        parser.line(event.at, event.item);
    }
    let Parser { mut settings, places, report, .. } = parser;
    for (setting, place) in SETTINGS.iter().zip(&places) {
        if !place.is_some_and(|place| place.accepted) {
            setting.store_default(&mut settings);
        }
    }
    rules::check(&settings, &places, report);
    if errors == 0 { Ok(Configuration { settings, places }) } else { Err(Invalid { errors }) }
}

struct Parser<'r, 'a> {
    settings: Settings<'a>,
    places: Places,
    /// The lines where the sections begin, in the order of [`SECTIONS`].
    sections: [Option<usize>; SECTIONS.len()],
    current: Current,
    report: &'r mut dyn FnMut(Diagnostic<'a>),
}

/// The section that a line stands in.
#[derive(Clone, Copy)]
enum Current {
    /// None has begun.
    Outside,
    /// One whose settings are read, and the place in it of the setting that comes next when the file has the order
    /// of the table, as most have: it is looked for there first.
    In(&'static Group, usize),
    /// One that has been reported as unknown or repeated.
    Skipped,
}

impl<'a> Parser<'_, 'a> {
    fn line(&mut self, at: Position, item: Item<'a>) {
        match item {
            Item::Section(name) => self.section(at, name),
            Item::Property { key, value, value_column } => {
                self.property(at, key, value, Position { column: value_column, ..at });
            }
            Item::Comment(_) | Item::Blank => {}
            Item::Malformed(reason, line) => {
                (self.report)(Diagnostic { at, problem: Problem::Malformed(reason, line) });
                if reason == Malformed::UnclosedSection {
                    // Its settings would be reported in the section above, where nobody looks for them.
                    self.current = Current::Skipped;
                }
            }
        }
    }

    fn section(&mut self, at: Position, name: Text<'a>) {
        let mut known = SECTIONS.iter().zip(&mut self.sections);
        self.current = match known.find(|(group, _)| name.is(group.section.name)) {
            Some((group, begins @ None)) => {
                *begins = Some(at.line);
                Current::In(group, 0)
            }
            Some((group, Some(first))) => {
                let problem = Problem::RepeatedSection { section: group.section, first: *first };
                (self.report)(Diagnostic { at, problem });
                Current::Skipped
            }
            None => {
                (self.report)(Diagnostic { at, problem: Problem::UnknownSection(name) });
                Current::Skipped
            }
        };
    }

    fn property(&mut self, at: Position, key: Text<'a>, value: Value<'a>, value_at: Position) {
        let (group, next) = match &mut self.current {
            Current::In(group, next) => (*group, next),
            Current::Outside => {
                (self.report)(Diagnostic { at, problem: Problem::NoSection(key) });
                return;
            }
            Current::Skipped => return,
        };
        let Some((n, setting)) = group.find(key, *next) else {
            let elsewhere = SETTINGS.iter().find(|setting| key.is(setting.key));
            let problem = Problem::UnknownKey { section: group.section, key, elsewhere };
            (self.report)(Diagnostic { at, problem });
            return;
        };
        *next = n + 1;
        // Always there: the table and the places have the same length.
        let Some(place) = self.places.get_mut(group.first + n) else { return };
        if let Some(first) = place {
            let problem = Problem::Repeated { setting, first: first.at.line };
            (self.report)(Diagnostic { at, problem });
            return;
        }
        let stored = setting.store(value.text(), &mut self.settings);
        *place = Some(Place { at: value_at, accepted: stored.is_ok() });
        if let Err(fault) = stored {
            let problem = Problem::Value { setting, value: value.text(), fault };
            (self.report)(Diagnostic { at: value_at, problem });
        }
    }
}
