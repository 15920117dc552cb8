"""Which optimizers of torch.optim pay for networks of the size that evo breeds?

Usage: python benchmarks/optimizers.py [--networks 8] [--cache FILE] [--output FILE]

No goal: it backs a decision. Networks drawn at random from the space of digits, within its limits,
train the textbook's way for the task's adult epochs, with every optimizer at the textbook's
learning rate in its scale, four and twelve times as much; one thread. An optimizer's result on a
network is its best of the three. It pays if it is above SGD more often than below, and somewhere
above both SGD and AdamW.

With `--cache` each finished training is a line of that file, and what is in it is not done again.
Optimizers that need a weight's shape (Muon, Adafactor) or a closure (LBFGS), or full batches
(Rprop), have no place in a loop over two flat tensors and are left out.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import platform
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import optim

sys.path.insert(0, str(Path(__file__).parents[1]))

from fitness.data.task_reference import TaskReference
from fitness.evaluation import Job
from fitness.evaluators.network import NetworkEvaluator
from fitness.training.loop import train
from fitness.training.numerics import Numerics
from fitness.training.optimizers import MOMENTUM, OPTIMIZERS, Groups
from genomes.chromosomes.mechanism_registry import NONE, switching_off
from genomes.chromosomes.space import network_space
from genomes.chromosomes.training_genes import TEXTBOOK
from genomes.genes.gene import Record
from genomes.genes.genome import Space

LEARNING_RATES = (1.0, 4.0, 12.0)  # times the textbook's, in the optimizer's own scale
CLEARLY = 0.005  # of accuracy: two validation examples of digits

Maker = Callable[[Groups, float], optim.Optimizer]


# Not registered: made here. All learning rates are the textbook's times this scale, as a user of
# the optimizer would choose it beside SGD's; what evo has registered may have moved since.
OTHERS: Mapping[str, Maker] = {
    "radam": lambda groups, rate: optim.RAdam(groups, lr=rate, decoupled_weight_decay=True),
    "adamax": lambda groups, rate: optim.Adamax(groups, lr=rate),
    "rmsprop": lambda groups, rate: optim.RMSprop(groups, lr=rate, momentum=MOMENTUM),
    "adagrad": lambda groups, rate: optim.Adagrad(groups, lr=rate, fused=True),
    "asgd": lambda groups, rate: optim.ASGD(groups, lr=rate),
}
SCALES: Mapping[str, float] = {
    "sgd": 1.0, "adamw": 0.1, "nadam": 0.1, "radam": 0.1, "adamax": 0.2, "rmsprop": 0.01,
    "adagrad": 0.5, "asgd": 5.0,
}  # fmt: skip


def make_optimizer(name: str, groups: Groups, learning_rate: float) -> optim.Optimizer:
    """Return the optimizer as evo makes it, or as it would."""
    maker = OPTIMIZERS[name][0] if name in OPTIMIZERS else OTHERS[name]
    return maker(groups, learning_rate)


def textbook_space(evaluator: NetworkEvaluator) -> Space:
    """Return the space of the task's networks, without mechanisms, trained the textbook's way."""
    task = evaluator.task
    space = network_space(
        family=task.defaults.family,
        interface=evaluator.interface,
        augmentations=task.augmentations,
        batch_sizes=task.defaults.batch_sizes,
    )
    training = {f"training.{name}": value for name, value in TEXTBOOK.items()}
    off = switching_off([NONE])
    return space.pin({**off, **training, "training.batch_size": 32})


def drawn_networks(evaluator: NetworkEvaluator, count: int) -> Iterator[Record]:
    """Draw networks within the task's limits, always the same ones; yield expressed genes."""
    rng, space = random.Random(0), textbook_space(evaluator)
    limits = evaluator.task.defaults
    found = 0
    while found < count:
        genes = space.sample("drawn", "male", rng).expressed()
        spec = evaluator.spec(genes)
        if (
            spec.flops() <= limits.max_flops
            and spec.dense_parameters() <= limits.max_parameters
            and spec.activations() <= limits.max_activations
        ):
            found += 1
            yield genes


