//! Certificates and revocation lists built by hand, with signatures of the toy provider.

pub(crate) use lsam_testing::der::tlv;

/// id-ecPublicKey with secp256r1.
const P256: &[u8] = &[6, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1, 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7];
/// ecdsa-with-SHA256
const ECDSA_SHA256: &[u8] = &[6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2];

/// The bits of keyUsage, as in its extension.
pub(crate) const SIGNS: &[u8] = &[3, 2, 7, 0x80];
pub(crate) const ISSUES: &[u8] = &[3, 2, 1, 0x06];

/// The parts of a certificate that vary; the rest is always the same.
#[derive(Clone)]
pub(crate) struct Subject<'a> {
    /// The content of a name's SEQUENCE.
    pub(crate) issuer: &'a [u8],
    pub(crate) subject: &'a [u8],
    pub(crate) serial: &'a [u8],
    /// The seed of the public key.
    pub(crate) key: u8,
    pub(crate) not_after: &'a [u8; 13],
    pub(crate) extensions: Vec<Vec<u8>>,
}

/// The content of a name with one common name.
pub(crate) fn common_name(name: &str) -> Vec<u8> {
    tlv(0x31, &attribute(&[0x55, 4, 3], 0x0c, name.as_bytes()))
}

/// A SEQUENCE of type and value.
pub(crate) fn attribute(oid: &[u8], tag: u8, value: &[u8]) -> Vec<u8> {
    tlv(0x30, &[tlv(6, oid), tlv(tag, value)].concat())
}

/// An extension below id-ce, critical or not.
pub(crate) fn extension(id: u8, is_critical: bool, value: &[u8]) -> Vec<u8> {
    let critical: &[u8] = if is_critical { &[1, 1, 0xff] } else { &[] };
    tlv(0x30, &[&[6, 3, 0x55, 0x1d, id], critical, &tlv(4, value)].concat())
}

/// basicConstraints of an authority, and keyUsage for signing certificates and lists.
pub(crate) fn authority() -> Vec<Vec<u8>> {
    vec![extension(19, true, &tlv(0x30, &[1, 1, 0xff])), extension(15, true, ISSUES)]
}

/// keyUsage for signing handshakes, and a DNS name.
pub(crate) fn end_entity(dns_name: &str) -> Vec<Vec<u8>> {
    vec![extension(15, true, SIGNS), extension(17, false, &tlv(0x30, &tlv(0x82, dns_name.as_bytes())))]
}

/// Valid from 2020, with a key on secp256r1 that is not a point.
pub(crate) fn certificate(subject: &Subject<'_>) -> Vec<u8> {
    let key = [&[0, 4][..], &[subject.key; 64]].concat();
    let mut tbs = vec![
        vec![0xa0, 3, 2, 1, 2],
        tlv(2, subject.serial),
        tlv(0x30, ECDSA_SHA256),
        tlv(0x30, subject.issuer),
        tlv(0x30, &[tlv(0x17, b"200101000000Z"), tlv(0x17, subject.not_after)].concat()),
        tlv(0x30, subject.subject),
        tlv(0x30, &[tlv(0x30, P256), tlv(3, &key)].concat()),
    ];
    if !subject.extensions.is_empty() {
        tbs.push(tlv(0xa3, &tlv(0x30, &subject.extensions.concat())));
    }
    signed(&tbs.concat())
}

/// A list of 2026 with entries for these serial numbers; `extensions` may be empty.
pub(crate) fn revocation_list(issuer: &[u8], serials: &[&[u8]], extensions: &[u8]) -> Vec<u8> {
    let entry = |serial: &&[u8]| tlv(0x30, &[tlv(2, serial), tlv(0x17, b"260101000000Z")].concat());
    let entries: Vec<u8> = serials.iter().flat_map(entry).collect();
    let mut tbs = vec![
        vec![2, 1, 1],
        tlv(0x30, ECDSA_SHA256),
        tlv(0x30, issuer),
        tlv(0x17, b"260101000000Z"),
        tlv(0x17, b"270101000000Z"),
    ];
    if !entries.is_empty() {
        tbs.push(tlv(0x30, &entries));
    }
    if !extensions.is_empty() {
        tbs.push(tlv(0xa0, &tlv(0x30, extensions)));
    }
    signed(&tbs.concat())
}

fn signed(tbs: &[u8]) -> Vec<u8> {
    tlv(0x30, &[tlv(0x30, tbs), tlv(0x30, ECDSA_SHA256), tlv(3, &[0; 9])].concat())
}
