//! Names as bytes and as text.

use std::{
    string::{String, ToString},
    vec::Vec,
};

use lsam_testing::der::tlv;

use super::*;

/// A SET of one attribute.
fn part(oid: &[u8], tag: u8, value: &[u8]) -> Vec<u8> {
    tlv(0x31, &tlv(0x30, &[tlv(0x06, oid), tlv(tag, value)].concat()))
}

fn shown(name: &[u8]) -> String {
    Name::parse(&mut Der::new(name)).unwrap().to_string()
}

fn shown_common_name(tag: u8, value: &[u8]) -> String {
    shown(&tlv(0x30, &part(COMMON_NAME, tag, value)))
}

#[test]
fn the_most_specific_part_is_shown_first() {
    let der = [
        0x30, 0x2f, 0x31, 0x0b, 0x30, 0x09, 0x06, 0x03, 0x55, 0x04, 0x06, 0x13, 0x02, b'D', b'E', 0x31, 0x0c,
        0x30, 0x0a, 0x06, 0x03, 0x55, 0x04, 0x0a, 0x0c, 0x03, b'A', b'C', b'E', 0x31, 0x12, 0x30, 0x10, 0x06,
        0x03, 0x55, 0x04, 0x03, 0x0c, 0x09, b'a', b'g', b'e', b'n', b't', b'.', b'l', b'a', b'n',
    ];
    assert_eq!(shown(&der), "CN=agent.lan,O=ACE,C=DE");
    assert_eq!(Name::parse(&mut Der::new(&der)).unwrap().der(), der);
}

#[test]
fn several_attributes_of_one_part_are_joined() {
    let one = |oid: &[u8], value: &[u8]| tlv(0x30, &[tlv(0x06, oid), tlv(0x0c, value)].concat());
    let set = tlv(0x31, &[one(COMMON_NAME, b"a"), one(&[0x55, 0x04, 0x0b], b"b")].concat());
    assert_eq!(shown(&tlv(0x30, &set)), "CN=a+OU=b");
}

#[test]
fn what_has_a_meaning_in_the_text_is_escaped() {
    for (value, expected) in [
        ("Example, Inc.", "CN=Example\\, Inc."),
        (" #a+b ", "CN=\\ #a\\+b\\ "),
        ("#1", "CN=\\#1"),
        ("a\"b\\c<d>e;f", "CN=a\\\"b\\\\c\\<d\\>e\\;f"),
        ("a=b", "CN=a=b"),
        (" ", "CN=\\ "),
        ("Zürich", "CN=Zürich"),
        ("", "CN="),
    ] {
        assert_eq!(shown_common_name(0x0c, value.as_bytes()), expected);
    }
}

#[test]
fn what_deceives_in_a_log_is_escaped() {
    assert_eq!(shown_common_name(0x0c, b"a\nb\0c\x1b[2J\x7f"), "CN=a\\0ab\\00c\\1b[2J\\7f");
    assert_eq!(shown_common_name(0x0c, "a\u{202e}b".as_bytes()), "CN=a\\e2\\80\\aeb");
}

#[test]
fn every_kind_of_string_is_text() {
    assert_eq!(shown_common_name(tag::PRINTABLE_STRING, b"abc"), "CN=abc");
    assert_eq!(shown_common_name(tag::IA5_STRING, b"abc"), "CN=abc");
    assert_eq!(shown_common_name(tag::TELETEX_STRING, b"Z\xfcrich"), "CN=Zürich");
    assert_eq!(shown_common_name(tag::BMP_STRING, &[0x00, b'Z', 0x00, 0xfc, 0x20, 0xac]), "CN=Zü€");
    // Not valid text.
    assert_eq!(shown_common_name(tag::UTF8_STRING, &[0xff]), "CN=#0c01ff");
    assert_eq!(shown_common_name(tag::BMP_STRING, &[0x00]), "CN=#1e0100");
    assert_eq!(shown_common_name(tag::INTEGER, &[0x05]), "CN=#020105");
}

