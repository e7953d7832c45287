//! Parsing a file into settings.

use core::fmt;

use memchr::memchr;

use super::check::check;
use super::configuration::{Place, Places};
use super::table::{Group, SECTIONS};
use super::{Configuration, Diagnostic, Problem, SETTINGS, Setting, Settings, Severity, nearest};
use crate::ini::{Item, Line, Malformed, Position, Reader, Text, Value};

impl<'a> Settings<'a> {
    /// Parses `file`, a whole MSLSAM.ini in UTF-8 or Windows-1252, and passes each problem to `report`: first
    /// those in single lines, in order, then settings that contradict each other. [`Configuration::parse`]
    /// also says where each value comes from.
    ///
    /// # Errors
    /// [`Invalid`] if at least one problem is an [error](Severity::Error); in that case, nothing in the file
    /// may be used. A missing [required](Setting::required) setting is an error: the file was emptied, cut
    /// off or damaged.
    pub fn parse(file: &'a [u8], report: impl FnMut(Diagnostic<'a>)) -> Result<Self, Invalid> {
        Configuration::parse(file, report).map(|configuration| configuration.settings)
    }

    /// Parses some lines of a file like [`parse`](Self::parse), but required settings may be missing. Never
    /// serve with such settings: in a file that was cut off, the lost settings have their defaults.
    ///
    /// # Errors
    /// [`Invalid`] if at least one problem is an [error](Severity::Error).
    pub fn parse_part(lines: &'a [u8], mut report: impl FnMut(Diagnostic<'a>)) -> Result<Self, Invalid> {
        parse(lines, Extent::Part, &mut report).map(|configuration| configuration.settings)
    }
}

/// The documented defaults.
impl Default for Settings<'_> {
    fn default() -> Self {
        let mut settings = Self::BLANK;
        for setting in SETTINGS {
            setting.store_default(&mut settings);
        }
        settings
    }
}

impl<'a> Configuration<'a> {
    /// Parses `file` as [`Settings::parse`] does.
    ///
    /// # Errors
    /// [`Invalid`] if at least one problem is an [error](Severity::Error).
    pub fn parse(file: &'a [u8], mut report: impl FnMut(Diagnostic<'a>)) -> Result<Self, Invalid> {
        parse(file, Extent::Whole, &mut report)
    }
}

/// The file has errors, and nothing in it may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Invalid {
    /// The number of errors among the diagnostics, at least one.
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

/// How much of a file is parsed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Extent {
    /// All of it: required settings must be present.
    Whole,
    /// Only some lines.
    Part,
}

fn parse<'a>(
    file: &'a [u8],
    extent: Extent,
    report: &mut dyn FnMut(Diagnostic<'a>),
) -> Result<Configuration<'a>, Invalid> {
    let mut errors = 0;
    let mut report = |diagnostic: Diagnostic<'a>| {
        errors += usize::from(diagnostic.severity() == Severity::Error);
        report(diagnostic);
    };
    if let Some(diagnostic) = unreadable(file) {
        report(diagnostic);
        return Err(Invalid { errors });
    }
    let mut parser = Parser {
        settings: Settings::BLANK,
        places: [None; SETTINGS.len()],
        sections: [None; SECTIONS.len()],
        current: Current::Outside,
        report: &mut report,
    };
    let mut last = Position { line: 1, column: 1 };
    let mut lines = Reader::new(file);
    while let Some(Line { at, item }) = lines.next() {
        let has_end = lines.offset() < file.len() || matches!(file.last(), Some(b'\n' | b'\r'));
        parser.line(at, item, has_end);
        last.line = at.line;
    }
    if extent == Extent::Whole {
        parser.report_missing(last);
    }
    let Parser { mut settings, places, report, .. } = parser;
    for (setting, place) in SETTINGS.iter().zip(&places) {
        if !place.is_some_and(|place| place.accepted) {
            setting.store_default(&mut settings);
        }
    }
    check(&settings, &places, report);
    if errors == 0 { Ok(Configuration { settings, places }) } else { Err(Invalid { errors }) }
}

/// The reason if the file can't be read at all.
fn unreadable(file: &[u8]) -> Option<Diagnostic<'_>> {
    let at = Position { line: 1, column: 1 };
    if matches!(file, [0xff, 0xfe, ..] | [0xfe, 0xff, ..]) {
        return Some(Diagnostic { at, problem: Problem::Utf16 });
    }
    memchr(0, file)?;
    let mut lines = Reader::new(file);
    loop {
        let begin = lines.offset();
        let line = lines.next()?.at.line;
        if let Some(n) = file.get(begin..lines.offset()).and_then(|bytes| memchr(0, bytes)) {
            return Some(Diagnostic { at: Position { line, column: n + 1 }, problem: Problem::Nul });
        }
    }
}

