//! The extensions of a certificate that affect trust (RFC 5280 section 4.2).

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::usage::{ExtendedKeyUsage, KeyUsage, Purpose};
use crate::der::{Der, DerError, Element, tag};

/// A name in the subjectAltName extension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SubjectAltName<'a> {
    /// A DNS name, possibly with a wildcard. Its syntax is not checked.
    DnsName(&'a str),
    /// An IP address.
    IpAddress(IpAddr),
}

/// The extensions, as far as they are supported.
#[derive(Clone, Debug, Default)]
pub(super) struct Extensions<'a> {
    pub(super) is_authority: bool,
    /// How many intermediates may be below it in a chain.
    pub(super) path_len: Option<u8>,
    pub(super) key_usage: Option<KeyUsage>,
    /// The content of the NameConstraints.
    pub(super) name_constraints: Option<Der<'a>>,
    /// Whether an extension that must be processed is not supported.
    pub(super) has_unknown_critical: bool,
    pub(super) subject_key_id: Option<&'a [u8]>,
    pub(super) authority_key_id: Option<&'a [u8]>,
    /// The content of the SEQUENCE OF DistributionPoint. Its entries are not checked. Empty if absent.
    pub(super) crl_distribution_points: Der<'a>,
    extended_key_usage: Option<ExtendedKeyUsage<'a>>,
    subject_alt_names: Option<Der<'a>>,
}

impl<'a> Extensions<'a> {
    /// Parses the content of the SEQUENCE OF Extension.
    ///
    /// ```text
    /// Extension ::= SEQUENCE {
    ///     extnID    OBJECT IDENTIFIER,
    ///     critical  BOOLEAN DEFAULT FALSE,
    ///     extnValue OCTET STRING }
    /// ```
    pub(super) fn parse(mut list: Der<'a>) -> Result<Self, DerError> {
        let mut extensions = Self::default();
        let mut seen = 0_u64;
        while !list.is_empty() {
            let error = list.error();
            let mut extension = list.sequence()?;
            let oid = extension.required(tag::OBJECT_IDENTIFIER)?.rest();
            let is_critical = extension.flag()?;
            let value = extension.required(tag::OCTET_STRING)?;
            extension.end()?;
            // id-ce is 2.5.29. All supported extensions are below it.
            let id = match oid {
                [0x55, 0x1d, id @ ..=63] => *id,
                _ => 0,
            };
            if id != 0 {
                // RFC 5280 section 4.2: no extension occurs twice.
                if seen >> id & 1 == 1 {
                    return Err(error);
                }
                seen |= 1 << id;
            }
            match id {
                14 => extensions.subject_key_id = Some(value.only(tag::OCTET_STRING)?.rest()),
                15 => extensions.key_usage = Some(KeyUsage::parse(value.only(tag::BIT_STRING)?)?),
                17 => {
                    let names = value.only(tag::SEQUENCE)?;
                    check_elements(names)?;
                    extensions.subject_alt_names = Some(names);
                }
                19 => extensions.read_basic_constraints(value.only(tag::SEQUENCE)?)?,
                30 => extensions.name_constraints = Some(value.only(tag::SEQUENCE)?),
                31 => extensions.crl_distribution_points = value.only(tag::SEQUENCE).unwrap_or_default(),
                35 => {
                    let mut id = value.only(tag::SEQUENCE)?;
                    extensions.authority_key_id = id.optional(tag::context(0))?.map(|id| id.rest());
                }
                // certificatePolicies, policyMappings and inhibitAnyPolicy. Any policy is acceptable here, so
                // they have no effect unless one is required (RFC 5280 section 6.1.1, steps c to f).
                32 | 33 | 54 => {}
                36 => {
                    // policyConstraints. The policies of a path are not computed, so requireExplicitPolicy is
                    // never satisfied, critical or not.
                    let requires_policy = value.only(tag::SEQUENCE)?.optional(tag::context(0))?.is_some();
                    extensions.has_unknown_critical |= requires_policy;
                }
                37 => {
                    let usages = ExtendedKeyUsage::parse(value.only(tag::SEQUENCE)?)?;
                    extensions.extended_key_usage = Some(usages);
                }
                _ => extensions.has_unknown_critical |= is_critical,
            }
        }
        Ok(extensions)
    }

