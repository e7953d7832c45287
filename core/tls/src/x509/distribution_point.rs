//! Which certificates a revocation list covers: issuingDistributionPoint (RFC 5280 section 5.2.5) compared
//! with cRLDistributionPoints (section 4.2.1.13).

use super::certificate::Certificate;
use crate::der::{Der, DerError, tag};

/// The scope of a list. A list of full scope has no such extension.
#[derive(Clone, Debug, Default)]
pub(super) struct IssuingDistributionPoint<'a> {
    /// Whether revocations for other reasons are on another list.
    pub(super) only_some_reasons: bool,
    name: Option<PointName<'a>>,
    only_contains_user_certs: bool,
    only_contains_ca_certs: bool,
    only_contains_attribute_certs: bool,
    is_indirect: bool,
}

/// `DistributionPointName ::= CHOICE { fullName [0] GeneralNames, nameRelativeToCRLIssuer [1] … }`
#[derive(Clone, Copy, Debug)]
enum PointName<'a> {
    FullName(Der<'a>),
    RelativeToIssuer(Der<'a>),
}

/// ```text
/// IssuingDistributionPoint ::= SEQUENCE {
///     distributionPoint          [0] DistributionPointName OPTIONAL,
///     onlyContainsUserCerts      [1] BOOLEAN DEFAULT FALSE,
///     onlyContainsCACerts        [2] BOOLEAN DEFAULT FALSE,
///     onlySomeReasons            [3] ReasonFlags OPTIONAL,
///     indirectCRL                [4] BOOLEAN DEFAULT FALSE,
///     onlyContainsAttributeCerts [5] BOOLEAN DEFAULT FALSE }
/// ```
pub(super) fn parse(mut der: Der<'_>) -> Result<IssuingDistributionPoint<'_>, DerError> {
    let point = IssuingDistributionPoint {
        name: der.optional(tag::constructed(0))?.map(name).transpose()?,
        only_contains_user_certs: flag(&mut der, 1)?,
        only_contains_ca_certs: flag(&mut der, 2)?,
        only_some_reasons: der.optional(tag::context(3))?.is_some(),
        is_indirect: flag(&mut der, 4)?,
        only_contains_attribute_certs: flag(&mut der, 5)?,
    };
    der.end()?;
    Ok(point)
}

impl IssuingDistributionPoint<'_> {
    /// Whether the list covers only certificates of its own issuer.
    pub(super) const fn is_about_own_certificates(&self) -> bool {
        !self.is_indirect && !self.only_contains_attribute_certs
    }

    /// Whether `certificate`, of the same issuer as the list, is in its scope (RFC 5280 section 6.3.3, step
    /// b).
    ///
    /// A list for a named distribution point covers only certificates that name that point: the others may be
    /// on the list for another point.
    pub(super) fn covers(&self, certificate: &Certificate<'_>) -> bool {
        let is_excluded = self.only_contains_user_certs && certificate.is_authority()
            || self.only_contains_ca_certs && !certificate.is_authority();
        !is_excluded
            && self.name.is_none_or(|wanted| {
                let mut points = certificate.extensions().crl_distribution_points;
                core::iter::from_fn(|| points.sequence().ok())
                    .filter_map(point_of_issuer)
                    .any(|name| name.shares_one_with(wanted))
            })
    }
}

impl PointName<'_> {
    /// Whether one of the names is in `other`. The two kinds never match each other.
    fn shares_one_with(self, other: Self) -> bool {
        match (self, other) {
            (Self::FullName(mut names), Self::FullName(others)) => {
                core::iter::from_fn(|| names.element().ok()).any(|name| contains(others, name.whole))
            }
            (Self::RelativeToIssuer(name), Self::RelativeToIssuer(other)) => name.rest() == other.rest(),
            _ => false,
        }
    }
}

fn contains(mut names: Der<'_>, wanted: &[u8]) -> bool {
    core::iter::from_fn(|| names.element().ok()).any(|name| name.whole == wanted)
}