struct Parser<'r, 'a> {
    settings: Settings<'a>,
    places: Places,
    /// The lines where the sections begin, in the order of [`SECTIONS`].
    sections: [Option<usize>; SECTIONS.len()],
    current: Current,
    report: &'r mut dyn FnMut(Diagnostic<'a>),
}

/// The section that a line belongs to.
#[derive(Clone, Copy)]
enum Current {
    /// No section has begun.
    Outside,
    /// A section whose settings are read, and the index of the setting that comes next if the file is in the
    /// order of the table, as most are. That one is tried first.
    In(&'static Group, usize),
    /// A section that was reported as repeated; nothing in it is read.
    Repeated(&'static Group),
    /// A section that was reported as unknown or malformed.
    Skipped,
}

impl<'a> Parser<'_, 'a> {
    fn line(&mut self, at: Position, item: Item<'a>, has_end: bool) {
        match item {
            Item::Section(name) => self.section(at, name),
            Item::Property { key, value, value_column } => {
                self.property(at, key, value, Position { column: value_column, ..at });
            }
            Item::Comment(_) | Item::Blank => {}
            Item::Malformed(Malformed::NoEquals, line) if !has_end => {
                (self.report)(Diagnostic { at, problem: Problem::CutShort(line) });
            }
            Item::Malformed(reason, line) => {
                let separates = |byte: &u8| matches!(byte, b' ' | b'\t' | b':');
                let name = line.as_bytes().split(separates).next().unwrap_or_default();
                self.report_unread(at, Text::new(name), Some(Problem::Malformed(reason, line)));
                if reason == Malformed::UnclosedSection {
                    // Otherwise its settings would be reported under the section above, where nobody looks
                    // for them.
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
                Current::Repeated(group)
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
            Current::Outside => return self.report_unread(at, key, Some(Problem::NoSection(key))),
            Current::Repeated(group) => {
                let group = *group;
                let known = group.find(key, 0);
                let first = known.and_then(|(n, setting)| {
                    let place = self.places.get(group.first + n).copied().flatten();
                    Some((setting, place?))
                });
                return match first {
                    Some(first) => self.report_second(at, first, value, None),
                    None => self.report_unread(at, key, None),
                };
            }
            Current::Skipped => return self.report_unread(at, key, None),
        };
        let Some((n, setting)) = group.find(key, *next) else {
            let elsewhere = SETTINGS.iter().find(|setting| key.is(setting.key));
            let problem = Problem::UnknownKey { section: group.section, key, elsewhere };
            return self.report_unread(at, key, Some(problem));
        };
        *next = n + 1;
        // Always present: the table and the places have the same length.
        let Some(place) = self.places.get_mut(group.first + n) else { return };
        if let Some(first) = *place {
            let problem = Problem::Repeated { setting, first: first.at.line };
            return self.report_second(at, (setting, first), value, Some(problem));
        }
        let stored = setting.store(value.text(), &mut self.settings);
        *place = Some(Place { at: value_at, accepted: stored.is_ok() });
        if let Err(fault) = stored {
            let problem = Problem::Value { setting, value: value.text(), fault };
            (self.report)(Diagnostic { at: value_at, problem });
        }
    }

    /// Reports a line whose property `name` is not read: as an error if it was meant to guard access,
    /// otherwise as `problem`, if any.
    fn report_unread(&mut self, at: Position, name: Text<'a>, problem: Option<Problem<'a>>) {
        let guard = nearest::guard(name).map(|meant| Problem::Unread { name, meant });
        if let Some(problem) = guard.or(problem) {
            (self.report)(Diagnostic { at, problem });
        }
    }

    /// Reports a second value of a setting: as an error if the setting guards access and the values differ,
    /// otherwise as `problem`, if any.
    fn report_second(
        &mut self,
        at: Position,
        (setting, first): (&'static Setting, Place),
        value: Value<'a>,
        problem: Option<Problem<'a>>,
    ) {
        let mut second = Settings::BLANK;
        let is_same = setting.store(value.text(), &mut second).is_ok()
            && second.value(setting) == self.settings.value(setting);
        let contradicted = Problem::Contradicted { setting, first: first.at.line };
        let contradicted = (setting.guards && !is_same).then_some(contradicted);
        if let Some(problem) = contradicted.or(problem) {
            (self.report)(Diagnostic { at, problem });
        }
    }

    /// Reports at the last line which required settings the file lacks.
    fn report_missing(&mut self, at: Position) {
        if self.sections.iter().all(Option::is_none) {
            (self.report)(Diagnostic { at, problem: Problem::NoKnownSection });
            return;
        }
        for (setting, place) in SETTINGS.iter().zip(&self.places) {
            if setting.required && place.is_none() {
                (self.report)(Diagnostic { at, problem: Problem::Missing(setting) });
            }
        }
    }
}
