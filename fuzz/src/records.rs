//! An independent parser of the bytes on the wire (RFC 5246 section 6.2), for the checks only. It shares
//! nothing with the engine, takes whole streams, and may be slow.

pub(crate) const CHANGE_CIPHER_SPEC: u8 = 20;
pub(crate) const ALERT: u8 = 21;
pub(crate) const HANDSHAKE: u8 = 22;
pub(crate) const APPLICATION_DATA: u8 = 23;

const TAG: usize = 16;
const EXPLICIT_NONCE: usize = 8;

/// A record of one direction of a [`Transparent`](lsam_testing::transparent::Transparent) session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Record<'a> {
    pub(crate) content_type: u8,
    /// Everything after the header.
    pub(crate) body: &'a [u8],
    /// Whether it follows a ChangeCipherSpec.
    pub(crate) sealed: bool,
}

impl<'a> Record<'a> {
    /// The content: without nonce and tag if sealed. `None` if it is too short for these.
    pub(crate) fn text(&self, prefix: usize) -> Option<&'a [u8]> {
        if !self.sealed {
            return Some(self.body);
        }
        self.body.get(prefix..self.body.len().checked_sub(TAG)?)
    }

    pub(crate) fn tag(&self) -> &'a [u8] {
        &self.body[self.body.len() - TAG..]
    }
}

/// The records of a stream, and what remains after the last complete one.
pub(crate) fn records(mut stream: &[u8]) -> (Vec<Record<'_>>, &[u8]) {
    let mut records = Vec::new();
    let mut sealed = false;
    while let [content_type, _, _, l0, l1, rest @ ..] = stream {
        let Some((body, rest)) = rest.split_at_checked(usize::from(u16::from_be_bytes([*l0, *l1]))) else {
            break;
        };
        records.push(Record { content_type: *content_type, body, sealed });
        sealed |= *content_type == CHANGE_CIPHER_SPEC;
        stream = rest;
    }
    (records, stream)
}

/// The handshake messages in the clear, as type and body, and what remains after the last complete one.
pub(crate) fn messages(records: &[Record<'_>]) -> (Vec<(u8, Vec<u8>)>, Vec<u8>) {
    let clear = records.iter().filter(|record| record.content_type == HANDSHAKE && !record.sealed);
    let joined: Vec<u8> = clear.flat_map(|record| record.body).copied().collect();
    let mut messages = Vec::new();
    let mut rest = &joined[..];
    while let [kind, l0, l1, l2, behind @ ..] = rest {
        let len = u32::from_be_bytes([0, *l0, *l1, *l2]) as usize;
        let Some((body, behind)) = behind.split_at_checked(len) else { break };
        messages.push((*kind, body.to_vec()));
        rest = behind;
    }
    (messages, rest.to_vec())
}

/// The number of bytes before the ciphertext of sealed records, according to the ServerHello in the server's
/// stream: AES-GCM sends part of its nonce, ChaCha20-Poly1305 does not.
pub(crate) fn nonce_prefix(server: &[Record<'_>]) -> usize {
    let (messages, _) = messages(server);
    let hello = messages.first().filter(|(kind, _)| *kind == 2).map_or(&[][..], |(_, body)| body);
    // Version and random; the session identifier after its length; the suite.
    let suite = hello.get(34).and_then(|len| hello.get(35 + usize::from(*len)..)?.first_chunk::<2>());
    match suite {
        Some([0xcc, 0xa8 | 0xa9]) => 0,
        _ => EXPLICIT_NONCE,
    }
}

/// A record as a peer would send it; sealed ones get a nonce and a tag of zeros.
pub(crate) fn emit(content_type: u8, text: &[u8], sealed_with_prefix: Option<usize>) -> Vec<u8> {
    let (prefix, tag) = sealed_with_prefix.map_or((0, 0), |prefix| (prefix, TAG));
    let len = u16::try_from(prefix + text.len() + tag).unwrap_or(u16::MAX).to_be_bytes();
    [&[content_type, 3, 3, len[0], len[1]], &[0; EXPLICIT_NONCE][..prefix], text, &[0; TAG][..tag]].concat()
}

/// A handshake message with its header.
pub(crate) fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    let [_, l0, l1, l2] = u32::try_from(body.len()).unwrap_or(u32::MAX).to_be_bytes();
    [&[kind, l0, l1, l2], body].concat()
}
