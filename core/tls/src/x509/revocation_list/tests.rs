//! Parsing lists that are written byte by byte.

use std::vec::Vec;

use lsam_testing::der::tlv;

use super::*;

/// A list of version 2 of the issuer `CN=A`, from 2026-01-01 to 2026-01-08, with two entries.
fn list(extensions: &[u8]) -> Vec<u8> {
    let algorithm = b"\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02";
    let issuer = b"\x30\x0c\x31\x0a\x30\x08\x06\x03\x55\x04\x03\x0c\x01\x41";
    let time = b"\x17\x0d260101000000Z\x17\x0d260108000000Z";
    let entries = [
        &b"\x30\x22\x30\x12\x02\x01\x05\x17\x0d260101000000Z"[..],
        b"\x30\x0c\x02\x02\x00\x80\x17\x06260101",
    ];
    let extensions = tlv(0xa0, &tlv(0x30, extensions));
    let fields = [&b"\x02\x01\x01"[..], algorithm, issuer, time, &entries.concat(), &extensions].concat();
    tlv(0x30, &[&tlv(0x30, &fields), &algorithm[..], b"\x03\x03\x00\xaa\xbb"].concat())
}

const CRL_NUMBER: &[u8] = b"\x30\x0a\x06\x03\x55\x1d\x14\x04\x03\x02\x01\x07";
const DELTA: &[u8] = b"\x30\x0d\x06\x03\x55\x1d\x1b\x01\x01\xff\x04\x03\x02\x01\x07";
const USER_CERTS: &[u8] = b"\x30\x0f\x06\x03\x55\x1d\x1c\x01\x01\xff\x04\x05\x30\x03\x81\x01\xff";
const UNKNOWN: &[u8] = b"\x30\x0a\x06\x03\x55\x1d\x63\x01\x01\xff\x04\x00";

#[test]
fn the_fields_are_read() {
    let der = list(CRL_NUMBER);
    let list = RevocationList::parse(&der).unwrap();
    assert_eq!(list.issuer.common_name().map(|name| std::format!("{name}")), Some("A".into()));
    assert_eq!(list.signed.signature, [0xaa, 0xbb]);
    assert_eq!(list.this_update(), UnixTime(1_767_225_600));
    assert_eq!(list.next_update(), Some(UnixTime(1_767_830_400)));
    assert_eq!(list.time_lack(UnixTime(1_767_225_599)), Some(UnknownRevocation::NotYetValid));
    assert_eq!(list.time_lack(UnixTime(1_767_225_600)), None);
    assert_eq!(list.time_lack(UnixTime(1_767_830_400)), None);
    assert_eq!(list.time_lack(UnixTime(1_767_830_401)), Some(UnknownRevocation::Expired));
}

#[test]
fn only_a_list_of_the_same_scope_and_key_that_is_as_new_supersedes_another() {
    const KEY: &[u8] = b"\x30\x0c\x06\x03\x55\x1d\x23\x04\x05\x30\x03\x80\x01\x07";
    let mut kinds = [CRL_NUMBER, DELTA, USER_CERTS, KEY].map(list);
    for (n, own) in kinds.iter().enumerate() {
        for (m, other) in kinds.iter().enumerate() {
            let [own, other] = [own, other].map(|der| RevocationList::parse(der).unwrap());
            assert_eq!(own.supersedes(&other), n == m, "{n} {m}");
        }
    }
    let older = kinds[0].clone();
    // The digit of the day in thisUpdate, and the letter of the issuer.
    for (from, to, supersedes) in
        [(&b"260101000000Z"[..], &b"260102000000Z"[..], true), (b"\x0c\x01A", b"\x0c\x01B", false)]
    {
        let at = kinds[0].windows(from.len()).position(|window| window == from).unwrap();
        kinds[0][at..at + to.len()].copy_from_slice(to);
        let [own, other] = [&kinds[0], &older].map(|der| RevocationList::parse(der).unwrap());
        assert_eq!(own.supersedes(&other), supersedes);
        assert!(!other.supersedes(&own));
    }
}

