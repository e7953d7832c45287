//! (in the making)
#![allow(missing_docs)]
use crate::wire::{DecodeError, Reader};
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CertificateError {
    BadEncoding,
    UnsupportedKey,
    UnknownIssuer,
}
impl core::fmt::Display for CertificateError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        core::fmt::Debug::fmt(self, f)
    }
}
#[derive(Clone, Copy, Debug)]
pub struct CertificateList<'a>(&'a [u8]);
impl<'a> CertificateList<'a> {
    pub fn parse(b: &'a [u8]) -> Result<Self, DecodeError> {
        let mut r = Reader::new(b);
        while !r.is_empty() {
            r.vec24()?;
        }
        Ok(Self(b))
    }
    pub fn iter(&self) -> impl Iterator<Item = &'a [u8]> + 'a {
        let mut r = Reader::new(self.0);
        core::iter::from_fn(move || r.vec24().ok())
    }
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
pub struct Certificate<'a>(&'a [u8]);
impl<'a> Certificate<'a> {
    pub fn parse(b: &'a [u8]) -> Result<Self, CertificateError> {
        Ok(Self(b))
    }
    pub fn public_key(&self) -> Result<crate::crypto::PublicKey<'a>, CertificateError> {
        // P-256 SPKI: find the point
        let pat = [0x03u8, 0x42, 0x00, 0x04];
        let at = self.0.windows(4).position(|w| w == pat).ok_or(CertificateError::UnsupportedKey)?;
        Ok(crate::crypto::PublicKey::Secp256r1(
            self.0.get(at + 3..at + 68).ok_or(CertificateError::BadEncoding)?,
        ))
    }
}
