//! A tiny shop, to be measured.

/// Items looked at so far; counted with the feature `counted` only.
#[cfg(feature = "counted")]
pub static STEPS: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);

#[cfg(feature = "counted")]
fn count(steps: usize) {
    STEPS.fetch_add(steps as u64, std::sync::atomic::Ordering::Relaxed);
}

#[cfg(not(feature = "counted"))]
fn count(_steps: usize) {}

/// What the items cost together, in cents.
pub fn total(prices: &[u64]) -> u64 {
    let sum = added(0, prices);
    #[cfg(feature = "slow")]
    let sum = added(sum, std::hint::black_box(prices));
    sum
}

fn added(sum: u64, prices: &[u64]) -> u64 {
    count(prices.len());
    prices.iter().fold(sum, |sum, price| sum.rotate_left(1) ^ price)
}

/// The words of an order, sorted.
pub fn words(order: &str) -> Vec<&str> {
    let mut found: Vec<&str> = order.split_whitespace().collect();
    found.sort_unstable();
    count(found.len());
    found
}
