"""The example's benchmarks: parsing, sorting, a numpy kernel, files, an event loop."""

import json

import numpy as np
from shop.archive import archive, fetch_prices
from shop.forecast import smooth
from shop.orders import parse_csv, parse_json, rank_customers

ROWS = [(f"customer {n % 37}", f"item {n % 11}", n % 5 + 1, n % 97 + 0.5) for n in range(200)]
CSV = "\n".join(",".join(map(str, row)) for row in ROWS)
JSON = json.dumps(ROWS)


def test_parse_csv(benchmark, careful):
    orders = benchmark(parse_csv, CSV, careful=careful)
    assert len(orders) == len(ROWS)


def test_parse_json(benchmark):
    benchmark.extra_info["bytes"] = len(JSON)
    assert benchmark(parse_json, JSON)[0].customer == "customer 0"


def test_rank_customers(benchmark):
    orders = parse_csv(CSV)
    ranking = benchmark(rank_customers, orders)
    assert ranking[0][1] >= ranking[-1][1]


def test_smooth(benchmark):
    demand = np.arange(40_000, dtype=float).reshape(100, 400)
    assert benchmark(smooth, demand).shape == (100, 393)


def test_archive(benchmark, tmp_path):
    assert benchmark(archive, tmp_path, [CSV[:500]] * 5) == 2500


def test_fetch_prices(benchmark):
    assert len(benchmark(fetch_prices, [f"item {n}" for n in range(50)])) == 50


def test_an_order_has_a_price():
    assert parse_csv("a,b,1,2.5")[0].price == 2.5
