//! A view of one certificate revocation list (RFC 5280 section 5).
//!
//! The lists are read here and not by webpki, which takes the first list of an issuer whatever it is worth, does not
//! look at thisUpdate, cannot see the key usage of a root, and leaves no word about why a list did not count. The
//! reader is short: the entries are walked once, one after the other, and nothing is kept of them.

use super::{
    Certificate, CertificateError, ListAnswer, UnknownRevocation,
    distinguished_name::Name,
    distribution_point::{self, IssuingDistributionPoint},
    public_key::public_key,
    signed::Signed,
    time::time,
};
use crate::UnixTime;
use crate::crypto::{Provider, PublicKey};
use crate::der::{Der, DerError, tag};

/// The fields of a list, borrowed from its DER of at most 16 MiB. Nothing is verified by reading it.
///
/// ```text
/// CertificateList ::= SEQUENCE {
///     tbsCertList        TBSCertList,
///     signatureAlgorithm AlgorithmIdentifier,
///     signatureValue     BIT STRING }
/// TBSCertList ::= SEQUENCE {
///     version             INTEGER { v2(1) } OPTIONAL,
///     signature           AlgorithmIdentifier,
///     issuer              Name,
///     thisUpdate          Time,
///     nextUpdate          Time OPTIONAL,
///     revokedCertificates SEQUENCE OF SEQUENCE {
///         userCertificate    INTEGER,
///         revocationDate     Time,
///         crlEntryExtensions Extensions OPTIONAL } OPTIONAL,
///     crlExtensions   [0] Extensions OPTIONAL }
/// ```
#[derive(Clone, Debug)]
pub struct RevocationList<'a> {
    signed: Signed<'a>,
    issuer: Name<'a>,
    this_update: UnixTime,
    next_update: Option<UnixTime>,
    entries: Der<'a>,
    extensions: Extensions<'a>,
}

impl<'a> RevocationList<'a> {
    /// Reads all but the entries.
    ///
    /// # Errors
    /// [`DerError`] with the byte where it is not what RFC 5280 asks for.
    pub fn parse(der: &'a [u8]) -> Result<Self, DerError> {
        let (signed, mut fields) = Signed::parse(der)?;
        let error = fields.error();
        let has_version = match fields.optional(tag::INTEGER)?.map(|version| version.rest()) {
            None => false,
            Some([1]) => true,
            Some(_) => return Err(error),
        };
        let error = fields.error();
        // RFC 5280 section 5.1.2.2: the same algorithm inside the signature and beside it.
        if fields.sequence()?.rest() != signed.algorithm {
            return Err(error);
        }
        let issuer = Name::parse(&mut fields)?;
        let this_update = time(&mut fields)?;
        let next_update = match fields.rest().first() {
            Some(&(tag::UTC_TIME | tag::GENERALIZED_TIME)) => Some(time(&mut fields)?),
            _ => None,
        };
        let entries = fields.optional(tag::SEQUENCE)?.unwrap_or(Der::new(&[]));
        let error = fields.error();
        let extensions = match fields.optional(tag::constructed(0))? {
            Some(extensions) if has_version => Extensions::parse(extensions.only(tag::SEQUENCE)?)?,
            Some(_) => return Err(error),
            None => Extensions::default(),
        };
        fields.end()?;
        Ok(Self { signed, issuer, this_update, next_update, entries, extensions })
    }

