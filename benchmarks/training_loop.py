"""How fast is evo's training loop? Against a bare loop, and against the usual DataLoader loop.

Usage: python benchmarks/training_loop.py [--output results/reference/training_loop.txt]
       [--repeats 15] [--data-dir DIR]

Part 1 counts steps per second of the same network on the same device-resident tensors: evo's loop
(seeded shuffling, schedule, clipping, curve) against the shortest loop one would write by hand
(shuffling, forward, loss, backward, fused SGD). Goal: at least 0.97 of it.

Part 2 counts images per second on Fashion-MNIST, with flip and shift: evo's loop against a
DataLoader whose data set transforms one sample after the other (to tensor, normalise, pad and crop,
flip) and whose loop reads the loss and the accuracy at every step with `.item()`. The rival may use
worker processes; the fastest setting counts. Goal: at least 3 times as many.

The rivals alternate with evo's loop, so that a busy machine hurts both; medians are printed.
One thread computes in all of them.
"""

from __future__ import annotations

import argparse
import platform
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from fitness.evaluation import Job
from fitness.network_evaluator import NetworkEvaluator
from fitness.numerics import Numerics
from fitness.resident import Examples
from fitness.task import TaskReference
from fitness.trainee import Trainee
from fitness.training import train_epoch
from genomes.gene import Record, freeze
from genomes.network import Network, build
from genomes.space import decode

GOALS = {"steps": 0.97, "images": 3.0}
IMAGES = 8192  # of Fashion-MNIST in one timed run
WORKERS = (0, 1, 2)  # worker processes of the DataLoader that are tried


def network_genes(task: str, batch_size: int, augmentation: str) -> Record:
    """Return the genes of the compared networks: about 14,000 and 20,000 parameters."""
    widths, head = {
        "digits": (((16, 1), (32, 1), (32, 2)), ("global_average", 0)),
        "fashion-mnist": (((8, 2), (16, 2)), ("flatten", 24)),
    }[task]
    stages = [
        {
            "block": "conv",
            "depth": 1,
            "width": width,
            "kernel": 3,
            "stride": stride,
            "normalisation": "batch",
            "activation": "relu",
            "pooling": "none",
            "expansion": 1,
        }
        for width, stride in widths
    ]
    genes = {
        "architecture": {
            "family": "cnn",
            "stages": stages,
            "head": head[0],
            "head_width": head[1],
            "dropout": 0.0,
        },
        "epigenome": {
            "marks": ["11111111"] * 6,
            "initial_methylation": 0.0,
            "plasticity": 0.0,
            "heritability": 0.0,
        },
        "pruning": {
            "start": 0.5,
            "end": 0.5,
            "final_sparsity": [0.0] * 6,
            "curve": "linear",
            "criterion": "magnitude",
            "granularity": "channel",
        },
        "training": {
            "optimizer": "sgd",
            "learning_rate": 0.05,
            "weight_decay": 5e-4,
            "schedule": "cosine",
            "batch_size": batch_size,
            "initialisation": "kaiming",
            "label_smoothing": 0.0,
            "augmentation": augmentation,
        },
    }
    frozen: Record = freeze(genes)
    return frozen


def make_trainee(evaluator: NetworkEvaluator, genes: Record) -> Trainee:
    """Return a network at the start of a training."""
    job = Job(
        "benchmark", genes, Record(), "key", seed=0, from_epoch=0, to_epoch=1, adult_epochs=8
    )
    return evaluator.trainee(job)


def bare_optimizer(network: Network, genes: Record) -> torch.optim.Optimizer:
    """Return the fused SGD that a rival's loop uses."""
    training = genes["training"]
    return torch.optim.SGD(
        network.parameters(),
        lr=training["learning_rate"],
        momentum=0.9,
        nesterov=True,
        weight_decay=training["weight_decay"],
        fused=True,
    )


def bare_epoch(
    network: Network, optimizer: torch.optim.Optimizer, data: Examples, batch_size: int
) -> None:
    """Train one epoch as briefly as it can be written by hand, without waiting for the device."""
    network.train()
    order = torch.randperm(len(data), device=data.y.device)
    for start in range(0, len(data) - batch_size + 1, batch_size):
        chosen = order[start : start + batch_size]
        loss = F.cross_entropy(network(data.x[chosen]), data.y[chosen])
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()


class TransformedImages(Dataset[tuple[Tensor, int]]):
    """Images as most tutorials serve them: each is transformed when it is asked for."""

    def __init__(self, images: npt.NDArray[np.uint8], labels: npt.NDArray[np.int64]) -> None:
        self.images, self.labels = images, labels
        self.mean = float((images / 255).mean())
        self.std = float((images / 255).std())

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        image = torch.from_numpy(self.images[index]).float().div(255)  # to tensor: (1, H, W)
        image = image.sub(self.mean).div(self.std)  # normalise
        height, width = image.shape[-2:]
        image = F.pad(image, (2, 2, 2, 2))  # random crop with padding
        top, left = torch.randint(0, 5, (2,)).tolist()
        image = image[:, top : top + height, left : left + width]
        if torch.rand(1).item() < 0.5:  # random horizontal flip
            image = image.flip(-1)
        return image, int(self.labels[index])


