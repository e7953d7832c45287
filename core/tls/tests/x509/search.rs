//! The search for a path: which issuers are tried first, how many, and what a path must prove.

use super::{
    issue::{Fields, Issuer, Key, common_name, extension, sequence, tlv},
    practice::Case,
};
use lsam_tls::x509::{Certificate, CertificateError, Purpose};

/// An authority certified many times under one name, each time with another key.
fn copies(
    count: u32,
    name: &str,
    by: Option<&[Issuer]>,
    years: impl Fn(u32) -> (u32, u32),
) -> (Vec<Issuer>, Vec<Vec<u8>>) {
    let copies: Vec<Issuer> = (0..count).map(|_| Issuer::new(name, Key::p256())).collect();
    let ders = copies.iter().enumerate().map(|(n, own)| {
        let by = by.map_or(own, |by| &by[n % by.len()]);
        by.issue(&Fields { years: years(n as u32), ..Fields::of_authority(name, &own.key) })
    });
    let ders = ders.collect();
    (copies, ders)
}

#[test]
fn renewed_authorities_without_key_identifiers_are_found() {
    let valid = |_| (2025, 2035);
    let (roots, root_ders) = copies(3, "Root", None, valid);
    let (policies, policy_ders) = copies(3, "Policy CA", Some(&roots), valid);
    let (issuing, issuing_ders) = copies(3, "Issuing CA", Some(&policies), valid);
    for issuer in &issuing {
        let leaf = issuer.issue(&Fields::of_peer("client", &Key::p256()));
        let chain = [vec![leaf.clone()], issuing_ders.clone(), policy_ders.clone()].concat();
        let case = Case { chain, roots: root_ders.clone(), ..Case::default() };
        assert_eq!(case.verify(Purpose::Client), Ok(None));
        let intermediates = [policy_ders.clone(), issuing_ders.clone()].concat();
        let case = Case { chain: vec![leaf], roots: root_ders.clone(), intermediates, ..Case::default() };
        assert_eq!(case.verify(Purpose::Client), Ok(None));
    }
}

#[test]
fn what_has_expired_costs_nothing() {
    let (old, old_ders) = copies(40, "Root", None, |_| (2010, 2020));
    let (new, new_ders) = copies(1, "Root", None, |_| (2025, 2035));
    let leaf = new[0].issue(&Fields::of_peer("client", &Key::p256()));
    let roots = [old_ders.clone(), new_ders.clone()].concat();
    let case = Case { chain: vec![leaf.clone()], roots: roots.clone(), ..Case::default() };
    assert_eq!(case.verify(Purpose::Client), Ok(None));
    // If an expired root issued it, that reason is reported.
    let leaf = old[7].issue(&Fields::of_peer("client", &Key::p256()));
    for roots in [roots, old_ders] {
        let case = Case { chain: vec![leaf.clone()], roots, ..Case::default() };
        assert_eq!(case.verify(Purpose::Client), Err(CertificateError::Expired));
    }
}

#[test]
fn the_likely_issuer_is_tried_first() {
    // Each root issued in the year in which its validity began. All are valid and have the same name.
    let (roots, ders) = copies(30, "Root", None, |n| (1996 + n, 2035));
    for (n, root) in roots.iter().enumerate() {
        let leaf =
            root.issue(&Fields { years: (1996 + n as u32, 2035), ..Fields::of_peer("client", &Key::p256()) });
        let case = Case { chain: vec![leaf], roots: ders.clone(), ..Case::default() };
        assert_eq!(case.verify(Purpose::Client), Ok(None), "{n}");
    }
    // Without such a hint the search gives up.
    let (others, ders) = copies(30, "Root", None, |_| (2025, 2035));
    let leaf = others[29].issue(&Fields::of_peer("client", &Key::p256()));
    let case = Case { chain: vec![leaf], roots: ders, ..Case::default() };
    assert_eq!(case.verify(Purpose::Client), Err(CertificateError::TooComplex));
}

#[test]
fn self_issued_certificates_do_not_count() {
    let root = Issuer::new("Root", Key::p256());
    let limited = vec![extension(19, true, b"\x30\x06\x01\x01\xff\x02\x01\x00")];
    let (old, new) = (Issuer::new("Issuing CA", Key::p256()), Issuer::new("Issuing CA", Key::p256()));
    let constraints = sequence(&[&tlv(0xa0, &sequence(&[&tlv(0xa4, &common_name("scheduler"))]))]);
    let old_der = root.issue(&Fields {
        extensions: [limited, vec![extension(30, true, &constraints)]].concat(),
        ..Fields::of_authority("Issuing CA", &old.key)
    });
    let new_with_old = old.issue(&Fields::of_authority("Issuing CA", &new.key));
    let other = Issuer::new("Other CA", Key::p256());
    let below = new.issue(&Fields::of_authority("Other CA", &other.key));
    let leaf = |by: &Issuer| by.issue(&Fields::of_peer("scheduler", &Key::p256()));
    let roots = vec![root.itself("Root")];
    let case = |chain| Case { chain, roots: roots.clone(), ..Case::default() };
    let links = vec![new_with_old, old_der];
    assert_eq!(case([vec![leaf(&new)], links.clone()].concat()).verify(Purpose::Client), Ok(None));
    assert_eq!(
        case([vec![leaf(&other), below], links].concat()).verify(Purpose::Client),
        Err(CertificateError::NotAnAuthority)
    );
}

