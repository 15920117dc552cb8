"""Does the ensemble predict the results of juveniles better than early accuracy?

    python benchmarks/ensemble_skill.py [--seeds 30] [--output FILE]

FILE of the committed figures is results/reference/ensemble_skill.txt. Goal: over all juveniles,
also those that never grew up, the ensemble's rank correlation with the final accuracy exceeds that
of early accuracy by 0.1, median over the second half of a run.

Searches our own table of networks (`benchmarks/tables`): there the end of every juvenile is known.
The budget is that of `search_efficiency.py`. Kendall's tau-b between what was predicted when he
had trained for 4 of 24 epochs and the table's final accuracy, over the juveniles born in the first
half of the generations (but the first, when nothing is known) and in the second. Also without the
anchor (`fitness/prediction/controls.py`), and with an ensemble of one.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import kendalltau

sys.path.insert(0, str(Path(__file__).parents[1]))

import evo
from benchmarks.efficiency.networks import digits_networks
from benchmarks.efficiency.problem import Problem

GOAL = 0.1


VARIANTS: Mapping[str, Mapping[str, Any]] = {  # arguments of `evo.search`
    "as it comes": {},
    "without anchor": {"pins": {"predictor.anchored": False}},
    "an ensemble of one": {"settings": {"ensemble_members": 1}},
}


def skills(problem: Problem, changed: Mapping[str, Any], seed: int) -> list[float]:
    """Search once; return tau of ensemble and early accuracy, by half of the generations."""
    result = evo.search(
        problem.space,
        problem.evaluate,
        objectives={axis.name: (axis.direction, axis.scale) for axis in problem.axes.axes},
        epochs=problem.epochs,
        budget_epochs=problem.budget,
        seed=seed,
        costs=problem.costs,
        reference=problem.reference,
        **changed,
    )
    young = result.history[result.history["stage"] == "juvenile"].set_index("genome")
    told = result.predictions
    told = told[(told["stage"] == "juvenile") & (told["female"] == "ensemble")].set_index("male")
    young = young.assign(
        ensemble=told["predicted_accuracy"],
        truth=[_truth(problem, row) for _, row in young.iterrows()],
    ).dropna(subset=["ensemble"])
    middle = (1 + young["generation"].max()) / 2
    early = young[(young["generation"] > 1) & (young["generation"] <= middle)]
    late = young[young["generation"] > middle]
    return [
        float(np.nan_to_num(kendalltau(part[who], part["truth"]).statistic))
        for part in (early, late)
        for who in ("ensemble", "accuracy")
    ]


def _truth(problem: Problem, row: pd.Series[Any]) -> float:
    parameters = {name: row[name] for name in problem.space}
    outcome = problem.evaluate(parameters, problem.full, 0, None)
    return float(outcome.objectives["accuracy"])


def measure(seeds: int) -> str:
    """Return the table."""
    problem = digits_networks(Path())
    lines = [
        f"{problem.title}, {seeds} seeds; medians (quartiles of the gain)",
        f"{'':<20}{'1st half: ensemble, early':>26}{'2nd half: ensemble, early':>28}{'gain':>8}",
    ]
    for name, changed in VARIANTS.items():
        found = np.array([skills(problem, changed, seed) for seed in range(seeds)])
        low, gain, high = np.quantile(found[:, 2] - found[:, 3], [0.25, 0.5, 0.75])
        a, b, c, d = np.median(found, axis=0)
        lines.append(
            f"{name:<20}{a:>19.2f}{b:>7.2f}{c:>21.2f}{d:>7.2f}{gain:>8.3f} ({low:.2f}–{high:.2f})"
        )
        if name == next(iter(VARIANTS)):
            scored = "met" if gain >= GOAL else "MISSED"
    lines.append(f"goal: a gain of at least {GOAL} in the second half: {scored}")
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=30)
    parser.add_argument("--output", type=Path)
    options = parser.parse_args()
    text = measure(options.seeds)
    print(text)
    if options.output:
        options.output.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
