//! Peer trust: the caller's certificates, and the verification of a peer's chain (RFC 5280 section 6).

use heapless::Vec;

use super::{
    Certificate, CertificateError, CertificateList, ExpectedName, ListMemory, Name, Purpose, Revocation,
    UnknownRevocation, Verified, path::Search, revocation::RevocationCheck, signed::Signed,
};
use crate::{UnixTime, crypto::Provider};

/// The certificates and revocation lists, as DER, against which the caller verifies peers.
///
/// ```
/// use lsam_tls::{
///     UnixTime,
///     crypto::rustcrypto::RustCrypto,
///     x509::{CertificateError, TrustSet},
/// };
///
/// # let (leaf, intermediate, root): (&[u8], &[u8], &[u8]) = (&[], &[], &[]);
/// let roots = [root];
/// let trust = TrustSet::new(&roots, &[]);
/// let now = Some(UnixTime(1_767_225_600));
/// let verdict = trust.verify_server::<RustCrypto>([leaf, intermediate], "server.example", now);
/// # assert_eq!(verdict.err(), Some(CertificateError::BadEncoding));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct TrustSet<'t> {
    roots: &'t [&'t [u8]],
    intermediates: &'t [&'t [u8]],
    revocation_lists: &'t [&'t [u8]],
    revocation: Revocation,
    memory: Option<&'t dyn ListMemory>,
}

