use std::time::Duration;

use criterion::measurement::Measurement;
use criterion::{black_box, criterion_group, criterion_main, BenchmarkId, Criterion, SamplingMode, Throughput};

fn total<M: Measurement + 'static>(criterion: &mut Criterion<M>) {
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

fn words<M: Measurement + 'static>(criterion: &mut Criterion<M>) {
    let order = "three apples, two pears and one melon, please ".repeat(20);
    let mut group = criterion.benchmark_group("words/of an order");
    group.sampling_mode(SamplingMode::Flat).throughput(Throughput::Bytes(order.len() as u64));
    group.bench_function("split & sort", |bencher| bencher.iter(|| shop::words(black_box(&order))));
    group.finish();
}

#[cfg(not(feature = "counted"))]
fn meter() -> criterion::measurement::WallTime {
    criterion::measurement::WallTime
}

#[cfg(feature = "counted")]
fn meter() -> counted::Steps {
    counted::Steps::default()
}

/// A measurement of our own, which Criterion stores without a unit.
#[cfg(feature = "counted")]
mod counted {
    use std::cell::Cell;
    use std::sync::atomic::Ordering::Relaxed;

    use criterion::measurement::{Measurement, ValueFormatter};
    use criterion::Throughput;

    /// Items that the shop looked at. Criterion's t-test needs some spread: 0, 1 or 2 more, in turns.
    #[derive(Default)]
    pub struct Steps(Cell<u64>);

    impl Measurement for Steps {
        type Intermediate = u64;
        type Value = u64;

        fn start(&self) -> u64 {
            shop::STEPS.load(Relaxed)
        }

        fn end(&self, began: u64) -> u64 {
            self.0.set((self.0.get() + 1) % 3);
            shop::STEPS.load(Relaxed) - began + self.0.get()
        }

        fn add(&self, one: &u64, other: &u64) -> u64 {
            one + other
        }

        fn zero(&self) -> u64 {
            0
        }

        fn to_f64(&self, value: &u64) -> f64 {
            *value as f64
        }

        fn formatter(&self) -> &dyn ValueFormatter {
            self
        }
    }

    impl ValueFormatter for Steps {
        fn scale_values(&self, _typical: f64, _values: &mut [f64]) -> &'static str {
            "steps"
        }

        fn scale_throughputs(&self, _typical: f64, _throughput: &Throughput, _values: &mut [f64]) -> &'static str {
            "steps"
        }

        fn scale_for_machines(&self, _values: &mut [f64]) -> &'static str {
            "steps"
        }
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .with_measurement(meter())
        .sample_size(20)
        .warm_up_time(Duration::from_millis(50))
        .measurement_time(Duration::from_millis(200))
        .nresamples(1000);
    targets = total, words
}
criterion_main!(benches);