    /// Who signed the list.
    pub const fn issuer(&self) -> Name<'a> {
        self.issuer
    }

    /// The first second that the list tells of.
    pub const fn this_update(&self) -> UnixTime {
        self.this_update
    }

    /// The last second for which the list counts as complete.
    pub const fn next_update(&self) -> Option<UnixTime> {
        self.next_update
    }

    /// Whether the list is signed with the key that has this content of a SubjectPublicKeyInfo, as
    /// [`Certificate::subject_public_key_info`] gives it: yes, or why that is not known.
    ///
    /// # Errors
    /// [`UnknownRevocation::BadSignature`], [`UnknownRevocation::UnsupportedAlgorithm`].
    pub fn is_signed_with<P: Provider>(&self, key_info: &[u8]) -> ListAnswer {
        let key = public_key(Der::new(key_info)).map_err(|_| UnknownRevocation::UnsupportedAlgorithm)?;
        verify::<P>(&self.signed, &key)
    }

    /// Whether nobody who has this list needs `older`, if both are signed with the same key
    /// ([`Self::is_signed_with`]): it says that it is of the same issuer and key, has the same scope, and is as new.
    pub fn supersedes(&self, older: &RevocationList<'_>) -> bool {
        let (own, other) = (&self.extensions, &older.extensions);
        self.issuer == older.issuer
            && self.this_update >= older.this_update
            && own.is_delta == other.is_delta
            && own.scope == other.scope
            && own.key_id == other.key_id
    }

    /// Whether the list speaks of certificates of `certificate`'s issuer. None when it is another issuer's.
    pub(super) fn is_about(&self, certificate: &Certificate<'_>) -> Option<bool> {
        if self.issuer != certificate.issuer() {
            return None;
        }
        let point = self.extensions.issuing_distribution_point.as_ref();
        Some(point.is_none_or(IssuingDistributionPoint::is_about_own_certificates))
    }

    /// Why the list does not hold for `now`.
    pub(super) fn time_lack(&self, now: UnixTime) -> Option<UnknownRevocation> {
        if now < self.this_update {
            Some(UnknownRevocation::NotYetValid)
        } else if self.next_update.is_none_or(|next| now > next) {
            // RFC 5280 section 5.1.2.5: nextUpdate must be there. Without it a list would be fresh for ever.
            Some(UnknownRevocation::Expired)
        } else {
            None
        }
    }

    /// Why `certificate` is not known to be good when it is not on this list, whenever that holds: the list is not
    /// understood, is not complete, or is not meant to hold it.
    pub(super) fn lack(&self, certificate: &Certificate<'_>) -> Option<UnknownRevocation> {
        let is_partial =
            |point: &IssuingDistributionPoint<'_>| point.only_some_reasons || !point.covers(certificate);
        if self.extensions.has_unknown_critical {
            Some(UnknownRevocation::UnsupportedExtension)
        } else if self.extensions.is_delta
            || self.extensions.issuing_distribution_point.as_ref().is_some_and(is_partial)
        {
            Some(UnknownRevocation::OutOfScope)
        } else {
            None
        }
    }

    /// What the issuer signed.
    pub(super) const fn signed(&self) -> Signed<'a> {
        self.signed
    }

    /// Whether a certificate with the serial number `serial`, as it is encoded, is among the entries.
    ///
    /// The walk is linear and ends where it is found. When it is not, every entry must have been understood (RFC 5280
    /// section 5.3).
    pub(super) fn names(&self, serial: &[u8]) -> Result<bool, UnknownRevocation> {
        let serial = without_leading_zeros(serial);
        let mut entries = self.entries;
        let mut is_understood = true;
        while !entries.is_empty() {
            let entry = Entry::parse(&mut entries)?;
            let is_taken_back = entry.removes && self.extensions.is_delta;
            if without_leading_zeros(entry.serial) == serial && !is_taken_back {
                return Ok(true);
            }
            is_understood &= !entry.has_unknown_critical;
        }
        if is_understood { Ok(false) } else { Err(UnknownRevocation::UnsupportedExtension) }
    }
}

/// Verifies the signature of a list with the key of an issuer.
pub(super) fn verify<P: Provider>(signed: &Signed<'_>, key: &PublicKey<'_>) -> ListAnswer {
    signed.verify::<P>(key).map(|()| true).map_err(|error| match error {
        CertificateError::BadSignature => UnknownRevocation::BadSignature,
        _ => UnknownRevocation::UnsupportedAlgorithm,
    })
}

