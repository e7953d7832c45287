use std::fs;

use tempfile::TempDir;

use super::*;
use crate::authority::{Credential, KeyKind};
use crate::store::DirectoryStore;

fn store(files: &[(&str, &[u8])]) -> (TempDir, Trusted) {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    let mut trusted = Trusted::new();
    trusted.add_store(&DirectoryStore::open(folder.path()).unwrap());
    (folder, trusted)
}

fn client(issuer: &Credential) -> Credential {
    issuer.issue(KeyKind::EcdsaP256, &["scheduling.example"]).unwrap()
}

fn verdict(trusted: &Trusted, chain: &[&Credential]) -> Result<Verified, CertificateError> {
    let chain: Vec<Vec<u8>> = chain.iter().map(|credential| credential.der().to_vec()).collect();
    trusted.verify_chain(&chain, Purpose::Client)
}

fn common_names(trusted: &Trusted) -> Vec<String> {
    // The last attribute of each name here is the common name, a UTF8String of less than 128 bytes.
    let text = |der: &Vec<u8>| {
        let at = der.windows(3).position(|window| window == [0x55, 0x04, 0x03]).unwrap();
        String::from_utf8(der[at + 5..].to_vec()).unwrap()
    };
    trusted.authorities().iter().map(text).collect()
}

#[test]
fn roots_issue_and_intermediates_link() {
    let root = Credential::root("Root").unwrap();
    let middle = root.authority("Middle").unwrap();
    let (direct, indirect) = (client(&root), client(&middle));
    let stranger = client(&Credential::root("Root").unwrap());
    let (_folder, trusted) = store(&[("Root/root.cer", root.der())]);
    assert!(verdict(&trusted, &[&direct]).is_ok());
    assert!(verdict(&trusted, &[&indirect, &middle]).is_ok());
    assert_eq!(verdict(&trusted, &[&indirect]), Err(CertificateError::UnknownIssuer));
    assert_eq!(verdict(&trusted, &[&stranger]), Err(CertificateError::UnknownIssuer));
    for place in ["CA/middle.cer", "Root/middle.cer"] {
        let (_folder, trusted) = store(&[("Root/root.cer", root.der()), (place, middle.der())]);
        assert!(verdict(&trusted, &[&indirect]).is_ok(), "{place}");
        let (_folder, trusted) = store(&[(place, middle.der())]);
        assert_eq!(verdict(&trusted, &[&indirect]), Err(CertificateError::UnknownIssuer), "{place} alone");
    }
}

#[test]
fn a_self_signed_certificate_in_my_or_root_is_trusted_itself() {
    let own = Credential::self_signed(KeyKind::EcdsaP256, &["scheduling.example"]).unwrap();
    let twin = Credential::self_signed(KeyKind::EcdsaP256, &["scheduling.example"]).unwrap();
    for place in ["My/server.cer", "Root/server.cer"] {
        let (_folder, trusted) = store(&[(place, own.der())]);
        assert!(verdict(&trusted, &[&own]).is_ok(), "{place}");
        // A renewed certificate is a different one, with its own key.
        assert_eq!(verdict(&trusted, &[&twin]), Err(CertificateError::UnknownIssuer), "{place}");
        assert!(!trusted.is_empty());
    }
    let (_folder, trusted) = store(&[("CA/server.cer", own.der())]);
    assert_eq!(verdict(&trusted, &[&own]), Err(CertificateError::UnknownIssuer), "CA is no place of trust");
    assert!(trusted.is_empty());
}

#[test]
fn what_an_authority_in_my_issued_is_not_trusted() {
    let root = Credential::root("Root").unwrap();
    let (_folder, trusted) = store(&[("My/root.cer", root.der())]);
    assert_eq!(verdict(&trusted, &[&client(&root)]), Err(CertificateError::UnknownIssuer));
    assert_eq!(verdict(&trusted, &[&client(&root), &root]), Err(CertificateError::UnknownIssuer));
}

#[test]
fn a_certificate_of_an_authority_that_is_installed_itself_is_not_trusted_without_its_root() {
    let root = Credential::root("Root").unwrap();
    let client = client(&root);
    let (_folder, trusted) = store(&[("My/a.cer", client.der()), ("Root/b.cer", client.der())]);
    assert_eq!(verdict(&trusted, &[&client]), Err(CertificateError::UnknownIssuer));
}

#[test]
fn clients_are_asked_by_the_names_of_those_who_may_have_issued_their_certificates() {
    let root = Credential::root("Root").unwrap();
    let middle = root.authority("Middle").unwrap();
    let own = Credential::self_signed(KeyKind::EcdsaP256, &["own.example"]).unwrap();
    let (_folder, trusted) = store(&[
        ("My/own.cer", own.der()),
        ("My/issued.cer", client(&root).der()),
        ("Root/a.cer", root.der()),
        ("Root/b.cer", root.der()),
        ("CA/middle.cer", middle.der()),
        ("CA/leaf.cer", client(&middle).der()),
    ]);
    assert_eq!(common_names(&trusted), ["Root", "own.example", "Middle"]);
}

#[test]
fn names_that_no_message_holds_are_left_out() {
    let mut trusted = Trusted::new();
    let mut each = None;
    for n in 0..200 {
        trusted.add_root(Credential::root(&format!("{n:0100}")).unwrap().der());
        let names = trusted.authorities();
        let each = *each.get_or_insert_with(|| 2 + names[0].len());
        let fits = (n + 1) * each <= MAX_AUTHORITIES;
        assert_eq!(names.len(), if fits { n + 1 } else { 0 });
    }
    assert!(trusted.authorities().is_empty());
}

