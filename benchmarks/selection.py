"""Should the active ratio select, or only be recorded?

Usage: python benchmarks/selection.py --cache FOLDER [--seeds 8] [--processes 2]

`evo run` on digits for equal budgets of epochs, once with accuracy, active ratio and active
parameters as objectives, once with accuracy and active parameters alone. Compared is what a user
would export: the most accurate network of the front on validation data, and the most accurate with
at most 650 and at most 1,300 active parameters (those of the linear baseline, and twice as many),
each with its test accuracy; the hypervolume in accuracy and active parameters; and how many
members of the front another one beats in both. Figures are medians over seeds, with quartiles;
the difference seed by seed with a 95 % bootstrap interval, the chance A12 that a run without the
ratio beats one with it, Mann-Whitney's p, two-sided. A bound that no network of a run keeps to
counts as 0 %.

Seeds are 200 to 207, for both the same. What is finished is a line in FOLDER, so a study can be
stopped and taken up again.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.mechanisms import Key, Row, Silence, carry_out, interval, quartiles
from evo.pareto.dominance import Axes, Axis
from evo.pareto.statistics import a12, mann_whitney
from evo.record.recorder import RunRecord
from evo.running.session import start
from evo.settings.config import build

FIRST_SEED = 200
BUDGET = 350  # epochs of a search: about seven generations
SETTINGS: Mapping[str, Any] = {
    "task": "digits", "budget_epochs": BUDGET, "generations": 1_000, "runner": "serial",
    "device": "cpu", "juvenile_epochs": 2, "adult_epochs": 10, "population": 12, "max_flops": 4e5,
    "name": "run",
}  # fmt: skip
WITH, WITHOUT = "with the ratio", "without"
VARIANTS: Mapping[str, tuple[str, ...]] = {
    WITH: ("accuracy", "active_ratio", "active_parameters"),
    WITHOUT: ("accuracy", "active_parameters"),
}
BOUNDS = {"most accurate": 10**9, "at most 1,300": 1300, "at most 650": 650}
AXES = Axes((
    Axis("accuracy", "max", reference=0.9, ideal=1.0),
    Axis("active_parameters", "min", reference=20_000, ideal=100, scale="log"),
))  # fmt: skip


def search(key: Key) -> Row:
    """Run a search; return what it would hand over."""
    variant, seed = key
    with tempfile.TemporaryDirectory() as folder:
        given = {"seed": FIRST_SEED + seed, "results": folder, "objectives": VARIANTS[variant]}
        ending = start(build({**SETTINGS, **given}), Silence())
        with closing(RunRecord.open(ending.folder, read_only=True)) as record:
            adults = [member.objectives for member in record.adults()]
    row: Row = {
        "hypervolume": AXES.hypervolume(adults),
        "front": len(ending.front),
        "beaten": sum(_beaten(one, ending.front) for one in ending.front),
    }
    for name, bound in BOUNDS.items():
        able = [one for one in ending.front if one["active_parameters"] <= bound]
        best = max(able, key=lambda one: one["accuracy"], default=None)
        row[name] = best["accuracy"] if best else 0.0
        row[f"{name}, test"] = best["test_accuracy"] if best else 0.0
    return row


def _beaten(one: Mapping[str, Any], front: Sequence[Mapping[str, Any]]) -> bool:
    """Tell whether another member is more accurate and has fewer active parameters."""
    return any(
        other["accuracy"] > one["accuracy"]
        and other["active_parameters"] < one["active_parameters"]
        for other in front
    )


def report(rows: Mapping[Key, Row], seeds: int) -> str:
    """Return the table."""
    lines = [
        f"evo run on digits, {BUDGET} epochs a search, {seeds} seeds from {FIRST_SEED} on",
        f"{'':<20}{WITH:>22}{WITHOUT:>22}{'difference [95 %]':>28}{'A12':>6}{'p':>8}",
    ]
    for figure in rows[WITH, 0]:
        old, new = ([rows[name, seed][figure] for seed in range(seeds)] for name in VARIANTS)
        change = interval(np.array(new) - np.array(old), 3)
        lines.append(
            f"{figure:<20}{quartiles(old):>22}{quartiles(new):>22}{change:>28}"
            f"{a12(new, old):>6.2f}{mann_whitney(new, old):>8.2g}"
        )
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str] | None = None) -> None:
    options = _options(arguments)
    options.cache.mkdir(parents=True, exist_ok=True)
    keys = [(name, seed) for seed in range(options.seeds) for name in VARIANTS]
    rows = carry_out(search, keys, options.cache / "selection.jsonl", options.processes)
    text = report(rows, options.seeds)
    print(text)
    if options.output:
        options.output.write_text(text, encoding="utf-8")


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--seeds", type=int, default=8)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--output", type=Path)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