def trained(
    evaluator: NetworkEvaluator, genes: Record, seed: int, optimizer: str, rate: float
) -> dict[str, float]:
    """Train once; return the final validation accuracy (0 if it diverged) and steps a second."""
    epochs = evaluator.task.defaults.stages[-1]
    job = Job("drawn", genes, Record(), "key", seed, 0, epochs, epochs)
    training_state = evaluator.training_state(job)
    # The recipe's own optimizer is SGD, whose scale is one: so the schedule has the right peak.
    peak = training_state.recipe.learning_rate * rate * SCALES[optimizer]
    training_state.recipe = dataclasses.replace(training_state.recipe, learning_rate=peak)
    groups = [
        {"params": group["params"], "weight_decay": group["weight_decay"]}
        for group in training_state.optimizer.param_groups
    ]
    training_state.optimizer = make_optimizer(optimizer, groups, peak)
    started = time.perf_counter()
    result = train(training_state, evaluator.data, evaluator.measured[0], 0, epochs)
    seconds = time.perf_counter() - started
    accuracy = result.curve[-1].metric if result.status == "ok" else 0.0
    return {"accuracy": accuracy, "speed": result.examples / seconds}


def measured(
    evaluator: NetworkEvaluator, count: int, cache: Path | None
) -> dict[str, dict[str, float]]:
    """Return all trainings by `network optimizer rate`; read and extend the cache."""
    lines = cache.read_text().splitlines() if cache and cache.exists() else []
    done: dict[str, dict[str, float]] = dict(map(json.loads, lines))
    for number, genes in enumerate(drawn_networks(evaluator, count)):
        for optimizer in SCALES:
            for rate in LEARNING_RATES:
                name = f"{number} {optimizer} {rate:g}"
                if name in done:
                    continue
                done[name] = trained(evaluator, genes, number, optimizer, rate)
                if cache:
                    with cache.open("a") as file:
                        file.write(json.dumps([name, done[name]]) + "\n")
    return done


def report(done: Mapping[str, Mapping[str, float]], count: int) -> Iterator[str]:
    """Yield the table: an optimizer a line."""
    best = {
        name: [
            max(done[f"{n} {name} {rate:g}"]["accuracy"] for rate in LEARNING_RATES)
            for n in range(count)
        ]
        for name in SCALES
    }
    rates = "".join(f"{'x ' + format(rate, 'g'):>8}" for rate in LEARNING_RATES)
    yield f"{'':<15}   median       of all, at          speed  networks   above  below  above"
    yield f"{'':<9} scale  of best{rates}  of SGD  it's best     SGD    SGD   both"
    for name, accuracies in best.items():
        medians = [
            statistics.median(done[f"{n} {name} {rate:g}"]["accuracy"] for n in range(count))
            for rate in LEARNING_RATES
        ]
        speed = statistics.median(
            done[f"{n} {name} {rate:g}"]["speed"] / done[f"{n} sgd {rate:g}"]["speed"]
            for n in range(count)
            for rate in LEARNING_RATES
        )
        top = [max(a[n] for a in best.values()) for n in range(count)]
        known = [max(best[o][n] for o in ("sgd", "adamw") if o != name) for n in range(count)]
        yield (
            f"{name:<9}{SCALES[name]:>6g}{statistics.median(accuracies):>9.4f}"
            f"{''.join(f'{median:>8.4f}' for median in medians)}{speed:>8.2f}"
            f"{above(accuracies, top, 0.0):>11}{above(accuracies, best['sgd']):>8}"
            f"{above(best['sgd'], accuracies):>7}{above(accuracies, known):>7}"
        )


def above(ones: Sequence[float], others: Sequence[float], by: float = CLEARLY) -> int:
    """Count the networks on which one accuracy exceeds the other clearly."""
    return sum(one >= other + by for one, other in zip(ones, others, strict=True))


def main(arguments: Sequence[str] | None = None) -> None:
    """Train what is missing, print the table, and write it if asked to."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--networks", type=int, default=8)
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--output", type=Path)
    given: Any = parser.parse_args(arguments)
    evaluator = NetworkEvaluator(TaskReference("digits"), Numerics())
    done = measured(evaluator, given.networks, given.cache)
    sizes = [
        evaluator.spec(genes).dense_parameters()
        for genes in drawn_networks(evaluator, given.networks)
    ]
    lines = [
        f"torch {torch.__version__}, Python {platform.python_version()}, one thread",
        f"digits, {given.networks} networks of {min(sizes):,} to {max(sizes):,} parameters, "
        f"{evaluator.task.defaults.stages[-1]} epochs; final accuracy on validation data",
        "best: of the learning rates, which are the textbook's times scale times what is above",
        f"above, below: by {CLEARLY:g} or more, best against best; both: SGD and AdamW",
        "",
        *report(done, given.networks),
    ]
    print("\n".join(lines))
    if given.output:
        given.output.parent.mkdir(parents=True, exist_ok=True)
        given.output.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
