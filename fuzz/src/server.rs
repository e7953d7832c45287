//! A whole server session against a client that the fuzzer plays.

use lsam_core::tls::{Buffers, ServerSession};

use crate::script::Script;
use crate::session::{Driver, Side};
use crate::setup::ServerSetUp;
use crate::steps::Step;

/// Target `server`: three bytes of setup, then the steps of one or more sessions.
pub fn server(input: &[u8]) {
    sessions(input);
}

/// Which sessions of an input completed their handshake.
pub(crate) fn sessions(input: &[u8]) -> Vec<bool> {
    let mut script = Script::new(input);
    let set_up = ServerSetUp::read(&mut script);
    let config = set_up.config();
    let mut connected = Vec::new();
    while !script.is_empty() && connected.len() < super::MAX_SESSIONS {
        let [mut recv, mut send] = set_up.buffers.memory();
        let buffers = Buffers { recv: &mut recv, send: &mut send };
        let session = || ServerSession::new(&config, buffers).expect("a valid configuration");
        let mut driver = Driver::new(session, Side::Server, set_up.buffers.send());
        while let Some(step) = Step::next(&mut script).filter(|step| *step != Step::Again) {
            driver.step(&step);
        }
        connected.push(driver.is_connected());
        driver.finish();
    }
    connected
}
