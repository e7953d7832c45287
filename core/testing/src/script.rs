//! Handshake messages built by hand, for the transparent provider.

use lsam_tls::HandshakeType;

/// The byte that public values consist of: a point starts with it, and the toy groups accept any other.
pub const PUBLIC: u8 = 4;

/// The state of a script's records: sealed once its own ChangeCipherSpec has been sent.
#[derive(Clone, Default)]
pub struct Writer {
    sealed: Option<u64>,
}

impl Writer {
    /// A record sealed with AES-GCM as by the transparent provider: explicit nonce, text, tag.
    pub fn record(&mut self, content_type: u8, text: &[u8]) -> Vec<u8> {
        let body = match &mut self.sealed {
            None => text.to_vec(),
            Some(sequence) => {
                let nonce = sequence.to_be_bytes();
                *sequence += 1;
                [&nonce[..], text, &[0; 16]].concat()
            }
        };
        let mut record = vec![content_type, 3, 3];
        record.extend_from_slice(&(body.len() as u16).to_be_bytes());
        record.extend_from_slice(&body);
        record
    }

    /// A handshake message in a separate record.
    pub fn handshake(&mut self, kind: HandshakeType, body: &[u8]) -> Vec<u8> {
        self.record(22, &message(kind, body))
    }

    /// A ChangeCipherSpec; everything after it is sealed.
    pub fn change_cipher_spec(&mut self, body: &[u8]) -> Vec<u8> {
        let record = self.record(20, body);
        self.sealed = Some(0);
        record
    }
}

/// Header and body.
pub fn message(kind: HandshakeType, body: &[u8]) -> Vec<u8> {
    let len = (body.len() as u32).to_be_bytes();
    [&[kind.0], &len[1..], body].concat()
}

fn vec16(content: &[u8]) -> Vec<u8> {
    [&(content.len() as u16).to_be_bytes(), content].concat()
}

fn vec24(content: &[u8]) -> Vec<u8> {
    [&(content.len() as u32).to_be_bytes()[1..], content].concat()
}

fn extension(kind: u16, content: &[u8]) -> Vec<u8> {
    [&kind.to_be_bytes()[..], &vec16(content)].concat()
}

/// A ClientHello for TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 on x25519 (and secp256r1, for the certificate),
/// optionally with a session_ticket extension.
pub fn client_hello(ticket: Option<&[u8]>) -> Vec<u8> {
    let ticket = ticket.map(|ticket| (35, ticket));
    client_hello_with(ticket.as_slice())
}

/// A ClientHello with these extensions after its own.
pub fn client_hello_with(more: &[(u16, &[u8])]) -> Vec<u8> {
    let own: [(u16, &[u8]); 5] =
        [(10, &[0, 4, 0, 29, 0, 23]), (11, &[1, 0]), (13, &[0, 4, 4, 3, 8, 4]), (23, &[]), (0xff01, &[0])];
    client_hello_of(&[&own, more].concat())
}

/// A ClientHello with only these extensions.
pub fn client_hello_of(extensions: &[(u16, &[u8])]) -> Vec<u8> {
    [&[3, 3][..], &[1; 32], &[0], &[0, 2, 0xc0, 0x2b], &[1, 0], &extension_list(extensions)].concat()
}

/// A ServerHello that selects this suite, with the session identifier of a client whose ticket is accepted.
pub fn server_hello(session_id: &[u8], ticket_follows: bool) -> Vec<u8> {
    let ticket: &[(u16, &[u8])] = if ticket_follows { &[(35, &[])] } else { &[] };
    server_hello_of(session_id, ticket)
}

/// A ServerHello without session identifier and with these extensions after its own.
pub fn server_hello_with(more: &[(u16, &[u8])]) -> Vec<u8> {
    server_hello_of(&[], more)
}

fn server_hello_of(session_id: &[u8], more: &[(u16, &[u8])]) -> Vec<u8> {
    let own: [(u16, &[u8]); 2] = [(23, &[]), (0xff01, &[0])];
    let extensions = extension_list(&[&own, more].concat());
    let id = [&[session_id.len() as u8], session_id].concat();
    [&[3, 3][..], &[2; 32], &id, &[0xc0, 0x2b], &[0], &extensions].concat()
}

fn extension_list(extensions: &[(u16, &[u8])]) -> Vec<u8> {
    let all: Vec<u8> = extensions.iter().flat_map(|(kind, content)| extension(*kind, content)).collect();
    vec16(&all)
}

/// A Certificate message with these certificates.
pub fn certificate(chain: &[&[u8]]) -> Vec<u8> {
    let list: Vec<u8> = chain.iter().flat_map(|certificate| vec24(certificate)).collect();
    vec24(&list)
}

/// A ServerKeyExchange on x25519 with an arbitrary ecdsa_secp256r1_sha256 signature.
pub fn server_key_exchange() -> Vec<u8> {
    [&[3, 0, 29, 32][..], &[PUBLIC; 32], &[4, 3], &vec16(&[0; 8])].concat()
}

/// A CertificateRequest for ecdsa_secp256r1_sha256 that names no authority.
pub fn certificate_request() -> Vec<u8> {
    [&[1, 64][..], &[0, 2, 4, 3], &[0, 0]].concat()
}

/// A ClientKeyExchange on x25519.
pub fn client_key_exchange() -> Vec<u8> {
    [&[32][..], &[PUBLIC; 32]].concat()
}

/// A CertificateVerify with an arbitrary ecdsa_secp256r1_sha256 signature.
pub fn certificate_verify() -> Vec<u8> {
    [&[4, 3][..], &vec16(&[0; 8])].concat()
}

/// The body of each Finished: verify_data is zero.
pub const FINISHED: [u8; 12] = [0; 12];
