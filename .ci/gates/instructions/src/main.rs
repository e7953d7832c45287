//! Runs one task a few times, for callgrind to count its instructions: `instructions TASK TIMES`. Without
//! arguments, it lists the tasks.
//!
//! Only what runs below a function named `counted` is the task; callgrind leaves out the rest with
//! `--toggle-collect='*counted*'`. Input, keys and randomness are the same in each run.

mod handshake;
mod text;
mod x509;

use std::process::ExitCode;

/// A task by its name; it is run as often as the argument says.
type Task = (&'static str, fn(usize));

const TASKS: &[&[Task]] = &[handshake::TASKS, x509::TASKS, text::TASKS];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let tasks = TASKS.iter().copied().flatten();
    match arguments.as_slice() {
        [] => tasks.for_each(|(name, _)| println!("{name}")),
        [wanted, times] => {
            let Ok(times) = times.parse() else {
                eprintln!("instructions: {times}: not a number");
                return ExitCode::FAILURE;
            };
            let Some((_, task)) = tasks.clone().find(|(name, _)| name == wanted) else {
                eprintln!("instructions: there is no task {wanted}");
                return ExitCode::FAILURE;
            };
            task(times);
        }
        _ => {
            eprintln!("usage: instructions [TASK TIMES]");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

/// Runs what callgrind counts.
#[inline(never)]
fn counted<T>(work: impl FnOnce() -> T) -> T {
    work()
}

/// Runs `work`, counted or not.
fn counted_if<T>(is_counted: bool, work: impl FnOnce() -> T) -> T {
    if is_counted { counted(work) } else { work() }
}
