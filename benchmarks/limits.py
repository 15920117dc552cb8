"""Which share of random networks keeps to the limits of a task that states none, by input.

python benchmarks/limits.py
"""

from __future__ import annotations

import random

import numpy as np

from fitness.data.task import USUAL, Split, Task
from fitness.targets.classes import Classes
from genomes.chromosomes.space import network_space, sizes
from genomes.graph.interface import Interface
from genomes.graph.normalization import Normalization

DRAWS = 200
INPUTS = {
    "cnn": [(1, 8, 8), (1, 28, 28), (3, 64, 64), (3, 224, 224)],
    "modular": [(3, 224, 224)],
    "mlp": [(64,), (784,), (5_000,), (20_000,)],
}


def limits_of(shape: tuple[int, ...]) -> tuple[float, float, float]:
    """Return FLOPs, activations and parameters that a task with such inputs allows."""
    split = Split(np.random.default_rng(0).random((2, *shape), np.float32), np.array([0, 1]))
    found = Task("limits", "two examples", Classes(2), split, split, split).limits
    return found.max_flops, found.max_activations, found.max_parameters


def drawn(family: str, shape: tuple[int, ...]) -> list[tuple[float, float, float]]:
    """Return FLOPs, activations and parameters of random networks for ten classes."""
    space = network_space(
        family=family, interface=Interface(shape, 10), augmentations=("none",),
        batch_sizes=(32, 64), juvenile_epochs=4, proxies=(),
    )  # fmt: skip
    rng, plain = random.Random(0), Normalization((0.0,) * shape[0], (1.0,) * shape[0])
    genomes = (space.sample("drawn", "male", rng) for _ in range(DRAWS))
    found = (sizes(genome.chromosomes, Interface(shape, 10, plain)) for genome in genomes)
    return [(one.flops, one.activations, one.parameters) for one in found]


def main() -> None:
    """Print a line an input: the share within the usual limits, and within those that grow."""
    usual = (USUAL.max_flops, USUAL.max_activations, USUAL.max_parameters)
    for family, shapes in INPUTS.items():
        for shape in shapes:
            needed = np.array(drawn(family, shape))
            within = [(needed <= top).all(1).mean() for top in (usual, limits_of(shape))]
            size = " x ".join(map(str, shape))
            print(f"{family:8} {size:14} fixed {within[0]:4.0%}  growing {within[1]:4.0%}")


if __name__ == "__main__":
    main()
