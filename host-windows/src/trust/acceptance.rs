//! Whether peers can accept the certificate that this end presents, whatever they trust.
//!
//! The agent applies this rule when it starts and once a day; `lsam doctor` and the import of certificates
//! apply it too.

use std::fmt;

use lsam_core::UnixTime;
use lsam_core::x509::{self, CertificateError, Purpose};

use super::{Trusted, advice};
use crate::store::{Certificate, chain};

/// How many days before its expiry a certificate is reported: enough time to have another one issued.
const RENEWAL: i64 = 30;

/// In seconds.
const DAY: i64 = 24 * 60 * 60;

/// Why peers refuse what this end presents, or soon will.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Objection {
    /// Peers refuse it because this certificate breaks a rule.
    Refused {
        /// This end's own certificate, or one between it and its root.
        certificate: Box<Certificate>,
        /// The rule.
        rule: CertificateError,
    },
    /// Peers will refuse it within 30 days.
    Ending {
        /// This end's own certificate, or one between it and its root.
        certificate: Box<Certificate>,
        /// The number of whole days left.
        days: i64,
    },
    /// The clock is not set, so nothing can be checked.
    NoTime,
}

impl Objection {
    /// The certificate concerned.
    pub fn certificate(&self) -> Option<&Certificate> {
        match self {
            Self::Refused { certificate, .. } | Self::Ending { certificate, .. } => Some(certificate),
            Self::NoTime => None,
        }
    }

    /// Whether peers already refuse it.
    pub const fn is_refusal(&self) -> bool {
        !matches!(self, Self::Ending { .. })
    }

    /// What an administrator can do about it.
    pub const fn advice(&self) -> &'static str {
        match self {
            Self::Refused { rule, .. } => advice::server_certificate(*rule),
            Self::Ending { .. } => advice::ENDING,
            Self::NoTime => advice::server_certificate(CertificateError::NoTime),
        }
    }
}

/// The reason, without the certificate.
impl fmt::Display for Objection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused { rule, .. } => write!(f, "scheduling servers refuse it: {}", Broken(*rule)),
            Self::Ending { certificate, days } => {
                write!(f, "it is {}: days left: {days}", certificate.validity())
            }
            Self::NoTime => {
                f.write_str("the clock of this machine is not set, so that no certificate can be checked")
            }
        }
    }
}

/// A rule, phrased as a fault of a certificate.
struct Broken(CertificateError);

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            CertificateError::Expired => "it has expired",
            CertificateError::NotYetValid => "it is not valid yet",
            CertificateError::BadEncoding => "it is malformed",
            CertificateError::UnsupportedVersion => "it is not of X.509 version 3",
            CertificateError::UnsupportedAlgorithm => {
                "it is signed with an algorithm that is no longer accepted, SHA-1 for example"
            }
            CertificateError::UnsupportedKey => {
                "its public key is of a kind or size that is not accepted (RSA of 2048 to 4096 bits, and \
                 P-256 or P-384 as named curves, are)"
            }
            CertificateError::UnsupportedExtension => "it has a critical extension that is not supported",
            CertificateError::WrongUsage => "its key usage does not allow it to be a TLS server's",
            other => return fmt::Display::fmt(&other, f),
        })
    }
}

/// What peers object to, at the time `now`, in `own` and the certificates between it and its root, which are
/// among `others`. Trust in the issuer, the expected name and revocation are checked separately.
pub fn objections<'c>(
    own: &'c Certificate,
    others: impl Iterator<Item = &'c Certificate> + Clone,
    now: Option<UnixTime>,
) -> Vec<Objection> {
    let Some(now) = now else { return vec![Objection::NoTime] };
    let chain = chain(others.clone(), own);
    let mut found: Vec<Objection> =
        chain.iter().filter_map(|certificate| objection(certificate, *certificate == own, now)).collect();
    if !found.iter().any(Objection::is_refusal)
        && let Some(rule) = refused_by_all(own, &chain, others)
    {
        found.push(Objection::Refused { certificate: Box::new(own.clone()), rule });
    }
    found
}

/// The property of a certificate that every peer refuses, if any.
fn objection(certificate: &Certificate, is_own: bool, now: UnixTime) -> Option<Objection> {
    match check(certificate, is_own, now) {
        Err(rule) => Some(Objection::Refused { certificate: Box::new(certificate.clone()), rule }),
        Ok(()) => {
            let left = certificate.not_after.saturating_sub(now.0.cast_signed());
            let days = left / DAY;
            (left < RENEWAL * DAY)
                .then(|| Objection::Ending { certificate: Box::new(certificate.clone()), days })
        }
    }
}

fn check(certificate: &Certificate, is_own: bool, now: UnixTime) -> Result<(), CertificateError> {
    let parsed = x509::Certificate::parse(&certificate.der)?;
    parsed.public_key()?;
    // The signature of a certificate that is itself trusted is not verified.
    if !parsed.is_self_issued() {
        parsed.check_profile()?;
    }
    if is_own {
        parsed.check_usage(Purpose::Server)?;
    }
    parsed.check_validity(now)
}

