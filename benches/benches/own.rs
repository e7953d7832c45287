//! Our own parts by criterion, which tells how each has changed since the last run: the engine without
//! cryptography, records, and MSLSAM.ini.

use std::hint::black_box;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use lsam_aws_lc::AwsLc;
use lsam_benches::identity::SigningLibrary;
use lsam_benches::tls::{Lsam, Scenario, connected, handshake};
use lsam_core::config::{Settings, Template};
use lsam_core::ini::Reader;
use lsam_testing::transparent::Transparent;

const RECORD: usize = 1 << 14;

fn handshakes(criterion: &mut Criterion) {
    for scenario in Scenario::handshakes().expect("certificates") {
        let engine = || Lsam::<Transparent>::new(&scenario, SigningLibrary::None).expect("a scenario");
        let (mut client, mut server) = (engine(), engine());
        if scenario.resumed {
            handshake(&mut client, &mut server, false).expect("a first handshake");
        }
        criterion.bench_function(&format!("engine, both sides, {scenario}"), |bencher| {
            bencher.iter(|| handshake(&mut client, &mut server, scenario.resumed).expect("a handshake"));
        });
    }
}

fn records(criterion: &mut Criterion) {
    let scenario = Scenario::plain().expect("certificates");
    let lsam = || Lsam::<AwsLc>::new(&scenario, SigningLibrary::AwsLc).expect("a scenario");
    let (mut client, mut server) = (lsam(), lsam());
    let (mut client, mut server) = connected(&mut client, &mut server).expect("a handshake");
    let data = vec![0x5a; RECORD];
    let mut group = criterion.benchmark_group("records of 16 KiB");
    group.throughput(Throughput::Bytes(RECORD as u64));
    group.bench_function("sealed", |bencher| {
        bencher.iter(|| server.seal(&data, &mut |record| _ = black_box(record)).expect("a record"));
    });
    group.bench_function("opened", |bencher| {
        let sealed = || {
            let mut record = Vec::new();
            client.seal(&data, &mut |bytes| record.extend_from_slice(bytes)).expect("a record");
            record
        };
        // The server has sealed records only; its sequence number for opening is still that of the client.
        bencher.iter_batched(
            sealed,
            |record| server.open(&record).expect("a record"),
            BatchSize::PerIteration,
        );
    });
}

fn configuration(criterion: &mut Criterion) {
    let text = Template.to_string();
    let mut group = criterion.benchmark_group("the template of MSLSAM.ini");
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("lines", |bencher| {
        bencher.iter(|| Reader::new(black_box(text.as_bytes())).map(black_box).count());
    });
    group.bench_function("settings", |bencher| {
        bencher.iter(|| Settings::parse(black_box(text.as_bytes()), |_| ()).is_ok());
    });
}

criterion_group!(benches, handshakes, records, configuration);
criterion_main!(benches);
