//! CertificateVerify and both Finished messages.

use super::State;
use crate::crypto::{Provider, SignatureScheme};
use crate::tls::error::Error;
use crate::tls::key_schedule::Side;
use crate::tls::machine::Link;
use crate::tls::message::{Handshake, HandshakeType};
use crate::tls::secured::Secured;

pub(super) fn send_certificate_verify<P: Provider>(
    mut secured: Secured<P>,
    scheme: SignatureScheme,
    signature: &[u8],
    link: &mut Link<'_, '_, P>,
) -> Result<State<P>, Error> {
    link.message(HandshakeType::CERTIFICATE_VERIFY, &mut secured.transcript, |w| {
        w.u16(scheme.code())?;
        w.vec16(signature)
    })?;
    secured.negotiated.client_authenticated = true;
    Ok(State::SendFinished(secured))
}

pub(super) fn send_finished<P: Provider>(
    mut secured: Secured<P>,
    link: &mut Link<'_, '_, P>,
) -> Result<State<P>, Error> {
    let suite = secured.negotiated.cipher_suite;
    secured.transcript.keep(|hash| hash == suite.hash());
    secured.send_finished(Side::Client, link)?;
    Ok(State::ExpectChangeCipherSpec(secured))
}

pub(super) fn on_change_cipher_spec<P: Provider>(
    secured: Secured<P>,
    link: &mut Link<'_, '_, P>,
) -> Result<State<P>, Error> {
    secured.open_records(Side::Server, link)?;
    Ok(State::ExpectFinished(secured))
}

pub(super) fn on_finished<P: Provider>(
    mut secured: Secured<P>,
    message: &Handshake<'_>,
) -> Result<State<P>, Error> {
    secured.check_finished(Side::Server, message)?;
    Ok(State::Traffic(secured.negotiated))
}
