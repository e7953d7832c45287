//! The instructions of a handshake that are the TLS library's own, outside the cryptographic library below
//! it. Both libraries under test are over aws-lc-rs. valgrind counts them, so they do not depend on how busy
//! the machine is.

use std::fmt::Write as _;
use std::process::Command;

use lsam_aws_lc::AwsLc;

use crate::Failure;
use crate::callgrind::Profile;
use crate::identity::SigningLibrary;
use crate::measure::Effort;
use crate::tls::{Crypto, Library, Lsam, Rustls, Scenario, Timed, handshake_with};

/// The libraries, in column order.
const COLUMNS: [&str; 2] = ["LSAM", "rustls"];
/// The handshakes of a first run, and how many more a second one has. The difference leaves out what is done
/// only once.
const FEW: usize = 4;
const MORE: usize = 8;

/// The libraries, prepared for a scenario.
///
/// # Errors
/// The library's own error.
pub fn libraries(scenario: &Scenario) -> Result<[Box<dyn Library>; 2], Failure> {
    Ok([
        Box::new(Lsam::<AwsLc>::new(scenario, SigningLibrary::AwsLc)?),
        Box::new(Rustls::new(scenario, Crypto::AwsLc)?),
    ])
}

/// `count` handshakes of a library as `side`. What belongs to it runs in [`counted`].
///
/// # Errors
/// The error of the first handshake that fails.
pub fn handshakes(
    library: &mut dyn Library,
    scenario: &Scenario,
    side: Timed,
    count: usize,
) -> Result<(), Failure> {
    let mut peer = Rustls::new(scenario, Crypto::AwsLc)?;
    for n in 0..=count {
        // The first one makes the session that the others resume, and is not counted.
        let resumed = scenario.resumed && n > 0;
        let mut other = |work: &mut dyn FnMut()| work();
        let mut own = |work: &mut dyn FnMut()| if n > 0 { counted(work) } else { work() };
        match side {
            Timed::Server => handshake_with(&mut peer, library, resumed, &mut other, &mut own)?,
            Timed::Client => handshake_with(library, &mut peer, resumed, &mut own, &mut other)?,
        }
    }
    Ok(())
}

/// The place that valgrind is told to count.
#[inline(never)]
fn counted(work: &mut dyn FnMut()) {
    work();
    // Otherwise this would be a jump, which is no call to count.
    std::hint::black_box(());
}

/// The table: instructions per handshake, own and of the cryptographic library; with little effort only its
/// first rows, because valgrind is slow.
///
/// # Errors
/// When valgrind or a handshake fails.
pub fn table(effort: Effort) -> Result<String, Failure> {
    let scenarios = if effort.rounds < Effort::FULL.rounds { 1 } else { usize::MAX };
    let mut table = String::from(
        "### Instructions of a handshake outside the cryptographic library\n\n\
         | | LSAM | rustls | LSAM ÷ rustls | inside, LSAM | inside, rustls |\n|---|---:|---:|---:|---:|---:|\n",
    );
    for (number, scenario) in Scenario::handshakes()?.enumerate().take(scenarios) {
        for side in [Timed::Server, Timed::Client] {
            let mut counts = Vec::new();
            for library in 0..COLUMNS.len() {
                let [few, many] = [FEW, FEW + MORE].map(|count| measure(library, number, side, count));
                let ((few_own, few_inside), (many_own, many_inside)) = (few?, many?);
                let per_handshake = |few: u64, many: u64| many.saturating_sub(few) / MORE as u64;
                counts.push((per_handshake(few_own, many_own), per_handshake(few_inside, many_inside)));
            }
            let [(own, inside), (their, their_inside)] = counts[..] else { continue };
            let ratio = own as f64 / their as f64;
            let name = if side == Timed::Server { "server" } else { "client" };
            writeln!(
                table,
                "| {name}, {scenario} | {own} | {their} | {ratio:.2} | {inside} | {their_inside} |"
            )?;
        }
    }
    Ok(table)
}

/// glibc fills and copies long buffers by one instruction with a repeat prefix, of which valgrind counts each
/// byte. With these, it uses instructions that do 32 bytes.
const GLIBC: &str =
    "glibc.cpu.x86_rep_stosb_threshold=1000000000:glibc.cpu.x86_rep_movsb_threshold=1000000000";

/// The instructions outside and inside the cryptographic library.
fn measure(library: usize, scenario: usize, side: Timed, count: usize) -> Result<(u64, u64), Failure> {
    let program = std::env::current_exe()?.with_file_name("handshakes");
    let out = std::env::temp_dir().join(format!("lsam-callgrind-{}", std::process::id()));
    let side = usize::from(side == Timed::Client);
    let done = Command::new("valgrind")
        .env("GLIBC_TUNABLES", GLIBC)
        .args(["--tool=callgrind", "--collect-atstart=no", "--toggle-collect=*instructions::counted*"])
        .arg(format!("--callgrind-out-file={}", out.display()))
        .arg(program)
        .args([library, scenario, side, count].map(|number| number.to_string()))
        .output()?;
    if !done.status.success() {
        return Err(String::from_utf8_lossy(&done.stderr).into());
    }
    let profile = Profile::parse(&std::fs::read_to_string(&out)?)?;
    std::fs::remove_file(&out)?;
    let inside = profile.inside(|function| {
        function.starts_with("aws_lc_") || function.trim_start_matches('<').starts_with("aws_lc_rs::")
    });
    Ok((profile.total.saturating_sub(inside), inside))
}
