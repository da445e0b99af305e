"""A small shop: what a real library's benchmarks look like."""
