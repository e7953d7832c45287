//! The name constraints of an authority, and the names below it (RFC 5280 section 4.2.1.10).
//!
//! Every type that the RFC defines constraints for is compared. A name that is malformed, or of a type without such a
//! definition, is refused as soon as its type is constrained.

use heapless::String;

use super::{
    Certificate, CertificateError, Name,
    distinguished_name::AttributeValue,
    extensions::{DIRECTORY_NAME, DNS_NAME, IP_ADDRESS, MAIL_ADDRESS, URI},
};
use crate::der::{Der, Element, tag};

/// How many names and constraints are compared for one path: the default of Go's crypto/x509. Only an authority whose
/// certificate was verified can ask for them.
pub(super) const MAX_COMPARISONS: u32 = 250_000;
/// The longest name of the subject that is compared (RFC 1035 section 2.3.4 has 255, RFC 5321 section 4.5.3.1.3 has 254).
const MAX_LEN: usize = 255;

/// ```text
/// NameConstraints ::= SEQUENCE {
///     permittedSubtrees [0] SEQUENCE OF GeneralSubtree OPTIONAL,
///     excludedSubtrees  [1] SEQUENCE OF GeneralSubtree OPTIONAL }
/// GeneralSubtree ::= SEQUENCE { base GeneralName, minimum [0] DEFAULT 0, maximum [1] OPTIONAL }
/// ```
pub(super) struct NameConstraints<'a, 'c> {
    permitted: Der<'a>,
    excluded: Der<'a>,
    comparisons_left: &'c mut u32,
}

impl<'a, 'c> NameConstraints<'a, 'c> {
    /// Takes the content of the extension.
    pub(super) fn parse(
        mut content: Der<'a>,
        comparisons_left: &'c mut u32,
    ) -> Result<Self, CertificateError> {
        let permitted = content.optional(tag::constructed(0))?.unwrap_or_default();
        let excluded = content.optional(tag::constructed(1))?.unwrap_or_default();
        content.end()?;
        Ok(Self { permitted, excluded, comparisons_left })
    }

    /// Checks every name in `certificate`. `is_server` when it is the certificate of a server, who may be known by the common
    /// name of its subject.
    pub(super) fn check(
        &mut self,
        certificate: &Certificate<'_>,
        is_server: bool,
    ) -> Result<(), CertificateError> {
        let subject = certificate.subject();
        if !subject.is_empty() {
            self.check_name(DIRECTORY_NAME, Some(subject.der()))?;
        }
        let alternatives = || certificate.extensions().general_names();
        for name in alternatives() {
            self.check_name(name.tag, Some(name.content.rest()))?;
        }
        if !alternatives().any(|name| name.tag == MAIL_ADDRESS) {
            for address in subject.attributes().filter_map(|attribute| attribute.mail_address()) {
                self.check_name(MAIL_ADDRESS, text(&address).as_deref().map(str::as_bytes))?;
            }
        }
        let common_name = subject.common_name().as_ref().and_then(text);
        match common_name.filter(|name| is_server && is_host(name)) {
            Some(name) => self.check_common_name(&name, |tag| alternatives().any(|name| name.tag == tag)),
            None => Ok(()),
        }
    }

    /// Checks the common name as what it can be taken for, unless there is an alternative name of that type: then it does not
    /// count as the name of a host. One that is written as an address is not compared, so that it keeps no constraint on
    /// addresses.
    fn check_common_name(&mut self, name: &str, has: impl Fn(u8) -> bool) -> Result<(), CertificateError> {
        match is_address(name.as_bytes()) {
            true if has(IP_ADDRESS) => Ok(()),
            false if has(DNS_NAME) => Ok(()),
            true => self.check_name(IP_ADDRESS, None),
            false => self.check_name(DNS_NAME, Some(name.as_bytes())),
        }
    }

    /// Checks a name with the tag of a GeneralName; none is one that cannot be compared.
    fn check_name(&mut self, tag: u8, name: Option<&[u8]>) -> Result<(), CertificateError> {
        let (mut is_limited, mut is_permitted) = (false, false);
        let mut permitted = self.permitted;
        while let Some(base) = self.next_base(&mut permitted, tag)? {
            is_limited = true;
            is_permitted |= is_within(tag, name, &base, false)?;
        }
        let mut excluded = self.excluded;
        while let Some(base) = self.next_base(&mut excluded, tag)? {
            if is_within(tag, name, &base, true)? {
                return Err(CertificateError::NameConstraint);
            }
        }
        if is_limited && !is_permitted { Err(CertificateError::NameConstraint) } else { Ok(()) }
    }

    /// The next subtree of names of the type of `tag`.
    fn next_base<'b>(
        &mut self,
        subtrees: &mut Der<'b>,
        tag: u8,
    ) -> Result<Option<Element<'b>>, CertificateError> {
        const NUMBER: u8 = 0x1f;
        while !subtrees.is_empty() {
            *self.comparisons_left =
                self.comparisons_left.checked_sub(1).ok_or(CertificateError::TooComplex)?;
            let mut subtree = subtrees.sequence()?;
            let base = subtree.element()?;
            // minimum must be 0, which DER leaves out, and maximum must be absent.
            subtree.end()?;
            if base.tag & NUMBER == tag & NUMBER {
                return Ok(Some(base));
            }
        }
        Ok(None)
    }
}

