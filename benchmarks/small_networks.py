"""Would a default run hold a small network that beats logistic regression, if it looked closer?

Usage: python benchmarks/small_networks.py RUN... --output FILE

For runs whose front holds none (see `networks.py digits-default`): the three most accurate
networks of the whole run, on the front or not, with at most as many active parameters as the
linear baseline are trained from scratch, for the run's epochs and for three times as many; on all
of the training data, and without each fold of it. Shown are accuracies on the folds (their mean),
on validation and on test data; `beats` where test is above the baseline's.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from statistics import fmean

import torch

from evo.findings.baselines import read_baselines
from evo.record.recorder import RunRecord
from evo.running.parts import Parts, prepared
from evo.settings.config import load_toml
from fitness.data.folds import fold_sizes
from fitness.training.inheritance import from_scratch
from genomes.genes.genome import Genome

NETWORKS, LONGER = 3, 3


def small_networks(record: RunRecord, most: int) -> list[Genome]:
    """Return the most accurate adults with at most so many active parameters, best first."""
    adults = [m for m in record.adults() if m.objectives["active_parameters"] <= most]
    adults.sort(key=lambda m: (-m.objectives["accuracy"], m.objectives["active_parameters"]))
    return [record.genome(member.genome) for member in adults[:NETWORKS]]


def rows(run: Path) -> Iterator[str]:
    """Train the small networks of a run; yield a line for each and each number of epochs."""
    given = {"runner": "serial", "workers": 1}
    task, config = prepared(load_toml(run / "config.toml", given))
    parts = Parts.of(config, task)
    folds = range(1, len(fold_sizes(task)) + 1)
    with closing(RunRecord.open(run, read_only=True)) as record:
        linear = read_baselines(record.store)[-1]
        assert linear.test is not None
        chosen = small_networks(record, linear.parameters)
    for genome in map(from_scratch, chosen):
        for epochs in (parts.problem.adult_epochs, LONGER * parts.problem.adult_epochs):
            problem = replace(parts.problem, adult_epochs=epochs)
            held = [problem.job(genome, 0, epochs, fold=fold) for fold in folds]
            trained = map(parts.evaluator.evaluate, held)
            accuracies = [evaluation.objectives["accuracy"] for evaluation in trained]
            whole = parts.evaluator.evaluate(problem.job(genome, 0, epochs))
            assert whole.checkpoint is not None, whole.reason
            test = parts.evaluator.measure(genome.expressed(), whole.checkpoint, "test")
            yield (
                f"{config.seed:>5} {genome.id:<10}{whole.objectives['active_parameters']:>7,.0f}"
                f"{epochs:>7}{fmean(accuracies):>9.2%}"
                f"{whole.objectives['accuracy']:>11.2%}{test:>9.2%}"
                f"  {'beats' if test > linear.test else ''}".rstrip()
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("runs", type=Path, nargs="+")
    parser.add_argument("--output", type=Path)
    options = parser.parse_args()
    torch.set_num_threads(1)
    heads = ("active", 7), ("epochs", 7), ("folds", 9), ("validation", 11), ("test", 9)
    lines = [f"{'seed':>5} {'genome':<10}" + "".join(f"{head:>{width}}" for head, width in heads)]
    for run in options.runs:
        for line in rows(run):
            print(line, flush=True)
            lines.append(line)
    if options.output:
        options.output.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
