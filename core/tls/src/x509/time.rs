//! The two encodings of time in X.509 (RFC 5280 section 4.1.2.5).

use crate::UnixTime;
use crate::der::{Der, DerError, tag};

/// Parses a `Time`. A time before 1970 becomes second 0, which is also in the past.
pub(super) fn time(der: &mut Der<'_>) -> Result<UnixTime, DerError> {
    let error = der.error();
    let element = der.element()?;
    let seconds = match element.tag {
        tag::UTC_TIME => utc_time(element.content.rest()),
        tag::GENERALIZED_TIME => generalized_time(element.content.rest()),
        _ => None,
    };
    seconds.map(UnixTime).ok_or(error)
}

/// YYMMDDHHMMSSZ. Years from 50 on are in the twentieth century.
fn utc_time(text: &[u8]) -> Option<u64> {
    let (year, rest) = text.split_first_chunk::<2>()?;
    let year = two_digits(*year)?;
    seconds(if year < 50 { 2000 + year } else { 1900 + year }, rest)
}

/// YYYYMMDDHHMMSSZ
fn generalized_time(text: &[u8]) -> Option<u64> {
    let ([a, b, c, d], rest) = text.split_first_chunk::<4>()?;
    seconds(two_digits([*a, *b])? * 100 + two_digits([*c, *d])?, rest)
}

/// The seconds since 1970 of a time in `year`. `rest` is its text from the month on.
fn seconds(year: u32, rest: &[u8]) -> Option<u64> {
    let rest: [u8; 11] = rest.try_into().ok()?;
    let [a, b, c, d, e, f, g, h, i, j, b'Z'] = rest else { return None };
    let (month, day) = (two_digits([a, b])?, two_digits([c, d])?);
    let (hour, minute, second) = (two_digits([e, f])?, two_digits([g, h])?, two_digits([i, j])?);
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days_in_month = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if is_leap => 29,
        2 => 28,
        _ => return None,
    };
    if day < 1 || day > days_in_month || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    // Years are counted from March, which makes a leap day the last day of its year. From 1 March of year 0
    // it is 306 days to 1 January of year 1, and 719,468 days to 1970.
    let (year, months) = if month > 2 { (year, month - 3) } else { (year.checked_sub(1)?, month + 9) };
    let days = year * 365 + year / 4 - year / 100 + year / 400 + (months * 153 + 2) / 5 + day - 1;
    let of_day = (hour * 60 + minute) * 60 + second;
    Some(days.checked_sub(719_468).map_or(0, |days| u64::from(days) * 86_400 + u64::from(of_day)))
}

fn two_digits([tens, ones]: [u8; 2]) -> Option<u32> {
    let digit = |c: u8| if c.is_ascii_digit() { Some(u32::from(c - b'0')) } else { None };
    Some(digit(tens)? * 10 + digit(ones)?)
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use super::*;

    fn parse(tag: u8, text: &str) -> Option<u64> {
        let der: Vec<u8> = [&[tag, text.len().try_into().unwrap()], text.as_bytes()].concat();
        let mut der = Der::new(&der);
        time(&mut der).ok().map(|time| time.0)
    }

    #[test]
    fn both_forms_give_seconds_since_1970() {
        // The numbers come from `date -u -d … +%s`.
        for (text, seconds) in [
            ("700101000000Z", 0),
            ("700101000001Z", 1),
            ("991231235959Z", 946_684_799),
            ("000229120000Z", 951_825_600),
            ("491231235959Z", 2_524_607_999),
            ("260301000000Z", 1_772_323_200),
            ("500101000000Z", 0),
        ] {
            assert_eq!(parse(tag::UTC_TIME, text), Some(seconds), "{text}");
        }
        for (text, seconds) in [
            ("20500101000000Z", 2_524_608_000),
            ("21000228235959Z", 4_107_542_399),
            ("21000301000000Z", 4_107_542_400),
            ("99991231235959Z", 253_402_300_799),
            ("00010101000000Z", 0),
        ] {
            assert_eq!(parse(tag::GENERALIZED_TIME, text), Some(seconds), "{text}");
        }
    }

    #[test]
    fn what_der_does_not_allow_is_rejected() {
        for text in [
            "",
            "2601010000Z",
            "260101000000",
            "260101000000+0000",
            "260001000000Z",
            "261301000000Z",
            "260132000000Z",
            "260431000000Z",
            "270229000000Z",
            "260101240000Z",
            "260101006000Z",
            "260101000060Z",
            "26010100000aZ",
            "20260101000000Z",
        ] {
            assert_eq!(parse(tag::UTC_TIME, text), None, "{text}");
        }
        for text in ["20260101000000.5Z", "260101000000Z", "21000229000000Z", "00000101000000Z"] {
            assert_eq!(parse(tag::GENERALIZED_TIME, text), None, "{text}");
        }
        assert_eq!(parse(tag::OCTET_STRING, "260101000000Z"), None);
    }
}
