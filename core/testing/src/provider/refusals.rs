//! What every provider refuses.

use lsam_tls::crypto::{
    Aead, Entropy, EntropyError, HashAlgorithm, Inauthentic, InvalidPublicValue, InvalidSignature,
    KeyExchange, NONCE_LEN, Provider, PublicKey, SignatureKind,
};

use super::agreement::{SignedDigest, signed_digests};
use crate::TestRng;

/// A generator that fails.
struct Failing;

impl Entropy for Failing {
    fn fill(&mut self, _: &mut [u8]) -> Result<(), EntropyError> {
        Err(EntropyError)
    }
}

/// A failing generator gives no key. Not for a provider that draws from a generator of its own.
pub fn a_key_without_entropy<K: KeyExchange>() {
    assert_eq!(K::generate(&mut Failing).err(), Some(EntropyError));
}

fn refuse<K: KeyExchange>(peer: &[u8]) {
    let key = K::generate(&mut TestRng(3)).unwrap();
    assert_eq!(key.agree(peer).err(), Some(InvalidPublicValue), "{peer:02x?}");
}

/// Public values of X25519 that have another length, or whose result is zero (RFC 8422 section 5.11).
pub fn values_of_x25519<P: Provider>() {
    // The points of small order below the prime; Wycheproof has the others.
    let one = std::array::from_fn::<u8, 32, _>(|at| u8::from(at == 0));
    for peer in [&[0; 32][..], &one, &[0; 31], &[9; 33], &[]] {
        refuse::<P::X25519>(peer);
    }
    // The beginning of a SubjectPublicKeyInfo (RFC 8410 section 4), which some libraries read too.
    let spki =
        [&[0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x6e, 0x03, 0x21, 0][..], &[9; 32]].concat();
    refuse::<P::X25519>(&spki);
}

/// Every form of a public value on a curve other than the uncompressed point on it.
pub fn points_of_another_form<K: KeyExchange>() {
    let peer = K::generate(&mut TestRng(7)).unwrap().public_value();
    let valid = peer.as_ref();
    for point in other_forms(valid) {
        refuse::<K>(&point);
    }
    let coordinate = valid.len() / 2;
    let mut off_the_curve = valid.to_vec();
    *off_the_curve.last_mut().unwrap() ^= 1;
    refuse::<K>(&off_the_curve);
    let mut above_the_prime = valid.to_vec();
    above_the_prime[1..=coordinate].fill(0xff);
    refuse::<K>(&above_the_prime);
}

/// `point` compressed, hybrid, shorter, longer, in a SubjectPublicKeyInfo, and at infinity.
fn other_forms(point: &[u8]) -> Vec<Vec<u8>> {
    let coordinate = point.len() / 2;
    let mut forms = vec![vec![], vec![0], vec![0; point.len()]];
    forms.extend([2, 3].map(|tag| [&[tag], &point[1..=coordinate]].concat()));
    forms.extend([5, 6, 7].map(|tag| [&[tag], &point[1..]].concat()));
    forms.push(point[..point.len() - 1].to_vec());
    forms.push([point, &[0]].concat());
    // AlgorithmIdentifier (RFC 5480 section 2.1.1), then the BIT STRING.
    let curve: &[u8] = if coordinate == 32 {
        b"\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07"
    } else {
        b"\x30\x10\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x22"
    };
    let len = |len: usize| u8::try_from(len).unwrap();
    let bits = [&[3, len(point.len() + 1), 0], point].concat();
    forms.push([&[0x30, len(curve.len() + bits.len())], curve, &bits].concat());
    forms
}

/// Signatures that verify, with the same key in another form.
pub fn keys_of_another_form<P: Provider>() {
    for SignedDigest { len, point, digest, signature } in signed_digests() {
        let verify = |point: &[u8]| {
            let key = if len == 32 { PublicKey::Secp256r1(point) } else { PublicKey::Secp384r1(point) };
            P::verify(SignatureKind::Ecdsa, &key, HashAlgorithm::Sha256, &digest, &signature)
        };
        assert_eq!(verify(&point), Ok(()));
        for form in other_forms(&point) {
            assert_eq!(verify(&form), Err(InvalidSignature), "{form:02x?}");
        }
    }
}

/// Keys of another kind than the signature's.
pub fn keys_of_another_kind<P: Provider>() {
    for SignedDigest { len, point, digest, signature } in signed_digests() {
        let rsa = PublicKey::Rsa { modulus: &[0xff; 256], exponent: &[3] };
        let (own, other) = match len {
            32 => (PublicKey::Secp256r1(&point), PublicKey::Secp384r1(&point)),
            _ => (PublicKey::Secp384r1(&point), PublicKey::Secp256r1(&point)),
        };
        for (kind, key) in [
            (SignatureKind::RsaPkcs1, own),
            (SignatureKind::RsaPss, own),
            (SignatureKind::Ecdsa, other),
            (SignatureKind::Ecdsa, rsa),
        ] {
            let verified = P::verify(kind, &key, HashAlgorithm::Sha256, &digest, &signature);
            assert_eq!(verified, Err(InvalidSignature), "{kind:?} {key:?}");
        }
    }
}

/// Cipher keys of another length than `key_len`, and tags with a changed bit.
pub fn keys_and_tags_of<A: Aead>(key_len: usize) {
    for len in (0..=64).filter(|len| *len != key_len) {
        assert!(A::new(&[7; 64][..len]).is_none(), "{len}");
    }
    let cipher = A::new(&[7; 64][..key_len]).unwrap();
    let (nonce, mut text) = ([1; NONCE_LEN], [5; 40]);
    let tag = cipher.seal(&nonce, b"header", &mut text).unwrap();
    for bit in 0..8 * tag.len() {
        let mut wrong = tag;
        wrong[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(cipher.open(&nonce, b"header", &mut text.clone(), &wrong), Err(Inauthentic));
    }
    assert_eq!(cipher.open(&nonce, b"header", &mut text, &tag), Ok(()));
    assert_eq!(text, [5; 40]);
}
