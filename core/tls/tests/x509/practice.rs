//! Certificates and lists as authorities write them in practice, which no suite covers.

use super::issue::{
    BMP, Fields, Issuer, Key, NULL, PRINTABLE, RSA, RSA_SHA256, TELETEX, UNIVERSAL, UTF8, common_name,
    extension, part, pss, sequence, tlv,
};
use lsam_tls::{
    UnixTime,
    crypto::rustcrypto::RustCrypto,
    x509::{
        CertificateError, MalformedPart, Name, Purpose, Revocation, TrustSet, UnknownRevocation, Verified,
    },
};

/// 2027-06-01T00:00:00Z
const NOW: UnixTime = UnixTime(1_811_808_000);

/// A chain, and what it is verified against.
#[derive(Default)]
pub(crate) struct Case {
    pub(crate) chain: Vec<Vec<u8>>,
    pub(crate) roots: Vec<Vec<u8>>,
    pub(crate) intermediates: Vec<Vec<u8>>,
    pub(crate) lists: Vec<Vec<u8>>,
}

impl Case {
    pub(crate) fn verify(&self, purpose: Purpose) -> Result<Option<UnknownRevocation>, CertificateError> {
        let chain = self.chain.iter().map(Vec::as_slice);
        let [roots, intermediates, lists] = [&self.roots, &self.intermediates, &self.lists]
            .map(|ders| ders.iter().map(Vec::as_slice).collect::<Vec<&[u8]>>());
        let revocation = if lists.is_empty() { Revocation::Off } else { Revocation::AllowUnknown };
        let trust = TrustSet::new(&roots, &intermediates).with_revocation(&lists, revocation);
        let verdict = trust.verify_without_name::<RustCrypto>(chain, purpose, Some(NOW));
        verdict.map(|Verified { unknown_revocation, .. }| unknown_revocation)
    }
}

#[test]
fn rsa_algorithms_without_null_are_those_with_it() {
    let root = Issuer::new("Root", Key::rsa());
    let (client, key) = (Key::rsa(), Key::p256());
    let bare = sequence(&[&tlv(6, RSA_SHA256)]);
    for algorithm in [None, Some(bare.clone()), Some(pss(NULL)), Some(pss(&[]))] {
        let leaf = root.issue(&Fields { algorithm: algorithm.clone(), ..Fields::of_peer("client", &key) });
        let itself =
            root.issue(&Fields { algorithm: algorithm.clone(), ..Fields::of_authority("Root", &root.key) });
        for (serials, verdict) in [(&[4_u8][..], Ok(None)), (&[4, 5], Err(CertificateError::Revoked))] {
            let lists = vec![root.list(&root.name, serials, algorithm.clone())];
            let case =
                Case { chain: vec![leaf.clone()], roots: vec![itself.clone()], lists, ..Case::default() };
            assert_eq!(case.verify(Purpose::Client), verdict, "{algorithm:02x?}");
        }
    }
    // The same in a SubjectPublicKeyInfo.
    let info = client.info();
    let with_null = sequence(&[&tlv(6, RSA), NULL]);
    let at = info.windows(with_null.len()).position(|window| window == with_null).unwrap();
    let key = &info[at + with_null.len()..];
    for parameters in [NULL, &[]] {
        let info = sequence(&[&sequence(&[&tlv(6, RSA), parameters]), key]);
        let leaf = root.issue(&Fields { info, ..Fields::of_peer("client", &client) });
        let case = Case { chain: vec![leaf], roots: vec![root.itself("Root")], ..Case::default() };
        assert_eq!(case.verify(Purpose::Client), Ok(None), "{parameters:02x?}");
    }
}

/// The same name with other string types, capitals and spaces.
fn writings() -> Vec<Vec<u8>> {
    let organization = "Müller & Söhne";
    let with = |tag: u8, organization: &str, common: &str| {
        sequence(&[&part(6, PRINTABLE, "DE"), &part(10, tag, organization), &part(3, tag, common)])
    };
    vec![
        with(UTF8, organization, "Issuing CA"),
        with(TELETEX, organization, "Issuing CA"),
        with(BMP, organization, "Issuing CA"),
        with(UNIVERSAL, organization, "Issuing CA"),
        with(UTF8, "MÜLLER  &  söhne ", " ISSUING   ca"),
        sequence(&[
            &part(6, UTF8, "de"),
            &part(10, BMP, " müller & SÖHNE"),
            &part(3, PRINTABLE, "issuing CA"),
        ]),
    ]
}

