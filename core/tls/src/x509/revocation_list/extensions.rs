//! The extensions of a revocation list, and of its entries (RFC 5280 sections 5.2 and 5.3).

use super::super::distribution_point::{self, IssuingDistributionPoint};
use crate::der::{Der, DerError, tag};

/// The supported parts of crlExtensions (RFC 5280 section 5.2).
#[derive(Clone, Debug, Default)]
pub(super) struct Extensions<'a> {
    pub(super) is_delta: bool,
    pub(super) issuing_distribution_point: Option<IssuingDistributionPoint<'a>>,
    pub(super) has_unknown_critical: bool,
    /// The values of issuingDistributionPoint and authorityKeyIdentifier, by which a successor is recognized.
    pub(super) scope: Option<&'a [u8]>,
    pub(super) key_id: Option<&'a [u8]>,
}

impl<'a> Extensions<'a> {
    pub(super) fn parse(mut list: Der<'a>) -> Result<Self, DerError> {
        let mut extensions = Self::default();
        while !list.is_empty() {
            let error = list.error();
            let extension = Extension::parse(&mut list)?;
            match extension.id {
                // issuerAltName and cRLNumber do not limit what the list covers, nor does
                // authorityKeyIdentifier.
                Some(18 | 20) => {}
                Some(35) => extensions.key_id = Some(extension.value.rest()),
                Some(27) => extensions.is_delta = true,
                Some(28) => {
                    extensions.scope = Some(extension.value.rest());
                    let point = distribution_point::parse(extension.value.only(tag::SEQUENCE)?)?;
                    if extensions.issuing_distribution_point.replace(point).is_some() {
                        return Err(error);
                    }
                }
                _ => extensions.has_unknown_critical |= extension.is_critical,
            }
        }
        Ok(extensions)
    }
}

/// An extension of a list or of one of its entries.
pub(super) struct Extension<'a> {
    /// The last part of its object identifier, if that is below id-ce (2.5.29).
    pub(super) id: Option<u8>,
    pub(super) is_critical: bool,
    pub(super) value: Der<'a>,
}

impl<'a> Extension<'a> {
    pub(super) fn parse(list: &mut Der<'a>) -> Result<Self, DerError> {
        let mut extension = list.sequence()?;
        let id = match extension.required(tag::OBJECT_IDENTIFIER)?.rest() {
            [0x55, 0x1d, id] => Some(*id),
            _ => None,
        };
        let is_critical = extension.flag()?;
        let value = extension.required(tag::OCTET_STRING)?;
        extension.end()?;
        Ok(Self { id, is_critical, value })
    }
}
