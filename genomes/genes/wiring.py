"""What a value of `genomes.genes.topology` computes: the neurons that act, in order, and their
sums.

A neuron acts if enabled connections lead through it from an input to an output; others, and what
only a bias reaches, are left out. Must not know how values vary.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from genomes.genes.gene import Record

Array = npt.NDArray[np.float64]
BIAS = "b"  # the source that is always one
SQRT_HALF = math.sqrt(0.5)


def input_name(number: int) -> str:
    """Name an input."""
    return f"i{number}"


def output_name(number: int) -> str:
    """Name an output."""
    return f"o{number}"


@dataclass(frozen=True)
class Neuron:
    """A neuron that acts: what it adds up, and its function; outputs have none.

    `depth` counts the neurons on the longest way to it from an input, itself included.
    """

    name: str
    function: str | None
    sources: tuple[tuple[str, float], ...]  # (input or neuron, weight)
    bias: float
    depth: int


@dataclass(frozen=True)
class Wiring:
    """The hidden neurons that act, sources before what reads them, and all outputs."""

    hidden: tuple[Neuron, ...]
    outputs: tuple[Neuron, ...]

    def sums(self, x: Array) -> Array:
        """Map inputs (N, inputs) to what the outputs (N, outputs) add up, without a function."""
        values = {input_name(place): column for place, column in enumerate(x.T)}
        for neuron in self.hidden:
            values[neuron.name] = FUNCTIONS[neuron.function or ""](_sum(neuron, values, len(x)))
        return np.stack([_sum(neuron, values, len(x)) for neuron in self.outputs], axis=1)


def _sum(neuron: Neuron, values: Mapping[str, Array], size: int) -> Array:
    total: Array = np.full(size, neuron.bias)
    for source, weight in neuron.sources:
        total += weight * values[source]
    return total


def _gelu(x: Array) -> Array:
    errors = np.array([math.erf(SQRT_HALF * value) for value in x.tolist()])
    return np.asarray(0.5 * x * (1.0 + errors))


def _silu(x: Array) -> Array:
    return np.asarray(x * 0.5 * (1.0 + np.tanh(0.5 * x)))


FUNCTIONS: Mapping[str, Callable[[Array], Array]] = {
    "relu": lambda x: np.maximum(x, 0.0),
    "gelu": _gelu,
    "silu": _silu,
    "tanh": np.tanh,
    "elu": lambda x: np.where(x > 0.0, x, np.expm1(np.minimum(x, 0.0))),
}


@lru_cache(maxsize=256)
def wire(value: Record, inputs: int, outputs: int) -> Wiring:
    """Lay out the neurons of a value; ValueError if enabled connections run in a circle."""
    used = acting(value["connections"], inputs, outputs)
    sources: dict[str, list[tuple[str, float]]] = {}
    biases: dict[str, float] = {}
    for source, target, weight, enabled in value["connections"]:
        if enabled and source == BIAS:
            biases[target] = weight
        elif enabled and source in used and target in used:
            sources.setdefault(target, []).append((source, weight))
    depths = _depths(sources)
    functions = dict(value["neurons"])

    def neuron(name: str) -> Neuron:
        summands = tuple(sources.get(name, ()))
        bias = biases.get(name, 0.0)
        return Neuron(name, functions.get(name), summands, bias, depths.get(name, 1))

    hidden = sorted((n for n in functions if n in used), key=lambda n: (depths[n], n))
    ends = (neuron(output_name(number)) for number in range(outputs))
    return Wiring(tuple(map(neuron, hidden)), tuple(ends))


def acting(
    connections: Iterable[tuple[str, str, float, bool]], inputs: int, outputs: int
) -> set[str]:
    """Return the inputs, neurons and outputs on enabled ways from an input to an output."""
    forward: dict[str, list[str]] = {}
    backward: dict[str, list[str]] = {}
    for source, target, _, enabled in connections:
        if enabled:
            forward.setdefault(source, []).append(target)
            backward.setdefault(target, []).append(source)
    fed = reached(forward, [input_name(number) for number in range(inputs)])
    read = reached(backward, [output_name(number) for number in range(outputs)])
    return fed & read


def reached(steps: Mapping[str, Iterable[str]], starts: Iterable[str]) -> set[str]:
    """Return what steps lead to, the starts included."""
    found = set(starts)
    waiting = list(found)
    while waiting:
        for name in steps.get(waiting.pop(), ()):
            if name not in found:
                found.add(name)
                waiting.append(name)
    return found


def _depths(sources: Mapping[str, list[tuple[str, float]]]) -> dict[str, int]:
    """Return the depth of everything that reads something."""
    depths: dict[str, int] = {}
    left = {
        name: {source for source, _ in found} & sources.keys() for name, found in sources.items()
    }
    while left:
        ready = [name for name, waits in left.items() if waits <= depths.keys()]
        if not ready:
            raise ValueError(f"received connections in a circle through {min(left)}")
        for name in ready:
            depths[name] = 1 + max((depths[source] for source in left.pop(name)), default=0)
    return depths