#[test]
fn an_authority_is_found_however_its_name_is_written() {
    let root = Issuer::new("Root", Key::p256());
    let issuing = Issuer { name: writings().remove(0), key: Key::p256() };
    let peer = Key::p256();
    for written in writings() {
        let own = root.issue(&Fields { subject: written.clone(), ..Fields::of_authority("", &issuing.key) });
        let leaf = issuing.issue(&Fields::of_peer("client", &peer));
        // The name of the issuer in its certificate, in that of the peer and in the list: all three differ.
        for of_list in writings() {
            let lists = vec![root.list(&root.name, &[], None), issuing.list(&of_list, &[5], None)];
            let (chain, roots) = (vec![leaf.clone(), own.clone()], vec![root.itself("Root")]);
            let case = Case { chain, roots, lists, ..Case::default() };
            assert_eq!(
                case.verify(Purpose::Client),
                Err(CertificateError::Revoked),
                "{written:02x?} {of_list:02x?}"
            );
        }
        let case = Case {
            chain: vec![leaf],
            roots: vec![root.itself("ROOT")],
            intermediates: vec![own],
            ..Case::default()
        };
        assert_eq!(case.verify(Purpose::Client), Ok(None));
    }
}

fn name(der: &[u8]) -> Name<'_> {
    Name::from_der(der).unwrap()
}

#[test]
fn names_are_equal_however_they_are_written() {
    let writings = writings();
    for (one, other) in writings.iter().flat_map(|one| writings.iter().map(move |other| (one, other))) {
        assert_eq!(name(one), name(other), "{one:02x?} {other:02x?}");
    }
    let both = |one: &[u8], other: &[u8]| (name(one) == name(other), name(other) == name(one));
    let of = |tag, text| sequence(&[&part(3, tag, text)]);
    let cyrillic = both(&of(UTF8, "ЦЕНТР Ё"), &of(BMP, "центр ё"));
    assert_eq!(cyrillic, (true, true));
    let attribute = |id: u8, text: &str| sequence(&[&[6, 3, 0x55, 4, id], &tlv(UTF8, text.as_bytes())]);
    let set = |attributes: &[Vec<u8>]| sequence(&[&tlv(0x31, &attributes.concat())]);
    let (a, b, c) = (attribute(3, "a"), attribute(11, "b"), attribute(11, "c"));
    assert_eq!(both(&set(&[a.clone(), b.clone()]), &set(&[b.clone(), attribute(3, "A")])), (true, true));
    for (one, other) in [
        (of(UTF8, "CA 1"), of(UTF8, "CA1")),
        (of(UTF8, "CA"), sequence(&[&part(10, UTF8, "CA")])),
        (of(UTF8, "CA"), sequence(&[&part(3, UTF8, "CA"), &part(3, UTF8, "CA")])),
        (
            sequence(&[&part(10, UTF8, "O"), &part(3, UTF8, "CA")]),
            sequence(&[&part(3, UTF8, "CA"), &part(10, UTF8, "O")]),
        ),
        (set(&[a.clone(), b.clone()]), set(&[a.clone(), c.clone()])),
        (set(&[a.clone(), b.clone()]), sequence(&[&tlv(0x31, &a), &tlv(0x31, &b)])),
        (set(&[b.clone(), b.clone()]), set(&[b, c])),
        (of(0x04, "CA"), of(UTF8, "CA")),
        (of(0x04, "CA"), of(0x04, "ca")),
        (of(BMP, "\u{1f600}"), of(BMP, "\u{1f601}")),
    ] {
        assert_eq!(both(&one, &other), (false, false), "{one:02x?} {other:02x?}");
    }
}

/// As many parts as fit into 60 KiB, and one part with as many attributes.
#[test]
fn long_names_are_compared_in_time() {
    let start = std::time::Instant::now();
    for (count, in_one_part) in [(4_000, false), (4_000, true)] {
        let names = ["a", "A"].map(|text| {
            let attribute = sequence(&[&[6, 3, 0x55, 4, 3], &tlv(UTF8, text.as_bytes())]);
            let part =
                if in_one_part { attribute.repeat(count) } else { tlv(0x31, &attribute).repeat(count) };
            sequence(&[&if in_one_part { tlv(0x31, &part) } else { part }])
        });
        assert_eq!(name(&names[0]) == name(&names[1]), !in_one_part);
    }
    assert!(start.elapsed().as_secs() < 60, "{:?}", start.elapsed());
}

