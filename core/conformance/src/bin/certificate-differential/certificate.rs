//! Certificates before encoding: their fields, and the keys that sign them.

use openssl::bn::{BigNum, BigNumContext};
use openssl::ec::{EcGroup, EcKey, EcPoint};
use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::rsa::Rsa;
use openssl::sign::Signer;

use crate::tree::{Node, sequence, value};

/// ecdsa-with-SHA256 and its siblings, sha256WithRSAEncryption, ecdsa-with-SHA1.
pub(crate) const ECDSA_SHA256: &[u8] = b"\x2a\x86\x48\xce\x3d\x04\x03\x02";
pub(crate) const ECDSA_SHA384: &[u8] = b"\x2a\x86\x48\xce\x3d\x04\x03\x03";
pub(crate) const ECDSA_SHA512: &[u8] = b"\x2a\x86\x48\xce\x3d\x04\x03\x04";
pub(crate) const ECDSA_SHA1: &[u8] = b"\x2a\x86\x48\xce\x3d\x04\x01";
const RSA_SHA256: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b";

/// Key numbers: the root, two authorities and the peer on secp256r1, a stranger, and other kinds.
pub(crate) const ROOT: usize = 0;
pub(crate) const SUB: usize = 1;
pub(crate) const SUB_2: usize = 2;
pub(crate) const LEAF: usize = 3;
pub(crate) const STRANGER: usize = 4;
pub(crate) const OTHER_KINDS: [usize; 3] = [5, 6, 7];

/// The fields of a certificate.
#[derive(Clone)]
pub(crate) struct Certificate {
    /// As encoded, one less than the version; `None` for the default.
    pub(crate) version: Option<u8>,
    pub(crate) serial: Vec<u8>,
    /// The signature algorithm in the TBSCertificate, and the one next to the signature.
    pub(crate) algorithms: [&'static [u8]; 2],
    pub(crate) has_parameters: bool,
    pub(crate) issuer: Vec<Node>,
    pub(crate) validity: [Node; 2],
    pub(crate) subject: Vec<Node>,
    pub(crate) key: usize,
    pub(crate) unique_ids: Vec<Node>,
    pub(crate) extensions: Vec<Node>,
    pub(crate) signer: usize,
}

/// A relative distinguished name of one UTF8String.
pub(crate) fn part(id: u8, text: &str) -> Node {
    let attribute = sequence([value(6, &[0x55, 4, id]), value(0x0c, text.as_bytes())]);
    Node::Around(0x31, vec![attribute])
}

/// An extension below id-ce.
pub(crate) fn extension(id: u8, is_critical: bool, inner: Node) -> Node {
    let mut nodes = vec![value(6, &[0x55, 0x1d, id])];
    if is_critical {
        nodes.push(value(1, &[0xff]));
    }
    nodes.push(Node::Around(4, vec![inner]));
    sequence(nodes)
}

impl Certificate {
    pub(crate) fn authority(subject: &str, key: usize, issuer: &str, signer: usize) -> Self {
        let extensions = vec![
            extension(19, true, sequence([value(1, &[0xff])])),
            extension(15, true, value(3, &[1, 6])),
            extension(14, false, value(4, &[key as u8; 8])),
        ];
        Self { extensions, ..Self::new(subject, key, issuer, signer) }
    }

    pub(crate) fn peer(key: usize, issuer: &str, signer: usize) -> Self {
        let usages = [1, 2].map(|usage| value(6, &[0x2b, 6, 1, 5, 5, 7, 3, usage]));
        let extensions = vec![
            extension(15, true, value(3, &[7, 0x80])),
            extension(37, false, sequence(usages)),
            extension(17, false, sequence([value(0x82, b"agent.example")])),
            extension(35, false, sequence([value(0x80, &[signer as u8; 8])])),
        ];
        Self { extensions, ..Self::new("agent.example", key, issuer, signer) }
    }

