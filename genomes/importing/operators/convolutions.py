"""Convolutions: ordinary, depthwise, grouped, transposed; of images and of sequences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from genomes.graph.shapes import Shape
from genomes.importing.constants import Constant
from genomes.importing.draft import Draft, owner_of, weights_of
from genomes.importing.errors import Unsupported
from genomes.importing.traced import Call
from genomes.importing.values import Value


def convolution(draft: Draft, call: Call) -> Value:
    """Add a convolution: the operation that its groups ask for."""
    source = draft.node(call, draft.value(call.arguments["input"]))
    weights = weights_of(draft, call, "weight", "bias")
    outputs, inputs = weights["weight"].values.shape[:2]
    groups = call.arguments["groups"]
    named: dict[str, Any] = {**_window(call, weights), "bias": "bias" in weights}
    if groups == 1:
        operation, more = "conv", {"out_channels": outputs}
    elif groups == outputs and inputs == 1 and draft.sketch.shape(source)[0] == outputs:
        operation, more = "depthwise", {}
    else:
        operation, more = "grouped_conv", {"out_channels": outputs, "groups": groups}
    path = owner_of(call, weights["weight"])
    value = draft.add(call, operation, source, path=path, **named, **more)
    for tensor, found in weights.items():
        draft.own(value.node, tensor, found)
    return value


def transposed(draft: Draft, call: Call) -> Value:
    """Add a transposed convolution, whose weight has its outputs first."""
    dilation = call.arguments["dilation"]
    if call.arguments["groups"] != 1 or set(_numbers(dilation)) != {1}:
        raise Unsupported("is a transposed convolution in groups or dilated")
    source = draft.node(call, draft.value(call.arguments["input"]))
    weights = weights_of(draft, call, "weight", "bias")
    weight = weights["weight"].values
    value = draft.add(
        call,
        "transposed_conv",
        source,
        path=owner_of(call, weights["weight"]),
        out_channels=weight.shape[1],
        kernel=short(weight.shape[2:]),
        stride=short(_numbers(call.arguments["stride"])),
        bias="bias" in weights,
        **_unless(0, padding=call.arguments["padding"], extra=call.arguments["output_padding"]),
    )
    draft.own(value.node, "weight", weights["weight"], weight.transpose(0, 1).contiguous())
    if "bias" in weights:
        draft.own(value.node, "bias", weights["bias"])
    return value


def _window(call: Call, weights: Mapping[str, Constant]) -> dict[str, Any]:
    """Return the attributes of a window; what is usual is left out."""
    kernel = tuple(weights["weight"].values.shape[2:])
    dilation = spread(call.arguments["dilation"], len(kernel))
    padding = call.arguments["padding"]
    if padding == "valid":
        padding = 0
    elif padding == "same":
        padding = tuple((k - 1) * d // 2 for k, d in zip(kernel, dilation, strict=True))
    padding = spread(padding, len(kernel))
    usual = tuple(side // 2 for side in kernel)
    return {
        "kernel": short(kernel),
        "stride": short(spread(call.arguments["stride"], len(kernel))),
        **({} if padding == usual else {"padding": short(padding)}),
        **({} if set(dilation) == {1} else {"dilation": short(dilation)}),
    }


def spread(value: object, count: int) -> Shape:
    """Return one number a side: a single one is for all of them."""
    numbers = _numbers(value)
    return numbers * count if len(numbers) == 1 else numbers


def short(numbers: Any) -> int | Shape:
    """Return one number for all sides where they are equal."""
    found = tuple(int(number) for number in numbers)
    return found[0] if len(set(found)) == 1 else found


def _numbers(value: Any) -> Shape:
    return tuple(value) if isinstance(value, list | tuple) else (value,)


def _unless(usual: int, **named: Any) -> dict[str, Any]:
    """Return those of the numbers that are not the usual one."""
    found = {name: short(_numbers(value)) for name, value in named.items()}
    return {name: value for name, value in found.items() if value != usual}


HANDLERS = {
    "conv1d": convolution,
    "conv2d": convolution,
    "conv_transpose1d": transposed,
    "conv_transpose2d": transposed,
}
