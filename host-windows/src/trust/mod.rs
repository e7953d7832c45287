//! Peer trust: what is trusted, and how refusals are reported.
//!
//! [`Trusted`] lends the certificates and revocation lists of a store or of files to [`lsam_core::x509`].
//! [`Presented`] describes a peer's certificates; [`advice`] says what an administrator can do about a
//! refusal; [`objections`] reports whether peers can accept what this end presents.

mod acceptance;
pub mod advice;
mod list;
mod presented;

use std::sync::Arc;

use lsam_core::peer_name::PeerName;
use lsam_core::x509::{
    Certificate, CertificateError, Name, Purpose, Revocation, RevocationList, TrustSet, Verified,
};

use crate::crypto::{Provider, now};
use crate::store::{self, CertificateStore, NoPath, Section, SystemPath};

pub use acceptance::{Objection, objections};
use list::{List, Memory};
pub use presented::{Description, Presented};

/// The maximum total length of the names in a CertificateRequest, in bytes. Handshake messages are limited to
/// 16 KiB here and on Windows.
const MAX_AUTHORITIES: usize = 12 * 1024;

/// The trusted certificates, and the revocation lists to check.
#[derive(Clone, Debug)]
pub struct Trusted {
    roots: Vec<Vec<u8>>,
    /// Each is trusted as exactly this certificate, never as an issuer.
    themselves: Vec<Vec<u8>>,
    intermediates: Vec<Vec<u8>>,
    lists: Vec<Arc<List>>,
    revocation: Revocation,
    /// The system's decision about roots, which replaces `roots`.
    system: Option<SystemPath>,
}

impl Trusted {
    /// Trusts nothing yet, and checks no revocation list.
    pub const fn new() -> Self {
        Self {
            roots: Vec::new(),
            themselves: Vec::new(),
            intermediates: Vec::new(),
            lists: Vec::new(),
            revocation: Revocation::Off,
            system: None,
        }
    }

    /// Sets how revoked certificates and unknown status are treated.
    pub const fn set_revocation(&mut self, revocation: Revocation) {
        self.revocation = revocation;
    }

    /// Trusts the contents of `store`: the self-signed certificates in Root, and the certificates that they
    /// issued; the self-signed certificates in My, but only as themselves, because My is not for authorities.
    /// The other certificates in Root and those in CA are intermediates. Revocation lists count in any
    /// section. A system store decides about its roots: it knows which are distrusted, or distributed in
    /// other ways.
    pub fn add_store(&mut self, store: &dyn CertificateStore) {
        for stored in store.certificates() {
            let certificate = &stored.certificate;
            match (stored.section, certificate.is_self_issued()) {
                (Section::Root, true) => self.roots.push(certificate.der.clone()),
                (Section::My, true) => self.themselves.push(certificate.der.clone()),
                (Section::Root | Section::Ca, _) => self.intermediates.push(certificate.der.clone()),
                (Section::My | Section::Crl, _) => {}
            }
        }
        self.lists.extend(store.crls().iter().map(|list| Arc::new(List::new(list.der.clone()))));
        self.system = self.system.or(store.system_path());
    }

    /// Trusts `certificate` as a root if it is self-signed; otherwise it is an intermediate.
    pub fn add_certificate(&mut self, certificate: store::Certificate) {
        let list = if certificate.is_self_issued() { &mut self.roots } else { &mut self.intermediates };
        list.push(certificate.der);
    }

    /// Trusts the self-signed certificate `der` as a root.
    pub fn add_root(&mut self, der: &[u8]) {
        self.roots.push(der.to_vec());
    }

    /// Adds a revocation list in DER.
    pub fn add_revocation_list(&mut self, der: Vec<u8>) {
        self.lists.push(Arc::new(List::new(der)));
    }

    /// Keeps those revocation lists of `before` that no list here supersedes, so that no revocation is undone
    /// by a list that vanishes or is replaced by an older one. Returns the names of their issuers. For
    /// unchanged lists, also keeps what is known about them.
    pub(crate) fn keep_lists_of(&mut self, before: &Self) -> Vec<String> {
        for list in &mut self.lists {
            if let Some(same) = before.lists.iter().find(|other| other.der() == list.der()) {
                *list = Arc::clone(same);
            }
        }
        let here: Vec<_> = self
            .lists
            .iter()
            .filter_map(|list| Some((list, RevocationList::parse(list.der()).ok()?)))
            .collect();
        let mut issuers = Vec::new();
        let mut kept = Vec::new();
        for list in &before.lists {
            let Ok(old) = RevocationList::parse(list.der()) else { continue };
            // A list's own statements count only if its issuer signed it: a damaged list, or one from another
            // issuer of the same name, supersedes nothing.
            let mut keys = list.signing_keys();
            keys.extend(self.keys_of(old.issuer()).chain(before.keys_of(old.issuer())));
            keys.retain(|key| list.is_signed_with(key));
            let mut newer = here.iter().filter(|(_, new)| new.supersedes(&old)).map(|(list, _)| list);
            if !newer.any(|new| keys.iter().all(|key| new.is_signed_with(key))) {
                issuers.push(old.issuer().to_string());
                kept.push(Arc::clone(list));
            }
        }
        self.lists.extend(kept);
        issuers.sort();
        issuers.dedup();
        issuers
    }

