"""Do modules, bred activation functions and lateral inhibition help a search?

Usage: python benchmarks/architectures.py --cache FOLDER [--seeds 8] [--processes 2]

`evo run` on digits and on a fixed 1,000 images of Fashion-MNIST, for equal budgets of epochs:
family `cnn` as it comes, family `modular`, and `cnn` with bred activation functions, with lateral
inhibition. Figures are medians over seeds: the hypervolume of the run's own objectives on
validation data, its difference from `cnn` seed by seed with a 95 % bootstrap interval, the chance
A12 that a run of the variant beats one of `cnn`, Mann-Whitney's p, two-sided; the test accuracy
of the most accurate network; the training FLOPs and seconds that the same epochs took.

Seeds are 0, 1, 2 and so on, for every variant the same. What is finished is a line in FOLDER, so
a study can be stopped and taken up again. `--variants` and `--tasks` choose.
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
from evo.pareto.statistics import a12, mann_whitney
from evo.problems.network_problem import make_axes
from evo.record.recorder import RunRecord
from evo.running.session import start
from evo.settings.config import build, load_toml, metric_of
from fitness.objective import Objective
from genomes.chromosomes.mechanism_registry import usual

TASKS = {
    "digits": "digits",
    "fashion-mnist-subset": "benchmarks.efficiency.fashion_subset:make_task",
}
# What is less accurate counts nothing; 1,000 images do not allow the whole task's own limit.
LEAST_ACCURACY = {"digits": 0.9, "fashion-mnist-subset": 0.5}
JUVENILE_EPOCHS, ADULT_EPOCHS = 3, 12
BUDGET = 300  # epochs of a search: 25 full trainings
LIMITS = {"max_flops": 1.2e6, "max_activations": 2e4, "max_parameters": 2e4}
BASE = "cnn"
VARIANTS: Mapping[str, Mapping[str, Any]] = {
    BASE: {},
    "modular": {"family": "modular"},
    "bred-activations": {"mechanisms": sorted({*usual(), "bred-activations"})},
    "lateral-inhibition": {"mechanisms": sorted({*usual(), "lateral-inhibition"})},
}


def search(key: Key) -> Row:
    """Run a search; return how it ended."""
    name, seed = key
    task, variant = name.split("/")
    with tempfile.TemporaryDirectory() as folder:
        settings = {
            "task": TASKS[task], "seed": seed, "budget_epochs": BUDGET, "generations": 1_000,
            "juvenile_epochs": JUVENILE_EPOCHS, "adult_epochs": ADULT_EPOCHS, "family": BASE,
            "runner": "serial", "results": folder, "name": "run", "device": "cpu", **LIMITS,
            "reference_point": {"accuracy": LEAST_ACCURACY[task]},
        }  # fmt: skip
        ending = start(build({**settings, **VARIANTS[variant]}), Silence())
        with closing(RunRecord.open(ending.folder, read_only=True)) as record:
            adults = [member.objectives for member in record.adults()]
            costs = [evaluation.costs for evaluation in record.store.evaluations()]
        config = load_toml(ending.folder / "config.toml")
    objectives = [Objective.load(name) for name in config.objectives]
    axes = make_axes(objectives, dict(config.reference_point or {}), metric_of(config))
    best = max(ending.front, key=lambda row: float(row["accuracy"]))
    return {
        "hypervolume": axes.volume(adults),
        "accuracy": float(best["accuracy"]),
        "test": float(best["test_accuracy"]),
        "flops": sum(cost["training_flops"] for cost in costs),
        "seconds": sum(cost["seconds"] for cost in costs),
    }


def report(rows: Mapping[Key, Row], tasks: Sequence[str], names: Sequence[str], seeds: int) -> str:
    """Return a table for each task."""
    lines = []
    for task in tasks:
        base = [rows[f"{task}/{BASE}", seed] for seed in range(seeds)]
        lines += [
            f"{task}: {BUDGET} epochs a search, {seeds} seeds",
            f"{'':<20}{'hypervolume':>20}{'difference [95 %]':>26}{'A12':>6}{'p':>8}{'test':>8}"
            f"{'TFLOPs':>8}{'seconds':>9}",
        ]
        for name in names:
            runs = [rows[f"{task}/{name}", seed] for seed in range(seeds)]
            ends = [[run["hypervolume"] for run in part] for part in (runs, base)]
            line = f"{name:<20}{quartiles(ends[0]):>20}"
            if name == BASE:
                line += " " * 40
            else:
                change = interval(np.array(ends[0]) - np.array(ends[1]), 3)
                line += f"{change:>26}{a12(*ends):>6.2f}{mann_whitney(*ends):>8.2g}"
            line += f"{np.median([run['test'] for run in runs]):>8.2%}"
            line += f"{np.median([run['flops'] for run in runs]) / 1e12:>8.2f}"
            line += f"{np.median([run['seconds'] for run in runs]):>9.0f}"
            lines.append(line)
        lines.append("")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> None:
    options = _options(arguments)
    options.cache.mkdir(parents=True, exist_ok=True)
    names = tuple(dict.fromkeys((BASE, *options.variants)))
    keys = [
        (f"{task}/{name}", seed)
        for seed in range(options.seeds)
        for task in options.tasks
        for name in names
    ]
    path = options.cache / "architectures.jsonl"
    rows = carry_out(search, keys, path, options.processes)
    text = report(rows, options.tasks, names, options.seeds)
    print(text)
    if options.output:
        options.output.write_text(text, encoding="utf-8")


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--seeds", type=int, default=8)
    parser.add_argument("--tasks", nargs="+", choices=TASKS, default=list(TASKS))
    parser.add_argument("--variants", nargs="+", choices=VARIANTS, default=list(VARIANTS))
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--output", type=Path)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