def dataloader_epoch(
    network: Network, optimizer: torch.optim.Optimizer, loader: DataLoader[tuple[Tensor, int]]
) -> float:
    """Train one epoch the usual way: batches from a DataLoader, running means by `.item()`."""
    network.train()
    loss_sum, right, seen = 0.0, 0, 0
    for x, y in loader:
        optimizer.zero_grad(set_to_none=True)
        logits = network(x)
        loss = F.cross_entropy(logits, y)
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        loss_sum += loss.item() * len(y)
        right += (logits.argmax(1) == y).sum().item()
        seen += len(y)
    return loss_sum / seen


def alternate(rivals: dict[str, Callable[[], Any]], repeats: int) -> dict[str, list[float]]:
    """Time each rival in turn, `repeats` times after one warm-up round; return seconds."""
    seconds: dict[str, list[float]] = {name: [] for name in rivals}
    for repeat in range(repeats + 1):
        for name, run in rivals.items():
            started = time.perf_counter()
            run()
            if repeat:
                seconds[name].append(time.perf_counter() - started)
    return seconds


def compare_steps(evaluator: NetworkEvaluator, batch_size: int, repeats: int) -> Iterator[str]:
    """Part 1 for one task: yield what is compared, a line per loop, and the verdict."""
    genes = network_genes(evaluator.reference.name, batch_size, "none")
    trainee, data = make_trainee(evaluator, genes), first(evaluator.data.train, IMAGES)
    bare = build(evaluator.spec(genes))
    optimizer = bare_optimizer(bare, genes)
    seconds = alternate(
        {
            "bare loop": lambda: bare_epoch(bare, optimizer, data, batch_size),
            "evo": lambda: train_epoch(trainee, data, 1),
        },
        repeats,
    )
    steps = len(data) // batch_size
    yield f"{describe(evaluator, genes)}, {steps} steps of {batch_size}"
    yield from table(seconds, steps, "steps/s")
    yield verdict(seconds["bare loop"], seconds["evo"], GOALS["steps"])


def compare_images(evaluator: NetworkEvaluator, batch_size: int, repeats: int) -> Iterator[str]:
    """Part 2: yield what is compared, a line per loop, and the verdict against the fastest."""
    genes = network_genes("fashion-mnist", batch_size, "flip-shift")
    trainee, data = make_trainee(evaluator, genes), first(evaluator.data.train, IMAGES)
    shape, classes = evaluator.task.input_shape, evaluator.task.classes
    usual = build(decode(genes, shape, classes))  # its data set normalises
    optimizer = bare_optimizer(usual, genes)
    images = TransformedImages(data.x.numpy(), data.y.numpy())
    loops: dict[str, Callable[[], Any]] = {}
    for workers in WORKERS:
        loader = DataLoader(
            images,
            batch_size,
            shuffle=True,
            drop_last=True,
            num_workers=workers,
            persistent_workers=workers > 0,
        )
        loops[f"DataLoader, {workers} workers"] = partial(
            dataloader_epoch, usual, optimizer, loader
        )
    seconds = alternate({**loops, "evo": lambda: train_epoch(trainee, data, 1)}, repeats)
    count = len(data) // batch_size * batch_size
    yield f"{describe(evaluator, genes)}, batches of {batch_size}, flip and shift"
    yield from table(seconds, count, "images/s")
    fastest = min(loops, key=lambda name: statistics.median(seconds[name]))
    yield verdict(seconds[fastest], seconds["evo"], GOALS["images"])


def first(examples: Examples, count: int) -> Examples:
    """Return the first examples of a split."""
    return Examples(examples.x[:count], examples.y[:count])


def describe(evaluator: NetworkEvaluator, genes: Record) -> str:
    """Word task and network."""
    spec = evaluator.spec(genes)
    parameters, flops = spec.dense_parameters(), spec.flops()
    return f"{evaluator.reference.name}: {parameters:,} parameters, {flops:,} forward FLOPs"


def table(seconds: dict[str, list[float]], count: int, unit: str) -> Iterator[str]:
    """Yield one line per loop: median, slowest and fastest rate."""
    for name, times in seconds.items():
        rates = sorted(count / second for second in times)
        middle = statistics.median(rates)
        yield f"  {name:<22}{middle:>10,.0f} {unit:<9} ({rates[0]:,.0f} to {rates[-1]:,.0f})"


def verdict(theirs: list[float], ours: list[float], goal: float) -> str:
    """Word the median of the paired ratios of speed, and whether the goal is met."""
    ratio = statistics.median(a / b for a, b in zip(theirs, ours, strict=True))
    met = "met" if ratio >= goal else "MISSED"
    return f"  evo / rival: {ratio:.2f} (median of pairs), goal at least {goal:g}: {met}"


def main(arguments: Sequence[str] | None = None) -> None:
    """Run both parts, print the table, and write it if asked to."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--output", type=Path)
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument("--data-dir")
    given = parser.parse_args(arguments)
    torch.set_num_threads(1)
    digits = NetworkEvaluator(TaskReference("digits"), Numerics())
    fashion = NetworkEvaluator(TaskReference("fashion-mnist", given.data_dir), Numerics())
    lines = [
        f"torch {torch.__version__}, Python {platform.python_version()}, "
        f"{platform.machine()}, one compute thread, {given.repeats} alternating repeats",
        *compare_steps(digits, 32, given.repeats * 2),
        *compare_steps(digits, 128, given.repeats * 2),
        *compare_steps(fashion, 128, given.repeats),
        *compare_images(fashion, 128, given.repeats),
    ]
    print("\n".join(lines))
    if given.output:
        given.output.parent.mkdir(parents=True, exist_ok=True)
        given.output.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
