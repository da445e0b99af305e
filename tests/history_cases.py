"""A project's history whose every number is known."""

import math
import random
from datetime import timedelta

from builders import ENVIRONMENT, START

from pytest_perfgate.model import Commit, ConfidenceInterval, Run
from pytest_perfgate.model.change_point import ChangePoint, change_id
from pytest_perfgate.model.metric import EXECUTION_TIME
from pytest_perfgate.model.project_history import EnvironmentHistory, ProjectHistory, RecordedSeries

HOSTILE = "t.py::<img src=x onerror=document.title='owned'></script><script>document.title='owned'</script>"


def known_history(names=("t.py::plain", HOSTILE), runs=40, *, step=25):
    headers = tuple(
        Run(
            id=f"run{number:06d}",
            started_at=START + timedelta(hours=number),
            environment=ENVIRONMENT,
            samples=(),
            commit=Commit(f"{number:040x}", branch="main", subject=f"Change {number} </script><b>"),
        )
        for number in range(runs)
    )
    series = tuple(_series(place, name, headers, step if place == 0 else None) for place, name in enumerate(names))
    return ProjectHistory((EnvironmentHistory(ENVIRONMENT, headers, series, ("2 runs were left out",)),))


def _series(place, name, headers, step):
    dice = random.Random(place)
    base = 1e-3 * (1 + place)
    adjusted = [
        base * (1.2 if step is not None and n >= step else 1.0) * math.exp(dice.gauss(0, 0.004))
        for n in range(len(headers))
    ]
    level = [value * math.exp(dice.gauss(0, 0.05)) for value in adjusted]
    changes = ()
    if step is not None:
        run = headers[step]
        changes = (
            ChangePoint(
                id=change_id(name, "execution_time", run.id),
                benchmark=name,
                metric=EXECUTION_TIME,
                run=run.id,
                since=run.started_at,
                bad=run.commit.revision,
                good=headers[step - 1].commit.revision,
                known_bad=run.commit.revision,
                places=1,
                before=base,
                after=1.2 * base,
                relative_change=0.2,
                interval=ConfidenceInterval(0.95, 0.19, 0.21),
                p_value=1e-12,
                runs=len(headers) - step,
                improved=False,
            ),
        )
    return RecordedSeries(
        benchmark=name,
        metric=EXECUTION_TIME,
        level=tuple(level),
        adjusted=tuple(adjusted),
        lowest=tuple(value * 0.97 for value in level),
        highest=tuple(value * 1.05 for value in level),
        processes=(3,) * len(headers),
        changes=changes,
    )
