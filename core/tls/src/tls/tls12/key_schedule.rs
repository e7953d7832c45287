//! From the agreed secret to keys: the PRF, the master secret, the key block and verify_data
//! (RFC 5246 sections 5, 6.3, 7.4.9 and 8.1, RFC 7627 section 4).

use crate::crypto::{Digest, HashAlgorithm, Hmac, Provider, Secret, SharedSecret};
use crate::tls::error::Error;
use crate::tls::message::{RANDOM, VERIFY_DATA};
use crate::tls::record::Protection;
use crate::tls::role::Side;
use crate::tls::suite::{BulkCipher, CipherSuite, RecordProfile};

/// Length of the master secret (RFC 5246 section 8.1).
const MASTER_SECRET: usize = 48;
/// Longest key block: two keys of 32 bytes and two IVs of 12 (ChaCha20-Poly1305).
const MAX_KEY_BLOCK: usize = 2 * (32 + 12);

/// Both randoms of the hello messages.
#[derive(Clone)]
pub(crate) struct Randoms {
    pub(crate) client: [u8; RANDOM],
    pub(crate) server: [u8; RANDOM],
}

/// The master secret, with the suite that determines how keys are derived from it.
pub(crate) struct MasterSecret {
    secret: Secret<MASTER_SECRET>,
    suite: CipherSuite,
}

impl MasterSecret {
    /// `PRF(pre_master_secret, "extended master secret", session_hash)` (RFC 7627 section 4).
    pub(crate) fn extended<P: Provider>(
        suite: CipherSuite,
        shared: &SharedSecret,
        session_hash: &Digest,
    ) -> Result<Self, Error> {
        Self::derive::<P>(suite, shared, b"extended master secret", [session_hash.as_ref(), &[]])
    }

    /// `PRF(pre_master_secret, "master secret", client_random + server_random)` (RFC 5246 section 8.1).
    pub(crate) fn plain<P: Provider>(
        suite: CipherSuite,
        shared: &SharedSecret,
        randoms: &Randoms,
    ) -> Result<Self, Error> {
        Self::derive::<P>(suite, shared, b"master secret", [&randoms.client, &randoms.server])
    }

    /// The master secret of an earlier session.
    pub(crate) const fn resumed(suite: CipherSuite, secret: Secret<MASTER_SECRET>) -> Self {
        Self { secret, suite }
    }

    pub(crate) const fn secret(&self) -> &Secret<MASTER_SECRET> {
        &self.secret
    }

    fn derive<P: Provider>(
        suite: CipherSuite,
        shared: &SharedSecret,
        label: &[u8],
        seed: [&[u8]; 2],
    ) -> Result<Self, Error> {
        let mut secret = Secret::zero();
        prf::<P>(suite.hash_in::<P>(), shared.expose(), label, seed, secret.expose_mut())?;
        Ok(Self { secret, suite })
    }

    /// `PRF(master_secret, "key expansion", server_random + client_random)` (RFC 5246 section 6.3).
    pub(crate) fn key_block<P: Provider>(&self, randoms: &Randoms) -> Result<KeyBlock, Error> {
        let cipher = self.suite.bulk_cipher();
        let RecordProfile { key, fixed_iv, .. } = cipher.profile_in::<P>().ok_or(Error::Bug)?;
        let mut block = KeyBlock { bytes: Secret::zero(), cipher };
        let used = block.bytes.expose_mut().get_mut(..2 * (key + fixed_iv)).ok_or(Error::Bug)?;
        let seed: [&[u8]; 2] = [&randoms.server, &randoms.client];
        prf::<P>(self.suite.hash_in::<P>(), self.secret.expose(), b"key expansion", seed, used)?;
        Ok(block)
    }

    /// `PRF(master_secret, finished_label, Hash(handshake_messages))` (RFC 5246 section 7.4.9).
    pub(crate) fn verify_data<P: Provider>(
        &self,
        side: Side,
        transcript_hash: &Digest,
    ) -> Result<Secret<VERIFY_DATA>, Error> {
        let label: &[u8] = match side {
            Side::Client => b"client finished",
            Side::Server => b"server finished",
        };
        let mut data = Secret::zero();
        let hash = self.suite.hash_in::<P>();
        prf::<P>(hash, self.secret.expose(), label, [transcript_hash.as_ref(), &[]], data.expose_mut())?;
        Ok(data)
    }
}

