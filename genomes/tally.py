"""Tally: adds up how large a network is while it is laid out, without building its spec.

It takes the place of a `Sketch` where thousands of unborn are held against a run's limits. All its
figures come from the same rules as those of the spec.
"""

from __future__ import annotations

from functools import lru_cache
from math import prod
from typing import Any, NamedTuple

from genomes.gene import Record
from genomes.shapes import RULES, Shape
from genomes.sketch import LEAST_DROPOUT
from genomes.spec import UNKEPT, NetworkSpec


class Sizes(NamedTuple):
    """Trainable parameters; forward FLOPs and numbers kept for the backward pass, per example."""

    parameters: int
    flops: int
    activations: int

    @classmethod
    def of(cls, spec: NetworkSpec) -> Sizes:
        """Return the sizes of a spec."""
        return cls(spec.dense_parameters(), spec.flops(), spec.activations())


class Tally:
    """A network being added up: has the methods of a `Sketch` by which families lay it out."""

    def __init__(self, input_shape: Shape, input_name: str = "input") -> None:
        self._shapes = {input_name: input_shape}
        self._counted = [Sizes(0, 0, prod(input_shape))]

    def add(self, name: str, operation: str, *inputs: str, **attributes: Any) -> str:
        """Count a node and return its name."""
        shapes = self._shapes
        source = shapes[inputs[0]]
        if operation == "mask":  # every fourth node, and free
            shapes[name] = source
            return name
        sources = (source,) if len(inputs) == 1 else (source, shapes[inputs[1]])
        shapes[name], counted = _node(operation, sources, tuple(attributes.items()))
        self._counted.append(counted)
        return name

    def dropout(self, name: str, source: str, rate: float) -> str:
        """Count dropout unless its rate is negligible; return what comes after."""
        return source if rate < LEAST_DROPOUT else self.add(name, "dropout", source, rate=rate)

    def shape(self, name: str) -> Shape:
        """Return the output shape of a node."""
        return self._shapes[name]

    def finish(self) -> Sizes:
        """Return what was counted."""
        parameters = flops = activations = 0
        for counted in self._counted:
            parameters += counted[0]
            flops += counted[1]
            activations += counted[2]
        return Sizes(parameters, flops, activations)


@lru_cache(maxsize=1 << 14)
def _node(
    operation: str, sources: tuple[Shape, ...], attributes: tuple[tuple[str, Any], ...]
) -> tuple[Shape, Sizes]:
    """Return a node's shape and what it adds."""
    rule, record = RULES[operation], Record(attributes)
    shape = rule.shape(record, sources)
    tensors = rule.tensors(record, sources[0], shape)
    return shape, Sizes(
        sum(prod(tensor) for tensor in tensors.values()),
        rule.flops(record, sources[0], shape),
        0 if operation in UNKEPT else prod(shape),
    )
