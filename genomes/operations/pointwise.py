"""Operation `pointwise`: functions of each number that given networks have and bred ones do not.

`genomes.operations.activation` has those that genes choose among.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any, NamedTuple

from genomes.genes.gene import Record
from genomes.graph.node import Node
from genomes.graph.operation import Operation
from genomes.graph.shapes import Shape, is_finite


class _Function(NamedTuple):
    """What torch calls a function, its FLOPs a number, whether zero stays zero; where it is."""

    torch: str
    flops: int
    keeps_zero: bool
    module: str = "F"


FUNCTIONS = {
    "sigmoid": _Function("sigmoid", 4, False, "torch"),
    "relu6": _Function("relu6", 2, True),
    "leaky_relu": _Function("leaky_relu", 2, True),
    "gelu_tanh": _Function("gelu", 8, True),
    "hardswish": _Function("hardswish", 4, True),
    "hardsigmoid": _Function("hardsigmoid", 3, False),
    "mish": _Function("mish", 8, True),
    "softplus": _Function("softplus", 4, False),
    "selu": _Function("selu", 4, True),
    "square": _Function("square", 1, True, "torch"),
    "abs": _Function("abs", 1, True, "torch"),
    "exp": _Function("exp", 4, False, "torch"),
    "hardtanh": _Function("hardtanh", 2, False),
}


class Pointwise(Operation):
    """Apply `function`; `slope` is that of `leaky_relu` below zero, `ends` those of `hardtanh`."""

    attributes = frozenset({"function"})
    optional = frozenset({"slope", "ends"})
    is_pointwise = True
    by_position = True
    drawn = "behind"
    wraps = True
    bends = True

    def shape(self, attributes: Record, inputs: Sequence[Shape]) -> Shape:
        if attributes["function"] not in FUNCTIONS:
            raise ValueError(
                f"function is {attributes['function']!r}, expected one of {', '.join(FUNCTIONS)}"
            )
        if ("slope" in attributes) != (attributes["function"] == "leaky_relu"):
            raise ValueError("leaky_relu has a slope, no other function")
        if ("ends" in attributes) != (attributes["function"] == "hardtanh"):
            raise ValueError("hardtanh has ends, no other function")
        if "ends" in attributes and not _rise(attributes["ends"]):
            raise ValueError(f"ends are {attributes['ends']!r}, expected two numbers that rise")
        return inputs[0]

    def flops(self, attributes: Record, source: Shape, target: Shape) -> int:
        return FUNCTIONS[attributes["function"]].flops * prod(target)

    def keeps_zero(self, attributes: Record) -> bool:
        if "ends" in attributes:
            return bool(attributes["ends"][0] <= 0.0 <= attributes["ends"][1])
        return FUNCTIONS[attributes["function"]].keeps_zero

    def words(self, node: Node) -> str:
        return str(node.attributes["function"]).replace("_", " ")

    def call(self, node: Node, source: Shape) -> str:
        function = FUNCTIONS[node.attributes["function"]]
        named = ", ".join(f"{k}={v!r}" for k, v in _arguments(node.attributes).items())
        return f"{function.module}.{function.torch}({{0}}{', ' + named if named else ''})"

    def build(self, attributes: Record, source: Shape, target: Shape) -> Any:
        from functools import partial

        import torch
        from torch.nn import functional

        from genomes.networks.layers import Applied

        known = FUNCTIONS[attributes["function"]]
        function = getattr(torch if known.module == "torch" else functional, known.torch)
        return Applied(partial(function, **_arguments(attributes)))


def _rise(ends: object) -> bool:
    return (
        isinstance(ends, tuple)
        and len(ends) == 2
        and all(map(is_finite, ends))
        and (ends[0] < ends[1])
    )


def _arguments(attributes: Record) -> dict[str, object]:
    if "ends" in attributes:
        return dict(zip(("min_val", "max_val"), attributes["ends"], strict=True))
    if attributes["function"] == "gelu_tanh":
        return {"approximate": "tanh"}
    return {"negative_slope": attributes["slope"]} if "slope" in attributes else {}


OPERATION = Pointwise()
