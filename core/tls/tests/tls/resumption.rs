//! Resumption (RFC 5077): lifetime and binding of sessions, and what invalidates them.

use lsam_tls::UnixTime;
use lsam_tls::crypto::SignatureScheme;
use lsam_tls::crypto::rustcrypto::RustCrypto;
use lsam_tls::limits::{RECV_BUFFER, SEND_BUFFER_MIN};
use lsam_tls::{
    AlertDescription, CipherSuite, ClientAuth, ClientConfig, ClientSession, Error, HandshakeType, Identity,
    Negotiated, NotKept, NotOffered, Resumption, ResumptionCheck, ServerConfig, ServerSession, StoredSession,
    TicketKey, Tickets,
};

use lsam_testing::identity::{Authority, KeyKind, TestIdentity, leaf};
use lsam_testing::pair::{Delivery, Memory, NOW, Pair, Side};
use lsam_testing::script::{self, FINISHED, Writer};
use lsam_testing::subject::Subject;
use lsam_testing::transparent::Transparent;

const LIFETIME: u32 = 3600;

/// The parameters of a test.
#[derive(Clone, Copy)]
struct Visit<'a> {
    server: &'a TestIdentity,
    client: &'a TestIdentity,
    /// Presented after the client's certificate.
    client_issuer: Option<&'a [u8]>,
    key: &'a TicketKey,
    previous: Option<&'a TicketKey>,
    epoch: u64,
    server_name: Option<&'static str>,
    expected_peer: Option<&'static [u8]>,
    client_auth: ClientAuth,
    authorities: &'a [&'a [u8]],
    client_schemes: &'a [SignatureScheme],
    check: Option<ResumptionCheck<'a>>,
    alpn: &'static [&'static [u8]],
    /// The server's.
    suites: &'a [CipherSuite],
    /// The size of the client's send buffer.
    client_send: usize,
    /// Seconds after [`NOW`].
    after: u64,
}

/// One connection; returns whether it was resumed, on which both sides must agree.
fn visit(store: &mut StoredSession, v: Visit<'_>) -> bool {
    visit_and(store, v, |pair| {
        pair.client.session.write(b"data").unwrap();
        pair.settle(Delivery::Whole);
        assert_eq!(pair.server.seen.data, b"data");
    })
}

/// Like [`visit`], with something else to do once both are connected.
fn visit_and(store: &mut StoredSession, v: Visit<'_>, then: impl FnOnce(&mut Pair<'_>)) -> bool {
    let chain = [v.server.leaf.as_slice()];
    let client_chain: Vec<&[u8]> = [v.client.leaf.as_slice()].into_iter().chain(v.client_issuer).collect();
    let identities = [Identity { chain: &chain, schemes: v.server.schemes }];
    let client_identities = [Identity { chain: &client_chain, schemes: v.client.schemes }];
    let server = ServerConfig {
        tickets: Some(Tickets { current: v.key, previous: v.previous, lifetime: LIFETIME, epoch: v.epoch }),
        resumption_check: v.check,
        cipher_suites: v.suites,
        client_auth: v.client_auth,
        client_authorities: v.authorities,
        client_schemes: v.client_schemes,
        alpn: &[b"a", b"b"],
        ..ServerConfig::new(&identities)
    };
    let client = ClientConfig {
        server_name: v.server_name,
        expected_peer: v.expected_peer,
        alpn: v.alpn,
        identities: &client_identities,
        ..ClientConfig::new()
    };
    let mut memory = [Memory::new(RECV_BUFFER, v.client_send), Memory::full()];
    let mut pair = Pair::with_store(&client, &server, v.server, store, &mut memory);
    pair.client.signer = Some(v.client);
    let now = Some(UnixTime(NOW + v.after));
    (pair.client.now, pair.server.now) = (now, now);
    pair.settle(Delivery::Whole);
    assert!(pair.client.seen.connected && pair.server.seen.connected, "{:?}", pair.server.seen);
    let (a, b) = pair.negotiated();
    // Each side's index refers to its own list of protocol names.
    assert_eq!(Negotiated { alpn: None, ..a }, Negotiated { alpn: None, ..b });
    assert_eq!(a.client_authenticated(), v.client_auth != ClientAuth::None);
    assert_eq!(a.client_signature_scheme.is_some(), a.client_authenticated());
    then(&mut pair);
    a.resumed
}