/// A client below an authority whose certificate has `of_authority`, itself with `of_peer`.
fn extended(
    of_authority: &[Vec<u8>],
    of_peer: &[Vec<u8>],
    purpose: Purpose,
    name: Vec<u8>,
) -> Result<(), CertificateError> {
    let (root, issuing) = (Issuer::new("Root", Key::p256()), Issuer::new("Issuing CA", Key::p256()));
    let mut fields = Fields::of_authority("Issuing CA", &issuing.key);
    fields.extensions.extend_from_slice(of_authority);
    let own = root.issue(&fields);
    let mut fields = Fields { subject: name, ..Fields::of_peer("", &Key::p256()) };
    fields.extensions.extend_from_slice(of_peer);
    let case = Case {
        chain: vec![issuing.issue(&fields), own],
        roots: vec![root.itself("Root")],
        ..Case::default()
    };
    case.verify(purpose).map(|_| ())
}

#[test]
fn policies_that_nobody_requires_do_no_harm() {
    // certificatePolicies, policyMappings, inhibitPolicyMapping and inhibitAnyPolicy.
    let policy = sequence(&[b"\x06\x03\x2a\x03\x04"]);
    let policies = extension(32, true, &sequence(&[&policy]));
    let mappings =
        extension(33, true, &sequence(&[&sequence(&[b"\x06\x03\x2a\x03\x04\x06\x03\x2a\x03\x05"])]));
    let inhibit_mapping = extension(36, true, b"\x30\x03\x81\x01\x00");
    let inhibit_any = extension(54, true, b"\x02\x01\x00");
    for all in [
        vec![policies.clone(), inhibit_any.clone()],
        vec![policies.clone(), mappings, inhibit_mapping, inhibit_any],
    ] {
        let verdict = extended(&all, std::slice::from_ref(&policies), Purpose::Client, common_name("client"));
        assert_eq!(verdict, Ok(()));
    }
    let required = extension(36, true, b"\x30\x03\x80\x01\x00");
    let verdict = extended(&[policies, required], &[], Purpose::Client, common_name("client"));
    assert_eq!(verdict, Err(CertificateError::UnsupportedExtension));
}

#[test]
fn a_malformed_name_that_nobody_looks_for_does_not_refuse() {
    let alternatives = |names: &[&[u8]]| vec![extension(17, false, &sequence(names))];
    for wrong in [
        &tlv(0x82, "münchen.example".as_bytes())[..],
        &tlv(0x87, &[10, 0, 0, 1, 255, 0, 0, 0]),
        &tlv(0x87, b"10.0.0.1"),
        &[],
    ] {
        for purpose in [Purpose::Client, Purpose::Server] {
            let verdict = extended(&[], &alternatives(&[wrong, b"\x82\x01a"]), purpose, common_name("a"));
            assert_eq!(verdict, Ok(()), "{wrong:02x?}");
        }
    }
    // Unless an authority has constraints on its type.
    let constraints = sequence(&[&tlv(
        0xa1,
        &[sequence(&[b"\x82\x01b"]), sequence(&[b"\x87\x08\0\0\0\0\0\0\0\0"])].concat(),
    )]);
    for wrong in [&b"\x82\x02\xc3\xbc"[..], b"\x87\x05\x01\x02\x03\x04\x05"] {
        let verdict = extended(
            &[extension(30, true, &constraints)],
            &alternatives(&[wrong]),
            Purpose::Client,
            common_name("a"),
        );
        assert_eq!(verdict, Err(CertificateError::NameConstraint), "{wrong:02x?}");
    }
}

