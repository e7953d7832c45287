//! One table of chains and verdicts for both verifiers: this crate's path search with a folder, and the chain
//! engine of Windows with the stores of the machine.

use lsam_core::x509::UnknownRevocation;
use rcgen::{CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, date_time_ymd};

use super::*;
use crate::authority::{Credential, KeyKind};

/// The contents of the store, what a client presents, and the expected verdict.
struct Case {
    name: &'static str,
    /// Section and content. The stores of other cases must not matter.
    store: Vec<(Section, Vec<u8>)>,
    chain: Vec<Vec<u8>>,
    revocation: Revocation,
    verdict: Result<Option<UnknownRevocation>, CertificateError>,
}

#[cfg(windows)]
impl Case {
    /// Whether r and s have all 32 bytes in each signature. Wine's CryptVerifyCertificateSignature does not
    /// restore the zeros that DER omits, and rejects one signature in 128.
    fn is_for_wine(&self) -> bool {
        let stored = self.store.iter().map(|(_, der)| der);
        stored.chain(&self.chain).all(|signed| {
            (70..=72_u8).any(|len| {
                let value = signed.len().checked_sub(usize::from(len)).map(|at| &signed[at..]);
                matches!(value, Some([0x30, size, 2, r @ 32..=33, ..])
                    if *size == len - 2 && (32..=33).contains(&(size - 4 - r)))
            })
        })
    }
}

fn cases() -> Vec<Case> {
    let root = |name: &str| Credential::root(&format!("{name} of the table")).unwrap();
    let client = |issuer: &Credential| issuer.issue(KeyKind::EcdsaP256, &["scheduling.example"]).unwrap();
    let adjusted = |issuer: &Credential, adjust: &dyn Fn(&mut CertificateParams)| {
        Credential::new(KeyKind::EcdsaP256, Some(issuer), |params| {
            params.distinguished_name = DistinguishedName::new();
            params.distinguished_name.push(DnType::CommonName, "scheduling.example");
            params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
            adjust(params);
        })
        .unwrap()
    };
    let der = |credentials: &[&Credential]| -> Vec<Vec<u8>> {
        credentials.iter().map(|credential| credential.der().to_vec()).collect()
    };
    let plain =
        |name, store, chain, verdict| Case { name, store, chain, revocation: Revocation::Off, verdict };
    let in_root = |credential: &Credential| (Section::Root, credential.der().to_vec());

    let trusted = root("Trusted");
    let middle = trusted.authority("Middle of the table").unwrap();
    let hidden = trusted.authority("Hidden middle of the table").unwrap();
    let (namesake, stranger) = (root("Trusted"), root("Stranger"));
    let own = |name| Credential::self_signed(KeyKind::EcdsaP256, &[name]).unwrap();
    let (in_my, as_root, nowhere) = (own("in-my.example"), own("as-root.example"), own("nowhere.example"));
    let expired = adjusted(&trusted, &|params| {
        params.not_before = date_time_ymd(2019, 1, 1);
        params.not_after = date_time_ymd(2020, 1, 1);
    });
    let early = adjusted(&trusted, &|params| {
        params.not_before = date_time_ymd(2089, 1, 1);
        params.not_after = date_time_ymd(2090, 1, 1);
    });
    let for_servers = adjusted(&trusted, &|params| {
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    });
    let mut forged = client(&trusted).der().to_vec();
    *forged.last_mut().unwrap() ^= 1;
    let mut cases = vec![
        plain("a client of a root", vec![in_root(&trusted)], der(&[&client(&trusted)]), Ok(None)),
        plain(
            "a client with its intermediate",
            vec![in_root(&trusted)],
            der(&[&client(&middle), &middle]),
            Ok(None),
        ),
        plain(
            "a client whose intermediate is in CA",
            vec![in_root(&trusted), (Section::Ca, hidden.der().to_vec())],
            der(&[&client(&hidden)]),
            Ok(None),
        ),
        plain(
            "a client without its intermediate",
            vec![in_root(&trusted)],
            der(&[&client(&trusted.authority("Absent middle of the table").unwrap())]),
            Err(CertificateError::UnknownIssuer),
        ),
        plain(
            "a client of nobody known",
            vec![],
            der(&[&client(&stranger)]),
            Err(CertificateError::UnknownIssuer),
        ),
        plain(
            "a client of nobody known, with its root",
            vec![],
            der(&[&client(&stranger), &stranger]),
            Err(CertificateError::UnknownIssuer),
        ),
        plain(
            "a client of another root with the name of a trusted one",
            vec![in_root(&trusted)],
            der(&[&client(&namesake)]),
            Err(CertificateError::UnknownIssuer),
        ),
        plain(
            "a forged signature",
            vec![in_root(&trusted)],
            vec![forged],
            Err(CertificateError::BadSignature),
        ),
        plain("an expired client", vec![in_root(&trusted)], der(&[&expired]), Err(CertificateError::Expired)),
        plain(
            "a client too early",
            vec![in_root(&trusted)],
            der(&[&early]),
            Err(CertificateError::NotYetValid),
        ),
        plain(
            "a server as client",
            vec![in_root(&trusted)],
            der(&[&for_servers]),
            Err(CertificateError::WrongUsage),
        ),
        plain(
            "a self-signed client in My",
            vec![(Section::My, in_my.der().to_vec())],
            der(&[&in_my]),
            Ok(None),
        ),
        plain("a self-signed client in Root", vec![in_root(&as_root)], der(&[&as_root]), Ok(None)),
        plain("a self-signed client nowhere", vec![], der(&[&nowhere]), Err(CertificateError::UnknownIssuer)),
    ];
    cases.extend(revocations(&client));
    cases
}

