//! ECDSA verification (FIPS 186-5 section 6.4.2) of the DER form that TLS and X.509 use.

use ecdsa::{
    EcdsaCurve, Signature, SignatureBytes, SignatureSize,
    elliptic_curve::{AffinePoint, CurveArithmetic, FieldBytes, array::ArraySize, point::AffineCoordinates},
    hazmat::verify_prehashed,
};

use crate::crypto::{EcdsaSigValue, InvalidSignature};

/// The first byte of an uncompressed point (SEC 1 section 2.3.3).
const UNCOMPRESSED: u8 = 4;

/// Verifies the `Ecdsa-Sig-Value` over `digest`, which is truncated to the length of the group's order if it
/// is longer.
pub(super) fn verify<C>(point: &[u8], digest: &[u8], signature: &[u8]) -> Result<(), InvalidSignature>
where
    C: EcdsaCurve + CurveArithmetic,
    AffinePoint<C>: AffineCoordinates<FieldRepr = FieldBytes<C>>,
    SignatureSize<C>: ArraySize,
{
    let key = uncompressed_point::<C>(point).ok_or(InvalidSignature)?;
    let signature = sig_value::<C>(signature)?;
    verify_prehashed(&key.into(), digest, &signature).map_err(|_| InvalidSignature)
}

/// The numbers r and s, if they are from 1 to the order less 1.
fn sig_value<C>(der: &[u8]) -> Result<Signature<C>, InvalidSignature>
where
    C: EcdsaCurve,
    SignatureSize<C>: ArraySize,
{
    let mut raw = SignatureBytes::<C>::default();
    EcdsaSigValue::to_p1363(der, &mut raw)?;
    // The library's own `from_bytes` takes 640 bytes more of stack.
    let (r, s) = raw.split_at(raw.len() / 2);
    let scalar = |bytes: &[u8]| FieldBytes::<C>::try_from(bytes).map_err(|_| InvalidSignature);
    Signature::from_scalars(scalar(r)?, scalar(s)?).map_err(|_| InvalidSignature)
}

/// The point on the curve that `bytes` encode, in uncompressed form only (RFC 8422 section 5.1.2).
///
/// Decodes the coordinates directly, since the general decoder costs 3 KB of flash for a form that is
/// rejected.
pub(super) fn uncompressed_point<C>(bytes: &[u8]) -> Option<AffinePoint<C>>
where
    C: CurveArithmetic,
    AffinePoint<C>: AffineCoordinates<FieldRepr = FieldBytes<C>>,
{
    let coordinates = bytes.strip_prefix(&[UNCOMPRESSED])?;
    let (x, y) = coordinates.split_at_checked(coordinates.len() / 2)?;
    let (x, y) = (FieldBytes::<C>::try_from(x).ok()?, FieldBytes::<C>::try_from(y).ok()?);
    AffinePoint::<C>::from_coordinates(&x, &y).into_option()
}
