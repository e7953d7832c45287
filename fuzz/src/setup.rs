//! Certificates, configurations and buffers, chosen by the first bytes of an input.

use std::sync::LazyLock;

use lsam_core::crypto::SignatureScheme as Scheme;
use lsam_core::tls::limits::{RECV_BUFFER, RECV_BUFFER_MIN, SERVER_RECV_BUFFER_MIN};
use lsam_core::tls::{
    CipherSuite, ClientAuth, ClientConfig, Identity, MaxFragmentLength, NamedGroup, ServerConfig, TicketKey,
    Tickets,
};

use crate::script::Script;

/// The setup of a server.
#[derive(Clone, Copy, Default)]
pub(crate) struct ServerSetUp {
    /// See the constants.
    pub(crate) bits: u8,
    pub(crate) buffers: BufferSizes,
    /// The kind of the certificates; see [`identities`]. The highest bit determines how a pair seals its
    /// records.
    pub(crate) identity: u8,
}

impl ServerSetUp {
    /// A bit of the identity: the records of a pair have tags that match any content.
    pub(crate) const UNSEALED: u8 = 128;
    /// 0 none, 1 optional, 2 required, 3 required with more authorities than fit into a small send buffer.
    pub(crate) const CLIENT_AUTH: u8 = 3;
    pub(crate) const TICKETS: u8 = 4;
    pub(crate) const ALPN: u8 = 8;
    pub(crate) const REQUIRES_EMS: u8 = 16;
    /// See [`suites`].
    pub(crate) const SUITES: u8 = 32 | 64;
    /// Tickets are sealed with the second key; those sealed with the first are still accepted.
    pub(crate) const SECOND_KEY: u8 = 128;

    pub(crate) fn read(script: &mut Script<'_>) -> Self {
        Self { bits: script.u8(), buffers: BufferSizes(script.u8()), identity: script.u8() }
    }

    pub(crate) fn bytes(self) -> [u8; 3] {
        [self.bits, self.buffers.0, self.identity]
    }

    pub(crate) fn config(self) -> ServerConfig<'static> {
        let [first, second] = &*TICKET_KEYS;
        let (current, previous) = match self.bits & Self::SECOND_KEY {
            0 => (first, None),
            _ => (second, Some(first)),
        };
        let tickets = Tickets { current, previous, lifetime: 3600, epoch: 1 };
        let (client_auth, client_authorities) = match self.bits & Self::CLIENT_AUTH {
            0 => (ClientAuth::None, &[][..]),
            1 => (ClientAuth::Optional, ONE_AUTHORITY),
            2 => (ClientAuth::Required, &[][..]),
            _ => (ClientAuth::Required, MANY_AUTHORITIES),
        };
        ServerConfig {
            client_auth,
            client_authorities,
            cipher_suites: suites(self.bits >> 5),
            require_extended_master_secret: self.bits & Self::REQUIRES_EMS != 0,
            alpn: if self.bits & Self::ALPN == 0 { &[] } else { &[b"lsam/2", b"lsam/1"] },
            tickets: (self.bits & Self::TICKETS != 0).then_some(tickets),
            ..ServerConfig::new(identities(self.identity))
        }
    }
}

/// The setup of a client.
#[derive(Clone, Copy, Default)]
pub(crate) struct ClientSetUp {
    /// See the constants.
    pub(crate) bits: u8,
    pub(crate) buffers: BufferSizes,
    /// The kind of certificates that it can present; see [`identities`]. The higher bits are its options.
    pub(crate) wishes: u8,
}

impl ClientSetUp {
    pub(crate) const HAS_IDENTITY: u8 = 1;
    pub(crate) const HAS_STORE: u8 = 2;
    pub(crate) const ALPN: u8 = 8;
    pub(crate) const REQUIRES_EMS: u8 = 16;
    /// See [`suites`].
    pub(crate) const SUITES: u8 = 32 | 64;
    pub(crate) const NAMES_SERVER: u8 = 128;
    /// Of the options: max_fragment_length by its code; 5 to 7 mean 1 to 3.
    pub(crate) const MAX_FRAGMENT: u8 = 4 | 8 | 16;
    /// Of the options: only the last group.
    pub(crate) const ONE_GROUP: u8 = 32;
    /// Of the options: only the second protocol name.
    pub(crate) const ONE_PROTOCOL: u8 = 64;

