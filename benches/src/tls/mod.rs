//! TLS 1.2 handshakes and records, with each library in both roles.
//!
//! Every server meets the same client (rustls over aws-lc-rs), and every client the same server. Only the
//! calls of the library under test are timed, including the creation of its session.

mod bare;
mod lsam;
mod openssl;
mod rustls;
mod scenario;

use std::hint::black_box;
use std::time::{Duration, Instant};

use self::bare::Bare;
pub use self::lsam::Lsam;
pub use self::openssl::OpenSsl;
pub use self::rustls::{Crypto, Rustls};
pub use self::scenario::Scenario;
use crate::Failure;
use crate::identity::{KeyKind, SigningLibrary};
use crate::measure::{Effort, Ratio, Sampler, Table, Unit, medians, repeated_runs};
use lsam_aws_lc::AwsLc;
use lsam_core::crypto::rustcrypto::RustCrypto;
use lsam_core::tls::{CipherSuite, NamedGroup};
use lsam_testing::transparent::Transparent;

/// One side of a connection in memory.
pub trait Endpoint {
    /// Reads everything that the peer sent, and appends the reply.
    ///
    /// # Errors
    /// The library's own error.
    fn exchange(&mut self, input: &[u8], output: &mut Vec<u8>) -> Result<(), Failure>;

    /// Whether the session was resumed, once the handshake is complete.
    fn resumed(&self) -> Option<bool>;

    /// Seals `data`, which fits into one record, and passes the record to `transport`.
    ///
    /// # Errors
    /// The library's own error.
    fn seal(&mut self, data: &[u8], transport: &mut dyn FnMut(&[u8])) -> Result<(), Failure>;

    /// Opens one record, reads the data as the library returns it, and returns its length.
    ///
    /// # Errors
    /// The library's own error.
    fn open(&mut self, record: &[u8]) -> Result<usize, Failure>;
}

/// A library, prepared for a scenario.
pub trait Library {
    /// A server waiting for a ClientHello.
    ///
    /// # Errors
    /// The library's own error.
    fn server(&mut self) -> Result<Box<dyn Endpoint + '_>, Failure>;

    /// A client that has not sent anything yet.
    ///
    /// # Errors
    /// The library's own error.
    fn client(&mut self) -> Result<Box<dyn Endpoint + '_>, Failure>;

    /// Keeps what `client` needs to resume its session.
    fn keep_session(&mut self) {}
}

/// The side that is timed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timed {
    /// The server.
    Server,
    /// The client.
    Client,
}

/// The libraries of every table, in column order.
pub const LIBRARIES: [&str; 5] =
    ["LSAM, RustCrypto", "LSAM, aws-lc-rs", "rustls, aws-lc-rs", "rustls, ring", "OpenSSL"];
const RATIOS: [Ratio; 4] =
    [Ratio { of: 0, by: 3 }, Ratio { of: 0, by: 4 }, Ratio { of: 1, by: 2 }, Ratio { of: 1, by: 4 }];

fn libraries(scenario: &Scenario) -> Result<[Box<dyn Library>; 5], Failure> {
    Ok([
        Box::new(Lsam::<RustCrypto>::new(scenario, SigningLibrary::RustCrypto)?),
        Box::new(Lsam::<AwsLc>::new(scenario, SigningLibrary::AwsLc)?),
        Box::new(Rustls::new(scenario, Crypto::AwsLc)?),
        Box::new(Rustls::new(scenario, Crypto::Ring)?),
        Box::new(OpenSsl::new(scenario)?),
    ])
}

/// One handshake of `client` and `server`; how long the calls of each side took.
///
/// # Errors
/// The error of either side, or a session that was resumed unexpectedly or not resumed as expected.
pub fn handshake(
    client: &mut dyn Library,
    server: &mut dyn Library,
    resumed: bool,
) -> Result<(Duration, Duration), Failure> {
    let (mut client_time, mut server_time) = (Duration::ZERO, Duration::ZERO);
    handshake_with(client, server, resumed, &mut |work| timed(&mut client_time, work), &mut |work| {
        timed(&mut server_time, work)
    })?;
    Ok((client_time, server_time))
}

