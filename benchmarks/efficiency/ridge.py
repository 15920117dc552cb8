"""A plain rival: ridge regression on pairs of one-hot features screens candidates, in ten lines.

After `FIRST` random points, `CANDIDATES` are drawn for every batch, some at random and some as
mutants of the best so far; `BATCH` of them are measured, chosen one after the other by the gain
in hypervolume that the regression expects of them. Objectives that are known are not regressed.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from functools import partial

import moocore
import numpy as np
import numpy.typing as npt

from benchmarks.efficiency.meter import Meter
from benchmarks.efficiency.problem import Problem
from evo.pareto.dominance import survivors
from genomes.genes.encoding import Encoding
from genomes.genes.gene import Record, Struct

Array = npt.NDArray[np.float64]
FIRST, BATCH, CANDIDATES = 20, 10, 200
RANDOM_SHARE = 0.2  # of the candidates
PARENTS = 20
PENALTY = 1.0
MUTATIONS = (1, 1, 2, 3)  # genes that differ between a mutant and its parent


def ridge(meter: Meter, seed: int) -> None:
    """Search until the meter ends it."""
    problem, rng = meter.problem, random.Random(seed)
    space = Struct(problem.space)
    encoding = Encoding(space)
    tried: list[Record] = []
    losses: list[list[float]] = []
    batch = _new([], lambda: space.sample(rng), FIRST, problem)
    while batch:
        losses += [meter.losses(dict(point)) for point in batch]
        tried += batch
        known = np.array(losses)
        best = [tried[i] for i in survivors(known, PARENTS, beyond=(known > 1.0).any(axis=1))]
        drawn = round(RANDOM_SHARE * CANDIDATES)
        candidates = _new(tried, lambda: space.sample(rng), drawn, problem)
        mutate = partial(_mutant, space, best, rng)
        candidates += _new([*tried, *candidates], mutate, CANDIDATES - drawn, problem)
        x = pairwise(np.array([encoding.vector(point) for point in [*tried, *candidates]]))
        y = np.array(losses)
        predicted = predict(x[: len(tried)], y, x[len(tried) :])
        _put_in_known(predicted, candidates, problem)
        batch = [candidates[i] for i in greedy(y, predicted, BATCH)]


def pairwise(x: Array) -> Array:
    """Return features (N, D), their products in pairs, and a constant."""
    a, b = np.triu_indices(x.shape[1], k=1)
    products = x[:, a] * x[:, b]
    return np.hstack([np.ones((len(x), 1)), x, products[:, products.any(axis=0)]])


def predict(x: Array, y: Array, unknown: Array, penalty: float = PENALTY) -> Array:
    """Return ridge regression's values (M, K) of the unknown (M, D)."""
    mean = y.mean(axis=0)
    weights = np.linalg.solve(x @ x.T + penalty * np.eye(len(x)), y - mean)
    values: Array = unknown @ (x.T @ weights) + mean
    return values


def greedy(known: Array, predicted: Array, count: int) -> list[int]:
    """Choose rows that add most hypervolume, one after the other; ties by the sum of losses."""
    chosen: list[int] = []
    left = list(range(len(predicted)))
    current = known
    while left and len(chosen) < count:
        volume = _volume(current)
        gains = [_volume(np.vstack([current, predicted[i]])) - volume for i in left]
        best = max(range(len(left)), key=lambda k: (gains[k], -predicted[left[k]].sum()))
        chosen.append(left.pop(best))
        current = np.vstack([current, predicted[chosen[-1]]])
    return chosen


def _volume(losses: Array) -> float:
    inside = losses[(losses < 1.0).all(axis=1)]
    if losses.shape[1] == 1:
        return 1.0 - float(inside.min(initial=1.0))
    return float(moocore.hypervolume(inside, ref=[1.0] * losses.shape[1])) if len(inside) else 0.0


def _put_in_known(predicted: Array, points: Sequence[Record], problem: Problem) -> None:
    if problem.costs is None:
        return
    known = [problem.costs(dict(point)) for point in points]
    for k, axis in enumerate(problem.axes.axes):
        if known and axis.name in known[0]:
            predicted[:, k] = axis.losses([costs[axis.name] for costs in known])


def _mutant(space: Struct, parents: Sequence[Record], rng: random.Random) -> Record:
    point = rng.choice(parents)
    for _ in range(rng.choice(MUTATIONS)):
        point = space.mutate(point, rng)
    return point


def _new(
    known: Sequence[Record], draw: Callable[[], Record], count: int, problem: Problem
) -> list[Record]:
    """Draw feasible points that are not known; fewer if they are hard to find."""
    seen, found = set(known), []
    for _ in range(5 * count):
        point = draw()
        if point not in seen and not (problem.feasible and not problem.feasible(dict(point))):
            seen.add(point)
            found.append(point)
        if len(found) == count:
            break
    return found
