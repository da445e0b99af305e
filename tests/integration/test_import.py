"""`perfgate import` as a user has it: several outputs, recorded, judged, refused."""

import json
import os
import random
import subprocess

import pytest
from criterion_trees import message, result, write

NAMES = {"parse/small": 100.0, "parse/large": 9e4, "sort": 2000.0, "hash": 30.0}


def tree(folder, seed, *, slow=(), names=NAMES, factor=1.3):
    """One `cargo bench` into a folder of its own: another machine's mood each time, 1 % either way."""
    dice = random.Random(seed)
    files = {}
    for name, ns in names.items():
        cost = ns * (factor if name in slow else 1.0) * (1 + dice.uniform(-0.01, 0.01))
        files.update(result(*name.split("/"), ns=cost))
    return write(folder, files)


def trees(project, name, count, **options):
    return [tree(project / f"{name}{number}", f"{name}{number}", **options) for number in range(count)]


def record(perfgate, project, runs=5, processes=1):
    for number in range(runs):
        code, out, err = perfgate("import", "criterion", *trees(project, f"base{number}-", processes), "--record")
        assert code == 0, err
        assert "recorded: " in out


def stored(project):
    return sorted(project.glob("baselines/*/*.jsonl"))


def test_without_record_nothing_is_recorded_and_all_is_shown(project, perfgate):
    code, out, _ = perfgate("import", "criterion", tree(project / "t", 1))
    assert code == 0
    assert "4 benchmarks, 1 process" in out
    assert "parse/small · execution_time 99" in out
    assert "20 values" in out
    assert stored(project) == []


def test_the_usual_place_is_read_when_no_folder_is_named(project, perfgate, monkeypatch):
    assert perfgate("import", "criterion")[0] == 2
    tree(project / "target" / "criterion", 1)
    (project / "crates" / "one").mkdir(parents=True)
    monkeypatch.chdir(project / "crates" / "one")
    assert "4 benchmarks" in perfgate("import", "criterion")[1]
    monkeypatch.setenv("CARGO_TARGET_DIR", str(tree(project / "elsewhere" / "criterion", 2, names={"x": 1.0}).parent))
    assert "1 benchmark," in perfgate("import", "criterion")[1]


def test_five_folders_of_slower_code_fail_and_the_same_code_passes(project, perfgate):
    record(perfgate, project)
    code, out, _ = perfgate("import", "criterion", *trees(project, "same", 5), "--check")
    assert code == 0, out
    code, out, _ = perfgate("import", "criterion", *trees(project, "slow", 5, slow=["sort"]), "--check")
    assert code == 1, out
    assert "FAIL: 1 benchmark got worse" in out
    assert "sort" in out
    assert len(stored(project)) == 5


def test_one_run_alone_is_inconclusive_and_says_why(project, perfgate):
    record(perfgate, project)
    for candidate in (tree(project / "one", 9), tree(project / "two", 9, slow=["sort"], factor=3)):
        code, out, _ = perfgate("import", "criterion", candidate, "--check", "--json")
        report = json.loads(out)
        assert code == 10
        assert report["outcome"] == "nothing conclusive"
        assert "in one process" in report["explanation"]
        assert {row["verdict"] for row in report["judgements"]} == {"inconclusive"}
        assert all("one process alone" in row["reason"] for row in report["judgements"])
        assert {row["comparison"]["method"] for row in report["judgements"]} == {"levels"}


def test_both_at_once_records_only_what_passed(project, perfgate):
    record(perfgate, project)
    code, _, _ = perfgate("import", "criterion", *trees(project, "slow", 4, slow=["sort"]), "--check", "--record")
    assert (code, len(stored(project))) == (1, 5)
    code, out, _ = perfgate("import", "criterion", *trees(project, "same", 4), "--check", "--record")
    assert (code, len(stored(project))) == (0, 6), out


def test_runs_recorded_one_by_one_are_judged_together_by_pool(project, perfgate):
    git(project, "init", "-q")
    (project / ".gitignore").write_text("*\n")
    git(project, "add", "-f", ".gitignore")
    git(project, "commit", "-q", "-m", "first")
    record(perfgate, project)
    git(project, "commit", "-q", "--allow-empty", "-m", "second")
    for number in range(4):
        perfgate("import", "criterion", tree(project / f"c{number}", f"c{number}", slow=["sort"]), "--record")
    last = tree(project / "c4", "c4", slow=["sort"])
    code, out, _ = perfgate("import", "criterion", last, "--check")
    assert code == 10, out
    code, out, _ = perfgate("import", "criterion", last, "--check", "--pool", "--json")
    assert code == 1, out
    assert {row["comparison"]["candidate_processes"] for row in json.loads(out)["judgements"]} == {5}


