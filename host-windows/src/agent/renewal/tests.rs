use std::fs;

use rcgen::{CertificateParams, DnType, SanType, date_time_ymd};
use tempfile::TempDir;

use super::*;
use crate::authority::{Credential, KeyKind};
use crate::store::DirectoryStore;

/// A certificate of the agent, valid from `year` on, after `adjust`.
fn made(issuer: Option<&Credential>, year: i32, adjust: impl FnOnce(&mut CertificateParams)) -> Credential {
    let made = Credential::new(KeyKind::EcdsaP256, issuer, |params| {
        params.distinguished_name.push(DnType::CommonName, "agent.example");
        params.subject_alt_names = vec![SanType::DnsName("agent.example".try_into().unwrap())];
        params.not_before = date_time_ymd(year, 1, 1);
        params.not_after = date_time_ymd(2090, 1, 1);
        adjust(params);
    });
    made.unwrap()
}

fn store(my: &[&Credential], files: &[(&str, &[u8])]) -> (TempDir, DirectoryStore) {
    let folder = tempfile::tempdir().unwrap();
    for section in ["My", "CA", "Root"] {
        fs::create_dir(folder.path().join(section)).unwrap();
    }
    for (n, made) in my.iter().enumerate() {
        fs::write(folder.path().join(format!("My/{n}.pem")), made.pem() + &made.key_pem()).unwrap();
    }
    for (name, content) in files {
        fs::write(folder.path().join(name), content).unwrap();
    }
    let store = DirectoryStore::open(folder.path()).unwrap();
    (folder, store)
}

/// Which of `my`, by number, renews the first, and why the others don't.
fn outcome(my: &[&Credential], files: &[(&str, &[u8])]) -> (Option<String>, Vec<String>) {
    let (_folder, store) = store(my, files);
    let named = Certificate::from_der(my[0].der()).unwrap();
    let Renewal { by, passed_over } = renewal(&store, &named);
    let passed_over = passed_over.iter().map(|(stored, obstacle)| format!("{}: {obstacle}", stored.place));
    (by.map(|stored| stored.place.clone()), passed_over.collect())
}

#[test]
fn the_newest_of_the_same_subject_names_and_issuer_renews() {
    let root = Credential::root("Root").unwrap();
    let [old, new, newest] = [2020, 2022, 2024].map(|year| made(Some(&root), year, |_| {}));
    assert_eq!(outcome(&[&old], &[]), (None, vec![]));
    assert_eq!(outcome(&[&old, &new, &newest], &[]), (Some("My/2.pem".to_owned()), vec![]));
    assert_eq!(outcome(&[&newest, &old, &new], &[]), (None, vec![]), "an older one renews nothing");
    let longer = made(Some(&root), 2020, |params| params.not_after = date_time_ymd(2091, 1, 1));
    let longest = made(Some(&root), 2020, |params| params.not_after = date_time_ymd(2092, 1, 1));
    let both = [&old, &longest, &longer];
    assert_eq!(outcome(&both, &[]), (Some("My/1.pem".to_owned()), vec![]), "they begin at the same time");
    assert_eq!(outcome(&[&longer, &old], &[]), (None, vec![]), "one that ends sooner renews nothing");
    assert_eq!(outcome(&[&old], &[("My/new.cer", new.der())]), (None, vec![]), "without a key");
    let more = made(Some(&root), 2022, |params| {
        params.subject_alt_names.push(SanType::DnsName("cluster.example".try_into().unwrap()));
    });
    assert_eq!(outcome(&[&old, &more], &[]), (Some("My/1.pem".to_owned()), vec![]), "a name more");
}

#[test]
fn another_subject_is_another_identity() {
    let root = Credential::root("Root").unwrap();
    let old = made(Some(&root), 2020, |_| {});
    let other = made(Some(&root), 2022, |params| {
        params.distinguished_name.push(DnType::OrganizationName, "Other");
    });
    assert_eq!(outcome(&[&old, &other], &[]), (None, vec![]));
    // Many have no subject, only alternative names.
    let without_subject = |year, names: Vec<SanType>| {
        made(Some(&root), year, |params| {
            params.distinguished_name = rcgen::DistinguishedName::new();
            params.subject_alt_names = names;
        })
    };
    let name = || vec![SanType::DnsName("agent.example".try_into().unwrap())];
    let [old, new] = [2020, 2022].map(|year| without_subject(year, name()));
    assert_eq!(outcome(&[&old, &new], &[]), (Some("My/1.pem".to_owned()), vec![]));
    let [old, new] = [2020, 2022].map(|year| without_subject(year, vec![]));
    let reason = "My/1.pem: it has no name that tells whose it is";
    assert_eq!(outcome(&[&old, &new], &[]), (None, vec![reason.to_owned()]));
}

#[test]
fn what_a_peer_could_refuse_is_passed_over_with_the_reason() {
    let [root, other] = ["Root", "Other Root"].map(|name| Credential::root(name).unwrap());
    let old = made(Some(&root), 2020, |_| {});
    let of_other = made(Some(&other), 2022, |_| {});
    let without_name = made(Some(&root), 2022, |params| {
        params.subject_alt_names = vec![SanType::DnsName("else.example".try_into().unwrap())];
    });
    let ended = made(Some(&root), 2021, |params| params.not_after = date_time_ymd(2022, 1, 1));
    let not_yet = made(Some(&root), 2089, |_| {});
    let client = made(Some(&root), 2022, |params| {
        params.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ClientAuth];
    });
    for (newer, reason) in [
        (&of_other, "its chain ends at CN=Other Root here, and the other at CN=Root"),
        (&without_name, "it lacks the name agent.example"),
        (&ended, "scheduling servers refuse it: it has expired"),
        (&not_yet, "scheduling servers refuse it: it is not valid yet"),
        (&client, "scheduling servers refuse it: its key usage does not allow it to be a TLS server's"),
    ] {
        assert_eq!(outcome(&[&old, newer], &[]), (None, vec![format!("My/1.pem: {reason}")]));
    }
    let [itself, again] = [2020, 2022].map(|year| made(None, year, |_| {}));
    let reason = "My/1.pem: a self-signed certificate is trusted as that very one";
    assert_eq!(outcome(&[&itself, &again], &[]), (None, vec![reason.to_owned()]));
}

#[test]
fn another_authority_below_the_same_root_may_have_issued_it() {
    let root = Credential::root("Root").unwrap();
    let [one, two] = ["One", "Two"].map(|name| root.authority(name).unwrap());
    let (old, new) = (made(Some(&one), 2020, |_| {}), made(Some(&two), 2022, |_| {}));
    let both: &[(&str, &[u8])] = &[("CA/one.cer", one.der()), ("CA/two.cer", two.der())];
    assert_eq!(outcome(&[&old, &new], both), (Some("My/1.pem".to_owned()), vec![]));
    let reason = "My/1.pem: its chain ends at CN=Two here, and the other at CN=Root";
    assert_eq!(outcome(&[&old, &new], &both[..1]), (None, vec![reason.to_owned()]));
}
