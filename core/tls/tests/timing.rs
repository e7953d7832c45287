//! Whether comparisons with secrets take the same time wherever the first difference is.
//!
//! A statistical test like dudect: two classes of input in random order, the slowest tenth of the samples
//! dropped as machine noise, Welch's t over the rest. A comparison that stops at the first difference is
//! measured too, to show that the test detects it.
#![allow(clippy::unwrap_used, missing_docs)]

use std::hint::black_box;
use std::time::Instant;

use lsam_testing::TestRng;
use lsam_tls::crypto::rustcrypto::RustCrypto;
use lsam_tls::crypto::{Aead, Provider, Secret, TAG_LEN};

/// Above this, the classes differ; chance nearly always stays below 5.
const THRESHOLD: f64 = 15.0;
const SAMPLES: usize = 4000;
const BATCH: usize = 200;
/// How many rounds are run, in case the machine is busy.
const ROUNDS: usize = 30;

/// A separate cache line, so that the position of an input in memory makes no difference between the classes.
#[repr(align(64))]
struct Aligned<T>(T);

/// Welch's t of the times that `run` takes with a difference at the start and at the end.
fn t_of(run: &mut dyn FnMut(bool)) -> f64 {
    let mut rng = TestRng(77);
    let mut times = [Vec::new(), Vec::new()];
    for _ in 0..2 * SAMPLES {
        let late = rng.below(2);
        let start = Instant::now();
        for _ in 0..BATCH {
            run(late == 1);
        }
        times[late].push(start.elapsed().as_nanos() as f64);
    }
    let moments = times.map(|mut samples| {
        samples.sort_by(f64::total_cmp);
        samples.truncate(samples.len() * 9 / 10);
        let n = samples.len() as f64;
        let mean = samples.iter().sum::<f64>() / n;
        let variance = samples.iter().map(|sample| (sample - mean).powi(2)).sum::<f64>() / (n - 1.0);
        (mean, variance / n)
    });
    let [(early, early_error), (late, late_error)] = moments;
    (late - early) / (early_error + late_error).sqrt()
}

/// The smallest result for `ours` in a few rounds in which a comparison that stops early is detected: on a
/// busy machine not every round detects it, and the others are meaningless.
fn least_t(mut naive: impl FnMut(bool), mut ours: impl FnMut(bool)) -> f64 {
    let rounds = (0..ROUNDS).filter_map(|_| {
        let (naive, ours) = (t_of(&mut naive).abs(), t_of(&mut ours).abs());
        (naive > THRESHOLD).then_some(ours)
    });
    let telling: Vec<_> = rounds.take(3).collect();
    assert!(!telling.is_empty(), "no round of {ROUNDS} told a comparison apart that stops early");
    telling.into_iter().fold(f64::INFINITY, f64::min)
}

#[test]
fn verify_data_and_tags_are_compared_in_constant_time() {
    let mut secret = Secret::<48>::zero();
    secret.expose_mut().fill(5);
    let guess = |late: bool| {
        let mut guess = [5_u8; 48];
        guess[if late { 47 } else { 0 }] ^= 1;
        guess
    };
    let guesses = [false, true].map(|late| Aligned(guess(late)));

    let stops_early = |a: &[u8], b: &[u8]| a.iter().zip(b).all(|(a, b)| black_box(*a) == black_box(*b));
    let naive = |late| {
        black_box(stops_early(secret.expose(), black_box(&guesses[usize::from(late)].0)));
    };
    let ours = least_t(naive, |late| {
        black_box(secret.equals(black_box(&guesses[usize::from(late)].0)));
    });
    assert!(ours < THRESHOLD, "Secret::equals: t = {ours:.1}");

    let cipher = <RustCrypto as Provider>::Aes128Gcm::new(&[1; 16]).unwrap();
    let tag = cipher.seal(&[0; 12], &[], &mut []).unwrap();
    let forged = |late: bool| {
        let mut forged: [u8; TAG_LEN] = tag;
        forged[if late { TAG_LEN - 1 } else { 0 }] ^= 1;
        forged
    };
    let forgeries = [false, true].map(|late| Aligned(forged(late)));
    let opening = least_t(naive, |late| {
        let _ = black_box(cipher.open(&[0; 12], &[], &mut [], black_box(&forgeries[usize::from(late)].0)));
    });
    assert!(opening < THRESHOLD, "Aes128Gcm::open: t = {opening:.1}");
    println!("t: {ours:.1} for Secret::equals, {opening:.1} for a tag");
}