def git(folder, *arguments):
    identity = ["-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "init.defaultBranch=main"]
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


def test_pool_needs_a_clean_commit_and_check(project, perfgate):
    record(perfgate, project)
    assert perfgate("import", "criterion", tree(project / "x", 7), "--pool")[0] == 2
    code, _, err = perfgate("import", "criterion", project / "x", "--check", "--pool")
    assert code == 10
    assert "clean commit" in err


def test_the_named_files_do_not_make_the_commit_dirty(project, perfgate):
    git(project, "init", "-q")
    (project / "code.rs").write_text("")
    folder = tree(project / "results", 1)
    git(project, "add", ".")
    git(project, "commit", "-q", "-m", "first")
    tree(project / "results", 2)
    dirty = lambda *options: json.loads(perfgate("import", "criterion", folder, "--json", *options)[1])["runs"][0][
        "commit"
    ]["dirty"]
    assert dirty() is False
    (project / "code.rs").write_text("changed")
    assert dirty() is True
    assert dirty("--commit", "HEAD") is False
    code, _, err = perfgate("import", "criterion", folder, "--commit", "no-such-thing")
    assert code == 2
    assert "There is no commit 'no-such-thing'" in err


def test_a_copy_is_no_replicate(project, perfgate):
    first = tree(project / "a", 1)
    tree(project / "b", 1)
    code, _, err = perfgate("import", "criterion", first, project / "b")
    assert code == 10
    assert "holds the same values as" in err
    code, _, err = perfgate("import", "criterion", first, f"{first}/../a")
    assert code == 2
    assert "are the same" in err
    assert perfgate("import", "criterion", first, "--record")[0] == 0
    code, _, err = perfgate("import", "criterion", first, "--record")
    assert code == 10
    assert "recorded already as" in err
    assert len(stored(project)) == 1


def test_a_run_that_is_recorded_is_not_its_own_reference(project, perfgate):
    record(perfgate, project, runs=4)
    slow = trees(project, "slow", 3, slow=["sort"])
    perfgate("import", "criterion", *slow, "--record")
    code, out, _ = perfgate("import", "criterion", *slow, "--check", "--json")
    assert code == 1
    report = json.loads(out)
    assert {row["comparison"]["baseline_runs"] for row in report["judgements"]} == {4}
    assert any("recorded already as" in line for line in report["warnings"])


def test_benchmarks_that_were_not_run_again_are_left_out(project, perfgate):
    record(perfgate, project, runs=3)
    newest = tree(project / "again", 77)
    write(newest, {path: text for path, text in _files(project / "base2-0").items() if path.startswith("sort/")})
    code, out, _ = perfgate("import", "criterion", newest, "--json")
    assert code == 0
    code, out, _ = perfgate("import", "criterion", newest, tree(project / "other", 78), "--check", "--json")
    report = json.loads(out)
    assert any("'sort'" in line and "was not run again" in line for line in report["warnings"])


def _files(folder):
    return {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*.json")}


def test_crates_are_told_apart_by_cargo_toml_or_by_name(project, perfgate):
    for name in ("one", "two"):
        tree(project / name / "target" / "criterion", name, names={"sort": 100.0})
        (project / name / "Cargo.toml").write_text(f'[package]\nname = "{name}"\nversion = "0.1.0"\n')
    code, out, _ = perfgate("import", "criterion", "one/target/criterion", "two/target/criterion")
    assert code == 0
    assert "one::sort" in out
    assert "two::sort" in out
    assert "named::sort" in perfgate("import", "criterion", "one/target/criterion", "--crate", "named")[1]


def test_missing_benchmarks_do_not_pass_unless_a_part_was_meant(project, perfgate):
    record(perfgate, project)
    part = trees(project, "part", 5, names={"sort": 2000.0, "hash": 30.0})
    code, out, _ = perfgate("import", "criterion", *part, "--check")
    assert code == 10
    assert "missing benchmarks" in out
    assert perfgate("import", "criterion", *part, "--check", "--partial")[0] == 0


def test_imported_runs_are_never_compared_with_another_tool_or_version(project, perfgate):
    (project / "Cargo.lock").write_text('[[package]]\nname = "criterion"\nversion = "0.4.0"\n')
    record(perfgate, project, runs=3)
    (project / "Cargo.lock").write_text('[[package]]\nname = "criterion"\nversion = "0.5.1"\n')
    code, out, _ = perfgate("import", "criterion", *trees(project, "new", 3), "--check")
    assert code == 10
    assert "other environment" in out
    assert "perfgate import … --record" in " ".join(out.split())


def test_a_first_check_says_how_to_record(project, perfgate):
    code, out, _ = perfgate("import", "criterion", tree(project / "t", 1), "--check")
    assert code == 10
    assert "perfgate import … --record" in " ".join(out.split())


def test_reports_are_written_for_a_check_as_the_configuration_says(project, perfgate):
    (project / "pyproject.toml").write_text('[tool.perfgate]\nreport = ["report.md"]\n')
    record(perfgate, project)
    assert perfgate("import", "criterion", *trees(project, "same", 3), "--check")[0] == 0
    assert "sort" in (project / "report.md").read_text()


def test_a_stream_is_read_from_standard_input(project, perfgate, monkeypatch):
    (project / "stream").write_text(message("a"))
    with (project / "stream").open() as file:
        monkeypatch.setattr("sys.stdin", file)
        code, out, err = perfgate("import", "auto", "-")
    assert code == 0, err
    assert "1 benchmark, 1 process" in out


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["import", "criterion", "no-such-folder"], 10, "'no-such-folder': it can't be read: No such file"),
        (["import", "criterionn", "."], 2, "Did you mean 'criterion'"),
        (["import", "nonsense", "."], 2, "There are: auto, criterion"),
        (["import", "auto"], 2, "'auto' needs the file or folder"),
        (["import", "auto", "empty"], 10, "'empty': the folder is empty"),
        (["import", "auto", "text.txt"], 10, "in no format that is known"),
        (["import", "criterion", "text.txt"], 10, "no 'benchmark-complete' message"),
        (["import", "criterion", "t", "--set", "crate"], 2, "must be KEY=VALUE"),
        (["import", "criterion", "t", "--set", "create=x"], 2, "has no setting 'create'; it has: crate"),
        (["import", "criterion", "t", "--set", "gap=soon"], 2, "'gap' is 'soon'; it must be a whole number"),
        (["import", "csv", "text.txt", "--include-stale"], 2, "has no setting 'include_stale'"),
        (["import"], 2, "Missing argument"),
    ],
)
def test_what_is_wrong_is_one_message_with_the_right_exit_code(project, perfgate, arguments, code, words):
    (project / "empty").mkdir()
    (project / "text.txt").write_text("hello\n")
    tree(project / "t", 1)
    found, _, err = perfgate(*arguments)
    assert words in err
    assert found == code


