//! What to do about a refusal: one sentence for each rule.
//!
//! Two machines are involved: the agent's, with MSLSAM.ini and a certificate store, and the scheduling
//! server's (SAM), with a store and settings for each machine.

use lsam_core::tls::AlertDescription;
use lsam_core::x509::CertificateError;

/// For the administrator of an agent that refused a scheduling server's certificate.
pub const fn client_certificate(rule: CertificateError) -> &'static str {
    match rule {
        CertificateError::UnknownIssuer => {
            "Put the root certificate of its certification authority into Root of the agent's store, or the \
             certificate itself if it is self-signed."
        }
        CertificateError::Expired | CertificateError::NotYetValid => {
            "Give the scheduling server a certificate that is valid now, and see that the clock of this \
             machine is right."
        }
        CertificateError::Revoked => {
            "Give the scheduling server another certificate. Only if certificates need not be looked up in \
             revocation lists, set TLSCheckCertificateRevocation to FALSE and start the agent again."
        }
        CertificateError::UnknownRevocation(_) => {
            "Put a current revocation list of the issuer into the agent's store (`lsam cert trust`). Only if \
             an unknown status is to be accepted, set TLSRequireRevocationStatus to FALSE and start the \
             agent again."
        }
        CertificateError::WrongUsage => {
            "Give the scheduling server a certificate for client authentication, with the key usage Digital \
             Signature."
        }
        CertificateError::TooComplex => {
            "Remove from Root and CA of the agent's store, and from what the scheduling server sends, the \
             certificates of authorities that have been renewed and are no longer needed: too many have the \
             same name, or the chain has more than six intermediates."
        }
        CertificateError::NoTime => "Set the clock of this machine.",
        CertificateError::NoCertificate => NO_CLIENT_CERTIFICATE,
        _ => "Give the scheduling server a certificate that keeps this rule.",
    }
}

/// For the administrator of an agent that requires a certificate from a client that sends none: the client
/// has none, or none from the issuers named in the request (RFC 5246 section 7.4.4).
pub const NO_CLIENT_CERTIFICATE: &str = "If the scheduling server has a certificate, put its root \
                                         certificate, or the certificate itself if it is self-signed, into \
                                         Root of the agent's store: a client sends none that it is not asked \
                                         for. If it has none, give it one. Only if any client may connect, \
                                         set TLSClientValidation to FALSE.";

/// For the administrator of a scheduling server that refused an agent's certificate.
pub const fn server_certificate(rule: CertificateError) -> &'static str {
    match rule {
        CertificateError::UnknownIssuer => {
            "Trust the root certificate of its certification authority, or the certificate itself if it is \
             self-signed (netcom: --trust; the scheduling server: Trusted Root Certificates of its machine)."
        }
        CertificateError::NameMismatch => {
            "Set TLS Certificate Distinguished Name (netcom: --name) to the name in the certificate, or give \
             the agent a certificate with the machine's name."
        }
        CertificateError::Expired | CertificateError::NotYetValid => {
            "Give the agent a certificate that is valid now, set TLSCertificateSerial to its serial number, \
             and see that the clock of this machine is right."
        }
        CertificateError::Revoked => {
            "Give the agent another certificate and set TLSCertificateSerial to its serial number."
        }
        CertificateError::UnknownRevocation(_) => {
            "Bring a current revocation list of the issuer, or do without a known status."
        }
        CertificateError::WrongUsage => {
            "Give the agent a certificate for server authentication, with the key usage Digital Signature."
        }
        CertificateError::UnsupportedVersion
        | CertificateError::UnsupportedAlgorithm
        | CertificateError::UnsupportedKey
        | CertificateError::UnsupportedExtension
        | CertificateError::BadEncoding => {
            "Have a certificate issued that is of X.509 version 3, signed with SHA-256, SHA-384 or SHA-512, \
             and has an RSA key of 2048 to 4096 bits or an ECDSA key on P-256 or P-384; put it with its \
             private key into My, and set TLSCertificateSerial to its serial number."
        }
        CertificateError::TooComplex => {
            "Remove from the trusted certificates, and from those that the agent sends, the ones of \
             authorities that have been renewed and are no longer needed: too many have the same name, or \
             the chain has more than six intermediates."
        }
        CertificateError::NoTime => "Set the clock of this machine.",
        _ => "Give the agent a certificate that keeps this rule.",
    }
}