#[test]
fn names_keep_their_constraints() {
    const DNS: u8 = 0x82;
    const MAIL: u8 = 0x81;
    const URI: u8 = 0x86;
    const IP: u8 = 0x87;
    let check = |permitted: bool, tag: u8, base: &[u8], name: &[u8]| {
        let subtrees = tlv(if permitted { 0xa0 } else { 0xa1 }, &sequence(&[&tlv(tag, base)]));
        let alternatives = extension(17, false, &sequence(&[&tlv(tag, name)]));
        let constraints = extension(30, true, &sequence(&[&subtrees]));
        extended(&[constraints], &[alternatives], Purpose::Client, common_name("prose of a client")).is_ok()
    };
    for (tag, base, name, is_within) in [
        (DNS, "example", "agent.example", true),
        (DNS, "example", "EXAMPLE", true),
        (DNS, "example", "anexample", false),
        (DNS, "a.example", "example", false),
        (DNS, ".example", "a.example", true),
        (DNS, ".example", "example", false),
        (DNS, "", "anything.test", true),
        (DNS, "example", "*.example", true),
        (DNS, "example", "a.example.", true),
        (DNS, "example", ".example", false),
        (MAIL, "", "a@example", true),
        (MAIL, "example", "a@example", true),
        (MAIL, "example", "a@b.example", false),
        (MAIL, ".example", "a@b.Example", true),
        (MAIL, ".example", "a@example", false),
        (MAIL, "a@example", "a@EXAMPLE", true),
        (MAIL, "a@example", "A@example", false),
        (MAIL, "a@example", "ba@example", false),
        (URI, "", "https://host.example", true),
        (URI, "host.example", "https://user@Host.Example:8443/a?b", true),
        (URI, "host.example", "https://a.host.example/", false),
        (URI, ".example", "ldap://a.example", true),
        (URI, ".example", "ldap://example", false),
        (URI, ".example", "https://evil.test/@a.example", false),
        (URI, ".example", "https://evil.test#@a.example", false),
    ] {
        assert_eq!(check(true, tag, base.as_bytes(), name.as_bytes()), is_within, "permitted {base}: {name}");
        assert_eq!(
            check(false, tag, base.as_bytes(), name.as_bytes()),
            !is_within,
            "excluded {base}: {name}"
        );
    }
    for (base, name, is_within) in [
        (&[10, 0, 0, 0, 255, 0, 0, 0][..], &[10, 1, 2, 3][..], true),
        (&[10, 0, 0, 0, 255, 0, 0, 0], &[11, 1, 2, 3], false),
        (&[0; 8], &[11, 1, 2, 3], true),
        (&[0; 32], &[11, 1, 2, 3], false),
        (&[0; 32], &[0x20; 16], true),
    ] {
        assert_eq!(check(true, IP, base, name), is_within, "permitted {base:?}: {name:?}");
        assert_eq!(check(false, IP, base, name), !is_within, "excluded {base:?}: {name:?}");
    }
    // One of the names that a wildcard matches is excluded, and only one of them is permitted.
    assert!(!check(false, DNS, b"a.example", b"*.example") && !check(true, DNS, b"a.example", b"*.example"));
    assert!(check(false, DNS, b"b.a.example", b"*.example"));
    // A malformed name, or one of a type without a definition, is rejected either way.
    for (tag, base, name) in [
        (DNS, &b"example"[..], "ü.example".as_bytes()),
        (DNS, b"example", b"a .example"),
        (MAIL, b"example", "ü@example".as_bytes()),
        (MAIL, b"example", b"a b@example"),
        (URI, b"a.example", "https://a.example/ü".as_bytes()),
        (URI, b"a.example", b"https://a.example/ "),
        (MAIL, b"example", b"example"),
        (MAIL, b"example", b"@example"),
        (URI, b"example", b"urn:example"),
        (URI, b"example", b"https://10.0.0.1/"),
        (URI, b"example", b"https://[::1]/"),
        (URI, b"example", b"https:///a"),
        (IP, &[10, 0, 0, 0], &[10, 0, 0, 0]),
        (IP, &[0; 8], &[10, 0, 0]),
        (0x88, b"\x2a\x03", b"\x2a\x03"),
        (0xa0, b"\x06\x01\x2a", b"\x06\x01\x2a"),
    ] {
        assert!(!check(true, tag, base, name) && !check(false, tag, base, name), "{tag:02x} {name:02x?}");
    }
}

