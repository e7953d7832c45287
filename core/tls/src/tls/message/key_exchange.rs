//! ServerKeyExchange and ClientKeyExchange for ephemeral ECDH (RFC 8422 sections 5.4 and 5.7).

use crate::crypto::PublicValue;
use crate::tls::group::NamedGroup;
use crate::wire::{BufferFull, DecodeError, Reader, Writer};

/// ECCurveType named_curve: the only one that RFC 8422 still allows.
const NAMED_CURVE: u8 = 3;

/// What a server signs: its group and ephemeral public value.
///
/// ```text
/// struct {
///     ECCurveType curve_type = named_curve;
///     NamedCurve namedcurve;
///     opaque point<1..2^8-1>;
/// } ServerECDHParams;
/// ```
pub(crate) struct ServerEcdhParams {
    pub(crate) group: NamedGroup,
    pub(crate) public_value: PublicValue,
}

impl ServerEcdhParams {
    pub(crate) fn emit(&self, w: &mut Writer<'_>) -> Result<(), BufferFull> {
        w.u8(NAMED_CURVE)?;
        w.u16(self.group.code())?;
        w.vec8(self.public_value.as_ref())
    }
}

/// A server's signed parameters, as the client reads them.
pub(crate) struct ServerKeyExchange<'a> {
    /// Code point of the NamedGroup.
    pub(crate) group: u16,
    pub(crate) public_value: &'a [u8],
    /// The ServerECDHParams as signed.
    pub(crate) params: &'a [u8],
    /// Code point of the SignatureScheme.
    pub(crate) scheme: u16,
    pub(crate) signature: &'a [u8],
}

impl<'a> ServerKeyExchange<'a> {
    pub(crate) fn parse(r: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let whole = r.rest();
        if r.u8()? != NAMED_CURVE {
            return Err(DecodeError::BadValue);
        }
        let group = r.u16()?;
        let public_value = r.vec8()?;
        let params = whole.get(..whole.len() - r.rest().len()).ok_or(DecodeError::Truncated)?;
        let scheme = r.u16()?;
        let signature = r.vec16()?;
        if public_value.is_empty() || signature.is_empty() {
            return Err(DecodeError::BadLength);
        }
        Ok(Self { group, public_value, params, scheme, signature })
    }
}

/// The client's ephemeral public value: `opaque point <1..2^8-1>`.
pub(crate) struct ClientKeyExchange<'a> {
    pub(crate) public_value: &'a [u8],
}

impl<'a> ClientKeyExchange<'a> {
    pub(crate) fn parse(r: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let public_value = r.vec8()?;
        if public_value.is_empty() { Err(DecodeError::BadLength) } else { Ok(Self { public_value }) }
    }

    pub(crate) fn emit(&self, w: &mut Writer<'_>) -> Result<(), BufferFull> {
        w.vec8(self.public_value)
    }
}
