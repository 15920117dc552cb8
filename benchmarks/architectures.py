"""Do modules, bred activation functions, lateral inhibition and teaching help a search?

Usage: python benchmarks/architectures.py --cache FOLDER [--seeds 8] [--processes 2]

`evo run` on digits and on a fixed 1,000 images of Fashion-MNIST, for equal budgets of epochs:
family `cnn` as it comes, family `modular`, and `cnn` with bred activation functions, with lateral
inhibition, with teaching as a gene, with a teacher for everybody who can have one. Figures are
medians over seeds: the hypervolume of the run's own objectives on validation data, its difference
from `cnn` seed by seed with a 95 % bootstrap interval, the chance A12 that a run of the variant
beats one of `cnn`, Mann-Whitney's p, two-sided; the test accuracy of the most accurate network;
the training FLOPs, those of teachers included, and seconds that the same epochs took.

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
TOTALS = ("adults", "taught", "front", "front_taught", "teaching_flops", "flops")
BASE = "cnn"
VARIANTS: Mapping[str, Mapping[str, Any]] = {
    BASE: {},
    "modular": {"family": "modular"},
    "bred-activations": {"mechanisms": sorted({*usual(), "bred-activations"})},
    "lateral-inhibition": {"mechanisms": sorted({*usual(), "lateral-inhibition"})},
    "teaching": {"mechanisms": sorted({*usual(), "teaching"})},
    "always-taught": {
        "mechanisms": sorted({*usual(), "teaching"}), "pins": {"training.teaching": True}
    },
}  # fmt: skip


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
            members = record.adults()
            evaluations = list(record.store.evaluations())
        config = load_toml(ending.folder / "config.toml")
    objectives = [Objective.load(name) for name in config.objectives]
    axes = make_axes(objectives, dict(config.reference_point or {}), metric_of(config))
    best = max(ending.front, key=lambda row: float(row["accuracy"]))
    asked = [evaluation.costs.get("teaching_flops", 0.0) for evaluation in evaluations]
    pupils = {e.job for e, flops in zip(evaluations, asked, strict=True) if flops}
    front = {row["genome"] for row in ending.front}
    return {
        "hypervolume": axes.volume([member.objectives for member in members]),
        "accuracy": float(best["accuracy"]),
        "test": float(best["test_accuracy"]),
        "flops": sum(evaluation.costs["training_flops"] for evaluation in evaluations),
        "seconds": sum(evaluation.costs["seconds"] for evaluation in evaluations),
        "teaching_flops": sum(asked),
        "adults": len(members),
        "taught": sum(member.job in pupils for member in members),
        "front": len(front),
        "front_taught": sum(m.job in pupils for m in members if m.genome in front),
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
        for name in names:
            lines += taught([rows[f"{task}/{name}", seed] for seed in range(seeds)], name)
        lines.append("")
    return "\n".join(lines)


def taught(runs: Sequence[Row], name: str) -> list[str]:
    """Say how many networks of a variant's runs had a teacher, and what it cost; [] for none."""
    total = {key: sum(run.get(key, 0) for run in runs) for key in TOTALS}
    if not total["taught"]:
        return []
    return [
        f"{name}: taught were {total['taught']} of {total['adults']} adults, "
        f"{total['front_taught']} of {total['front']} on the fronts; the teachers' answers took "
        f"{total['teaching_flops'] / total['flops']:.0%} of the FLOPs"
    ]


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
