//! Verification of ECDSA (FIPS 186-5), RSASSA-PKCS1-v1_5 and RSASSA-PSS (RFC 8017) over digests.

use aws_lc_rs::digest::{self, Digest as LibraryDigest};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA384_ASN1, ECDSA_P256_SHA512_ASN1, ECDSA_P384_SHA256_ASN1,
    ECDSA_P384_SHA384_ASN1, ECDSA_P384_SHA512_ASN1, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384,
    RSA_PKCS1_2048_8192_SHA512, RSA_PSS_2048_8192_SHA256, RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512,
    RsaParameters, RsaPublicKeyComponents, UnparsedPublicKey, VerificationAlgorithm,
};
use lsam_tls::crypto::{HashAlgorithm, InvalidSignature, PublicKey, SignatureKind};

use crate::key_exchange::is_uncompressed;

/// The longest modulus of the profile, in bytes. The library's own bounds are those of the profile but for
/// this one: at least 2048 bits, an odd exponent of 2 to 33 bits, no leading zeros.
const MAX_MODULUS: usize = 512;

/// What the library knows of one hash function.
struct Algorithms {
    digest: &'static digest::Algorithm,
    secp256r1: &'static dyn VerificationAlgorithm,
    secp384r1: &'static dyn VerificationAlgorithm,
    rsa_pkcs1: &'static RsaParameters,
    rsa_pss: &'static RsaParameters,
}

static SHA256: Algorithms = Algorithms {
    digest: &digest::SHA256,
    secp256r1: &ECDSA_P256_SHA256_ASN1,
    secp384r1: &ECDSA_P384_SHA256_ASN1,
    rsa_pkcs1: &RSA_PKCS1_2048_8192_SHA256,
    rsa_pss: &RSA_PSS_2048_8192_SHA256,
};

static SHA384: Algorithms = Algorithms {
    digest: &digest::SHA384,
    secp256r1: &ECDSA_P256_SHA384_ASN1,
    secp384r1: &ECDSA_P384_SHA384_ASN1,
    rsa_pkcs1: &RSA_PKCS1_2048_8192_SHA384,
    rsa_pss: &RSA_PSS_2048_8192_SHA384,
};

static SHA512: Algorithms = Algorithms {
    digest: &digest::SHA512,
    secp256r1: &ECDSA_P256_SHA512_ASN1,
    secp384r1: &ECDSA_P384_SHA512_ASN1,
    rsa_pkcs1: &RSA_PKCS1_2048_8192_SHA512,
    rsa_pss: &RSA_PSS_2048_8192_SHA512,
};

pub(crate) fn verify(
    kind: SignatureKind,
    key: &PublicKey<'_>,
    hash: HashAlgorithm,
    digest: &[u8],
    signature: &[u8],
) -> Result<(), InvalidSignature> {
    let algorithms = match hash {
        HashAlgorithm::Sha256 => &SHA256,
        HashAlgorithm::Sha384 => &SHA384,
        HashAlgorithm::Sha512 => &SHA512,
        _ => return Err(InvalidSignature),
    };
    let digest = LibraryDigest::import_less_safe(digest, algorithms.digest).map_err(|_| InvalidSignature)?;
    match (kind, *key) {
        (SignatureKind::Ecdsa, PublicKey::Secp256r1(point)) => {
            ecdsa::<32>(algorithms.secp256r1, point, &digest, signature)
        }
        (SignatureKind::Ecdsa, PublicKey::Secp384r1(point)) => {
            ecdsa::<48>(algorithms.secp384r1, point, &digest, signature)
        }
        (SignatureKind::RsaPkcs1, PublicKey::Rsa { modulus, exponent }) => {
            rsa(algorithms.rsa_pkcs1, modulus, exponent, &digest, signature)
        }
        (SignatureKind::RsaPss, PublicKey::Rsa { modulus, exponent }) => {
            rsa(algorithms.rsa_pss, modulus, exponent, &digest, signature)
        }
        _ => Err(InvalidSignature),
    }
}

/// `point` has coordinates of `LEN` bytes.
fn ecdsa<const LEN: usize>(
    algorithm: &'static dyn VerificationAlgorithm,
    point: &[u8],
    digest: &LibraryDigest,
    signature: &[u8],
) -> Result<(), InvalidSignature> {
    // The library also reads compressed points and a whole SubjectPublicKeyInfo.
    if !is_uncompressed::<LEN>(point) {
        return Err(InvalidSignature);
    }
    UnparsedPublicKey::new(algorithm, point).verify_digest(digest, signature).map_err(|_| InvalidSignature)
}

fn rsa(
    parameters: &'static RsaParameters,
    modulus: &[u8],
    exponent: &[u8],
    digest: &LibraryDigest,
    signature: &[u8],
) -> Result<(), InvalidSignature> {
    if modulus.len() > MAX_MODULUS {
        return Err(InvalidSignature);
    }
    RsaPublicKeyComponents { n: modulus, e: exponent }
        .to_parsed_public_key(parameters)
        .map_err(|_| InvalidSignature)?
        .verify_digest_sig(digest, signature)
        .map_err(|_| InvalidSignature)
}