/// Extensions declare what a certificate is for, and only version 3 has them.
#[test]
fn only_version_3_is_accepted_below_a_root() {
    let (root, key) = (Issuer::new("Root", Key::p256()), Key::p256());
    let issuing = Issuer::new("Issuing CA", Key::p256());
    for version in 1..=3 {
        let expected = if version == 3 { Ok(None) } else { Err(CertificateError::UnsupportedVersion) };
        let verify = |chain| {
            Case { chain, roots: vec![root.itself("Root")], ..Case::default() }.verify(Purpose::Client)
        };
        let leaf = root.issue(&Fields { version, ..Fields::of_peer("client", &key) });
        let profile = Certificate::parse(&leaf).unwrap().check_profile();
        assert_eq!(profile.map(|()| None), expected, "{version}");
        assert_eq!(verify(vec![leaf]), expected, "{version}");
        let below = issuing.issue(&Fields::of_peer("client", &key));
        let extensions =
            if version == 3 { vec![extension(19, true, b"\x30\x03\x01\x01\xff")] } else { vec![] };
        let authority =
            root.issue(&Fields { version, extensions, ..Fields::of_peer("Issuing CA", &issuing.key) });
        assert_eq!(verify(vec![below, authority]), expected, "an authority of version {version}");
        let mixed = root.issue(&Fields { version, ..Fields::of_authority("Issuing CA", &issuing.key) });
        assert_eq!(Certificate::parse(&mixed).is_ok(), version == 3, "extensions in version {version}");
    }
}

/// A verified signature proves only the certificate that contains it.
#[test]
fn a_forged_authority_beside_the_genuine_one_proves_nothing() {
    let root = Issuer::new("Root", Key::p256());
    let (genuine, forger) = (Issuer::new("Issuing CA", Key::p256()), Issuer::new("Issuing CA", Key::p256()));
    let own = root.issue(&Fields::of_authority("Issuing CA", &genuine.key));
    let stranger = Issuer::new("Root", Key::p256());
    let forged = stranger.issue(&Fields::of_authority("Issuing CA", &forger.key));
    for (signer, verdict) in [(&genuine, Ok(None)), (&forger, Err(CertificateError::BadSignature))] {
        let leaf = signer.issue(&Fields::of_peer("client", &Key::p256()));
        for [first, second] in [[&own, &forged], [&forged, &own]] {
            let chain = vec![leaf.clone(), first.clone(), second.clone()];
            let case = Case { chain, roots: vec![root.itself("Root")], ..Case::default() };
            assert_eq!(case.verify(Purpose::Client), verdict);
        }
    }
}

/// Otherwise a store full of old roots with the same name would use up all signatures that are verified for
/// one peer.
#[test]
fn the_issuer_with_the_key_identifier_that_is_asked_for_comes_first() {
    let root = Issuer::new("Root", Key::p256());
    let with_id = |extension| {
        let mut fields = Fields::of_authority("Root", &root.key);
        fields.extensions.push(extension);
        fields
    };
    let itself = root.issue(&with_id(extension(14, false, b"\x04\x01\x07")));
    let stranger = Issuer::new("Root", Key::p256());
    let old = |serial| stranger.issue(&Fields { serial, ..Fields::of_authority("Root", &stranger.key) });
    let mut leaf = Fields::of_peer("client", &Key::p256());
    for (authority_key_id, verdict) in
        [(&b"\x30\x03\x80\x01\x07"[..], Ok(None)), (b"\x30\x00", Err(CertificateError::TooComplex))]
    {
        leaf.extensions = vec![extension(35, false, authority_key_id)];
        let roots = (1..=30).map(old).chain([itself.clone()]).collect();
        let case = Case { chain: vec![root.issue(&leaf)], roots, ..Case::default() };
        assert_eq!(case.verify(Purpose::Client), verdict);
    }
}

#[test]
fn at_most_64_intermediates_are_followed() {
    let (root, key) = (Issuer::new("Root", Key::p256()), Key::p256());
    let issuing = Issuer::new("Issuing CA", Key::p256());
    let elsewhere = Issuer::new("Elsewhere", Key::p256());
    let intermediate =
        |serial| elsewhere.issue(&Fields { serial, ..Fields::of_authority("Issuing CA", &key) });
    for (count, error) in [(64, CertificateError::UnknownIssuer), (65, CertificateError::TooComplex)] {
        let case = Case {
            chain: vec![issuing.issue(&Fields::of_peer("client", &key))],
            roots: vec![root.itself("Root")],
            intermediates: (1..=count).map(intermediate).collect(),
            ..Case::default()
        };
        assert_eq!(case.verify(Purpose::Client), Err(error), "{count}");
    }
}
