//! From ServerHelloDone to ClientKeyExchange: the answer to the server, with our certificate if it is
//! requested.

use super::finish::Finish;
use super::request::{Answer, Request};
use crate::crypto::{MAX_PUBLIC_VALUE, Provider, PublicValue, SharedSecret, sha256};
use crate::tls::codes::HandshakeType;
use crate::tls::config::ClientConfig;
use crate::tls::error::{Error, FromPeer};
use crate::tls::event::SignRequest;
use crate::tls::limits::{MAX_SIGNATURE, RECORD_HEADER};
use crate::tls::message::{CertificateBody, ClientKeyExchange, HEADER, Handshake};
use crate::tls::role::{Link, Want};
use crate::tls::tls12::secured::{Agreement, Secured};
use crate::tls::transcript::Transcript;

/// What was negotiated with the server, and how far our answer has progressed.
pub(crate) struct Flight<P: Provider> {
    agreement: Agreement,
    transcript: Transcript<P>,
    shared: SharedSecret,
    public_value: PublicValue,
    step: Step,
}

/// `ExpectX` and `ReadX` wait for the server, `SendX` for space in the send buffer.
enum Step {
    /// CertificateRequest may come before it, once.
    ExpectServerHelloDone(Option<Answer>),
    /// The message may be longer than the buffer, and is handled in pieces.
    ReadCertificateRequest(Request),
    SendCertificate {
        answer: Answer,
        offset: usize,
    },
    SendClientKeyExchange(Option<Answer>),
}

impl<P: Provider> Flight<P> {
    pub(crate) const fn new(
        agreement: Agreement,
        transcript: Transcript<P>,
        shared: SharedSecret,
        public_value: PublicValue,
    ) -> Self {
        Self { agreement, transcript, shared, public_value, step: Step::ExpectServerHelloDone(None) }
    }

    pub(crate) const fn want(&self) -> Want {
        match self.step {
            Step::ExpectServerHelloDone(_) | Step::ReadCertificateRequest(_) => Want::Peer,
            Step::SendCertificate { .. } => Want::Send(64),
            // CertificateVerify may follow immediately, in a separate record.
            Step::SendClientKeyExchange(_) => {
                Want::Send(HEADER + 1 + MAX_PUBLIC_VALUE + RECORD_HEADER + HEADER + 2 + 2 + MAX_SIGNATURE)
            }
        }
    }

    /// What this step waits for, to be reported if something else arrives.
    pub(crate) const fn expected(&self) -> FromPeer {
        match self.step {
            Step::ExpectServerHelloDone(_) => FromPeer::Handshake(HandshakeType::SERVER_HELLO_DONE),
            Step::ReadCertificateRequest(_) => FromPeer::RestOfMessage,
            Step::SendCertificate { .. } | Step::SendClientKeyExchange(_) => FromPeer::Nothing,
        }
    }

    /// Whether the message that begins or continues with `bytes` is a CertificateRequest.
    pub(crate) fn takes_pieces(&self, bytes: &[u8]) -> bool {
        match self.step {
            Step::ExpectServerHelloDone(None) => bytes.first() == Some(&HandshakeType::CERTIFICATE_REQUEST.0),
            Step::ReadCertificateRequest(_) => true,
            _ => false,
        }
    }

    /// Handles the next bytes of a CertificateRequest, and returns how many were handled.
    #[inline(never)]
    pub(crate) fn piece(&mut self, config: &ClientConfig<'_>, bytes: &[u8]) -> Result<usize, Error> {
        if let Step::ExpectServerHelloDone(None) = self.step {
            self.step = Step::ReadCertificateRequest(Request::new());
        }
        let Step::ReadCertificateRequest(request) = &mut self.step else { return Err(Error::Bug) };
        let read = request.read(config, bytes)?;
        self.transcript.sent(bytes.get(..read).ok_or(Error::Bug)?);
        if let Some(answer) = request.answer::<P>(config) {
            self.step = Step::ExpectServerHelloDone(Some(answer));
        }
        Ok(read)
    }

    #[inline(never)]
    pub(crate) fn on_server_hello_done(&mut self, message: &Handshake<'_>) -> Result<(), Error> {
        let Step::ExpectServerHelloDone(answer) = self.step else {
            return Err(message.instead_of(self.expected()));
        };
        message.check_kind(HandshakeType::SERVER_HELLO_DONE)?;
        message.decode(|_| Ok(()))?;
        self.transcript.received(message);
        self.step = match answer {
            Some(answer) => Step::SendCertificate { answer, offset: 0 },
            None => Step::SendClientKeyExchange(None),
        };
        Ok(())
    }

    /// Sends the next message, or as much of a long one as there is room for. After ClientKeyExchange this
    /// part is complete, and the returned answer contains what is presented to the server.
    #[inline(never)]
    pub(crate) fn send(
        &mut self,
        config: &ClientConfig<'_>,
        link: &mut Link<'_, '_, P>,
    ) -> Result<Option<Answer>, Error> {
        match self.step {
            Step::SendCertificate { answer, offset } => {
                let chain = match answer.0 {
                    Some((identity, _)) => config.identities.get(identity).ok_or(Error::Bug)?.chain,
                    None => &[],
                };
                self.step = match link.streamed(&CertificateBody(chain), offset, &mut self.transcript)? {
                    Some(offset) => Step::SendCertificate { answer, offset },
                    None => Step::SendClientKeyExchange(Some(answer)),
                };
                Ok(None)
            }
            Step::SendClientKeyExchange(answer) => {
                let exchange = ClientKeyExchange { public_value: self.public_value.as_ref() };
                link.message(HandshakeType::CLIENT_KEY_EXCHANGE, &mut self.transcript, |w| exchange.emit(w))?;
                Ok(Some(answer.unwrap_or(Answer(None))))
            }
            _ => Err(Error::Bug),
        }
    }

    /// The next part, once ClientKeyExchange has been sent, which establishes the master secret.
    #[inline(never)]
    pub(crate) fn finish(self, config: &ClientConfig<'_>, answer: Answer) -> Result<Finish<P>, Error> {
        let mut secured = Secured::new(self.agreement, self.transcript, &self.shared)?;
        let Some((identity, scheme)) = answer.0 else { return Ok(Finish::new(secured, None)) };
        let digest = secured.transcript.digest(scheme.hash())?;
        let leaf =
            config.identities.get(identity).and_then(|identity| identity.chain.first()).ok_or(Error::Bug)?;
        secured.negotiated.client_certificate = Some(sha256::<P>(&[leaf]).ok_or(Error::Bug)?);
        secured.negotiated.client_signature_scheme = Some(scheme);
        Ok(Finish::new(secured, Some(SignRequest { identity, scheme, digest })))
    }
}
