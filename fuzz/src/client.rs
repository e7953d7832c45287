//! A whole client session against a server that the fuzzer plays.

use lsam_core::tls::{Buffers, ClientSession, StoredSession};

use crate::script::Script;
use crate::session::{Driver, Side};
use crate::setup::ClientSetUp;
use crate::steps::Step;

/// Target `client`: three bytes of setup, then the steps of one or more sessions, which share a slot for
/// tickets.
pub fn client(input: &[u8]) {
    sessions(input);
}

/// Which sessions of an input completed their handshake.
pub(crate) fn sessions(input: &[u8]) -> Vec<bool> {
    let mut script = Script::new(input);
    let set_up = ClientSetUp::read(&mut script);
    let config = set_up.config();
    let mut store = StoredSession::new();
    let mut connected = Vec::new();
    while !script.is_empty() && connected.len() < super::MAX_SESSIONS {
        let [mut recv, mut send] = set_up.buffers.memory();
        let buffers = Buffers { recv: &mut recv, send: &mut send };
        let session = || {
            match set_up.has_store() {
                true => ClientSession::with_store(&config, &mut store, buffers),
                false => ClientSession::new(&config, buffers),
            }
            .expect("a valid configuration")
        };
        let mut driver = Driver::new(session, Side::Client, set_up.buffers.send());
        while let Some(step) = Step::next(&mut script).filter(|step| *step != Step::Again) {
            driver.step(&step);
        }
        connected.push(driver.is_connected());
        driver.finish();
    }
    connected
}
