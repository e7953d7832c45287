//! The signature algorithms of certificates and revocation lists, identified by their AlgorithmIdentifier
//! (RFC 5280 section 4.1.1.2).

use super::{
    algorithm_identifier::{Parameters, is_null, split},
    error::CertificateError,
};
use crate::crypto::{HashAlgorithm, Provider, PublicKey, SignatureKind};
use crate::der::{Der, tag};

/// id-mgf1, 1.2.840.113549.1.1.8
const MGF1: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x08";
/// id-RSASSA-PSS, 1.2.840.113549.1.1.10
const RSASSA_PSS: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a";

/// A hash function and the algorithms that use it.
struct Known {
    hash: HashAlgorithm,
    /// Its length in bytes.
    len: u8,
    /// The function itself (RFC 4055 section 2.1).
    oid: &'static [u8],
    /// ecdsa-with-SHA2 (RFC 5758 section 3.2).
    ecdsa: &'static [u8],
    /// sha2WithRSAEncryption (RFC 4055 section 5).
    rsa: &'static [u8],
}

/// Everything else is unsupported, notably SHA-1 and MD5.
const KNOWN: &[Known] = &[
    Known {
        hash: HashAlgorithm::Sha256,
        len: 32,
        oid: b"\x60\x86\x48\x01\x65\x03\x04\x02\x01",
        ecdsa: b"\x2a\x86\x48\xce\x3d\x04\x03\x02",
        rsa: b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b",
    },
    Known {
        hash: HashAlgorithm::Sha384,
        len: 48,
        oid: b"\x60\x86\x48\x01\x65\x03\x04\x02\x02",
        ecdsa: b"\x2a\x86\x48\xce\x3d\x04\x03\x03",
        rsa: b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0c",
    },
    Known {
        hash: HashAlgorithm::Sha512,
        len: 64,
        oid: b"\x60\x86\x48\x01\x65\x03\x04\x02\x03",
        ecdsa: b"\x2a\x86\x48\xce\x3d\x04\x03\x04",
        rsa: b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0d",
    },
];

/// A signature algorithm with its hash function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Algorithm {
    kind: SignatureKind,
    hash: HashAlgorithm,
}

impl Algorithm {
    /// Looks up the algorithm by the content of its AlgorithmIdentifier.
    pub(super) fn parse(identifier: &[u8]) -> Option<Self> {
        let (oid, parameters) = split(Der::new(identifier))?;
        if oid == RSASSA_PSS {
            return pss(parameters?);
        }
        KNOWN.iter().find_map(|known| match parameters {
            None if oid == known.ecdsa => Some(Self { kind: SignatureKind::Ecdsa, hash: known.hash }),
            _ if oid == known.rsa && is_null(parameters) => {
                Some(Self { kind: SignatureKind::RsaPkcs1, hash: known.hash })
            }
            _ => None,
        })
    }

    /// Verifies `signature` over `message`.
    ///
    /// # Errors
    /// [`CertificateError::UnsupportedAlgorithm`] if `key` is of another kind or the provider cannot verify
    /// with it, [`CertificateError::BadSignature`].
    pub(super) fn verify<P: Provider>(
        self,
        key: &PublicKey<'_>,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), CertificateError> {
        let is_rsa = matches!(key, PublicKey::Rsa { .. });
        let fits = is_rsa == matches!(self.kind, SignatureKind::RsaPkcs1 | SignatureKind::RsaPss);
        if !fits || !P::can_verify(key.algorithm()) {
            return Err(CertificateError::UnsupportedAlgorithm);
        }
        let digest = self.hash.digest::<P>(&[message]).ok_or(CertificateError::UnsupportedAlgorithm)?;
        P::verify(self.kind, key, self.hash, digest.as_ref(), signature)
            .map_err(|_| CertificateError::BadSignature)
    }
}

