//! CertificateVerify, the server's ticket, and both Finished messages.

use crate::UnixTime;
use crate::crypto::{Provider, SignatureScheme};
use crate::tls::client::State;
use crate::tls::client::store::{NewSession, NotKept, Store};
use crate::tls::codes::HandshakeType;
use crate::tls::config::Context;
use crate::tls::error::Error;
use crate::tls::message::{Handshake, NewSessionTicket};
use crate::tls::role::Link;
use crate::tls::tls12::key_schedule::Side;
use crate::tls::tls12::secured::Secured;

#[inline(never)]
pub(crate) fn send_certificate_verify<P: Provider>(
    mut secured: Secured<P>,
    scheme: SignatureScheme,
    signature: &[u8],
    link: &mut Link<'_, '_, P>,
) -> Result<State<P>, Error> {
    link.message(HandshakeType::CERTIFICATE_VERIFY, &mut secured.transcript, |w| {
        w.u16(scheme.code())?;
        w.vec16(signature)
    })?;
    Ok(State::SendFinished(secured))
}

/// Sends ChangeCipherSpec and Finished, which in a resumed session end the handshake.
#[inline(never)]
pub(crate) fn send_finished<P: Provider>(
    mut secured: Secured<P>,
    store: Option<&mut Store>,
    link: &mut Link<'_, '_, P>,
) -> Result<State<P>, Error> {
    let suite = secured.agreement.negotiated.cipher_suite;
    secured.transcript.keep(|hash| hash == suite.hash());
    secured.send_finished(Side::Client, link)?;
    Ok(if secured.agreement.negotiated.resumed { complete(&secured, store) } else { expect_finish(secured) })
}

/// The server's turn to finish.
pub(crate) fn expect_finish<P: Provider>(secured: Secured<P>) -> State<P> {
    if secured.agreement.ticket.is_some() {
        State::ExpectNewSessionTicket(secured)
    } else {
        State::ExpectChangeCipherSpec(secured)
    }
}

#[inline(never)]
pub(crate) fn on_new_session_ticket<P: Provider>(
    mut secured: Secured<P>,
    store: Option<&mut Store>,
    message: &Handshake<'_>,
    cx: &Context<'_>,
) -> Result<State<P>, Error> {
    let new = message.decode(NewSessionTicket::parse)?;
    secured.transcript.received(message);
    let negotiated = secured.agreement.negotiated;
    if let (Some(store), Some(terms)) = (store, secured.agreement.ticket) {
        // RFC 5077 section 3.3: a lifetime of 0 says nothing.
        let lifetime = Some(u64::from(new.lifetime_hint)).filter(|seconds| *seconds > 0);
        let expires = cx.now.zip(lifetime).map_or(UnixTime::NEVER, |(now, seconds)| now.plus(seconds));
        if negotiated.extended_master_secret {
            let (binding, valid_until) = (terms.binding, terms.valid_until);
            let master_secret = secured.master_secret();
            store.put(new.ticket, NewSession { negotiated, master_secret, binding, expires, valid_until });
        } else {
            store.refuse(NotKept::NoExtendedMasterSecret);
        }
    }
    Ok(State::ExpectChangeCipherSpec(secured))
}

#[inline(never)]
pub(crate) fn on_change_cipher_spec<P: Provider>(
    secured: Secured<P>,
    link: &mut Link<'_, '_, P>,
) -> Result<State<P>, Error> {
    secured.open_records(Side::Server, link)?;
    Ok(State::ExpectFinished(secured))
}

#[inline(never)]
pub(crate) fn on_finished<P: Provider>(
    mut secured: Secured<P>,
    store: Option<&mut Store>,
    message: &Handshake<'_>,
) -> Result<State<P>, Error> {
    secured.check_finished(Side::Server, message)?;
    Ok(if secured.agreement.negotiated.resumed {
        State::SendFinished(secured)
    } else {
        complete(&secured, store)
    })
}

fn complete<P: Provider>(secured: &Secured<P>, store: Option<&mut Store>) -> State<P> {
    if let Some(store) = store {
        store.confirm();
    }
    State::Traffic(secured.agreement.negotiated)
}
