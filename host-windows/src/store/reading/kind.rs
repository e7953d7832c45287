//! Determines the kind of a file or an element by how it begins.

use super::der::{
    BIT_STRING, CONTEXT_0, Element, GENERALIZED_TIME, INTEGER, OCTET_STRING, OID, SEQUENCE, UTC_TIME,
};
use super::text::Text;

/// The kind of a DER element, by the tags in it; whether it is well-formed is checked elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Certificate,
    RevocationList,
    Request,
    PublicKey,
    Key,
    EncryptedKey,
    Pfx,
    Pkcs7,
    Other,
}

impl Kind {
    pub(super) fn of(element: &Element<'_>) -> Self {
        if element.tag != SEQUENCE {
            return Self::Other;
        }
        let Some(children) = element.children() else { return Self::Other };
        let tags: Vec<u8> = children.iter().map(|child| child.tag).collect();
        match (tags.as_slice(), children.as_slice()) {
            // Certificate, CertificationRequest and CertificateList are all content, algorithm and signature.
            ([SEQUENCE, SEQUENCE, BIT_STRING], [signed, ..]) => Self::of_signed(signed),
            // SubjectPublicKeyInfo (RFC 5280 section 4.1)
            ([SEQUENCE, BIT_STRING], _) => Self::PublicKey,
            // EncryptedPrivateKeyInfo (RFC 5958 section 3)
            ([SEQUENCE, OCTET_STRING], _) => Self::EncryptedKey,
            // ContentInfo (RFC 5652 section 3)
            ([OID, CONTEXT_0], _) => Self::Pkcs7,
            // PrivateKeyInfo (RFC 5958 section 2), whose algorithm is in a different arc from the content
            // types of a PFX.
            ([INTEGER, SEQUENCE, OCTET_STRING, ..], _) => Self::Key,
            // PFX (RFC 7292 section 4)
            ([INTEGER, SEQUENCE] | [INTEGER, SEQUENCE, SEQUENCE], _) => Self::Pfx,
            // ECPrivateKey (RFC 5915 section 3), RSAPrivateKey (RFC 8017 appendix A.1.2)
            ([INTEGER, OCTET_STRING, ..] | [INTEGER, INTEGER, INTEGER, INTEGER, ..], _) => Self::Key,
            _ => Self::Other,
        }
    }

    fn of_signed(signed: &Element<'_>) -> Self {
        let Some(children) = signed.children() else { return Self::Other };
        let tags: Vec<u8> = children.iter().map(|child| child.tag).collect();
        match tags.strip_prefix(&[INTEGER]).unwrap_or(&tags) {
            // subject, subjectPKInfo, attributes (RFC 2986 section 4.1)
            [SEQUENCE, SEQUENCE, CONTEXT_0] => Self::Request,
            // signature, issuer, thisUpdate (RFC 5280 section 5.1)
            [SEQUENCE, SEQUENCE, UTC_TIME | GENERALIZED_TIME, ..] => Self::RevocationList,
            _ => Self::Certificate,
        }
    }
}

/// An unsupported format, and how to convert it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Foreign {
    what: &'static str,
    cure: &'static str,
}

impl std::fmt::Display for Foreign {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "it is {}, which is not read here; {}", self.what, self.cure)
    }
}

pub(super) const OPENSSH: Foreign = Foreign {
    what: "an OpenSSH private key",
    cure: "write it anew with `ssh-keygen -p -m PKCS8 -f FILE`, on a copy, and put its certificate beside it",
};
pub(super) const REQUEST: Foreign = Foreign {
    what: "a certificate request",
    cure: "send it to the certification authority, and use the certificate that comes back",
};
pub(super) const PUBLIC_KEY: Foreign =
    Foreign { what: "a public key", cure: "put the certificate there in its place" };

const KEYTOOL: &str = "make a PFX file of it with `keytool -importkeystore -srckeystore FILE -destkeystore \
                       agent.pfx -deststoretype PKCS12`";
const PUTTYGEN: &str =
    "write it anew with `puttygen FILE -O private-openssh -o agent.key`, and put its certificate beside it";
const SSH_PUBLIC: &str = "put a certificate there in its place: TLS uses no keys of SSH";
const PAGE: &str = "it may be the answer of a server in place of the file: fetch the file again";

/// How files of other formats begin.
const FOREIGN: &[(&[u8], &str, &str)] = &[
    (b"\xfe\xed\xfe\xed", "a Java keystore (JKS)", KEYTOOL),
    (b"\xce\xce\xce\xce", "a Java keystore (JCEKS)", KEYTOOL),
    (b"PuTTY-User-Key-File", "a key of PuTTY", PUTTYGEN),
    (b"---- BEGIN SSH2", "an SSH public key", SSH_PUBLIC),
    (b"ssh-", "an SSH public key", SSH_PUBLIC),
    (b"ecdsa-sha2-", "an SSH public key", SSH_PUBLIC),
    (b"-----BEGIN PGP", "a file of PGP", "put a certificate there in its place: TLS uses no keys of PGP"),
    (
        b"\x00\x00\x00\x00CERT",
        "a serialized certificate store of Windows (.sst)",
        "export it anew from the certificates console as PKCS #7 (.p7b)",
    ),
    (
        b"\x1e\xf1\xb5\xb0",
        "a private key in PVK form",
        "make a key in PEM of it with `openssl rsa -inform PVK -in FILE -out agent.key`",
    ),
    (b"PK\x03\x04", "a ZIP archive", "unpack it first"),
    (b"\x1f\x8b", "a gzip archive", "unpack it first"),
    (b"<!DOCTYPE", "a web page", PAGE),
    (b"<html", "a web page", PAGE),
];

/// The foreign format of the file `content`, if it has one; `text` is its text.
pub(super) fn foreign(content: &[u8], text: &Text<'_>) -> Option<Foreign> {
    let text = text.as_ref().trim_ascii_start();
    let begins = |start: &[u8]| {
        content.starts_with(start)
            || text.get(..start.len()).is_some_and(|text| text.eq_ignore_ascii_case(start))
    };
    let (_, what, cure) = FOREIGN.iter().find(|(start, ..)| begins(start))?;
    Some(Foreign { what, cure })
}