/// What was understood of crlExtensions (RFC 5280 section 5.2).
#[derive(Clone, Debug, Default)]
struct Extensions<'a> {
    is_delta: bool,
    issuing_distribution_point: Option<IssuingDistributionPoint<'a>>,
    has_unknown_critical: bool,
    /// The values of issuingDistributionPoint and authorityKeyIdentifier, to tell a successor by.
    scope: Option<&'a [u8]>,
    key_id: Option<&'a [u8]>,
}

impl<'a> Extensions<'a> {
    fn parse(mut list: Der<'a>) -> Result<Self, DerError> {
        let mut extensions = Self::default();
        while !list.is_empty() {
            let error = list.error();
            let extension = Extension::parse(&mut list)?;
            match extension.id {
                // issuerAltName, cRLNumber and authorityKeyIdentifier, which take nothing from what the list says.
                Some(18 | 20) => {}
                Some(35) => extensions.key_id = Some(extension.value.rest()),
                Some(27) => extensions.is_delta = true,
                Some(28) => {
                    extensions.scope = Some(extension.value.rest());
                    let point = distribution_point::parse(extension.value.only(tag::SEQUENCE)?)?;
                    if extensions.issuing_distribution_point.replace(point).is_some() {
                        return Err(error);
                    }
                }
                _ => extensions.has_unknown_critical |= extension.is_critical,
            }
        }
        Ok(extensions)
    }
}

/// An extension of a list or of an entry in it.
struct Extension<'a> {
    /// The last part of its object identifier, when that is below id-ce (2.5.29).
    id: Option<u8>,
    is_critical: bool,
    value: Der<'a>,
}

impl<'a> Extension<'a> {
    fn parse(list: &mut Der<'a>) -> Result<Self, DerError> {
        let mut extension = list.sequence()?;
        let id = match extension.required(tag::OBJECT_IDENTIFIER)?.rest() {
            [0x55, 0x1d, id] => Some(*id),
            _ => None,
        };
        let is_critical = extension.flag()?;
        let value = extension.required(tag::OCTET_STRING)?;
        extension.end()?;
        Ok(Self { id, is_critical, value })
    }
}

/// What an entry says.
struct Entry<'a> {
    serial: &'a [u8],
    /// Whether it takes back what an earlier list said: removeFromCRL, for delta lists alone.
    removes: bool,
    has_unknown_critical: bool,
}

impl<'a> Entry<'a> {
    fn parse(entries: &mut Der<'a>) -> Result<Self, DerError> {
        let mut entry = entries.sequence()?;
        let serial = entry.required(tag::INTEGER)?.rest();
        // revocationDate: whatever it says, the certificate has been revoked.
        entry.element()?;
        let mut extensions = match entry.optional(tag::SEQUENCE)? {
            Some(extensions) => extensions,
            None => Der::new(&[]),
        };
        entry.end()?;
        let (mut removes, mut has_unknown_critical) = (false, false);
        while !extensions.is_empty() {
            let extension = Extension::parse(&mut extensions)?;
            match extension.id {
                // reasonCode (RFC 5280 section 5.3.1).
                Some(21) => removes = extension.value.only(tag::ENUMERATED)?.rest() == [REMOVE_FROM_CRL],
                // holdInstructionCode and invalidityDate. certificateIssuer is for indirect lists alone.
                Some(23 | 24) => {}
                _ => has_unknown_critical |= extension.is_critical,
            }
        }
        Ok(Self { serial, removes, has_unknown_critical })
    }
}

const REMOVE_FROM_CRL: u8 = 8;

