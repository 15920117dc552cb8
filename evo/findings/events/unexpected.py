"""Results that the predictors did not see coming.

What the ensemble predicted of a network is in the record before its result is. The errors of its
last predictions, made in earlier generations, give the interval in which the result should lie:
conformal prediction (Vovk et al. 2005; Lei et al. 2018, https://arxiv.org/abs/1604.04173), online.
If errors come in any order alike, at most the stated share of results lies outside by chance.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from math import ceil

import numpy as np

from evo.record.database import connect
from evo.record.run_folder import RunFolder
from evo.text.figures import figure
from fitness.metric import Metric

ENSEMBLE = "ensemble"
RATE = 0.02  # of results that are called unexpected by chance
LAST = 80  # errors of which the interval is made
QUERY = """
SELECT t.generation, t.genome, p.predicted, e.objectives
FROM trials t
JOIN evaluations e ON e.name = t.evaluation
JOIN predictions p ON p.male = t.genome AND p.female = ?
WHERE t.stage = 'adult' AND e.status = 'ok' AND p.stage != 'candidate' AND t.generation >= ?
ORDER BY t.generation, t.rowid, p.rowid
"""
# Where to begin for the errors before a generation, failed and unpredicted networks allowed for.
BEGIN = f"""
SELECT MIN(generation) FROM (
    SELECT generation FROM trials WHERE stage = 'adult' AND generation < ?
    ORDER BY generation DESC LIMIT {10 * LAST})
"""


@dataclass(frozen=True)
class Result:
    """A network's result beside what was predicted when it was partly trained.

    `low` and `high` are None while too few errors are known. `p` is the share of errors, this one
    included, that are at least as large.
    """

    generation: int
    genome: str
    predicted: float
    actual: float
    low: float | None
    high: float | None
    p: float

    def words(self, metric: Metric) -> str:
        """Write the result, and the interval that it has."""
        low, high = (figure(metric.name, end) for end in (self.low, self.high))
        actual = figure(metric.name, self.actual)
        return f"{self.genome} has {metric.label} {actual}, expected {low} to {high}"

    @property
    def is_unexpected(self) -> bool:
        """Whether it lies outside the interval."""
        if self.low is None or self.high is None:
            return False
        return not self.low <= self.actual <= self.high


def fewest(rate: float) -> int:
    """Return how many errors have to be known before anything can be unexpected."""
    return ceil(1.0 / rate) - 1


def results(folder: RunFolder, objective: str, rate: float = RATE, since: int = 0) -> list[Result]:
    """Return results of fully trained networks that were predicted, in the run's order.

    What came before generation `since` is not read.
    """
    found: list[Result] = []
    errors: list[float] = []
    told: list[float] = []  # of this generation: not known when it was predicted
    generation = 0
    for number, genome, predicted, actual in _rows(folder, objective, since):
        if number != generation:
            errors, told, generation = [*errors, *told][-LAST:], [], number
        found.append(judged(number, genome, predicted, actual, errors, rate))
        told.append(abs(actual - predicted))
    return found


def told(folder: RunFolder, metric: Metric, generation: int) -> list[str]:
    """Word the unexpected results of a generation; of a long record only the end is read."""
    with closing(connect(folder.database, read_only=True, check_pages=False)) as connection:
        since = connection.execute(BEGIN, (generation,)).fetchone()[0] or 0
    known = results(folder, metric.name, since=since)
    found = (one for one in known if one.generation == generation)
    unexpected = [one for one in within_ideal(found, metric) if one.is_unexpected]
    return [f"generation {generation}, unexpected: {one.words(metric)}" for one in unexpected]


def within_ideal(found: Iterable[Result], metric: Metric) -> list[Result]:
    """Return results whose intervals end where nothing can be better."""
    side, cut = ("high", min) if metric.rises else ("low", max)
    return [
        result
        if (end := getattr(result, side)) is None
        else replace(result, **{side: cut(end, metric.ideal)})
        for result in found
    ]


def judged(
    generation: int, genome: str, predicted: float, actual: float, errors: Sequence[float],
    rate: float,
) -> Result:  # fmt: skip
    error, known = abs(actual - predicted), np.sort(np.array(errors))
    p = (1 + int((known >= error).sum())) / (len(known) + 1)
    place = ceil((len(known) + 1) * (1.0 - rate))
    if place > len(known):
        return Result(generation, genome, predicted, actual, None, None, p)
    wide = float(known[place - 1])
    return Result(generation, genome, predicted, actual, predicted - wide, predicted + wide, p)


def _rows(
    folder: RunFolder, objective: str, since: int
) -> Iterator[tuple[int, str, float, float]]:
    """Yield generation, genome, what was predicted last before the result, and the result."""
    with closing(connect(folder.database, read_only=True, check_pages=False)) as connection:
        rows = connection.execute(QUERY, (ENSEMBLE, since)).fetchall()
    last = {row[1]: row for row in rows}  # of a ladder's predictions the latest
    for generation, genome, predicted, objectives in last.values():
        values = json.loads(predicted).get(objective), json.loads(objectives).get(objective)
        if values[0] is not None and values[1] is not None:
            yield generation, genome, float(values[0]), float(values[1])