    /// Whether the extended key usage is absent or includes `purpose`.
    pub(super) fn allows(&self, purpose: Purpose) -> bool {
        self.extended_key_usage.is_none_or(|usages| usages.includes(purpose))
    }

    pub(super) fn subject_alt_names(&self) -> impl Iterator<Item = SubjectAltName<'a>> + use<'a> {
        self.general_names().filter_map(|name| general_name(name.tag, name.content.rest()))
    }

    /// Every entry of subjectAltName, of any type.
    pub(super) fn general_names(&self) -> impl Iterator<Item = Element<'a>> + use<'a> {
        let mut names = self.subject_alt_names.unwrap_or_default();
        core::iter::from_fn(move || names.element().ok())
    }

    /// ```text
    /// BasicConstraints ::= SEQUENCE {
    ///     cA                BOOLEAN DEFAULT FALSE,
    ///     pathLenConstraint INTEGER (0..MAX) OPTIONAL }
    /// ```
    fn read_basic_constraints(&mut self, mut constraints: Der<'_>) -> Result<(), DerError> {
        self.is_authority = constraints.flag()?;
        if !constraints.is_empty() {
            let error = constraints.error();
            self.path_len = match constraints.integer()? {
                [0x80..=0xff, ..] => return Err(error),
                [len] => Some(*len),
                // Longer than any accepted chain.
                _ => Some(u8::MAX),
            };
        }
        constraints.end()
    }
}

/// Checks that the list consists of elements. The content of an entry of subjectAltName matters only when a
/// name of its type is looked up: otherwise a malformed entry does no harm.
fn check_elements(mut list: Der<'_>) -> Result<(), DerError> {
    while !list.is_empty() {
        list.element()?;
    }
    Ok(())
}

/// The tags of GeneralName (RFC 5280 section 4.2.1.6).
pub(super) const MAIL_ADDRESS: u8 = tag::context(1);
pub(super) const DNS_NAME: u8 = tag::context(2);
pub(super) const DIRECTORY_NAME: u8 = tag::constructed(4);
pub(super) const URI: u8 = tag::context(6);
pub(super) const IP_ADDRESS: u8 = tag::context(7);

