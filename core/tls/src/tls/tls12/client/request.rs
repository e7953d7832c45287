//! What a server requires of our certificate, and which identity is presented (RFC 5246 sections 7.4.4 and
//! 7.4.6).

use crate::crypto::{Provider, SignatureScheme};
use crate::tls::codes::HandshakeType;
use crate::tls::config::{ClientConfig, Identity};
use crate::tls::error::{Error, Structure};
use crate::tls::message::{Asked, CertificateRequestReader, CertificateType};
use crate::x509::{Certificate, Name};

/// What can be presented: the identity's index, and how it signs. If there is none, an empty chain is sent.
#[derive(Clone, Copy)]
pub(crate) struct Answer(pub(crate) Option<(usize, SignatureScheme)>);

/// A partly read CertificateRequest.
pub(crate) struct Request {
    reader: CertificateRequestReader,
    wishes: Wishes,
}

/// What has been requested so far.
struct Wishes {
    types: Flags,
    schemes: Flags,
    /// The certificates in the identities' chains that were issued by an authority with one of the names.
    issued: Flags,
    /// Those whose issuer's name matches the current name as far as it has been read.
    candidates: Flags,
    /// How many bytes of that name have been read, and its length.
    read: usize,
    len: usize,
}

/// A set of numbers below 32; larger ones are never in it.
#[derive(Clone, Copy, Default)]
struct Flags(u32);

impl Flags {
    fn add(&mut self, n: Option<usize>) {
        self.0 |= Self::bit(n);
    }

    fn contains(self, n: Option<usize>) -> bool {
        self.0 & Self::bit(n) != 0
    }

    fn bit(n: Option<usize>) -> u32 {
        n.and_then(|n| u32::try_from(n).ok()).and_then(|n| 1_u32.checked_shl(n)).unwrap_or(0)
    }
}

impl Request {
    pub(crate) const fn new() -> Self {
        Self { reader: CertificateRequestReader::new(), wishes: Wishes::NONE }
    }

    /// Continues reading, and returns how many bytes were read.
    pub(crate) fn read(&mut self, config: &ClientConfig<'_>, bytes: &[u8]) -> Result<usize, Error> {
        let wishes = &mut self.wishes;
        let read = self.reader.read(bytes, &mut |asked| wishes.add(config.identities, &asked));
        read.map_err(|reason| Error::Decode(Structure::Handshake(HandshakeType::CERTIFICATE_REQUEST), reason))
    }

    /// The answer, once the request has been read to its end.
    pub(crate) fn answer<P: Provider>(&self, config: &ClientConfig<'_>) -> Option<Answer> {
        self.reader.is_done().then(|| self.wishes.answer::<P>(config.identities))
    }
}

impl Wishes {
    const NONE: Self =
        Self { types: Flags(0), schemes: Flags(0), issued: Flags(0), candidates: Flags(0), read: 0, len: 0 };

