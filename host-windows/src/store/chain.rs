//! The chain that the agent presents.

use super::Certificate;

/// The longest chain to present; peers can't be expected to follow a longer one.
const MAX_CHAIN: usize = 8;

/// `leaf` and the certificates between it and its root, as far as `others` has them, in the order of RFC 5246
/// section 7.4.2. The root is omitted, because the peer must have it anyway; a self-signed leaf is its own
/// chain.
pub fn chain<'c>(
    others: impl Iterator<Item = &'c Certificate> + Clone,
    leaf: &'c Certificate,
) -> Vec<&'c Certificate> {
    let mut chain = vec![leaf];
    let mut last = leaf;
    while !last.is_self_issued() && chain.len() < MAX_CHAIN {
        // If there are several (a renewed certificate keeps its name and key), the one valid longest.
        let issuer = others
            .clone()
            .filter(|certificate| last.may_be_issued_by(certificate) && !chain.contains(certificate))
            .max_by_key(|certificate| certificate.not_after);
        match issuer {
            Some(issuer) if !issuer.is_self_issued() => {
                chain.push(issuer);
                last = issuer;
            }
            _ => break,
        }
    }
    chain
}
