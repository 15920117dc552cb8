"""Features: everything a predictor may read about a male, as named numbers.

Of a *candidate* nothing is trained: the genome, costs computed from the spec, and the pedigree are
known. A *juvenile* adds the early learning curve. Features hold no result of the male; this module
must not know how anything is predicted.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

import numpy as np
import numpy.typing as npt

from fitness.evaluation import Epoch
from fitness.metric import METRICS
from fitness.objective import OBJECTIVES, Objective
from genomes.chromosomes.predictor import COST_TERMINALS, CURVE_TERMINALS, PEDIGREE_TERMINALS

Array = npt.NDArray[np.float64]
CURVE_FIELDS = ("train_loss", "validation_loss", "metric", "gradient_norm", "active_ratio")
# Infinite losses and gradients count as so large. A metric may be of any size.
LARGEST = {"metric": 1e100, "active_ratio": 1.0}
LARGEST_LOSS = 1e6


@dataclass(frozen=True, eq=False)
class Features:
    """One male as the predictors see him.

    `features` is the encoding of his genome; `costs` has the keys of `known_costs`, `pedigree`
    those of `pedigree_features`; what is not known is missing or NaN. `shown` are further numbers
    that a juvenile showed. Candidates have neither these nor a `curve`.
    """

    genome: str
    features: Array
    costs: Mapping[str, float] = field(default_factory=dict)
    pedigree: Mapping[str, float] = field(default_factory=dict)
    curve: tuple[Epoch, ...] = ()
    shown: Mapping[str, float] = field(default_factory=dict)


def is_count(outcome: str) -> bool:
    """Tell whether an outcome is a count, which is predicted and compared on a log scale."""
    return outcome in OBJECTIVES and _counts(outcome)


@cache
def _counts(objective: str) -> bool:
    return Objective.load(objective).counts


def main_outcome(outcomes: Sequence[str]) -> int:
    """Return the position of the outcome that a search is about: the first that is a metric.

    If none is, it is the first of all.
    """
    return next((k for k, outcome in enumerate(outcomes) if outcome in METRICS), 0)


def foreshadowed(outcomes: Sequence[str], metric: str) -> tuple[int, str] | None:
    """Return the outcome that learning curves of a metric show early, and by which column.

    The column is one of `CURVE_TERMINALS`. None if curves show no outcome, though they may say
    something of all.
    """
    if metric in outcomes:
        return outcomes.index(metric), "metric_last"
    if "validation_loss" in outcomes:
        return outcomes.index("validation_loss"), "validation_loss_last"
    return None


def known_costs(
    dense_parameters: float,
    flops: float,
    activations: float,
    planned_active_ratio: float,
    inherited_share: float = 0.0,
) -> dict[str, float]:
    """Name what is computed from specs before training; counts as log10."""
    log_dense = math.log10(max(1.0, dense_parameters))
    ratio = min(1.0, max(1e-6, planned_active_ratio))
    values = (
        log_dense,
        math.log10(max(1.0, flops)),
        math.log10(max(1.0, activations)),
        ratio,
        log_dense + math.log10(ratio),
        inherited_share,
    )
    return dict(zip(COST_TERMINALS, values, strict=True))


def pedigree_names(outcomes: Sequence[str]) -> tuple[str, ...]:
    """List the keys of `pedigree_features`: four for the main outcome, two for each other."""
    others = (outcome for k, outcome in enumerate(outcomes) if k != main_outcome(outcomes))
    means = [f"{who}_mean.{outcome}" for outcome in others for who in ("parents", "kin")]
    return (*PEDIGREE_TERMINALS, *means)


def pedigree_features(
    parents: Sequence[Mapping[str, float]],
    kin: Sequence[Mapping[str, float]],
    outcomes: Sequence[str],
) -> dict[str, float]:
    """Summarise adult objectives of parents and of other kin; counts as log10, unknown as NaN."""
    main = main_outcome(outcomes)
    features: dict[str, float] = {}
    for position, outcome in enumerate(outcomes):
        for who, relatives in (("parents", parents), ("kin", kin)):
            known = _known(relatives, outcome)
            if position == main:
                features |= {f"{who}_mean": _mean(known), f"{who}_max": _maximum(known)}
            else:
                features[f"{who}_mean.{outcome}"] = _mean(known)
    return features


def _known(relatives: Sequence[Mapping[str, float]], outcome: str) -> list[float]:
    values = [float(r[outcome]) for r in relatives if math.isfinite(r.get(outcome, math.nan))]
    return [log_count(value) for value in values] if is_count(outcome) else values


def log_count(value: float) -> float:
    """Return log10 of a count, 0 for nothing; counts in millions may be below one."""
    return math.log10(value) if value > 0 else 0.0


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else math.nan


def _maximum(values: Sequence[float]) -> float:
    return max(values, default=math.nan)


def curve_summary(curves: Sequence[Sequence[Epoch]], epochs: int) -> Array:
    """Summarise the first `epochs` epochs of each curve in the columns `CURVE_TERMINALS`.

    A curve that ended earlier counts as resting at its last epoch; an empty one gives NaN.
    Losses and gradient norms are compressed logarithmically. Shape (N, len(CURVE_TERMINALS)).
    """
    train, validation, metric, gradient, active = np.moveaxis(_table(curves, epochs), 2, 0)
    train, validation = _compressed(train), _compressed(validation)
    columns = {
        "metric_last": metric[:, -1],
        "metric_mean": metric.mean(axis=1),
        "metric_slope": _slope(metric),
        "train_loss_last": train[:, -1],
        "validation_loss_last": validation[:, -1],
        "validation_loss_slope": _slope(validation),
        "loss_gap": validation[:, -1] - train[:, -1],
        "log_gradient_norm": np.log10(np.maximum(gradient[:, -1], 1e-6)),
        "active_ratio_last": active[:, -1],
    }
    return np.column_stack([columns[name] for name in CURVE_TERMINALS])


def early_metrics(curves: Sequence[Sequence[Epoch]], epochs: int) -> Array:
    """Return the metric of the first `epochs` epochs, (N, epochs), as `curve_summary` sees it."""
    return _table(curves, epochs)[:, :, CURVE_FIELDS.index("metric")]


def _table(curves: Sequence[Sequence[Epoch]], epochs: int) -> Array:
    """Return all fields of the first `epochs` epochs, (N, epochs, len(CURVE_FIELDS))."""
    if epochs < 1:
        raise ValueError(f"received epochs={epochs}, expected at least 1")
    values = np.array([_first_epochs(curve, epochs) for curve in curves], dtype=np.float64)
    largest = np.array([LARGEST.get(field, LARGEST_LOSS) for field in CURVE_FIELDS])
    return values.reshape(len(curves), epochs, len(CURVE_FIELDS)).clip(-largest, largest)


def _first_epochs(curve: Sequence[Epoch], epochs: int) -> Sequence[tuple[float, ...]]:
    if not curve:
        return [(math.nan,) * len(CURVE_FIELDS)] * epochs
    rows = [
        (e.train_loss, e.validation_loss, e.metric, e.gradient_norm, e.active_ratio)
        for e in curve[:epochs]
    ]
    return rows + rows[-1:] * (epochs - len(rows))


def _compressed(loss: Array) -> Array:
    return np.sign(loss) * np.log1p(np.abs(loss))


def _slope(values: Array) -> Array:
    """Return the least-squares slope per epoch of each row."""
    time = np.arange(values.shape[1], dtype=np.float64)
    time -= time.mean()
    spread = float(time @ time)
    return values @ time / spread if spread else values[:, 0] * 0.0
