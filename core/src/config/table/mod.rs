//! The table of settings, one file per part of MSLSAM.ini. Nothing else describes a setting.

mod debug;
mod events;
mod general;
mod jors;
mod process_creation;
mod smaft;
mod tcp_ip;

use super::{Section, Setting};
use crate::ini::Text;

/// The parts of the table, in the order of the file. The settings of a section are adjacent.
const PARTS: [&[Setting]; 7] = [
    general::SETTINGS,
    tcp_ip::SETTINGS,
    process_creation::SETTINGS,
    debug::SETTINGS,
    jors::SETTINGS,
    smaft::SETTINGS,
    events::SETTINGS,
];

/// Every setting, in the order of the file.
pub const SETTINGS: &[Setting] = &joined::<{ count_settings() }>();

impl Setting {
    /// The setting `key` of `section`, if there is one.
    pub fn find(section: &str, key: &str) -> Option<&'static Self> {
        SETTINGS.iter().find(|setting| setting.is(section, key))
    }
}

/// The settings of one section.
pub(super) struct Group {
    pub(super) section: &'static Section,
    /// The index of its first setting in [`SETTINGS`].
    pub(super) first: usize,
    pub(super) settings: &'static [Setting],
}

impl Group {
    /// The setting `key` with its index in the group; the index `next` is tried first.
    pub(super) fn find(&self, key: Text<'_>, next: usize) -> Option<(usize, &'static Setting)> {
        let is = |(_, setting): &(usize, &Setting)| key.is(setting.key);
        let guess = self.settings.get(next).map(|setting| (next, setting)).filter(is);
        guess.or_else(|| (0..).zip(self.settings).find(is))
    }
}

/// Every section, in the order of the file.
pub(super) const SECTIONS: &[Group] = &grouped::<{ count_sections() }>();

const fn count_settings() -> usize {
    let mut count = 0;
    let mut parts = PARTS.as_slice();
    while let [part, rest @ ..] = parts {
        count += part.len();
        parts = rest;
    }
    count
}

#[expect(clippy::panic, reason = "only the compiler can reach it")]
const fn joined<const N: usize>() -> [Setting; N] {
    let [[first, ..], ..] = PARTS else { panic!("the table is empty") };
    let mut all = [*first; N];
    let mut open = all.as_mut_slice();
    let mut parts = PARTS.as_slice();
    while let [part, rest @ ..] = parts {
        let (filled, after) = open.split_at_mut(part.len());
        filled.copy_from_slice(part);
        open = after;
        parts = rest;
    }
    all
}

const fn count_sections() -> usize {
    let mut count = 0;
    let mut rest = SETTINGS;
    while let [setting, ..] = rest {
        (_, rest) = rest.split_at(leading(rest, setting.section));
        count += 1;
    }
    count
}

const fn grouped<const N: usize>() -> [Group; N] {
    let mut groups = [const { Group { section: &Section::NONE, first: 0, settings: &[] } }; N];
    let mut open = groups.as_mut_slice();
    let mut rest = SETTINGS;
    while let ([setting, ..], [group, after @ ..]) = (rest, open) {
        let (settings, others) = rest.split_at(leading(rest, setting.section));
        *group = Group { section: setting.section, first: SETTINGS.len() - rest.len(), settings };
        open = after;
        rest = others;
    }
    groups
}

/// How many of the first `settings` belong to `section`.
const fn leading(settings: &[Setting], section: &Section) -> usize {
    let mut rest = settings;
    while let [setting, after @ ..] = rest
        && setting.section.name.eq_ignore_ascii_case(section.name)
    {
        rest = after;
    }
    settings.len() - rest.len()
}
