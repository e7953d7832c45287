//! When two names are equal (RFC 5280 section 7.1), decided without a copy of either.
//!
//! An authority that changes its software may write its name differently: with another string type, other
//! capitals, one space more. Therefore values are compared by caseIgnoreMatch over their characters.

use super::attribute::{Attribute, AttributeValue, attributes};
use super::folding::folded;
use crate::der::{Der, tag};

/// Maximum number of attributes in one part that are compared in any order. Parts with more, which no
/// authority issues, are compared by their encoding, to keep the work proportional to the length of a name.
const MAX_IN_A_PART: usize = 8;

/// Compares the parts that two names have in common, the most general first. None if two differ, otherwise
/// whether each name ends there.
pub(super) fn common_parts(mut left: Der<'_>, mut right: Der<'_>) -> Option<(bool, bool)> {
    loop {
        match (left.required(tag::SET), right.required(tag::SET)) {
            (Ok(left), Ok(right)) if is_same_part(left, right) => {}
            (Ok(_), Ok(_)) => return None,
            (left, right) => return Some((left.is_err(), right.is_err())),
        }
    }
}

/// Whether two parts have equally many attributes, and each has an equal one in the other part.
fn is_same_part(left: Der<'_>, right: Der<'_>) -> bool {
    if left.rest() == right.rest() {
        return true;
    }
    let count = |part| attributes(part).count();
    has_all_of(left, right)
        && has_all_of(right, left)
        && count(left) == count(right)
        && count(left) <= MAX_IN_A_PART
}

/// Whether `part` has all of the first attributes of `other`, to the extent that they are compared.
fn has_all_of(part: Der<'_>, other: Der<'_>) -> bool {
    let compared = |part| attributes(part).take(MAX_IN_A_PART);
    compared(other).all(|wanted| compared(part).any(|attribute| is_same_attribute(&attribute, &wanted)))
}

fn is_same_attribute(left: &Attribute<'_>, right: &Attribute<'_>) -> bool {
    left.oid == right.oid && (left.value.der == right.value.der || is_same_text(&left.value, &right.value))
}

fn is_same_text(left: &AttributeValue<'_>, right: &AttributeValue<'_>) -> bool {
    let (Some(left), Some(right)) = (left.chars(), right.chars()) else { return false };
    // Text that was decoded with a loss is equal only if its encoding is.
    folded(left.clone()).eq(folded(right)) && !left.into_iter().any(|c| c == char::REPLACEMENT_CHARACTER)
}