/// Does the work of one side, and watches it.
pub type Watch<'a> = &'a mut dyn FnMut(&mut dyn FnMut());

/// One handshake of `client` and `server`, in which each side does its work inside the watch for it.
///
/// # Errors
/// As [`handshake`].
pub fn handshake_with(
    client: &mut dyn Library,
    server: &mut dyn Library,
    resumed: bool,
    watch_client: Watch<'_>,
    watch_server: Watch<'_>,
) -> Result<(), Failure> {
    let mut client_side = watched(watch_client, || client.client())?;
    let mut server_side = watched(watch_server, || server.server())?;
    let (mut up, mut down) = (Vec::with_capacity(8192), Vec::with_capacity(8192));
    loop {
        up.clear();
        watched(watch_client, || client_side.exchange(&down, &mut up))?;
        down.clear();
        if !up.is_empty() {
            watched(watch_server, || server_side.exchange(&up, &mut down))?;
        }
        if down.is_empty() {
            break;
        }
    }
    let outcome = (client_side.resumed(), server_side.resumed());
    drop((client_side, server_side));
    client.keep_session();
    match outcome {
        (Some(one), Some(other)) if one == resumed && other == resumed => Ok(()),
        _ => Err(format!("expected a handshake with resumed = {resumed}, got {outcome:?}").into()),
    }
}

fn watched<T>(watch: Watch<'_>, step: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    let (mut step, mut result) = (Some(step), None);
    watch(&mut || result = step.take().map(|step| step()));
    result.unwrap_or_else(|| Err("a step was not done".into()))
}

fn timed<T>(total: &mut Duration, step: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = step();
    *total += start.elapsed();
    result
}

/// Handshakes of every library in the role of `side`.
///
/// # Errors
/// The error of the first handshake that fails.
pub fn handshakes(effort: Effort, side: Timed) -> Result<Table, Failure> {
    let title = match side {
        Timed::Server => "Handshake, calls of the server",
        Timed::Client => "Handshake, calls of the client",
    };
    let mut table = Table::new(title, Unit::Micros, LIBRARIES, &RATIOS);
    for scenario in Scenario::handshakes()? {
        let mut under_test = libraries(&scenario)?;
        let mut samplers: Vec<Option<Sampler<'_>>> = Vec::new();
        for (library, name) in under_test.iter_mut().zip(LIBRARIES) {
            let mut peer = Rustls::new(&scenario, Crypto::AwsLc)?;
            let library: &mut dyn Library = library.as_mut();
            let once = move |resumed: bool, library: &mut dyn Library, peer: &mut Rustls| {
                let times = match side {
                    Timed::Server => handshake(peer, library, resumed).map(|times| times.1),
                    Timed::Client => handshake(library, peer, resumed).map(|times| times.0),
                };
                times.map_err(|failure| Failure::from(format!("{name}: {failure}")))
            };
            if scenario.resumed {
                once(false, library, &mut peer)?;
            }
            samplers.push(Some(Box::new(move || once(scenario.resumed, library, &mut peer))));
        }
        let name = scenario.to_string();
        table.row(name, 0, medians(effort, samplers)?);
    }
    Ok(table)
}

