"""Finding change points: every method on the same series, whose changes are known.

    python benchmarks/change_points/run.py [--series 40] [--recorded FOLDER...] [--turing FOLDER]

`--recorded`: stores of runs of unchanged code, as `benchmarks/accuracy/record.py` makes them: their levels, with the
machine's speed taken out, are one of the noises. `--turing`: a clone of github.com/alan-turing-institute/TCPD.
The other methods take part when their libraries are here: `pip install ruptures apache-otava asv`.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import defaultdict
from pathlib import Path

import numpy as np

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]
from methods import available
from results import write
from scoring import covering, f1, matched
from series import LENGTHS, cases, turing

from pytest_perfgate.storage import open_store
from pytest_perfgate.workflows.histories import histories


def recorded_noise(folders):
    """Logarithms of adjusted levels of unchanged code, one array per benchmark."""
    found = []
    for folder in folders:
        store = open_store("runs", folder)
        for fingerprint in store.environments():
            for table in histories(store, fingerprint, metrics=("execution_time",)):
                logs = np.log(table.compared())
                found += [column[np.isfinite(column)] - np.nanmedian(column) for column in logs.T]
    return found


class Tally:
    def __init__(self):
        self.f1, self.covering, self.took = [], [], 0.0
        self.true = self.found = self.hits = 0

    def add(self, case, found, took):
        self.f1.append(f1(case.annotations, found))
        self.covering.append(covering(case.annotations, found, len(case.values)))
        self.took += took
        truth = case.annotations[0]
        hits = len(matched(truth, found))
        self.true, self.found, self.hits = self.true + len(truth), self.found + len(found), self.hits + hits

    def row(self, name):
        precision = self.hits / self.found if self.found else 1.0
        recall = self.hits / self.true if self.true else 1.0
        return f"| {name} | {precision:.3f} | {recall:.3f} | {np.mean(self.f1):.3f} | {np.mean(self.covering):.3f} | {1000 * self.took / len(self.f1):.1f} |"


HEAD = [
    "| method | precision | recall | F1 | covering | ms per series |",
    "| --- | --- | --- | --- | --- | --- |",
]


def run(series, methods):
    overall = {name: Tally() for name in methods}
    by = {part: defaultdict(lambda: {name: Tally() for name in methods}) for part in ("length", "noise", "kind")}
    for case in series:
        for name, method in methods.items():
            began = time.process_time()
            found = method(case.values)
            took = time.process_time() - began
            if found is None:
                continue
            for tally in (
                overall[name],
                by["length"][len(case.values)][name],
                by["noise"][case.noise][name],
                by["kind"][case.kind][name],
            ):
                tally.add(case, found, took)
    return overall, by


def matrix(title, groups, methods):
    rows = [f"| {title} | " + " | ".join(methods) + " |", "| --- |" + " --- |" * len(methods)]
    for group, tallies in groups.items():
        cells = [f"{np.mean(tallies[name].f1):.3f}" if tallies[name].f1 else "-" for name in methods]
        rows.append(f"| {group} | " + " | ".join(cells) + " |")
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--series", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--recorded", type=Path, nargs="*", default=[])
    parser.add_argument("--turing", type=Path)
    parser.add_argument("--only", nargs="*", help="names of methods; prints and writes nothing")
    arguments = parser.parse_args()
    methods = available()
    if arguments.only:
        methods = {name: methods[name] for name in arguments.only}
    overall, by = run(cases(recorded_noise(arguments.recorded), arguments.series, arguments.seed), methods)
    body = [
        (
            f"{len(next(iter(overall.values())).f1):,} series of {LENGTHS[0]} to {LENGTHS[-1]:,} points whose changes are known "
            "(2 to 8 times the scatter); a change counts as found within 5 points. F1 and covering as the Turing benchmark "
            "defines them, averaged over the series. E-divisive with permutations up to 200 points, PELT up to 1,000."
        ),
        "",
        *HEAD,
        *(tally.row(name) for name, tally in overall.items()),
    ]
    for title in by:
        body += ["", f"F1 by {title}:", "", *matrix(title, by[title], methods)]
    if arguments.turing:
        theirs, _ = run(turing(arguments.turing), methods)
        count = len(next(iter(theirs.values())).f1)
        names = ", ".join(case.kind for case in turing(arguments.turing))
        body += ["", f"{count} series of the Turing set ({names}), five annotators each:", "", *HEAD]
        body += [tally.row(name) for name, tally in theirs.items()]
    if arguments.only:
        print("\n".join(body))
    else:
        write(__file__, "Change points", "\n".join(body))


if __name__ == "__main__":
    main()
