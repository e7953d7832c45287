//! The runner's flags, to the extent that the engine supports them.

use std::path::PathBuf;
use std::slice::Iter;
use std::str::FromStr;

use clap::ValueEnum;
use lsam_conformance::{CredentialFlags, ProviderName};
use lsam_core::crypto::SignatureScheme;
use lsam_core::tls::limits::MAX_HANDSHAKE_MESSAGE;
use lsam_core::tls::{ClientAuth, NamedGroup};

use crate::failure::Failure;

/// The runner's number for TLS 1.2.
const TLS12: u16 = 0x0303;

/// The connection of a test for which flags are read: `-on-initial-X` and `-on-resume-X` apply to one only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exchange {
    /// The first.
    Initial,
    /// Every later one.
    Resumption,
}

/// How a connection is configured, and what to expect of it.
#[derive(Debug, Default)]
pub(crate) struct Flags {
    pub(crate) port: u16,
    /// From `.ci/peers/bogo`, not from the runner.
    pub(crate) provider: ProviderName,
    pub(crate) server: bool,
    /// How many connections follow the first.
    pub(crate) resumptions: u32,
    /// Neither accepts nor issues tickets.
    pub(crate) no_tickets: bool,
    pub(crate) credentials: CredentialFlags,
    pub(crate) host_name: Option<String>,
    /// Protocol names: those that a client offers, or the one a server requires.
    pub(crate) alpn: Vec<Vec<u8>>,
    pub(crate) groups: Vec<NamedGroup>,
    /// The code points that this side may sign with, whatever its key supports.
    pub(crate) signing_codes: Vec<u16>,
    /// The host can't sign.
    pub(crate) signer_fails: bool,
    /// What the peer may sign with.
    pub(crate) verify_schemes: Vec<SignatureScheme>,
    pub(crate) client_auth: ClientAuth,
    /// Names of authorities for the CertificateRequest, in DER.
    pub(crate) client_authorities: Vec<Vec<u8>>,
    pub(crate) refuse_peer: bool,
    pub(crate) expected: Expected,
    pub(crate) script: Script,
}

/// The expected result of the handshake.
#[derive(Debug, Default)]
pub(crate) struct Expected {
    pub(crate) version: Option<u16>,
    pub(crate) cipher_suite: Option<u16>,
    pub(crate) group: Option<u16>,
    pub(crate) peer_signature_scheme: Option<u16>,
    pub(crate) extended_master_secret: bool,
    pub(crate) peer_cert_file: Option<PathBuf>,
    pub(crate) alpn: Option<Vec<u8>>,
    pub(crate) resumed: bool,
    /// No session was kept for resumption.
    pub(crate) no_session: bool,
}

/// What to do on the connection.
#[derive(Debug, Default)]
pub(crate) struct Script {
    /// The transport carries one byte at a time.
    pub(crate) bytewise: bool,
    pub(crate) writes_first: bool,
    /// Only one byte of the first write is sent until data has arrived.
    pub(crate) unfinished_write: bool,
    pub(crate) different_record_sizes: bool,
    pub(crate) shuts_down: bool,
    /// close_notify is sent, and required of the peer.
    pub(crate) check_close_notify: bool,
    pub(crate) peek_then_read: bool,
    /// How much received data is consumed at a time.
    pub(crate) read_size: Option<usize>,
    pub(crate) never_done: bool,
}

impl Flags {
    /// Reads the flags that apply to `exchange`.
    pub(crate) fn parse(arguments: &[String], exchange: Exchange) -> Result<Self, Failure> {
        let mut flags = Self::default();
        flags.expected.resumed = exchange == Exchange::Resumption;
        let mut rest = arguments.iter();
        while let Some(argument) = rest.next() {
            let (only, name) = match argument {
                _ if argument.starts_with("-on-initial-") => (Some(Exchange::Initial), &argument[11..]),
                _ if argument.starts_with("-on-resume-") => (Some(Exchange::Resumption), &argument[10..]),
                _ => (None, argument.as_str()),
            };
            let mut scratch = Self::default();
            let target = if only.is_none_or(|only| only == exchange) { &mut flags } else { &mut scratch };
            target.take(name, &mut rest)?;
        }
        Ok(flags)
    }

