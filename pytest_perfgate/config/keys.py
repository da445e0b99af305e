"""Every configuration key in one table: it makes the settings, the help and the documentation."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from pytest_perfgate.config.checks import (
    a_baseline,
    a_choice,
    a_flag,
    a_number,
    a_text,
    a_whole,
    metric_names,
    minimum_changes,
    report_files,
    tables,
    texts,
)
from pytest_perfgate.model.metric import JUDGED_BY_DEFAULT


class Key(Struct, frozen=True):
    """One configuration key: `check` turns a raw value into the real one or says what is wanted."""

    name: str
    default: object
    check: Callable[[object], object]
    help: str


KEYS: tuple[Key, ...] = (
    Key("baseline", "baselines", a_baseline, "Where recorded runs are kept: a folder, or 'git-branch:NAME'."),
    Key("processes", 3, a_whole(1), "Fresh processes per run; processes are the replicates."),
    Key("max_time", 0.45, a_number(0), "Seconds of measuring per benchmark over all processes of one look."),
    Key("benchmark_timeout", 300.0, a_number(0), "Seconds after which a silent benchmark process is stopped."),
    Key(
        "report",
        (),
        report_files,
        "Files to write the report to: .json, .md, .html, .txt or .zip (with the numbers) by ending.",
    ),
    Key("only_benchmarks", False, a_flag, "Run no test that measures nothing."),
    Key("suite", "", a_text, "Name of the suite, where one store keeps several."),
    Key("method", "canary", a_choice("canary", "welch"), "'canary', or the textbook 'welch' on pooled values."),
    Key("alpha", 0.01, a_number(0, 1), "Error level after the correction for the size of the suite."),
    Key(
        "correction",
        "benjamini-hochberg",
        a_choice("benjamini-hochberg", "holm", "none"),
        "How alpha is corrected for the number of comparisons.",
    ),
    Key(
        "tolerance",
        "standard",
        a_choice("standard", "wide"),
        "Preset of the minimum changes; 'wide' is 10/15/10/20 %.",
    ),
    Key(
        "min_change",
        {},
        minimum_changes,
        "Smallest relative change that matters, by metric or kind; wins over tolerance.",
    ),
    Key(
        "metrics",
        JUDGED_BY_DEFAULT,
        metric_names,
        "Metrics that the gate judges; the others are recorded only.",
    ),
    Key("against", "", a_text, "Revision to measure against in the same minutes; 'merge-base' finds the fork point."),
    Key("budget", 60.0, a_number(0), "Seconds for a paired run, start-up included, tests that measure nothing not."),
    Key("setup", "", a_text, "Command that installs one side into its own virtual environment."),
    Key(
        "benchmarks_from",
        "candidate",
        a_choice("candidate", "base"),
        "Whose benchmark files measure both sides of a paired run.",
    ),
    Key("benchmark_code", (), texts, "Globs of helper files that belong to the benchmarks, not to the project."),
    Key("alternate", False, a_flag, "Run the two sides process after process, not slice by slice; less sharp."),
    Key("measure_unchanged", False, a_flag, "Measure a base from which nothing differs, too (an A/A run)."),
    Key("pin", True, a_flag, "Hold both sides of a paired run on one core."),
    Key(
        "paired_min_change",
        {},
        minimum_changes,
        "Smallest relative change that matters in a paired run, by metric or kind; wins over min_change.",
    ),
    Key(
        "confirm",
        "paired",
        a_choice("paired", "baseline"),
        "How the baseline gate looks again: paired with the baseline's commit where it can be, or as before.",
    ),
    Key(
        "anomaly",
        "advise",
        a_choice("advise", "retry", "fail"),
        "What an unusual run means: a line of advice, a second measurement, or no pass.",
    ),
    Key("min_history", 50, a_whole(10), "Earlier runs that it takes to call a run unusual."),
    Key("minimum_runs", 3, a_whole(1), "Fewer recorded runs than this are no baseline."),
    Key("max_looks", 5, a_whole(1), "Looks at a benchmark in doubt, the first included."),
    Key("window_days", 30, a_whole(1), "Recorded runs older than this are no reference."),
    Key("window_runs", 50, a_whole(1), "At most so many recorded runs are the reference."),
    Key("target_branch", "", a_text, "Branch whose merge base is the reference; empty finds it."),
    Key("ignore_damaged", False, a_flag, "Judge on what is left when a recorded file is damaged."),
    Key("seed", 0, a_whole(0), "Seed of the benchmarks' order; 0 takes a new one each time and prints it."),
    Key("key_dependencies", (), texts, "Packages whose versions split environments, such as numpy."),
    Key("importers", {}, tables, "Settings of importers, by format: [tool.perfgate.importers.csv]; see formats.md."),
    Key("environment_label", "", a_text, "A name of your own for machines that look alike but are not."),
)
BY_NAME = {key.name: key for key in KEYS}
