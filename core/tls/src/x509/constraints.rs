//! The name constraints of an authority, and the names below it (RFC 5280 section 4.2.1.10).
//!
//! Constraints apply to every type of name for which the RFC defines them. Once a type is constrained, a name
//! of that type is rejected if it is malformed or if the RFC does not define how constraints apply to it.

use heapless::String;

use super::{
    budget::Budget,
    certificate::Certificate,
    distinguished_name::{AttributeValue, Name},
    error::CertificateError,
    extensions::{DIRECTORY_NAME, DNS_NAME, IP_ADDRESS, MAIL_ADDRESS, URI},
};
use crate::der::{Der, Element, tag};

/// Longest name in the subject that is compared (255 in RFC 1035 section 2.3.4, 254 in RFC 5321 section
/// 4.5.3.1.3).
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
    budget: &'c mut Budget,
}

impl<'a, 'c> NameConstraints<'a, 'c> {
    /// Parses the content of the extension.
    pub(super) fn parse(mut content: Der<'a>, budget: &'c mut Budget) -> Result<Self, CertificateError> {
        let permitted = content.optional(tag::constructed(0))?.unwrap_or_default();
        let excluded = content.optional(tag::constructed(1))?.unwrap_or_default();
        content.end()?;
        Ok(Self { permitted, excluded, budget })
    }

    /// Checks every name in `certificate`. For a server (`is_server`), the common name of the subject is
    /// checked too, since clients may identify the server by it.
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

    /// Checks the common name as the type of name that it could be mistaken for, unless there is an
    /// alternative name of that type, which takes precedence. A common name that looks like an address is
    /// never compared: it violates every constraint on addresses.
    fn check_common_name(&mut self, name: &str, has: impl Fn(u8) -> bool) -> Result<(), CertificateError> {
        match is_address(name.as_bytes()) {
            true if has(IP_ADDRESS) => Ok(()),
            false if has(DNS_NAME) => Ok(()),
            true => self.check_name(IP_ADDRESS, None),
            false => self.check_name(DNS_NAME, Some(name.as_bytes())),
        }
    }

    /// Checks a name with the tag of a GeneralName. `name` is None if it cannot be compared.
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

    /// The next subtree for names with this tag.
    fn next_base<'b>(
        &mut self,
        subtrees: &mut Der<'b>,
        tag: u8,
    ) -> Result<Option<Element<'b>>, CertificateError> {
        const NUMBER: u8 = 0x1f;
        while !subtrees.is_empty() {
            self.budget.compare()?;
            let mut subtree = subtrees.sequence()?;
            let base = subtree.element()?;
            // minimum must be 0, which DER omits, and maximum must be absent.
            subtree.end()?;
            if base.tag & NUMBER == tag & NUMBER {
                return Ok(Some(base));
            }
        }
        Ok(None)
    }
}

/// Whether `name` is in the subtree of `base`. Both are of the same type. A wildcard is in an excluded
/// subtree if one of the names that it matches is, and in a permitted one if all of them are.
fn is_within(
    tag: u8,
    name: Option<&[u8]>,
    base: &Element<'_>,
    is_excluded: bool,
) -> Result<bool, CertificateError> {
    const REJECTED: CertificateError = CertificateError::NameConstraint;
    let name = name.filter(|_| base.tag == tag).ok_or(REJECTED)?;
    let base = base.content.rest();
    match tag {
        DIRECTORY_NAME => Ok(Name::from_der(name)?.is_within(&Name::from_der(base)?)),
        DNS_NAME if is_printable(name) => Ok(is_dns_name_within(name, base, is_excluded)),
        MAIL_ADDRESS if is_printable(name) => is_mail_address_within(name, base).ok_or(REJECTED),
        URI if is_printable(name) => Ok(is_host_within(host_of(name).ok_or(REJECTED)?, base)),
        IP_ADDRESS => is_address_within(name, base).ok_or(REJECTED),
        _ => Err(REJECTED),
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

/// Whether `name` is `base` with at least one label before it. `base` may begin with the dot between them.
fn is_below(name: &[u8], base: &[u8]) -> bool {
    let base = base.strip_prefix(b".").unwrap_or(base);
    let Some((labels, end)) = name.len().checked_sub(base.len()).and_then(|at| name.split_at_checked(at))
    else {
        return false;
    };
    labels.len() > 1 && labels.ends_with(b".") && end.eq_ignore_ascii_case(base)
}

/// Constraints on hosts: with a leading dot, all hosts in the domain; otherwise exactly that host.
fn is_host_within(host: &[u8], base: &[u8]) -> bool {
    match base {
        [] => true,
        [b'.', ..] => is_below(host, base),
        _ => host.eq_ignore_ascii_case(base),
    }
}

/// Case matters in the local part, not in the host. None if `name` is not a mail address.
fn is_mail_address_within(name: &[u8], base: &[u8]) -> Option<bool> {
    let (local, host) = mailbox(name)?;
    Some(match mailbox(base) {
        Some((base_local, base_host)) => local == base_local && host.eq_ignore_ascii_case(base_host),
        None => is_host_within(host, base),
    })
}

/// Splits a mail address at its last `@`.
fn mailbox(address: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = address.iter().rposition(|byte| *byte == b'@')?;
    let (local, host) = (address.get(..at)?, address.get(at + 1..)?);
    (!local.is_empty() && !host.is_empty()).then_some((local, host))
}

/// The host name in a URI (RFC 3986 section 3.2). None if it has no host, or an address.
fn host_of(uri: &[u8]) -> Option<&[u8]> {
    let at = uri.windows(3).position(|bytes| bytes == b"://")?;
    let authority = before(uri.get(at + 3..)?, |byte| matches!(byte, b'/' | b'?' | b'#'));
    let user = authority.iter().rposition(|byte| *byte == b'@').map_or(0, |at| at + 1);
    let host_and_port = authority.get(user..)?;
    let host = before(host_and_port, |byte| byte == b':');
    (!host.is_empty() && !host.starts_with(b"[") && !is_address(host)).then_some(host)
}

/// The bytes before the first one for which `ends` is true.
fn before(bytes: &[u8], ends: impl Fn(u8) -> bool) -> &[u8] {
    let end = bytes.iter().position(|byte| ends(*byte)).unwrap_or(bytes.len());
    bytes.get(..end).unwrap_or_default()
}

/// Whether a host is an address: no host name ends in a label of digits only.
fn is_address(host: &[u8]) -> bool {
    let mut last = host.iter().rev().take_while(|byte| **byte != b'.').peekable();
    host.contains(&b':') || (last.peek().is_some() && last.all(u8::is_ascii_digit))
}

/// `base` is an address and a mask. None if a length is not that of an address.
fn is_address_within(name: &[u8], base: &[u8]) -> Option<bool> {
    let (address, mask) = base.split_at_checked(base.len() / 2)?;
    if !matches!(name.len(), 4 | 16) || !matches!(base.len(), 8 | 32) {
        return None;
    }
    let mut bytes = name.iter().zip(address).zip(mask);
    Some(name.len() == address.len() && bytes.all(|((name, address), mask)| name & mask == address & mask))
}

/// The characters of an attribute. None if they are not ASCII, or too many for a host or a mail address.
fn text(value: &AttributeValue<'_>) -> Option<String<MAX_LEN>> {
    let mut text = String::new();
    for c in value.chars()? {
        text.push(Some(c).filter(char::is_ascii)?).ok()?;
    }
    Some(text)
}

/// Whether a common name could be a host name rather than prose.
fn is_host(name: &str) -> bool {
    name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '*' | ':'))
}
