//! Preparing characters for caseIgnoreMatch (RFC 4518).
//!
//! Anything that would need Unicode's large tables is omitted: composed characters, and the case of scripts
//! other than Latin-1, Greek and Cyrillic. Such values match only if they are written identically.

/// Lower case, no spaces at the ends, single spaces between words (RFC 4518 sections 2.2 and 2.6.1).
pub(super) fn folded(chars: impl Iterator<Item = char>) -> impl Iterator<Item = char> {
    let mut chars = chars.skip_while(|c| c.is_whitespace()).peekable();
    core::iter::from_fn(move || {
        let c = chars.next()?;
        if !c.is_whitespace() {
            return Some(to_lower(c));
        }
        // `next_if` would add a code path that can panic to firmware.
        while chars.peek().is_some_and(|c| c.is_whitespace()) {
            chars.next();
        }
        chars.peek().map(|_| ' ')
    })
}

/// The lower case of a letter, by ranges: Unicode's full table would take 10 KiB of flash.
fn to_lower(c: char) -> char {
    let distance = match c {
        'A'..='Z' | 'À'..='Ö' | 'Ø'..='Þ' | 'Α'..='Ρ' | 'Σ'..='Ϋ' | 'А'..='Я' => 32,
        'Ѐ'..='Џ' => 80,
        _ => 0,
    };
    char::from_u32(u32::from(c) + distance).unwrap_or(c)
}
