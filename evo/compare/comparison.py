"""Compares groups of runs after the same number of epochs: hypervolume, cost, fronts.

All groups are taken at the epochs that every run has spent. Attainment surfaces: Grunert da
Fonseca, Fonseca & Hall 2001 (https://doi.org/10.1007/3-540-44719-9_15), computed by moocore.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import moocore
import numpy as np
import numpy.typing as npt
import pandas as pd

from evo.compare.groups import Group, mixed
from evo.compare.runs import ComparedRun
from evo.errors import BadInput
from evo.pareto.dominance import Axis
from evo.pareto.statistics import FEW, a12, cohens_d, holm, least_p, mann_whitney

QUARTILES = (0.25, 0.5, 0.75)
UNEVEN = 1.5  # ratio of the longest to the shortest run from which on it is pointed out
NEVER = 1e300  # where a run stands in an attainment surface while nothing is fully trained


@dataclass(frozen=True)
class Score:
    """One run at the epochs that all have spent: volume, best main objective, front, costs.

    `epochs`, `flops` and `seconds` of training are those of its generations finished by then.
    """

    group: str
    run: str
    seed: int
    hypervolume: float
    best: float
    front_size: float
    epochs: float
    flops: float
    seconds: float
    epochs_in_all: float


@dataclass(frozen=True)
class Pair:
    """Two groups by hypervolume.

    `difference` is ours minus theirs, of medians. `p` is two-sided, `corrected` by Holm for the
    number of pairs; both are NaN where one run each leaves nothing to test.
    """

    ours: str
    theirs: str
    sizes: tuple[int, int]
    difference: float
    a12: float
    p: float
    corrected: float
    d: float

    @property
    def enough(self) -> bool:
        """Whether there are runs enough to conclude anything."""
        return min(self.sizes) >= FEW


@dataclass(frozen=True)
class Comparison:
    """Groups at `epochs`, which all of their runs have spent; `main` is what `best` is of."""

    groups: tuple[Group, ...]
    epochs: float
    scores: tuple[Score, ...]
    pairs: tuple[Pair, ...]
    main: Axis
    notes: tuple[str, ...]

    def values(self, group: Group, figure: str) -> list[float]:
        """Return a figure of `Score` by name, of the runs of a group."""
        return [float(getattr(row, figure)) for row in self.scores if row.group == group.name]

    def quartiles(self, group: Group, figure: str) -> tuple[float, float, float]:
        """Return lower quartile, median and upper quartile over the runs of a group."""
        low, middle, high = np.quantile(self.values(group, figure), QUARTILES).tolist()
        return low, middle, high


def compare(groups: Sequence[Group]) -> Comparison:
    """Compare groups; raises `BadInput` if they have no finished generation in common."""
    runs = [run for group in groups for run in group.runs]
    epochs = min(run.spent for run in runs)
    if late := [run for run in runs if run.first > epochs]:
        shortest = min(runs, key=lambda run: run.spent)
        raise BadInput(
            f"{shortest.path} has spent {epochs:,.0f} epochs, in which {late[0].path} had no "
            "generation finished: there is nothing to compare yet. Let the shorter go on."
        )
    scores = tuple(_score(group, run, epochs) for group in groups for run in group.runs)
    volumes = {g.name: [s.hypervolume for s in scores if s.group == g.name] for g in groups}
    pairs = tuple(_pairs(volumes))
    main = runs[0].axes.main
    return Comparison(tuple(groups), epochs, scores, pairs, main, tuple(_notes(groups, pairs)))


def _score(group: Group, run: ComparedRun, epochs: float) -> Score:
    last = run.at(epochs)
    return Score(
        group=group.name,
        run=run.name,
        seed=run.seed,
        hypervolume=float(last["hypervolume"]),
        best=_number(last.get("best_metric")),
        front_size=_number(last.get("front_size")),
        epochs=float(last["epochs_spent"]),
        flops=_number(last.get("training_flops")),
        seconds=_number(last.get("training_seconds")),
        epochs_in_all=run.spent,
    )


def _number(found: Any) -> float:
    """Return a figure of a summary, NaN where there was none: the front may have been empty."""
    return math.nan if found is None else float(found)


def _pairs(scores: Mapping[str, list[float]]) -> list[Pair]:
    """Compare every two groups."""
    names = list(combinations(scores, 2))
    tested = [(a, b) for a, b in names if len(scores[a]) + len(scores[b]) > 2]
    values = {(a, b): mann_whitney(scores[a], scores[b]) for a, b in tested}
    corrected = dict(zip(values, holm(list(values.values())), strict=True))
    return [
        Pair(
            ours=a,
            theirs=b,
            sizes=(len(scores[a]), len(scores[b])),
            difference=float(np.median(scores[a]) - np.median(scores[b])),
            a12=a12(scores[a], scores[b]),
            p=values.get((a, b), math.nan),
            corrected=corrected.get((a, b), math.nan),
            d=cohens_d(scores[a], scores[b]),
        )
        for a, b in names
    ]


def _notes(groups: Sequence[Group], pairs: Sequence[Pair]) -> list[str]:
    """Say what a reader has to know before believing the figures."""
    runs = [run for group in groups for run in group.runs]
    going = [run.name for run in runs if run.running]
    found = []
    if going:
        found.append(
            f"Still going: {', '.join(going)}. Taken at the epochs that all have spent so far."
        )
    shortest, longest = min(runs, key=_spent), max(runs, key=_spent)
    if longest.spent > UNEVEN * shortest.spent:
        found.append(
            f"{shortest.name} has spent {shortest.spent:,.0f} epochs and {longest.name} "
            f"{longest.spent:,.0f}: what came after the shorter one's end is left out."
        )
    found += [
        f"The runs of {name} differ in more than the seed: {', '.join(settings)}."
        for name, settings in mixed(groups).items()
    ]
    if len(groups) == 1:
        found.append("All runs differ in their seed alone: one group, nothing to hold against it.")
    fewest = min(len(group.runs) for group in groups)
    if fewest < FEW:
        found.append(_too_few(fewest, pairs))
    return found


def _spent(run: ComparedRun) -> float:
    return run.spent


def _too_few(fewest: int, pairs: Sequence[Pair]) -> str:
    text = (
        f"Too few runs to conclude anything: the smallest group has {fewest}; at least {FEW} "
        "seeds a group are wanted."
    )
    if not pairs:
        return text
    n, m = max((pair.sizes for pair in pairs), key=lambda sizes: least_p(*sizes))
    if n + m <= 2:
        return f"{text} One run against one cannot separate the settings from the seed."
    return (
        f"{text} With {n} against {m} even the clearest difference cannot have a two-sided p "
        f"below {least_p(n, m):.2g}."
    )


def volumes(group: Group) -> pd.DataFrame:
    """Return epochs, lower, median, upper: hypervolume over the epochs all of a group have spent.

    A run holds its value from one generation to the next.
    """
    start, end = max(run.first for run in group.runs), group.spent
    ends = np.unique(np.concatenate([run.generations["epochs_spent"] for run in group.runs]))
    rows = []
    for epochs in ends[(ends >= start) & (ends <= end)].tolist():
        values = [float(run.at(epochs)["hypervolume"]) for run in group.runs]
        rows.append([epochs, *np.quantile(values, QUARTILES).tolist()])
    return pd.DataFrame(rows, columns=["epochs", "lower", "median", "upper"])


def attained(group: Group, axes: tuple[Axis, Axis], epochs: float) -> npt.NDArray[np.float64]:
    """Return the corners (N, 2) of the median attainment surface in two objectives.

    What lies beyond it was reached by at least half of the runs within so many epochs. Corners
    run from the best to the worst in the first objective; of one run it is the front.
    """
    signs = np.array([-1.0 if axis.direction == "max" else 1.0 for axis in axes])
    names = (axes[0].name, axes[1].name)
    sets = [run.points(names, epochs) * signs for run in group.runs]
    sets = [points if len(points) else np.full((1, 2), NEVER) for points in sets]
    labels = np.repeat(np.arange(len(sets)), [len(points) for points in sets])
    found = np.asarray(moocore.eaf(np.vstack(sets), labels, percentiles=[50]))[:, :2]
    corners = found[(found < NEVER).all(axis=1)]
    ordered: npt.NDArray[np.float64] = corners[np.argsort(corners[:, 0], kind="stable")] * signs
    return ordered