/// Handshakes of our engine with itself over a provider that computes nothing, which leaves only the engine.
///
/// # Errors
/// The error of the first handshake that fails.
pub fn engine_alone(effort: Effort) -> Result<Table, Failure> {
    let mut table =
        Table::new("Handshake, the engine without cryptography", Unit::Micros, ["server", "client"], &[]);
    for scenario in Scenario::handshakes()?.filter(|scenario| scenario.key == KeyKind::EcdsaP256) {
        // Groups differ only in their primitives.
        if scenario.group != NamedGroup::X25519 {
            continue;
        }
        let mut times = Vec::new();
        for side in [Timed::Server, Timed::Client] {
            let mut client = Lsam::<Transparent>::new(&scenario, SigningLibrary::None)?;
            let mut server = Lsam::<Transparent>::new(&scenario, SigningLibrary::None)?;
            if scenario.resumed {
                handshake(&mut client, &mut server, false)?;
            }
            let sampler: Sampler<'_> = Box::new(move || {
                let times = handshake(&mut client, &mut server, scenario.resumed)?;
                Ok(if side == Timed::Server { times.1 } else { times.0 })
            });
            times.extend(medians(effort, vec![Some(sampler)])?);
        }
        table.row(scenario.to_string(), 0, times);
    }
    Ok(table)
}

/// Sealing and opening full records by the server of every library.
///
/// # Errors
/// The error of the first step that fails.
pub fn records(effort: Effort) -> Result<Table, Failure> {
    const RECORD: usize = 1 << 14;
    let columns = [&LIBRARIES[..], &["aws-lc-rs and a copy"]].concat();
    let ratios = [&RATIOS[..], &[Ratio { of: 1, by: LIBRARIES.len() }]].concat();
    let mut table = Table::new("Records of 16 KiB, by the server", Unit::Throughput, columns, &ratios);
    let data = vec![0x5a; RECORD];
    for (name, suite) in [
        ("AES-128-GCM", CipherSuite::EcdheEcdsaAes128GcmSha256),
        ("AES-256-GCM", CipherSuite::EcdheEcdsaAes256GcmSha384),
        ("ChaCha20-Poly1305", CipherSuite::EcdheEcdsaChaCha20Poly1305Sha256),
    ] {
        let scenario = Scenario { suite, ..Scenario::plain()? };
        for sealing in [true, false] {
            let mut under_test = libraries(&scenario)?;
            let mut peers = Vec::new();
            for _ in LIBRARIES {
                peers.push(Rustls::new(&scenario, Crypto::AwsLc)?);
            }
            let mut samplers: Vec<Option<Sampler<'_>>> = Vec::new();
            for (library, peer) in under_test.iter_mut().zip(&mut peers) {
                let (mut client, mut server) = connected(peer, library.as_mut())?;
                let data = &data;
                samplers.push(Some(repeated_runs(effort, move |count| {
                    let mut time = Duration::ZERO;
                    for _ in 0..count {
                        if sealing {
                            let mut transport = |record: &[u8]| {
                                black_box(record);
                            };
                            timed(&mut time, || server.seal(data, &mut transport))?;
                        } else {
                            let mut records = Vec::with_capacity(RECORD + 64);
                            client.seal(data, &mut |record| records.extend_from_slice(record))?;
                            let len = timed(&mut time, || server.open(&records))?;
                            if len != data.len() {
                                return Err(format!("{len} bytes came out of a record").into());
                            }
                        }
                    }
                    Ok(time)
                })));
            }
            let mut bare = Bare::new(suite, &data)?;
            samplers.push(Some(repeated_runs(effort, move |count| bare.run(sealing, count))));
            let action = if sealing { "sealed" } else { "opened" };
            table.row(format!("{name}, {action}"), RECORD, medians(effort, samplers)?);
        }
    }
    Ok(table)
}

/// Both sides of a connection.
pub type Connected<'c, 's> = (Box<dyn Endpoint + 'c>, Box<dyn Endpoint + 's>);

/// A client and a server after their handshake.
///
/// # Errors
/// The error of either side.
pub fn connected<'c, 's>(
    client: &'c mut dyn Library,
    server: &'s mut dyn Library,
) -> Result<Connected<'c, 's>, Failure> {
    let (mut client, mut server) = (client.client()?, server.server()?);
    let mut down = Vec::new();
    loop {
        let mut up = Vec::new();
        client.exchange(&down, &mut up)?;
        down.clear();
        server.exchange(&up, &mut down)?;
        if down.is_empty() {
            return Ok((client, server));
        }
    }
}
