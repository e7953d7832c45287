//! Certificates made at run time, for what the data files do not cover.

use lsam_tls::{
    UnixTime,
    crypto::rustcrypto::RustCrypto,
    x509::{CertificateError, Purpose, TrustSet, UnknownRevocation},
};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, GeneralSubtree, IsCa, KeyPair,
    NameConstraints,
};

/// 2027-06-01T00:00:00Z
const NOW: UnixTime = UnixTime(1_811_808_000);

/// A certificate for `name`, which is its only alternative name.
fn params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::new([name.to_owned()]).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params
}

fn authority(name: &str) -> CertificateParams {
    let mut params = params(name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params
}

fn key() -> KeyPair {
    KeyPair::generate().unwrap()
}

fn self_signed(params: CertificateParams) -> CertifiedIssuer<'static, KeyPair> {
    CertifiedIssuer::self_signed(params, key()).unwrap()
}

fn verify(chain: &[&[u8]], roots: &[&[u8]]) -> Result<(), CertificateError> {
    let trust = TrustSet::new(roots, &[]);
    let chain = chain.iter().copied();
    trust.verify_without_name::<RustCrypto>(chain, Purpose::Server, Some(NOW)).map(|_| ())
}

#[test]
fn a_renewed_self_signed_certificate_is_unknown_until_it_is_installed() {
    for of_authority in [false, true] {
        let made =
            || self_signed(if of_authority { authority("agent.example") } else { params("agent.example") });
        let (old, new) = (made(), made());
        assert_eq!(verify(&[old.der()], &[old.der()]), Ok(()));
        assert_eq!(verify(&[new.der()], &[old.der()]), Err(CertificateError::UnknownIssuer));
        assert_eq!(verify(&[new.der(), old.der()], &[old.der()]), Err(CertificateError::UnknownIssuer));
        assert_eq!(verify(&[new.der()], &[old.der(), new.der()]), Ok(()));
    }
}

#[test]
fn a_chain_has_at_most_ten_certificates() {
    let root = self_signed(authority("Root"));
    let leaf = params("agent.example").signed_by(&key(), &root).unwrap();
    for (count, verdict) in
        [(0, Err(CertificateError::NoCertificate)), (10, Ok(())), (11, Err(CertificateError::TooComplex))]
    {
        let chain = vec![leaf.der().as_ref(); count];
        assert_eq!(verify(&chain, &[root.der()]), verdict, "{count}");
    }
}

/// Otherwise any machine with a certificate of the same root could pose as the server.
#[test]
fn a_server_is_trusted_under_its_own_name_only_and_its_leaf_comes_back() {
    let root = self_signed(authority("Root"));
    let leaf = params("agent.example").signed_by(&key(), &root).unwrap();
    let (chain, roots) = ([leaf.der().as_ref()], [root.der().as_ref()]);
    let trust = TrustSet::new(&roots, &[]);
    let server = |name| trust.verify_server::<RustCrypto>(chain, name, Some(NOW));
    let peer = server("agent.example").unwrap();
    assert_eq!(
        (peer.leaf.der(), peer.unknown_revocation),
        (leaf.der().as_ref(), Some(UnknownRevocation::NoList))
    );
    for other in ["bank.example", "192.0.2.1", "", "agent", "example"] {
        assert_eq!(server(other).err(), Some(CertificateError::NameMismatch), "{other}");
    }
    let client = trust.verify_client::<RustCrypto>(chain, Some(NOW)).unwrap();
    assert_eq!(client.leaf.der(), leaf.der().as_ref());
    let nobody = TrustSet::new(&[], &[]);
    let unknown = Some(CertificateError::UnknownIssuer);
    assert_eq!(nobody.verify_server::<RustCrypto>(chain, "agent.example", Some(NOW)).err(), unknown);
    assert_eq!(nobody.verify_client::<RustCrypto>(chain, Some(NOW)).err(), unknown);
}

/// Otherwise anyone could make the verifier compare a thousand names with hundreds of constraints.
#[test]
fn constraints_that_nobody_trusted_signed_are_not_looked_at() {
    let root = self_signed(authority("Root"));
    let stranger = self_signed(authority("Root"));
    let mut constrained = authority("Issuing CA");
    constrained.name_constraints = Some(NameConstraints {
        permitted_subtrees: vec![],
        excluded_subtrees: vec![GeneralSubtree::DnsName("example".into())],
    });
    for (signer, error) in
        [(&root, CertificateError::NameConstraint), (&stranger, CertificateError::BadSignature)]
    {
        let issuing = CertifiedIssuer::signed_by(constrained.clone(), key(), signer).unwrap();
        let leaf = params("agent.example").signed_by(&key(), &issuing).unwrap();
        assert_eq!(verify(&[leaf.der(), issuing.der()], &[root.der()]), Err(error));
    }
}
