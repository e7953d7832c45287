//! The certificates and revocation lists of PKCS#7, the form in which authorities distribute chains (RFC 5652
//! section 5.1). Such a file has no signature, or a meaningless one: its contents are trusted no more than
//! those of any other file.

use super::der::{CONTEXT_0, CONTEXT_1, Element, INTEGER, SEQUENCE};
use super::error::ItemError;

const SIGNED_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2];
const SET: u8 = 0x31;

/// The elements in the ContentInfo `element` that are, or may be, certificates and lists.
pub(super) fn certificates_and_lists<'d>(element: &Element<'d>) -> Result<Vec<Element<'d>>, ItemError> {
    let mut rest = element.content;
    let (Some(kind), Some(content)) = (Element::take(&mut rest), Element::take(&mut rest)) else {
        return Err(MALFORMED);
    };
    if kind.content != SIGNED_DATA {
        return Err(ItemError::Pkcs7("it is encrypted or holds other data, and no chain of certificates"));
    }
    let mut rest = Element::expect(&mut &*content.content, SEQUENCE).ok_or(MALFORMED)?.content;
    let start = [INTEGER, SET, SEQUENCE].map(|tag| Element::expect(&mut rest, tag));
    if start.iter().any(Option::is_none) {
        return Err(MALFORMED);
    }
    let mut found = Vec::new();
    for tag in [CONTEXT_0, CONTEXT_1] {
        if let Some(set) = Element::expect(&mut rest, tag) {
            found.extend(set.children().ok_or(MALFORMED)?);
        }
    }
    if found.is_empty() {
        Err(ItemError::Pkcs7("there is no certificate and no revocation list in it"))
    } else {
        Ok(found)
    }
}

const MALFORMED: ItemError = ItemError::Pkcs7("it is damaged");
