//! A tiny shop, to be measured.

/// What the items cost together, in cents.
pub fn total(prices: &[u64]) -> u64 {
    let sum = prices.iter().fold(0u64, |sum, price| sum.rotate_left(1) ^ price);
    #[cfg(feature = "slow")]
    let sum = std::hint::black_box(prices).iter().fold(sum, |sum, price| sum.rotate_left(1) ^ price);
    sum
}

/// The words of an order, sorted.
pub fn words(order: &str) -> Vec<&str> {
    let mut found: Vec<&str> = order.split_whitespace().collect();
    found.sort_unstable();
    found
}