#[test]
fn serial_numbers_are_found_with_zeros_before_them_and_without() {
    let der = list(CRL_NUMBER);
    let list = RevocationList::parse(&der).unwrap();
    for listed in [&[0x05][..], &[0x00, 0x05], &[0x80], &[0x00, 0x80]] {
        assert_eq!(list.contains(listed), Ok(true), "{listed:02x?}");
    }
    for other in [&[][..], &[0x00], &[0x04], &[0x05, 0x00], &[0x80, 0x00], &[0x01, 0x05]] {
        assert_eq!(list.contains(other), Ok(false), "{other:02x?}");
    }
}

#[test]
fn only_critical_extensions_of_an_entry_that_say_another_issuer_or_the_unknown_are_refused() {
    let der = list(CRL_NUMBER);
    // reasonCode, holdInstructionCode, invalidityDate, certificateIssuer and one that does not exist.
    for (id, is_understood) in [(21, true), (23, true), (24, true), (29, false), (99, false)] {
        for (critical, is_understood) in [(&b"\x01\x01\xff"[..], is_understood), (b"", true)] {
            let value = tlv(0x04, b"\x0a\x01\x01");
            let extension = [&[0x06, 0x03, 0x55, 0x1d, id], critical, &value].concat();
            let extensions = tlv(0x30, &tlv(0x30, &extension));
            let entry = tlv(0x30, &[b"\x02\x01\x05\x17\x0d260101000000Z", &extensions[..]].concat());
            let mut list = RevocationList::parse(&der).unwrap();
            list.entries = Der::new(&entry);
            let other = if is_understood { Ok(false) } else { Err(UnknownRevocation::UnsupportedExtension) };
            assert_eq!(list.contains(&[0x06]), other, "{id} {critical:02x?}");
            assert_eq!(list.contains(&[0x05]), Ok(true), "{id} {critical:02x?}");
        }
    }
}

#[test]
fn a_delta_list_takes_entries_back() {
    // reasonCode removeFromCRL.
    let entry =
        b"\x30\x20\x02\x01\x07\x17\x0d260101000000Z\x30\x0c\x30\x0a\x06\x03\x55\x1d\x15\x04\x03\x0a\x01\x08";
    for (extensions, is_listed) in [(DELTA, false), (CRL_NUMBER, true)] {
        let der = list(extensions);
        let mut list = RevocationList::parse(&der).unwrap();
        list.entries = Der::new(entry);
        assert_eq!(list.contains(&[0x07]), Ok(is_listed));
    }
}

#[test]
fn extensions_decide_on_the_worth_of_a_list() {
    let parse = |extensions: &[u8]| {
        RevocationList::parse(&list(extensions)).map(|list| {
            (
                list.extensions.is_delta,
                list.extensions.issuing_distribution_point.is_some(),
                list.extensions.has_unknown_critical,
            )
        })
    };
    assert_eq!(parse(&[]), Ok((false, false, false)));
    assert_eq!(parse(&[CRL_NUMBER, USER_CERTS].concat()), Ok((false, true, false)));
    assert_eq!(parse(DELTA), Ok((true, false, false)));
    assert_eq!(parse(UNKNOWN), Ok((false, false, true)));
    // issuerAltName, cRLNumber and authorityKeyIdentifier may be critical.
    for (id, is_unknown) in [(18, false), (20, false), (35, false), (21, true)] {
        let extension = [b"\x30\x0d\x06\x03\x55\x1d", &[id][..], b"\x01\x01\xff\x04\x03\x02\x01\x07"];
        assert_eq!(parse(&extension.concat()), Ok((false, false, is_unknown)), "{id}");
    }
    assert!(parse(&USER_CERTS.repeat(2)).is_err(), "twice");
}