/// The name of a point, if it has lists of the certificate's own issuer.
///
/// ```text
/// DistributionPoint ::= SEQUENCE {
///     distributionPoint [0] DistributionPointName OPTIONAL,
///     reasons           [1] ReasonFlags OPTIONAL,
///     cRLIssuer         [2] GeneralNames OPTIONAL }
/// ```
fn point_of_issuer(mut point: Der<'_>) -> Option<PointName<'_>> {
    let name = point.optional(tag::constructed(0)).ok()??;
    point.optional(tag::context(1)).ok()?;
    // With cRLIssuer, its lists come from another issuer.
    if point.is_empty() { self::name(name).ok() } else { None }
}

fn name(mut der: Der<'_>) -> Result<PointName<'_>, DerError> {
    let error = der.error();
    let element = der.element()?;
    der.end()?;
    match element.tag {
        FULL_NAME => Ok(PointName::FullName(element.content)),
        RELATIVE_NAME => Ok(PointName::RelativeToIssuer(element.content)),
        _ => Err(error),
    }
}

const FULL_NAME: u8 = tag::constructed(0);
const RELATIVE_NAME: u8 = tag::constructed(1);

/// A BOOLEAN with DEFAULT FALSE and a context-specific tag.
fn flag(der: &mut Der<'_>, number: u8) -> Result<bool, DerError> {
    match der.optional(tag::context(number))? {
        None => Ok(false),
        Some(content) => match content.rest() {
            [0x00] => Ok(false),
            [0xff] => Ok(true),
            _ => Err(content.error()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scope_of_a_list_is_parsed() {
        let whole = parse(Der::new(&[])).unwrap();
        assert!(whole.name.is_none() && !whole.only_some_reasons && !whole.is_indirect);
        let point =
            parse(Der::new(b"\xa0\x05\xa0\x03\x86\x01a\x81\x01\xff\x83\x02\x06\x40\x84\x01\x00")).unwrap();
        assert!(matches!(point.name, Some(PointName::FullName(names)) if names.rest() == b"\x86\x01a"));
        assert!(point.only_contains_user_certs && point.only_some_reasons);
        assert!(!point.only_contains_ca_certs && !point.is_indirect && !point.only_contains_attribute_certs);
        for wrong in
            [&b"\x81\x01\x01"[..], b"\x82\x01\xff\x81\x01\xff", b"\xa0\x02\x86\x00", b"\xa0\x00", b"\x86\x00"]
        {
            assert!(parse(Der::new(wrong)).is_err(), "{wrong:02x?}");
        }
    }

    #[test]
    fn points_share_one_name() {
        let name = |der| name(Der::new(der)).unwrap();
        let a = name(b"\xa0\x03\x86\x01a");
        let ab = name(b"\xa0\x06\x86\x01b\x86\x01a");
        assert!(a.shares_one_with(ab) && ab.shares_one_with(a));
        assert!(!a.shares_one_with(name(b"\xa0\x03\x86\x01b")));
        assert!(!a.shares_one_with(name(b"\xa0\x03\x82\x01a")), "another kind of name");
        assert!(!a.shares_one_with(name(b"\xa1\x03\x86\x01a")));
        assert!(name(b"\xa1\x01a").shares_one_with(name(b"\xa1\x01a")));
    }

    #[test]
    fn points_of_other_issuers_are_ignored() {
        assert!(point_of_issuer(Der::new(b"\xa0\x05\xa0\x03\x86\x01a")).is_some());
        assert!(point_of_issuer(Der::new(b"\xa0\x05\xa0\x03\x86\x01a\x81\x02\x06\x40")).is_some());
        assert!(point_of_issuer(Der::new(b"\xa0\x05\xa0\x03\x86\x01a\xa2\x03\x82\x01x")).is_none());
        assert!(point_of_issuer(Der::new(b"\xa2\x03\x82\x01x")).is_none());
    }
}
