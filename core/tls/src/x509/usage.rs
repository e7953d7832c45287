//! What a key may be used for: keyUsage (RFC 5280 section 4.2.1.3) and extKeyUsage (section 4.2.1.12).

use crate::der::{Der, DerError, tag};

/// id-kp-serverAuth, 1.3.6.1.5.5.7.3.1
const SERVER_AUTH: &[u8] = b"\x2b\x06\x01\x05\x05\x07\x03\x01";
/// id-kp-clientAuth, 1.3.6.1.5.5.7.3.2
const CLIENT_AUTH: &[u8] = b"\x2b\x06\x01\x05\x05\x07\x03\x02";

/// What a peer uses its certificate for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To be a TLS server.
    Server,
    /// To be a TLS client.
    Client,
}

/// The bits of keyUsage that matter to TLS and to path validation.
#[derive(Clone, Copy, Debug)]
pub(super) struct KeyUsage {
    pub(super) digital_signature: bool,
    pub(super) key_cert_sign: bool,
    pub(super) crl_sign: bool,
}

impl KeyUsage {
    /// Parses the content of the BIT STRING, whose first bit is the highest.
    pub(super) fn parse(bits: Der<'_>) -> Result<Self, DerError> {
        let flags = match bits.rest() {
            [0] => 0,
            // X.690 section 11.2.1: unused bits are zero, so that none of them is taken for a usage.
            [unused @ 0..=7, .., last] if last.trailing_zeros() < u32::from(*unused) => {
                return Err(bits.error());
            }
            [0..=7, flags, ..] => *flags,
            _ => return Err(bits.error()),
        };
        Ok(Self {
            digital_signature: flags & 0x80 != 0,
            key_cert_sign: flags & 0x04 != 0,
            crl_sign: flags & 0x02 != 0,
        })
    }
}

/// `ExtKeyUsageSyntax ::= SEQUENCE SIZE (1..MAX) OF OBJECT IDENTIFIER`
#[derive(Clone, Copy, Debug)]
pub(super) struct ExtendedKeyUsage<'a>(Der<'a>);

impl<'a> ExtendedKeyUsage<'a> {
    /// Parses the content of the SEQUENCE.
    pub(super) fn parse(usages: Der<'a>) -> Result<Self, DerError> {
        let mut list = usages;
        list.required(tag::OBJECT_IDENTIFIER)?;
        while !list.is_empty() {
            list.required(tag::OBJECT_IDENTIFIER)?;
        }
        Ok(Self(usages))
    }

    /// Whether `purpose` is listed. anyExtendedKeyUsage does not imply it: it does not show that the
    /// authority intended the certificate for TLS.
    pub(super) fn includes(self, purpose: Purpose) -> bool {
        let wanted = match purpose {
            Purpose::Server => SERVER_AUTH,
            Purpose::Client => CLIENT_AUTH,
        };
        let mut usages = self.0;
        core::iter::from_fn(|| usages.required(tag::OBJECT_IDENTIFIER).ok())
            .any(|usage| usage.rest() == wanted)
    }
}

#[cfg(test)]
mod tests {
    use lsam_testing::der::tlv;

    use super::*;

    #[test]
    fn key_usages() {
        let parse = |bits: &[u8]| {
            let usage = KeyUsage::parse(Der::new(bits)).ok()?;
            Some((usage.digital_signature, usage.key_cert_sign, usage.crl_sign))
        };
        assert_eq!(parse(&[0x07, 0x80]), Some((true, false, false)));
        assert_eq!(parse(&[0x01, 0x06]), Some((false, true, true)));
        assert_eq!(parse(&[0x02, 0x04]), Some((false, true, false)));
        assert_eq!(parse(&[0x00]), Some((false, false, false)));
        assert_eq!(parse(&[]), None);
        assert_eq!(parse(&[0x08, 0x80]), None);
        assert_eq!(parse(&[0x07, 0x06, 0x80]), Some((false, true, true)));
        assert_eq!(parse(&[0x07, 0x06, 0xc0]), None);
    }

    #[test]
    fn unused_bits_are_not_key_usages() {
        for unused in [2, 5, 7] {
            assert!(KeyUsage::parse(Der::new(&[unused, 0x06])).is_err(), "{unused} unused bits");
        }
    }

    #[test]
    fn extended_key_usages() {
        let server = tlv(0x06, SERVER_AUTH);
        let client = tlv(0x06, CLIENT_AUTH);
        // anyExtendedKeyUsage, 2.5.29.37.0
        let any = tlv(0x06, &[0x55, 0x1d, 0x25, 0x00]);
        let includes = |usages: &[&[u8]]| {
            let usages = usages.concat();
            let usages = ExtendedKeyUsage::parse(Der::new(&usages)).unwrap();
            (usages.includes(Purpose::Server), usages.includes(Purpose::Client))
        };
        assert_eq!(includes(&[&server]), (true, false));
        assert_eq!(includes(&[&client]), (false, true));
        assert_eq!(includes(&[&any, &client, &server]), (true, true));
        assert_eq!(includes(&[&any]), (false, false));
        for wrong in [&[][..], &[0x05, 0x00], &[&server[..], &[0x05, 0x00]].concat()] {
            assert!(ExtendedKeyUsage::parse(Der::new(wrong)).is_err(), "{wrong:02x?}");
        }
    }
}
