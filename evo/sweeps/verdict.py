"""What a sweep says, in plain sentences: noise, where the metric falls, whether it ever rises.

Nothing was chosen by validation data, so both splits are judged alike, each on its own.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from statistics import median

from evo.pareto.statistics import FEW
from evo.running.from_scratch import SPLITS
from evo.sweeps.networks import UNPRUNED
from evo.sweeps.statistics import Look, Point, by_seed, gains
from evo.sweeps.trainings import Training
from evo.text.amounts import count, percent
from evo.text.figures import difference, figure
from fitness.metric import Metric

LEVEL = 0.05


def verdict(
    points: Sequence[Point], trainings: Sequence[Training], metric: Metric
) -> Iterator[str]:
    """Yield the lines of what the points of a sweep say, and of its single seeds."""
    unpruned, looks = points[0], [point for point in points if point.curve != UNPRUNED]
    failed = sum(point.failed for point in points)
    if failed:
        yield f"{failed} of {len(trainings)} trainings failed and are left out."
    if not unpruned.seeds:
        yield "The unpruned network could not be trained: there is nothing to compare with."
        return
    for split in SPLITS:
        yield f"On {split} data:"
        yield "  " + _noise(unpruned, looks, split, metric)
        tested = [point for point in looks if not math.isnan(point.looks[split].p)]
        if not tested:
            yield "  One seed alone cannot separate pruning from luck: give more --seeds."
            continue
        for curve in dict.fromkeys(point.curve for point in looks):
            of_curve = [point for point in tested if point.curve == curve]
            yield "  " + _fall(curve, of_curve, split, metric)
        yield "  " + _rise(tested, split, metric)
        yield "  " + _by_chance(tested, split, metric)
        yield "  " + _single_seeds(trainings, split, metric)
        yield "  " + _other_seeds(tested, trainings, split, metric)
    if unpruned.seeds < FEW:
        yield f"{unpruned.seeds} seeds show coarse differences only; {FEW} or more are wanted."


def gain(look: Look, metric: Metric) -> float:
    """Return by how much a pruned network is better than the unpruned one; below zero if worse."""
    return look.difference.mean if metric.rises else -look.difference.mean


def _noise(unpruned: Point, looks: Sequence[Point], split: str, metric: Metric) -> str:
    value = unpruned.looks[split].metric
    text = f"unpruned: {_written(metric, value.mean)} with {count(unpruned.active_parameters)} "
    text += "active parameters"
    if math.isnan(value.deviation):
        return f"{text}, one seed"
    halves = [
        (look.difference.high - look.difference.low) / 2
        for look in (point.looks[split] for point in looks)
        if not math.isnan(look.difference.low)
    ]
    text += f"; standard deviation over {unpruned.seeds} seeds {_size(metric, value.deviation)}"
    if not halves:
        return text
    return f"{text}; a paired difference is known to ± {_size(metric, median(halves))} (median)"


def _fall(curve: str, points: Sequence[Point], split: str, metric: Metric) -> str:
    """Say where a curve is first worse than the unpruned network, beyond noise and at a look."""
    worse = [point for point in points if gain(point.looks[split], metric) < 0.0]
    sure = [point for point in worse if point.looks[split].corrected < LEVEL]
    single = [point for point in worse if point.looks[split].p < LEVEL]
    if not sure:
        text = f"{curve}: nowhere worse than the unpruned network beyond noise"
    else:
        first = sure[0]
        text = f"{curve}: worse than the unpruned network beyond noise first at {_at(first)}"
        text += f", by {_difference(first, split, metric)}"
    if single and single[0] not in sure[:1]:
        text += f"; without correction for many looks first at sparsity {single[0].sparsity:g}"
    return text


def _rise(points: Sequence[Point], split: str, metric: Metric) -> str:
    better = [point for point in points if gain(point.looks[split], metric) > 0.0]
    sure = [point for point in better if point.looks[split].corrected < LEVEL]
    if sure:
        where = "; ".join(f"{p.curve} at {_at(p)}: {_difference(p, split, metric)}" for p in sure)
        return f"Better than the unpruned network beyond noise: {where}"
    best = max(points, key=lambda point: gain(point.looks[split], metric))
    if not better:
        return f"Better than the unpruned network: nowhere, in {len(points)} looks"
    return (
        f"Better than the unpruned network beyond noise: nowhere. Highest of {len(points)} looks: "
        f"{best.curve} at {_at(best)}, {_difference(best, split, metric)}"
    )


def _by_chance(points: Sequence[Point], split: str, metric: Metric) -> str:
    found = [point.looks[split] for point in points if point.looks[split].p < LEVEL]
    better = sum(gain(look, metric) > 0.0 for look in found)
    return (
        f"Without correction {better} of {len(points)} looks are better at p < {LEVEL:g}, and "
        f"{len(found) - better} worse; chance alone gives about {LEVEL / 2 * len(points):.1f} each"
    )


def _single_seeds(trainings: Sequence[Training], split: str, metric: Metric) -> str:
    """Say what somebody sees who trains one seed and takes the best of all sparsities."""
    sign = 1.0 if metric.rises else -1.0
    unpruned = _of(trainings, UNPRUNED, 0.0, split)
    best: dict[int, float] = {}
    for row in trainings:
        if row.curve != UNPRUNED:
            for gained in gains(by_seed([row], split), unpruned):
                best[row.seed] = max(best.get(row.seed, -math.inf), sign * gained)
    rising = sum(value > 0.0 for value in best.values())
    low, high = (difference(metric.name, sign * end) for end in _ends(best.values()))
    return (
        f"Seed by seed: some pruned network is better than the unpruned one in {rising} of "
        f"{len(best)} seeds; the best of each seed differs by {low} to {high}"
    )


def _other_seeds(
    points: Sequence[Point], trainings: Sequence[Training], split: str, metric: Metric
) -> str:
    """Say what somebody sees who trains the pruned and the unpruned under different seeds."""
    least = min(point.sparsity for point in points)
    unpruned = _of(trainings, UNPRUNED, 0.0, split)
    won = [
        (value > other) if metric.rises else (value < other)
        for point in points
        if point.sparsity == least
        for seed, value in _of(trainings, point.curve, least, split).items()
        for another, other in unpruned.items()
        if another != seed
    ]
    return (
        f"Against unpruned networks of other seeds, those of sparsity {least:g} look better in "
        f"{percent(sum(won) / len(won), 0)} of {len(won)} pairs: that is the noise of seeds"
    )


def _of(
    trainings: Sequence[Training], curve: str, sparsity: float, split: str
) -> dict[int, float]:
    rows = [row for row in trainings if (row.curve, row.sparsity) == (curve, sparsity)]
    return by_seed(rows, split)


def _ends(values: Iterable[float]) -> tuple[float, float]:
    known = list(values)
    return min(known), max(known)


def _at(point: Point) -> str:
    pruned = percent(1.0 - point.active_ratio)
    return (
        f"sparsity {point.sparsity:g} ({pruned} pruned, {count(point.active_parameters)} active)"
    )


def _difference(point: Point, split: str, metric: Metric) -> str:
    look = point.looks[split]
    corrected = f"{look.corrected:.2g}" if look.corrected >= 0.001 else "below 0.001"
    return f"{difference(metric.name, look.difference.mean)} (p {corrected} corrected)"


def _written(metric: Metric, value: float) -> str:
    return f"{metric.label} {figure(metric.name, value)}"


def _size(metric: Metric, value: float) -> str:
    """Write the size of a difference, which has no sign."""
    return difference(metric.name, value).removeprefix("+")
