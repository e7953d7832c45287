//! Seeds of the targets that verify certificates and names.

use super::Seed;
use crate::issuance::{
    Subject, authority, certificate, common_name, end_entity, extension, revocation_list, tlv,
};

pub(super) fn seeds(seeds: &mut Vec<Seed>) {
    for (name, parts) in chains() {
        let mut input = vec![0];
        for (kind, der) in &parts {
            input.push(*kind);
            input.extend((der.len() as u16).to_be_bytes());
            input.extend(der);
        }
        seeds.push(("chain", name.to_owned(), input));
    }
    for (name, der) in certificates() {
        seeds.push(("certificate", name.to_owned(), der));
    }
    serials(seeds);
    distinguished_names(seeds);
}

/// The kinds of parts in a chain.
const PRESENTED: u8 = 0;
const ROOT: u8 = 1;
const INTERMEDIATE: u8 = 2;
const LIST: u8 = 3;

const UNTIL_2030: &[u8; 13] = b"300101000000Z";

/// A certificate for `subject` from `issuer`; its serial number is the number of its key.
fn issued(issuer: &str, subject: &str, key: u8, extensions: Vec<Vec<u8>>) -> Vec<u8> {
    until(UNTIL_2030, issuer, subject, key, extensions)
}

fn until(end: &[u8; 13], issuer: &str, subject: &str, key: u8, extensions: Vec<Vec<u8>>) -> Vec<u8> {
    let (issuer, subject) = (common_name(issuer), common_name(subject));
    certificate(&Subject {
        issuer: &issuer,
        subject: &subject,
        serial: &[key],
        key,
        not_after: end,
        extensions,
    })
}

fn list(issuer: &str, serials: &[&[u8]], extensions: &[u8]) -> Vec<u8> {
    revocation_list(&common_name(issuer), serials, extensions)
}

fn root() -> Vec<u8> {
    issued("Root", "Root", 1, authority())
}

fn sub() -> Vec<u8> {
    issued("Root", "Sub", 2, authority())
}

fn leaf() -> Vec<u8> {
    issued("Sub", "agent.example", 3, end_entity("agent.example"))
}

/// nameConstraints that permit one DNS domain.
fn permitted(domain: &[u8]) -> Vec<u8> {
    extension(30, true, &tlv(0x30, &tlv(0xa0, &tlv(0x30, &tlv(0x82, domain)))))
}

/// Parts with their kinds.
type Chain = Vec<(u8, Vec<u8>)>;

fn chains() -> Vec<(&'static str, Chain)> {
    let below = |sub: Vec<u8>| vec![(PRESENTED, leaf()), (PRESENTED, sub), (ROOT, root())];
    let with = |lists: &[Vec<u8>]| {
        let lists = lists.iter().map(|der| (LIST, der.clone()));
        below(sub()).into_iter().chain(lists).collect()
    };
    let key_usage_of_signer = extension(15, true, &[3, 2, 2, 0x04]);
    let path_len =
        vec![extension(19, true, &tlv(0x30, &[1, 1, 0xff, 2, 1, 0])), extension(15, true, &[3, 2, 1, 6])];
    let delta = extension(27, true, &[2, 1, 1]);
    let for_users = extension(28, true, &tlv(0x30, &[0x81, 1, 0xff]));
    let constrained = |domain| issued("Root", "Sub", 2, [authority(), vec![permitted(domain)]].concat());
    let mut bad = leaf();
    let len = bad.len();
    bad[len - 8] = 0xff;
    let own = issued("agent", "agent", 3, end_entity("agent.example"));
    vec![
        ("chain", below(sub())),
        ("good", with(&[list("Root", &[], &[]), list("Sub", &[&[9]], &extension(20, false, &[2, 1, 1]))])),
        ("revoked", with(&[list("Root", &[], &[]), list("Sub", &[&[9], &[3]], &[])])),
        ("revoked-authority", with(&[list("Root", &[&[2]], &[]), list("Sub", &[], &[])])),
        ("delta", with(&[list("Root", &[], &[]), list("Sub", &[], &delta)])),
        ("for-users", with(&[list("Root", &[], &[]), list("Sub", &[], &for_users)])),
        ("self-signed", vec![(PRESENTED, own.clone()), (ROOT, own)]),
        ("bad-signature", vec![(PRESENTED, bad), (PRESENTED, sub()), (ROOT, root())]),
        (
            "expired",
            vec![
                (PRESENTED, until(b"250101000000Z", "Sub", "agent.example", 3, end_entity("agent.example"))),
                (PRESENTED, sub()),
                (ROOT, root()),
            ],
        ),
        ("constrained", below(constrained(b"example"))),
        ("constrained-outside", below(constrained(b"test"))),
        ("no-authority", below(issued("Root", "Sub", 2, vec![]))),
        (
            "may-not-issue",
            below(issued(
                "Root",
                "Sub",
                2,
                vec![authority()[0].clone(), extension(15, true, &[3, 2, 7, 0x80])],
            )),
        ),
        ("may-not-list", {
            let sub = issued("Root", "Sub", 2, vec![authority()[0].clone(), key_usage_of_signer]);
            below(sub).into_iter().chain([(LIST, list("Sub", &[&[3]], &[]))]).collect()
        }),
        ("path-length", below(issued("Root", "Sub", 2, path_len))),
        (
            "from-the-set",
            vec![
                (PRESENTED, leaf()),
                (INTERMEDIATE, sub()),
                (ROOT, issued("Other", "Other", 7, authority())),
                (ROOT, root()),
            ],
        ),
        (
            "cross-signed",
            vec![
                (PRESENTED, leaf()),
                (PRESENTED, issued("Gone", "Sub", 2, authority())),
                (PRESENTED, issued("Sub", "Gone", 5, authority())),
                (PRESENTED, sub()),
                (ROOT, root()),
            ],
        ),
    ]
}