#[test]
fn lists_count_from_every_section_when_they_are_asked_for() {
    let root = Credential::root("Root").unwrap();
    let (good, revoked) = (client(&root), client(&root));
    let list = root.revocation_list(&[&revoked]).unwrap();
    for place in ["CRL/root.crl", "CA/root.crl"] {
        let (_folder, mut trusted) = store(&[("Root/root.cer", root.der()), (place, &list)]);
        assert!(verdict(&trusted, &[&revoked]).is_ok(), "not asked for");
        trusted.set_revocation(Revocation::AllowUnknown);
        assert_eq!(verdict(&trusted, &[&revoked]), Err(CertificateError::Revoked));
        assert_eq!(verdict(&trusted, &[&good]), Ok(Verified { unknown_revocation: None }));
    }
}

#[test]
fn what_is_known_of_a_list_outlives_a_peer_and_a_change_of_the_store() {
    let root = Credential::root("Root").unwrap();
    let (good, revoked) = (client(&root), client(&root));
    let list = root.revocation_list(&[&revoked]).unwrap();
    let files: [(&str, &[u8]); 2] = [("Root/root.cer", root.der()), ("CRL/root.crl", &list)];
    let (_folder, mut trusted) = store(&files);
    trusted.set_revocation(Revocation::AllowUnknown);
    for _ in 0..2 {
        assert_eq!(verdict(&trusted, &[&revoked]), Err(CertificateError::Revoked));
        assert!(verdict(&trusted, &[&good]).is_ok());
        // The signature, and two serial numbers.
        assert_eq!(trusted.lists[0].known(), 3);
    }
    let (_folder, mut read_again) = store(&files);
    assert_eq!(read_again.lists[0].known(), 0);
    assert!(read_again.keep_lists_of(&trusted).is_empty());
    assert_eq!(read_again.lists[0].known(), 3);
}

#[test]
fn only_a_list_that_the_issuer_signed_takes_the_place_of_another() {
    let root = Credential::root("Root").unwrap();
    let revoked = client(&root);
    let list = root.revocation_list(&[&revoked]).unwrap();
    let (_folder, mut before) = store(&[("Root/root.cer", root.der()), ("CRL/root.crl", &list)]);
    before.set_revocation(Revocation::AllowUnknown);
    let newer = root.revocation_list(&[]).unwrap();
    let mut damaged = newer.clone();
    *damaged.last_mut().unwrap() ^= 1;
    let namesake = with_key_id_of(&list, &Credential::root("Root").unwrap().revocation_list(&[]).unwrap());
    for (what, new, keeps) in [
        ("a newer one", &newer, false),
        ("one with a damaged signature", &damaged, true),
        ("one of a namesake", &namesake, true),
    ] {
        let (_folder, mut trusted) = store(&[("Root/root.cer", root.der()), ("CRL/root.crl", new)]);
        trusted.set_revocation(Revocation::AllowUnknown);
        let kept = trusted.keep_lists_of(&before);
        assert_eq!(kept, if keeps { vec!["CN=Root".to_owned()] } else { vec![] }, "{what}");
        let refused = verdict(&trusted, &[&revoked]) == Err(CertificateError::Revoked);
        assert_eq!(refused, keeps, "{what}");
    }
}

#[test]
fn a_list_of_an_authority_that_only_peers_bring_is_not_superseded_by_a_damaged_one_either() {
    let root = Credential::root("Root").unwrap();
    let middle = root.authority("Middle").unwrap();
    let revoked = client(&middle);
    let list = middle.revocation_list(&[&revoked]).unwrap();
    let (_folder, mut before) = store(&[("Root/root.cer", root.der()), ("CRL/middle.crl", &list)]);
    before.set_revocation(Revocation::AllowUnknown);
    assert_eq!(verdict(&before, &[&revoked, &middle]), Err(CertificateError::Revoked));
    let mut damaged = middle.revocation_list(&[]).unwrap();
    *damaged.last_mut().unwrap() ^= 1;
    let (_folder, mut trusted) = store(&[("Root/root.cer", root.der()), ("CRL/middle.crl", &damaged)]);
    trusted.set_revocation(Revocation::AllowUnknown);
    assert_eq!(trusted.keep_lists_of(&before), ["CN=Middle"]);
    assert_eq!(verdict(&trusted, &[&revoked, &middle]), Err(CertificateError::Revoked));
    let newer = middle.revocation_list(&[]).unwrap();
    let (_folder, mut trusted) = store(&[("Root/root.cer", root.der()), ("CRL/middle.crl", &newer)]);
    assert!(trusted.keep_lists_of(&before).is_empty());
}

/// The list `other` with the authorityKeyIdentifier of `list`, which can be forged. Its signature no longer
/// verifies; with the key of `list` it never did.
fn with_key_id_of(list: &[u8], other: &[u8]) -> Vec<u8> {
    let value = |der: &[u8]| {
        // keyIdentifier of 20 or 32 bytes in the extension 2.5.29.35.
        let at = der.windows(3).position(|window| window == [0x55, 0x1d, 0x23]).unwrap() + 3;
        at..at + 2 + usize::from(der[at + 1])
    };
    let mut made = other.to_vec();
    made[value(other)].copy_from_slice(&list[value(list)]);
    made
}
