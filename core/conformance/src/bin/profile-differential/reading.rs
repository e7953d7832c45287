//! A file as core reads it; with rules, as Windows does.

use lsam_core::ini::{Item, Line, Malformed, Reader, Text, Value};

use crate::decoding::{to_units, to_utf8};
use crate::profile::{Profile, Wide};
use crate::rules::Rule;

/// What core's reader finds in a file, combined as for the settings: of two sections or two keys with the
/// same name the first counts, names are compared ignoring ASCII case, and what follows an unclosed header is
/// in no section.
pub(crate) struct Reading<'r> {
    rules: &'r [Rule],
    sections: Vec<Section>,
}

struct Section {
    name: Wide,
    /// Each key with its value, if there is a `=`.
    properties: Vec<(Wide, Option<Wide>)>,
}

impl<'r> Reading<'r> {
    /// Reads `file` as core does, and as Windows does where `rules` say so.
    pub(crate) fn new(file: &[u8], rules: &'r [Rule]) -> Self {
        let mut reading = Self { rules, sections: Vec::new() };
        // What precedes the first section is a section without a name.
        let mut inside = reading.has(Rule::NamelessSection);
        if inside {
            reading.sections.push(Section { name: Wide::new(), properties: Vec::new() });
        }
        for line in Reader::new(&to_utf8(file, rules)) {
            match line.item {
                Item::Section(name) => {
                    let name = to_units(reading.cut(name));
                    reading.sections.push(Section { name, properties: Vec::new() });
                    inside = true;
                }
                Item::Property { key, value, .. } if inside => reading.push(key, Some(value.raw())),
                Item::Malformed(Malformed::NoKey, line) if inside && reading.has(Rule::NoKey) => {
                    // Only the value matters: nobody asks for a key without a name.
                    reading.push(Text::default(), Some(line));
                }
                Item::Malformed(Malformed::NoEquals, line) if inside && reading.has(Rule::NoEquals) => {
                    reading.push(line, None);
                }
                Item::Malformed(Malformed::UnclosedSection, line) if reading.has(Rule::UnclosedSection) => {
                    // With a `=`, it is a property like any other, except for its name.
                    let line = [b"_", line.as_bytes()].concat();
                    if let Some(Line { item: Item::Property { key, value, .. }, .. }) =
                        Reader::new(&line).next()
                    {
                        reading.push(Text::new(&key.as_bytes()[1..]), Some(value.raw()));
                    }
                }
                Item::Malformed(Malformed::UnclosedSection, _) => inside = false,
                _ => {}
            }
        }
        reading
    }

    /// Adds a property to the last section.
    fn push(&mut self, key: Text<'_>, value: Option<Text<'_>>) {
        let name = to_units(self.cut(key));
        let value = value.map(|value| to_units(Value::new(self.cut(value).as_bytes()).text()));
        let Some(section) = self.sections.last_mut() else { return };
        // Windows ignores a key without a name after another one.
        if key.is_empty() && section.properties.last().is_some_and(|(last, _)| last.is_empty()) {
            return;
        }
        section.properties.push((name, value));
    }

    fn has(&self, rule: Rule) -> bool {
        self.rules.contains(&rule)
    }

    /// The text up to a zero, if zeros end it.
    fn cut<'t>(&self, text: Text<'t>) -> Text<'t> {
        let mut pieces = text.as_bytes().split(|byte| *byte == 0 && self.has(Rule::Zero));
        Text::new(pieces.next().unwrap_or_default())
    }

    fn section(&self, name: &[u16]) -> Option<&Section> {
        self.sections.iter().find(|section| same(&section.name, name))
    }
}

impl Profile for Reading<'_> {
    fn sections(&self) -> Vec<Wide> {
        let names = self.sections.iter().map(|section| section.name.clone());
        names.filter(|name| !(name.is_empty() && self.has(Rule::NamelessSection))).collect()
    }

    fn keys(&self, section: &[u16]) -> Vec<Wide> {
        let properties = self.section(section).map_or(&[] as &[_], |section| &section.properties);
        let names = properties.iter().filter(|(_, value)| value.is_some()).map(|(key, _)| key);
        // A list that begins with a blank name is taken for an empty one.
        if names.clone().next().is_some_and(Vec::is_empty) {
            return Vec::new();
        }
        names.filter(|name| !name.is_empty()).cloned().collect()
    }

    fn value(&self, section: &[u16], key: &[u16]) -> Option<Wide> {
        let mut properties = self.section(section)?.properties.iter();
        properties.find(|(name, _)| same(name, key)).and_then(|(_, value)| value.clone())
    }
}

/// Whether two names are equal.
fn same(one: &[u16], other: &[u16]) -> bool {
    let fold = |unit: &u16| u8::try_from(*unit).map_or(*unit, |byte| byte.to_ascii_lowercase().into());
    one.iter().map(fold).eq(other.iter().map(fold))
}
