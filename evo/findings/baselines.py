"""The baselines of a run in its record: measured once, read by all that show the run.

Validation figures are there from the start. Those on test data come with the final measurement
of the front, when test figures of networks do.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from evo.errors import describe
from evo.record.recorder import RunRecord
from evo.record.store import Store
from evo.text.amounts import count
from evo.text.figures import figure
from fitness.baselines import Predictor, fit_baselines
from fitness.data.task import Task
from fitness.metric import Metric

KEY = "baselines"  # of the record's facts
EARLIER = {"validation_accuracy": "validation", "test_accuracy": "test"}


@dataclass(frozen=True)
class Baseline:
    """What a fixed textbook model attains, by `metric`.

    `note` says on what it was fitted if not on all training data.
    """

    name: str
    parameters: int
    validation: float
    test: float | None = None
    note: str = ""
    metric: str = "accuracy"  # as it was where a record names none

    def text(self) -> str:
        """Say name, size and what it attains in a line."""
        size = f" ({count(self.parameters)} parameters)" if self.parameters else ""
        test = "" if self.test is None else f", {figure(self.metric, self.test)} on test"
        note = f"; {self.note}" if self.note else ""
        return (
            f"{self.name}{size}: {figure(self.metric, self.validation)} on validation{test}{note}"
        )


class Measuring:
    """Fits a task's baselines when they are first needed, and records what they attain.

    A baseline that cannot be fitted costs the run nothing but a warning.
    """

    def __init__(self, record: RunRecord, task: Task, metric: Metric) -> None:
        self._record, self._task, self._metric = record, task, metric
        self._predictors: tuple[Predictor, ...] = ()

    def on_validation(self) -> None:
        """Record the figures on validation data, unless they are there."""
        if not read_baselines(self._record.store):
            self._write(self._validated())

    def on_test(self) -> None:
        """Record the figures on test data beside the others, unless they are there."""
        known = {one.name: one for one in read_baselines(self._record.store)}
        if all(one.test is not None for one in known.values()):
            return
        self._write(self._tested(known))

    def _validated(self) -> Iterator[Baseline]:
        for one in self._fitted():
            value = one.value(self._metric, self._task.validation)
            yield Baseline(
                one.name, one.parameters, value, note=one.note, metric=self._metric.name
            )

    def _tested(self, known: Mapping[str, Baseline]) -> Iterator[Baseline]:
        for one in self._fitted():
            yield replace(known[one.name], test=one.value(self._metric, self._task.test))

    def _fitted(self) -> tuple[Predictor, ...]:
        self._predictors = self._predictors or fit_baselines(self._task, self._metric)
        return self._predictors

    def _write(self, found: Iterable[Baseline]) -> None:
        try:
            text = json.dumps([asdict(one) for one in found])
        except Exception as error:  # of a library, for unusual data
            self._record.note(
                "warning", f"the baselines could not be measured ({describe(error)})"
            )
            return
        self._record.store.set_meta({KEY: text})


def read_baselines(store: Store) -> tuple[Baseline, ...]:
    """Return the baselines of a run, the trivial one first; none of runs that measured none."""
    found = json.loads(store.meta().get(KEY, "[]"))
    return tuple(Baseline(**{EARLIER.get(k, k): v for k, v in one.items()}) for one in found)


def comparison(baselines: Sequence[Baseline], front: Sequence[Mapping[str, Any]]) -> str:
    """Say in a sentence whether the front was worth a search; empty if nothing can be said.

    `front` are rows with the networks' metric and active parameters. Test figures are compared
    where there are any, else those on validation data.
    """
    if not baselines:
        return ""
    linear, on_test = baselines[-1], baselines[-1].test is not None
    metric = Metric.load(linear.metric)
    key = f"test_{metric.name}" if on_test else metric.name
    least = linear.validation if linear.test is None else linear.test
    rows = [row for row in front if row.get(key) is not None and "active_parameters" in row]
    if not rows:
        return ""
    better = [row for row in rows if (row[key] > least) == metric.rises and row[key] != least]
    small = [row for row in better if row["active_parameters"] <= linear.parameters]
    where = "test" if on_test else "validation"
    text = (
        f"{len(better)} of {count(len(rows))} networks of the front "
        f"{'has' if len(better) == 1 else 'have'} a better {metric.label} on {where} data than "
        f"{linear.name}"
    )
    if not better:
        return text + "."
    return f"{text}, {len(small) or 'none'} of them with at most as many parameters."
