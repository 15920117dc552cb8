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
from evo.text.amounts import count, percent
from fitness.baselines import Predictor, fit_baselines
from fitness.data.task import Task

KEY = "baselines"  # of the record's facts


@dataclass(frozen=True)
class Baseline:
    """What a fixed textbook model attains; accuracies are shares.

    `note` says on what it was fitted if not on all training data.
    """

    name: str
    parameters: int
    validation_accuracy: float
    test_accuracy: float | None = None
    note: str = ""

    def text(self) -> str:
        """Say name, size and accuracy in a line."""
        size = f" ({count(self.parameters)} parameters)" if self.parameters else ""
        on_test = self.test_accuracy
        test = "" if on_test is None else f", {percent(on_test, 2)} on test"
        note = f"; {self.note}" if self.note else ""
        return (
            f"{self.name}{size}: {percent(self.validation_accuracy, 2)} on validation{test}{note}"
        )


class Measuring:
    """Fits a task's baselines when they are first needed, and records what they attain.

    A baseline that cannot be fitted costs the run nothing but a warning.
    """

    def __init__(self, record: RunRecord, task: Task) -> None:
        self._record, self._task = record, task
        self._predictors: tuple[Predictor, ...] = ()

    def on_validation(self) -> None:
        """Record the accuracies on validation data, unless they are there."""
        if not read_baselines(self._record.store):
            self._write(self._validated())

    def on_test(self) -> None:
        """Record the accuracies on test data beside the others, unless they are there."""
        known = {one.name: one for one in read_baselines(self._record.store)}
        if all(one.test_accuracy is not None for one in known.values()):
            return
        self._write(self._tested(known))

    def _validated(self) -> Iterator[Baseline]:
        for one in self._fitted():
            accuracy = one.accuracy(self._task.validation)
            yield Baseline(one.name, one.parameters, accuracy, note=one.note)

    def _tested(self, known: Mapping[str, Baseline]) -> Iterator[Baseline]:
        for one in self._fitted():
            yield replace(known[one.name], test_accuracy=one.accuracy(self._task.test))

    def _fitted(self) -> tuple[Predictor, ...]:
        self._predictors = self._predictors or fit_baselines(self._task)
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
    return tuple(Baseline(**one) for one in json.loads(store.meta().get(KEY, "[]")))


def comparison(baselines: Sequence[Baseline], front: Sequence[Mapping[str, Any]]) -> str:
    """Say in a sentence whether the front was worth a search; empty if nothing can be said.

    `front` are rows with the networks' accuracies and active parameters. Test figures are
    compared where there are any, else those on validation data.
    """
    if not baselines:
        return ""
    linear, on_test = baselines[-1], baselines[-1].test_accuracy is not None
    key = "test_accuracy" if on_test else "accuracy"
    least = linear.test_accuracy if on_test else linear.validation_accuracy
    rows = [row for row in front if row.get(key) is not None and "active_parameters" in row]
    if not rows:
        return ""
    better = [row for row in rows if row[key] > least]
    small = [row for row in better if row["active_parameters"] <= linear.parameters]
    where = "test" if on_test else "validation"
    text = (
        f"{len(better)} of {count(len(rows))} networks of the front are more accurate on {where} "
        f"data than {linear.name}"
    )
    if not better:
        return text + "."
    return f"{text}, {len(small) or 'none'} of them with at most as many parameters."