impl<'t> TrustSet<'t> {
    /// A set of roots and of intermediate certificates that peers need not present.
    ///
    /// Only self-signed certificates are roots. Others in `roots` are never trusted, as in Windows and
    /// openssl. Malformed certificates are ignored.
    ///
    /// The set has no revocation lists yet, and the default policy, [`Revocation::AllowUnknown`].
    pub const fn new(roots: &'t [&'t [u8]], intermediates: &'t [&'t [u8]]) -> Self {
        Self {
            roots,
            intermediates,
            revocation_lists: &[],
            revocation: Revocation::AllowUnknown,
            memory: None,
        }
    }

    /// The same set with certificate revocation lists, each of at most 16 MiB, and a policy for them.
    ///
    /// They may come from any issuer, be of any age, and be in any order. Malformed ones are ignored.
    #[must_use]
    pub const fn with_revocation(self, lists: &'t [&'t [u8]], revocation: Revocation) -> Self {
        Self { revocation_lists: lists, revocation, ..self }
    }

    /// The same set with a memory for the answers found in its revocation lists. Without it, the signatures
    /// of the lists are verified again for each peer.
    #[must_use]
    pub const fn with_memory(self, memory: &'t dyn ListMemory) -> Self {
        Self { memory: Some(memory), ..self }
    }

    /// The names of the roots, for the certificate_authorities of a CertificateRequest (RFC 5246 section
    /// 7.4.4), from which a client chooses its certificate.
    pub fn authorities(&self) -> impl Iterator<Item = Name<'t>> + use<'t> {
        let roots = self.roots.iter().filter_map(|root| Certificate::parse(root).ok());
        roots.filter(Certificate::is_self_issued).map(|root| root.subject())
    }

    /// Verifies the chain of a server, and that its certificate is for `name`: the name or address that the
    /// client was asked to reach, whatever a resolver or the server says.
    ///
    /// # Errors
    /// Same as [`Self::verify_without_name`], then [`CertificateError::NameMismatch`].
    pub fn verify_server<'c, 'n, P: Provider>(
        &self,
        chain: impl IntoIterator<Item = &'c [u8]>,
        name: impl Into<ExpectedName<'n>>,
        now: Option<UnixTime>,
    ) -> Result<VerifiedPeer<'c>, CertificateError> {
        let peer = self.verify::<P>(chain, Purpose::Server, now)?;
        name.into().check(&peer.leaf)?;
        Ok(peer)
    }

    /// Verifies the chain of a client. The leaf identifies which of the trusted clients it is.
    ///
    /// # Errors
    /// Same as [`Self::verify_without_name`].
    pub fn verify_client<'c, P: Provider>(
        &self,
        chain: impl IntoIterator<Item = &'c [u8]>,
        now: Option<UnixTime>,
    ) -> Result<VerifiedPeer<'c>, CertificateError> {
        self.verify::<P>(chain, Purpose::Client, now)
    }

    /// Verifies the chain of a peer, its own certificate first, but does not check its name. For a server,
    /// success means only that a root of the set issued its certificate, for any machine: see
    /// [`Self::verify_server`].
    ///
    /// A peer is trusted if a path of at most six intermediates, from the chain and this set, leads to a
    /// root, and every certificate on it is currently valid, permitted for its use and correctly signed. A
    /// peer is also trusted if its certificate is itself a root of this set, byte for byte, whether of an
    /// authority or not; validity and usage are still checked.
    ///
    /// Every certificate of the path except the root is looked up in the revocation lists of its issuer. A
    /// certificate that is itself a root of this set is looked up in its own lists, if any.
    ///
    /// The work is bounded, whatever a peer presents: at most 10 certificates are accepted, 64 followed to
    /// their issuers, 24 signatures verified, and 8 paths with valid signatures checked. An issuer that is
    /// not currently valid, or may not issue, does not count. For each certificate of such a path, the fields
    /// of every list are read. The lists of its issuer that can be decisive are verified and searched from
    /// end to end: at most 64 per peer, or once for all peers with a [`ListMemory`].
    ///
    /// # Errors
    /// The [`CertificateError`] of the path that got furthest, such as [`CertificateError::Revoked`].
    /// [`CertificateError::NoTime`] if `now` is None.
    pub fn verify_without_name<'c, P: Provider>(
        &self,
        chain: impl IntoIterator<Item = &'c [u8]>,
        purpose: Purpose,
        now: Option<UnixTime>,
    ) -> Result<Verified, CertificateError> {
        let peer = self.verify::<P>(chain, purpose, now)?;
        Ok(Verified { unknown_revocation: peer.unknown_revocation })
    }

    fn verify<'c, P: Provider>(
        &self,
        chain: impl IntoIterator<Item = &'c [u8]>,
        purpose: Purpose,
        now: Option<UnixTime>,
    ) -> Result<VerifiedPeer<'c>, CertificateError> {
        let mut presented = Vec::<_, { CertificateList::MAX }>::new();
        for der in chain {
            presented.push(der).map_err(|_| CertificateError::TooComplex)?;
        }
        let (leaf, presented) = presented.split_first().ok_or(CertificateError::NoCertificate)?;
        let now = now.ok_or(CertificateError::NoTime)?;
        let mut peer = VerifiedPeer { leaf: Certificate::parse(leaf)?, unknown_revocation: None };
        let leaf = &peer.leaf;
        let verified = match self.verify_by_itself::<P>(leaf, purpose, now)? {
            Some(verified) => verified,
            None => {
                let Self { roots, intermediates, .. } = *self;
                let search = Search { leaf, presented, roots, intermediates, now };
                search.run::<P>(purpose, &mut self.revocation_check(now))?
            }
        };
        peer.unknown_revocation = verified.unknown_revocation;
        Ok(peer)
    }

    /// Checks what the leaf claims about itself, and all of it if it is its own issuer. None if it has
    /// another issuer.
    // Never inlined, so that its stack is free while a path is searched.
    #[inline(never)]
    fn verify_by_itself<P: Provider>(
        &self,
        leaf: &Certificate<'_>,
        purpose: Purpose,
        now: UnixTime,
    ) -> Result<Option<Verified>, CertificateError> {
        leaf.public_key()?;
        leaf.check_usage(purpose)?;
        if !leaf.is_self_issued() {
            return Ok(None);
        }
        if self.roots.contains(&leaf.der()) {
            leaf.check_extensions()?;
            leaf.check_validity(now)?;
            return self.revocation_check(now).check_trusted::<P>(leaf.der()).map(Some);
        }
        if is_signed_by_itself::<P>(leaf) {
            // It is trusted as itself or not at all. A root may have the same name, for example the root that
            // it renews. But reporting why that root can't be its issuer would be misleading.
            return Err(CertificateError::UnknownIssuer);
        }
        Ok(None)
    }

    const fn revocation_check(&self, now: UnixTime) -> RevocationCheck<'t> {
        RevocationCheck::new(self.revocation_lists, self.revocation, self.memory, now)
    }
}

/// A trusted peer.
#[derive(Clone, Debug)]
pub struct VerifiedPeer<'c> {
    /// The peer's own certificate.
    pub leaf: Certificate<'c>,
    /// Same as [`Verified::unknown_revocation`].
    pub unknown_revocation: Option<UnknownRevocation>,
}

// Never inlined, so that its stack is used only while it runs.
#[inline(never)]
fn is_signed_by_itself<P: Provider>(certificate: &Certificate<'_>) -> bool {
    let signed = Signed::parse(certificate.der()).map(|(signed, _)| signed);
    signed.is_ok_and(|signed| certificate.public_key().is_ok_and(|key| signed.verify::<P>(&key).is_ok()))
}
