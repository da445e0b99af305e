"""The main job, whole: real pytest processes, a fake clock."""

import json
import sys

import pytest


def last_line(result):
    lines = [line for line in result.outlines if " compared, " in line]
    return lines[-1] if lines else ""


def test_unchanged_code_passes(recorded):
    result = recorded.gate()
    assert result.ret == 0
    result.stdout.fnmatch_lines(["PASS: no benchmark got slower"])
    assert last_line(result) == "4 compared, 0 regressed, 0 inconclusive, 0 new, 0 missing"


def test_slower_code_fails_and_is_named_and_nothing_else_is(recorded):
    result = recorded.gate(slow="b=15")
    assert result.ret == 1
    result.stdout.fnmatch_lines(["FAIL: 1 benchmark got worse", "*test_it[[]b[]]*regressed*+1?.? %*"])
    assert last_line(result) == "4 compared, 1 regressed, 0 inconclusive, 0 new, 0 missing"
    result.stdout.fnmatch_lines(["  perfgate accept 'test_it.py::test_it[[]b[]]' --at-most 15.* --reason *"])


def test_faster_code_passes_and_is_shown(recorded):
    result = recorded.gate(slow="c=-20")
    assert result.ret == 0
    result.stdout.fnmatch_lines(["*test_it[[]c[]]*improved*-20.? %*"])
    assert "1 improved" in last_line(result)


def test_a_slow_machine_is_no_slow_code(recorded):
    text = (recorded.pytester.path / "conftest.py").read_text()
    (recorded.pytester.path / "conftest.py").write_text(text.replace("spread=0.03)", "spread=0.03) * 1.3"))
    result = recorded.gate()
    assert result.ret == 0
    result.stdout.fnmatch_lines(["The machine was ?? % slower than in the recorded runs;*"])


def test_what_is_in_doubt_is_measured_again_and_only_that(recorded):
    result = recorded.gate(slow="b=15")
    result.stdout.fnmatch_lines(["perfgate: look 2, process 1 of 2, 1 in doubt"])


def test_nothing_recorded_cannot_be_judged(recorded):
    result = recorded.gate("--perfgate-baseline=elsewhere")
    assert result.ret == 10
    result.stdout.fnmatch_lines(["COULD NOT JUDGE: no baseline", "*pytest --perfgate-record*"])


def test_too_few_runs_cannot_be_judged(recorded):
    recorded.run_files[0].unlink()
    result = recorded.gate()
    assert result.ret == 10
    result.stdout.fnmatch_lines(["COULD NOT JUDGE: too few runs"])


def test_another_environment_cannot_be_judged(recorded):
    result = recorded.gate(PERFGATE_ENVIRONMENT_LABEL="another")
    assert result.ret == 10
    result.stdout.fnmatch_lines(["COULD NOT JUDGE: other environment"])


def test_a_damaged_baseline_cannot_be_judged_unless_told_to(recorded):
    recorded.record(1, PERFGATE_SEED=5)
    damaged = recorded.run_files[1]
    damaged.write_bytes(damaged.read_bytes()[:-200])
    result = recorded.gate()
    assert result.ret == 10
    result.stdout.fnmatch_lines(["COULD NOT JUDGE: damaged baseline"])
    assert damaged.name in "".join(result.outlines).replace(" ", "")
    told = recorded.gate(PERFGATE_IGNORE_DAMAGED="true")
    assert told.ret == 0
    assert "truncated" in told.stdout.str()


def test_a_new_benchmark_passes_and_is_shown(recorded):
    recorded.write(test_new="from conftest import spend\ndef test_new(benchmark):\n    benchmark(spend, 'n', 1e-4)\n")
    result = recorded.gate()
    assert result.ret == 0
    assert last_line(result) == "4 compared, 0 regressed, 0 inconclusive, 1 new, 0 missing"


def _drop_one(suite):
    path = suite.pytester.path / "test_it.py"
    path.write_text(path.read_text().replace('"c", "d"]', '"c"]'))


def test_a_vanished_benchmark_does_not_pass(recorded):
    _drop_one(recorded)
    result = recorded.gate()
    assert result.ret == 10
    result.stdout.fnmatch_lines(["COULD NOT JUDGE: missing benchmarks"])
    assert last_line(result).endswith("1 missing")


def test_a_removal_can_be_accepted(recorded):
    _drop_one(recorded)
    done = recorded.pytester.run(
        sys.executable, "-m", "pytest_perfgate", "accept", "test_it.py::test_it[d]", "--removed", "--reason", "moved"
    )
    assert done.ret == 0
    result = recorded.gate()
    assert result.ret == 0
    assert "1 accepted" in last_line(result)


def test_a_rename_keeps_its_history(recorded):
    path = recorded.pytester.path / "test_it.py"
    path.write_text(
        path.read_text().replace('"c", "d"]', '"c", "e"]').replace("spend, name", 'spend, name.replace("e", "d")')
    )
    name = "test_it.py::test_it[{}]"
    done = recorded.pytester.run(
        sys.executable,
        "-m",
        "pytest_perfgate",
        "accept",
        name.format("d"),
        "--renamed-to",
        name.format("e"),
        "--reason",
        "renamed",
    )
    assert done.ret == 0
    result = recorded.gate()
    assert result.ret == 0
    assert last_line(result).startswith("4 compared, 0 regressed, 0 inconclusive, 0 new, 0 missing")


