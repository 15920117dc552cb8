"""What do averaged weights and teachers add to a network that is trained from scratch?

Usage: python benchmarks/teaching.py [--networks 1] [--seeds 8] [--cache FILE] [--output FILE]

No goal: it backs the defaults of `evo retrain`. The textbook's networks for digits, with channels
taken away until at most 1,500 parameters are left, are trained for the task's adult epochs with
the same seeds, so with the same first weights and batches, in each of the ways below. The figure
is the gain in accuracy over the ordinary training of that seed, mean over networks and seeds, with
the standard error of the mean and p of a paired t-test; beside it the seconds, as a ratio.

The teacher is the textbook's first network in full, trained once. `born again`: the network's own
ordinary training teaches; `ensemble`: the mean of its ordinary trainings under all seeds. All are
trained on train data; test data measure them.

With `--cache` each finished training is a line of that file, and what is in it is not done again.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import fmean, median, stdev

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.optimizers import textbook_space
from evo.pareto.statistics import paired_t
from evo.sweeps.networks import textbook_genome
from fitness.data.task_reference import TaskReference
from fitness.evaluation import Evaluation, Job
from fitness.evaluators.network import NetworkEvaluator
from fitness.regimen import Regimen, Teacher, Teaching
from fitness.training.numerics import Numerics
from genomes.genes.gene import Record

MOST_PARAMETERS = 1500
PLAIN = "ordinary"
Row = dict[str, float]


class Bench:
    """Trainings on one task, those of the cache not again."""

    def __init__(self, evaluator: NetworkEvaluator, cache: Path | None) -> None:
        self.evaluator, self.cache = evaluator, cache
        lines = cache.read_text().splitlines() if cache and cache.exists() else []
        self.done: dict[str, Row] = dict(map(json.loads, lines))
        self.epochs = evaluator.task.defaults.stages[-1]
        self.notes: list[str] = []

    def note(self, who: str, genes: Record, accuracy: float) -> None:
        """Print how large a network is and what it reaches, and keep the line."""
        size = self.evaluator.spec(genes).dense_parameters()
        self.notes.append(f"{who}: {size:,} parameters, {100 * accuracy:.2f} % on test")
        print(self.notes[-1], flush=True)

    def measured(self, name: str, genes: Record, seed: int, regimen: Regimen) -> Row:
        """Return accuracies on both splits and the seconds of a training."""
        if name not in self.done:
            found = self.trained(genes, seed, regimen)
            assert found.checkpoint is not None, found.reason
            test = self.evaluator.measure(genes, found.checkpoint, "test")
            validation = found.objectives["accuracy"]
            row = {"validation": validation, "test": test, "seconds": found.costs["seconds"]}
            self.done[name] = row
            if self.cache:
                with self.cache.open("a") as file:
                    file.write(json.dumps([name, row]) + "\n")
        return self.done[name]

    def teacher(self, genes: Record, seed: int) -> Teacher:
        """Train a network the ordinary way, to teach."""
        checkpoint = self.trained(genes, seed, Regimen()).checkpoint
        assert checkpoint is not None
        return Teacher(self.evaluator.spec(genes), checkpoint)

    def trained(self, genes: Record, seed: int, regimen: Regimen) -> Evaluation:
        """Train a network under a seed."""
        job = Job("drawn", genes, Record(), "key", seed, 0, self.epochs, self.epochs)
        return self.evaluator.evaluate(replace(job, regimen=regimen))


def thin(genes: Record, evaluator: NetworkEvaluator) -> Record:
    """Return a network of the family `cnn` with fewer channels, until it is small enough."""
    while evaluator.spec(genes).dense_parameters() > MOST_PARAMETERS:
        architecture = genes["architecture"]
        stages = tuple(
            stage.replacing(width=stage["width"] - max(1, stage["width"] // 8))
            for stage in architecture["stages"]
        )
        genes = genes.replacing(architecture=architecture.replacing(stages=stages))
    return genes


def ways(best: Teacher, own: Teacher, everybody: Sequence[Teacher]) -> dict[str, Regimen]:
    """Return the ways of training that are compared with the ordinary one."""
    ensemble = tuple(everybody)
    return {
        "average ema": Regimen("ema"),
        "average swa": Regimen("swa"),
        "textbook teaches, T 2, W .5": Regimen(teaching=Teaching((best,))),
        "textbook teaches, T 4, W .9": Regimen(teaching=Teaching((best,), 4.0, 0.9)),
        "born again, T 2, W .5": Regimen(teaching=Teaching((own,))),
        "ensemble teaches, T 2, W .5": Regimen(teaching=Teaching(ensemble)),
        "textbook teaches, and ema": Regimen("ema", Teaching((best,))),
    }


def rows_of(bench: Bench, networks: int, seeds: int) -> Iterator[tuple[str, Row, Row]]:
    """Yield for each way, network and seed what it came to, and what the ordinary way did."""
    space = textbook_space(bench.evaluator)
    textbook = textbook_genome(1, space).expressed()
    best = bench.teacher(textbook, seed=100)
    bench.note("teacher", textbook, bench.evaluator.measure(textbook, best.checkpoint, "test"))
    for number in range(1, networks + 1):
        genes = thin(textbook_genome(number, space).expressed(), bench.evaluator)
        own = [bench.teacher(genes, seed) for seed in range(seeds)]
        for seed in range(seeds):
            plain = bench.measured(f"{number} {seed} {PLAIN}", genes, seed, Regimen())
            for name, regimen in ways(best, own[seed], own).items():
                yield name, bench.measured(f"{number} {seed} {name}", genes, seed, regimen), plain
        plain_rows = [bench.done[f"{number} {seed} {PLAIN}"] for seed in range(seeds)]
        bench.note(f"network {number}", genes, fmean(row["test"] for row in plain_rows))


def gains(pairs: Sequence[tuple[Row, Row]], split: str) -> str:
    """Word the paired gains in points: mean, standard error, p."""
    found = [100 * (row[split] - plain[split]) for row, plain in pairs]
    error = stdev(found) / len(found) ** 0.5
    return f"{fmean(found):+6.2f} +- {error:4.2f}  p {paired_t(found):.3f}"


def table(found: Mapping[str, Sequence[tuple[Row, Row]]]) -> Iterator[str]:
    """Yield the lines of the table."""
    yield f"{'points of accuracy':<30}{'on test':>24}{'on validation':>26}{'seconds':>10}"
    for name, pairs in found.items():
        ratio = median(row["seconds"] / plain["seconds"] for row, plain in pairs)
        yield f"{name:<30}{gains(pairs, 'test'):>24}{gains(pairs, 'validation'):>26}{ratio:>10.2f}"


def main() -> None:
    """Print the table, and write it where `--output` says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--networks", type=int, default=1)
    parser.add_argument("--seeds", type=int, default=8)
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--output", type=Path)
    arguments = parser.parse_args()
    evaluator = NetworkEvaluator(TaskReference("digits"), Numerics())
    bench = Bench(evaluator, arguments.cache)
    found: dict[str, list[tuple[Row, Row]]] = {}
    for name, row, plain in rows_of(bench, arguments.networks, arguments.seeds):
        found.setdefault(name, []).append((row, plain))
    title = (
        f"gain over ordinary training on digits, {bench.epochs} epochs, {arguments.seeds} seeds a "
        "network"
    )
    text = "\n".join([title, *bench.notes, *table(found)]) + "\n"
    print(text, end="")
    if arguments.output:
        arguments.output.write_text(text)


if __name__ == "__main__":
    main()
