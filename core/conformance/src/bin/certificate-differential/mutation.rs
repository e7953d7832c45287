//! Changes to the fields of a certificate before it is signed.

use crate::certificate::{
    Certificate, ECDSA_SHA1, ECDSA_SHA256, ECDSA_SHA384, ECDSA_SHA512, OTHER_KINDS, STRANGER, part,
};
use crate::tree::{Node, sequence, value};
use lsam_conformance::Random;

type Change = fn(&mut Certificate, &mut Random);

/// Every kind of change, with its name.
pub(crate) const CHANGES: &[(&str, Change)] = &[
    ("validity", validity),
    ("extended key usage", extended_key_usage),
    ("key usage", key_usage),
    ("basic constraints", basic_constraints),
    ("path length", path_length),
    ("name constraints", name_constraints),
    ("alternative names", alternative_names),
    ("version", |certificate, random| {
        certificate.version = random.of(&[None, Some(0), Some(1), Some(2), Some(3), Some(0xff)])
    }),
    ("unique ids", unique_ids),
    ("an extension twice", extension_twice),
    ("no extensions", |certificate, _| certificate.extensions.clear()),
    ("extensions in another order", |certificate, random| {
        let len = certificate.extensions.len().max(1);
        certificate.extensions.rotate_left(random.below(len));
    }),
    ("an unknown extension", unknown_extension),
    ("policies", policies),
    ("algorithms", algorithms),
    ("parameters of the algorithm", |certificate, _| certificate.has_parameters ^= true),
    ("serial number", serial),
    ("subject", |certificate, random| certificate.subject = name(&certificate.subject, random)),
    ("issuer", |certificate, random| certificate.issuer = name(&certificate.issuer, random)),
    ("key identifiers", key_identifiers),
    ("key", |certificate, random| certificate.key = random.of(&OTHER_KINDS)),
    ("signed by a stranger", |certificate, _| certificate.signer = STRANGER),
    ("signed by itself", |certificate, _| certificate.signer = certificate.key),
];

fn validity(certificate: &mut Certificate, random: &mut Random) {
    let times: [(u8, &[u8]); 15] = [
        (0x17, b"250101000000Z"),
        (0x17, b"270531235959Z"),
        (0x17, b"270601000001Z"),
        (0x17, b"350101000000Z"),
        (0x17, b"491231235959Z"),
        (0x17, b"500101000000Z"),
        (0x17, b"700101000000Z"),
        (0x17, b"2501010000Z"),
        (0x17, b"250101000000+0100"),
        (0x17, b"251301000000Z"),
        (0x18, b"20250101000000Z"),
        (0x18, b"20500101000000Z"),
        (0x18, b"99991231235959Z"),
        (0x18, b"20350101000000.5Z"),
        (0x18, b"203501010000Z"),
    ];
    let (tag, text) = random.of(&times);
    certificate.validity[random.below(2)] = value(tag, text);
}

fn extended_key_usage(certificate: &mut Certificate, random: &mut Random) {
    let kp = |n: u8| value(6, &[0x2b, 6, 1, 5, 5, 7, 3, n]);
    let any = value(6, &[0x55, 0x1d, 37, 0]);
    let usages = match random.below(8) {
        0 => vec![],
        1 => vec![kp(1)],
        2 => vec![kp(2)],
        3 => vec![kp(3)],
        4 => vec![any],
        5 => vec![any, kp(1), kp(2)],
        6 => vec![kp(9), kp(2), kp(1)],
        _ => return certificate.remove(37),
    };
    certificate.put(37, random.one_in(2), sequence(usages));
}

fn key_usage(certificate: &mut Certificate, random: &mut Random) {
    if random.one_in(6) {
        return certificate.remove(15);
    }
    let bits = random.of(&[0x00, 0x80, 0x04, 0x02, 0x06, 0x86, 0x20, 0xa0, 0x08, 0xff]);
    let unused = random.of(&[0, 1, 2, 5, 7, 8]);
    certificate.put(15, random.one_in(2), value(3, &[unused, bits]));
}

fn basic_constraints(certificate: &mut Certificate, random: &mut Random) {
    let inner = match random.below(5) {
        0 => return certificate.remove(19),
        1 => vec![],
        2 => vec![value(1, &[0xff])],
        3 => vec![value(1, &[0])],
        _ => vec![value(1, &[1])],
    };
    certificate.put(19, random.one_in(2), sequence(inner));
}

fn path_length(certificate: &mut Certificate, random: &mut Random) {
    let lengths: [&[u8]; 8] = [&[0], &[0], &[1], &[2], &[0x7f], &[1, 0], &[0xff], &[]];
    certificate.put(19, true, sequence([value(1, &[0xff]), value(2, random.of(&lengths))]));
}