    /// Applies a flag, with its value if it has one.
    fn take(&mut self, name: &str, rest: &mut Iter<'_, String>) -> Result<(), Failure> {
        match name {
            "-port" => self.port = number(name, rest)?,
            "-provider" => {
                let text = value(name, rest)?;
                self.provider = ProviderName::from_str(text, false).map_err(Failure::Check)?;
            }
            "-server" => self.server = true,
            "-resume-count" => self.resumptions = number(name, rest)?,
            "-no-ticket" => self.no_tickets = true,
            // If repeated, as in some client tests, the last one counts.
            "-cert-file" => self.credentials.cert = vec![value(name, rest)?.into()],
            "-key-file" => self.credentials.key = vec![value(name, rest)?.into()],
            "-host-name" => self.host_name = Some(value(name, rest)?.to_owned()),
            "-advertise-alpn" => self.alpn = protocol_names(value(name, rest)?)?,
            "-select-alpn" => {
                self.alpn = vec![value(name, rest)?.into()];
                self.expected.alpn = self.alpn.first().cloned();
            }
            // A name that no client of the runner offers.
            "-reject-alpn" => self.alpn = vec![b"none of yours".to_vec()],
            "-curves" => self.groups.push(known(name, rest, NamedGroup::from_code)?),
            "-signing-prefs" => self.signing_codes.push(number(name, rest)?),
            "-verify-prefs" => self.verify_schemes.push(known(name, rest, SignatureScheme::from_code)?),
            "-verify-peer" => self.client_auth = ClientAuth::Optional,
            "-require-any-client-certificate" => self.client_auth = ClientAuth::Required,
            "-use-client-ca-list" => self.client_authorities = names(value(name, rest)?)?,
            "-verify-fail" => self.refuse_peer = true,
            "-fail-cert-callback" => self.signer_fails = true,
            "-max-cert-list" if number::<usize>(name, rest)? == MAX_HANDSHAKE_MESSAGE => {}
            "-expect-total-renegotiations" if number::<u32>(name, rest)? == 0 => {}
            "-min-version" if number::<u16>(name, rest)? <= TLS12 => {}
            "-max-version" if number::<u16>(name, rest)? >= TLS12 => {}

            "-expect-version" => self.expected.version = Some(number(name, rest)?),
            "-expect-cipher" => self.expected.cipher_suite = Some(number(name, rest)?),
            "-expect-curve-id" => self.expected.group = Some(number(name, rest)?),
            "-expect-peer-signature-algorithm" => {
                self.expected.peer_signature_scheme = Some(number(name, rest)?);
            }
            "-expect-alpn" => self.expected.alpn = Some(value(name, rest)?.into()),
            "-expect-session-miss" => self.expected.resumed = false,
            "-expect-no-session" => self.expected.no_session = true,
            "-expect-extended-master-secret" => self.expected.extended_master_secret = true,
            "-expect-peer-cert-file" => self.expected.peer_cert_file = Some(value(name, rest)?.into()),

            "-async" => self.script.bytewise = true,
            "-shim-writes-first" => self.script.writes_first = true,
            "-read-with-unfinished-write" => self.script.unfinished_write = true,
            "-write-different-record-sizes" => self.script.different_record_sizes = true,
            "-shim-shuts-down" => self.script.shuts_down = true,
            "-check-close-notify" => self.script.check_close_notify = true,
            "-peek-then-read" => self.script.peek_then_read = true,
            "-read-size" => self.script.read_size = Some(number(name, rest)?),
            "-handshake-never-done" => self.script.never_done = true,

            // What the engine always does, or what distinguishes two calls of BoringSSL that are one here.
            "-decline-alpn"
            | "-enforce-rsa-key-usage"
            | "-expect-no-hrr"
            | "-expect-no-session-id"
            | "-expect-ticket-renewal"
            | "-expect-verify-result"
            | "-handshake-twice"
            | "-implicit-handshake"
            | "-no-op-extra-handshake"
            | "-no-tls1"
            | "-no-tls11"
            | "-no-tls13"
            | "-partial-write"
            | "-renegotiate-ignore"
            | "-server-preference"
            | "-use-custom-verify-callback"
            | "-use-old-client-cert-callback" => {}
            _ => return Err(Failure::Unsupported(name.to_owned())),
        }
        Ok(())
    }
}

fn value<'a>(name: &str, rest: &mut Iter<'a, String>) -> Result<&'a str, Failure> {
    rest.next().map(String::as_str).ok_or_else(|| Failure::Check(format!("{name} lacks its value")))
}

fn number<T: FromStr>(name: &str, rest: &mut Iter<'_, String>) -> Result<T, Failure> {
    let text = value(name, rest)?;
    text.parse().map_err(|_| Failure::Check(format!("{name} {text}: not such a number")))
}

/// A code point that the engine supports.
fn known<T>(name: &str, rest: &mut Iter<'_, String>, of: fn(u16) -> Option<T>) -> Result<T, Failure> {
    let code = number(name, rest)?;
    of(code).ok_or_else(|| Failure::Unsupported(format!("{name} {code}")))
}

/// A list in wire format: each name after its length.
fn protocol_names(list: &str) -> Result<Vec<Vec<u8>>, Failure> {
    let mut names = Vec::new();
    let mut rest = list.as_bytes();
    while let [len, more @ ..] = rest {
        let (name, behind) = more
            .split_at_checked(usize::from(*len))
            .ok_or_else(|| Failure::Check(format!("{list:?}: not a list of protocol names")))?;
        names.push(name.to_vec());
        rest = behind;
    }
    Ok(names)
}

/// DER Names in hexadecimal, separated by commas; `<EMPTY>` and `<NULL>` are BoringSSL's two forms of none.
fn names(list: &str) -> Result<Vec<Vec<u8>>, Failure> {
    if matches!(list, "<EMPTY>" | "<NULL>") {
        return Ok(Vec::new());
    }
    list.split(',').map(hexadecimal).collect()
}

fn hexadecimal(text: &str) -> Result<Vec<u8>, Failure> {
    let byte = |at| text.get(at..at + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok());
    let bytes: Option<Vec<u8>> = (0..text.len()).step_by(2).map(byte).collect();
    bytes.ok_or_else(|| Failure::Check(format!("{text}: not hexadecimal")))
}
