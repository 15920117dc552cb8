"""What networks of a run reached when they were trained anew on folds of the training data.

`evo.findings.final_look` has them measured; here they are read from the record.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import stdev, variance

from evo.pareto.statistics import expected_interval, standard_error, student_t
from evo.record.store import Store
from fitness.data.task import Task
from fitness.metric import Metric

FOLD = "fold"  # the split of a measurement; its replicate is the fold's number, from 1
SIZES = "fold_sizes"  # the key of the fact: examples of each fold
SPLITS = "split_sizes"  # the key of the fact: examples of validation and test
LEAST_SPREAD = 0.25  # of the share of errors: few folds may happen to agree; see docs/decisions.md
COUNTED = "folds_counted"  # the key of the fact: by genome, how many folds the last look took


@dataclass(frozen=True)
class Remeasured:
    """The metric on the folds 1, 2, ... and their examples."""

    folds: tuple[float, ...]
    sizes: tuple[int, ...]

    @property
    def examples(self) -> int:
        """How many examples it was measured on."""
        return sum(self.sizes)

    @property
    def value(self) -> float:
        """The mean of the metric over these examples."""
        sums = (value * size for value, size in zip(self.folds, self.sizes, strict=True))
        return sum(sums) / self.examples

    def standard_error(self, metric: Metric) -> float:
        """Return the standard error of `value`; infinite where one fold cannot tell."""
        if metric.per_example:
            return standard_error(self.value, self.examples)
        folds = len(self.folds)
        return stdev(self.folds) / math.sqrt(folds) if folds > 1 else math.inf

    def upto(self, fold: int) -> Remeasured:
        """Return what was known after this fold."""
        return Remeasured(self.folds[:fold], self.sizes[:fold])


def set_counted(store: Store, folds: Mapping[str, int]) -> None:
    """Record how many folds of each genome count.

    A run that went on beyond its end was looked at before; of that look nothing counts, so it says
    the same as a run that ended there at once.
    """
    store.set_meta({COUNTED: json.dumps(dict(sorted(folds.items())))})


def set_split_sizes(store: Store, task: Task) -> None:
    """Record on how many examples the metric is measured."""
    sizes = {"validation": len(task.validation), "test": len(task.test)}
    store.set_meta({SPLITS: json.dumps(sizes)})


def split_size(store: Store, split: str) -> int:
    """Return the examples of the validation or test split, 0 if it is not recorded."""
    return int(json.loads(store.meta().get(SPLITS, "{}")).get(split, 0))


def set_fold_sizes(store: Store, sizes: Sequence[int]) -> None:
    """Record the examples of each fold."""
    store.set_meta({SIZES: json.dumps(list(sizes))})


def remeasurements(store: Store) -> dict[str, Remeasured]:
    """Return what the final measurement found, by genome."""
    counted: dict[str, int] = json.loads(store.meta().get(COUNTED, "{}"))
    found = measured_on_folds(store)
    return {
        genome: found[genome].upto(folds) for genome, folds in counted.items() if genome in found
    }


def measured_on_folds(store: Store) -> dict[str, Remeasured]:
    """Return all that was ever measured; only folds without a gap before them count."""
    sizes = json.loads(store.meta().get(SIZES, "[]"))
    known = {(m.genome, m.replicate): m.value for m in store.measurements() if m.split == FOLD}
    found = {}
    for genome in dict.fromkeys(genome for genome, _ in known):
        folds: list[float] = []
        while len(folds) < len(sizes) and (genome, len(folds) + 1) in known:
            folds.append(known[genome, len(folds) + 1])
        if folds:
            found[genome] = Remeasured(tuple(folds), tuple(sizes[: len(folds)]))
    return found


def training_spread(measured: Mapping[str, Remeasured]) -> float:
    """Return the standard deviation of the true accuracy among trainings of the same network.

    For metrics that are shares of examples: what those on folds vary by, beyond what so many
    examples do by chance.
    """
    excess = [
        variance(one.folds) - one.value * (1 - one.value) / (one.examples / len(one.folds))
        for one in measured.values()
        if len(one.folds) > 1
    ]
    return max(0.0, sum(excess) / len(excess)) ** 0.5 if excess else 0.0


def expected_range(
    measured: Mapping[str, Remeasured], genome: str, examples: int, metric: Metric
) -> tuple[float, float] | None:
    """Return where the metric of a genome on so many new examples lies with 95 %.

    None where one fold cannot tell. Shares of examples: see `expected_interval`. Others: Student's
    t over folds, whose spread holds the chance of the sample and of the training; that of another
    sample shrinks with its size. Nothing is expected beyond the metric's best value.
    """
    found = measured[genome]
    if metric.per_example:
        spread = max(training_spread(measured), LEAST_SPREAD * (1 - found.value))
        return expected_interval(found.value, found.examples, examples, spread)
    folds = len(found.folds)
    if folds < 2:
        return None
    again = 1 / folds + found.examples / folds / examples
    half = student_t(folds - 1) * stdev(found.folds) * math.sqrt(again)
    low, high = found.value - half, found.value + half
    return (low, min(high, metric.ideal)) if metric.rises else (max(low, metric.ideal), high)


def remeasured_facts(
    measured: Mapping[str, Remeasured], genome: str, test_examples: int, metric: Metric
) -> dict[str, str | int | float]:
    """Return what the card of an export says of a genome's measurement, if there was one."""
    if genome not in measured:
        return {"remeasured_examples": 0}
    found = measured[genome]
    name, expected = metric.name, expected_range(measured, genome, test_examples, metric)
    facts: dict[str, str | int | float] = {
        f"remeasured_{name}": found.value,
        "remeasured_examples": found.examples,
        "remeasured_trainings": len(found.folds),
    }
    if expected is None:
        return facts
    return facts | {
        f"expected_{name}_low": expected[0],
        f"expected_{name}_high": expected[1],
        f"expected_{name}_meaning": (
            f"with 95 % the {metric.label} on {test_examples:,} new examples like the test data "
            "lies between low and high; counted are the chance of both samples and of the training"
        ),
    }
