"""The tables of a sweep, for people who go on with them in pandas."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

import pandas as pd

from evo.running.from_scratch import SPLITS
from evo.sweeps.statistics import Point, Spread
from evo.sweeps.trainings import Training
from fitness.metric import Metric


def training_table(trainings: Sequence[Training]) -> pd.DataFrame:
    """Return one row a training, as `trainings.csv` has it."""
    return pd.DataFrame([asdict(row) for row in trainings])


def point_table(points: Sequence[Point], metric: Metric) -> pd.DataFrame:
    """Return one row a curve and sparsity: what the figures show.

    Of each split: mean, 95 % interval and standard deviation over seeds, the paired difference to
    the unpruned network with its interval, p and p after Holm's correction.
    """
    return pd.DataFrame([_row(point, metric) for point in points])


def _row(point: Point, metric: Metric) -> dict[str, object]:
    row: dict[str, object] = {
        "curve": point.curve,
        "sparsity": point.sparsity,
        "seeds": point.seeds,
        "failed": point.failed,
        "active_parameters": point.active_parameters,
        "pruned_share": 1.0 - point.active_ratio,
        "shrunk_parameters": point.shrunk_parameters,
    }
    for split in SPLITS:
        look = point.looks[split]
        row |= _spread(f"{split}_{metric.name}", look.metric)
        row |= _spread(f"{split}_difference", look.difference)
        row |= {f"{split}_p": look.p, f"{split}_p_holm": look.corrected}
    return row


def _spread(name: str, spread: Spread) -> dict[str, float]:
    return {
        name: spread.mean,
        f"{name}_low": spread.low,
        f"{name}_high": spread.high,
        f"{name}_deviation": spread.deviation,
    }
