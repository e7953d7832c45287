//! Nothing but handshakes of our sessions, for a profiler or for counting instructions: `handshakes
//! [--engine] [--full | --mutual] [COUNT]`. With `--engine`, the provider computes nothing.
//!
//! `valgrind --tool=callgrind --toggle-collect='*server_calls*'` counts only the server.

use std::process::ExitCode;

use lsam_benches::Failure;
use lsam_benches::identity::SigningLibrary;
use lsam_benches::tls::{Endpoint, Library, Lsam, Scenario};
use lsam_core::crypto::rustcrypto::RustCrypto;
use lsam_testing::transparent::Transparent;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("handshakes: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Failure> {
    let mut scenario = Scenario::plain()?;
    let (mut engine, mut count) = (false, 100);
    for arg in std::env::args().skip(1) {
        match arg.as_str() {
            "--engine" => engine = true,
            "--full" => scenario.mutual = false,
            "--mutual" => scenario.mutual = true,
            other => count = other.parse()?,
        }
    }
    if engine {
        let make = || Lsam::<Transparent>::new(&scenario, SigningLibrary::None);
        repeat(&mut make()?, &mut make()?, count)
    } else {
        let make = || Lsam::<RustCrypto>::new(&scenario, SigningLibrary::RustCrypto);
        repeat(&mut make()?, &mut make()?, count)
    }
}

fn repeat(client: &mut dyn Library, server: &mut dyn Library, count: usize) -> Result<(), Failure> {
    for _ in 0..count {
        let mut client = client.client()?;
        let mut server = server.server()?;
        let mut down = Vec::new();
        loop {
            let mut up = Vec::new();
            client.exchange(&down, &mut up)?;
            down.clear();
            if !up.is_empty() {
                server_calls(server.as_mut(), &up, &mut down)?;
            }
            if down.is_empty() {
                break;
            }
        }
        if client.resumed().is_none() || server.resumed().is_none() {
            return Err("a handshake did not come to its end".into());
        }
    }
    Ok(())
}

/// The calls of the server, under a name that a profiler can find.
#[inline(never)]
fn server_calls(server: &mut dyn Endpoint, up: &[u8], down: &mut Vec<u8>) -> Result<(), Failure> {
    server.exchange(up, down)
}