/// client_write_key, server_write_key, client_write_IV and server_write_IV (RFC 5246 section 6.3).
pub(crate) struct KeyBlock {
    bytes: Secret<MAX_KEY_BLOCK>,
    cipher: BulkCipher,
}

impl KeyBlock {
    /// The protection of what `side` sends.
    pub(crate) fn protection<P: Provider>(&self, side: Side) -> Result<Protection<P>, Error> {
        let RecordProfile { key, fixed_iv, .. } = self.cipher.profile_in::<P>().ok_or(Error::Bug)?;
        let (keys, rest) = self.bytes.expose().split_at_checked(2 * key).ok_or(Error::Bug)?;
        let (client_key, server_key) = keys.split_at_checked(key).ok_or(Error::Bug)?;
        let ivs = rest.get(..2 * fixed_iv).ok_or(Error::Bug)?;
        let (client_iv, server_iv) = ivs.split_at_checked(fixed_iv).ok_or(Error::Bug)?;
        match side {
            Side::Client => Protection::new(self.cipher, client_key, client_iv),
            Side::Server => Protection::new(self.cipher, server_key, server_iv),
        }
        .ok_or(Error::Bug)
    }
}

/// `PRF(secret, label, seed) = P_<hash>(secret, label + seed)` (RFC 5246 section 5), as long as `out`.
fn prf<P: Provider>(
    hash: HashAlgorithm,
    secret: &[u8],
    label: &[u8],
    seed: [&[u8]; 2],
    out: &mut [u8],
) -> Result<(), Error> {
    match hash {
        HashAlgorithm::Sha256 => P::HmacSha256::p_hash(secret, label, seed, out),
        HashAlgorithm::Sha384 => P::HmacSha384::p_hash(secret, label, seed, out),
        // No suite of the profile uses it.
        HashAlgorithm::Sha512 => None,
    }
    .ok_or(Error::Bug)
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use super::*;
    use crate::crypto::rustcrypto::RustCrypto;

    fn hex(text: &str) -> Vec<u8> {
        text.as_bytes()
            .chunks(2)
            .map(|pair| u8::from_str_radix(core::str::from_utf8(pair).unwrap(), 16).unwrap())
            .collect()
    }

    /// The vectors that circulate on the TLS working group's list, because RFC 5246 has none of its own.
    #[test]
    fn prf_gives_the_published_outputs() {
        let cases = [
            (
                HashAlgorithm::Sha256,
                "9bbe436ba940f017b17652849a71db35",
                "a0ba9f936cda311827a6f796ffd5198c",
                "e3f229ba727be17b8d122620557cd453c2aab21d07c3d495329b52d4e61edb5a6b301791e90d35c9c9a46b4e14baf9af\
                 0fa022f7077def17abfd3797c0564bab4fbc91666e9def9b97fce34f796789baa48082d122ee42c5a72e5a5110fff701\
                 87347b66",
            ),
            (
                HashAlgorithm::Sha384,
                "b80b733d6ceefcdc71566ea48e5567df",
                "cd665cf6a8447dd6ff8b27555edb7465",
                "7b0c18e9ced410ed1804f2cfa34a336a1c14dffb4900bb5fd7942107e81c83cde9ca0faa60be9fe34f82b1233c9146a0\
                 e534cb400fed2700884f9dc236f80edd8bfa961144c9e8d792eca722a7b32fc3d416d473ebc2c5fd4abfdad05d918425\
                 9b5bf8cd4d90fa0d31e2dec479e4f1a26066f2eea9a69236a3e52655c9e9aee691c8f3a26854308d5eaa3be85e099070\
                 3d73e56f",
            ),
        ];
        for (hash, secret, seed, output) in cases {
            let expected = hex(output);
            let mut out = std::vec![0; expected.len()];
            prf::<RustCrypto>(hash, &hex(secret), b"test label", [&hex(seed), &[]], &mut out).unwrap();
            assert_eq!(out, expected, "{hash:?}");
        }
    }
}
