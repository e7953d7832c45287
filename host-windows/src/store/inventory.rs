//! The contents of a store when it was read, to report later changes.

use aws_lc_rs::digest::{Digest, SHA256, digest};

use super::{CertificateStore, RevocationListSummary};

/// The certificates and revocation lists of a store.
#[derive(Clone)]
pub(crate) struct Inventory(Vec<Entry>);

#[derive(Clone)]
struct Entry {
    /// A digest of everything that distinguishes it from others, because a list may have ten megabytes.
    digest: Digest,
    /// For people; it changes with time.
    text: String,
}

impl Inventory {
    pub(crate) fn of(store: &dyn CertificateStore) -> Self {
        let certificates = store.certificates().iter().map(|stored| Entry {
            digest: digest(
                &SHA256,
                &[&[u8::from(stored.has_key)], stored.section.name().as_bytes(), &stored.certificate.der]
                    .concat(),
            ),
            text: stored.to_string(),
        });
        let lists = store.crls().iter().map(|list| Entry {
            digest: digest(&SHA256, &list.der),
            text: match RevocationListSummary::from_der(&list.der) {
                Ok(summary) => {
                    format!(
                        "{}: the revocation list of {}, {}",
                        list.place,
                        summary.issuer,
                        summary.validity()
                    )
                }
                Err(malformed) => format!("{}: {malformed}", list.place),
            },
        });
        Self(certificates.chain(lists).collect())
    }

    /// What `newer` no longer has, and what it has in addition, one line each.
    pub(crate) fn changes_to(&self, newer: &Self) -> Vec<String> {
        let lacks = |inventory: &Self, entry: &Entry| {
            !inventory.0.iter().any(|other| other.digest.as_ref() == entry.digest.as_ref())
        };
        let gone = self.0.iter().filter(|entry| lacks(newer, entry)).map(|entry| ("gone", entry));
        let new = newer.0.iter().filter(|entry| lacks(self, entry)).map(|entry| ("new", entry));
        gone.chain(new).map(|(what, entry)| format!("{what}: {}", entry.text)).collect()
    }
}