/// Runs `test` with a visit that can be resumed.
fn with_visit(test: impl FnOnce(Visit<'_>)) {
    let authority = Authority::default();
    let server = authority.issue("agent.example", KeyKind::EcdsaP256);
    let client = authority.issue("server.example", KeyKind::EcdsaP256);
    let key = TicketKey::new([1; TicketKey::LEN]);
    test(Visit {
        server: &server,
        client: &client,
        client_issuer: None,
        key: &key,
        previous: None,
        epoch: 1,
        server_name: Some("agent.example"),
        expected_peer: None,
        client_auth: ClientAuth::Required,
        authorities: &[],
        client_schemes: SignatureScheme::ALL,
        check: None,
        alpn: &[b"b"],
        suites: CipherSuite::ALL,
        client_send: RECV_BUFFER,
        after: 0,
    });
}

/// A slot with the session of a first visit.
fn after(v: Visit<'_>) -> StoredSession {
    let mut store = StoredSession::new();
    assert!(!visit(&mut store, v), "the first visit has nothing to resume");
    assert_eq!(store.kept(), Ok(()));
    store
}

#[test]
fn a_ticket_is_bound_to_all_that_decided_the_handshake() {
    with_visit(|base| {
        let other_key = TicketKey::new([2; TicketKey::LEN]);
        let authority = Authority::default();
        let renewed = authority.issue("agent.example", KeyKind::EcdsaP256);
        assert!(visit(&mut after(base), base));
        let rotated = Visit { key: &other_key, previous: Some(base.key), ..base };
        assert!(visit(&mut after(base), rotated), "the previous key still opens");
        let other_suite = [CipherSuite::EcdheEcdsaAes256GcmSha384];
        let voids: [(&str, Visit<'_>); 10] = [
            ("an unknown key", Visit { key: &other_key, ..base }),
            ("another epoch", Visit { epoch: 2, ..base }),
            ("another certificate of the server", Visit { server: &renewed, ..base }),
            ("other authorities", Visit { authorities: &[b"0\0"], ..base }),
            ("other schemes", Visit { client_schemes: &SignatureScheme::ALL[..1], ..base }),
            ("another policy", Visit { client_auth: ClientAuth::Optional, ..base }),
            ("no policy", Visit { client_auth: ClientAuth::None, ..base }),
            ("another protocol", Visit { alpn: &[b"a"], ..base }),
            ("another cipher suite", Visit { suites: &other_suite, ..base }),
            ("another name", Visit { server_name: Some("other.example"), ..base }),
        ];
        for (what, changed) in voids {
            assert!(!visit(&mut after(base), changed), "{what}");
        }
    });
}

#[test]
fn a_renewed_ticket_does_not_outlive_the_first() {
    with_visit(|base| {
        let other = TicketKey::new([2; TicketKey::LEN]);
        // A ticket sealed with the previous key is replaced, so it outlives that key.
        let mut store = after(base);
        let half = u64::from(LIFETIME / 2);
        assert!(visit(&mut store, Visit { key: &other, previous: Some(base.key), after: half, ..base }));
        assert!(visit(&mut store, Visit { key: &other, after: half, ..base }));
        let last = u64::from(LIFETIME) - 1;
        assert!(visit(&mut store, Visit { key: &other, after: last, ..base }));
        // The client knows the remaining lifetime and does not even try.
        assert!(!visit(&mut store, Visit { key: &other, after: last + 2, ..base }));
        assert_eq!(store.offered(), Err(NotOffered::Expired));
    });
}

#[test]
fn a_session_ends_with_the_certificates_of_the_client() {
    with_visit(|base| {
        let authority = Authority::default();
        // 600 seconds from now, in its own certificate and in one after it.
        let short = |params: &mut rcgen::CertificateParams| {
            params.not_after =
                rcgen::date_time_ymd(2027, 1, 15) + std::time::Duration::from_secs(8 * 3600 + 600);
        };
        let client = authority.issue_with("server.example", KeyKind::EcdsaP256, short);
        let issuer = authority.issue_with("issuer.example", KeyKind::EcdsaP256, short);
        for v in [Visit { client: &client, ..base }, Visit { client_issuer: Some(&issuer.leaf), ..base }] {
            assert!(visit(&mut after(v), Visit { after: 599, ..v }));
            assert!(!visit(&mut after(v), Visit { after: 601, ..v }));
        }
    });
}

#[test]
fn an_expired_certificate_that_the_host_trusts_does_not_end_a_session() {
    with_visit(|base| {
        let past =
            |params: &mut rcgen::CertificateParams| params.not_after = rcgen::date_time_ymd(2026, 1, 1);
        let authority = Authority::default();
        let server = authority.issue_with("agent.example", KeyKind::EcdsaP256, past);
        let client = authority.issue_with("server.example", KeyKind::EcdsaP256, past);
        let v = Visit { server: &server, client: &client, ..base };
        assert!(visit(&mut after(v), v));
    });
}

#[test]
fn a_session_ends_with_the_certificates_of_the_server() {
    with_visit(|base| {
        let short = |params: &mut rcgen::CertificateParams| {
            params.not_after =
                rcgen::date_time_ymd(2027, 1, 15) + std::time::Duration::from_secs(8 * 3600 + 600);
        };
        let server = Authority::default().issue_with("agent.example", KeyKind::EcdsaP256, short);
        let v = Visit { server: &server, client_auth: ClientAuth::None, ..base };
        assert!(visit(&mut after(v), Visit { after: 600, ..v }));
        let mut store = after(v);
        assert!(!visit(&mut store, Visit { after: 601, ..v }));
        assert_eq!(store.offered(), Err(NotOffered::Expired));
        // A ticket that replaces the first one does not extend its lifetime.
        let other = TicketKey::new([2; TicketKey::LEN]);
        let mut store = after(v);
        assert!(visit(&mut store, Visit { key: &other, previous: Some(v.key), after: 10, ..v }));
        assert!(!visit(&mut store, Visit { key: &other, after: 601, ..v }));
        assert_eq!(store.offered(), Err(NotOffered::Expired));
    });
}

#[test]
fn the_protocol_of_a_resumed_session_is_the_one_of_its_own_hello() {
    with_visit(|base| {
        // The same name at another position in the client's list.
        let again = Visit { alpn: &[b"c", b"b"], ..base };
        let resumed = visit_and(&mut after(base), again, |pair| {
            assert_eq!(pair.negotiated().0.alpn, Some(1));
        });
        assert!(resumed);
    });
}

#[test]
fn the_host_can_veto_a_resumption() {
    with_visit(|base| {
        let expected = base.client.fingerprint();
        let allows = |session: &Resumption| {
            assert_eq!(session.client_certificate, Some(expected));
            assert_eq!(session.issued, UnixTime(NOW));
            session.valid_until.is_some()
        };
        let refuses = |_: &Resumption| false;
        assert!(visit(&mut after(base), Visit { check: Some(ResumptionCheck(&allows)), ..base }));
        assert!(!visit(&mut after(base), Visit { check: Some(ResumptionCheck(&refuses)), ..base }));
    });
}

#[test]
fn a_session_is_kept_for_one_server() {
    with_visit(|base| {
        let nameless = Visit { server_name: None, ..base };
        let mut store = StoredSession::new();
        for _ in 0..2 {
            assert!(!visit(&mut store, nameless));
            assert_eq!(store.kept(), Err(NotKept::NoPeerName));
        }
        // An address is not a server_name, but it is a name for the host.
        let (here, there) = (Some(&b"192.0.2.1"[..]), Some(&b"192.0.2.2"[..]));
        let here = Visit { expected_peer: here, ..nameless };
        assert!(visit(&mut after(here), here));
        for other in [Visit { expected_peer: there, ..here }, nameless, base] {
            let mut store = after(here);
            assert!(!visit(&mut store, other));
            assert_eq!(store.offered(), Err(NotOffered::OtherPeer));
        }
        // A client that presents another certificate wants to be identified by it.
        let other = Authority::default().issue("server.example", KeyKind::EcdsaP256);
        assert!(!visit(&mut after(base), Visit { client: &other, ..base }));
    });
}

#[test]
fn a_fatal_alert_makes_a_session_void() {
    with_visit(|base| {
        // Once connected, from either side: a record that this side considers forged, and an alert from the
        // peer.
        for by_peer in [false, true] {
            let mut store = after(base);
            visit_and(&mut store, base, |pair| {
                let mut out = Vec::new();
                let forged = [23, 3, 3, 0, 25].into_iter().chain([7; 25]).collect::<Vec<u8>>();
                if by_peer {
                    pair.server.receive(&forged, &mut out);
                    pair.client.receive(&out, &mut Vec::new());
                    let told = Error::AlertReceived(AlertDescription::BAD_RECORD_MAC);
                    assert_eq!(pair.client.seen.error, Some(told));
                } else {
                    pair.client.receive(&forged, &mut out);
                    assert!(pair.client.seen.error.is_some());
                }
            });
            assert_eq!(store.kept(), Err(NotKept::FatalAlert));
        }
        // An orderly close or the end of the transport does not invalidate it.
        let mut store = after(base);
        visit_and(&mut store, base, |pair| {
            pair.server.session.close();
            pair.settle(Delivery::Whole);
        });
        visit_and(&mut store, base, |pair| {
            pair.client.session.recv_end();
            pair.client.run(&mut Vec::new());
            assert_eq!(pair.client.seen.error, Some(Error::Truncated));
        });
        assert_eq!(store.kept(), Ok(()));
    });
    // In reply to a ClientHello that offers it.
    let mut store = StoredSession::new();
    client_hears(&mut store, RECV_BUFFER, &full_handshake(&mut Writer::default(), 100));
    assert_eq!(store.kept(), Ok(()));
    let config = ClientConfig { server_name: Some("agent.example"), ..ClientConfig::new() };
    let mut memory = Memory::full();
    let session = ClientSession::<Transparent>::with_store(&config, &mut store, memory.lend()).unwrap();
    assert!(!Subject::new(session).takes(&[21, 3, 3, 0, 2, 2, 80]));
    assert_eq!((store.offered(), store.kept()), (Ok(()), Err(NotKept::FatalAlert)));
}

#[test]
fn a_fatal_alert_of_another_server_leaves_a_session_alone() {
    with_visit(|base| {
        let mut store = after(base);
        let config = ClientConfig { server_name: Some("other.example"), ..ClientConfig::new() };
        let mut memory = Memory::full();
        let session = ClientSession::<RustCrypto>::with_store(&config, &mut store, memory.lend()).unwrap();
        let mut side = Side::new(session, None, 1);
        side.run(&mut Vec::new());
        side.receive(&[21, 3, 3, 0, 2, 2, 80], &mut Vec::new());
        assert!(side.seen.error.is_some());
        drop(side);
        assert_eq!(store.kept(), Ok(()));
    });
}

/// A server's side of a full handshake that issues a ticket of `len` bytes, valid for an hour.
fn full_handshake(w: &mut Writer, len: usize) -> Vec<u8> {
    full_handshake_for(w, LIFETIME, len)
}

/// The same with a lifetime in seconds.
fn full_handshake_for(w: &mut Writer, lifetime: u32, len: usize) -> Vec<u8> {
    let ticket = [&lifetime.to_be_bytes()[..], &(len as u16).to_be_bytes(), &vec![7; len]].concat();
    [
        w.handshake(HandshakeType::SERVER_HELLO, &script::server_hello(&[], true)),
        w.handshake(HandshakeType::CERTIFICATE, &script::certificate(&[leaf()])),
        w.handshake(HandshakeType::SERVER_KEY_EXCHANGE, &script::server_key_exchange()),
        w.handshake(HandshakeType::SERVER_HELLO_DONE, &[]),
        w.handshake(HandshakeType::NEW_SESSION_TICKET, &ticket),
        w.change_cipher_spec(&[1]),
        w.handshake(HandshakeType::FINISHED, &FINISHED),
    ]
    .concat()
}

/// The content of a client's slot after these bytes from a server.
fn client_hears(store: &mut StoredSession<[u8]>, send: usize, bytes: &[u8]) -> Vec<u8> {
    let config = ClientConfig { server_name: Some("agent.example"), ..ClientConfig::new() };
    let mut memory = Memory::new(RECV_BUFFER, send);
    let session = ClientSession::<Transparent>::with_store(&config, store, memory.lend()).unwrap();
    let mut subject = Subject::new(session);
    assert!(subject.takes(bytes), "{:?}", subject.error);
    subject.sent
}

#[test]
fn long_tickets_are_kept_where_there_is_room_or_named() {
    let (mut usual, mut large) = (StoredSession::new(), StoredSession::<[u8; 8192]>::with_room());
    for (len, usual_keeps) in [(0, Err(NotKept::NoTicket)), (1800, Ok(())), (2048, Ok(()))]
        .into_iter()
        .chain([2049, 8192].map(|len| (len, Err(NotKept::TicketTooLong { len, room: 2048 }))))
    {
        let bytes = full_handshake(&mut Writer::default(), len);
        client_hears(&mut usual, RECV_BUFFER, &bytes);
        assert_eq!(usual.kept(), usual_keeps, "{len}");
        client_hears(&mut large, RECV_BUFFER, &bytes);
        assert_eq!(large.kept(), if len == 0 { Err(NotKept::NoTicket) } else { Ok(()) });
    }
    // The whole ticket is sent again, if the send buffer has room for it.
    let ticket = [7; 8192];
    let hello = client_hears(&mut large, RECV_BUFFER, &[]);
    assert!(large.offered().is_ok() && hello.windows(ticket.len()).any(|window| window == ticket));
    client_hears(&mut large, SEND_BUFFER_MIN, &[]);
    assert_eq!(large.offered(), Err(NotOffered::SendBufferTooSmall));
}

#[test]
fn a_ticket_whose_lifetime_is_not_said_is_kept_until_the_server_refuses_it() {
    // RFC 5077 section 3.3: zero leaves the lifetime unspecified.
    let mut store = StoredSession::new();
    client_hears(&mut store, RECV_BUFFER, &full_handshake_for(&mut Writer::default(), 0, 100));
    client_hears(&mut store, RECV_BUFFER, &[]);
    assert_eq!(store.offered(), Ok(()));
}

#[test]
fn a_session_that_the_host_clears_is_gone() {
    with_visit(|base| {
        let mut store = after(base);
        store.clear();
        assert_eq!(store.kept(), Err(NotKept::NoHandshake));
        assert!(!visit(&mut store, base));
    });
}

#[test]
fn a_ticket_is_promised_to_clients_with_extended_master_secret_and_when_the_time_is_known() {
    let identity = Authority::default().issue("agent.example", KeyKind::EcdsaP256);
    let chain = [identity.leaf.as_slice()];
    let identities = [Identity { chain: &chain, schemes: identity.schemes }];
    let key = TicketKey::new([1; TicketKey::LEN]);
    let tickets = Tickets { current: &key, previous: None, lifetime: LIFETIME, epoch: 0 };
    let config = ServerConfig { tickets: Some(tickets), ..ServerConfig::new(&identities) };
    let own: [(u16, &[u8]); 2] = [(10, &[0, 4, 0, 29, 0, 23]), (13, &[0, 2, 4, 3])];
    let [ticket, master_secret]: [(u16, &[u8]); 2] = [(35, &[]), (23, &[])];
    for (more, now, promised) in [
        (&[ticket, master_secret][..], Some(UnixTime(NOW)), true),
        (&[ticket, master_secret], None, false),
        (&[ticket], Some(UnixTime(NOW)), false),
        (&[master_secret], Some(UnixTime(NOW)), false),
    ] {
        let hello = script::client_hello_of(&[&own, more].concat());
        let mut memory = Memory::full();
        let session = ServerSession::<RustCrypto>::new(&config, memory.lend()).unwrap();
        let (mut side, mut flight) = (Side::new(session, Some(&identity), 2), Vec::new());
        side.now = now;
        side.receive(&Writer::default().handshake(HandshakeType::CLIENT_HELLO, &hello), &mut flight);
        assert_eq!(side.seen.error, None);
        let server_hello = &flight[..5 + usize::from(u16::from_be_bytes([flight[3], flight[4]]))];
        assert_eq!(server_hello.windows(4).any(|bytes| bytes == [0, 35, 0, 0]), promised, "{more:?} {now:?}");
    }
}

#[test]
fn a_session_is_confirmed_by_its_own_handshake_alone() {
    let mut store = StoredSession::new();
    let whole = full_handshake(&mut Writer::default(), 100);
    // Everything except Finished, then the transport ends: a ticket whose issuer is not proven.
    let finished = 5 + 8 + 16 + 16;
    client_hears(&mut store, RECV_BUFFER, &whole[..whole.len() - finished]);
    assert!(store.is_empty());
    // A ticket is used only once its handshake is complete.
    let mut w = Writer::default();
    let without: Vec<u8> = [
        w.handshake(HandshakeType::SERVER_HELLO, &script::server_hello(&[], false)),
        w.handshake(HandshakeType::CERTIFICATE, &script::certificate(&[leaf()])),
        w.handshake(HandshakeType::SERVER_KEY_EXCHANGE, &script::server_key_exchange()),
        w.handshake(HandshakeType::SERVER_HELLO_DONE, &[]),
        w.change_cipher_spec(&[1]),
        w.handshake(HandshakeType::FINISHED, &FINISHED),
    ]
    .concat();
    client_hears(&mut store, RECV_BUFFER, &without);
    assert_eq!(store.kept(), Err(NotKept::NoTicket));
}