#[test]
fn the_subject_has_constraints_too() {
    let constrained = |subtree: Vec<u8>, alternatives: &[&[u8]], name: &[u8], purpose| {
        let constraints = extension(30, true, &sequence(&[&tlv(0xa0, &sequence(&[&subtree]))]));
        let alternatives = extension(17, false, &sequence(alternatives));
        extended(&[constraints], &[alternatives], purpose, name.to_vec()).is_ok()
    };
    let dns = || tlv(0x82, b"example");
    // The common name of a server counts as its name if it has no alternative name of that type.
    for (alternatives, name, of_server) in [
        (&[][..], "agent.example", true),
        (&[], "agent.test", false),
        (&[], "agent of the test", true),
        (b"\x82\x09a.example", "agent.test", true),
        (b"\x81\x03a@b", "agent.test", false),
    ] {
        assert_eq!(
            constrained(dns(), &[alternatives], &common_name(name), Purpose::Server),
            of_server,
            "{name}"
        );
        assert!(constrained(dns(), &[alternatives], &common_name(name), Purpose::Client), "{name}");
    }
    let address = || tlv(0x87, &[10, 0, 0, 0, 255, 0, 0, 0]);
    assert!(!constrained(address(), &[], &common_name("10.1.2.3"), Purpose::Server), "it is not compared");
    assert!(!constrained(address(), &[], &common_name("fd00::1"), Purpose::Server));
    assert!(constrained(
        address(),
        &[b"\x87\x04\x0a\x01\x02\x03"],
        &common_name("11.1.2.3"),
        Purpose::Server
    ));
    assert!(constrained(address(), &[], &common_name("10.1.2.3"), Purpose::Client));
    // The mail address of a subject, unless one is among the alternative names.
    let mail = |address: &str| {
        let oid = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09\x01";
        sequence(&[&tlv(0x31, &sequence(&[oid, &tlv(0x16, address.as_bytes())]))])
    };
    let host = || tlv(0x81, b"example");
    assert!(constrained(host(), &[], &mail("a@example"), Purpose::Client));
    assert!(!constrained(host(), &[], &mail("a@test"), Purpose::Client));
    assert!(constrained(host(), &[b"\x81\x09a@example"], &mail("a@test"), Purpose::Client));
    // The whole subject, in any encoding.
    let base = tlv(0xa4, &sequence(&[&part(10, PRINTABLE, "Example")]));
    let named = |organization: &str| sequence(&[&part(10, UTF8, organization), &part(3, UTF8, "a")]);
    assert!(constrained(base.clone(), &[], &named("EXAMPLE"), Purpose::Client));
    assert!(!constrained(base, &[], &named("Other"), Purpose::Client));
}

#[test]
fn what_is_malformed_is_named() {
    type Case<'c> = (&'c str, &'c dyn Fn(&mut Fields));

    let (root, key) = (Issuer::new("Root", Key::p256()), Key::p256());
    let found = |change: &dyn Fn(&mut Fields)| {
        let mut fields = Fields::of_peer("client", &key);
        change(&mut fields);
        MalformedPart::find(&root.issue(&fields)).map(|part| part.to_string())
    };
    assert_eq!(found(&|_| {}), None);

    let cases: [Case<'_>; 14] = [
        ("subject", &|fields| fields.subject = sequence(&[NULL])),
        ("issuer", &|fields| fields.issuer = Some(NULL.to_vec())),
        ("subjectPublicKeyInfo", &|fields| fields.info = sequence(&[NULL])),
        ("validity", &|fields| fields.years.0 = 10_000),
        ("keyUsage", &|fields| fields.extensions.push(extension(15, true, NULL))),
        ("extendedKeyUsage", &|fields| fields.extensions = vec![extension(37, false, NULL)]),
        ("subjectKeyIdentifier", &|fields| fields.extensions = vec![extension(14, false, NULL)]),
        ("nameConstraints", &|fields| fields.extensions = vec![extension(30, false, NULL)]),
        ("authorityKeyIdentifier", &|fields| fields.extensions = vec![extension(35, false, NULL)]),
        ("basicConstraints", &|fields| fields.extensions = vec![extension(19, false, NULL)]),
        ("policyConstraints", &|fields| fields.extensions = vec![extension(36, false, NULL)]),
        ("subjectAltName", &|fields| {
            fields.extensions.push(extension(32, false, NULL));
            fields.extensions.push(extension(17, false, &sequence(&[&[0x82, 5, b'a']])));
        }),
        ("an extension", &|fields| fields.extensions.push(sequence(&[b"\x06\x02\x2a\x03", NULL]))),
        ("an extension", &|fields| {
            fields.extensions = vec![extension(15, true, b"\x03\x02\x07\x80"), NULL.to_vec()]
        }),
    ];
    for (part, change) in cases {
        let found = found(change).unwrap();
        assert!(found.starts_with("the encoding (DER) is wrong at byte "), "{found}");
        assert!(found.ends_with(&format!(", in {part}")), "{part}: {found}");
    }
}