/// MGF1 must use the same hash function, and the salt must have its length (RFC 8446 section 4.2.3). The
/// defaults, which are SHA-1, are not supported.
///
/// ```text
/// RSASSA-PSS-params ::= SEQUENCE {
///     hashAlgorithm    [0] AlgorithmIdentifier DEFAULT sha1,
///     maskGenAlgorithm [1] AlgorithmIdentifier DEFAULT mgf1SHA1,
///     saltLength       [2] INTEGER DEFAULT 20,
///     trailerField     [3] INTEGER DEFAULT 1 }
/// ```
fn pss((tag, mut parameters): Parameters<'_>) -> Option<Algorithm> {
    let mut field = |number, tag| parameters.required(tag::constructed(number)).ok()?.only(tag).ok();
    let function = hash_of(field(0, tag::SEQUENCE)?)?;
    let (mask, mask_parameters) = split(field(1, tag::SEQUENCE)?)?;
    let salt = field(2, tag::INTEGER)?.rest();
    let (mask_tag, mask_hash) = mask_parameters?;
    let is_as_in_tls = (tag, mask_tag) == (tag::SEQUENCE, tag::SEQUENCE)
        && parameters.is_empty()
        && mask == MGF1
        && hash_of(mask_hash)?.hash == function.hash
        && salt == [function.len];
    is_as_in_tls.then_some(Algorithm { kind: SignatureKind::RsaPss, hash: function.hash })
}

/// Looks up a hash function by the content of its AlgorithmIdentifier.
fn hash_of(identifier: Der<'_>) -> Option<&'static Known> {
    let (oid, parameters) = split(identifier)?;
    KNOWN.iter().find(|known| oid == known.oid && is_null(parameters))
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use lsam_testing::der::tlv;

    use super::*;

    const NULL: &[u8] = &[tag::NULL, 0];

    fn oid(bytes: &[u8]) -> Vec<u8> {
        tlv(tag::OBJECT_IDENTIFIER, bytes)
    }

    #[test]
    fn rsa_has_null_or_nothing_and_ecdsa_nothing() {
        let Known { ecdsa, rsa, .. } = KNOWN[0];
        let parse =
            |of, parameters: &[u8]| Algorithm::parse(&[&oid(of), parameters].concat()).map(|it| it.kind);
        assert_eq!(parse(rsa, NULL), Some(SignatureKind::RsaPkcs1));
        assert_eq!(parse(rsa, &[]), Some(SignatureKind::RsaPkcs1));
        assert_eq!(parse(ecdsa, &[]), Some(SignatureKind::Ecdsa));
        assert_eq!(parse(ecdsa, NULL), None);
        for wrong in [&[tag::NULL, 1, 0][..], &[tag::NULL], &[tag::SEQUENCE, 0], &[NULL, NULL].concat()] {
            assert_eq!(parse(rsa, wrong), None, "{wrong:02x?}");
        }
        assert_eq!(Algorithm::parse(&[]), None);
    }

    #[test]
    fn pss_has_one_hash_function_whose_null_may_be_absent() {
        let parse = |hash: &[u8], mask_hash: &[u8], salt: u8, more: &[u8]| {
            let mask = [tlv(tag::OBJECT_IDENTIFIER, MGF1), tlv(tag::SEQUENCE, mask_hash)].concat();
            let parameters = [
                tlv(tag::constructed(0), &tlv(tag::SEQUENCE, hash)),
                tlv(tag::constructed(1), &tlv(tag::SEQUENCE, &mask)),
                tlv(tag::constructed(2), &[tag::INTEGER, 1, salt]),
                more.to_vec(),
            ];
            let identifier =
                [tlv(tag::OBJECT_IDENTIFIER, RSASSA_PSS), tlv(tag::SEQUENCE, &parameters.concat())];
            Algorithm::parse(&identifier.concat()).map(|it| it.kind)
        };
        let bare = oid(KNOWN[0].oid);
        let with_null = [&bare, NULL].concat();
        for (hash, mask_hash) in
            [(&bare, &bare), (&bare, &with_null), (&with_null, &bare), (&with_null, &with_null)]
        {
            assert_eq!(parse(hash, mask_hash, 32, &[]), Some(SignatureKind::RsaPss));
        }
        assert_eq!(parse(&bare, &bare, 20, &[]), None, "the salt");
        assert_eq!(parse(&bare, &oid(KNOWN[0].rsa), 32, &[]), None, "another function in MGF1");
        assert_eq!(
            parse(&bare, &bare, 32, &[0xa3, 3, tag::INTEGER, 1, 1]),
            None,
            "a default that is written"
        );
        assert_eq!(Algorithm::parse(&tlv(tag::OBJECT_IDENTIFIER, RSASSA_PSS)), None, "SHA-1");
    }
}