/// Whether `name` is in the subtree of `base`, both of one type. For a wildcard, whether one of the names for which it
/// stands is, when `is_excluded`, and otherwise whether all of them are.
fn is_within(
    tag: u8,
    name: Option<&[u8]>,
    base: &Element<'_>,
    is_excluded: bool,
) -> Result<bool, CertificateError> {
    const REFUSED: CertificateError = CertificateError::NameConstraint;
    let name = name.filter(|_| base.tag == tag).ok_or(REFUSED)?;
    let base = base.content.rest();
    match tag {
        DIRECTORY_NAME => Ok(Name::from_der(name)?.is_within(&Name::from_der(base)?)),
        DNS_NAME if is_printable(name) => Ok(is_dns_name_within(name, base, is_excluded)),
        MAIL_ADDRESS if is_printable(name) => is_mail_address_within(name, base).ok_or(REFUSED),
        URI if is_printable(name) => Ok(is_host_within(host_of(name).ok_or(REFUSED)?, base)),
        IP_ADDRESS => is_address_within(name, base).ok_or(REFUSED),
        _ => Err(REFUSED),
    }
}

fn is_printable(name: &[u8]) -> bool {
    name.iter().all(u8::is_ascii_graphic)
}

fn is_dns_name_within(name: &[u8], base: &[u8], is_excluded: bool) -> bool {
    let name = name.strip_suffix(b".").unwrap_or(name);
    if let Some(parent) = name.strip_prefix(b"*.").filter(|_| is_excluded) {
        let mut labels = base.splitn(2, |byte| *byte == b'.');
        let (first, rest) = (labels.next().unwrap_or_default(), labels.next());
        if !first.is_empty() && rest.is_some_and(|rest| rest.eq_ignore_ascii_case(parent)) {
            return true;
        }
    }
    base.is_empty() || name.eq_ignore_ascii_case(base) || is_below(name, base)
}

/// Whether `name` is `base` with labels before it. A dot at the start of `base` is the one between them.
fn is_below(name: &[u8], base: &[u8]) -> bool {
    let base = base.strip_prefix(b".").unwrap_or(base);
    let Some((labels, end)) = name.len().checked_sub(base.len()).and_then(|at| name.split_at_checked(at))
    else {
        return false;
    };
    labels.len() > 1 && labels.ends_with(b".") && end.eq_ignore_ascii_case(base)
}

/// Constraints on hosts: a dot at the start is for the hosts of a domain, without one it is that very host.
fn is_host_within(host: &[u8], base: &[u8]) -> bool {
    match base {
        [] => true,
        [b'.', ..] => is_below(host, base),
        _ => host.eq_ignore_ascii_case(base),
    }
}

/// The local part counts with its case, the host without. None when `name` is no address.
fn is_mail_address_within(name: &[u8], base: &[u8]) -> Option<bool> {
    let (local, host) = mailbox(name)?;
    Some(match mailbox(base) {
        Some((base_local, base_host)) => local == base_local && host.eq_ignore_ascii_case(base_host),
        None => is_host_within(host, base),
    })
}

/// What is before and after the last `@`.
fn mailbox(address: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = address.iter().rposition(|byte| *byte == b'@')?;
    let (local, host) = (address.get(..at)?, address.get(at + 1..)?);
    (!local.is_empty() && !host.is_empty()).then_some((local, host))
}

/// The host in a URI (RFC 3986 section 3.2). None when there is none, or an address in place of a name.
fn host_of(uri: &[u8]) -> Option<&[u8]> {
    let at = uri.windows(3).position(|bytes| bytes == b"://")?;
    let authority = before(uri.get(at + 3..)?, |byte| matches!(byte, b'/' | b'?' | b'#'));
    let user = authority.iter().rposition(|byte| *byte == b'@').map_or(0, |at| at + 1);
    let host_and_port = authority.get(user..)?;
    let host = before(host_and_port, |byte| byte == b':');
    (!host.is_empty() && !host.starts_with(b"[") && !is_address(host)).then_some(host)
}

/// What is before the first byte that `ends` it.
fn before(bytes: &[u8], ends: impl Fn(u8) -> bool) -> &[u8] {
    let end = bytes.iter().position(|byte| ends(*byte)).unwrap_or(bytes.len());
    bytes.get(..end).unwrap_or_default()
}

/// Whether a host is written as an address: no name ends in a label of digits only.
fn is_address(host: &[u8]) -> bool {
    let mut last = host.iter().rev().take_while(|byte| **byte != b'.').peekable();
    host.contains(&b':') || (last.peek().is_some() && last.all(u8::is_ascii_digit))
}

/// `base` is an address and a mask, each as long as `name`. None when one has a length that no address has.
fn is_address_within(name: &[u8], base: &[u8]) -> Option<bool> {
    let (address, mask) = base.split_at_checked(base.len() / 2)?;
    if !matches!(name.len(), 4 | 16) || !matches!(base.len(), 8 | 32) {
        return None;
    }
    let mut bytes = name.iter().zip(address).zip(mask);
    Some(name.len() == address.len() && bytes.all(|((name, address), mask)| name & mask == address & mask))
}

/// The characters of an attribute. None when they are not ASCII or too many for a host or an address.
fn text(value: &AttributeValue<'_>) -> Option<String<MAX_LEN>> {
    let mut text = String::new();
    for c in value.chars()? {
        text.push(Some(c).filter(char::is_ascii)?).ok()?;
    }
    Some(text)
}

/// Whether a common name could be that of a host, and is no prose.
fn is_host(name: &str) -> bool {
    name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '*' | ':'))
}
