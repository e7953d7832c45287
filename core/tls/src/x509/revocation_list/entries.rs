//! The entries of a revocation list (RFC 5280 section 5.1.2.6).

use super::super::{error::UnknownRevocation, serial::without_leading_zeros};
use super::extensions::Extension;
use crate::der::{Der, DerError, tag};

/// CRLReason removeFromCRL (RFC 5280 section 5.3.1).
const REMOVE_FROM_CRL: u8 = 8;

/// Whether the encoded serial number `serial` is among `entries`.
///
/// The search is linear and ends when it is found. If it is not found, every entry must have been understood
/// (RFC 5280 section 5.3).
pub(super) fn contains(
    mut entries: Der<'_>,
    serial: &[u8],
    is_delta: bool,
) -> Result<bool, UnknownRevocation> {
    let serial = without_leading_zeros(serial);
    let mut is_understood = true;
    while !entries.is_empty() {
        let entry = Entry::parse(&mut entries)?;
        let is_taken_back = entry.removes && is_delta;
        if without_leading_zeros(entry.serial) == serial && !is_taken_back {
            return Ok(true);
        }
        is_understood &= !entry.has_unknown_critical;
    }
    if is_understood { Ok(false) } else { Err(UnknownRevocation::UnsupportedExtension) }
}

/// One entry.
struct Entry<'a> {
    serial: &'a [u8],
    /// Whether it cancels an entry of an earlier list: removeFromCRL, which only a delta list may contain.
    removes: bool,
    has_unknown_critical: bool,
}

impl<'a> Entry<'a> {
    fn parse(entries: &mut Der<'a>) -> Result<Self, DerError> {
        let mut entry = entries.sequence()?;
        let serial = entry.required(tag::INTEGER)?.rest();
        // revocationDate: whatever its value, the certificate is revoked.
        entry.element()?;
        let mut extensions = match entry.optional(tag::SEQUENCE)? {
            Some(extensions) => extensions,
            None => Der::new(&[]),
        };
        entry.end()?;
        let (mut removes, mut has_unknown_critical) = (false, false);
        while !extensions.is_empty() {
            let extension = Extension::parse(&mut extensions)?;
            match extension.id {
                // reasonCode (RFC 5280 section 5.3.1).
                Some(21) => removes = extension.value.only(tag::ENUMERATED)?.rest() == [REMOVE_FROM_CRL],
                // holdInstructionCode and invalidityDate. certificateIssuer is only for indirect lists.
                Some(23 | 24) => {}
                _ => has_unknown_critical |= extension.is_critical,
            }
        }
        Ok(Self { serial, removes, has_unknown_critical })
    }
}