    fn new(subject: &str, key: usize, issuer: &str, signer: usize) -> Self {
        Self {
            version: Some(2),
            serial: vec![0x10 + key as u8],
            algorithms: [ECDSA_SHA256; 2],
            has_parameters: false,
            issuer: vec![part(10, "Example"), part(3, issuer)],
            validity: [value(0x17, b"250101000000Z"), value(0x17, b"350101000000Z")],
            subject: vec![part(10, "Example"), part(3, subject)],
            key,
            unique_ids: vec![],
            extensions: vec![],
            signer,
        }
    }

    /// The TBSCertificate (RFC 5280 section 4.1).
    pub(crate) fn tbs(&self, keys: &Keys) -> Node {
        let mut fields = Vec::new();
        if let Some(version) = self.version {
            fields.push(Node::Around(0xa0, vec![value(2, &[version])]));
        }
        fields.extend([
            value(2, &self.serial),
            self.algorithm(self.algorithms[0]),
            sequence(self.issuer.clone()),
            sequence(self.validity.clone()),
            sequence(self.subject.clone()),
            keys.public[self.key].clone(),
        ]);
        fields.extend(self.unique_ids.iter().cloned());
        if !self.extensions.is_empty() {
            fields.push(Node::Around(0xa3, vec![sequence(self.extensions.clone())]));
        }
        sequence(fields)
    }

    fn algorithm(&self, oid: &[u8]) -> Node {
        let parameters = self.has_parameters || oid == RSA_SHA256;
        let mut nodes = vec![value(6, oid)];
        if parameters {
            nodes.push(value(5, &[]));
        }
        sequence(nodes)
    }

    /// The whole certificate. Its signature verifies unless algorithm and signer don't match.
    pub(crate) fn sign(&self, tbs: &Node, keys: &Keys) -> Result<Vec<u8>, ErrorStack> {
        let tbs = tbs.encode();
        let digest = match self.algorithms[1] {
            ECDSA_SHA384 => MessageDigest::sha384(),
            ECDSA_SHA512 => MessageDigest::sha512(),
            ECDSA_SHA1 => MessageDigest::sha1(),
            _ => MessageDigest::sha256(),
        };
        let signature = Signer::new(digest, &keys.private[self.signer])?.sign_oneshot_to_vec(&tbs)?;
        let signature = value(3, &[&[0], &signature[..]].concat());
        Ok(sequence([Node::Raw(tbs), self.algorithm(self.algorithms[1]), signature]).encode())
    }

    /// Replaces the extension with the same number.
    pub(crate) fn put(&mut self, id: u8, is_critical: bool, inner: Node) {
        self.remove(id);
        self.extensions.push(extension(id, is_critical, inner));
    }

    pub(crate) fn remove(&mut self, id: u8) {
        let oid = [0x55, 0x1d, id];
        self.extensions.retain(|node| match node {
            Node::Around(_, nodes) => !matches!(nodes.first(), Some(Node::Value(6, found)) if *found == oid),
            _ => true,
        });
    }
}

/// The keys, by number.
pub(crate) struct Keys {
    private: Vec<PKey<Private>>,
    /// The SubjectPublicKeyInfo of each.
    public: Vec<Node>,
}

impl Keys {
    pub(crate) fn new() -> Result<Self, ErrorStack> {
        let mut private = Vec::new();
        for scalar in 1..=5 {
            private.push(ec(Nid::X9_62_PRIME256V1, scalar)?);
        }
        private.push(ec(Nid::SECP384R1, 6)?);
        private.push(ec(Nid::SECP521R1, 7)?);
        private.push(PKey::from_rsa(Rsa::generate(2048)?)?);
        let public = private
            .iter()
            .map(|key| Ok(Node::read(&key.public_key_to_der()?)))
            .collect::<Result<_, ErrorStack>>()?;
        Ok(Self { private, public })
    }
}

fn ec(curve: Nid, scalar: u32) -> Result<PKey<Private>, ErrorStack> {
    let group = EcGroup::from_curve_name(curve)?;
    let number = BigNum::from_u32(0x1234_5670 + scalar)?;
    let mut point = EcPoint::new(&group)?;
    point.mul_generator2(&group, &number, &mut *BigNumContext::new()?)?;
    PKey::from_ec_key(EcKey::from_private_components(&group, &number, &point)?)
}
