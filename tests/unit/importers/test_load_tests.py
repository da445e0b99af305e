"""Locust and k6."""

import json
from pathlib import Path

import pytest

from pytest_perfgate.errors import ForeignFileError
from pytest_perfgate.importers import LOCATION_PART, Source
from pytest_perfgate.importers.files import open_source
from pytest_perfgate.importers.k6 import parse_k6
from pytest_perfgate.importers.locust import parse_locust
from pytest_perfgate.model.metric import ERROR_RATE, NETWORK_LATENCY, THROUGHPUT_ELEMENTS

FOLDER = Path(__file__).parents[2] / "fixtures" / "importers"
PARSE = {"k6": parse_k6, "locust": parse_locust}
CSV = (FOLDER / "locust/2.47.0_stats.csv").read_text(encoding="utf-8")
SUMMARY = json.loads((FOLDER / "k6/0.54-summary-export-generated.json").read_text(encoding="utf-8"))


def read(name):
    path = FOLDER / name
    return PARSE[path.parent.name](open_source(str(path)), {})[0]


def measured(execution):
    return {(s.benchmark, s.metric.name): s.location for s in execution.samples}


def k6(content):
    return parse_k6(Source.of_text(json.dumps(content)), {})[0]


def test_locust_averages_are_exact_latencies_in_milliseconds():
    execution = read("locust/2.47.0_stats.csv")
    found = measured(execution)
    assert found["GET /a.txt", "network_latency"] == pytest.approx(0.010405353)
    assert found["GET /a.txt", "throughput_elements"] == pytest.approx(41.345278)
    assert found["GET /a.txt", "latency_p95"] == 0.015
    assert execution.environment[LOCATION_PART] == "mean"
    assert {NETWORK_LATENCY, THROUGHPUT_ELEMENTS, ERROR_RATE} <= {s.metric for s in execution.samples}


def test_locust_failures_are_a_share_and_methods_tell_requests_apart():
    found = measured(read("locust/2.47.0_stats.csv"))
    rates = {name: value for (name, metric), value in found.items() if metric == "error_rate"}
    assert rates == {"GET /a.txt": 0, "POST /a.txt": 1, 'GET /missing, "x"': 1}


def test_the_row_that_mixes_all_others_is_no_benchmark_but_a_request_of_that_name_is():
    assert not any("Aggregated" in name for name, _ in measured(read("locust/2.47.0_stats.csv")))
    named = CSV.replace("GET,/a.txt", "GET,Aggregated")
    assert ("GET Aggregated", "error_rate") in measured(parse_locust(Source.of_text(named), {})[0])


def test_percentiles_that_locusts_rounding_blurs_are_left_out():
    found = measured(read("locust/2.47.0_stats.csv"))
    assert ('GET /missing, "x"', "latency_p95") not in found  # 8 ms
    assert ("POST /a.txt", "latency_p95") in found  # 12 ms


def test_locust_json_counts_rounded_times_and_knows_when_it_began():
    execution = read("locust/2.47.0.json")
    found = measured(execution)
    assert found["GET /a.txt", "network_latency"] == pytest.approx(622.211204 / 70 / 1000)
    assert found["GET /a.txt", "latency_p99"] == 0.06
    assert found["GET /a.txt", "latency_p95"] == 0.014
    assert execution.started_at.year == 2026


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("10.405353000284622", "10,4", r"line 2: it has not as many cells|line 2"),
        ("10.405353000284622", "fast", r"line 2, column 'Average Response Time': 'fast' is no number"),
        ("Requests/s", "Requests per s", r"line 1: it has not the columns"),
        ('"/missing, ""x"""', '"/missing', r"no CSV|cells"),
    ],
)
def test_what_is_wrong_in_locusts_file_has_a_place(old, new, words):
    with pytest.raises(ForeignFileError, match=words):
        parse_locust(Source.of_text(CSV.replace(old, new), "x.csv"), {})


@pytest.mark.parametrize("name", ["0.54-summary-export", "handle-summary", "machine-readable-1.0.0"])
def test_k6_summaries_of_every_shape_tell_latency_rate_and_failures(name):
    execution = read(f"k6/{name}-generated.json")
    found = measured(execution)
    assert found["http_req", "network_latency"] == pytest.approx(0.01225)
    assert found["http_req", "latency_p95"] == pytest.approx(0.0306, rel=1e-2)
    assert found["http_req", "throughput_elements"] == pytest.approx(40, rel=0.01)
    assert execution.environment[LOCATION_PART] == "median"
    assert "latency_p99" in {metric for _, metric in found} or name.startswith("machine")


