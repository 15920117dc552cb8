"""Computes calls of operators that no operation stands for."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

import torch
from torch import Tensor

from genomes.graph.opaque_call import SINGLE, OpaqueCall
from genomes.graph.shapes import Shape


def computed(
    call: OpaqueCall, inputs: Sequence[Tensor], numbers: Tensor | None, values: Tensor
) -> Tensor:
    """Call the operator with inputs (N, ...), numbers (P,) and values (V,); return its result."""
    name, overload = call.operator.split(".")
    function = getattr(getattr(torch.ops.aten, name), overload)
    held = {"numbers": numbers, "values": values}

    def given(argument: Any) -> Any:
        if isinstance(argument, list):
            return [given(part) for part in argument]
        if not isinstance(argument, dict):
            return argument
        ((kind, said),) = argument.items()
        if kind == "input":
            return inputs[said]
        start, shape, *types = said
        found = held[kind][start : start + prod(shape)].view(shape)  # type: ignore[index]
        return _cast(found, types[0]) if types else found

    named = {name: given(argument) for name, argument in call.named.items()}
    found = function(*map(given, call.positional), **named)
    result: Tensor = found if call.output == SINGLE else found[call.output]
    return result


def check_size(
    call: OpaqueCall, sources: Sequence[Shape], size: Shape, numbers: int, values: int
) -> None:
    """Raise ValueError unless inputs of these shapes give that size; nothing is computed."""

    def empty(*shape: int) -> Tensor:
        return torch.empty(*shape, device="meta")

    try:
        inputs = [empty(2, *source) for source in sources]
        found = tuple(computed(call, inputs, empty(numbers), empty(values)).shape)
    except Exception as error:
        said = " ".join(str(error).split())
        raise ValueError(f"{call.operator} cannot be called so: {said}") from None
    if found != (2, *size):
        raise ValueError(f"{call.operator} gives {found[1:]}, the network states {size}")


def _cast(values: Tensor, kind: str) -> Tensor:
    if kind == "float":
        return values
    return values.long() if kind == "int64" else values.bool()
