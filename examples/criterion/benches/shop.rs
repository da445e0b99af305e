use std::time::Duration;

use criterion::{black_box, criterion_group, criterion_main, BenchmarkId, Criterion, SamplingMode, Throughput};

fn total(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("total");
    for size in &[100usize, 1000] {
        let prices: Vec<u64> = (0..*size as u64).map(|n| n * 7919 % 1009).collect();
        group.throughput(Throughput::Elements(*size as u64));
        group.bench_with_input(BenchmarkId::from_parameter(size), &prices, |bencher, prices| {
            bencher.iter(|| shop::total(black_box(prices)))
        });
    }
    group.finish();
}

fn words(criterion: &mut Criterion) {
    let order = "three apples, two pears and one melon, please ".repeat(20);
    let mut group = criterion.benchmark_group("words/of an order");
    group.sampling_mode(SamplingMode::Flat).throughput(Throughput::Bytes(order.len() as u64));
    group.bench_function("split & sort", |bencher| bencher.iter(|| shop::words(black_box(&order))));
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(50))
        .measurement_time(Duration::from_millis(200))
        .nresamples(1000);
    targets = total, words
}
criterion_main!(benches);