def test_settings_come_from_the_configuration_and_problems_are_all_shown(project, perfgate):
    tree(project / "t", 1)
    (project / "pyproject.toml").write_text('[tool.perfgate.importers.criterion]\ncrate = "conf"\n')
    assert "conf::sort" in perfgate("import", "criterion", "t")[1]
    (project / "pyproject.toml").write_text("[tool.perfgate.importers.criterion]\ncrate = 1\ngapp = 2\n")
    code, _, err = perfgate("import", "criterion", "t")
    assert code == 2
    assert "'crate' is 1; it must be a text" in err
    assert "no setting 'gapp'" in err


def test_a_folder_of_two_formats_is_not_guessed(project, perfgate):
    session = {"machine_info": {}, "benchmarks": [], "datetime": "", "reason": "benchmark-complete"}
    (project / "both.json").write_text(json.dumps({**session, "x": "benchmark-complete"}))
    code, _, err = perfgate("import", "auto", "both.json")
    assert code == 10
    assert "can be read as 'criterion' and 'pytest-benchmark'" in err


def test_a_run_that_does_not_land_takes_the_others_with_it(project, perfgate, monkeypatch):
    csv = "benchmark,value,run,started_at\n" + "".join(f"a,{n}.5,{n},2026-03-0{n}T12:00:00\n" for n in range(1, 4))
    (project / "runs.csv").write_text(csv)
    from pytest_perfgate.errors import StoreError
    from pytest_perfgate.storage.git_baselines import FileBaselines

    save, saved = FileBaselines.save_run, []

    def fail_at_the_third(self, run):
        if len(saved) == 2:
            raise StoreError("The disk is full.")
        saved.append(run)
        return save(self, run)

    monkeypatch.setattr(FileBaselines, "save_run", fail_at_the_third)
    code, _, err = perfgate("import", "csv", "runs.csv", "--record")
    assert (code, stored(project)) == (11, []), err
    monkeypatch.setattr(FileBaselines, "save_run", save)
    assert perfgate("import", "csv", "runs.csv", "--record")[0] == 0
    assert len(stored(project)) == 3


def test_check_refuses_a_history_of_several_runs(project, perfgate):
    (project / "runs.csv").write_text("benchmark,value,run\na,1,x\na,2,y\n")
    code, _, err = perfgate("import", "csv", "runs.csv", "--check")
    assert code == 10
    assert "holds 2 runs" in err


def test_values_are_kept_but_at_most_a_hundred_per_process(project, perfgate):
    (project / "many.csv").write_text("benchmark,value\n" + "".join(f"a,{1 + n / 1000}\n" for n in range(5000)))
    assert perfgate("import", "csv", "many.csv", "--record")[0] == 0
    from pytest_perfgate import load_runs

    (run,) = load_runs(project, slices=True)
    (sample,) = run.samples
    assert len(sample.values) == 100
    assert sample.location == pytest.approx(1.4999)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root and Windows read everything")
def test_an_unreadable_file_is_named(project, perfgate):
    tree(project / "t", 1)
    (project / "t/sort/new/sample.json").chmod(0)
    code, _, err = perfgate("import", "criterion", "t")
    assert code == 10
    assert "t/sort/new/sample.json': it can't be read: Permission denied" in err