/// An encoder may write zeros too many, or leave out the one before a highest bit; the number is the same to those who
/// issued it.
fn without_leading_zeros(serial: &[u8]) -> &[u8] {
    let zeros = serial.iter().take_while(|byte| **byte == 0).count();
    serial.get(zeros..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use lsam_testing::der::tlv;

    use super::*;

    /// A list of version 2 of the issuer `CN=A`, from 2026-01-01 to 2026-01-08, with two entries.
    fn list(extensions: &[u8]) -> Vec<u8> {
        let algorithm = b"\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02";
        let issuer = b"\x30\x0c\x31\x0a\x30\x08\x06\x03\x55\x04\x03\x0c\x01\x41";
        let time = b"\x17\x0d260101000000Z\x17\x0d260108000000Z";
        let entries = [
            &b"\x30\x22\x30\x12\x02\x01\x05\x17\x0d260101000000Z"[..],
            b"\x30\x0c\x02\x02\x00\x80\x17\x06260101",
        ];
        let extensions = tlv(0xa0, &tlv(0x30, extensions));
        let fields = [&b"\x02\x01\x01"[..], algorithm, issuer, time, &entries.concat(), &extensions].concat();
        tlv(0x30, &[&tlv(0x30, &fields), &algorithm[..], b"\x03\x03\x00\xaa\xbb"].concat())
    }

    const CRL_NUMBER: &[u8] = b"\x30\x0a\x06\x03\x55\x1d\x14\x04\x03\x02\x01\x07";
    const DELTA: &[u8] = b"\x30\x0d\x06\x03\x55\x1d\x1b\x01\x01\xff\x04\x03\x02\x01\x07";
    const USER_CERTS: &[u8] = b"\x30\x0f\x06\x03\x55\x1d\x1c\x01\x01\xff\x04\x05\x30\x03\x81\x01\xff";
    const UNKNOWN: &[u8] = b"\x30\x0a\x06\x03\x55\x1d\x63\x01\x01\xff\x04\x00";

    #[test]
    fn the_fields_are_read() {
        let der = list(CRL_NUMBER);
        let list = RevocationList::parse(&der).unwrap();
        assert_eq!(list.issuer.common_name().map(|name| std::format!("{name}")), Some("A".into()));
        assert_eq!(list.signed.signature, [0xaa, 0xbb]);
        assert_eq!(list.this_update(), UnixTime(1_767_225_600));
        assert_eq!(list.next_update(), Some(UnixTime(1_767_830_400)));
        assert_eq!(list.time_lack(UnixTime(1_767_225_599)), Some(UnknownRevocation::NotYetValid));
        assert_eq!(list.time_lack(UnixTime(1_767_225_600)), None);
        assert_eq!(list.time_lack(UnixTime(1_767_830_400)), None);
        assert_eq!(list.time_lack(UnixTime(1_767_830_401)), Some(UnknownRevocation::Expired));
    }

    #[test]
    fn only_a_list_of_the_same_scope_and_key_that_is_as_new_supersedes_another() {
        const KEY: &[u8] = b"\x30\x0c\x06\x03\x55\x1d\x23\x04\x05\x30\x03\x80\x01\x07";
        let mut kinds = [CRL_NUMBER, DELTA, USER_CERTS, KEY].map(list);
        for (n, own) in kinds.iter().enumerate() {
            for (m, other) in kinds.iter().enumerate() {
                let [own, other] = [own, other].map(|der| RevocationList::parse(der).unwrap());
                assert_eq!(own.supersedes(&other), n == m, "{n} {m}");
            }
        }
        let older = kinds[0].clone();
        // The digit of the day in thisUpdate, and the letter of the issuer.
        for (from, to, supersedes) in
            [(&b"260101000000Z"[..], &b"260102000000Z"[..], true), (b"\x0c\x01A", b"\x0c\x01B", false)]
        {
            let at = kinds[0].windows(from.len()).position(|window| window == from).unwrap();
            kinds[0][at..at + to.len()].copy_from_slice(to);
            let [own, other] = [&kinds[0], &older].map(|der| RevocationList::parse(der).unwrap());
            assert_eq!(own.supersedes(&other), supersedes);
            assert!(!other.supersedes(&own));
        }
    }

    #[test]
    fn serial_numbers_are_found_with_zeros_before_them_and_without() {
        let der = list(CRL_NUMBER);
        let list = RevocationList::parse(&der).unwrap();
        for listed in [&[0x05][..], &[0x00, 0x05], &[0x80], &[0x00, 0x80]] {
            assert_eq!(list.names(listed), Ok(true), "{listed:02x?}");
        }
        for other in [&[][..], &[0x00], &[0x04], &[0x05, 0x00], &[0x80, 0x00], &[0x01, 0x05]] {
            assert_eq!(list.names(other), Ok(false), "{other:02x?}");
        }
    }

    #[test]
    fn only_critical_extensions_of_an_entry_that_say_another_issuer_or_the_unknown_are_refused() {
        let der = list(CRL_NUMBER);
        // reasonCode, holdInstructionCode, invalidityDate, certificateIssuer and one that does not exist.
        for (id, is_understood) in [(21, true), (23, true), (24, true), (29, false), (99, false)] {
            for (critical, is_understood) in [(&b"\x01\x01\xff"[..], is_understood), (b"", true)] {
                let value = tlv(0x04, b"\x0a\x01\x01");
                let extension = [&[0x06, 0x03, 0x55, 0x1d, id], critical, &value].concat();
                let extensions = tlv(0x30, &tlv(0x30, &extension));
                let entry = tlv(0x30, &[b"\x02\x01\x05\x17\x0d260101000000Z", &extensions[..]].concat());
                let mut list = RevocationList::parse(&der).unwrap();
                list.entries = Der::new(&entry);
                let other =
                    if is_understood { Ok(false) } else { Err(UnknownRevocation::UnsupportedExtension) };
                assert_eq!(list.names(&[0x06]), other, "{id} {critical:02x?}");
                assert_eq!(list.names(&[0x05]), Ok(true), "{id} {critical:02x?}");
            }
        }
    }

    #[test]
    fn a_delta_list_takes_entries_back() {
        // reasonCode removeFromCRL.
        let entry = b"\x30\x20\x02\x01\x07\x17\x0d260101000000Z\x30\x0c\x30\x0a\x06\x03\x55\x1d\x15\x04\x03\x0a\x01\x08";
        for (extensions, is_listed) in [(DELTA, false), (CRL_NUMBER, true)] {
            let der = list(extensions);
            let mut list = RevocationList::parse(&der).unwrap();
            list.entries = Der::new(entry);
            assert_eq!(list.names(&[0x07]), Ok(is_listed));
        }
    }

    #[test]
    fn extensions_decide_on_the_worth_of_a_list() {
        let parse = |extensions: &[u8]| {
            RevocationList::parse(&list(extensions)).map(|list| {
                (
                    list.extensions.is_delta,
                    list.extensions.issuing_distribution_point.is_some(),
                    list.extensions.has_unknown_critical,
                )
            })
        };
        assert_eq!(parse(&[]), Ok((false, false, false)));
        assert_eq!(parse(&[CRL_NUMBER, USER_CERTS].concat()), Ok((false, true, false)));
        assert_eq!(parse(DELTA), Ok((true, false, false)));
        assert_eq!(parse(UNKNOWN), Ok((false, false, true)));
        // issuerAltName, cRLNumber and authorityKeyIdentifier may be critical.
        for (id, is_unknown) in [(18, false), (20, false), (35, false), (21, true)] {
            let extension = [b"\x30\x0d\x06\x03\x55\x1d", &[id][..], b"\x01\x01\xff\x04\x03\x02\x01\x07"];
            assert_eq!(parse(&extension.concat()), Ok((false, false, is_unknown)), "{id}");
        }
        assert!(parse(&USER_CERTS.repeat(2)).is_err(), "twice");
    }
}