def test_the_passes_of_http_req_failed_are_the_requests_that_failed():
    """A rate counts how often it was true, and here that is bad."""
    found = measured(read("k6/0.54-summary-export-generated.json"))
    assert SUMMARY["metrics"]["http_req_failed"]["fails"] == 1188
    assert found["http_req", "error_rate"] == 0.01
    assert found["checks", "error_rate"] == pytest.approx(10 / 2400)
    assert measured(read("k6/handle-summary-generated.json"))["http_req", "error_rate"] == 0


def test_tags_are_part_of_the_name_and_parts_of_a_request_are_no_benchmarks():
    names = {name for name, _ in measured(read("k6/0.54-summary-export-generated.json"))}
    assert names == {"http_req", "http_req{name:login}", "http_req{expected_response:true}", "checks"}


def test_a_custom_trend_of_time_is_a_benchmark_and_one_of_something_else_is_not():
    names = {name for name, _ in measured(read("k6/handle-summary-generated.json"))}
    assert names == {"http_req", "search_time"}


def test_where_most_requests_got_no_answer_there_is_no_latency_and_that_is_said():
    metrics = {**SUMMARY["metrics"], "http_req_duration": {"avg": 0, "med": 0, "p(95)": 0, "p(99)": 3.0}}
    execution = k6({**SUMMARY, "metrics": metrics})
    assert ("http_req", "network_latency") not in measured(execution)
    assert ("http_req", "latency_p99") not in measured(execution)
    assert ("http_req", "error_rate") in measured(execution)
    assert execution.warnings == ("'http_req' has no median above zero, and so no latency",)


@pytest.mark.parametrize("value", ["12", True, [1], 10**400])
def test_what_is_no_number_is_refused(value):
    metrics = {**SUMMARY["metrics"], "http_req_duration": {"med": value}}
    with pytest.raises(ValueError, match="'med' is .* where a number is needed"):
        k6({**SUMMARY, "metrics": metrics})


def test_an_error_rate_beyond_one_is_refused():
    metrics = {**SUMMARY["metrics"], "http_req_failed": {"value": 12}}
    with pytest.raises(ValueError, match="'http_req' has an error rate of 12; it must be from 0 to 1"):
        k6({**SUMMARY, "metrics": metrics})


def test_points_tell_methods_names_and_groups_apart_and_keep_every_latency():
    execution = read("k6/points-generated.json")
    found = measured(execution)
    get, post = "GET http://shop.example/", "POST http://shop.example/login [::buy]"
    assert {name for name, _ in found} == {get, post}
    latencies = next(s for s in execution.samples if (s.benchmark, s.metric.name) == (get, "network_latency"))
    assert len(latencies.values) == 15  # 16 requests, of which one got no answer
    assert min(latencies.values) > 0.012
    assert found[get, "network_latency"] == pytest.approx(sorted(latencies.values)[7])
    assert found[get, "error_rate"] == pytest.approx(1 / 16)
    assert found[get, "throughput_elements"] == pytest.approx(16 / 5.75)
    assert found[get, "latency_p99"] > found[get, "latency_p90"] > found[get, "network_latency"]
    assert execution.started_at.isoformat() == "2026-03-01T12:00:00+01:00"


def test_a_damaged_line_of_points_is_named():
    text = (FOLDER / "k6/points-generated.json").read_text(encoding="utf-8")
    with pytest.raises(ForeignFileError, match=r"'p', line \d+, column \d+: it ends in the middle"):
        parse_k6(Source.of_text(text.rstrip()[:-10], "p"), {})
    with pytest.raises(ValueError, match=r"line 4: 'yesterday' is no time"):
        parse_k6(Source.of_text(text.replace("2026-03-01T12:00:00.000000000+01:00", "yesterday", 1), "p"), {})


def test_the_gate_is_told_to_judge_latencies():
    for name in ("k6/points-generated.json", "locust/2.47.0.json"):
        for facts in read(name).benchmarks.values():
            assert facts.metrics == ("network_latency", "throughput_elements", "error_rate")