    pub(crate) fn read(script: &mut Script<'_>) -> Self {
        Self { bits: script.u8(), buffers: BufferSizes(script.u8()), wishes: script.u8() }
    }

    pub(crate) fn bytes(self) -> [u8; 3] {
        [self.bits, self.buffers.0, self.wishes]
    }

    pub(crate) fn has_store(self) -> bool {
        self.bits & Self::HAS_STORE != 0
    }

    pub(crate) fn config(self) -> ClientConfig<'static> {
        let has = |bit| self.bits & bit != 0;
        let protocols: &[&[u8]] = &[b"lsam/1", b"lsam/2"];
        let one_protocol = self.wishes & Self::ONE_PROTOCOL != 0;
        let max_fragment_length = match (self.wishes & Self::MAX_FRAGMENT) >> 2 {
            0 => None,
            n => MaxFragmentLength::from_bytes(256 << ((n - 1) % 4 + 1)),
        };
        ClientConfig {
            server_name: has(Self::NAMES_SERVER).then_some("agent.example"),
            identities: if has(Self::HAS_IDENTITY) { identities(self.wishes) } else { &[] },
            cipher_suites: suites(self.bits >> 5),
            groups: if self.wishes & Self::ONE_GROUP == 0 {
                NamedGroup::ALL
            } else {
                &[NamedGroup::Secp384r1]
            },
            require_extended_master_secret: has(Self::REQUIRES_EMS),
            alpn: if has(Self::ALPN) { &protocols[usize::from(one_protocol)..] } else { &[] },
            max_fragment_length,
            ..ClientConfig::new()
        }
    }
}

/// The buffers of a session: the low four bits choose the receive buffer, the high four the send buffer.
#[derive(Clone, Copy, Default)]
pub(crate) struct BufferSizes(pub(crate) u8);

impl BufferSizes {
    /// The smallest allowed, for a session with 512-byte fragments.
    pub(crate) const SMALL: Self = Self(0x11);

    pub(crate) fn recv(self) -> usize {
        [RECV_BUFFER, RECV_BUFFER_MIN, 1024, 600, 700, SERVER_RECV_BUFFER_MIN, 4096, RECV_BUFFER + 1000]
            [usize::from(self.0 & 7)]
    }

    pub(crate) fn send(self) -> usize {
        [RECV_BUFFER, 768, 800, 1024, 1500, 2048, 4096, RECV_BUFFER + 1000][usize::from(self.0 >> 4 & 7)]
    }

    pub(crate) fn memory(self) -> [Vec<u8>; 2] {
        [vec![0; self.recv()], vec![0; self.send()]]
    }
}

/// Suites, selected by two bits: all, those with AES-128, those with AES-256 and its hash, those with
/// ChaCha20-Poly1305.
fn suites(bits: u8) -> &'static [CipherSuite] {
    match bits & 3 {
        0 => CipherSuite::ALL,
        1 => &[CipherSuite::EcdheEcdsaAes128GcmSha256, CipherSuite::EcdheRsaAes128GcmSha256],
        2 => &[CipherSuite::EcdheRsaAes256GcmSha384, CipherSuite::EcdheEcdsaAes256GcmSha384],
        _ => &[CipherSuite::EcdheEcdsaChaCha20Poly1305Sha256, CipherSuite::EcdheRsaChaCha20Poly1305Sha256],
    }
}

/// Identities, selected by two bits: secp256r1; RSA; secp384r1 with a chain longer than a small send buffer;
/// RSA before secp256r1.
fn identities(bits: u8) -> &'static [Identity<'static>] {
    &IDENTITIES[usize::from(bits & 3)]
}