/// Cases of revocation: one issuer has a list, another one has none.
fn revocations(client: &dyn Fn(&Credential) -> Credential) -> Vec<Case> {
    let listed = Credential::root("Listed of the table").unwrap();
    let unlisted = Credential::root("Unlisted of the table").unwrap();
    let (good, revoked, unknown) = (client(&listed), client(&listed), client(&unlisted));
    let list = listed.revocation_list(&[&revoked]).unwrap();
    let none = UnknownRevocation::NoList;
    let mut cases = Vec::new();
    for (revocation, of_revoked, of_unknown) in [
        (Revocation::Off, Ok(None), Ok(None)),
        (Revocation::AllowUnknown, Err(CertificateError::Revoked), Ok(Some(none))),
        (
            Revocation::RequireKnown,
            Err(CertificateError::Revoked),
            Err(CertificateError::UnknownRevocation(none)),
        ),
    ] {
        for (name, issuer, certificate, verdict) in [
            ("a good client on no list", &listed, &good, Ok(None)),
            ("a revoked client", &listed, &revoked, of_revoked),
            ("a client of an issuer without list", &unlisted, &unknown, of_unknown),
        ] {
            let mut store = vec![(Section::Root, issuer.der().to_vec())];
            if std::ptr::eq(issuer, &listed) {
                store.push((Section::Crl, list.clone()));
            }
            cases.push(Case { name, store, chain: vec![certificate.der().to_vec()], revocation, verdict });
        }
    }
    cases
}

fn check(case: &Case, store: &dyn CertificateStore) {
    let mut trusted = Trusted::new();
    trusted.add_store(store);
    trusted.set_revocation(case.revocation);
    let verdict = trusted.verify_chain(&case.chain, Purpose::Client);
    let verdict = verdict.map(|verified| verified.unknown_revocation);
    assert_eq!(verdict, case.verdict, "{}, {:?}", case.name, case.revocation);
}

#[test]
fn the_search_in_a_folder_comes_to_the_verdicts_of_the_table() {
    for case in cases() {
        let folder = tempfile::tempdir().unwrap();
        for (number, (section, der)) in case.store.iter().enumerate() {
            let place = folder.path().join(section.name());
            std::fs::create_dir_all(&place).unwrap();
            std::fs::write(place.join(format!("{number}.der")), der).unwrap();
        }
        check(&case, &store::DirectoryStore::open(folder.path()).unwrap());
    }
}

#[cfg(windows)]
#[test]
#[ignore = "puts roots into the certificate stores of this machine, which stay there"]
fn windows_comes_to_the_verdicts_of_the_table() {
    use crate::windows::{Access, CRYPT_E_EXISTS, CertContext, CertStore};

    let cases = std::iter::repeat_with(cases).find(|cases| cases.iter().all(Case::is_for_wine)).unwrap();
    for (section, der) in cases.iter().flat_map(|case| &case.store) {
        let name = if *section == Section::Crl { "CA" } else { section.name() };
        let opened = CertStore::local_machine(name, Access::Write).unwrap();
        match section {
            // Several cases share a list.
            Section::Crl => assert!(matches!(opened.add_crl(der), Ok(()) | Err(CRYPT_E_EXISTS))),
            _ => opened.add(&CertContext::from_der(der).unwrap()).unwrap(),
        }
    }
    // A distrusted certificate is not trusted, even as itself.
    let disallowed = CertStore::local_machine("Disallowed", Access::Write).unwrap();
    let twice = Credential::self_signed(KeyKind::EcdsaP256, &["distrusted.example"]).unwrap();
    for opened in [&CertStore::local_machine("Root", Access::Write).unwrap(), &disallowed] {
        opened.add(&CertContext::from_der(twice.der()).unwrap()).unwrap();
    }
    drop(disallowed);
    let machine = store::MachineStore::open().unwrap();
    let refused = Case {
        name: "a self-signed client in Root and in Disallowed",
        chain: vec![twice.der().to_vec()],
        store: Vec::new(),
        revocation: Revocation::Off,
        verdict: Err(CertificateError::UnknownIssuer),
    };
    check(&refused, &machine);
    cases.iter().for_each(|case| check(case, &machine));
}
