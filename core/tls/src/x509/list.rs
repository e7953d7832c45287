//! The chain that a peer presents: `certificate_list` of TLS (RFC 5246 section 7.4.2).

use crate::wire::{DecodeError, Reader};

/// DER certificates one after another, each preceded by its length in 24 bits. The sender's own is first.
///
/// ```
/// use lsam_tls::x509::CertificateList;
///
/// let list = CertificateList::parse(&[0, 0, 2, 0xaa, 0xbb, 0, 0, 1, 0xcc])?;
/// assert_eq!(list.leaf(), Some(&[0xaa, 0xbb][..]));
/// assert_eq!(list.iter().count(), 2);
/// # Ok::<(), lsam_tls::wire::DecodeError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct CertificateList<'a> {
    body: &'a [u8],
}

impl<'a> CertificateList<'a> {
    /// Maximum number of certificates in a list. Real chains have up to five, including a root that may be
    /// omitted.
    pub const MAX: usize = 10;

    /// Parses the body of the list, without its 24-bit length. A client that does not authenticate itself
    /// sends an empty one (RFC 5246 section 7.4.6).
    ///
    /// # Errors
    /// [`DecodeError`] if lengths do not add up, a certificate is empty, or there are more than
    /// [`Self::MAX`].
    pub fn parse(body: &'a [u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(body);
        for _ in 0..Self::MAX {
            if reader.is_empty() {
                break;
            }
            if reader.vec24()?.is_empty() {
                return Err(DecodeError::BadLength);
            }
        }
        if reader.is_empty() { Ok(Self { body }) } else { Err(DecodeError::BadLength) }
    }

    /// The sender's own certificate.
    pub fn leaf(&self) -> Option<&'a [u8]> {
        self.iter().next()
    }

    /// Whether it has no certificate.
    pub const fn is_empty(&self) -> bool {
        self.body.is_empty()
    }

    /// Every certificate in the order sent, [`Self::leaf`] first.
    pub const fn iter(&self) -> Certificates<'a> {
        Certificates(Reader::new(self.body))
    }
}

impl<'a> IntoIterator for CertificateList<'a> {
    type Item = &'a [u8];
    type IntoIter = Certificates<'a>;

    fn into_iter(self) -> Certificates<'a> {
        self.iter()
    }
}

/// The certificates of a [`CertificateList`], as DER.
#[derive(Clone, Debug)]
pub struct Certificates<'a>(Reader<'a>);

impl<'a> Iterator for Certificates<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        self.0.vec24().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn certificates_come_in_the_order_of_sending() {
        let list = CertificateList::parse(&[0, 0, 1, 0xaa, 0, 0, 2, 0xbb, 0xcc]).unwrap();
        assert!(list.iter().eq([&[0xaa][..], &[0xbb, 0xcc]]));
        assert_eq!(list.leaf(), Some(&[0xaa][..]));
        assert!(!list.is_empty());
    }

    #[test]
    fn an_empty_list_is_one() {
        let list = CertificateList::parse(&[]).unwrap();
        assert!(list.is_empty());
        assert_eq!(list.leaf(), None);
    }

    #[test]
    fn broken_lists_are_refused() {
        for wrong in [&[0][..], &[0, 0, 0], &[0, 0, 1], &[0, 0, 1, 0xaa, 0], &[0, 0, 1, 0xaa, 0, 0, 0]] {
            assert!(CertificateList::parse(wrong).is_err(), "{wrong:02x?}");
        }
    }

    #[test]
    fn there_is_a_bound() {
        let most = [0, 0, 1, 0xaa].repeat(CertificateList::MAX);
        assert_eq!(CertificateList::parse(&most).unwrap().iter().count(), CertificateList::MAX);
        let more = [&most[..], &[0, 0, 1, 0xaa]].concat();
        assert_eq!(CertificateList::parse(&more).err(), Some(DecodeError::BadLength));
    }
}