@pytest.mark.parametrize(
    "selection", [["-k", "test_it[a]"], ["test_it.py::test_it[a]"], ["--deselect", "test_it.py::test_it[d]"]]
)
def test_what_was_not_selected_is_not_missing(recorded, selection):
    result = recorded.gate(*selection)
    assert result.ret == 0
    assert "0 missing" in last_line(result)
    assert "not selected" in last_line(result)


def test_a_filter_that_selects_nothing_does_not_pass(recorded):
    result = recorded.gate("-k", "nothing_has_this_name")
    assert result.ret == 10
    result.stdout.fnmatch_lines(["COULD NOT JUDGE: nothing selected"])


def test_benchmarks_that_are_switched_off_do_not_pass(recorded):
    for option in ("--benchmark-disable", "--benchmark-skip"):
        result = recorded.gate(option)
        assert result.ret == 10, option
        result.stdout.fnmatch_lines(["COULD NOT JUDGE: nothing measured"])


def test_failing_tests_fail_the_build_and_nothing_is_judged_or_recorded(recorded):
    recorded.write(test_fails="def test_fails():\n    assert False\n")
    before = recorded.run_files
    result = recorded.gate("--perfgate-record")
    assert result.ret == 1
    result.stdout.fnmatch_lines(["NOT JUDGED: tests failed"])
    assert recorded.run_files == before


def test_a_run_is_recorded_together_with_the_gate_only_when_it_passes(recorded):
    assert recorded.gate("--perfgate-record", slow="a=20").ret == 1
    assert len(recorded.run_files) == 3
    assert recorded.gate("--perfgate-record").ret == 0
    assert len(recorded.run_files) == 4


def test_an_accepted_change_passes_but_not_a_larger_one(recorded):
    name = "test_it.py::test_it[b]"
    done = recorded.pytester.run(
        sys.executable, "-m", "pytest_perfgate", "accept", name, "--at-most", "16%", "--reason", "it checks now"
    )
    assert done.ret == 0
    assert recorded.gate(slow="b=15").ret == 0
    assert recorded.gate(slow="b=30").ret == 1


def test_reports_are_written_in_every_format(recorded):
    names = ["out/report.json", "report.md", "report.html", "report.txt"]
    result = recorded.gate(*(f"--perfgate-report={name}" for name in names), slow="a=20")
    assert result.ret == 1
    report = json.loads((recorded.pytester.path / names[0]).read_text())
    assert report["exit_code"] == 1
    assert [row["benchmark"] for row in report["judgements"] if row["verdict"] == "regressed"] == [
        "test_it.py::test_it[a]"
    ]
    assert "1 of 4 benchmarks is slower" in (recorded.pytester.path / "report.md").read_text()
    assert "<svg" in (recorded.pytester.path / "report.html").read_text()


def test_a_report_that_cannot_be_written_is_infrastructure(recorded):
    (recorded.pytester.path / "file").write_text("")
    result = recorded.gate("--perfgate-report=file/report.json")
    assert result.ret == 11


def test_a_store_that_is_a_file_is_infrastructure(recorded):
    (recorded.pytester.path / "a file").write_text("")
    result = recorded.run("--perfgate-record", "--perfgate-baseline=a file")
    assert result.ret == 11
    result.stdout.fnmatch_lines(["COULD NOT JUDGE: store unavailable"])


def test_the_textbook_method_is_selectable(recorded):
    result = recorded.gate(slow="a=50", PERFGATE_METHOD="welch")
    assert result.ret == 1
    result.stdout.fnmatch_lines(["*test_it[[]a[]]*regressed*"])


def test_the_seed_is_printed_and_shuffles(recorded):
    result = recorded.gate(PERFGATE_SEED=77)
    result.stdout.fnmatch_lines(["perfgate: 2 processes, seed 77, baseline 'baselines'"])


def test_other_tests_run_once(recorded):
    recorded.write(
        test_once="from pathlib import Path\ndef test_once():\n    with Path('count').open('a') as f: f.write('x')\n"
    )
    recorded.gate()
    assert (recorded.pytester.path / "count").read_text() == "x"


def test_only_benchmarks_run_when_asked(recorded):
    result = recorded.gate("--perfgate-only-benchmarks")
    result.assert_outcomes(passed=4, deselected=1)


def test_a_plain_start_is_as_if_we_were_not_there(recorded):
    result = recorded.run()
    assert result.ret == 0
    assert "perfgate:" not in result.stdout.str()
    assert recorded.run("-p", "no:perfgate").ret == 0


def test_wrong_settings_are_shown_all_at_once(recorded):
    recorded.configure("alhpa = 0.1\nprocesses_ = 2\n")
    result = recorded.gate(PERFGATE_MAX_TIME="soon", PERFGATE_METODH="x")
    assert result.ret == 4
    text = result.stderr.str()
    for part in ("'alhpa'", "did you mean 'alpha'", "'processes_'", "PERFGATE_MAX_TIME", "'PERFGATE_METODH'"):
        assert part in text
