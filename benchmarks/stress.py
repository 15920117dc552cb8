"""What pruning costs under stress, beyond accuracy, and how much trainings differ there by chance.

Usage: python benchmarks/stress.py [--seeds 6] [--output results/reference/stress.txt]

The first textbook network of digits is trained for as many epochs as an adult of a run, without
pruning and to several sparsities of its weights by magnitude. Trainings of one seed start from the
same weights and see the data in the same order. Each is measured on test data: accuracy on clean
inputs, its mean over all corruptions and severities of `evo stress`, and under PGD with an epsilon
of 5 % of the range. Differences from the unpruned network are paired by seed; their intervals are
Student's, of 95 %. The seeds are 0, 1, ...
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import torch

sys.path.insert(0, str(Path(__file__).parents[1]))

from evo.export.exported import plain_network
from evo.pareto.statistics import student_t
from evo.running.parts import Parts, prepared
from evo.settings.config import build
from evo.stress.attack_table import attack_table
from evo.stress.corrupted_answers import CorruptedAnswers
from evo.stress.stress_data import StressData
from evo.stress.subjects import Subject
from evo.sweeps.networks import UNPRUNED, paired_job, pruned, textbook_genome
from fitness.data.task import Task
from fitness.stress.corruption import corruptions_for
from fitness.stress.input_facts import facts_of
from fitness.stress.sample import drawn

SPARSITIES = (0.0, 0.5, 0.8, 0.9)
SHARE = 0.05  # of the range, that PGD may move a value
MEASURED = {"clean": "clean", "corrupted": "corrupted", "lost": "lost by corruption", "pgd": "PGD"}


TASK, NUMBER = "digits", 1  # and which textbook network


def stress_data(task: Task, parts: Parts) -> StressData:
    """Return all test examples of a task."""
    split, facts = drawn(task.test, len(task.test), 0), facts_of(task.train.x)
    return StressData(task.name, "test", split, len(split), facts, task.target, parts.metric)


def trained(parts: Parts, task: Task, sparsity: float, seed: int) -> Subject:
    """Train the textbook network to a sparsity, 0 without pruning."""
    genome = textbook_genome(NUMBER, parts.problem.space)
    curve = "cubic" if sparsity else UNPRUNED
    genome = pruned(genome, curve, sparsity, "weight" if sparsity else None)
    outcome = parts.evaluator.evaluate(paired_job(parts.problem, genome, seed))
    assert outcome.checkpoint is not None, outcome.reason
    network = parts.evaluator.network(genome.expressed(), outcome.checkpoint)
    return Subject(f"{sparsity:g}", plain_network(network, task.target))


def measured(subject: Subject, data: StressData) -> dict[str, float]:
    """Return the figures of one network."""
    answers = CorruptedAnswers.of([subject], data, corruptions_for(data.facts)[0], seed=0)
    clean, corrupted = answers.levels(subject.name)
    epsilon = SHARE * float(data.facts.range)
    attacks = attack_table([subject], data, (epsilon,), seed=0).set_index("attack")
    pgd = float(attacks.loc["PGD", data.metric.name])
    return {"clean": clean, "corrupted": corrupted, "lost": clean - corrupted, "pgd": pgd}


def lines(table: pd.DataFrame, seeds: int) -> Iterator[str]:
    """Yield means and deviations over seeds, and differences that are paired by seed."""
    yield f"in percent: mean over {seeds} seeds, deviation between seeds in brackets"
    yield f"{'sparsity':<10}" + "".join(f"{title:>22}" for title in MEASURED.values())
    for sparsity, rows in table.groupby("sparsity"):
        cells = (f"{100 * rows[key].mean():.2f} ({100 * rows[key].std():.2f})" for key in MEASURED)
        yield f"{sparsity:<10}" + "".join(f"{cell:>22}" for cell in cells)
    yield "\nminus the unpruned network of the same seed, in points, with 95 % intervals"
    dense = table[table["sparsity"] == 0.0].set_index("seed")
    for sparsity in SPARSITIES[1:]:
        own = table[table["sparsity"] == sparsity].set_index("seed")
        cells = []
        for key in MEASURED:
            difference = 100 * (own[key] - dense[key])
            half = student_t(seeds - 1) * difference.std() / math.sqrt(seeds)
            cells.append(f"{difference.mean():+.2f} +- {half:.2f}")
        yield f"{sparsity:<10}" + "".join(f"{cell:>22}" for cell in cells)


def main() -> None:
    """Train, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=6)
    parser.add_argument("--output", type=Path)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    task, config = prepared(build({"task": TASK, "seed": 0, "runner": "serial"}))
    parts = Parts.of(config, task)
    data, rows = stress_data(task, parts), []
    for seed in range(arguments.seeds):
        for sparsity in SPARSITIES:
            found = measured(trained(parts, task, sparsity, seed), data)
            rows.append({"seed": seed, "sparsity": sparsity, **found})
            print(rows[-1], file=sys.stderr, flush=True)
    head = f"textbook network {NUMBER} of {TASK}, {parts.problem.adult_epochs} epochs\n"
    text = "\n".join([head, *lines(pd.DataFrame(rows), arguments.seeds)]) + "\n"
    print(text)
    if arguments.output:
        arguments.output.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
