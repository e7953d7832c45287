//! ECDSA verification (FIPS 186-5 section 6.4.2) of the DER form that TLS and X.509 use.

use core::ops::Add;

use ecdsa::{
    EcdsaCurve, Signature, der,
    elliptic_curve::{
        AffinePoint, CurveArithmetic, FieldBytes, FieldBytesSize, array::ArraySize, point::AffineCoordinates,
    },
    hazmat::verify_prehashed,
};

use crate::crypto::InvalidSignature;

/// The first byte of an uncompressed point (SEC 1 section 2.3.3).
pub(super) const UNCOMPRESSED: u8 = 4;

/// Verifies the `Ecdsa-Sig-Value` over `digest`, which is cut to the bits of the group's order when it is longer.
pub(super) fn verify<C>(point: &[u8], digest: &[u8], signature: &[u8]) -> Result<(), InvalidSignature>
where
    C: EcdsaCurve + CurveArithmetic,
    AffinePoint<C>: AffineCoordinates<FieldRepr = FieldBytes<C>>,
    der::MaxSize<C>: ArraySize,
    <FieldBytesSize<C> as Add>::Output: Add<der::MaxOverhead> + ArraySize,
{
    let key = uncompressed_point::<C>(point).ok_or(InvalidSignature)?;
    // Refuses r and s that are zero, not below the order, or not minimally encoded.
    let signature = Signature::<C>::from_der(signature).map_err(|_| InvalidSignature)?;
    verify_prehashed(&key.into(), digest, &signature).map_err(|_| InvalidSignature)
}

/// The point on the curve that `bytes` are, in uncompressed form and no other (RFC 8422 section 5.1.2).
///
/// Through the coordinates and not through a decoder of all forms, which costs 3 KB of flash for one that is refused.
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
