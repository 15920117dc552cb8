"""Do narrower copies of a given network learn more with the given network as their teacher?

Usage: python benchmarks/given_teaching.py [--seeds 8] [--output FILE]

For each seed a small residual network is trained on digits, from scratch and by a loop of its
own. It is then given to evo, which narrows it as the classics among its founders do: to widths of
.5, .35 by global magnitude, and .25. Each copy is trained twice for 12 epochs, with the recipe of
the family's textbook, from the same seed: with the given network as teacher at temperature 2 and
half of the loss, and from the data alone. Figures are means over the seeds, differences are
paired by seed: their mean, and its 95 % interval by the t distribution.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from scipy import stats
from torch import Tensor, nn

sys.path.insert(0, str(Path(__file__).parents[1]))

from evo.problems.network_problem import NetworkProblem
from evo.settings.config import RunConfig, resolve
from evo.sweeps.networks import textbook_genome
from fitness.data.given.options import ModelOptions
from fitness.data.given.reading import given_module
from fitness.data.task import Task
from fitness.data.task_objects import remember
from fitness.data.task_reference import TaskReference
from fitness.evaluators.network import NetworkEvaluator
from fitness.objective import Objective
from fitness.training.numerics import Numerics
from genomes.genes.genome import Genome

COPIES = {"uniform .5": 4, "magnitude .35": 7, "uniform .25": 8}  # numbers in the textbook
COPY_EPOCHS = 12
EPOCHS, BATCH, RATE = 30, 64, 0.003  # of the training of what is given


class Block(nn.Module):
    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.first_norm = nn.BatchNorm2d(outputs)
        self.second = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.second_norm = nn.BatchNorm2d(outputs)
        self.shortcut = nn.Conv2d(inputs, outputs, 1, stride)

    def forward(self, x: Tensor) -> Tensor:
        y = self.second_norm(self.second(torch.relu(self.first_norm(self.first(x)))))
        return torch.relu(y + self.shortcut(x))


def trained(task: Task, seed: int) -> nn.Module:
    """Train a network for digits from scratch."""
    torch.manual_seed(seed)
    body = nn.Sequential(Block(1, 12, 1), Block(12, 24, 2), Block(24, 24, 2))
    network = nn.Sequential(body, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(24, 10))
    x = torch.from_numpy(task.train.array).float() / 255
    y = torch.from_numpy(task.train.y).long()
    optimizer = torch.optim.AdamW(network.parameters(), RATE, weight_decay=0.01)
    steps = EPOCHS * (len(x) // BATCH)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    for _ in range(EPOCHS):
        for part in torch.randperm(len(x))[: len(x) // BATCH * BATCH].split(BATCH):
            optimizer.zero_grad()
            nn.functional.cross_entropy(network(x[part]), y[part]).backward()
            optimizer.step()
            schedule.step()
    return network.eval()


def pairs(seed: int) -> Iterator[tuple[str, list[float]]]:
    """Yield what is given and each copy: accuracies on validation and test data.

    Those of copies are taught, then plain: validation, test, validation, test.
    """
    plain = TaskReference("digits").load()
    module = trained(plain, seed)
    task = plain.with_network(given_module(module, plain, ModelOptions()))
    assert task.given is not None
    assert task.given.teaches
    config = resolve(
        RunConfig(device="cpu", mechanisms=("teaching",), stages=(COPY_EPOCHS,)), task
    )
    objectives = [Objective.load(name) for name in config.objectives]
    numerics = Numerics.for_device("cpu")
    problem = NetworkProblem.of(task, objectives, config.model_dump(), {}, numerics)
    evaluator = NetworkEvaluator(TaskReference(remember(task)), numerics)
    yield "the given network", [_accuracy(module, task, name) for name in ("validation", "test")]
    for name, number in COPIES.items():
        taught = textbook_genome(number, problem.space)
        yield (
            name,
            [
                value
                for genome in (taught, _from_data_alone(taught))
                for value in _reached(genome, problem, evaluator, seed)
            ],
        )


def _from_data_alone(taught: Genome) -> Genome:
    training = taught.chromosomes["training"]
    assert training["teaching"]
    genes = training.replacing(teaching=False, teaching_temperature=None, teaching_weight=None)
    return replace(taught, chromosomes=taught.chromosomes.replacing(training=genes))


def _reached(
    genome: Genome, problem: NetworkProblem, evaluator: NetworkEvaluator, seed: int
) -> tuple[float, float]:
    job = replace(problem.job(genome, 0, problem.adult_epochs), seed=seed)
    done = evaluator.evaluate(job)
    assert done.checkpoint is not None, done.reason
    test = evaluator.measure(job.expressed, done.checkpoint, "test")
    return done.objectives["accuracy"], test


@torch.no_grad()
def _accuracy(module: nn.Module, task: Task, name: str) -> float:
    split = task.validation if name == "validation" else task.test
    answers = module(torch.from_numpy(split.array).float() / 255).argmax(1).numpy()
    return float((answers == split.y).mean())


def report(rows: dict[str, list[list[float]]]) -> str:
    """Return the table; `rows` hold the figures of each seed by name."""
    given = np.array(rows["the given network"]).mean(0)
    lines = [
        f"digits, {len(rows['the given network'])} given networks: accuracy "
        f"{given[0]:.2%} on validation, {given[1]:.2%} on test data",
        f"{'':<16}{'taught':>9}{'alone':>9}{'difference, points':>26}   (test data)",
    ]
    differences = []
    for name in COPIES:
        figures = np.array(rows[name])
        differences.append(100 * (figures[:, 1] - figures[:, 3]))
        taught, alone = figures[:, 1].mean(), figures[:, 3].mean()
        lines.append(f"{name:<16}{taught:>9.2%}{alone:>9.2%}{_interval(differences[-1]):>26}")
    validated = [100 * (np.array(rows[n])[:, 0] - np.array(rows[n])[:, 2]) for n in COPIES]
    lines.append(f"{'all copies':<34}{_interval(np.mean(differences, axis=0)):>26}")
    lines.append(f"{'the same on validation data':<34}{_interval(np.mean(validated, axis=0)):>26}")
    return "\n".join(lines) + "\n"


def _interval(values: np.ndarray) -> str:
    mean, error = values.mean(), stats.sem(values)
    half = error * stats.t.ppf(0.975, len(values) - 1) if error else 0.0
    return f"{mean:+.2f} [{mean - half:+.2f}, {mean + half:+.2f}]"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seeds", type=int, default=8)
    parser.add_argument("--output", type=Path)
    options = parser.parse_args(arguments)
    rows: dict[str, list[list[float]]] = {}
    for seed in range(options.seeds):
        for name, figures in pairs(seed):
            rows.setdefault(name, []).append(figures)
        print(f"seed {seed}", file=sys.stderr, flush=True)
    text = report(rows)
    print(text)
    if options.output:
        options.output.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
