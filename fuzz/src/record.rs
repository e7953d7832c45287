//! The record layer: a session after a successful handshake, with buffers of every size.

use lsam_core::tls::{Buffers, ClientSession, Role, ServerSession};

use crate::peer::Peer;
use crate::script::Script;
use crate::session::{Driver, Side};
use crate::setup::{BufferSizes, ClientSetUp, ServerSetUp};
use crate::steps::Step;
use lsam_testing::transparent::Transparent;

/// Target `record`: four bytes of setup, then the steps of the session under test.
pub fn record(input: &[u8]) {
    let mut script = Script::new(input);
    let bits = script.u8();
    let server = ServerSetUp {
        bits: bits & ServerSetUp::SUITES,
        buffers: BufferSizes(script.u8()),
        ..ServerSetUp::default()
    };
    let client = ClientSetUp {
        bits: bits & ClientSetUp::SUITES,
        buffers: BufferSizes(script.u8()),
        wishes: script.u8() & ClientSetUp::MAX_FRAGMENT,
    };
    let (server_config, client_config) = (server.config(), client.config());
    let [mut server_recv, mut server_send] = server.buffers.memory();
    let [mut client_recv, mut client_send] = client.buffers.memory();
    let buffers = Buffers { recv: &mut server_recv, send: &mut server_send };
    let server_session = || ServerSession::new(&server_config, buffers).expect("a valid configuration");
    let buffers = Buffers { recv: &mut client_recv, send: &mut client_send };
    let client_session = || ClientSession::new(&client_config, buffers).expect("a valid configuration");
    if bits & 1 == 0 {
        let peer = Peer::new(client_session(), 1);
        go_on(Driver::new(server_session, Side::Server, server.buffers.send()), peer, &mut script);
    } else {
        let peer = Peer::new(server_session(), 1);
        go_on(Driver::new(client_session, Side::Client, client.buffers.send()), peer, &mut script);
    }
}

/// Runs the handshake of both sides, then the script.
fn go_on<A: Role<Transparent>, B: Role<Transparent>>(
    mut driver: Driver<'_, A>,
    peer: Peer<'_, B, Transparent>,
    script: &mut Script<'_>,
) {
    driver.meet(peer);
    assert!(driver.is_connected(), "a handshake that everybody agrees to");
    while let Some(step) = Step::next(script).filter(|step| *step != Step::Again) {
        driver.step(&step);
    }
    driver.finish();
}
