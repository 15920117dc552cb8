"""What do learning rules reach beside backpropagation?

Usage: python -m benchmarks.learning_rules --cache FILE [--seeds 5] [--tasks digits]
           [--output FILE]

No goal: it tells how far each rule of `training.credit` comes. On digits and on 5,000 images of
Fashion-MNIST, the task's first textbook network (family `cnn`) and one of two hidden layers of 100
(family `mlp`) are trained for the task's epochs, the textbook's way, without masks. Each rule has
its own learning rate, the one of `RATES` times the textbook's that is best on validation data with
seed 100; seeds 0, 1, 2 and so on are for the table: test accuracy, and the median angle of hidden
layers to the gradient after the first and the last epoch, in degrees.

What is in the cache is not done again.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from fitness.data.resident import resident
from fitness.data.task_reference import TaskReference
from fitness.evaluation import Job
from fitness.evaluators.network import NetworkEvaluator
from fitness.training.loop import measure, readable, train
from fitness.training.numerics import Numerics
from genomes.chromosomes.mechanism_registry import NONE, switching_off
from genomes.chromosomes.space import network_space, textbook
from genomes.chromosomes.training_genes import CREDITS
from genomes.genes.gene import Record, freeze

TASKS = {"digits": "digits", "fashion-5000": "benchmarks.truths.fashion_5000:make_task"}
FAMILIES = ("cnn", "mlp")
HIDDEN = freeze([{"width": 100, "normalisation": "batch", "activation": "relu"}] * 2)
RATES = (0.1, 0.3, 1.0, 3.0)
TUNING = 100  # the seed by which rates are chosen
Row = dict[str, Any]
Key = tuple[str, str, str, float, int]  # task, family, rule, rate, seed


@cache
def bench(task: str) -> NetworkEvaluator:
    return NetworkEvaluator(TaskReference(TASKS[task]), Numerics())


@cache
def genes(task: str, family: str) -> Record:
    """Return the expressed genes of a task's network, trained the textbook's way."""
    evaluator = bench(task)
    space = network_space(family=family, interface=evaluator.interface).pin(switching_off([NONE]))
    drawn = space.sample("textbook", "male", random.Random(0)).chromosomes
    found = textbook(0, drawn, space)
    if family == "mlp":
        found = found.replacing(architecture=found["architecture"].replacing(layers=HIDDEN))
    return Record({name: values for name, values in found.items() if name != "predictor"})


def trained(key: Key) -> Row:
    """Train once; return accuracies and the angles of hidden layers."""
    task, family, rule, rate, seed = key
    evaluator, whole = bench(task), genes(task, family)
    recipe = whole["training"]
    changed = recipe.replacing(credit=rule, learning_rate=recipe["learning_rate"] * rate)
    epochs = evaluator.task.defaults.stages[-1]
    job = Job("one", whole.replacing(training=changed), Record(), "key", seed, 0, epochs, epochs)
    state = evaluator.training_state(job)
    result = train(state, evaluator.data, evaluator.measured[0], 0, epochs)
    if result.status != "ok":
        return {"validation": 0.0, "test": 0.0, "angles": []}
    held = resident(evaluator.task.test, evaluator.task.target, "cpu")
    answers = readable(measure(state.network, held, evaluator.numerics)[1], held)
    angles = [[v for n, v in one.traces.items() if "angle." in n][:-1] for one in result.curve]
    return {
        "validation": result.curve[-1].metric,
        "test": evaluator.measured[0].value(answers, evaluator.task.test.y, None),
        "angles": [float(np.median(angles[at])) for at in (0, -1)] if angles[0] else [],
    }


def rows_of(path: Path, tasks: Sequence[str], seeds: int) -> dict[Key, Row]:
    """Train what the cache lacks; return all of it."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    done: dict[Key, Row] = {tuple(key): row for key, row in map(json.loads, lines)}

    def row(key: Key) -> Row:
        if key not in done:
            done[key] = trained(key)
            with path.open("a", encoding="utf-8") as file:
                file.write(json.dumps([key, done[key]]) + "\n")
        return done[key]

    for task in tasks:
        for family in FAMILIES:
            for rule in CREDITS:
                tried = {r: row((task, family, rule, r, TUNING))["validation"] for r in RATES}
                for seed in range(seeds):
                    row((task, family, rule, max(tried, key=lambda r: tried[r]), seed))
    return done


def report(done: Mapping[Key, Row], tasks: Sequence[str], seeds: int) -> Iterator[str]:
    """Yield the table: a rule a line."""
    yield f"test accuracy, mean and deviation of {seeds} seeds; angles to the gradient in degrees"
    yield f"{'':<14}{'':<8}{'':<28}{'rate':>6}{'accuracy':>18}{'first epoch':>13}{'last':>7}"
    for task in tasks:
        for family in FAMILIES:
            for rule in CREDITS:
                keys = [k for k in done if k[:3] == (task, family, rule) and k[4] < seeds]
                found = [done[key] for key in keys]
                tests = 100 * np.array([row["test"] for row in found])
                spread = f"{tests.mean():.2f} ± {tests.std(ddof=1):.2f}"
                angles = np.array([row["angles"] for row in found if row["angles"]])
                first, last = ("", "") if not len(angles) else map("{:.0f}".format, angles.mean(0))
                yield (
                    f"{task:<14}{family:<8}{rule:<28}{keys[0][3]:>6g}{spread:>18}"
                    f"{first:>13}{last:>7}"
                )


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--tasks", nargs="+", default=[*TASKS], choices=[*TASKS])
    parser.add_argument("--output", type=Path)
    given = parser.parse_args(arguments)
    rows = rows_of(given.cache, given.tasks, given.seeds)
    lines = list(report(rows, given.tasks, given.seeds))
    print("\n".join(lines))
    if given.output:
        given.output.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