    fn add(&mut self, identities: &[Identity<'_>], asked: &Asked<'_>) {
        match *asked {
            Asked::Type(kind) => self.types.add(kind.index()),
            Asked::Scheme(code) => {
                self.schemes.add(SignatureScheme::ALL.iter().position(|scheme| scheme.code() == code));
            }
            // Without alternatives, the names make no difference.
            Asked::Name(_) | Asked::NamePart(_) if identities.len() < 2 => {}
            Asked::Name(len) => {
                (self.read, self.len, self.candidates) = (0, len, Flags(u32::MAX));
            }
            Asked::NamePart(part) => {
                let end = self.read + part.len();
                let mut candidates = Flags::default();
                // A name that arrives in one piece is compared as a name, even if the server encodes it
                // differently from the issuer.
                let name = if part.len() == self.len { Name::from_der(part).ok() } else { None };
                for (n, issuer) in issuers(identities) {
                    let begins_alike = issuer.len() == self.len && issuer.get(self.read..end) == Some(part);
                    let fits = begins_alike || name.is_some_and(|name| Name::from_der(issuer) == Ok(name));
                    if fits && self.candidates.contains(Some(n)) {
                        candidates.add(Some(n));
                    }
                }
                (self.candidates, self.read) = (candidates, end);
                if end == self.len {
                    self.issued.0 |= candidates.0;
                }
            }
        }
    }

    /// The first identity whose type and scheme the server accepts. An identity with an issuer that the
    /// server names is preferred but not required: a server may name only a root, and if a chain omits the
    /// intermediate that the root signed, none of its certificates mentions the root.
    fn answer<P: Provider>(&self, identities: &[Identity<'_>]) -> Answer {
        let fitting = || {
            identities.iter().enumerate().filter_map(|(identity, Identity { schemes, .. })| {
                schemes
                    .iter()
                    .copied()
                    .find(|scheme| self.takes::<P>(*scheme))
                    .map(|scheme| (identity, scheme))
            })
        };
        let named = fitting().find(|(identity, _)| self.names_issuer_of(identities, *identity));
        Answer(named.or_else(|| fitting().next()))
    }

    fn takes<P: Provider>(&self, scheme: SignatureScheme) -> bool {
        let n = SignatureScheme::ALL.iter().position(|other| *other == scheme);
        self.types.contains(CertificateType::of(scheme.kind()).index())
            && self.schemes.contains(n)
            && scheme.has_hash::<P>()
    }

    fn names_issuer_of(&self, identities: &[Identity<'_>], identity: usize) -> bool {
        let before = identities.iter().take(identity).map(|identity| identity.chain.len()).sum::<usize>();
        let own = identities.get(identity).map_or(0, |identity| identity.chain.len());
        (before..before + own).any(|n| self.issued.contains(Some(n)))
    }
}

/// The issuers' names of all certificates in the chains, each with its number.
fn issuers<'c>(identities: &[Identity<'c>]) -> impl Iterator<Item = (usize, &'c [u8])> {
    let certificates = identities.iter().flat_map(|identity| identity.chain).enumerate();
    certificates.filter_map(|(n, der)| Some((n, Certificate::issuer_of(der).ok()?)))
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use super::*;
    use crate::crypto::rustcrypto::RustCrypto;

    /// The identity that answers a request for `types` and `schemes`.
    fn answer(types: &[u8], schemes: &[u8], identities: &[Identity<'_>]) -> Option<(usize, SignatureScheme)> {
        let body = [&[types.len() as u8], types, &[0, schemes.len() as u8], schemes, &[0, 0]].concat();
        let message: Vec<u8> = [&[13, 0, 0, body.len() as u8][..], &body].concat();
        let config = ClientConfig { identities, ..ClientConfig::new() };
        let mut request = Request::new();
        assert_eq!(request.read(&config, &message), Ok(message.len()));
        request.answer::<RustCrypto>(&config).unwrap().0
    }

    /// The issuer of the second of three identities is named, with the name split at any position.
    #[test]
    fn a_name_that_differs_anywhere_is_nobodys() {
        let chain = [lsam_testing::identity::leaf()];
        let issuer = Certificate::issuer_of(chain[0]).unwrap();
        let schemes = [SignatureScheme::EcdsaSecp256r1Sha256];
        let identities = [&[][..], &chain, &[]].map(|chain| Identity { chain, schemes: &schemes });
        let config = ClientConfig { identities: &identities, ..ClientConfig::new() };
        let len = issuer.len() as u8;
        let head = [13, 0, 0, 10 + len, 1, 64, 0, 2, 4, 3, 0, 2 + len, 0, len];
        for cut in [1, issuer.len() / 2, issuer.len() - 1] {
            for changed in [None, Some(0), Some(cut - 1), Some(cut), Some(issuer.len() - 1)] {
                let mut message = [&head, issuer].concat();
                if let Some(at) = changed {
                    message[head.len() + at] ^= 1;
                }
                let mut request = Request::new();
                let (front, back) = message.split_at(head.len() + cut);
                assert_eq!(request.read(&config, front), Ok(front.len()));
                assert_eq!(request.read(&config, back), Ok(back.len()));
                let expected = usize::from(changed.is_none());
                assert_eq!(
                    request.answer::<RustCrypto>(&config).unwrap().0.unwrap().0,
                    expected,
                    "{cut} {changed:?}"
                );
            }
        }
    }

    #[test]
    fn an_identity_needs_its_type_and_its_scheme() {
        let (ecdsa, rsa) = (SignatureScheme::EcdsaSecp256r1Sha256, SignatureScheme::RsaPssRsaeSha256);
        let ours = [ecdsa, rsa].map(|scheme| [scheme]);
        let identities = [0, 1].map(|n| Identity { chain: &[], schemes: &ours[n] });
        const BOTH: &[u8] = &[4, 3, 8, 4];
        for (types, schemes, expected) in [
            (&[64][..], &[4, 3][..], Some((0, ecdsa))),
            (&[64], BOTH, Some((0, ecdsa))),
            (&[64], &[8, 4], None),
            (&[1], &[4, 3], None),
            (&[1], BOTH, Some((1, rsa))),
            (&[1, 64], &[8, 4], Some((1, rsa))),
            // dss_sign (RFC 5246 section 7.4.4)
            (&[2], BOTH, None),
        ] {
            assert_eq!(answer(types, schemes, &identities), expected, "{types:?} {schemes:?}");
        }
    }
}
