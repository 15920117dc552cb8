"""Optimizers of recurrent networks: three problems of TaskSet (Metz et al. 2020).

A thousand rows of eight hyperparameters were measured with their learning curves. A point of the
space is answered by the nearest row: by Euclidean distance of the logarithms, each between its
least and largest value in the table; of beta1 and beta2, of which only the distance to 1 matters,
that distance is what is searched. Two points with the same nearest row are different points.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

import evo
from benchmarks.efficiency.problem import Objectives, Problem
from evo.pareto.dominance import Axes, Axis

FILE = "taskset_curves.npz"
PREFIX = "taskset-"
NAMES = {
    "taskset-lstm": "patch128_LSTM128_avg_bs64",
    "taskset-gru": "patch32_GRU128_bs128",
    "taskset-vrnn": "patch32_VRNN128_tanh_bs128",
}
EARLY, FULL = 10, 50
BUDGET = 40 * FULL
LARGEST = 10.0  # loss of whatever diverged; guessing among two classes has 0.69


@cache
def curves(name: str, data_dir: Path) -> Problem:
    """Make one of the three problems. Whatever diverged is as bad as the reference."""
    table = np.load(data_dir / FILE, allow_pickle=False)
    loss = table[f"{NAMES[name]}/valid_loss"].astype(np.float64)  # (1000, 51)
    loss = np.nan_to_num(loss, nan=LARGEST, posinf=LARGEST).clip(0.0, LARGEST)
    values = table[f"{NAMES[name]}/hyperparameters"].copy()  # (1000, 8)
    genes = [str(gene) for gene in table["names"]]
    for beta in ("beta1", "beta2"):
        column = genes.index(beta)
        values[:, column] = 1.0 - values[:, column]
        genes[column] = f"one_minus_{beta}"
    low, high = values.min(axis=0), values.max(axis=0)
    rows = _positions(values, low, high)

    def evaluate(parameters: dict[str, Any], epochs: int, seed: int, _: Any) -> evo.Outcome:
        point = _positions(np.array([parameters[gene] for gene in genes]), low, high)
        row = int(np.square(rows - point).sum(axis=1).argmin())
        return evo.Outcome(
            objectives={"loss": float(loss[row, epochs])},
            curve=loss[row, 1 : epochs + 1].tolist(),
            checkpoint={"epoch": epochs},
        )

    final = loss[:, FULL]

    def share_beaten(found: Sequence[Objectives]) -> float:
        """Return the share of the table's rows that are no better than the best found."""
        best = min((row["loss"] for row in found), default=np.inf)
        return float(np.mean(final >= best))

    return Problem(
        name=name,
        title=f"{name}: loss after {FULL} epochs, {BUDGET // FULL} full trainings",
        space={
            gene: evo.Real(float(a), float(b), log=True)
            for gene, a, b in zip(genes, low, high, strict=True)
        },
        evaluate=evaluate,
        axes=Axes((Axis("loss", "min", LARGEST, float(final.min())),)),
        epochs=(EARLY, FULL),
        budget=BUDGET,
        score=share_beaten,
    )


def _positions(
    values: npt.NDArray[np.float64], low: npt.NDArray[np.float64], high: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Return where values lie between low and high on a log scale."""
    position: npt.NDArray[np.float64] = np.log(values / low) / np.log(high / low)
    return position