#[test]
fn types_without_a_name_are_shown_by_number() {
    assert_eq!(shown(&tlv(0x30, &part(&[0x55, 0x04, 0x41], 0x0c, b"x"))), "2.5.4.65=#0c0178");
    assert_eq!(
        shown(&tlv(0x30, &part(b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01", 5, b""))),
        "1.2.840.113549.1.1.1=#0500"
    );
    assert_eq!(shown(&tlv(0x30, &part(b"\x88\x37", 5, b""))), "2.999=#0500");
    shown(&tlv(0x30, &part(&[0xff; 60], 5, b"")));
}

#[test]
fn a_long_name_is_cut() {
    let name = part(COMMON_NAME, 0x0c, b"x").repeat(40);
    let der = [&[0x30, 0x82], &u16::try_from(name.len()).unwrap().to_be_bytes()[..], &name].concat();
    let shown = shown(&der);
    assert_eq!(shown.matches("CN=x").count(), SHOWN);
    assert!(shown.ends_with(",..."));
}

#[test]
fn the_last_common_name_counts() {
    let der =
        tlv(0x30, &[part(COMMON_NAME, 0x0c, b"general"), part(COMMON_NAME, 0x13, b"specific")].concat());
    let name = Name::parse(&mut Der::new(&der)).unwrap();
    assert_eq!(name.common_name().unwrap().to_string(), "specific");
    assert!(!name.is_empty());
}

#[test]
fn a_name_may_be_empty_but_not_malformed() {
    let empty = Name::parse(&mut Der::new(&[0x30, 0x00])).unwrap();
    assert!(empty.is_empty());
    assert!(empty.common_name().is_none());
    assert_eq!(empty.to_string(), "");
    for wrong in [&[0x31, 0x00][..], &[0x30, 0x02, 0x31, 0x00], &[0x30, 0x04, 0x31, 0x02, 0x30, 0x00]] {
        assert!(Name::parse(&mut Der::new(wrong)).is_err(), "{wrong:02x?}");
    }
}

#[test]
fn the_order_in_a_part_does_not_matter_up_to_eight_attributes() {
    let attribute = |id: &u8| tlv(0x30, &[tlv(0x06, &[0x55, 0x04, *id]), tlv(0x0c, b"")].concat());
    let name = |ids: &[u8]| tlv(0x30, &tlv(0x31, &ids.iter().flat_map(attribute).collect::<Vec<_>>()));
    for (count, is_same) in [(2, true), (8, true), (9, false), (10, false)] {
        let ids: Vec<u8> = (1..=count).collect();
        let reversed: Vec<u8> = ids.iter().rev().copied().collect();
        let [one, other] = [name(&ids), name(&reversed)];
        let [one, other] = [&one, &other].map(|der| Name::parse(&mut Der::new(der)).unwrap());
        assert_eq!(one == other, is_same, "{count}");
        assert_eq!(one, one);
    }
    for count in 1..=9 {
        let ids: Vec<u8> = (1..=count).collect();
        let [one, other] = [name(&ids), name(&[&ids[..], &[1]].concat())];
        let [one, other] = [&one, &other].map(|der| Name::parse(&mut Der::new(der)).unwrap());
        assert_ne!(one, other, "the first of {count} once more");
        assert_ne!(other, one, "the first of {count} once more");
    }
}

#[test]
fn attributes_come_as_they_are_shown() {
    let parts: Vec<u8> = (0..40).flat_map(|n| part(COMMON_NAME, 0x0c, n.to_string().as_bytes())).collect();
    let der = tlv(0x30, &parts);
    let name = Name::from_der(&der).unwrap();
    let listed: Vec<String> = name.attributes_as_shown().map(|attribute| attribute.to_string()).collect();
    assert_eq!(listed.len(), SHOWN);
    assert_eq!(listed.join(",") + ",...", name.to_string());
}