/// The rule by which a peer that trusts the root refuses `chain`. `None` if it is accepted with one of the
/// roots among `others`, or if there is no root.
fn refused_by_all<'c>(
    own: &'c Certificate,
    chain: &[&Certificate],
    others: impl Iterator<Item = &'c Certificate>,
) -> Option<CertificateError> {
    let ders: Vec<Vec<u8>> = chain.iter().map(|certificate| certificate.der.clone()).collect();
    let verify = |root: &Certificate| {
        let mut trusted = Trusted::new();
        trusted.add_root(&root.der);
        trusted.verify_chain(&ders, Purpose::Server).err()
    };
    if own.is_self_issued() {
        return verify(own);
    }
    let last = chain.last()?;
    let mut rules = others.filter(|other| other.is_self_issued() && last.may_be_issued_by(other)).map(verify);
    let first = rules.next()?;
    rules.fold(first, |rule, next| rule.and(next))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use rcgen::{CertificateParams, ExtendedKeyUsagePurpose, KeyUsagePurpose, date_time_ymd};

    use super::*;
    use crate::authority::{Credential, KeyKind};
    use crate::crypto::now;
    use crate::store::{Item, password, read_items};

    fn certificate(made: &Credential) -> Certificate {
        Certificate::from_der(made.der()).unwrap()
    }

    fn made(issuer: Option<&Credential>, adjust: impl FnOnce(&mut CertificateParams)) -> Certificate {
        certificate(&Credential::new(KeyKind::EcdsaP256, issuer, adjust).unwrap())
    }

    /// A certificate made by OpenSSL; see tests/data/make.
    fn file(name: &str) -> Certificate {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name);
        let items = read_items(&path, |_| password(&path)).items;
        let mut certificates = items.into_iter().filter_map(|item| match item {
            Item::Certificate(certificate) => Some(certificate),
            _ => None,
        });
        certificates.next().unwrap()
    }

    fn texts(own: &Certificate, others: &[&Certificate]) -> Vec<String> {
        let found = objections(own, others.iter().copied(), now());
        found.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_nobody_accepts_is_found_with_the_root_at_hand_and_without() {
        let root = certificate(&Credential::root("Root").unwrap());
        for (name, reason) in [
            ("sha1.crt", "signed with an algorithm that is no longer accepted, SHA-1"),
            ("version-1.crt", "not of X.509 version 3"),
            ("explicit.crt", "its public key is of a kind or size that is not accepted"),
        ] {
            for others in [&[][..], &[&root]] {
                let texts = texts(&file(name), others);
                assert!(texts.len() == 1 && texts[0].contains(reason), "{name}: {texts:?}");
                assert!(texts[0].starts_with("scheduling servers refuse it: "), "{texts:?}");
            }
        }
    }

    #[test]
    fn the_end_and_the_use_are_looked_at() {
        let root = Credential::root("Root").unwrap();
        let years = |from, until| {
            move |params: &mut CertificateParams| {
                params.not_before = date_time_ymd(from, 1, 1);
                params.not_after = date_time_ymd(until, 1, 1);
            }
        };
        for issuer in [None, Some(&root)] {
            let good = made(issuer, years(2020, 2090));
            assert_eq!(texts(&good, &[]), [""; 0]);
            assert!(texts(&made(issuer, years(2019, 2020)), &[])[0].ends_with("it has expired"));
            assert!(texts(&made(issuer, years(2089, 2090)), &[])[0].ends_with("it is not valid yet"));
            let client =
                made(issuer, |params| params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth]);
            assert!(texts(&client, &[])[0].ends_with("its key usage does not allow it to be a TLS server's"));
            let before =
                |days: i64| Some(UnixTime(good.not_after.cast_unsigned() - (days * DAY).cast_unsigned()));
            let at = |days| objections(&good, std::iter::empty(), before(days));
            assert_eq!(at(30), []);
            assert_eq!(at(29), [Objection::Ending { certificate: Box::new(good.clone()), days: 29 }]);
            assert!(!at(29)[0].is_refusal());
            assert!(objections(&good, std::iter::empty(), None)[0].is_refusal());
        }
    }

    #[test]
    fn the_certificates_between_are_looked_at_too() {
        let root = Credential::root("Root").unwrap();
        let middle = Credential::new(KeyKind::EcdsaP256, Some(&root), |params| {
            params.distinguished_name.push(rcgen::DnType::CommonName, "Old Authority");
            params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
            params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
            params.not_before = date_time_ymd(2019, 1, 1);
            params.not_after = date_time_ymd(2020, 1, 1);
        });
        let middle = middle.unwrap();
        let own = certificate(&middle.issue(KeyKind::EcdsaP256, &["agent.example"]).unwrap());
        let (root, middle) = (certificate(&root), certificate(&middle));
        let found = objections(&own, [&root, &middle].into_iter(), now());
        let rule = CertificateError::Expired;
        assert_eq!(found, [Objection::Refused { certificate: Box::new(middle), rule }]);
    }

    #[test]
    fn an_issuer_that_may_not_issue_is_found_unless_another_of_its_name_may() {
        let named = |params: &mut CertificateParams| {
            params.distinguished_name.push(rcgen::DnType::CommonName, "Authority");
        };
        let no_authority = Credential::new(KeyKind::EcdsaP256, None, named).unwrap();
        let authority = Credential::root("Authority").unwrap();
        let own = certificate(&no_authority.issue(KeyKind::EcdsaP256, &["agent.example"]).unwrap());
        let found = objections(&own, [&certificate(&no_authority)].into_iter(), now());
        assert!(found[0].to_string().ends_with("may not issue certificates"), "{found:?}");
        let own = made(Some(&authority), |params| params.use_authority_key_identifier_extension = false);
        let roots = [certificate(&no_authority), certificate(&authority)];
        assert_eq!(objections(&own, roots.iter(), now()), []);
    }
}