fn name_constraints(certificate: &mut Certificate, random: &mut Random) {
    let subtree = |random: &mut Random| {
        let base = match random.below(9) {
            0 => value(0x82, b"example"),
            1 => value(0x82, b".example"),
            2 => value(0x82, b"agent.example"),
            3 => value(0x82, b"test"),
            4 => value(0x82, b""),
            5 => value(0x87, &[10, 0, 0, 0, 255, 0, 0, 0]),
            6 => value(0x87, &[0; 8]),
            7 => value(0x81, b"example"),
            _ => Node::Around(0xa4, vec![sequence([part(10, "Example")])]),
        };
        sequence([base])
    };
    let mut trees = Vec::new();
    for tag in [0xa0, 0xa1] {
        if random.one_in(2) {
            let count = random.below(2) + 1;
            trees.push(Node::Around(tag, (0..count).map(|_| subtree(random)).collect()));
        }
    }
    certificate.put(30, !random.one_in(4), sequence(trees));
}

fn alternative_names(certificate: &mut Certificate, random: &mut Random) {
    let names = match random.below(9) {
        0 => return certificate.remove(17),
        1 => vec![],
        2 => vec![value(0x82, b"agent.example"), value(0x82, b"other.test")],
        3 => vec![value(0x82, b"*.example")],
        4 => vec![value(0x82, b"")],
        5 => vec![value(0x87, &[10, 1, 2, 3])],
        6 => vec![value(0x87, &[10, 1, 2])],
        7 => vec![value(0x82, b"a\0gent.example")],
        _ => vec![value(0x81, b"a@example"), value(0x86, b"https://agent.example/")],
    };
    certificate.put(17, random.one_in(2), sequence(names));
}

fn unique_ids(certificate: &mut Certificate, random: &mut Random) {
    let tags: [&[u8]; 4] = [&[0x81], &[0x82], &[0x81, 0x82], &[0x82, 0x81]];
    certificate.unique_ids = random.of(&tags).iter().map(|tag| value(*tag, &[0, 0xaa])).collect();
}

fn extension_twice(certificate: &mut Certificate, random: &mut Random) {
    if !certificate.extensions.is_empty() {
        let again = certificate.extensions[random.below(certificate.extensions.len())].clone();
        certificate.extensions.push(again);
    }
}

fn unknown_extension(certificate: &mut Certificate, random: &mut Random) {
    let id = random.of(&[9, 33, 54, 60, 99]);
    certificate.put(id, random.one_in(2), value(5, &[]));
}

fn policies(certificate: &mut Certificate, random: &mut Random) {
    let policy = sequence([sequence([value(6, &[0x55, 0x1d, 32, 0])])]);
    let (id, inner) = match random.below(4) {
        0 => (32, policy),
        1 => (36, sequence([value(0x80, &[0])])),
        2 => (36, sequence([value(0x81, &[0])])),
        _ => (54, value(2, &[0])),
    };
    certificate.put(id, random.one_in(2), inner);
}

fn algorithms(certificate: &mut Certificate, random: &mut Random) {
    let other = random.of(&[ECDSA_SHA1, ECDSA_SHA256, ECDSA_SHA384, ECDSA_SHA512, &[0x2b, 0x65, 0x70]]);
    match random.below(3) {
        0 => certificate.algorithms = [other; 2],
        n => certificate.algorithms[n - 1] = other,
    }
}

fn serial(certificate: &mut Certificate, random: &mut Random) {
    let mut serials =
        vec![vec![], vec![0], vec![0xff], vec![0x80, 1], vec![0, 1], vec![0xff, 0xff], vec![0, 0x80]];
    serials.extend([19, 20, 21, 40].map(|len| vec![0x55; len]));
    certificate.serial = serials.swap_remove(random.below(serials.len()));
}

fn name(name: &[Node], random: &mut Random) -> Vec<Node> {
    match random.below(6) {
        0 => vec![],
        1 => name.iter().rev().cloned().collect(),
        2 => [name, &[part(11, "Unit")]].concat(),
        3 => vec![part(10, "EXAMPLE"), part(3, "Root")],
        4 => vec![part(10, "Example"), part(3, "  Root  ")],
        _ => vec![part(10, "Example"), part(3, random.of(&["Root", "Sub", "Sub 2", "agent.example"]))],
    }
}

fn key_identifiers(certificate: &mut Certificate, random: &mut Random) {
    let id = [random.below(6) as u8; 8];
    match random.below(4) {
        0 => certificate.put(14, random.one_in(4), value(4, &id)),
        1 => certificate.put(35, random.one_in(4), sequence([value(0x80, &id)])),
        2 => certificate.put(35, false, sequence([value(0x82, &[1])])),
        _ => certificate.remove(random.of(&[14, 35])),
    }
}