/// Distinguished names that are only copied.
const MANY_AUTHORITIES: &[&[u8]] = &[[0x30; 255].as_slice(); 12];
const ONE_AUTHORITY: &[&[u8]] = &[b"0\0"];

static TICKET_KEYS: LazyLock<[TicketKey; 2]> =
    LazyLock::new(|| [1, 2].map(|byte| TicketKey::new([byte; TicketKey::LEN])));

static IDENTITIES: LazyLock<[Vec<Identity<'static>>; 4]> = LazyLock::new(|| {
    let chain = |certificates: &[&[u8]]| -> &'static [&'static [u8]] {
        let leaked = certificates.iter().map(|der| &*der.to_vec().leak());
        leaked.collect::<Vec<&'static [u8]>>().leak()
    };
    let p256 = Identity { chain: chain(&[&certificate(P256)]), schemes: &[Scheme::EcdsaSecp256r1Sha256] };
    let p384 = Identity {
        chain: chain(&[&certificate(P384), &[0x30; 700], &[0x30; 900]]),
        schemes: &[Scheme::EcdsaSecp384r1Sha384],
    };
    let rsa = Identity {
        chain: chain(&[&certificate(RSA)]),
        schemes: &[Scheme::RsaPssRsaeSha256, Scheme::RsaPssRsaeSha512, Scheme::RsaPkcs1Sha384],
    };
    [vec![p256], vec![rsa], vec![p384], vec![rsa, p256]]
});

/// AlgorithmIdentifier and the length of the public key, whose value is never checked here.
type KeyShape = (&'static [u8], usize);

const P256: KeyShape =
    (&[6, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1, 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7], 65);
const P384: KeyShape = (&[6, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1, 6, 5, 0x2b, 0x81, 4, 0, 0x22], 97);
const RSA: KeyShape = (&[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1, 5, 0], 256);

/// The smallest certificate with such a key: version 1, no names, no extensions, no signature.
pub(crate) fn certificate((algorithm, key_len): KeyShape) -> Vec<u8> {
    let key = match key_len {
        256 => {
            let modulus = [&[0][..], &[0xc1; 256]].concat();
            der(0x30, &[der(2, &modulus), der(2, &[1, 0, 1])].concat())
        }
        _ => [&[4][..], &vec![0x55; key_len - 1]].concat(),
    };
    let info = [der(0x30, algorithm), der(3, &[&[0][..], &key].concat())].concat();
    let validity = [der(0x17, b"200101000000Z"), der(0x17, b"400101000000Z")].concat();
    let signature_algorithm = der(0x30, &[6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2]);
    let tbs = [
        der(2, &[1]),
        signature_algorithm.clone(),
        der(0x30, &[]),
        der(0x30, &validity),
        der(0x30, &[]),
        der(0x30, &info),
    ];
    der(0x30, &[der(0x30, &tbs.concat()), signature_algorithm, der(3, &[0, 0])].concat())
}

fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let len = content.len();
    let header = match len {
        0..0x80 => vec![tag, len as u8],
        0x80..0x100 => vec![tag, 0x81, len as u8],
        _ => vec![tag, 0x82, (len >> 8) as u8, len as u8],
    };
    [header, content.to_vec()].concat()
}

#[cfg(test)]
mod tests {
    use lsam_core::crypto::PublicKey;
    use lsam_core::x509::Certificate;

    use super::*;

    #[test]
    fn core_reads_the_certificates() {
        let key = |shape| {
            let der = certificate(shape);
            match Certificate::parse(&der).unwrap().public_key().unwrap() {
                PublicKey::Secp256r1(_) => "secp256r1",
                PublicKey::Secp384r1(_) => "secp384r1",
                PublicKey::Rsa { .. } => "rsa",
                _ => "another",
            }
        };
        assert_eq!([P256, P384, RSA].map(key), ["secp256r1", "secp384r1", "rsa"]);
    }
}
