"""Poolings: by windows, to a grid of a given size, over all positions."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

from genomes.importing.draft import Draft, shape_of
from genomes.importing.elementwise import affine
from genomes.importing.errors import Unsupported
from genomes.importing.operators.convolutions import short, spread
from genomes.importing.traced import Call
from genomes.importing.values import Moved, Value


def _by_windows(draft: Draft, call: Call, operation: str, **more: Any) -> Value:
    source = draft.node(call, draft.value(call.arguments["self"]))
    sides = len(draft.sketch.shape(source)) - 1
    kernel = spread(call.arguments["kernel_size"], sides)
    padding = spread(call.arguments["padding"] or 0, sides)
    named = {
        "kernel": short(kernel),
        "stride": short(spread(call.arguments["stride"] or kernel, sides)),
        **({"padding": short(padding)} if any(padding) else {}),
        **({"ceil": True} if call.arguments["ceil_mode"] else {}),
        **more,
    }
    return draft.add(call, operation, source, **named)


def max_pool(draft: Draft, call: Call) -> Value:
    """Add a maximum over windows."""
    if set(spread(call.arguments["dilation"], 1)) != {1}:
        raise Unsupported("is a dilated max pool")
    return _by_windows(draft, call, "max_pool")


def max_pool_with_indices(draft: Draft, call: Call) -> list[Moved]:
    """Add a maximum over windows; the call gives the places too, which nothing may read."""
    return [max_pool(draft, call)]


def average_pool(draft: Draft, call: Call) -> Value:
    """Add a mean over windows."""
    if call.arguments.get("divisor_override") is not None:
        raise Unsupported("is an average pool with a divisor of its own")
    padded = any(spread(call.arguments["padding"] or 0, 1))
    without = padded and not call.arguments["count_include_pad"]
    return _by_windows(
        draft, call, "average_pool", **({"counts_padding": False} if without else {})
    )


def _adaptive(draft: Draft, call: Call, kind: str) -> Value:
    source = draft.node(call, draft.value(call.arguments["self"]))
    size = shape_of(call)[1:]
    return draft.add(call, "adaptive_pool", source, kind=kind, size=size)


def adaptive_average(draft: Draft, call: Call) -> Value:
    """Add a mean over a grid."""
    return _adaptive(draft, call, "average")


def adaptive_maximum(draft: Draft, call: Call) -> list[Moved]:
    """Add a maximum over a grid; the call gives the places too, which nothing may read."""
    source = draft.node(call, draft.value(call.arguments["self"]))
    size = tuple(call.node.meta["val"][0].shape[2:])
    return [draft.add(call, "adaptive_pool", source, kind="maximum", size=size)]


def mean(draft: Draft, call: Call) -> Value:
    """Add a mean over all axes but one, that of the channels, wherever it lies."""
    value = draft.value(call.arguments["self"])
    axes = len(value.shape)
    reduced = {axis % (axes + 1) - 1 for axis in call.arguments["dim"] or range(axes + 1)}
    left = [axis for axis in range(axes) if axis not in reduced]
    if -1 in reduced or len(left) != 1:
        raise Unsupported("is a mean that leaves more than one axis, or goes over the batch")
    source = draft.node(call, value.front(left[0]))
    found = draft.add(call, "global_average_pool", source)
    if not call.arguments["keepdim"]:
        return found
    sides = [1] * axes
    sides[left[0]] = found.shape[0]
    return Value(found.node, found.source, found.index.view(sides))


def total(draft: Draft, call: Call) -> Moved:
    """Add a sum over all axes but one: so many times the mean."""
    counted = draft.value(call.arguments["self"]).shape
    found = mean(draft, call)
    return affine(draft, call, found, scale=float(prod(counted) // found.source[0]))


HANDLERS: dict[str, Callable[[Draft, Call], Moved | list[Moved]]] = {
    "max_pool1d": max_pool,
    "max_pool2d": max_pool,
    "max_pool1d_with_indices": max_pool_with_indices,
    "max_pool2d_with_indices": max_pool_with_indices,
    "avg_pool1d": average_pool,
    "avg_pool2d": average_pool,
    "adaptive_avg_pool1d": adaptive_average,
    "adaptive_avg_pool2d": adaptive_average,
    "_adaptive_avg_pool2d": adaptive_average,
    "adaptive_max_pool1d": adaptive_maximum,
    "adaptive_max_pool2d": adaptive_maximum,
    "mean": mean,
    "sum": total,
}
