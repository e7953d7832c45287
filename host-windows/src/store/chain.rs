//! The chain that the agent presents.

use super::{Certificate, CertificateStore};

/// How many certificates are presented at most, as many as a peer can be expected to follow.
const MAX_CHAIN: usize = 8;

/// `leaf` and the certificates between it and its root, as far as `store` has them, in the order of RFC 5246
/// section 7.4.2. The root itself is left out, for the peer must have it anyway; a self-signed leaf stands alone.
pub fn chain<'s>(store: &'s dyn CertificateStore, leaf: &'s Certificate) -> Vec<&'s Certificate> {
    let mut chain = vec![leaf];
    let mut last = leaf;
    while !last.is_self_issued() && chain.len() < MAX_CHAIN {
        // Of several (a renewed certificate keeps name and key) the one that is valid longest.
        let issuer = store
            .certificates()
            .iter()
            .map(|stored| &stored.certificate)
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
