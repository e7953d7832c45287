//! The questions about a file, and the answers.

use std::collections::BTreeMap;

/// Text in Windows: UTF-16 code units.
pub(crate) type Wide = Vec<u16>;

/// A file as read by somebody. Names are compared ignoring case.
pub(crate) trait Profile {
    /// The names of the sections, in the order of the file.
    fn sections(&self) -> Vec<Wide>;

    /// The names of the keys in a section.
    fn keys(&self, section: &[u16]) -> Vec<Wide>;

    /// The value of a key in a section, without quotes.
    fn value(&self, section: &[u16], key: &[u16]) -> Option<Wide>;
}

/// Sections to ask for, each with its keys.
pub(crate) struct Questions(BTreeMap<Wide, Vec<Wide>>);

/// A [`Profile`]'s answers to [`Questions`].
#[derive(PartialEq, Eq)]
pub(crate) struct Answers {
    sections: Vec<Wide>,
    keys: BTreeMap<Wide, Vec<Wide>>,
    values: BTreeMap<(Wide, Wide), Option<Wide>>,
}

impl Questions {
    /// Questions about everything that one of `profiles` finds in a file, and about what is not there.
    pub(crate) fn about(profiles: &[&dyn Profile]) -> Self {
        let absent = || "absent".encode_utf16().collect::<Wide>();
        let mut questions = BTreeMap::from([(absent(), vec![absent()])]);
        for section in profiles.iter().flat_map(|profile| profile.sections()).filter_map(askable) {
            let keys = profiles.iter().flat_map(|profile| profile.keys(&section)).filter_map(askable);
            let keys = keys.filter(|key| !key.is_empty()).chain([absent()]).collect();
            questions.insert(section, keys);
        }
        Self(questions)
    }

    /// Asks them.
    pub(crate) fn ask(&self, profile: &dyn Profile) -> Answers {
        let keys = self.0.keys().map(|section| (section.clone(), profile.keys(section)));
        let pairs = self.0.iter().flat_map(|(section, keys)| keys.iter().map(move |key| (section, key)));
        let values =
            pairs.map(|(section, key)| ((section.clone(), key.clone()), profile.value(section, key)));
        Answers { sections: profile.sections(), keys: keys.collect(), values: values.collect() }
    }
}

impl Answers {
    /// The number of questions.
    pub(crate) fn len(&self) -> usize {
        1 + self.keys.len() + self.values.len()
    }

    /// Shows where these answers of Windows differ from those `expected`.
    pub(crate) fn print_differences(&self, expected: &Self) {
        let list = |texts: &[Wide]| texts.iter().map(|text| shown(text)).collect::<Vec<_>>().join(", ");
        if self.sections != expected.sections {
            println!(
                "  sections: Windows has {}; expected {}",
                list(&self.sections),
                list(&expected.sections)
            );
        }
        for ((section, keys), expected) in self.keys.iter().zip(expected.keys.values()) {
            if keys != expected {
                println!(
                    "  keys of {}: Windows has {}; expected {}",
                    shown(section),
                    list(keys),
                    list(expected)
                );
            }
        }
        let value = |value: &Option<Wide>| value.as_ref().map_or("none".into(), |value| shown(value));
        for (((section, key), theirs), expected) in self.values.iter().zip(expected.values.values()) {
            if theirs != expected {
                let (section, key) = (shown(section), shown(key));
                println!("  {key} in {section}: Windows has {}; expected {}", value(theirs), value(expected));
            }
        }
    }
}

/// A name in the form of a question: it ends at the first zero. Blanks at its ends can't be asked for,
/// because Windows removes them.
fn askable(name: Wide) -> Option<Wide> {
    let name: Wide = name.into_iter().take_while(|unit| *unit != 0).collect();
    let blank = |unit: Option<&u16>| matches!(unit, Some(0x20 | 0x09 | 0x0b | 0x0c | 0x1a));
    (!blank(name.first()) && !blank(name.last())).then_some(name)
}

fn shown(text: &[u16]) -> String {
    format!("{:?}", String::from_utf16_lossy(text))
}