fn general_name(tag: u8, content: &[u8]) -> Option<SubjectAltName<'_>> {
    match tag {
        DNS_NAME if content.is_ascii() => str::from_utf8(content).ok().map(SubjectAltName::DnsName),
        IP_ADDRESS => {
            let v4 = <[u8; 4]>::try_from(content).map(|bytes| IpAddr::V4(Ipv4Addr::from(bytes)));
            let v6 = <[u8; 16]>::try_from(content).map(|bytes| IpAddr::V6(Ipv6Addr::from(bytes)));
            v4.or(v6).ok().map(SubjectAltName::IpAddress)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use lsam_testing::der::tlv;

    use super::*;

    /// An extension with an identifier below id-ce.
    fn extension(id: u8, is_critical: bool, value: &[u8]) -> Vec<u8> {
        let critical: &[u8] = if is_critical { &[0x01, 0x01, 0xff] } else { &[] };
        tlv(0x30, &[&[0x06, 0x03, 0x55, 0x1d, id], critical, &tlv(0x04, value)].concat())
    }

    #[test]
    fn basic_constraints() {
        let parse = |value: &[u8]| {
            Extensions::parse(Der::new(&extension(19, true, value))).map(|e| (e.is_authority, e.path_len))
        };
        assert_eq!(parse(&[0x30, 0x00]), Ok((false, None)));
        assert_eq!(parse(&[0x30, 0x03, 0x01, 0x01, 0xff]), Ok((true, None)));
        assert_eq!(parse(&[0x30, 0x06, 0x01, 0x01, 0xff, 0x02, 0x01, 0x02]), Ok((true, Some(2))));
        assert_eq!(parse(&[0x30, 0x07, 0x01, 0x01, 0xff, 0x02, 0x02, 0x01, 0x00]), Ok((true, Some(255))));
        for wrong in [
            &[][..],
            &[0x30, 0x03, 0x01, 0x01, 0x01],
            &[0x30, 0x03, 0x02, 0x01, 0x80],
            &[0x30, 0x02, 0x05, 0x00],
        ] {
            assert!(parse(wrong).is_err(), "{wrong:02x?}");
        }
    }

    #[test]
    fn without_extended_key_usage_every_purpose_is_allowed() {
        let absent = Extensions::default();
        assert!(absent.allows(Purpose::Server) && absent.allows(Purpose::Client));
        assert!(Extensions::parse(Der::new(&extension(37, false, &[0x30, 0x00]))).is_err());
    }

    #[test]
    fn subject_alt_names() {
        let names = [
            &[0x82, 0x05, b'a', b'.', b'l', b'a', b'n'][..],
            &[0x81, 0x03, b'a', b'@', b'b'],
            &[0x87, 0x04, 10, 1, 2, 3],
            &[0x87, 0x10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
        ];
        let der = extension(17, false, &tlv(0x30, &names.concat()));
        let extensions = Extensions::parse(Der::new(&der)).unwrap();
        assert!(extensions.subject_alt_names().eq([
            SubjectAltName::DnsName("a.lan"),
            SubjectAltName::IpAddress(Ipv4Addr::new(10, 1, 2, 3).into()),
            SubjectAltName::IpAddress(Ipv6Addr::LOCALHOST.into()),
        ]));
        let wrong = extension(17, false, &tlv(0x30, &[0x82, 0x05, b'a']));
        assert!(Extensions::parse(Der::new(&wrong)).is_err());
    }

    #[test]
    fn a_malformed_entry_does_not_affect_the_others() {
        for wrong in [
            &[][..],
            &[0x87, 0x05, 1, 2, 3, 4, 5],
            &[0x87, 0x08, 10, 0, 0, 1, 255, 0, 0, 0],
            b"\x82\x02\xc3\xbc",
        ] {
            let names = [wrong, &[0x82, 0x01, b'a']].concat();
            let der = extension(17, false, &tlv(0x30, &names));
            let extensions = Extensions::parse(Der::new(&der)).unwrap();
            assert!(extensions.subject_alt_names().eq([SubjectAltName::DnsName("a")]), "{wrong:02x?}");
        }
    }

    #[test]
    fn key_identifiers() {
        let der = [
            extension(14, false, &[0x04, 0x02, 0xaa, 0xbb]),
            extension(35, false, &[0x30, 0x04, 0x80, 0x02, 0xcc, 0xdd]),
        ]
        .concat();
        let extensions = Extensions::parse(Der::new(&der)).unwrap();
        assert_eq!(extensions.subject_key_id, Some(&[0xaa, 0xbb][..]));
        assert_eq!(extensions.authority_key_id, Some(&[0xcc, 0xdd][..]));
    }

    #[test]
    fn no_extension_occurs_twice() {
        let der = extension(31, false, &[]).repeat(2);
        assert_eq!(Extensions::parse(Der::new(&der)).err(), Some(DerError { at: 9 }));
    }

    #[test]
    fn critical_ones_must_be_understood() {
        let has = |der: &[u8]| Extensions::parse(Der::new(der)).unwrap().has_unknown_critical;
        assert!(has(&extension(99, true, &[])));
        // nameConstraints, certificatePolicies, policyMappings and inhibitAnyPolicy.
        for id in [30, 32, 33, 54] {
            assert!(!has(&extension(id, true, &[0x30, 0x00])), "{id}");
        }
        // policyConstraints with requireExplicitPolicy, and with inhibitPolicyMapping only.
        for is_critical in [false, true] {
            assert!(has(&extension(36, is_critical, &[0x30, 0x03, 0x80, 0x01, 0x00])));
            assert!(!has(&extension(36, is_critical, &[0x30, 0x03, 0x81, 0x01, 0x00])));
        }
        let other_arc = tlv(0x30, &[0x06, 0x03, 0x55, 0x1e, 0x13, 0x01, 0x01, 0xff, 0x04, 0x00]);
        assert!(has(&other_arc));
    }
}
