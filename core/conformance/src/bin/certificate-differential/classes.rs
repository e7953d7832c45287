//! The classes of differences, each with its reason. A difference in no class fails the check.

use std::cmp::Ordering;

use lsam_core::crypto::PublicKey;
use lsam_core::x509::Certificate;
use openssl::x509::{X509, X509VerifyResult};

use crate::trial::Trial;

/// Why core and OpenSSL may differ in this way about `trial`.
pub(crate) fn reason(ours: &str, theirs: &str, trial: &Trial) -> Option<&'static str> {
    if ours == "accepted" {
        let class = LAXER.iter().find(|class| class.theirs == theirs && (class.applies)(trial));
        return class.map(|class| class.reason);
    }
    STRICTER.iter().find(|(name, _)| *name == ours).map(|(_, reason)| *reason)
}

/// A difference in which core accepts.
struct Laxer {
    /// OpenSSL's error.
    theirs: &'static str,
    /// The trials to which the reason applies.
    applies: fn(&Trial) -> bool,
    reason: &'static str,
}

const LAXER: &[Laxer] = &[
    Laxer {
        theirs: "EE certificate key too weak",
        applies: has_key_on_a_curve,
        reason: "the peer's key is no point of its curve; it is refused in the handshake, where the peer has \
                 to sign with it",
    },
    Laxer {
        theirs: "unable to get local issuer certificate",
        applies: is_in_the_set,
        reason: "the exact certificate is trusted; OpenSSL wants it to be its own issuer by key identifiers \
                 and algorithms",
    },
    Laxer {
        theirs: "unreadable",
        applies: is_in_the_set,
        reason: "the exact certificate is trusted; what core does not use of it is not decoded",
    },
    Laxer {
        theirs: "unreadable",
        applies: is_signed_as_it_is,
        reason: "values of names and unknown extensions that are not critical are not decoded: a value is \
                 compared as it is, and shown in hexadecimal when it is no text",
    },
    Laxer {
        theirs: "certificate signature failure",
        applies: has_self_issued,
        reason: "OpenSSL takes a self-issued certificate without key identifiers for self-signed; core goes \
                 by the signature",
    },
    Laxer {
        theirs: "self-signed certificate",
        applies: has_self_issued,
        reason: "OpenSSL takes a self-issued certificate without key identifiers for self-signed; core goes \
                 by the signature",
    },
    Laxer {
        theirs: "self-signed certificate in certificate chain",
        applies: has_self_issued,
        reason: "OpenSSL takes a self-issued certificate without key identifiers for self-signed; core goes \
                 by the signature",
    },
    Laxer {
        theirs: "unable to get issuer certificate",
        applies: has_root_of_another,
        reason: "a root of the set is trusted as it is; OpenSSL wants it to be its own issuer by key \
                 identifiers and algorithms",
    },
    Laxer {
        theirs: "unable to get local issuer certificate",
        applies: names_an_issuer,
        reason: "key identifiers guide the search (RFC 5280 section 4.2.1.1): serial numbers in them are not \
                 compared",
    },
    Laxer {
        theirs: "unhandled critical extension",
        applies: names_an_issuer,
        reason: "key identifiers of a root may be critical: they are understood",
    },
];

/// Core's errors for chains that OpenSSL accepts.
const STRICTER: &[(&str, &str)] = &[
    ("BadEncoding", "DER is demanded everywhere, and each extension that is read must be as RFC 5280 has it"),
    (
        "NameConstraint",
        "names that are malformed, or of a type without a definition, below an authority that is constrained \
         in it",
    ),
    ("NotAnAuthority", "issuers must say that they are authorities, by a basicConstraints of their own"),
    (
        "UnknownIssuer",
        "issuers that cannot be read are none; names are compared without the decompositions of Unicode",
    ),
    ("UnsupportedAlgorithm", "an AlgorithmIdentifier is that of its RFC: no parameters with ECDSA"),
    (
        "UnsupportedExtension",
        "critical extensions that are not understood, policies among them, also where OpenSSL takes no \
         notice",
    ),
    ("UnsupportedKey", "secp521r1 is not in the profile"),
    ("UnsupportedVersion", "only certificates of version 3 below a root"),
    (
        "WrongUsage",
        "an authority is no peer; anyExtendedKeyUsage names no purpose; usages of authorities are nested",
    ),
    ("NotYetValid", "times are read as DER has them"),
    ("Expired", "times are read as DER has them"),
    ("TooComplex", "the search among many issuers is bounded"),
    ("BadSignature", "the signature of a root that is presented with a chain is no matter to OpenSSL"),
];

fn certificates(ders: &[Vec<u8>]) -> impl Iterator<Item = Certificate<'_>> {
    ders.iter().filter_map(|der| Certificate::parse(der).ok())
}

/// Whether the peer's certificate is itself a root of the set.
fn is_in_the_set(trial: &Trial) -> bool {
    trial.chain.first().is_some_and(|leaf| trial.roots.contains(leaf))
}

/// Whether OpenSSL, which folds case and spaces in names, considers subject and issuer equal.
fn has_self_issued(trial: &Trial) -> bool {
    let mut presented = trial.chain.iter().filter_map(|der| X509::from_der(der).ok());
    presented.any(|it| it.subject_name().try_cmp(it.issuer_name()).is_ok_and(Ordering::is_eq))
        && !is_in_the_set(trial)
}

fn has_key_on_a_curve(trial: &Trial) -> bool {
    certificates(&trial.chain).next().is_some_and(|leaf| {
        matches!(leaf.public_key(), Ok(PublicKey::Secp256r1(_) | PublicKey::Secp384r1(_)))
    })
}

/// Whether OpenSSL considers a root as issued by another.
fn has_root_of_another(trial: &Trial) -> bool {
    let mut roots = trial.roots.iter().filter_map(|der| X509::from_der(der).ok());
    roots.any(|root| root.issued(&root) != X509VerifyResult::OK)
}

/// Whether a change may have affected a key identifier.
fn names_an_issuer(trial: &Trial) -> bool {
    trial.changes.iter().any(|change| {
        change.ends_with("key identifiers") || TO_ELEMENTS.iter().any(|kind| change.ends_with(kind))
    })
}

/// The changes in `tree.rs` that can affect an extension.
const TO_ELEMENTS: [&str; 7] = [
    "a bit of a value",
    "a byte before a value",
    "a value cut short",
    "an element left out",
    "an element twice",
    "an element in another's place",
    "another tag",
];

/// Whether the certificates were signed after the change.
fn is_signed_as_it_is(trial: &Trial) -> bool {
    let is_damage = |change: &String| DAMAGES.iter().any(|damage| change.ends_with(damage));
    !trial.changes.iter().any(is_damage)
}

/// The changes made after signing.
const DAMAGES: [&str; 4] = [": a bit", ": cut short", "a byte behind", "a byte missing"];