fn certificates() -> Vec<(&'static str, Vec<u8>)> {
    // serverAuth, clientAuth
    let usages =
        [&b"\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x01"[..], b"\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x02"]
            .concat();
    let address = [tlv(0x87, &[192, 0, 2, 1]), tlv(0x82, b"*.example"), tlv(0x81, b"a@example")].concat();
    let rich = vec![
        extension(14, false, &tlv(4, &[1; 20])),
        extension(35, false, &tlv(0x30, &tlv(0x80, &[2; 20]))),
        extension(37, false, &tlv(0x30, &usages)),
        extension(17, false, &tlv(0x30, &address)),
        extension(
            31,
            false,
            &tlv(0x30, &tlv(0x30, &tlv(0xa0, &tlv(0xa0, &tlv(0x86, b"http://a.example/"))))),
        ),
        extension(36, false, &tlv(0x30, &[0x80, 1, 0])),
        permitted(b"example"),
    ];
    let point = extension(28, true, &tlv(0x30, &tlv(0xa0, &tlv(0xa0, &tlv(0x86, b"http://a.example/")))));
    vec![
        ("authority", root()),
        ("end-entity", leaf()),
        ("no-extensions", issued("a", "b", 0x7f, vec![])),
        ("every-extension", issued("a", "b", 3, rich)),
        ("list", list("Root", &[&[9], &[0, 0x80]], &extension(20, false, &[2, 1, 1]))),
        ("list-of-a-point", list("Root", &[], &point)),
    ]
}

fn serials(seeds: &mut Vec<Seed>) {
    for (name, text) in [
        ("plain", "0a1b2c"),
        ("windows", "\u{200e}0A 1B 2C"),
        ("colons", "0A:1B:2C"),
        ("hyphens", "0a-1b-2c"),
        ("prefix", " 0x0A1B2C "),
        ("odd", "a1b2c"),
        ("zero", "00 00"),
        ("empty", " "),
        ("no-digit", "0x"),
        ("other", "0a1g"),
        ("longest", "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"),
        (
            "too-long",
            "01 ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff",
        ),
    ] {
        seeds.push(("serial", name.to_owned(), text.as_bytes().to_vec()));
    }
}

fn distinguished_names(seeds: &mut Vec<Seed>) {
    /// A choice of type, string type and position, with a value.
    type Part = (u8, &'static [u8]);
    let plain: &[Part] = &[(3, b"DE"), (1, b"Example, Inc."), (0, b"agent.example")];
    let cases: [(&str, &[Part], &[&str], &str); 12] = [
        ("as-shown", plain, &[], "CN=agent.example,O=Example\\, Inc.,C=DE"),
        ("as-windows-shows-it", plain, &[], "CN = agent.example, O = \"Example, Inc.\", C = DE"),
        ("as-openssl-shows-it", plain, &[], "C = DE, O = \"Example, Inc.\", CN = agent.example"),
        ("escaped-digits", plain, &[], "CN=agent.example,O=Example\\2C Inc.,C=DE"),
        ("other-case", plain, &[], "cn=AGENT.example;o=\"example,   inc.\";c=de"),
        ("several-in-a-part", &[(1, b"O"), (0, b"agent"), (0x22, b"Test")], &[], "CN=agent+OU=Test,O=O"),
        ("common-name", plain, &[], "agent.example"),
        ("alternative-name", plain, &["agent.example", "*.apps.example"], "x.apps.example."),
        ("other-name", plain, &["agent.example"], "machine-7"),
        (
            "strings",
            &[(0x08, b"a"), (0x10, b"Z\xfcrich"), (0x18, b"\0Z\0\xfc\x20\xac")],
            &[],
            "CN=a,CN=Z\u{fc}rich",
        ),
        ("edges", &[(0, b" # a\\ "), (4, b"\"a\"=b\n")], &[], "E=\\\"a\\\"=b\\0a,CN=\\ # a\\\\\\ "),
        ("no-name", &[(5, b"x"), (0, b"\xff")], &[], "CN=#0c01ff,2.5.4.65=#0c0178"),
    ];
    for (name, parts, alternatives, text) in cases {
        let mut input = vec![parts.len() as u8];
        for (choice, value) in parts {
            input.extend([*choice, value.len() as u8]);
            input.extend(*value);
        }
        input.push(alternatives.len() as u8);
        for name in alternatives {
            input.push(name.len() as u8);
            input.extend(name.as_bytes());
        }
        input.extend(text.as_bytes());
        seeds.push(("distinguished_name", name.to_owned(), input));
    }
}
