//! One published vector for each primitive, and what each rejects. The corner cases are in tests/crypto.

use std::{vec, vec::Vec};

use super::*;
use crate::crypto::{Aead, Entropy, EntropyError, Hmac, Inauthentic, KeyExchange};

/// Hands out one key, then fails.
struct Once(Option<Vec<u8>>);

impl Entropy for Once {
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), EntropyError> {
        bytes.copy_from_slice(&self.0.take().ok_or(EntropyError)?);
        Ok(())
    }
}

/// Always fills with the same byte.
struct Stuck(u8);

impl Entropy for Stuck {
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), EntropyError> {
        bytes.fill(self.0);
        Ok(())
    }
}

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text
        .chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| c.to_digit(16).unwrap().try_into().unwrap())
        .collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

#[test]
fn sha2_of_abc() {
    // FIPS 180-4, examples of NIST.
    let digest = |hash: HashAlgorithm| hash.digest::<RustCrypto>(&[b"ab", b"", b"c"]).unwrap();
    assert_eq!(
        digest(HashAlgorithm::Sha256).as_ref(),
        hex("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    );
    assert_eq!(
        digest(HashAlgorithm::Sha384).as_ref(),
        hex("cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed
             8086072ba1e7cc2358baeca134c825a7")
    );
    assert_eq!(
        digest(HashAlgorithm::Sha512).as_ref(),
        hex("ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a
             2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f")
    );
}

fn tag<H: Hmac>(key: &[u8], data: &[u8]) -> Vec<u8> {
    let mut hmac = H::new(key).unwrap();
    hmac.update(data);
    let mut tag = vec![0; H::LEN];
    hmac.finish(&mut tag);
    tag
}

#[test]
fn hmac_of_rfc_4231() {
    let data = b"what do ya want for nothing?";
    assert_eq!(
        tag::<HmacSha256>(b"Jefe", data),
        hex("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
    );
    assert_eq!(
        tag::<HmacSha384>(b"Jefe", data),
        hex("af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e
             8e2240ca5e69e2c78b3239ecfab21649")
    );
    // Case 6: a key longer than a block.
    assert_eq!(
        tag::<HmacSha256>(&[0xaa; 131], b"Test Using Larger Than Block-Size Key - Hash Key First"),
        hex("60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54")
    );
}

#[test]
fn a_short_buffer_takes_the_front_of_a_tag() {
    let mut hmac = HmacSha256::new(b"Jefe").unwrap();
    hmac.update(b"what do ya want for nothing?");
    let mut front = [0; 4];
    hmac.finish(&mut front);
    assert_eq!(front, [0x5b, 0xdc, 0xc1, 0x46]);
}

fn seals_and_opens<A: Aead>(key: &str, nonce: &str, aad: &str, text: &[u8], ct: &str, tag: &str) {
    let cipher = A::new(&hex(key)).unwrap();
    let nonce = hex(nonce).try_into().unwrap();
    let aad = hex(aad);
    let mut buffer = text.to_vec();
    let sealed = cipher.seal(&nonce, &aad, &mut buffer).unwrap();
    assert_eq!(buffer, hex(ct));
    assert_eq!(sealed[..], hex(tag));
    for byte in 0..sealed.len() {
        let mut wrong = sealed;
        wrong[byte] ^= 0x80;
        assert_eq!(cipher.open(&nonce, &aad, &mut buffer.clone(), &wrong), Err(Inauthentic));
    }
    assert_eq!(cipher.open(&nonce, &aad, &mut buffer, &sealed), Ok(()));
    assert_eq!(buffer, text);
    assert!(A::new(&hex(key)[1..]).is_none());
}

const GCM_TEXT: &str = "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72
    1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39";

#[test]
fn aes_128_gcm() {
    // Test case 4 of the GCM specification (McGrew and Viega).
    seals_and_opens::<<RustCrypto as Provider>::Aes128Gcm>(
        "feffe9928665731c6d6a8f9467308308",
        "cafebabefacedbaddecaf888",
        "feedfacedeadbeeffeedfacedeadbeefabaddad2",
        &hex(GCM_TEXT),
        "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e
         21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091",
        "5bc94fbc3221a5db94fae95ae7121a47",
    );
}

#[test]
fn aes_256_gcm() {
    // Test case 16 of the same.
    seals_and_opens::<<RustCrypto as Provider>::Aes256Gcm>(
        "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
        "cafebabefacedbaddecaf888",
        "feedfacedeadbeeffeedfacedeadbeefabaddad2",
        &hex(GCM_TEXT),
        "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa
         8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662",
        "76fc6ece0f4e1768cddf8853bb2d551b",
    );
}

#[test]
fn chacha20_poly1305() {
    // RFC 8439 section 2.8.2.
    seals_and_opens::<<RustCrypto as Provider>::ChaCha20Poly1305>(
        "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f",
        "070000004041424344454647",
        "50515253c0c1c2c3c4c5c6c7",
        b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, \
          sunscreen would be it.",
        "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d6
         3dbea45e8ca9671282fafb69da92728b1a71de0a9e060b2905d6a5b67ecd3b36
         92ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc
         3ff4def08e4b7a9de576d26586cec64b6116",
        "1ae10b594f09e26a7e902ecbd0600691",
    );
}

/// Both sides of an agreement whose keys and result are published.
fn agrees<K: KeyExchange>(private: [&str; 2], public: [&str; 2], shared: &str) {
    for (mine, theirs) in [(0, 1), (1, 0)] {
        let key = K::generate(&mut Once(Some(hex(private[mine])))).ok().unwrap();
        assert_eq!(key.public_value().as_ref(), hex(public[mine]));
        assert_eq!(key.agree(&hex(public[theirs])).ok().unwrap().expose(), hex(shared));
    }
    assert!(K::generate(&mut Once(None)).is_err());
}

#[test]
fn x25519() {
    // RFC 7748 section 6.1.
    agrees::<X25519>(
        [
            "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a",
            "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb",
        ],
        [
            "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a",
            "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f",
        ],
        "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742",
    );
}

#[test]
fn secp256r1() {
    // RFC 5903 section 8.1.
    agrees::<EphemeralKey<p256::NistP256>>(
        [
            "C88F01F510D9AC3F70A292DAA2316DE544E9AAB8AFE84049C62A9C57862D1433",
            "C6EF9C5D78AE012A011164ACB397CE2088685D8F06BF9BE0B283AB46476BEE53",
        ],
        [
            "04 DAD0B65394221CF9B051E1FECA5787D098DFE637FC90B9EF945D0C3772581180
                5271A0461CDB8252D61F1C456FA3E59AB1F45B33ACCF5F58389E0577B8990BB3",
            "04 D12DFB5289C8D4F81208B70270398C342296970A0BCCB74C736FC7554494BF63
                56FBF3CA366CC23E8157854C13C58D6AAC23F046ADA30F8353E74F33039872AB",
        ],
        "D6840F6B42F6EDAFD13116E0E12565202FEF8E9ECE7DCE03812464D04B9442DE",
    );
    // Zero and values not below the order are drawn again, but not forever.
    assert!(EphemeralKey::<p256::NistP256>::generate(&mut Stuck(0)).is_err());
    assert!(EphemeralKey::<p256::NistP256>::generate(&mut Stuck(0xff)).is_err());
}

#[test]
fn secp384r1() {
    // RFC 5903 section 8.2.
    agrees::<EphemeralKey<p384::NistP384>>(
        [
            "099F3C7034D4A2C699884D73A375A67F7624EF7C6B3C0F160647B67414DCE655
             E35B538041E649EE3FAEF896783AB194",
            "41CB0779B4BDB85D47846725FBEC3C9430FAB46CC8DC5060855CC9BDA0AA2942
             E0308312916B8ED2960E4BD55A7448FC",
        ],
        [
            "04 667842D7D180AC2CDE6F74F37551F55755C7645C20EF73E31634FE72B4C55EE6
                DE3AC808ACB4BDB4C88732AEE95F41AA9482ED1FC0EEB9CAFC4984625CCFC23F
                65032149E0E144ADA024181535A0F38EEB9FCFF3C2C947DAE69B4C634573A81C",
            "04 E558DBEF53EECDE3D3FCCFC1AEA08A89A987475D12FD950D83CFA41732BC509D
                0D1AC43A0336DEF96FDA41D0774A3571DCFBEC7AACF3196472169E838430367F
                66EEBE3C6E70C416DD5F0C68759DD1FFF83FA40142209DFF5EAAD96DB9E6386C",
        ],
        "11187331C279962D93D604243FD592CB9D0A926F422E47187521287E7156C5C4
         D603135569B9E9D09CF5D4A270F59746",
    );
    assert!(EphemeralKey::<p384::NistP384>::generate(&mut Stuck(0xff)).is_err());
}

/// RFC 6979 appendix A.2.5: the message "sample" with SHA-256.
const POINT: &str = "04 60FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6
    7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299";
const SIGNATURE: &str = "3046
    022100 EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716
    022100 F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8";

fn ecdsa(point: &[u8], digest: &[u8], signature: &[u8]) -> Result<(), InvalidSignature> {
    let key = PublicKey::Secp256r1(point);
    RustCrypto::verify(SignatureKind::Ecdsa, &key, HashAlgorithm::Sha256, digest, signature)
}

#[test]
fn ecdsa_of_rfc_6979() {
    let digest = HashAlgorithm::Sha256.digest::<RustCrypto>(&[b"sample"]).unwrap();
    let other = HashAlgorithm::Sha256.digest::<RustCrypto>(&[b"Sample"]).unwrap();
    assert_eq!(ecdsa(&hex(POINT), digest.as_ref(), &hex(SIGNATURE)), Ok(()));
    assert_eq!(ecdsa(&hex(POINT), other.as_ref(), &hex(SIGNATURE)), Err(InvalidSignature));
    for zero_or_not_der in ["", "3006020100020100", "30080201010201010500", "3000", "300602010102010100"] {
        assert_eq!(ecdsa(&hex(POINT), digest.as_ref(), &hex(zero_or_not_der)), Err(InvalidSignature));
    }
}

#[test]
fn a_key_of_another_kind_verifies_nothing() {
    let (digest, point, signature) = ([0; 32], hex(POINT), hex(SIGNATURE));
    let rsa = PublicKey::Rsa { modulus: &[0xff; 256], exponent: &[3] };
    for (kind, key) in [
        (SignatureKind::RsaPkcs1, PublicKey::Secp256r1(&point)),
        (SignatureKind::RsaPss, PublicKey::Secp256r1(&point)),
        (SignatureKind::Ecdsa, PublicKey::Secp384r1(&point)),
        (SignatureKind::Ecdsa, rsa),
    ] {
        let result = RustCrypto::verify(kind, &key, HashAlgorithm::Sha256, &digest, &signature);
        assert_eq!(result, Err(InvalidSignature));
    }
}
