//! Signatures from the host: how long they may be, and that there is room for the longest.

use lsam_tls::crypto::SignatureScheme;
use lsam_tls::limits::{MAX_SIGNATURE, RECV_BUFFER, SEND_BUFFER_MIN};
use lsam_tls::{
    Buffers, ClientConfig, ClientSession, Context, Error, Event, HandshakeType, Identity, MaxFragmentLength,
    Misuse, NamedGroup, Role, ServerConfig, ServerSession, Session,
};

use lsam_testing::TestRng;
use lsam_testing::identity::{Authority, ECDSA_P256, KeyKind, leaf};
use lsam_testing::pair::Memory;
use lsam_testing::script::{self, PUBLIC, Writer, message};
use lsam_testing::transparent::Transparent;

/// Delivers `bytes` to a session and drops what it sends, until it requests a signature.
fn to_signature<R: Role<Transparent>>(session: &mut Session<'_, R, Transparent>, bytes: &[u8]) {
    let mut rng = TestRng(1);
    let mut cx = Context { entropy: &mut rng, now: None };
    let mut bytes = Some(bytes);
    loop {
        match session.process(&mut cx).unwrap() {
            Event::NeedRead => {
                let bytes = bytes.take().expect("it asks for a signature before it reads on");
                session.recv_buf()[..bytes.len()].copy_from_slice(bytes);
                session.recv_done(bytes.len());
            }
            Event::NeedWrite => {
                let len = session.send_buf().len();
                session.send_done(len);
            }
            Event::VerifyPeer(_) => session.verify_done(Ok(())).unwrap(),
            Event::Sign(_) => return,
            event => panic!("{event:?}"),
        }
    }
}

#[test]
fn a_signature_has_at_most_512_bytes_and_a_longer_one_changes_nothing() {
    let identities = [Identity { chain: &[leaf()], schemes: ECDSA_P256 }];
    let config = ServerConfig::new(&identities);
    let mut memory = Memory::full();
    let mut session = ServerSession::<Transparent>::new(&config, memory.lend()).unwrap();
    let hello = script::client_hello(None);
    to_signature(&mut session, &Writer::default().handshake(HandshakeType::CLIENT_HELLO, &hello));
    let refused = session.sign_done(Ok(&[7; MAX_SIGNATURE + 1]));
    assert_eq!(refused, Err(Error::Misuse(Misuse::SignatureTooLong)));
    assert_eq!(session.sign_done(Ok(&[7; MAX_SIGNATURE])), Ok(()));
    let refused = session.sign_done(Ok(&[7; MAX_SIGNATURE]));
    assert_eq!(refused, Err(Error::Misuse(Misuse::NotAsked)));
}

/// The longest ClientKeyExchange and the longest CertificateVerify, after a certificate that leaves any
/// amount of room in the buffer.
#[test]
fn a_send_buffer_of_any_size_has_room_for_the_longest_proof_of_a_client() {
    let client = Authority::default().issue("server.example", KeyKind::Rsa2048);
    let chain = [client.leaf.as_slice()];
    let identities = [Identity { chain: &chain, schemes: &[SignatureScheme::RsaPkcs1Sha256] }];
    for (max_fragment_length, answer) in
        [(None, &[][..]), (MaxFragmentLength::from_bytes(512), &[(1, &[1][..])])]
    {
        let config = ClientConfig {
            identities: &identities,
            groups: &[NamedGroup::Secp384r1],
            max_fragment_length,
            ..ClientConfig::new()
        };
        let mut w = Writer::default();
        let exchange = [&[3, 0, 24, 97][..], &[PUBLIC; 97], &[4, 3, 0, 1, 0]].concat();
        let flight = [
            w.handshake(HandshakeType::SERVER_HELLO, &script::server_hello_with(answer)),
            w.handshake(HandshakeType::CERTIFICATE, &script::certificate(&[leaf()])),
            w.handshake(HandshakeType::SERVER_KEY_EXCHANGE, &exchange),
            // One record, in which a message that is handled in pieces is not the last.
            w.record(
                22,
                &[
                    message(HandshakeType::CERTIFICATE_REQUEST, &[1, 1, 0, 2, 4, 1, 0, 0]),
                    message(HandshakeType::SERVER_HELLO_DONE, &[]),
                ]
                .concat(),
            ),
        ]
        .concat();
        let mut recv = vec![0; RECV_BUFFER];
        for len in SEND_BUFFER_MIN..SEND_BUFFER_MIN + 2 * client.leaf.len() {
            let mut send = vec![0; len];
            let buffers = Buffers { recv: &mut recv, send: &mut send };
            let mut session = ClientSession::<Transparent>::new(&config, buffers).unwrap();
            to_signature(&mut session, &flight);
            assert_eq!(session.sign_done(Ok(&[7; MAX_SIGNATURE])), Ok(()), "{len}");
        }
    }
}
