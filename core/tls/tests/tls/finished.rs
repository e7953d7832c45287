//! Finished, on which the whole handshake depends (RFC 5246 section 7.4.9): only the correct one is accepted.
//!
//! An attacker between both sides replaces the Finished in its record. Over [`Unsealed`] no tag detects that,
//! so only the comparison of verify_data can end the handshake.

use lsam_tls::{
    CipherSuite, ClientConfig, ClientSession, Error, Identity, Misbehaved, ServerConfig, ServerSession,
    StoredSession, TicketKey, Tickets,
};

use lsam_testing::identity::{Authority, ECDSA_P256, KeyKind};
use lsam_testing::pair::Memory;
use lsam_testing::subject::Subject;
use lsam_testing::transparent::Unsealed;
use lsam_testing::witness::{Speaker, Witness};

/// How a connection ended, and everything that was sent.
struct Outcome {
    /// Whether the client and the server are connected.
    connected: (bool, bool),
    errors: (Option<Error>, Option<Error>),
    witness: Witness,
}

/// Two sides that connect repeatedly.
struct Meetings {
    leaf: Vec<u8>,
    key: TicketKey,
    suite: CipherSuite,
}

impl Meetings {
    fn new(suite: CipherSuite) -> Self {
        let leaf = Authority::default().issue("agent.example", KeyKind::EcdsaP256).leaf;
        Self { leaf, key: TicketKey::new([1; TicketKey::LEN]), suite }
    }

    /// One connection, in which `tamper` may replace the verify_data in the Finished of `speaker`.
    fn meet(
        &self,
        store: &mut StoredSession,
        speaker: Speaker,
        tamper: &dyn Fn(&Witness) -> Option<Vec<u8>>,
    ) -> Outcome {
        let chain = [self.leaf.as_slice()];
        let identities = [Identity { chain: &chain, schemes: ECDSA_P256 }];
        let tickets = Tickets { current: &self.key, previous: None, lifetime: 3600, epoch: 0 };
        let suites = [self.suite];
        let server_config =
            ServerConfig { tickets: Some(tickets), cipher_suites: &suites, ..ServerConfig::new(&identities) };
        let client_config = ClientConfig { server_name: Some("agent.example"), ..ClientConfig::new() };
        let mut memory = [Memory::full(), Memory::full()];
        let [a, b] = &mut memory;
        let session = ClientSession::<Unsealed>::with_store(&client_config, store, a.lend()).unwrap();
        let mut client = Subject::new(session);
        let mut server = Subject::new(ServerSession::<Unsealed>::new(&server_config, b.lend()).unwrap());
        // How much of what each side sent has been delivered.
        let (mut up, mut down) = (0, 0);
        while (up, down) != (client.sent.len(), server.sent.len()) {
            let mut record = next_record(&client.sent, &mut up);
            if speaker == Speaker::Client {
                replace_finished(&mut record, &client.sent[..up], &server.sent, tamper, speaker);
            }
            server.takes(&record);
            let mut record = next_record(&server.sent, &mut down);
            if speaker == Speaker::Server {
                replace_finished(&mut record, &server.sent[..down], &client.sent, tamper, speaker);
            }
            client.takes(&record);
        }
        Outcome {
            connected: (client.session.negotiated().is_some(), server.session.negotiated().is_some()),
            errors: (client.error, server.error),
            witness: Witness::new(&client.sent, &server.sent).unwrap(),
        }
    }

    /// A connection without an attacker.
    fn meet_in_peace(&self, store: &mut StoredSession) -> Witness {
        let Outcome { connected, witness, errors } = self.meet(store, Speaker::Client, &|_| None);
        assert_eq!(connected, (true, true), "{errors:?}");
        witness
    }

    /// A connection in which the Finished of `speaker` is wrong.
    fn is_refused(
        &self,
        store: &mut StoredSession,
        speaker: Speaker,
        tamper: &dyn Fn(&Witness) -> Option<Vec<u8>>,
    ) {
        let outcome = self.meet(store, speaker, tamper);
        let (connected, error) = match speaker {
            Speaker::Client => (outcome.connected.1, outcome.errors.1),
            Speaker::Server => (outcome.connected.0, outcome.errors.0),
        };
        assert_eq!((connected, error), (false, Some(Error::Misbehaved(Misbehaved::Finished))), "{speaker:?}");
    }
}

/// The next complete record that was sent; empty if there is none.
fn next_record(sent: &[u8], carried: &mut usize) -> Vec<u8> {
    let rest = &sent[*carried..];
    let Some(header) = rest.first_chunk::<5>() else { return Vec::new() };
    let len = 5 + usize::from(u16::from_be_bytes([header[3], header[4]]));
    *carried += len;
    rest[..len].to_vec()
}

