//! When two names are the same (RFC 5280 section 7.1), without a copy of either.
//!
//! Authorities rewrite a name when they change their software: another string type, other capitals, a blank more. So values
//! are compared by caseIgnoreMatch over their characters. Of the preparation of RFC 4518, what needs the large tables of
//! Unicode is left out: letters that are composed of several characters, and the case of scripts beside Latin-1, Greek
//! and Cyrillic. Such values are equal when they are written alike.

use super::{Attribute, AttributeValue, Name, attributes};
use crate::der::Der;

/// How many attributes one part may have to be compared in any order. Parts with more, which no authority makes, are
/// compared by their encoding, so that the work stays proportional to the length of a name.
const MAX_IN_A_PART: usize = 8;

impl PartialEq for Name<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.der == other.der || common_parts(*self, *other) == Some((true, true))
    }
}

impl Eq for Name<'_> {}

impl Name<'_> {
    /// Whether this name is `base` or lies below it (RFC 5280 section 4.2.1.10).
    pub(in crate::x509) fn is_within(&self, base: &Self) -> bool {
        matches!(common_parts(*self, *base), Some((_, true)))
    }
}

/// Compares the parts that both names have, the most general first. None when two differ, otherwise whether nothing is left
/// of each.
fn common_parts(left: Name<'_>, right: Name<'_>) -> Option<(bool, bool)> {
    let (mut lefts, mut rights) = (left.relative_names(), right.relative_names());
    loop {
        match (lefts.next(), rights.next()) {
            (Some(left), Some(right)) if is_same_part(left, right) => {}
            (Some(_), Some(_)) => return None,
            (left, right) => return Some((left.is_none(), right.is_none())),
        }
    }
}

/// Whether each attribute of one part has an equal one in the other, which has as many.
fn is_same_part(left: Der<'_>, right: Der<'_>) -> bool {
    if left.rest() == right.rest() {
        return true;
    }
    let count = attributes(left).take(MAX_IN_A_PART + 1).count();
    count <= MAX_IN_A_PART
        && attributes(right).take(MAX_IN_A_PART + 1).count() == count
        && has_all_of(left, right)
        && has_all_of(right, left)
}

fn has_all_of(part: Der<'_>, other: Der<'_>) -> bool {
    attributes(other).all(|wanted| attributes(part).any(|attribute| is_same_attribute(&attribute, &wanted)))
}

fn is_same_attribute(left: &Attribute<'_>, right: &Attribute<'_>) -> bool {
    left.oid == right.oid && (left.value.der == right.value.der || is_same_text(&left.value, &right.value))
}

fn is_same_text(left: &AttributeValue<'_>, right: &AttributeValue<'_>) -> bool {
    match (exact(left), exact(right)) {
        (Some(left), Some(right)) => folded(left).eq(folded(right)),
        _ => false,
    }
}

/// The characters of a text that is read without loss. What is none is the same only with the same encoding.
fn exact<'a>(value: &AttributeValue<'a>) -> Option<impl Iterator<Item = char> + use<'a>> {
    value.chars().filter(|chars| chars.clone().all(|c| c != char::REPLACEMENT_CHARACTER))
}

/// In lower case, without spaces at the ends and with single ones between words (RFC 4518 sections 2.2 and 2.6.1).
pub(super) fn folded(chars: impl Iterator<Item = char>) -> impl Iterator<Item = char> {
    let mut chars = chars.skip_while(|c| c.is_whitespace()).peekable();
    core::iter::from_fn(move || {
        let c = chars.next()?;
        if !c.is_whitespace() {
            return Some(to_lower(c));
        }
        // `next_if` would bring a panic into the images of firmware.
        while chars.peek().is_some_and(|c| c.is_whitespace()) {
            chars.next();
        }
        chars.peek().map(|_| ' ')
    })
}

/// The small letter of a capital one, by ranges: Unicode's table of all letters would take 10 KiB of flash.
fn to_lower(c: char) -> char {
    let distance = match c {
        'A'..='Z' | 'À'..='Ö' | 'Ø'..='Þ' | 'Α'..='Ρ' | 'Σ'..='Ϋ' | 'А'..='Я' => 32,
        'Ѐ'..='Џ' => 80,
        _ => 0,
    };
    char::from_u32(u32::from(c) + distance).unwrap_or(c)
}
