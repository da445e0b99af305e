"""Every kind of report in every format, as files that a reviewer can read; `--golden-update` rewrites them."""

from pathlib import Path

import pytest
from report_cases import CASES, with_samples

from pytest_perfgate.report import render

FOLDER = Path(__file__).parent / "reports"
ENDINGS = (".txt", ".md", ".json", ".html")


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("case", CASES)
def test_a_report_reads_as_it_was_agreed(case, ending, request):
    path = FOLDER / f"{case}{ending}"
    report = with_samples(CASES[case]) if case in {"regression", "throughput"} else CASES[case]
    text = render(report, ending)
    if request.config.getoption("--golden-update"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    assert text == path.read_text(encoding="utf-8"), f"if this is meant: pytest {__file__} --golden-update"


def test_every_golden_file_belongs_to_a_case():
    assert {path.name for path in FOLDER.iterdir()} == {f"{case}{ending}" for case in CASES for ending in ENDINGS}