/// Replaces the verify_data in `record`, if this is the sealed Finished at the end of what `speaker` has
/// `said`.
fn replace_finished(
    record: &mut Vec<u8>,
    said: &[u8],
    answer: &[u8],
    tamper: &dyn Fn(&Witness) -> Option<Vec<u8>>,
    speaker: Speaker,
) {
    let witness = match speaker {
        Speaker::Client => Witness::new(said, answer),
        Speaker::Server => Witness::new(answer, said),
    };
    let Some(witness) = witness.filter(|_| record.first() == Some(&22)) else { return };
    let Some(right) = witness.finished(speaker) else { return };
    let Some(wrong) = tamper(&witness) else { return };
    let at = record.windows(right.len()).position(|window| window == right).unwrap();
    record.splice(at..at + right.len(), wrong.iter().copied());
    record[at - 1] = wrong.len() as u8;
    let len = (record.len() - 5) as u16;
    record[3..5].copy_from_slice(&len.to_be_bytes());
}

const SPEAKERS: [Speaker; 2] = [Speaker::Client, Speaker::Server];
const SUITES: [CipherSuite; 3] = [
    CipherSuite::EcdheEcdsaAes128GcmSha256,
    CipherSuite::EcdheEcdsaAes256GcmSha384,
    CipherSuite::EcdheEcdsaChaCha20Poly1305Sha256,
];

/// Runs `test` on a full and on a resumed handshake, with the master secret and the Finished messages of an
/// earlier session.
fn with_both(test: impl Fn(&Meetings, &mut dyn FnMut() -> StoredSession, &Witness)) {
    for suite in SUITES {
        let meetings = Meetings::new(suite);
        let mut store = StoredSession::new();
        let before = meetings.meet_in_peace(&mut store);
        assert!(!before.is_resumed() && !store.is_empty());
        test(&meetings, &mut StoredSession::new, &before);
        let mut full = || {
            let mut store = StoredSession::new();
            meetings.meet_in_peace(&mut store);
            store
        };
        test(&meetings, &mut full, &before);
    }
}

#[test]
fn both_sides_say_what_a_witness_expects() {
    for suite in SUITES {
        let meetings = Meetings::new(suite);
        let mut store = StoredSession::new();
        let full = meetings.meet_in_peace(&mut store);
        let resumed = meetings.meet_in_peace(&mut store);
        assert!(!full.is_resumed() && resumed.is_resumed());
        let master_secret = full.master_secret().unwrap();
        for witness in [full, resumed] {
            for speaker in SPEAKERS {
                let expected = witness.verify_data(speaker, &master_secret).unwrap();
                assert_eq!(witness.finished(speaker), Some(&expected[..]), "{suite} {speaker:?}");
            }
        }
    }
}

#[test]
fn a_finished_with_one_wrong_byte_is_refused() {
    with_both(|meetings, store, _| {
        for speaker in SPEAKERS {
            for at in 0..12 {
                meetings.is_refused(&mut store(), speaker, &|witness| {
                    let mut wrong = witness.finished(speaker)?.to_vec();
                    wrong[at] ^= 0x80;
                    Some(wrong)
                });
            }
        }
    });
}

#[test]
fn a_finished_of_another_length_is_refused() {
    with_both(|meetings, store, _| {
        for speaker in SPEAKERS {
            for len in [0, 1, 11, 13, 24] {
                meetings.is_refused(&mut store(), speaker, &|witness| {
                    let mut wrong = witness.finished(speaker)?.to_vec();
                    wrong.resize(len, 0);
                    Some(wrong)
                });
            }
        }
    });
}

#[test]
fn a_finished_of_the_other_role_or_of_another_transcript_is_refused() {
    with_both(|meetings, store, before| {
        for speaker in SPEAKERS {
            // A resumed session has the master secret of the earlier one, because the generator's numbers are
            // the same.
            let master_secret =
                |witness: &Witness| witness.master_secret().or_else(|| before.master_secret());
            meetings.is_refused(&mut store(), speaker, &|witness| {
                let transcript = witness.transcript(speaker);
                witness.verify_data_as(speaker.other(), &transcript, &master_secret(witness)?)
            });
            // Of the same role, over all messages but the last, and over all but the first.
            for part in [0, 1] {
                meetings.is_refused(&mut store(), speaker, &|witness| {
                    let transcript = witness.transcript(speaker);
                    let part = if part == 0 { &transcript[..transcript.len() - 1] } else { &transcript[1..] };
                    witness.verify_data_as(speaker, part, &master_secret(witness)?)
                });
            }
            // The correct one of an earlier full handshake.
            if !store().is_empty() {
                meetings.is_refused(&mut store(), speaker, &|_| before.finished(speaker).map(<[u8]>::to_vec));
            }
            // And that of the other side.
            meetings.is_refused(&mut store(), speaker, &|witness| {
                witness.finished(speaker.other()).map(<[u8]>::to_vec).or(Some(vec![0; 12]))
            });
        }
    });
}