/// For the administrator of an agent whose certificate expires soon.
pub const ENDING: &str = "Have a new one issued, and put it with its private key (a .pfx file) into My; set \
    TLSCertificateSerial to its serial number.";

/// For the administrator of an agent that received `alert` from the scheduling server: what it says about the
/// agent's certificate (RFC 5246 section 7.2.2). `None` if it says nothing about certificates.
pub const fn alert_to_agent(alert: AlertDescription) -> Option<&'static str> {
    Some(match alert {
        AlertDescription::UNKNOWN_CA => {
            "The scheduling server does not trust the agent's certificate: put the root certificate of its \
             certification authority into Trusted Root Certificates of the scheduling server's machine, or \
             the certificate itself if it is self-signed."
        }
        AlertDescription::BAD_CERTIFICATE | AlertDescription::CERTIFICATE_UNKNOWN => {
            "The scheduling server refused the agent's certificate. Most often its name is the cause: set \
             TLS Certificate Distinguished Name in the machine's advanced settings to the name in the \
             certificate if that is not the machine's. Other causes: its machine does not trust the root, a \
             signature does not verify, an authority above the certificate may not issue it or excludes its \
             name, or the certificate is malformed. `lsam doctor` says which of these can be seen here."
        }
        AlertDescription::UNSUPPORTED_CERTIFICATE => {
            "The scheduling server can't use the agent's certificate, or one between it and its root. It \
             must be for server authentication with the key usage Digital Signature, of X.509 version 3, \
             signed with SHA-256, SHA-384 or SHA-512, with an RSA key of 2048 to 4096 bits or an ECDSA key \
             on P-256 or P-384 as a named curve, and without critical extensions that are not known. `lsam \
             doctor` says which of these fails."
        }
        AlertDescription::CERTIFICATE_EXPIRED => {
            "The scheduling server takes the agent's certificate for one that is not valid now: renew it, \
             and see that the clocks of both machines are right."
        }
        AlertDescription::CERTIFICATE_REVOKED => {
            "The scheduling server knows that the agent's certificate has been revoked: give the agent \
             another one and set TLSCertificateSerial to its serial number."
        }
        _ => return None,
    })
}

/// For the administrator of a scheduling server that received `alert` from the agent: what it says about this
/// end's certificate, or its absence.
pub const fn alert_to_server(alert: AlertDescription, has_certificate: bool) -> Option<&'static str> {
    Some(match alert {
        AlertDescription::HANDSHAKE_FAILURE if !has_certificate => {
            "If TLSClientValidation is TRUE at the agent, it wants a certificate of this end (netcom: --cert \
             or --serial)."
        }
        AlertDescription::HANDSHAKE_FAILURE => {
            "The two ends have nothing in common, or the certificate of this end was not sent; the agent's \
             log says which."
        }
        AlertDescription::UNKNOWN_CA => {
            "The agent does not trust the certificate of this end: put its root certificate, or the \
             certificate itself if it is self-signed, into Root of the agent's store."
        }
        AlertDescription::CERTIFICATE_REVOKED => {
            "The certificate of this end is on a revocation list in the agent's store."
        }
        AlertDescription::CERTIFICATE_EXPIRED => {
            "To the agent's clock, the certificate of this end is not valid now."
        }
        AlertDescription::UNSUPPORTED_CERTIFICATE => {
            "The certificate of this end, or one between it and its root, can't be used: it must be for \
             client authentication with the key usage Digital Signature, of X.509 version 3, signed with \
             SHA-256, SHA-384 or SHA-512, with an RSA key of 2048 to 4096 bits or an ECDSA key on P-256 or \
             P-384 as a named curve. The agent's log says which of these fails."
        }
        AlertDescription::CERTIFICATE_UNKNOWN => {
            "No revocation list in the agent's store tells the status of the certificate of this end, and \
             TLSRequireRevocationStatus is TRUE there, or its chain is too long; the agent's log says which."
        }
        AlertDescription::BAD_CERTIFICATE => {
            "The agent can't use the certificate of this end; its log says why."
        }
        AlertDescription::CLOSE_NOTIFY => {
            "The agent has no time or no place for this connection now; its log says why. Try again."
        }
        _ => return None,
    })
}