    /// The keys of the certificates with the subject `name`, each as the content of a SubjectPublicKeyInfo.
    fn keys_of(&self, name: Name<'_>) -> impl Iterator<Item = Vec<u8>> {
        let certificates = [&self.roots, &self.themselves, &self.intermediates].into_iter().flatten();
        let certificates = certificates.filter_map(|der| Certificate::parse(der).ok());
        let of_name = certificates.filter(move |certificate| certificate.subject() == name);
        of_name.map(|certificate| certificate.subject_public_key_info().to_vec())
    }

    /// Whether nothing is trusted at all.
    pub const fn is_empty(&self) -> bool {
        self.roots.is_empty() && self.themselves.is_empty()
    }

    /// How revoked certificates and unknown status are treated.
    pub const fn revocation(&self) -> Revocation {
        self.revocation
    }

    /// Verifies a server's chain by this machine's clock, and that its certificate is for `name`.
    ///
    /// # Errors
    /// The rule that it breaks.
    pub fn verify_server<'c>(
        &self,
        chain: impl IntoIterator<Item = &'c [u8]>,
        name: PeerName<'_>,
    ) -> Result<Verified, CertificateError> {
        let chain: Vec<&[u8]> = chain.into_iter().collect();
        let verified = self.verify_without_name(&chain, Purpose::Server)?;
        let leaf = chain.first().ok_or(CertificateError::NoCertificate)?;
        name.check(&Certificate::parse(leaf)?)?;
        Ok(verified)
    }

    /// Verifies a client's chain by this machine's clock.
    ///
    /// # Errors
    /// The rule that it breaks.
    pub fn verify_client<'c>(
        &self,
        chain: impl IntoIterator<Item = &'c [u8]>,
    ) -> Result<Verified, CertificateError> {
        let chain: Vec<&[u8]> = chain.into_iter().collect();
        self.verify_without_name(&chain, Purpose::Client)
    }

    fn verify_without_name(&self, chain: &[&[u8]], purpose: Purpose) -> Result<Verified, CertificateError> {
        // A client's self-signed certificate in Root is trusted as itself, too. Chain engines disagree on
        // this, because such a certificate is not an authority.
        let mut as_themselves = self.themselves.iter().chain(&self.roots);
        let itself = as_themselves.find(|der| chain.first() == Some(&der.as_slice()));
        let by_lists = |roots: &[&[u8]], intermediates: &[&[u8]]| {
            let lists: Vec<&[u8]> = self.lists.iter().map(|list| list.der()).collect();
            let memory = Memory(&self.lists);
            let trust = TrustSet::new(roots, intermediates).with_revocation(&lists, self.revocation);
            let trust = trust.with_memory(&memory);
            trust.verify_without_name::<Provider>(chain.iter().copied(), purpose, now())
        };
        let intermediates = as_slices(&self.intermediates);
        match (itself, self.system) {
            (Some(itself), system) => match system.map(|system| system(chain, purpose)) {
                Some(Err(NoPath { rule, is_distrusted: true })) => Err(rule),
                _ => by_lists(&[itself], &intermediates),
            },
            (None, None) => by_lists(&as_slices(&self.roots), &intermediates),
            (None, Some(system)) => match system(chain, purpose) {
                // The system's root is the anchor. All other rules and the machine's revocation lists are
                // checked here, as on every other system.
                Ok(path) => {
                    let path = as_slices(&path);
                    let root = path.last().copied().unwrap_or_default();
                    by_lists(&[root], &path)
                }
                // The error of this crate's own search is more precise, so it is reported first.
                Err(no_path) => {
                    Err(by_lists(&as_slices(&self.roots), &intermediates).err().unwrap_or(no_path.rule))
                }
            },
        }
    }

    /// Verifies this end's own chain, as a peer with the same certificates and lists would.
    ///
    /// # Errors
    /// The rule that it breaks; [`CertificateError::TooComplex`] if it is longer than peers accept.
    pub fn verify_chain(&self, chain: &[Vec<u8>], purpose: Purpose) -> Result<Verified, CertificateError> {
        self.verify_without_name(&as_slices(chain), purpose)
    }

    /// The names of acceptable issuers in a CertificateRequest (RFC 5246 section 7.4.4), in DER: of the
    /// roots, of the certificates that are trusted as themselves, and of the intermediates, because a client
    /// without its whole chain may match only these. Empty if they are too long for the message: an empty
    /// list accepts any certificate.
    pub fn authorities(&self) -> Vec<Vec<u8>> {
        let (mut anchors, intermediates) = (as_slices(&self.roots), as_slices(&self.intermediates));
        anchors.extend(as_slices(&self.themselves));
        let authorities = intermediates.iter().filter_map(|der| Certificate::parse(der).ok());
        let authorities = authorities.filter(Certificate::is_authority).map(|authority| authority.subject());
        // Clients may compare encoded names, so a name with two encodings is listed twice.
        let mut names: Vec<Vec<u8>> = Vec::new();
        for name in TrustSet::new(&anchors, &[]).authorities().chain(authorities) {
            if !names.iter().any(|other| other == name.der()) {
                names.push(name.der().to_vec());
            }
        }
        let length: usize = names.iter().map(|name| 2 + name.len()).sum();
        if length > MAX_AUTHORITIES { Vec::new() } else { names }
    }
}

impl Default for Trusted {
    fn default() -> Self {
        Self::new()
    }
}

fn as_slices(ders: &[Vec<u8>]) -> Vec<&[u8]> {
    ders.iter().map(Vec::as_slice).collect()
}

#[cfg(test)]
mod cases;
#[cfg(test)]
mod tests;
