//! AlgorithmIdentifier, which names the algorithm of a signature or key (RFC 5280 section 4.1.1.2).

use crate::der::{Der, tag};

/// Tag and content of the parameters.
pub(super) type Parameters<'a> = (u8, Der<'a>);

/// Splits the content of an AlgorithmIdentifier into the object identifier and the parameters.
///
/// ```text
/// AlgorithmIdentifier ::= SEQUENCE { algorithm OBJECT IDENTIFIER, parameters ANY OPTIONAL }
/// ```
pub(super) fn split(mut identifier: Der<'_>) -> Option<(&[u8], Option<Parameters<'_>>)> {
    let oid = identifier.required(tag::OBJECT_IDENTIFIER).ok()?.rest();
    if identifier.is_empty() {
        return Some((oid, None));
    }
    let parameters = identifier.element().ok()?;
    identifier.end().ok()?;
    Some((oid, Some((parameters.tag, parameters.content))))
}

/// Whether parameters are NULL or absent. RFC 4055 sections 2.1 and 5 require NULL, but also require that
/// both are accepted.
pub(super) fn is_null(parameters: Option<Parameters<'_>>) -> bool {
    parameters.is_none_or(|(tag, content)| tag == tag::NULL && content.is_empty())
}
