"""How fast is evo's training loop? Against a bare loop, and against the usual DataLoader loop.

Usage: python benchmarks/training_loop.py [--output results/reference/training_loop.txt]
       [--repeats 41] [--data-dir DIR]

Part 1 counts steps per second of the same network on the same device-resident tensors: evo's loop
(seeded shuffling, schedule, clipping, curve) against the shortest loop one would write by hand
(shuffling, forward, loss, backward, fused SGD). Goal: at least 0.97 of it.

Part 2 counts images per second on Fashion-MNIST, with flip and shift, against a DataLoader whose
data set transforms one sample after the other, and whose loop reads loss and accuracy at every
step with `.item()`. The transforms are those of torchvision on PIL images (crop with padding,
flip, to tensor, normalise), operation by operation; also shown is the leanest that can be written
with tensors; each without and with two worker processes, of which the faster counts. Goal: at
least 3 times as many as with the usual transforms. It depends on how much work the network is, so
there are two.

Everything runs on one core (Linux), which is what an evo worker has: on more cores evo trains more
networks at once. The rivals alternate with evo's loop, so that a busy machine hurts all; medians
are printed.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from PIL import Image, ImageOps
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.tables import make_digits_networks
from fitness.data.resident import Examples
from fitness.data.task_reference import TaskReference
from fitness.evaluation import Job
from fitness.evaluators.network import NetworkEvaluator
from fitness.training.loop import train_epoch
from fitness.training.numerics import Numerics
from fitness.training.state import TrainingState
from genomes.chromosomes.space import decode
from genomes.genes.gene import Record, freeze
from genomes.graph.interface import Interface
from genomes.networks.network import Network, build

GOALS = {"steps": 0.97, "images": 3.0}
IMAGES = 8192  # at most, in one timed run
UNPRUNED = {  # of a network in our table; its architecture is replaced
    "width1": 4, "width2": 0, "block": "conv", "head": "flatten", "normalisation": "batch",
    "learning_rate": 0.05, "final_sparsity": 0.0, "pruning_start": 0.5,
}  # fmt: skip
WORKERS = (0, 2)  # worker processes of the DataLoader that are tried


def network_genes(network: str, batch_size: int, augmentation: str) -> Record:
    """Return the genes of a compared network; of 14,000 parameters for digits, else 20,000."""
    architecture = {
        "digits": convolutional([(16, 1), (32, 1), (32, 2)], "batch", "global_average", 0),
        "convolutional": convolutional([(6, 2), (16, 2)], "none", "flatten", 24),  # LeNet-5
        "perceptron": {
            "family": "mlp",
            "layers": [{"width": 25, "normalisation": "batch", "activation": "relu"}],
            "dropout": 0.0,
        },
    }[network]
    plain = make_digits_networks.expressed(UNPRUNED)
    training = plain["training"].replacing(
        batch_size=batch_size,
        augmentation=augmentation,
        augmentation_course=None if augmentation == "none" else (),
    )
    return plain.replacing(architecture=freeze(architecture), training=training)


def convolutional(
    widths_and_strides: Sequence[tuple[int, int]], normalisation: str, head: str, head_width: int
) -> dict[str, Any]:
    """Return the architecture genes of plain 3x3 convolutions and a head."""
    common = {
        "block": "conv",
        "depth": 1,
        "kernel": 3,
        "normalisation": normalisation,
        "activation": "relu",
        "pooling": "none",
        "expansion": 1,
    }
    return {
        "family": "cnn",
        "stages": [{**common, "width": width, "stride": s} for width, s in widths_and_strides],
        "head": head,
        "head_width": head_width,
        "dropout": 0.0,
    }


def make_trainee(evaluator: NetworkEvaluator, genes: Record) -> TrainingState:
    """Return a network at the start of a training."""
    job = Job(
        "benchmark", genes, Record(), "key", seed=0, from_epoch=0, to_epoch=1, adult_epochs=8
    )
    return evaluator.training_state(job)


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


class UsualImages(Dataset[tuple[Tensor, int]]):
    """Images as torchvision serves them: RandomCrop, RandomHorizontalFlip, ToTensor, Normalize.

    Does what torchvision does for a sample, without its layers of calls.
    """

    def __init__(self, images: npt.NDArray[np.uint8], labels: npt.NDArray[np.int64]) -> None:
        self.images, self.labels = images, labels
        self.mean = [float((images / 255).mean())]
        self.std = [float((images / 255).std())]

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        image = Image.fromarray(self.images[index, 0])
        width, height = image.size
        image = ImageOps.expand(image, border=2, fill=0)
        top = int(torch.randint(0, 5, (1,)).item())
        left = int(torch.randint(0, 5, (1,)).item())
        image = image.crop((left, top, left + width, top + height))
        if torch.rand(1) < 0.5:
            image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        pixels = torch.from_numpy(np.array(image, np.uint8, copy=True)).view(height, width, 1)
        tensor = pixels.permute(2, 0, 1).contiguous().to(torch.float32).div(255)
        mean, std = torch.as_tensor(self.mean), torch.as_tensor(self.std)
        tensor = tensor.clone().sub_(mean.view(-1, 1, 1)).div_(std.view(-1, 1, 1))
        return tensor, int(self.labels[index])


class LeanImages(UsualImages):
    """The same images with as few tensor operations as possible."""

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        image = torch.from_numpy(self.images[index]).float()  # (1, H, W)
        image = image.sub_(255 * self.mean[0]).div_(255 * self.std[0])
        height, width = image.shape[-2:]
        top, left, mirrored = torch.randint(0, 10, (3,)).tolist()
        image = F.pad(image, (2, 2, 2, 2))
        image = image[:, top // 2 : top // 2 + height, left // 2 : left // 2 + width]
        return image.flip(-1) if mirrored < 5 else image, int(self.labels[index])


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


def compare_steps(
    evaluator: NetworkEvaluator, network: str, batch_size: int, repeats: int
) -> Iterator[str]:
    """Part 1 for one network: yield what is compared, a line per loop, and the verdict."""
    genes = network_genes(network, batch_size, "none")
    training_state, data = make_trainee(evaluator, genes), first(evaluator.data.train, IMAGES)
    bare = build(evaluator.spec(genes))
    optimizer = bare_optimizer(bare, genes)
    seconds = alternate(
        {
            "bare loop": lambda: bare_epoch(bare, optimizer, data, batch_size),
            "evo": lambda: train_epoch(training_state, data, 1),
        },
        repeats,
    )
    steps = len(data) // batch_size
    yield f"{describe(evaluator, network, genes)}, {steps} steps of {batch_size}"
    yield from table(seconds, steps, "steps/s")
    yield "  " + scored(seconds["bare loop"], seconds["evo"], GOALS["steps"])


def compare_images(
    evaluator: NetworkEvaluator, network: str, batch_size: int, repeats: int
) -> Iterator[str]:
    """Part 2 for one network: yield what is compared, a line per loop, and the verdicts."""
    genes = network_genes(network, batch_size, "flip-shift")
    training_state, data = make_trainee(evaluator, genes), first(evaluator.data.train, IMAGES)
    shape, classes = evaluator.task.input_shape, evaluator.task.target.outputs
    rival = build(decode(genes, Interface(shape, classes)))  # its data set normalises
    optimizer = bare_optimizer(rival, genes)
    loops = {
        (name, workers): partial(
            dataloader_epoch, rival, optimizer, make_loader(images, data, batch_size, workers)
        )
        for name, images in (("usual", UsualImages), ("lean", LeanImages))
        for workers in WORKERS
    }
    rivals: dict[str, Callable[[], Any]] = {
        f"{name} transforms, {workers} workers": loop for (name, workers), loop in loops.items()
    }
    seconds = alternate({**rivals, "evo": lambda: train_epoch(training_state, data, 1)}, repeats)
    yield f"{describe(evaluator, network, genes)}, batches of {batch_size}, flip and shift"
    yield from table(seconds, len(data) // batch_size * batch_size, "images/s")
    for name, goal in (("usual", GOALS["images"]), ("lean", None)):
        timed = {rival: times for rival, times in seconds.items() if rival.startswith(name)}
        fastest = min(timed, key=lambda rival: statistics.median(timed[rival]))
        yield f"  {name} transforms: {scored(timed[fastest], seconds['evo'], goal)}"


def make_loader(
    images: type[UsualImages], data: Examples, batch_size: int, workers: int
) -> DataLoader[tuple[Tensor, int]]:
    """Return a shuffling DataLoader over full batches."""
    return DataLoader(
        images(data.x.numpy(), data.y.numpy()),
        batch_size,
        shuffle=True,
        drop_last=True,
        num_workers=workers,
        persistent_workers=workers > 0,
    )


def first(examples: Examples, count: int) -> Examples:
    """Return the first examples of a split."""
    return examples.chosen(slice(count))


def describe(evaluator: NetworkEvaluator, network: str, genes: Record) -> str:
    """Word task and network."""
    spec, task = evaluator.spec(genes), evaluator.reference.name
    kind = "" if network == task else f", {network}"
    return f"{task}{kind}: {spec.dense_parameters():,} parameters, {spec.flops():,} forward FLOPs"


def table(seconds: dict[str, list[float]], count: int, unit: str) -> Iterator[str]:
    """Yield one line per loop: median, slowest and fastest rate."""
    for name, times in seconds.items():
        rates = sorted(count / second for second in times)
        middle = statistics.median(rates)
        yield f"  {name:<28}{middle:>10,.0f} {unit:<9} ({rates[0]:,.0f} to {rates[-1]:,.0f})"


def scored(theirs: list[float], ours: list[float], goal: float | None) -> str:
    """Word the median of the paired ratios of speed, and whether the goal is met."""
    ratio = statistics.median(a / b for a, b in zip(theirs, ours, strict=True))
    words = f"evo / rival {ratio:.2f} (median of pairs)"
    if goal is None:
        return words
    return f"{words}, goal at least {goal:g}: {'met' if ratio >= goal else 'MISSED'}"


def main(arguments: Sequence[str] | None = None) -> None:
    """Run both parts, print the table, and write it if asked to."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--output", type=Path)
    parser.add_argument("--repeats", type=int, default=41)
    parser.add_argument("--data-dir")
    given = parser.parse_args(arguments)
    torch.set_num_threads(1)
    warnings.filterwarnings("ignore", message="This DataLoader will create")
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    digits = NetworkEvaluator(TaskReference("digits"), Numerics())
    fashion = NetworkEvaluator(TaskReference("fashion-mnist", given.data_dir), Numerics())
    lines = [
        f"torch {torch.__version__}, Python {platform.python_version()}, "
        f"{platform.machine()}, one core, {given.repeats} alternating repeats",
        *compare_steps(digits, "digits", 32, given.repeats * 6),
        *compare_steps(digits, "digits", 128, given.repeats * 6),
        *compare_steps(fashion, "convolutional", 128, given.repeats),
        *compare_images(fashion, "convolutional", 128, given.repeats),
        *compare_images(fashion, "perceptron", 128, given.repeats),
    ]
    print("\n".join(lines))
    if given.output:
        given.output.parent.mkdir(parents=True, exist_ok=True)
        given.output.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
